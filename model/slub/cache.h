/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_CACHE_H
#define SLUBCHECK_MODEL_SLUB_CACHE_H
/*
 * Caches come and go: what the files share that create, merge, shrink and destroy them.
 */

#include "model/slub/slub.h"

#define CACHE_LINE 64u
#define CACHE_NAME_ROOM 64u
#define PAGE_ORDER_MAX 10u /* MAX_PAGE_ORDER; MAX_ORDER - 1 until 6.3 */
#define KMALLOC_SIZE_MAX (UINT64_C(1) << 22)

/* States of m->slab_state. */
enum { SLAB_DOWN, SLAB_PARTIAL, SLAB_UP, SLAB_FULL };

/* Who calls kmalloc(): the random copies of its caches are chosen by that. */
#define CALLER_OF_NAMES (MODEL_TEXT + 0x200100)
#define CALLER_OF_SEQUENCES (MODEL_TEXT + 0x200200)
#define CALLER_OF_VECTORS (MODEL_TEXT + 0x200300)
#define CALLER_OF_PARAMS (MODEL_TEXT + 0x200400)

/* Stand-ins for struct obj_cgroup, which nobody looks into: there are so many different ones. */
#define MEMCG_OWNERS 64u
#define MEMCG_OWNER_BYTES 16u
#define OWNER_BYTES 8u /* of an owner's place in a vector: sizeof(struct slabobj_ext) */

/* Text symbols. */
#define TEXT_RCU_FREE_SLAB (MODEL_TEXT + 0x201000)
#define TEXT_CTOR (MODEL_TEXT + 0x202000)
#define TEXT_ALLOCATES (MODEL_TEXT + 0x10000)
#define TEXT_FREES (MODEL_TEXT + 0x20000)
#define TEXT_OUTER (MODEL_TEXT + 0x40000)

/**
 * struct cache_spec - What a cache is to be, in terms of the era.
 * @name:  address of the string
 * @align: what calculate_alignment() made of the caller's wish
 * @flags: kmem_cache.flags
 * @ctor:  address of the constructor, or 0
 */
struct cache_spec {
	uint64_t name, flags, ctor;
	uint32_t object_size, align;
	uint32_t useroffset, usersize;
	uint32_t sheaf_capacity;
};

/** get_order() - Order of the pages that hold @size bytes. */
static inline unsigned int get_order(uint64_t size)
{
	return size <= MODEL_PAGE ? 0 : log2_of((size - 1) >> 12) + 1;
}

static inline int32_t cache_refcount(struct model *m, uint64_t s)
{
	return (int32_t)get32(m, AT(m, s, cache_refcount));
}

static inline void cache_set_refcount(struct model *m, uint64_t s, int32_t count)
{
	put32(m, AT(m, s, cache_refcount), (uint32_t)count);
}

static inline uint32_t cache_object_size(struct model *m, uint64_t s)
{
	return (uint32_t)get(m, s, cache_object_size);
}

/** cache_entry() - The cache that an entry of slab_caches belongs to. */
static inline uint64_t cache_entry(struct model *m, uint64_t entry)
{
	return entry - m->shape.cache_list.offset;
}

/** endless() - Of a list that a corrupt link made endless: the CPU never comes back from it. */
void endless(struct model *m, uint64_t *visited, uint64_t entry);

/* lists.c */
/** list_move() - To the front of another list, without poisoning its links in between. */
void list_move(struct model *m, uint64_t entry, uint64_t head);
/** list_splice() - Its entries go to the front of another list; it is left as it is. */
void list_splice(struct model *m, uint64_t list, uint64_t head);
/**
 * list_heads() - The running CPU's room for the list heads that the kernel has on its stack:
 * LIST_HEADS of them. Whoever uses them must not be preempted.
 */
uint64_t list_heads(struct model *m);
#define LIST_HEADS 33u
/**
 * stack_get() - Two list heads on the stack of the kernel: what they lead to leads back to them.
 * stack_put() - And no longer.
 */
uint64_t stack_get(struct model *m);
void stack_put(struct model *m, uint64_t heads);

/* memory.c: small pieces of memory that belong to caches. */
/** memory_get() - kmalloc(), or from elsewhere while there is no such thing; 0: no memory. */
uint64_t memory_get(struct model *m, uint32_t bytes, uint64_t caller);
/** memory_zalloc() - The same, zeroed, with GFP flags and a node. */
uint64_t memory_zalloc(struct model *m, uint32_t bytes, uint32_t gfp, int node, uint64_t caller);
void memory_put(struct model *m, uint64_t addr);
/** text_literal() - A string constant of the kernel. */
uint64_t text_literal(struct model *m, const char *text);
/** text_get() - kstrdup(). */
uint64_t text_get(struct model *m, const char *text);

