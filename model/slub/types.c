/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/types.h"

#include "model/machine/type_table.h"

/*
 * Members in the order of their declaration, of a kernel with SMP, NUMA, MEMCG, SYSFS, SLUB_DEBUG,
 * SLUB_CPU_PARTIAL, SLAB_FREELIST_RANDOM, SLAB_FREELIST_HARDENED, HARDENED_USERCOPY and KFENCE,
 * and without KASAN, LOCKDEP and SLUB_STATS, as distributions build it. tests/model/check-types
 * compares them with what the compiler made of such kernels.
 */

#define SINCE(feature) .need = MODEL_HAS(feature)
#define UNTIL(feature) .lack = MODEL_HAS(feature)

static const struct field cache_fields[] = {
	{ "cpu_slab", LONG, SINCE(CPU_SLAB) },
	{ "cpu_sheaves", LONG, SINCE(SHEAVES) },
	{ "flags", LONG, UNTIL(INT_SIZES) },
	{ "flags", INT, SINCE(INT_SIZES) },
	{ "min_partial", LONG },
	{ "size", INT },
	{ "object_size", INT },
	{ "reciprocal_size", .size = 8, .align = 4, SINCE(RECIPROCAL) },
	{ "offset", INT },
	{ "cpu_partial", INT, SINCE(CPU_PARTIAL) },
	{ "cpu_partial_slabs", INT, SINCE(PARTIAL_SLABS) },
	{ "sheaf_capacity", INT, SINCE(SHEAVES) },
	{ "oo", LONG, UNTIL(INT_SIZES) },
	{ "max", LONG, SINCE(MAX_OO), UNTIL(INT_SIZES) },
	{ "min", LONG, UNTIL(INT_SIZES) },
	{ "oo", INT, SINCE(INT_SIZES) },
	{ "max", INT, .need = MODEL_HAS(MAX_OO) | MODEL_HAS(INT_SIZES) },
	{ "min", INT, SINCE(INT_SIZES) },
	{ "allocflags", INT },
	{ "refcount", INT },
	{ "ctor", LONG },
	{ "inuse", INT },
	{ "align", INT },
	{ "reserved", INT, SINCE(RESERVED) },
	{ "red_left_pad", INT, SINCE(RED_LEFT_PAD) },
	{ "name", LONG },
	{ "list", LIST },
	{ "kobj", LONGS(8) },
	/* A struct work_struct, 4.12 to 5.8. */
	{ "kobj_remove_work", LONGS(4), SINCE(MEMCG_EMBEDDED) },
	{ "memcg_params", LONG, SINCE(MEMCG_CLONES), UNTIL(MEMCG_EMBEDDED) },
	{ "memcg_params", LONGS(11), SINCE(MEMCG_EMBEDDED) },
	{ "max_attr_size", INT, SINCE(MEMCG_CLONES) },
	/* 3.15 to 5.8. */
	{ "memcg_kset", LONG, SINCE(MEMCG_EMBEDDED) },
	{ "random", LONG, SINCE(HARDENED) },
	{ "remote_node_defrag_ratio", INT },
	{ "random_seq", LONG, SINCE(RANDOM_SEQ) },
	/* 4.16. */
	{ "useroffset", INT, SINCE(INT_SIZES) },
	{ "usersize", INT, SINCE(INT_SIZES) },
	{ "node", LONGS(MODEL_MAX_NODES), UNTIL(PER_NODE) },
	{ "per_node", LONGS(2 * MODEL_MAX_NODES), SINCE(PER_NODE) },
};

static const struct field cpu_fields[] = {
	{ "freelist", LONG },
	{ "tid", LONG },
	/* freelist_aba_t with its 16-byte word. */
	{ "freelist_tid", .size = 16, .align = 16, OVER("freelist"), SINCE(FREELIST_TID) },
	{ "page", LONG, UNTIL(STRUCT_SLAB) },
	{ "slab", LONG, SINCE(STRUCT_SLAB) },
	{ "partial", LONG, SINCE(CPU_PARTIAL) },
};

static const struct field node_fields[] = {
	{ "list_lock", INT },
	{ "nr_partial", LONG },
	{ "partial", LIST },
	{ "nr_slabs", LONG },
	{ "total_objects", LONG },
	{ "full", LIST },
	{ "barn", LONG, SINCE(SHEAVES), UNTIL(PER_NODE) },
};

static const struct field per_node_fields[] = {
	{ "barn", LONG },
	{ "node", LONG },
};

