/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_CENSUS_H
#define SLUBCHECK_MODEL_SLAB_CENSUS_H
/*
 * Where every object of a SLAB is, while its CPUs are at rest: in its slab, in an array, with its owner.
 *
 * Read from the image alone, by other code than the one that made it. What it says of a heap that only legal
 * operations made has to agree with itself: slab_census_check(). Of a damaged heap it holds what can be
 * reached: nothing in it is trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/machine/journal.h"
#include "model/slab/model.h"

enum slab_list_kind {
	SLAB_LIST_PARTIAL,
	SLAB_LIST_FULL,
	SLAB_LIST_FREE,
	SLAB_LISTS,
};

enum slab_array_of {
	SLAB_ARRAY_OF_CPU,
	SLAB_ARRAY_SHARED_OF,
	SLAB_ARRAY_ALIEN_OF,
};

/* Where a slab's list of free objects is. */
enum slab_management {
	SLAB_ON, /* in front of its objects, or behind them */
	SLAB_OFF, /* in an object of another cache */
	SLAB_IN_OBJECT, /* in a free object of its own */
};

/* Where an object is; in none of them, somebody has it. */
enum {
	IS_FREE = 1 << 0, /* on its slab's list */
	IS_CACHED = 1 << 1, /* in an array */
};

/**
 * struct census_array - An array of free objects.
 * @cpu, @node, @of: whose: of a CPU, or shared of a node, or of a node and for those of another; else -1
 * @ac:      address of the array_cache; @holder: of what alien[] leads to
 * @slot:    address of the pointer to it; 0: a per-CPU offset
 * @entries: address of its first entry
 * @avail, @limit, @batchcount, @touched: as it says
 * @objects: the first @nr entries, of @avail and @limit the smaller
 * @busy:    see slab_census_mark()
 */
struct census_array {
	enum slab_array_of kind;
	int cpu, node, of;
	uint64_t ac, holder, slot, entries;
	uint32_t avail, limit, batchcount, touched;
	uint64_t *objects;
	uint32_t nr;
	bool busy;
};

/**
 * struct slab_census_slab - A slab on a list.
 * @slab, @page, @base: what describes it, its first page, its memory
 * @list, @node, @position: where it is
 * @s_mem, @used, @freelist, @colouroff, @free, @nodeid: as it says
 * @order_of: indexes of its free objects, the next one first; @nr_free: how many were found
 * @chain_ends: the chain or array is whole: distinct, below num
 * @where:   IS_* of each object
 * @cached:  objects of it in arrays
 */
struct slab_census_slab {
	uint64_t slab, page, base;
	enum slab_list_kind list;
	int node;
	unsigned int position;
	uint64_t s_mem, freelist, colouroff;
	uint32_t used, free;
	int nodeid;
	uint32_t *order_of;
	uint32_t nr_free;
	bool chain_ends;
	uint8_t *where;
	uint32_t cached;
	bool busy;
};

/** struct slab_census_node - What a node has; @listed: slabs on each list; @n 0: there is none. */
struct slab_census_node {
	uint64_t n, slot, free_objects, total_slabs, free_slabs, shared, alien;
	uint32_t free_limit, colour_next;
	size_t listed[SLAB_LISTS];
	uint64_t spare; /* free objects of partial and free slabs */
};

/**
 * struct slab_census_cache - A cache.
 * @slabs: in the order of nodes and lists
 * @index_bytes: of an index, or a bufctl
 */
struct slab_census_cache {
	uint64_t cache, flags, name_addr, ctor, freelist_cache;
	char name[64];
	uint32_t size, object_size, obj_offset, num, order, colour, colour_off, freelist_size;
	uint32_t limit, batchcount, shared;
	int64_t refcount;
	uint64_t reciprocal, random_seq;
	enum slab_management management;
	unsigned int index_bytes;
	struct slab_census_slab *slabs;
	size_t nr_slabs;
	struct census_array *arrays;
	size_t nr_arrays;
	struct slab_census_node *nodes;
	bool busy;
};

struct slab_census {
	struct model *model;
	unsigned int nr_cpus, nr_nodes;
	struct slab_census_cache *caches;
	size_t nr_caches;
	bool no_memory;
	char trouble
		[192]; /* what made no sense while it was taken, or does not agree; "": nothing */
};

/** slab_census_take() - Take stock of all caches on the list. NULL: no memory. */
struct slab_census *slab_census_take(struct model *m);
void slab_census_free(struct slab_census *census);

/** slab_census_check() - NULL, or what does not agree with itself; the text lives as long as the census. */
const char *slab_census_check(struct slab_census *census);

/** slab_census_mark() - Mark as busy what stores went to. */
void slab_census_mark(struct slab_census *census, const struct model_change *changes, size_t nr);

/** slab_census_cache_at() - By its address, or NULL. */
struct slab_census_cache *slab_census_cache_at(const struct slab_census *census, uint64_t cache);

/** slab_census_find() - The slab whose memory holds an address, and its cache; NULL: none. */
struct slab_census_slab *slab_census_find(const struct slab_census *census, uint64_t addr,
					  struct slab_census_cache **cache);

/** slab_census_index() - Of the object whose slot begins at an address; -1: none does. */
int slab_census_index(const struct slab_census_cache *cache, const struct slab_census_slab *slab,
		      uint64_t slot);

static inline uint64_t slab_census_slot(const struct slab_census_cache *cache,
					const struct slab_census_slab *slab, uint32_t index)
{
	return slab->s_mem + (uint64_t)index * cache->size;
}

/** slab_census_index_at() - Where the index of a position, or the bufctl of an object lies. */
uint64_t slab_census_index_at(const struct slab_census *census,
			      const struct slab_census_cache *cache,
			      const struct slab_census_slab *slab, uint32_t i);

#endif
