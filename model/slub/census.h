/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_CENSUS_H
#define SLUBCHECK_MODEL_SLUB_CENSUS_H
/*
 * Where every object of a model is, while its CPUs are at rest.
 *
 * Read from the image alone, link by link, by other code than the one that made it; so what it says
 * of a heap that only legal operations made has to agree with itself, and census_check() tells
 * whether it does. Of a damaged heap it holds what can be reached: nothing in it is trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/machine/journal.h"
#include "model/slub/model.h"

/* Where a slab is. X(NAME, "name"); the names are those of the places of findings. */
#define CENSUS_PLACES(X)                                                    \
	X(CPU_SLAB, "cpu-slab") /* of a CPU */                              \
	X(CPU_PARTIAL, "cpu-partial") /* on the partial list of a CPU */    \
	X(NODE_PARTIAL, "node-partial") /* on the partial list of a node */ \
	X(NODE_FULL, "node-full") /* on the list of full slabs of a node */ \
	X(WAITS, "rcu") /* freed, until a grace period has ended */         \
	X(NO_LIST, "no-list") /* nothing leads to it: it should be full */

enum census_place {
#define X(name, text) CENSUS_##name,
	CENSUS_PLACES(X)
#undef X
		CENSUS_PLACE_COUNT
};

/* Where a sheaf is. X(NAME, "name") */
#define CENSUS_SHEAF_PLACES(X)                          \
	X(MAIN, "main") /* of a CPU, as the next two */ \
	X(SPARE, "spare")                               \
	X(RCU_FREE, "rcu-free")                         \
	X(BARN_FULL, "barn-full") /* of a node */       \
	X(BARN_EMPTY, "barn-empty")                     \
	X(WAITS, "rcu") /* its objects are free after a grace period */

enum census_sheaf_place {
#define X(name, text) CENSUS_SHEAF_##name,
	CENSUS_SHEAF_PLACES(X)
#undef X
		CENSUS_SHEAF_PLACE_COUNT
};

/* On which lists an object is: none when it is in use. */
enum {
	CENSUS_ON_SLAB = 1 << 0, /* slab->freelist */
	CENSUS_ON_CPU = 1 << 1, /* kmem_cache_cpu.freelist */
	CENSUS_IN_SHEAF = 1 << 2,
};

/**
 * struct census_chain - A freelist as far as it goes.
 * @head:    the word that starts it
 * @objects: indexes in the slab, in order
 * @nr:      of those
 * @end:     what the last link leads to: 0, or an address that is not an object of the slab, or one
 *	     that is on the list already
 */
struct census_chain {
	uint64_t head;
	uint16_t *objects;
	unsigned int nr;
	uint64_t end;
};

/**
 * struct census_slab - A slab.
 * @slab:     address of its struct slab or struct page
 * @base:     address of its memory
 * @first:    address of object 0
 * @cache:    what slab_cache says
 * @place:    where it is
 * @cpu:      whose, -1: nobody's
 * @node:     that its memory is on
 * @position: on its list, 0 is the first
 * @order:    pages, as a power of two
 * @room:     objects that fit
 * @objects, @inuse, @frozen: as its counters say
 * @counters: their word
 * @partial_flag: its page is marked as one of a node's list, in eras that do
 * @chained:  on a CPU's partial list: slabs from this one on, as it says (slab->slabs or pages)
 * @own:      slab->freelist
 * @cpus:     the freelist of the CPU whose slab it is
 * @on:       CENSUS_ON_* of each object, @room bytes
 * @in_sheaves: objects of it in sheaves
 * @busy:     census_compare(): it is not as it was
 */
struct census_slab {
	uint64_t slab, base, first, cache;
	enum census_place place;
	int cpu, node;
	unsigned int position;
	unsigned int order, room;
	unsigned int objects, inuse;
	bool frozen;
	uint64_t counters;
	bool partial_flag;
	unsigned int chained;
	struct census_chain own, cpus;
	uint8_t *on;
	unsigned int in_sheaves;
	bool busy;
};

/**
 * struct census_sheaf - A sheaf.
 * @sheaf:    its address
 * @place:    where it is
 * @cpu, @node: whose; -1: not a CPU's, not a node's
 * @position: on its list
 * @cache, @size: as it says
 * @objects:  the first @size words of its array
 * @nr:       of those, no more than there can be
 */
struct census_sheaf {
	uint64_t sheaf;
	enum census_sheaf_place place;
	int cpu, node;
	unsigned int position;
	uint64_t cache;
	uint32_t size;
	uint64_t *objects;
	unsigned int nr;
};

