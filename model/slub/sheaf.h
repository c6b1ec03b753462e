/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_SHEAF_H
#define SLUBCHECK_MODEL_SLUB_SHEAF_H
/*
 * Sheaves, arrays of free objects, and barns, the nodes' stores of sheaves: what the files that
 * implement them share. Since 6.18 (2d517aa09bbc).
 *
 * A CPU allocates from and frees to its main sheaf, and swaps it for the spare one or for one of
 * the barn when it is empty or full. Objects in sheaves count as allocated in their slabs.
 */

#include "model/slub/slub.h"

#define MAX_FULL_SHEAVES 10u
#define MAX_EMPTY_SHEAVES 10u
#define PCS_BATCH_MAX 32u

/*
 * For sheaves of the caches of kmalloc(): do not allocate another sheaf on the way, as
 * SLAB_ALLOC_NO_RECURSE in 7.2 and __GFP_NO_OBJ_EXT before. No era has a GFP flag there, and
 * nothing passes it on to the page allocator.
 */
#define GFP_NO_RECURSE (UINT32_C(1) << 31)

/* Who calls kmalloc() for sheaves and barns: chooses among the random copies of its caches. */
#define SHEAF_CALLER (MODEL_TEXT + 0x1000)

/* Text symbols: what call_rcu() is to call. */
#define TEXT_RCU_FREE_SHEAF (MODEL_TEXT + 0x1100)
#define TEXT_RCU_FREE_SHEAF_NOBARN (MODEL_TEXT + 0x1200)

/**
 * struct objects - An array of pointers to objects.
 * @image: where it lies in the image: in a sheaf
 * @host:  or the caller's, which the kernel has on its stack
 */
struct objects {
	uint64_t image;
	uint64_t *host;
};

static inline uint64_t objects_get(struct model *m, struct objects p, size_t i)
{
	return p.host ? p.host[i] : get64(m, p.image + 8 * i);
}

static inline void objects_set(struct model *m, struct objects p, size_t i, uint64_t object)
{
	if (p.host)
		p.host[i] = object;
	else
		put64(m, p.image + 8 * i, object);
}

/** objects_from() - The array from its element @i on. */
static inline struct objects objects_from(struct objects p, size_t i)
{
	return (struct objects){ p.host ? 0 : p.image + 8 * i, p.host ? p.host + i : NULL };
}

/* Members of sheaves and of a CPU's three sheaves. */
static inline uint32_t sheaf_size(struct model *m, uint64_t sheaf)
{
	m->doing = "reads the size of a sheaf";
	return get32(m, AT(m, sheaf, sheaf_size));
}

static inline void sheaf_set_size(struct model *m, uint64_t sheaf, uint32_t size)
{
	put32(m, AT(m, sheaf, sheaf_size), size);
}

/** sheaf_slot() - Address of an element of a sheaf's array. */
static inline uint64_t sheaf_slot(struct model *m, uint64_t sheaf, uint32_t i)
{
	return AT(m, sheaf, sheaf_objects) + 8 * (uint64_t)i;
}

static inline struct objects sheaf_array(struct model *m, uint64_t sheaf)
{
	return (struct objects){ .image = sheaf_slot(m, sheaf, 0) };
}

static inline uint32_t cache_sheaf_capacity(struct model *m, uint64_t s)
{
	return get32(m, AT(m, s, cache_sheaf_capacity));
}

static inline uint64_t pcs_main(struct model *m, uint64_t pcs)
{
	return get64(m, AT(m, pcs, sheaves_main));
}

static inline uint64_t pcs_spare(struct model *m, uint64_t pcs)
{
	return get64(m, AT(m, pcs, sheaves_spare));
}

static inline uint64_t pcs_rcu_free(struct model *m, uint64_t pcs)
{
	return get64(m, AT(m, pcs, sheaves_rcu_free));
}

static inline void pcs_set_main(struct model *m, uint64_t pcs, uint64_t sheaf)
{
	put64(m, AT(m, pcs, sheaves_main), sheaf);
}

static inline void pcs_set_spare(struct model *m, uint64_t pcs, uint64_t sheaf)
{
	put64(m, AT(m, pcs, sheaves_spare), sheaf);
}