/* 5.17. */
static const struct field slab_fields[] = {
	/* Of the type memdesc_flags_t, named flags, since 6.18. */
	{ "__page_flags", LONG, UNTIL(SHEAVES) },
	{ "flags", LONG, SINCE(SHEAVES) },
	{ "slab_cache", LONG, SINCE(SLAB_CACHE_FIRST) },
	{ "slab_list", LIST },
	{ "callback_head", LIST, OVER("slab_list") },
	{ "next", LONG, OVER("slab_list"), SINCE(CPU_PARTIAL) },
	{ "slabs", INT, SINCE(CPU_PARTIAL) },
	{ "slab_cache", LONG, AFTER_ALL, UNTIL(SLAB_CACHE_FIRST) },
	{ "freelist", LONG, AFTER_ALL },
	{ "counters", LONG },
	/* inuse, objects and frozen are bits of its lower half; 7.0 to 7.2 use the upper one. */
	{ "", INT, OVER("counters") },
	{ "stride", INT, SINCE(SHEAVES_ALL) },
	/* Both words, as freelist_aba_t. */
	{ "freelist_counter", .size = 16, .align = 16, OVER("freelist"), SINCE(FREELIST_TID) },
	{ "freelist_counters", .size = 16, .align = 16, OVER("freelist"), SINCE(SHEAVES_ALL) },
	{ "__unused", INT, AFTER_ALL, UNTIL(OBJ_EXTS) },
	{ "__page_type", INT, AFTER_ALL, SINCE(OBJ_EXTS) },
	{ "__page_refcount", INT },
	{ "memcg_data", LONG, UNTIL(OBJ_EXTS) },
	{ "obj_exts", LONG, SINCE(OBJ_EXTS) },
};

static const struct field track_fields[] = {
	{ "addr", LONG },
	{ "addrs", LONGS(16), UNTIL(TRACK_HANDLE) },
	{ "handle", INT, SINCE(TRACK_HANDLE) },
	{ "cpu", INT },
	{ "pid", INT },
	{ "when", LONG },
};

/* Of the stack depot. Its array has a size since 6.8, when stacks can be dropped. */
static const struct field stack_fields[] = {
	{ "next", LONG, UNTIL(UNFROZEN_PARTIAL) },
	{ "hash_list", LIST, SINCE(UNFROZEN_PARTIAL) },
	{ "hash", INT },
	{ "size", INT },
	{ "handle", INT },
	{ "count", INT, SINCE(UNFROZEN_PARTIAL) },
	{ "entries", .size = 0, .align = 8, UNTIL(UNFROZEN_PARTIAL) },
	{ "entries", LONGS(64), SINCE(UNFROZEN_PARTIAL) },
	{ "free_list", LIST, OVER("entries"), SINCE(UNFROZEN_PARTIAL) },
	{ "rcu_state", LONG, SINCE(UNFROZEN_PARTIAL) },
};

/* Whose an object is. Without CONFIG_MEM_ALLOC_PROFILING that is all. */
static const struct field ext_fields[] = {
	{ "objcg", LONG },
};

static const struct field sheaf_fields[] = {
	{ "callback_head", LIST },
	{ "barn_list", LIST, OVER("callback_head") },
	{ "capacity", INT, OVER("callback_head") },
	{ "pfmemalloc", BYTE },
	{ "cache", LONG, AFTER_ALL },
	{ "size", INT },
	{ "node", INT },
	/* As many as the sheaf has room for: of no size of its own. */
	{ "objects", .size = 0, .align = 8 },
};

static const struct field barn_fields[] = {
	{ "lock", INT },    { "sheaves_full", LIST }, { "sheaves_empty", LIST },
	{ "nr_full", INT }, { "nr_empty", INT },
};

static const struct field sheaves_fields[] = {
	/* A local_trylock_t: whether it is taken. */
	{ "lock", BYTE },
	{ "main", LONG },
	{ "spare", LONG },
	{ "rcu_free", LONG },
};

/* 6.1; slab went and object came in 6.8 (together with slabs of CPUs that are not frozen). */
static const struct field context_fields[] = {
	{ "slab", LONG, UNTIL(UNFROZEN_PARTIAL) },
	{ "flags", INT },
	{ "orig_size", INT },
	{ "object", LONG, SINCE(UNFROZEN_PARTIAL) },
};

static const struct field flush_fields[] = {
	{ "work", LONGS(4) },
	{ "s", LONG },
	{ "skip", BYTE },
};

/* What caches of memory cgroups had beside, in 3.13 behind a pointer. */
static const struct field memcg_fields[] = {
	{ "is_root_cache", BYTE, UNTIL(MEMCG_EMBEDDED) },
	{ "memcg_caches", .size = 0, .align = 8, UNTIL(MEMCG_EMBEDDED) },
	{ "memcg", LONG, UNTIL(MEMCG_EMBEDDED) },
	{ "list", LIST, UNTIL(MEMCG_EMBEDDED) },
	{ "root_cache", LONG },
	{ "dead", BYTE, UNTIL(MEMCG_EMBEDDED) },
	{ "nr_pages", INT, UNTIL(MEMCG_EMBEDDED) },
	{ "destroy", LONGS(4), UNTIL(MEMCG_EMBEDDED) },
	{ "memcg_caches", LONG, SINCE(MEMCG_EMBEDDED) },
	{ "__root_caches_node", LIST, SINCE(MEMCG_EMBEDDED) },
	{ "children", LIST, SINCE(MEMCG_EMBEDDED) },
	{ "dying", BYTE, SINCE(MEMCG_EMBEDDED) },
	{ "memcg", LONG, OVER("memcg_caches"), SINCE(MEMCG_EMBEDDED) },
	{ "children_node", LIST, SINCE(MEMCG_EMBEDDED) },
	{ "kmem_caches_node", LIST, SINCE(MEMCG_EMBEDDED) },
	{ "deact_fn", LONG, SINCE(MEMCG_EMBEDDED) },
	{ "deact_rcu_head", LIST, SINCE(MEMCG_EMBEDDED) },
	{ "deact_work", LONGS(4), OVER("deact_rcu_head"), SINCE(MEMCG_EMBEDDED) },
};