/**
 * struct census_cpu - What a CPU has of a cache.
 * @c:      address of its kmem_cache_cpu; 0: the era has none, as the next members
 * @tid:    word
 * @events: tid / TID_STEP
 * @freelist, @slab, @partial: words
 * @nr_partial: slabs on its partial list
 * @pcs:    address of its slub_percpu_sheaves; 0: the cache has none
 * @main, @spare, @rcu_free: words
 */
struct census_cpu {
	uint64_t c, tid, events, freelist, slab, partial;
	unsigned int nr_partial;
	uint64_t pcs, main, spare, rcu_free;
};

/**
 * struct census_node - What a node has of a cache.
 * @n:      address of its kmem_cache_node; 0: none
 * @nr_partial, @nr_slabs, @total_objects: counters
 * @listed: slabs on its partial list
 * @barn:   address; 0: none
 * @nr_full, @nr_empty: counters of the barn
 */
struct census_node {
	uint64_t n, nr_partial, nr_slabs, total_objects;
	unsigned int listed;
	uint64_t barn;
	unsigned int nr_full, nr_empty;
};

/**
 * struct census_cache - A cache.
 * @cache:  address
 * @name:   cut and terminated
 * @flags, @size, @object_size, @offset, @random, @oo, @min, @pad, @sheaf_capacity: its members;
 *	    @pad is red_left_pad where objects have it before them, else 0
 * @slabs:  all slabs that name it, in the order of their addresses
 * @cpus, @nodes: as many as the machine has
 * @sheaves: all that lead to or from it
 * @busy:   census_compare(): what it, its CPUs or its nodes have is not as it was
 */
struct census_cache {
	uint64_t cache;
	char name[64];
	uint64_t flags, random, oo, min;
	uint32_t size, object_size, offset, pad, sheaf_capacity, reserved;
	struct census_slab *slabs;
	size_t nr_slabs;
	struct census_cpu *cpus;
	struct census_node *nodes;
	struct census_sheaf *sheaves;
	size_t nr_sheaves;
	bool busy;
};

struct census_chunk;

/**
 * struct census - The heap.
 * @caches: in the order of slab_caches
 * @slabs:  all, those of each cache together; behind them those that name no cache that is known
 * @trouble: what made no sense while it was taken; empty: nothing
 */
struct census {
	struct model *model;
	unsigned int nr_cpus, nr_nodes;
	struct census_cache *caches;
	size_t nr_caches;
	struct census_slab *slabs;
	size_t nr_slabs;
	uint32_t *by_frame; /* 1 + index in slabs, by frame number */
	uint64_t nr_frames, map_base; /* address of frame 0 */
	struct census_chunk *memory;
	bool no_memory;
	char trouble[192];
};

/**
 * census_take() - Take stock.
 * @cache: of one cache; 0: of all on slab_caches
 *
 * The model is not changed. What operations have in hand that are under way is not to be trusted;
 * census_compare() with one from before they began tells what that is. The picture does not change
 * with the model.
 *
 * Return: NULL when there is no memory. census_free() gives it back.
 */
struct census *census_take(struct model *m, uint64_t cache);

void census_free(struct census *census);

/**
 * census_check() - Whether the heap agrees with itself.
 *
 * Return: NULL, or what is wrong; the text lives as long as the census.
 */
const char *census_check(struct census *census);

/**
 * census_compare() - Mark as busy what stores went to, or what is not what it was.
 * @census:  of now
 * @before:  of another time
 * @changes, @nr: stores since
 */
void census_compare(struct census *census, const struct census *before,
		    const struct model_change *changes, size_t nr);

/** census_cache() - The cache at an address, or NULL. */
const struct census_cache *census_cache(const struct census *census, uint64_t cache);

/** census_slab_of() - The slab whose memory holds an address, or NULL. */
struct census_slab *census_slab_of(const struct census *census, uint64_t addr);

/** census_slab_at() - The slab with a descriptor at an address, or NULL. */
struct census_slab *census_slab_at(const struct census *census, uint64_t slab);

/** census_index() - Index of the object that starts at an address; -1: none does. */
int census_index(const struct census_cache *cache, const struct census_slab *slab, uint64_t addr);

/** census_object() - Address of an object. */
static inline uint64_t census_object(const struct census_cache *cache,
				     const struct census_slab *slab, unsigned int index)
{
	return slab->first + (uint64_t)index * cache->size;
}

/** census_link() - Where a word at @slot leads to, as a link of a cache. */
uint64_t census_link(const struct census *census, const struct census_cache *cache, uint64_t slot,
		     uint64_t raw);

const char *census_place_name(enum census_place place);
const char *census_sheaf_place_name(enum census_sheaf_place place);

#endif
