/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_SLUB_H
#define SLUBCHECK_MODEL_SLUB_SLUB_H
/*
 * The functions of mm/slub.c among each other, named as there wherever there is such a function.
 * A cache, a slab, a kmem_cache_cpu, a kmem_cache_node are addresses in the image.
 */

#include "decoders/slab.h"
#include "model/machine/machine.h"
#include "model/slub/model.h"

#define SLUB_RED_INACTIVE 0xbb
#define SLUB_RED_ACTIVE 0xcc
#define POISON_INUSE 0x5a
#define POISON_FREE 0x6b
#define POISON_END 0xa5

#define MAX_PARTIAL 10u
#define MIN_PARTIAL 5u

/* The two words that change together. */
struct slab_words {
	uint64_t freelist;
	uint64_t counters;
};

static inline uint64_t counters_make(uint64_t old, unsigned int inuse, unsigned int objects,
				     bool frozen)
{
	/* The upper half belongs to others: _count until 4.17, stride in 7.0. */
	return (old & ~UINT64_C(0xffffffff)) | (inuse & 0xffff) |
	       (uint64_t)(objects & 0x7fff) << 16 | (uint64_t)frozen << 31;
}

static inline unsigned int counters_inuse(uint64_t counters)
{
	return counters & 0xffff;
}

static inline unsigned int counters_objects(uint64_t counters)
{
	return counters >> 16 & 0x7fff;
}

static inline bool counters_frozen(uint64_t counters)
{
	return counters >> 31 & 1;
}

static inline uint64_t slab_freelist(struct model *m, uint64_t slab)
{
	return get64(m, AT(m, slab, slab_freelist));
}

static inline uint64_t slab_counters(struct model *m, uint64_t slab)
{
	return get64(m, AT(m, slab, slab_counters));
}

static inline unsigned int slab_objects(struct model *m, uint64_t slab)
{
	return counters_objects(slab_counters(m, slab));
}

static inline uint64_t cache_flags(struct model *m, uint64_t s)
{
	return get(m, s, cache_flags);
}

static inline uint32_t cache_size(struct model *m, uint64_t s)
{
	return get32(m, AT(m, s, cache_size));
}

/* freepointer.c: links of freelists, and the order of new ones. */
uint64_t get_freepointer(struct model *m, uint64_t s, uint64_t object);
void set_freepointer(struct model *m, uint64_t s, uint64_t object, uint64_t next);
/** fixup_red_left() - The first object of a slab at @base. */
uint64_t fixup_red_left(struct model *m, uint64_t s, uint64_t base);
/** slab_nid() - page_to_nid() of a slab. */
static inline unsigned int slab_nid(struct model *m, uint64_t slab)
{
	return page_node(m, slab);
}

/* node_lists.c: what a cache has on a node. */
static inline void node_lock(struct model *m, uint64_t n)
{
	irq_save(m);
	lock_take(m, AT(m, n, node_list_lock));
}

static inline void node_unlock(struct model *m, uint64_t n)
{
	lock_drop(m, AT(m, n, node_list_lock));
	irq_restore(m);
}

uint64_t get_node(struct model *m, uint64_t s, unsigned int node);
void set_node(struct model *m, uint64_t s, unsigned int node, uint64_t n);
void add_partial(struct model *m, uint64_t n, uint64_t slab, bool tail);
void remove_partial(struct model *m, uint64_t n, uint64_t slab);
void add_full(struct model *m, uint64_t s, uint64_t n, uint64_t slab);
void remove_full(struct model *m, uint64_t s, uint64_t n, uint64_t slab);
/** node_is_rich() - It has so many partial slabs that one that runs empty is freed. */
bool node_is_rich(struct model *m, uint64_t s, uint64_t n);
void inc_slabs_node(struct model *m, uint64_t s, unsigned int node, unsigned int objects);
void dec_slabs_node(struct model *m, uint64_t s, unsigned int node, unsigned int objects);
/** may_defragment() - Whether this allocation may look at other nodes. */
bool may_defragment(struct model *m, uint64_t s);

/* slab_words.c */
void slab_set_inuse(struct model *m, uint64_t slab, unsigned int inuse);
/** slab_lock(), slab_unlock() - A bit of page->flags; interrupts are off in between. */
void slab_lock(struct model *m, uint64_t slab);
void slab_unlock(struct model *m, uint64_t slab);
bool cmpxchg_double_slab(struct model *m, uint64_t s, uint64_t slab, struct slab_words old,
			 struct slab_words new);
bool pfmemalloc_match(struct model *m, uint64_t slab, uint32_t gfp);

/* cache_flags.c */
/** kmem_cache_debug() - Any option that keeps the cache off the fast paths. */
bool kmem_cache_debug(struct model *m, uint64_t s);
bool kmem_cache_has_cpu_partial(struct model *m, uint64_t s);
/** cache_oo() - order << 16 | objects. */
static inline uint64_t cache_oo(struct model *m, uint64_t s)
{
	return get(m, s, cache_oo);
}

