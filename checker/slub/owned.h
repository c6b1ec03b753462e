/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_OWNED_H
#define SLUBCHECK_CHECKER_SLUB_OWNED_H
/*
 * Free objects that have an owner: that are charged to a memory cgroup, as only objects in use are.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/slub/cache.h"
#include "checker/slub/heap.h"
#include "checker/slub/rules.h"

/** owned_find() - Those on the freelists of a walked slab of @cache. What the dump lacks is not among them. */
void owned_find(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
		struct owned_free *owned);

/** owned_object() - Whether an object of a slab has an owner, as far as the dump tells. */
bool owned_object(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
		  int32_t index);

#endif