static const struct type types[] = {
	{ "kmem_cache", FIELDS(cache_fields) },
	{ "kmem_cache_cpu", FIELDS(cpu_fields), SINCE(CPU_SLAB) },
	{ "kmem_cache_node", FIELDS(node_fields) },
	{ "kmem_cache_per_node_ptrs", FIELDS(per_node_fields), SINCE(PER_NODE) },
	{ "slab", FIELDS(slab_fields), SINCE(STRUCT_SLAB) },
	{ "track", FIELDS(track_fields) },
	{ "slabobj_ext", FIELDS(ext_fields), SINCE(OBJ_EXTS) },
	{ "stack_record", FIELDS(stack_fields), SINCE(TRACK_HANDLE) },
	{ "slab_sheaf", FIELDS(sheaf_fields), SINCE(SHEAVES) },
	{ "node_barn", FIELDS(barn_fields), SINCE(SHEAVES) },
	{ "slub_percpu_sheaves", FIELDS(sheaves_fields), SINCE(SHEAVES) },
	/* 6.1 to 6.19. */
	{ "partial_context", FIELDS(context_fields), SINCE(DEBUG_UNDER_LOCK), UNTIL(SHEAVES_ALL) },
	/* 5.15. */
	{ "slub_flush_work", FIELDS(flush_fields), SINCE(CLEARS_FIRST) },
	{ "slub_flush_work", FIELDS(flush_fields), SINCE(SHEAVES) },
	{ "memcg_cache_params", FIELDS(memcg_fields), SINCE(MEMCG_CLONES) },
};

static const struct constant constants[] = {
	{ "_SLAB_CONSISTENCY_CHECKS", 0, SINCE(FLAG_ENUM) },
	{ "_SLAB_RED_ZONE", 1, SINCE(FLAG_ENUM) },
	{ "_SLAB_POISON", 2, SINCE(FLAG_ENUM) },
	{ "_SLAB_KMALLOC", 3, SINCE(FLAG_ENUM) },
	{ "_SLAB_HWCACHE_ALIGN", 4, SINCE(FLAG_ENUM) },
	{ "_SLAB_CACHE_DMA", 5, SINCE(FLAG_ENUM) },
	{ "_SLAB_CACHE_DMA32", 6, SINCE(FLAG_ENUM) },
	{ "_SLAB_STORE_USER", 7, SINCE(FLAG_ENUM) },
	{ "_SLAB_PANIC", 8, SINCE(FLAG_ENUM) },
	{ "_SLAB_TYPESAFE_BY_RCU", 9, SINCE(FLAG_ENUM) },
	{ "_SLAB_TRACE", 10, SINCE(FLAG_ENUM) },
	{ "_SLAB_NOLEAKTRACE", 11, SINCE(FLAG_ENUM) },
	{ "_SLAB_NO_MERGE", 12, SINCE(FLAG_ENUM) },
	{ "_SLAB_ACCOUNT", 13, SINCE(FLAG_ENUM) },
	{ "_SLAB_NO_USER_FLAGS", 14, SINCE(FLAG_ENUM) },
	{ "_SLAB_SKIP_KFENCE", 15, SINCE(FLAG_ENUM) },
	{ "_SLAB_RECLAIM_ACCOUNT", 16, SINCE(FLAG_ENUM) },
	{ "_SLAB_OBJECT_POISON", 17, SINCE(FLAG_ENUM) },
	{ "_SLAB_CMPXCHG_DOUBLE", 18, SINCE(FLAG_ENUM) },
	{ "_SLAB_NO_OBJ_EXT", 19, SINCE(OBJ_EXTS) },
	{ "_SLAB_OBJ_EXT_IN_OBJ", 20, SINCE(SHEAVES_ALL) },
	{ "KMALLOC_PARTITION_START", 0, SINCE(LAZY_LIST) },
	/* 7.2. */
	{ "_SLAB_NO_SHEAVES", 21, SINCE(LAZY_LIST) },
};

static const struct type_table table = { types, sizeof(types) / sizeof(types[0]), constants,
					 sizeof(constants) / sizeof(constants[0]) };

bool model_type_size(model_features features, const char *type, size_t *size)
{
	return table_type_size(&table, features, type, size) ||
	       table_type_size(&kernel_types, features, type, size);
}

bool model_type_member(model_features features, const char *type, const char *member,
		       struct target_member *out)
{
	return table_type_member(&table, features, type, member, out) ||
	       table_type_member(&kernel_types, features, type, member, out);
}

bool model_enumerator(model_features features, const char *name, int64_t *value)
{
	return table_enumerator(&table, features, name, value) ||
	       table_enumerator(&kernel_types, features, name, value);
}

const struct type_table *slub_types(void)
{
	return &table;
}