/* slab.c: slabs come and go. */
/** new_slab() - As the kernel's: with its freelist (none from 7.2 on); 0 when there are no pages. */
uint64_t new_slab(struct model *m, uint64_t s, uint32_t gfp, int node);
void discard_slab(struct model *m, uint64_t s, uint64_t slab);
void free_slab(struct model *m, uint64_t s, uint64_t slab);
/** rcu_free_slab() - The slab of an rcu_head: its pages go back. */
void rcu_free_slab(struct model *m, uint64_t head);

/*
 * For 7.2's alloc_from_new_slab(): the order in which a new slab hands out its objects.
 */
struct slab_iterator {
	uint64_t start;
	uint64_t pos, limit, count; /* of random_seq; count 0: in order of addresses */
	uint32_t size;
	uint64_t next_linear;
};
void slab_iterator_begin(struct model *m, uint64_t s, uint64_t slab, struct slab_iterator *it);
uint64_t slab_iterator_next(struct model *m, uint64_t s, struct slab_iterator *it);
/** build_slab_freelist() - Make a list of the next @nr objects the slab's. */
void build_slab_freelist(struct model *m, uint64_t s, uint64_t slab, unsigned int nr,
			 struct slab_iterator *it);

/* partial.c: partial slabs of CPUs, and how they come from nodes. */
void put_cpu_partial(struct model *m, uint64_t s, uint64_t slab, bool drain);
void unfreeze_partials(struct model *m, uint64_t s);
/** chain_put_one() - A slab that came from the CPU's list goes to its node's. */
void chain_put_one(struct model *m, uint64_t s, uint64_t slab);
/**
 * get_partial() - Take what is needed from a node.
 * @slab: set to the slab that is to become the CPU's
 *
 * Return: 0 when there is nothing; an object for debug caches since 6.1; the freelist of @slab until
 * 6.7; then @slab itself, whose freelist is still its own.
 */
uint64_t get_partial(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size,
		     uint64_t *slab);

/* alloc.c, alloc_slow.c, deactivate.c, cache_flush.c, free.c, free_slow.c */
uint64_t slab_alloc_node(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size);
void slab_free(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
	       unsigned int count);
/** slab_free_slow() - __slab_free(). */
void slab_free_slow(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
		    unsigned int count);
/** cache_free_object() - What kmem_cache_free() does when it knows the cache for sure. */
void cache_free_object(struct model *m, uint64_t s, uint64_t slab, uint64_t object);
void deactivate_slab(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist);
void flush_cpu(struct model *m, uint64_t s); /* flush_cpu_slab() on the running CPU */
void flush_all(struct model *m, uint64_t s);
/** slab_alloc_slow() - ___slab_alloc() until 6.19: from the CPU's slab, partial slabs, a new one. */
uint64_t slab_alloc_slow(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size);
/** slab_alloc_no_cpu_slab() - The same since 7.0, when CPUs own no slabs (direct.c). */
uint64_t slab_alloc_no_cpu_slab(struct model *m, uint64_t s, uint32_t gfp, int node,
				uint32_t orig_size);
size_t alloc_bulk(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects);
void free_bulk(struct model *m, uint64_t s, size_t nr, uint64_t *objects);

/* hooks.c */
/** object_prepare() - What comes after taking an object: the hooks and zeroing. */
void object_prepare(struct model *m, uint64_t s, uint32_t gfp, uint64_t object, uint32_t orig_size);
/** object_retire() - What comes before giving it back: init_on_free. */
void object_retire(struct model *m, uint64_t s, uint64_t object);
/** maybe_wipe_obj_freeptr() - Nothing of the link stays in an object that was cleared. */
void maybe_wipe_obj_freeptr(struct model *m, uint64_t s, uint64_t object);

