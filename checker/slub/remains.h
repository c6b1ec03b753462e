/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_REMAINS_H
#define SLUBCHECK_CHECKER_SLUB_REMAINS_H
/*
 * What is left of a cache that was destroyed while objects were in use.
 *
 * kmem_cache_destroy() keeps such a cache and its slabs for ever, with a refcount of 0: on slab_caches (2.6
 * and 3.10 to 6.11), or on no list at all (3.2 to 3.9, 6.12 on; 4ec10268ed98), where only its slabs lead
 * to it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/slub/cache.h"
#include "checker/slub/heap.h"
#include "checker/slub/rules.h"
#include "checker/slub/scan.h"

/**
 * remains_find() - The objects that are left.
 * @cache: the cache, as cache_read() read it
 * @rules: of that cache, for slabs that nobody else judges; or NULL
 * @first, @end: places in scan->by_cache, of slabs that may be the cache's
 */
void remains_find(struct heap *heap, const struct scan *scan, const struct cache *cache,
		  const struct rules *rules, size_t first, size_t end, struct remains *remains);

#endif
