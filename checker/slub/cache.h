/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_CACHE_H
#define SLUBCHECK_CHECKER_SLUB_CACHE_H
/*
 * One struct kmem_cache.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/image/arena.h"
#include "checker/image/cache_list.h"
#include "checker/slub/layout.h"
#include "checker/image/memory.h"
#include "decoders/freeptr.h"

/* Which parts of a kmem_cache cannot be right. */
enum cache_defect {
	CACHE_DEFECT_SIZE = 1 << 0, /* size, object_size, inuse, offset, align, padding */
	CACHE_DEFECT_ORDER = 1 << 1, /* oo, min */
	CACHE_DEFECT_CTOR = 1 << 2, /* leads to no memory */
};

/**
 * struct cache - A kmem_cache as read from the image.
 * @addr:	 its address
 * @status:	 how reading it ended; nothing else is valid unless TARGET_OK
 * @name:	 raw bytes from the image, NUL-terminated, perhaps cut
 * @first:	 offset of object 0 from the start of its slab: the left red zone
 * @random:	 key of the freepointers; what cache-random found out, when it did
 * @encoding:	 how its freepointers are encoded
 * @tags:	 bits of them that are not part of an address (arch_tags())
 * @defects:	 enum cache_defect
 * @geometry_why: which of the sizes contradict each other, or NULL
 */
struct cache {
	uint64_t addr;
	enum target_status status;
	char name[CACHE_NAME_MAX];
	enum cache_name name_is;
	uint64_t name_addr;
	uint64_t cpu_slab, cpu_sheaves, sheaf_capacity, flags;
	uint64_t size, object_size, inuse, offset, align, reserved, red_left_pad;
	uint64_t oo, min;
	uint64_t
		max; /* as oo was at most; oo where the kernel does not keep it, or it is damaged */
	uint64_t
		idle_flags; /* of @flags as they are stored, those of debugging that nobody obeys */
	uint64_t refcount, ctor;
	uint64_t kasan_alloc, kasan_free; /* where KASAN keeps what it knows of an object */
	uint64_t first;
	uint64_t random;
	enum freeptr_encoding encoding;
	uint64_t tags;
	unsigned int defects;
	const char *geometry_why;
};

/**
 * cache_read() - Read a kmem_cache and see whether it makes sense.
 * @encoding: what the image's freelists elected
 */
void cache_read(struct cache *cache, struct memory *memory, const struct layout *layout,
		uint64_t addr, enum freeptr_encoding encoding);

/** cache_node_slot() - Where a cache keeps the pointer to its kmem_cache_node of a node. The cache
 * that kmem_caches come from is made for nr_node_ids entries only. */
static inline uint64_t cache_node_slot(const struct cache *cache, const struct layout *layout,
				       unsigned int node)
{
	const struct layout_cache *m = &layout->cache;

	return cache->addr + m->node.offset + (uint64_t)m->node_stride * node + m->node_at;
}

/** cache_node_addr() - The kmem_cache_node pointer of a node; TARGET_OK and 0 when it has none. */
enum target_status cache_node_addr(const struct cache *cache, struct memory *memory,
				   const struct layout *layout, unsigned int node, uint64_t *addr);

/** cache_walkable() - Whether its sizes allow to find objects in its slabs. */
static inline bool cache_walkable(const struct cache *cache)
{
	return cache->status == TARGET_OK &&
	       !(cache->defects & (CACHE_DEFECT_SIZE | CACHE_DEFECT_ORDER));
}

/** cache_order_legal() - Whether the cache allocates slabs of that order, or can have done so. */
bool cache_order_legal(const struct cache *cache, unsigned int order);

/** cache_objects_legal() - Whether slabs of such an order hold that many objects; sizes in bytes. */
bool cache_objects_legal(const struct cache *cache, unsigned int objects, uint64_t page_size);

/**
 * cache_link() - Where a stored link leads.
 * @raw:  the word
 * @slot: its address. The kernel encodes with the address without a tag (d36a63a943e3, 5.0), and what
 *	  it encodes keeps its tag
 */
static inline uint64_t cache_link(const struct cache *cache, uint64_t raw, uint64_t slot)
{
	return arch_untag(cache->tags, freeptr_decode(cache->encoding, raw, cache->random, slot));
}

/** cache_view_of() - The cache as everybody sees it. */
struct cache_view cache_view_of(const struct cache *cache, const struct layout *layout);

/** cache_is_debug() - Whether slub_debug options keep the cache off the fast paths. */
bool cache_is_debug(const struct cache *cache, const struct layout *layout);

/**
 * cache_is_destroyed() - Whether a kmem_cache on no list is one that was destroyed with objects left: its
 * refcount is 0, and list_del() has left it.
 */
bool cache_is_destroyed(struct memory *memory, const struct layout *layout, uint64_t cache);

#endif