/* sheaf.c: 6.18 and later. */
uint64_t alloc_from_pcs(struct model *m, uint64_t s, uint32_t gfp, int node);
bool free_to_pcs(struct model *m, uint64_t s, uint64_t object);
size_t alloc_from_pcs_bulk(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects);
void free_to_pcs_bulk(struct model *m, uint64_t s, size_t nr, uint64_t *objects);
/** cache_has_sheaves() - Whether a cache uses them. */
bool cache_has_sheaves(struct model *m, uint64_t s);
/** pcs_init() - Sheaves of all CPUs and barns of all nodes for a new cache; false: no memory. */
bool pcs_init(struct model *m, uint64_t s);
void pcs_destroy(struct model *m, uint64_t s);
void pcs_flush_all(struct model *m, uint64_t s); /* flush_all_cpus_locked() of the sheaves */
void barn_shrink(struct model *m, uint64_t s, uint64_t barn);
bool kfree_rcu_sheaf(struct model *m, uint64_t s, uint64_t object);
void rcu_free_sheaf(struct model *m, uint64_t head);
uint64_t get_barn_node(struct model *m, uint64_t s, unsigned int node);
/** sheaf_capacity_of() - Objects of a cache's sheaves, @wanted or more; 0: it is to have none. */
uint32_t sheaf_capacity_of(struct model *m, uint64_t s, uint32_t wanted);
/** calculate_sheaf_capacity() - The same of a new cache. */
uint32_t calculate_sheaf_capacity(struct model *m, uint64_t s, uint32_t wanted);
/** bootstrap_cache_sheaves() - The caches of kmalloc() get theirs in a second pass of boot. */
void bootstrap_cache_sheaves(struct model *m, uint64_t s);
/** flush_rcu_sheaves() - What CPUs collect for a grace period begins to wait for one. */
void flush_rcu_sheaves(struct model *m, uint64_t s);
/** alloc_bulk_no_cpu_slab() - __kmem_cache_alloc_bulk() since 7.0: from slabs; all or nothing. */
bool alloc_bulk_no_cpu_slab(struct model *m, uint64_t s, uint32_t gfp, size_t nr,
			    uint64_t *objects);

/* debug.c: caches with slub_debug options. */
void setup_slab_debug(struct model *m, uint64_t s, uint64_t base, unsigned int order);
void setup_object_debug(struct model *m, uint64_t s, uint64_t object);
bool alloc_debug_processing(struct model *m, uint64_t s, uint64_t slab, uint64_t object,
			    uint32_t orig_size);
bool free_debug_processing(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
			   unsigned int *count);
void free_slab_debug(struct model *m, uint64_t s, uint64_t slab);
/** set_orig_size(), get_orig_size() - What kmalloc() was asked for, where that is kept. */
void set_orig_size(struct model *m, uint64_t s, uint64_t object, uint32_t size);
uint32_t get_orig_size(struct model *m, uint64_t s, uint64_t object);
/** redzones_kmalloc() - 6.2 (946fa0dbf2d8): a red zone begins where that ends. */
bool redzones_kmalloc(struct model *m, uint64_t s);
void set_track(struct model *m, uint64_t s, uint64_t object, bool alloc);
/** stack_depot_init() - Make the stacks that tracks lead to (5.19). */
void stack_depot_init(struct model *m);
uint64_t alloc_single_from_partial(struct model *m, uint64_t s, uint64_t n, uint64_t slab,
				   uint32_t orig_size);
uint64_t alloc_single_from_new_slab(struct model *m, uint64_t s, uint64_t slab, uint32_t orig_size);
void free_to_partial_list(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
			  unsigned int count);
/** metadata_bytes() - What debugging adds behind the object: tracks, orig_size. */
uint32_t debug_bytes(struct model *m, uint64_t flags);
/** metadata_end() - Where the allocator's own data behind an object end. */
uint64_t metadata_end(struct model *m, uint64_t s);

/* gfp.c */
/** pre_alloc_hook() - slab_pre_alloc_hook(): reports, injected failures; false: fail. */
bool slab_pre_alloc_hook(struct model *m, uint64_t s, uint32_t gfp);
/** gfp_fix() - What new_slab() passes on to the page allocator, with its complaints. */
uint32_t gfp_fix(struct model *m, uint64_t s, uint32_t gfp);

/* memcg.c */
/** memcg_cache() - The cache that serves an allocation: a clone, in eras that have them. */
uint64_t memcg_cache(struct model *m, uint64_t s, uint32_t gfp);
/** memcg_root_cache() - The cache that @s is a clone of, or itself. */
uint64_t memcg_root_cache(struct model *m, uint64_t s);
/** memcg_charge() - Note the owner of an object in its slab's vector. */
void memcg_charge(struct model *m, uint64_t s, uint64_t object, uint32_t gfp);
void memcg_uncharge(struct model *m, uint64_t s, uint64_t slab, uint64_t object);
void memcg_free_vector(struct model *m, uint64_t s, uint64_t slab);
/** memcg_vector_early() - 7.0: a new slab's vector lies in it, where there is room for one. */
void memcg_vector_early(struct model *m, uint64_t s, uint64_t slab);

/* missing.c */
/** slub_missing() - What no SLUB does without and a kernel lacks; NULL: nothing. */
const char *slub_missing(const struct model_shape *shape);

/* cache.c, kmalloc.c: boot. */
void create_kmalloc_caches(struct model *m);
uint64_t create_cache(struct model *m, const struct model_cache_args *args);
uint64_t kmalloc_slab(struct model *m, size_t size, uint32_t gfp, uint64_t caller);
uint64_t kmalloc_node(struct model *m, size_t size, uint32_t gfp, int node, uint64_t caller);
void kfree_object(struct model *m, uint64_t object);

#endif
