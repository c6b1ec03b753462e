/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_LOCATE_H
#define SLUBCHECK_CHECKER_SLAB_LOCATE_H
/*
 * What lies at an address, in terms of mm/slab.c.
 */

#include "checker/allocator.h"
#include "checker/slab/heap.h"

/** slab_locate_addr() - See allocator_ops.locate. */
struct location slab_locate_addr(struct memory *memory, const struct slab_layout *layout,
				 const struct cache_list *caches, uint64_t addr);

/** slab_location_describe() - See allocator_ops.describe. Returns @buf. */
char *slab_location_describe(struct memory *memory, const struct slab_layout *layout,
			     const struct location *at, char *buf, size_t len);

#endif
