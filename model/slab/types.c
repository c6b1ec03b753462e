/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members in the order of their declaration, of a kernel with SMP, NUMA, MEMCG and HARDENED_USERCOPY and
 * without KASAN and LOCKDEP. NR_CPUS and MAX_NUMNODES are 64.
 *
 * Read beside the types of CentOS 6.8 (2.6.32), openSUSE 13.1 (3.11) and SLES 12 SP5 (4.12), which have
 * other numbers there. No test compares them.
 */
#include "model/slab/slab.h"

#include "model/machine/type_table.h"

#define SINCE(feature) .need = SLAB_HAS(feature)
#define UNTIL(feature) .lack = SLAB_HAS(feature)

#define CPUS 64

/* CONFIG_DEBUG_SLAB; the object's size was one of them until 3.5. */
#define STATISTICS                                                                              \
	{ "num_active", LONGS(10), SINCE(DEBUG_SLAB) }, { "allochit", INT, SINCE(DEBUG_SLAB) }, \
		{ "allocmiss", INT, SINCE(DEBUG_SLAB) }, { "freehit", INT, SINCE(DEBUG_SLAB) }, \
		{ "freemiss", INT, SINCE(DEBUG_SLAB) },                                         \
	{                                                                                       \
		"obj_offset", INT, SINCE(DEBUG_SLAB)                                            \
	}

static const struct field cache_old_fields[] = {
	{ "array", LONGS(CPUS) },
	{ "batchcount", INT },
	{ "limit", INT },
	{ "shared", INT },
	{ "buffer_size", INT },
	{ "reciprocal_buffer_size", INT },
	{ "flags", INT },
	{ "num", INT },
	{ "gfporder", INT },
	{ "gfpflags", INT },
	{ "colour", LONG },
	{ "colour_off", INT },
	{ "slabp_cache", LONG },
	{ "slab_size", INT },
	{ "dflags", INT },
	{ "ctor", LONG },
	{ "name", LONG },
	{ "next", LIST },
	STATISTICS,
	{ "obj_size", INT, SINCE(DEBUG_SLAB) },
	{ "nodelists", LONGS(MODEL_MAX_NODES) },
};

static const struct field cache_fields[] = {
	{ "cpu_cache", LONG, UNTIL(ARRAYS) },
	{ "batchcount", INT },
	{ "limit", INT },
	{ "shared", INT },
	{ "size", INT },
	{ "reciprocal_buffer_size", INT, UNTIL(RECIPROCAL_PAIR) },
	{ "reciprocal_buffer_size", .size = 8, .align = 4, SINCE(RECIPROCAL_PAIR) },
	{ "flags", INT },
	{ "num", INT },
	{ "gfporder", INT },
	{ "allocflags", INT },
	{ "colour", LONG },
	{ "colour_off", INT },
	{ "freelist_cache", LONG, UNTIL(NO_FREELIST_CACHE) },
	{ "freelist_size", INT },
	{ "ctor", LONG },
	{ "name", LONG },
	{ "list", LIST },
	{ "refcount", INT },
	{ "object_size", INT },
	{ "align", INT },
	STATISTICS,
	{ "memcg_params", LONG, SINCE(NODE_POINTER) },
	{ "memcg_params", LONGS(11), .need = SLAB_HAS(SLAB_COUNTS), .lack = SLAB_HAS(USERCOPY) },
	{ "random_seq", LONG, SINCE(RANDOM_SEQ) },
	{ "useroffset", INT, SINCE(USERCOPY) },
	{ "usersize", INT, SINCE(USERCOPY) },
	{ "node", LONG, SINCE(NODE_POINTER) },
	{ "array", LONGS(CPUS + MODEL_MAX_NODES), SINCE(NODE_POINTER) },
	{ "node", LONGS(MODEL_MAX_NODES), UNTIL(NODE_POINTER) },
};

#define NODE_LISTS                                         \
	{ "slabs_partial", LIST }, { "slabs_full", LIST }, \
	{                                                  \
		"slabs_free", LIST                         \
	}

#define NODE_REST                                                     \
	{ "shared", LONG }, { "alien", LONG }, { "next_reap", LONG }, \
	{                                                             \
		"free_touched", INT                                   \
	}

static const struct field list3_fields[] = {
	NODE_LISTS,
	{ "free_objects", LONG },
	{ "free_limit", INT },
	{ "colour_next", INT },
	{ "list_lock", INT },
	NODE_REST,
};

static const struct field node_fields[] = {
	{ "list_lock", INT },
	NODE_LISTS,
	{ "total_slabs", LONG, SINCE(SLAB_COUNTS) },
	{ "free_slabs", LONG, SINCE(SLAB_COUNTS) },
	{ "free_objects", LONG },
	{ "free_limit", INT },
	{ "colour_next", INT },
	NODE_REST,
};

static const struct field array_fields[] = {
	{ "avail", INT },
	{ "limit", INT },
	{ "batchcount", INT },
	{ "touched", INT },
	{ "lock", INT, SINCE(ARRAYS) },
	/* As many as the array has room for. */
	{ "entry", .size = 0, .align = 8 },
};

static const struct field alien_fields[] = {
	{ "lock", INT },
	{ "ac", LONGS(2) },
};

static const struct field bufctl_slab_fields[] = {
	{ "list", LIST }, { "colouroff", LONG }, { "s_mem", LONG },
	{ "inuse", INT }, { "free", INT },	 { "nodeid", HALF },
};

static const struct field slab_fields[] = {
	{ "__page_flags", LONG },
	{ "slab_list", LIST },
	{ "callback_head", LIST, OVER("slab_list") },
	{ "slab_cache", LONG, AFTER_ALL },
	{ "freelist", LONG },
	{ "s_mem", LONG },
	{ "active", INT },
	{ "__page_refcount", INT },
	{ "memcg_data", LONG },
};

/* 2.6.32; lru.next and lru.prev of a slab's page lead to its cache and its slab. */
static const struct field page_fields[] = {
	{ "flags", LONG },
	{ "_count", INT },
	{ "_mapcount", INT },
	{ "private", LONG },
	{ "first_page", LONG, OVER("private") },
	{ "mapping", LONG },
	{ "index", LONG },
	{ "lru", LIST },
};

/* A mutex has an owner word since 4.10 (3ca0ff571b09). */
static const struct field mutex_fields[] = {
	{ "owner", LONG },
	{ "wait_lock", INT },
	{ "osq", INT },
	{ "wait_list", LIST },
};

static const struct type types[] = {
	{ "kmem_cache", FIELDS(cache_old_fields), SINCE(CACHE_CHAIN) },
	{ "kmem_cache", FIELDS(cache_fields), UNTIL(CACHE_CHAIN) },
	{ "kmem_list3", FIELDS(list3_fields), SINCE(LIST3) },
	{ "kmem_cache_node", FIELDS(node_fields), UNTIL(LIST3) },
	{ "array_cache", FIELDS(array_fields) },
	{ "alien_cache", FIELDS(alien_fields), UNTIL(ARRAYS) },
	{ "slab", FIELDS(bufctl_slab_fields), SINCE(BUFCTL) },
	{ "slab", FIELDS(slab_fields), SINCE(USERCOPY) },
	{ "page", FIELDS(page_fields), SINCE(BUFCTL) },
	{ "mutex", FIELDS(mutex_fields), SINCE(SLAB_COUNTS) },
};

static const struct type_table table = { types, sizeof(types) / sizeof(types[0]), NULL, 0 };

const struct type_table *slab_types(void)
{
	return &table;
}
