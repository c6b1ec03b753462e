/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_RESULT_H
#define SLUBCHECK_CHECKER_SLUB_RESULT_H
/*
 * What judging a cache starts from, and what becomes of it.
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

#endif
