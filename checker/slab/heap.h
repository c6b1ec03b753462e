/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_HEAP_H
#define SLUBCHECK_CHECKER_SLAB_HEAP_H
/*
 * The walk: gathers the state of a cache from memory, once. Nothing here judges.
 *
 * First all arrays of free objects are read (of CPUs, shared, alien), and what they hold is sorted by address.
 * Then slabs are read one by one, and each finds its cached objects among those entries. So an object is free
 * in its slab, or in arrays, or nowhere, and then it is allocated.
 */

#include "checker/image/arena.h"
#include "checker/image/memory.h"
#include "checker/slab/cache.h"

enum slab_array_kind {
	SLAB_ARRAY_CPU,
	SLAB_ARRAY_SHARED,
	SLAB_ARRAY_ALIEN,
};

/**
 * struct slab_array - An array of free objects.
 * @cpu:    of SLAB_ARRAY_CPU, else -1
 * @node:   whose it is; of a CPU's array -1
 * @of:     SLAB_ARRAY_ALIEN: the node that its objects are of, else -1
 * @slot:   the word that leads to it; 0: a per-CPU pointer does
 * @addr:   of the array_cache; 0: there is none
 * @status: how reading it ended
 * @taken:  entries that were read: those below @avail, unless that cannot be
 * @locked: the lock of an alien array, or of its node's lists, is held; not of a CPU's array, which has none
 * @online: of a CPU's array
 */
struct slab_array {
	enum slab_array_kind kind;
	int cpu, node, of;
	uint64_t slot, addr;
	enum target_status status;
	uint64_t avail, limit, batchcount, touched;
	uint64_t taken;
	bool locked, online;
};

/**
 * struct slab_entry - An entry of an array.
 * @object: the address that it holds, without a tag
 * @array, @position: where it is
 * @placed: it is an object of a slab that a list led to
 */
struct slab_entry {
	uint64_t object;
	uint32_t array, position;
	bool placed;
};

/* Entries that are read of one array; a limit that somebody wrote to /proc/slabinfo is below. */
#define SLAB_ENTRIES_MAX 65536u

/* All arrays of a cache. */
struct slab_arrays {
	struct slab_array *arrays;
	size_t nr, room;
	struct slab_entry
		*entries; /* ascending by object, then in the order in which they were read */
	size_t nr_entries, entries_room;
	bool failed; /* not all of them are known */
};

/* Which list a slab is on. */
enum slab_list {
	SLAB_PARTIAL,
	SLAB_FULL,
	SLAB_FREE,
	SLAB_ON_NONE,
};

/**
 * struct slab_node - A kmem_cache_node.
 * @slot:    where the pointer to it lies
 * @locked:  list_lock is or may be held
 * @counted: slabs that the walk found on each list; @complete: it saw all of the three
 * @spare:   free objects of the slabs on the partial and the free list, as the slabs say
 */
struct slab_node {
	int node;
	uint64_t slot, addr;
	enum target_status status;
	uint64_t num_slabs, total_slabs, free_slabs, free_objects, colour_next, shared, alien;
	bool locked;
	uint64_t counted[3], spare;
	bool complete;
};

/* How the walk over the free objects of a slab ended. */
enum slab_walk_end {
	SLAB_WALK_END, /* as it should */
	SLAB_WALK_WILD, /* at an index that no object has; index arrays go on behind it */
	SLAB_WALK_CYCLE, /* at an object that was met before */
	SLAB_WALK_ABSENT, /* at memory that the dump lacks */
	SLAB_WALK_UNMAPPED, /* at memory that does not exist */
	SLAB_WALK_NOT_DONE,
};

/**
 * struct slab_free - The free objects of a slab as its management lists them.
 * @end:    how that ended; of index arrays the first wrong index decides
 * @length: distinct objects
 * @wrong:  indexes that are not right
 * @at:	    address of the word that ended the walk, and @value, what it holds
 * @position: of that word: of the array, or of the chain
 * @array:  address of the first index or bufctl
 * @hop:    per object: 1 + its position on the list, 0 when it is not free there
 */
struct slab_free {
	enum slab_walk_end end;
	uint32_t length, wrong;
	uint64_t at, value;
	uint32_t position;
	uint64_t array;
	uint32_t *hop;
};

