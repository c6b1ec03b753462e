/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_CACHE_H
#define SLUBCHECK_CHECKER_SLAB_CACHE_H
/*
 * A kmem_cache of SLAB.
 */

#include "checker/allocator.h"
#include "checker/image/cache_list.h"
#include "checker/slab/layout.h"

/* No slab is larger: KMALLOC_MAX_ORDER of all machines that are known is below. */
#define SLAB_ORDER_MAX 13u

/* What is wrong with a cache by itself. */
enum {
	SLAB_DEFECT_SIZES = 1 << 0, /* size, num and gfporder contradict each other */
	SLAB_DEFECT_RECIPROCAL = 1 << 1, /* reciprocal_buffer_size is not that of size */
	SLAB_DEFECT_MANAGEMENT = 1 << 2, /* freelist_size or slab_size cannot be */
	SLAB_DEFECT_COLOUR = 1 << 3,
};

/* Where a slab's management is. */
enum slab_placement {
	SLAB_MANAGED_ON, /* in the slab: at its start, or since 4.6 at its end */
	SLAB_MANAGED_OFF, /* in an object of another cache */
	SLAB_MANAGED_OBJECT, /* in a free object of the slab itself: 4.6 */
};

/**
 * struct slab_cache - A kmem_cache as it is in memory.
 * @addr:   where it is
 * @status: how reading it ended; nothing else is valid unless TARGET_OK
 * @defects: SLAB_DEFECT_*
 * @size:   from one object to the next, bytes; @object_size: that its user has
 * @obj_offset: from a slot to the object in it, bytes
 * @index_bytes: of an index of a free object, or of a bufctl; 0: it is not known
 * @ctor_status: what the constructor's address leads to; TARGET_OK when there is none
 */
struct slab_cache {
	uint64_t addr;
	enum target_status status;
	unsigned int defects;
	uint64_t name_addr, ctor, flags, size, object_size, obj_offset, num, order;
	uint64_t limit, batchcount, shared, colour, colour_off;
	uint64_t management, management_cache, cpu_cache, random_seq, reciprocal;
	int64_t refcount;
	unsigned int index_bytes;
	enum target_status ctor_status;
	char name[CACHE_NAME_MAX];
	enum cache_name name_is;
};

/**
 * slab_layout_elect() - Find out what no type tells: how wide an index is, and where the arrays are.
 */
void slab_layout_elect(struct slab_layout *layout, struct memory *memory,
		       const struct cache_list *list);

/** slab_cache_read() - Read a kmem_cache, and judge which of its words can be used. */
void slab_cache_read(struct slab_cache *cache, struct memory *memory,
		     const struct slab_layout *layout, uint64_t addr);

/** slab_cache_view() - The cache as everybody sees it. */
struct cache_view slab_cache_view(const struct slab_cache *cache);

/** slab_cache_find() - A cache by its name or address; 0: there is none. */
uint64_t slab_cache_find(struct memory *memory, const struct slab_layout *layout,
			 const struct cache_list *list, const char *text);

/** slab_cache_walkable() - Whether its sizes allow to find objects in its slabs. */
static inline bool slab_cache_walkable(const struct slab_cache *cache)
{
	return cache->status == TARGET_OK && !(cache->defects & SLAB_DEFECT_SIZES);
}

/** slab_cache_colour() - Whether its objects can begin so many bytes behind the start of a slab. */
bool slab_cache_colour(const struct slab_cache *cache, const struct slab_layout *layout,
		       uint64_t offset);

/** slab_cache_placement() - Where the management of its slabs is. */
enum slab_placement slab_cache_placement(const struct slab_cache *cache,
					 const struct slab_layout *layout);

/** slab_cache_bytes() - Bytes of each of its slabs. */
static inline uint64_t slab_cache_bytes(const struct slab_cache *cache, const struct memory *memory)
{
	return (uint64_t)memory->page_size << cache->order;
}

/** slab_per_cpu_slot() - Where the pointer to a CPU's array is, where there are such pointers. */
static inline uint64_t slab_array_slot(const struct slab_cache *cache,
				       const struct slab_layout *layout, unsigned int cpu)
{
	return cache->addr + layout->cache.array.offset + 8 * (uint64_t)cpu;
}

#endif
