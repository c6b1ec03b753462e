/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_LOCATE_H
#define SLUBCHECK_CHECKER_SLUB_LOCATE_H
/*
 * What lies at an address.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/slub/cache.h"
#include "checker/slub/layout.h"
#include "checker/image/memory.h"

enum location_kind {
	LOCATION_NULL, /* below one page */
	LOCATION_USER, /* the lower half */
	LOCATION_INVALID, /* not canonical */
	LOCATION_UNMAPPED, /* a kernel address with no memory */
	LOCATION_ABSENT, /* memory that the dump lacks */
	LOCATION_NO_DESCRIPTOR, /* direct map; the dump lacks what says whether the page is a slab's */
	LOCATION_OBJECT, /* the start of an object of a slab */
	LOCATION_INSIDE, /* the inside of an object, or the padding of a slab */
	LOCATION_SLAB, /* a slab of a cache that is not on slab_caches */
	LOCATION_PAGE, /* direct map, not a slab page */
	LOCATION_MAPPED, /* any other kernel mapping: the image, modules, vmalloc space */
	LOCATION_KFENCE, /* KFENCE's pool */
};

/**
 * struct location - What lies at an address.
 * @kind:   see above
 * @addr:   the address
 * @page:   struct page of the address (of the head page in a slab), 0 when there is none
 * @cache:  kmem_cache of the slab, 0 when it is none
 * @base:   start of the slab's memory
 * @index:  object of the slab, -1 in its padding
 * @offset: bytes from the object's start
 * @unsure: LOCATION_INSIDE: nobody knows where the slab's objects begin. LOCATION_SLAB: slab_caches
 *	    is not whole in the dump, so that the cache may be on it
 */
struct location {
	enum location_kind kind;
	uint64_t addr;
	uint64_t page;
	uint64_t cache;
	uint64_t base;
	int32_t index;
	uint64_t offset;
	bool unsure;
};

/** location_untold() - Whether the dump lacks what would say if an object lies there. */
static inline bool location_untold(const struct location *at)
{
	return at->kind == LOCATION_ABSENT || at->kind == LOCATION_NO_DESCRIPTOR || at->unsure;
}

/** locate() - Say what lies at @addr. Reads the memmap and the kmem_cache, not the slab. */
struct location locate(struct memory *memory, const struct layout *layout,
		       const struct cache_list *caches, uint64_t addr);

/** location_describe() - One clause on a location, as "object 3 of kmalloc-64". Returns @buf. */
char *location_describe(struct memory *memory, const struct layout *layout,
			const struct location *at, char *buf, size_t len);

#endif
