/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_JUDGE_H
#define SLUBCHECK_CHECKER_SLUB_JUDGE_H
/*
 * A cache from its kmem_cache to its last slab: gather, judge, diagnose.
 */

#include <stddef.h>
#include <stdint.h>

#include "checker/slub/result.h"

/** judge_cache() - Judge one cache by its lists. @result is filled in. */
void judge_cache(struct judge *judge, uint64_t addr, struct slub_result *result);

/**
 * judge_unlisted() - Judge the slabs of a cache that no list led to, and its nodes' totals.
 * @index: the cache's place in cache_list.sorted
 * @result: what judge_cache() made of it; findings are added
 *
 * Only with a scan, and after judge_cache() was called for every cache of the image: a slab that
 * hangs on the list of one cache may claim to belong to another.
 */
void judge_unlisted(struct judge *judge, size_t index, struct slub_result *result);

/** judge_said() - Note what the nodes of all caches say, before a scan; @said has one for each cache. */
void judge_said(struct judge *judge, struct scan_said *said);

/** judge_list() - Judge slab_caches itself and, with a scan, slabs of caches that it lacks. */
void judge_list(struct judge *judge, const struct cache_list *list, struct slub_result *result);

#endif