static inline void pcs_set_rcu_free(struct model *m, uint64_t pcs, uint64_t sheaf)
{
	put64(m, AT(m, pcs, sheaves_rcu_free), sheaf);
}

/** pcs_swap() - Main and spare change places. */
static inline void pcs_swap(struct model *m, uint64_t pcs)
{
	uint64_t sheaf = pcs_main(m, pcs);

	pcs_set_main(m, pcs, pcs_spare(m, pcs));
	pcs_set_spare(m, pcs, sheaf);
}

/** numa_node() - numa_node_id(); also numa_mem_id(), as every node has memory. */
static inline unsigned int numa_node(const struct model *m)
{
	return cpu_node(m, m->run->cpu);
}

/* barn.c */
/** get_barn() - The barn of the running CPU's node, or 0. */
uint64_t get_barn(struct model *m, uint64_t s);
/** barn_new() - Allocate the barn of a node; false: no memory. */
bool barn_new(struct model *m, uint64_t s, unsigned int node);
/** barn_take_all() - Its sheaves go to two lists; the barn is empty. */
void barn_take_all(struct model *m, uint64_t barn, uint64_t full, uint64_t empty);
/** barn_free() - Give it back. */
void barn_free(struct model *m, uint64_t s, unsigned int node);
unsigned int barn_nr_full(struct model *m, uint64_t barn);
unsigned int barn_nr_empty(struct model *m, uint64_t barn);
uint64_t barn_get_empty_sheaf(struct model *m, uint64_t barn);
void barn_put_empty_sheaf(struct model *m, uint64_t barn, uint64_t sheaf);
void barn_put_full_sheaf(struct model *m, uint64_t barn, uint64_t sheaf);
/** barn_replace_empty_sheaf() - A full sheaf for an empty one; 0: the barn has none. */
uint64_t barn_replace_empty_sheaf(struct model *m, uint64_t barn, uint64_t empty);
/** barn_replace_full_sheaf() - The reverse; 0: none, or (@too_many) the barn takes no more. */
uint64_t barn_replace_full_sheaf(struct model *m, uint64_t barn, uint64_t full, bool *too_many);

/* sheaf.c */
/** pcs_trylock() - local_trylock(): false when this interrupts who holds it on this CPU. */
bool pcs_trylock(struct model *m, uint64_t s);
void pcs_lock(struct model *m, uint64_t s);
void pcs_unlock(struct model *m, uint64_t s);
/** this_pcs() - The running CPU's sheaves. */
uint64_t this_pcs(struct model *m, uint64_t s);
/** cache_has_pcs() - Whether a cache has sheaves or, since 7.0, an empty one in their place. */
bool cache_has_pcs(struct model *m, uint64_t s);
/** sheaf_new() - __alloc_empty_sheaf(); 0: no memory. */
uint64_t sheaf_new(struct model *m, uint64_t s, uint32_t gfp, uint32_t capacity);
uint64_t alloc_empty_sheaf(struct model *m, uint64_t s, uint32_t gfp);
void free_empty_sheaf(struct model *m, uint64_t sheaf);
void sheaf_flush_main(struct model *m, uint64_t s);
void sheaf_flush_unused(struct model *m, uint64_t s, uint64_t sheaf);
/** can_free_to_pcs() - Whether objects of a slab may go to sheaves of the running CPU. */
bool can_free_to_pcs(struct model *m, uint64_t slab);

/* detached.c */
/** free_to_slabs() - __kmem_cache_free_bulk(): past the sheaves. Changes the array's order. */
void free_to_slabs(struct model *m, uint64_t s, size_t size, struct objects p);

/* refill.c */
/**
 * refill_objects() - Take objects from partial slabs, then from new ones.
 * Return: from @min to @max, or less than @min when there is no memory.
 */
size_t refill_objects(struct model *m, uint64_t s, struct objects p, uint32_t gfp, size_t min,
		      size_t max);

/* new_objects.c */
/** alloc_from_new_slab() - Up to @count objects; the node gets the slab if that leaves some. */
size_t alloc_from_new_slab(struct model *m, uint64_t s, uint64_t slab, struct objects p,
			   size_t count);

#endif
