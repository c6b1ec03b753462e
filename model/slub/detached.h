/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_DETACHED_H
#define SLUBCHECK_MODEL_SLUB_DETACHED_H
/* Many objects are freed at once: those of one slab after the other. */

#include "model/slub/freepointer.h"
#include "model/slub/sheaf.h"

/* A list of objects of one slab. */
struct detached {
	uint64_t slab, head, tail;
	unsigned int count;
};

/**
 * detach() - Take the objects of one slab from the end of an array.
 *
 * Return: how many remain, at its front.
 */
size_t detach(struct model *m, uint64_t s, size_t size, struct objects p, struct detached *d);
/** detach_holes() - The same until 5.19; @d->slab is 0 when nothing but holes was left. */
size_t detach_holes(struct model *m, uint64_t s, size_t nr, uint64_t *objects, struct detached *d);

#endif
