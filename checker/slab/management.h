/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_MANAGEMENT_H
#define SLUBCHECK_CHECKER_SLAB_MANAGEMENT_H
/*
 * Management of a slab that lies in an object of another cache: whether somebody has that object.
 *
 * That other cache is gathered beside the one under the walk. Few caches have such slabs, and most of these in
 * the same cache, so that its arrays are read once for many slabs.
 */

#include "checker/image/location.h"
#include "checker/slab/heap.h"

/* One for a worker; what it needs is made when it is asked first. */
struct slab_management {
	struct slab_heap heap;
	struct slab_cache cache; /* that was gathered last; its address 0: none was */
	struct slab_node *nodes;
	bool locked; /* the lock of the lists of one of its nodes is held */
	bool failed; /* there is no memory for it */
};

/**
 * struct slab_management_state - Where the object is free.
 * @is_free: it is, in its slab or in an array
 * @array, @position: of the array; NULL: in its slab
 * @moving: of its slab: it is the next to be handed out, and the lock is held under which that changes
 */
struct slab_management_state {
	bool is_free, moving;
	const struct slab_array *array;
	uint32_t position;
};

/**
 * slab_management_look() - Look for the object in its slab's free objects, and in the arrays of its cache.
 * @from: the heap of the cache under the walk, whose dump and whose memory are used
 * @at:   the object
 */
struct slab_management_state slab_management_look(struct slab_management *m,
						  const struct slab_heap *from,
						  const struct location *at);

#endif
