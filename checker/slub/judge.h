/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_JUDGE_H
#define SLUBCHECK_CHECKER_SLUB_JUDGE_H
/*
 * A cache from its kmem_cache to its last slab: gather, judge, diagnose.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/slub/cache.h"
#include "checker/slub/elect.h"
#include "checker/findings/findings.h"
#include "checker/slub/heap.h"
#include "checker/slub/scan.h"
#include "checker/findings/diagnosis.h"

struct finding_node {
	struct finding_node *next;
	struct finding finding;
};

/* Findings in the order in which they were made. */
struct finding_list {
	struct finding_node *first, **end;
	size_t nr;
	size_t dropped; /* past FINDINGS_KEPT_MAX of one cache */
};

/* One damaged structure can break thousands of slabs; the first hundreds say enough. */
#define FINDINGS_KEPT_MAX 500

#define findings_for_each(node, list) \
	for (const struct finding_node *node = (list)->first; node; node = node->next)

/* How much of a cache was judged. */
struct coverage {
	uint64_t slabs;
	uint64_t objects; /* of those slabs */
	uint64_t objects_verified; /* whose slab's freelists were followed to their ends */
	uint64_t objects_unknown; /* of pages that lists lead to and that do not tell */
	uint64_t objects_free; /* that are on a freelist */
	uint64_t objects_spare; /* that slabs on nodes' lists have, as their counters say */
	uint64_t absent; /* things that the dump lacks */
	uint64_t said_slabs, said_objects; /* by the nodes' counters, full slabs included */
	bool said; /* the kernel keeps those counters */
	uint64_t sheaves, sheaf_objects; /* objects in sheaves, which count as in use */
	bool sheaved; /* the kernel has sheaves */
};

/* What became of a cache. */
struct cache_result {
	struct cache cache;
	struct finding_list findings;
	size_t corrupt, transient, notes;
	size_t doubted; /* of the transient ones: with a doubt */
	struct coverage coverage;
	struct {
		uint64_t slabs, objects;
	} strays; /* on its lists, but with another slab_cache */
	uint64_t unmarked; /* slabs on its lists whose pages are not marked as slabs */
	bool broken; /* a list of the cache breaks off */
	bool finished; /* the walk was not interrupted */
};

/* What all caches have in common. */
struct judge {
	struct heap *heap;
	const struct election *election;
	struct scan *scan; /* NULL without a scan of the memmap */
	struct arena *arena;
	/* Called with each slab after it was judged, for -s; may be NULL. */
	void (*on_slab)(void *ctx, const struct cache *cache, const struct slab_state *slab);
	void *on_slab_ctx;
	/* Called now and then during long walks, for progress; may be NULL. */
	void (*tick)(void *ctx);
	void *tick_ctx;
};

/** judge_cache() - Judge one cache by its lists. @result is filled in. */
void judge_cache(struct judge *judge, uint64_t addr, struct cache_result *result);

/**
 * judge_unlisted() - Judge the slabs of a cache that no list led to, and its nodes' totals.
 * @index: the cache's place in cache_list.sorted
 * @result: what judge_cache() made of it; findings are added
 *
 * Only with a scan, and after judge_cache() was called for every cache of the image: a slab that
 * hangs on the list of one cache may claim to belong to another.
 */
void judge_unlisted(struct judge *judge, size_t index, struct cache_result *result);

/** judge_list() - Judge slab_caches itself and, with a scan, slabs of caches that it lacks. */
void judge_list(struct judge *judge, const struct cache_list *list, struct cache_result *result);

/** findings_init() - An empty list. */
void findings_init(struct finding_list *list);

/** findings_add() - Append copies of @finding and its diagnosis; false when it was dropped. */
bool findings_add(struct finding_list *list, struct arena *arena, const struct finding *finding,
		  const struct diagnosis *diagnosis);

#endif