/**
 * struct slab_found - A slab: its descriptor, and what was found in it.
 * @addr:   of what describes it: a struct slab (to 3.12) or a struct page
 * @page:   struct page of its first page, 0 when it has none
 * @status: how reading the descriptor ended; what follows is not valid otherwise
 * @base:   address of its memory, 0: not known
 * @marked: its first page is marked as a slab's
 * @owner:  kmem_cache that the page leads to; @page_slab: to 3.12, the struct slab
 * @next, @prev: its list entry
 * @used:   active, or inuse
 * @first_entry, @entries: of the arrays' entries, those that lie in the slab's objects
 * @cached: distinct objects in arrays
 * @bytes:  its memory, where that was needed; @absent_pages: pages of it that the dump lacks
 */
struct slab_found {
	uint64_t addr, page;
	enum target_status status;
	uint64_t base;
	enum slab_list list;
	int node;
	bool marked;
	uint64_t owner, page_slab, flags;
	uint64_t next, prev;
	uint64_t s_mem, used, freelist, colouroff, free, nodeid;
	struct slab_free own;
	size_t first_entry, entries;
	uint32_t cached;
	const uint8_t *bytes;
	uint32_t absent_pages;
	bool waits; /* for a grace period, to be freed */
	bool misplaced; /* its objects begin where they cannot, so that what leads to them says nothing */
};

/* Memory and buffers of the walk. One for a worker. */
struct slab_heap {
	struct memory *memory;
	const struct slab_layout *layout;
	const struct cache_list *caches;
	struct arena *arena;
	uint64_t page_limit; /* pages of the machine: no list is longer */
	struct slab_arrays arrays; /* of the cache under the walk */
	uint32_t *hops;
	size_t hops_room;
	uint8_t *indexes;
	size_t indexes_room;
	uint8_t *bytes;
	size_t bytes_room;
	uint64_t slabs; /* gathered so far */
};

/** slab_heap_init() - Set up the buffers; false when there is no memory for them. */
bool slab_heap_init(struct slab_heap *heap, struct memory *memory, const struct slab_layout *layout,
		    const struct cache_list *caches, struct arena *arena);

/** slab_heap_room() - Room for the objects of a cache's slabs; false when there is no memory. */
bool slab_heap_room(struct slab_heap *heap, const struct slab_cache *cache);

/** slab_heap_node() - Gather a node of a cache; its pointer may be NULL. */
void slab_heap_node(struct slab_heap *heap, const struct slab_cache *cache, unsigned int node,
		    struct slab_node *out);

/**
 * slab_heap_arrays() - Gather all arrays of a cache, into @heap->arrays.
 * @nodes: those of the cache, @heap->layout->nr_nodes of them
 */
void slab_heap_arrays(struct slab_heap *heap, const struct slab_cache *cache,
		      const struct slab_node *nodes);

/** slab_heap_descriptor() - Gather a slab's descriptor only. */
void slab_heap_descriptor(struct slab_heap *heap, uint64_t addr, struct slab_found *out);

/**
 * slab_heap_slab() - Gather a slab and its free objects.
 * @cache: whose list led to it; its geometry is used
 * @out:   @out->addr, list and node are set; the rest is valid until the next call
 */
void slab_heap_slab(struct slab_heap *heap, const struct slab_cache *cache, struct slab_found *out);

/** slab_heap_contents() - Read the slab's memory, into @slab->bytes; NULL when there is no room. */
void slab_heap_contents(struct slab_heap *heap, const struct slab_cache *cache,
			struct slab_found *slab);

/** slab_slot() - Address of the slot of an object. */
static inline uint64_t slab_slot(const struct slab_cache *cache, const struct slab_found *slab,
				 uint32_t index)
{
	return slab->s_mem + (uint64_t)index * cache->size;
}

/** slab_entry_find() - The first entry that holds the object of an index; NULL: none does. */
struct slab_entry *slab_entry_find(const struct slab_heap *heap, const struct slab_cache *cache,
				   const struct slab_found *slab, uint32_t index);

/** slab_list_offset() - Where the head of a list is in a node. */
static inline uint64_t slab_list_offset(const struct slab_layout *layout, enum slab_list list)
{
	const struct slab_node_members *n = &layout->node;

	return list == SLAB_PARTIAL ? n->partial.offset
	       : list == SLAB_FULL  ? n->full.offset
				    : n->free.offset;
}

#endif
