/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_LOCATE_H
#define SLUBCHECK_CHECKER_SLUB_LOCATE_H
/*
 * What lies at an address.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/slub/cache.h"
#include "checker/slub/layout.h"
#include "checker/image/memory.h"

/** locate() - Say what lies at @addr. Reads the memmap and the kmem_cache, not the slab. */
struct location locate(struct memory *memory, const struct layout *layout,
		       const struct cache_list *caches, uint64_t addr);

/**
 * locate_destroyed() - Find the object of a location in a slab of a cache that was destroyed.
 * @at: of locate(), which knows caches on slab_caches alone; untouched when there is none
 */
bool locate_destroyed(struct location *at, struct memory *memory, const struct layout *layout);

/** location_describe() - One clause on a location, as "object 3 of kmalloc-64". Returns @buf. */
char *location_describe(struct memory *memory, const struct layout *layout,
			const struct location *at, char *buf, size_t len);

#endif
