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

/*
 * struct page until 4.17: the words of the slab allocator lie between those of others. rcu_head is
 * a macro for callback_head, and so a member rcu_head is called that, too.
 */
static const struct field page_old_fields[] = {
	{ "flags", LONG },
	{ "mapping", LONG },
	{ "s_mem", LONG, OVER("mapping") },
	{ "index", LONG },
	{ "freelist", LONG, OVER("index") },
	{ "pfmemalloc", BYTE, OVER("index") },
	{ "counters", LONG, AFTER_ALL },
	{ "_mapcount", INT, OVER("counters") },
	{ "_count", INT },
	{ "units", INT, OVER("counters") },
	{ "active", INT, OVER("counters") },
	{ "lru", LIST, AFTER_ALL },
	{ "next", LONG, OVER("lru") },
	{ "pages", INT },
	{ "pobjects", INT },
	{ "list", LIST, OVER("lru") },
	{ "slab_page", LONG, OVER("lru") },
	{ "callback_head", LIST, OVER("lru") },
	{ "pmd_huge_pte", LONG, OVER("lru") },
	{ "private", LONG, AFTER_ALL },
	{ "ptl", INT, OVER("private") },
	{ "slab_cache", LONG, OVER("private") },
	{ "first_page", LONG, OVER("private") },
};

