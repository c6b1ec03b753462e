/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_JUDGE_H
#define SLUBCHECK_CHECKER_SLUB_JUDGE_H
/*
 * A cache from its kmem_cache to its last slab: gather, judge, diagnose.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/image/arena.h"
#include "checker/slub/cache.h"
#include "checker/slub/elect.h"
#include "checker/findings/findings.h"
#include "checker/findings/suspects.h"
#include "checker/slub/heap.h"
#include "checker/slub/scan.h"
#include "checker/findings/diagnosis.h"

/* What became of a cache. */
struct slub_result {
	struct cache_result common;
	struct cache cache;
	struct {
		uint64_t slabs, objects;
	} strays; /* on its lists, but with another slab_cache */
	uint64_t unmarked; /* slabs on its lists whose pages are not marked as slabs */
	bool broken; /* a list of the cache breaks off */
	bool unsettled; /* a list of it changed each time that it was gathered: slabs may be missing */
};

/** slub_result_of() - The result that @common begins. */
static inline struct slub_result *slub_result_of(const struct cache_result *common)
{
	return (struct slub_result *)common;
}

/* What all caches have in common. */
struct judge {
	struct heap *heap;
	const struct election *election;
	struct scan *scan; /* NULL without a scan of the memmap */
	struct arena *arena;
	struct worker *worker; /* that judges, so that others can help it; may be NULL */
	const struct severities *severities; /* may be NULL */
	struct suspects *suspects; /* of a kernel that runs; NULL: nothing of it is judged */
	/* Called with each slab after it was judged, for -s; may be NULL. */
	void (*on_slab)(void *ctx, const struct cache *cache, const struct slab_state *slab);
	void *on_slab_ctx;
	/* The walk ends once this is set, as on_slab may do; may be NULL. */
	const bool *enough;
	/* Called now and then during long walks, for progress; may be NULL. */
	void (*tick)(void *ctx);
	void *tick_ctx;
};

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