/* sizes.c */
uint32_t calculate_alignment(struct model *m, uint64_t flags, uint32_t align, uint32_t size);
/** calculate_sizes() - The layout of a cache's slabs; false: it cannot have any. */
bool calculate_sizes(struct model *m, uint64_t s, const struct cache_spec *spec);
/** set_partial_limits() - min_partial, cpu_partial, cpu_partial_slabs. */
void set_partial_limits(struct model *m, uint64_t s);

/* node.c */
bool init_kmem_cache_nodes(struct model *m, uint64_t s);
void free_kmem_cache_nodes(struct model *m, uint64_t s);

/* cache_flags.c */
/** debug_flags() - SLAB_DEBUG_FLAGS. */
uint64_t debug_flags(const struct model *m);
/** cache_never_merges() - Flags that forbid it. */
uint64_t cache_never_merges(const struct model *m);
/** cache_args_unmergeable() - Whether it is never an alias, whatever caches there are. */
bool cache_args_unmergeable(const struct model *m, const struct cache_spec *spec);

/* cache.c */
/** cache_alloc() - kmem_cache_zalloc() of a struct kmem_cache. */
uint64_t cache_alloc(struct model *m);
/** cache_open() - kmem_cache_open(), do_kmem_cache_create(): everything but the list. */
bool cache_open(struct model *m, uint64_t s, const struct cache_spec *spec);
/** cache_close() - __kmem_cache_release(): what cache_open() got. */
void cache_close(struct model *m, uint64_t s);
/** cache_free() - The name and the struct itself. */
void cache_free(struct model *m, uint64_t s);
/** init_cache_random_seq() - Once there is a kmalloc(); false: no memory. */
bool init_cache_random_seq(struct model *m, uint64_t s);

/* merge.c */
/** cache_alias() - The cache that this one becomes an alias of, or 0. */
uint64_t cache_alias(struct model *m, const struct cache_spec *spec);
/* memcg_params.c: 3.8 to 5.8. */
/** has_clones() - Whether caches of this machine can have them. */
bool has_clones(const struct model *m);
/** memcg_init_params() - Of a new cache that is nobody's clone. */
void memcg_init_params(struct model *m, uint64_t s);
/** is_root_cache() - Whether it is nobody's clone. */
bool is_root_cache(struct model *m, uint64_t s);
/** memcg_clones() - How many clones @root can have: ids 0 to that. */
uint32_t memcg_clones(struct model *m, uint64_t root);
/** memcg_clone() - The clone of an id, or 0. */
uint64_t memcg_clone(struct model *m, uint64_t root, uint32_t id);
/** memcg_forget_clone() - Of one that is destroyed. */
void memcg_forget_clone(struct model *m, uint64_t root, uint32_t id);
/** memcg_free_params() - Of a cache that is destroyed. */
void memcg_free_params(struct model *m, uint64_t s);
/** memcg_clones_make() - Room for the clones of a cache; false: no memory. */
bool memcg_clones_make(struct model *m, uint64_t root);
/** memcg_clone_params() - Of a new clone: whose it is, and of what; false: no memory. */
bool memcg_clone_params(struct model *m, uint64_t s, uint64_t root, unsigned int memcg);
/** memcg_add_clone() - The root knows it from now on. */
void memcg_add_clone(struct model *m, uint64_t root, unsigned int memcg, uint64_t s);
/* The kernel grows its arrays with the number of cgroups. */
#define MEMCG_CLONES_MAX 16u

/* boot_cache.c */
/** create_boot_cache() - Without slab_caches; exempt from merging until the caller says else. */
void create_boot_cache(struct model *m, uint64_t s, uint64_t name, uint32_t size, uint64_t flags,
		       uint32_t usersize);
/** rcu_init() - Say what is called after a grace period. */
void rcu_init(struct model *m);
/** set_slab_state() - Also the kernel's variable. */
void set_slab_state(struct model *m, int state);

/* kmalloc_index.c */
/** struct kmalloc_rows - Rows of kmalloc_caches: values of enum kmalloc_cache_type; 0: none. */
struct kmalloc_rows {
	unsigned int random; /* copies of KMALLOC_NORMAL, itself included */
	unsigned int reclaim, dma, cgroup, no_obj_ext, nr;
};
#define KMALLOC_INDEX_LOW 3u
#define KMALLOC_INDEX_HIGH 13u /* KMALLOC_SHIFT_HIGH: 8 KiB */
#define KMALLOC_CACHE_MAX (UINT32_C(1) << KMALLOC_INDEX_HIGH)
struct kmalloc_rows kmalloc_rows(struct model *m);
/** kmalloc_slot() - Where the pointer to a cache lies. */
uint64_t kmalloc_slot(struct model *m, unsigned int row, unsigned int index);

#endif