/* Since 4.18: five words, for the page cache, the slab allocator, tail pages and RCU. */
static const struct field page_fields[] = {
	{ "flags", LONG },
	{ "lru", LIST },
	{ "mapping", LONG },
	{ "index", LONG, UNTIL(COMPOUND_INFO) },
	{ "__folio_index", LONG, SINCE(COMPOUND_INFO) },
	{ "private", LONG },
	{ "slab_list", LIST, OVER("lru"), UNTIL(STRUCT_SLAB) },
	{ "slab_cache", LONG, UNTIL(STRUCT_SLAB) },
	{ "freelist", LONG, UNTIL(STRUCT_SLAB) },
	{ "counters", LONG, UNTIL(STRUCT_SLAB) },
	{ "s_mem", LONG, OVER("counters"), UNTIL(STRUCT_SLAB) },
	{ "next", LONG, OVER("lru"), UNTIL(STRUCT_SLAB) },
	{ "pages", INT, UNTIL(STRUCT_SLAB) },
	{ "pobjects", INT, UNTIL(STRUCT_SLAB) },
	{ "compound_head", LONG, OVER("lru"), UNTIL(COMPOUND_INFO) },
	{ "compound_info", LONG, OVER("lru"), SINCE(COMPOUND_INFO) },
	/* In page[1]. They moved to struct folio for good in 6.6. */
	{ "compound_dtor", BYTE, UNTIL(ORDER_IN_FLAGS_1) },
	{ "compound_order", BYTE, UNTIL(ORDER_IN_FLAGS_1) },
	{ "compound_mapcount", INT, UNTIL(ORDER_IN_FLAGS_1) },
	{ "callback_head", LIST, OVER("lru") },
	{ "page_type", INT, AFTER_ALL },
	{ "_mapcount", INT, OVER("page_type") },
	{ "_refcount", INT },
	{ "mem_cgroup", LONG, UNTIL(STRUCT_SLAB) },
	{ "obj_cgroups", LONG, OVER("mem_cgroup"), SINCE(MEMCG_VECTOR), UNTIL(STRUCT_SLAB) },
	{ "memcg_data", LONG, SINCE(STRUCT_SLAB) },
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

/* What there is of it beyond the first page's members is the order of a compound page. */
static const struct field folio_fields[] = {
	{ "page", LONGS(8) },
	{ "flags", LONG, OVER("page") },
	{ "_flags_1", LONG, AFTER_ALL },
	{ "__head", LONG, SINCE(ORDER_IN_FOLIO) },
	{ "_folio_dtor", BYTE, SINCE(ORDER_IN_FOLIO) },
	{ "_folio_order", BYTE, SINCE(ORDER_IN_FOLIO) },
	{ "_total_mapcount", INT, SINCE(ORDER_IN_FOLIO) },
	{ "_pincount", INT, SINCE(ORDER_IN_FOLIO) },
	{ "_folio_nr_pages", INT, SINCE(ORDER_IN_FOLIO) },
	{ "_private_1", LONG, SINCE(ORDER_IN_FOLIO) },
	{ "__page_1", LONGS(8), OVER("_flags_1"), SINCE(ORDER_IN_FLAGS_1) },
	{ "__page_2", LONGS(8), SINCE(ORDER_IN_FLAGS_1) },
	{ "__page_3", LONGS(8), SINCE(ORDER_IN_FLAGS_1) },
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

static const struct field callback_fields[] = {
	{ "next", LONG },
	{ "func", LONG },
};

static const struct field ticket_fields[] = {
	{ "head", HALF },
	{ "tail", HALF },
};

static const struct field queued_fields[] = {
	{ "val", INT },
};

static const struct field list_fields[] = {
	{ "next", LONG },
	{ "prev", LONG },
};

/* A mutex has an owner word since 4.10 (3ca0ff571b09): before, a count, and an owner for spinning.
 * Those that wait hang from the first of them in 7.2. */
static const struct field mutex_old_fields[] = {
	{ "count", INT },  { "wait_lock", INT },   { "wait_list", LIST },
	{ "owner", LONG }, { "spin_mlock", LONG },
};

static const struct field mutex_fields[] = {
	{ "owner", LONG },
	{ "wait_lock", INT },
	{ "osq", INT },
	{ "wait_list", LIST, UNTIL(LAZY_LIST) },
	{ "first_waiter", LONG, SINCE(LAZY_LIST) },
};

/* 4.19, and since 5.7; the one of 3.13 has no word that tells a writer. */
static const struct field rwsem_old_fields[] = {
	{ "rss", LONGS(8) }, { "read_count", LONG },   { "rw_sem", LONGS(5) },
	{ "writer", LONG },  { "readers_block", INT },
};

static const struct field rwsem_fields[] = {
	{ "rss", LONGS(6) },	 { "read_count", LONG }, { "writer", LONG },
	{ "waiters", LONGS(3) }, { "block", INT },
};

static const struct field key_fields[] = {
	{ "enabled", INT },
	{ "type", LONG },
	{ "entries", LONG, OVER("type") },
	{ "next", LONG, OVER("type") },
};

static const struct field key_false_fields[] = {
	{ "key", LONGS(2) },
};

/* 6.2 to 6.14: what a CPU accesses most. */
static const struct field hot_fields[] = {
	{ "current_task", LONG },
	{ "preempt_count", INT },
	{ "cpu_number", INT },
	{ "call_depth", LONG },
	{ "top_of_stack", LONG },
	{ "hardirq_stack_ptr", LONG },
	{ "softirq_pending", HALF },
	{ "hardirq_stack_inuse", BYTE },
	{ "pad", .size = 64, .align = 1, OVER("current_task") },
};

static const struct field stack_8k_fields[] = { { "stack", LONGS(1024) } };
static const struct field stack_16k_fields[] = { { "stack", LONGS(2048) } };

/* The beginning. All kernels have it; in 7.2 nothing else tells the length of a tick. */
static const struct field clock_fields[] = {
	{ "read", LONG },
	{ "mask", LONG },
	{ "mult", INT },
	{ "shift", INT },
};

/* Abridged: three members of some hundred, at places of our own. */
static const struct field task_fields[] = {
	{ "thread_info", LONGS(3) },	    { "stack", LONG }, { "pid", INT }, { "tgid", INT },
	{ "comm", .size = 16, .align = 1 },
};

static const struct type types[] = {
	{ "kmem_cache", FIELDS(cache_fields) },
	{ "kmem_cache_cpu", FIELDS(cpu_fields), SINCE(CPU_SLAB) },
	{ "kmem_cache_node", FIELDS(node_fields) },
	{ "kmem_cache_per_node_ptrs", FIELDS(per_node_fields), SINCE(PER_NODE) },
	/* For the sake of a compare-and-exchange of two words. */
	{ "page", FIELDS(page_fields), .align = 16, SINCE(PAGE_REWORK) },
	{ "page", FIELDS(page_old_fields), .align = 16, UNTIL(PAGE_REWORK) },
	{ "slab", FIELDS(slab_fields), SINCE(STRUCT_SLAB) },
	/* 5.16; nobody asks it for the order of a page before 6.1. */
	{ "folio", FIELDS(folio_fields), .align = 16, SINCE(STRUCT_SLAB) },
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
	{ "callback_head", FIELDS(callback_fields) },
	{ "list_head", FIELDS(list_fields) },
	{ "__raw_tickets", FIELDS(ticket_fields), SINCE(TICKET_LOCKS) },
	{ "qspinlock", FIELDS(queued_fields), UNTIL(TICKET_LOCKS) },
	{ "mutex", FIELDS(mutex_old_fields), UNTIL(PAGE_REWORK) },
	{ "mutex", FIELDS(mutex_fields), SINCE(PAGE_REWORK) },
	{ "percpu_rw_semaphore", FIELDS(rwsem_old_fields), SINCE(PAGE_REWORK), UNTIL(RECIPROCAL) },
	{ "percpu_rw_semaphore", FIELDS(rwsem_fields), SINCE(RECIPROCAL) },
	{ "static_key", FIELDS(key_fields), SINCE(PAGE_REWORK) },
	{ "static_key_false", FIELDS(key_false_fields), SINCE(PAGE_REWORK) },
	{ "pcpu_hot", FIELDS(hot_fields), SINCE(SLAB_CACHE_FIRST), UNTIL(SHEAVES) },
	/* Stacks of 16 KiB since 3.15 (6538b8ea886e). */
	{ "thread_union", FIELDS(stack_8k_fields), UNTIL(PAGE_REWORK) },
	{ "thread_union", FIELDS(stack_16k_fields), SINCE(PAGE_REWORK) },
	{ "task_struct", FIELDS(task_fields) },
	{ "clocksource", FIELDS(clock_fields), SINCE(LAZY_LIST) },
};

/* Bits of page->flags. 3.13, 4.19, 5.10 and 6.1, and what the reordering of 6.9 made. */
#define PG_3_13 .lack = MODEL_HAS(COMPOUND_HEAD)
#define PG_4_19 .need = MODEL_HAS(COMPOUND_HEAD), .lack = MODEL_HAS(RECIPROCAL)
#define PG_5_10 .need = MODEL_HAS(RECIPROCAL), .lack = MODEL_HAS(PAGE_TYPE)
#define PG_6_12 .need = MODEL_HAS(PAGE_TYPE)

static const struct constant constants[] = {
	{ "PG_locked", 0, 0, 0 },

	{ "PG_error", 1, PG_3_13 },
	{ "PG_referenced", 2, PG_3_13 },
	{ "PG_uptodate", 3, PG_3_13 },
	{ "PG_dirty", 4, PG_3_13 },
	{ "PG_lru", 5, PG_3_13 },
	{ "PG_active", 6, PG_3_13 },
	{ "PG_slab", 7, PG_3_13 },
	{ "PG_reserved", 10, PG_3_13 },
	{ "PG_private", 11, PG_3_13 },
	{ "PG_writeback", 13, PG_3_13 },
	{ "PG_head", 14, PG_3_13 },
	{ "PG_tail", 15, PG_3_13 },

	{ "PG_error", 1, PG_4_19 },
	{ "PG_referenced", 2, PG_4_19 },
	{ "PG_uptodate", 3, PG_4_19 },
	{ "PG_dirty", 4, PG_4_19 },
	{ "PG_lru", 5, PG_4_19 },
	{ "PG_active", 6, PG_4_19 },
	{ "PG_waiters", 7, PG_4_19 },
	{ "PG_slab", 8, PG_4_19 },
	{ "PG_reserved", 11, PG_4_19 },
	{ "PG_private", 12, PG_4_19 },
	{ "PG_writeback", 14, PG_4_19 },
	{ "PG_head", 15, PG_4_19 },

	{ "PG_referenced", 1, PG_5_10 },
	{ "PG_uptodate", 2, PG_5_10 },
	{ "PG_dirty", 3, PG_5_10 },
	{ "PG_lru", 4, PG_5_10 },
	{ "PG_active", 5, PG_5_10 },
	{ "PG_workingset", 6, PG_5_10 },
	{ "PG_waiters", 7, PG_5_10 },
	{ "PG_error", 8, PG_5_10 },
	{ "PG_slab", 9, PG_5_10 },
	{ "PG_reserved", 12, PG_5_10 },
	{ "PG_private", 13, PG_5_10 },
	{ "PG_writeback", 15, PG_5_10 },
	{ "PG_head", 16, PG_5_10 },

	{ "PG_writeback", 1, PG_6_12 },
	{ "PG_referenced", 2, PG_6_12 },
	{ "PG_uptodate", 3, PG_6_12 },
	{ "PG_dirty", 4, PG_6_12 },
	{ "PG_lru", 5, PG_6_12 },
	{ "PG_head", 6, PG_6_12 },
	{ "PG_waiters", 7, PG_6_12 },
	{ "PG_active", 8, PG_6_12 },
	{ "PG_workingset", 9, PG_6_12 },
	{ "PG_reserved", 13, PG_6_12 },
	{ "PG_private", 14, PG_6_12 },

	{ "PGTY_buddy", 0xf0, PG_6_12 },
	{ "PGTY_slab", 0xf5, PG_6_12 },
	/* 6.17. */
	{ "PGTY_large_kmalloc", 0xf8, SINCE(CYCLE_CHECK) },
	{ "SL_locked", 0, SINCE(CYCLE_CHECK) },
	{ "SL_partial", 9, SINCE(CYCLE_CHECK) },
	{ "SL_pfmemalloc", 8, SINCE(CYCLE_CHECK) },

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
	return table_type_size(&table, features, type, size);
}

bool model_type_member(model_features features, const char *type, const char *member,
		       struct target_member *out)
{
	return table_type_member(&table, features, type, member, out);
}

bool model_enumerator(model_features features, const char *name, int64_t *value)
{
	return table_enumerator(&table, features, name, value);
}

const struct type_table *slub_types(void)
{
	return &table;
}
