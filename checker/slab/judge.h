/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_JUDGE_H
#define SLUBCHECK_CHECKER_SLAB_JUDGE_H
/*
 * A cache from its kmem_cache to its last slab: gather, judge, diagnose.
 */

#include "checker/allocator.h"
#include "checker/slab/busy.h"
#include "checker/slab/management.h"
#include "checker/slab/scan.h"
#include "checker/slab/seen.h"

/* What became of a cache. */
struct slab_result {
	struct cache_result common;
	struct slab_cache cache;
	bool broken; /* a list of the cache breaks off */
	bool cut; /* a list of the cache is not in the dump as a whole */
	bool has_nodes;
	/* As the nodes count, where they do; else as the lists are. */
	uint64_t slabs, spare;
	uint64_t used, cached; /* objects, as the lists are */
	uint64_t shared_avail;
};

/** slab_result_of() - The result that @common begins. */
static inline struct slab_result *slab_result_of(const struct cache_result *common)
{
	return (struct slab_result *)common;
}

/* What a worker walks with. */
struct slab_walker {
	struct slab_heap heap;
	struct slab_busy busy;
	struct slab_seen seen;
	struct slab_node *nodes;
	struct slab_management management;
};

/** slab_walker_init() - false when there is no memory. */
bool slab_walker_init(struct slab_walker *walker, struct memory *memory,
		      const struct slab_layout *layout, const struct cache_list *caches,
		      struct arena *arena);

/* What all caches have in common. */
struct slab_judge {
	struct slab_walker *walker;
	struct slab_scan *scan; /* NULL without one */
	const int *cpu_node; /* struct slab_rules */
	struct arena *arena;
	const struct severities *severities; /* may be NULL */
	/* Called with each slab after it was judged; may be NULL. True ends the walk. */
	bool (*on_slab)(void *ctx, const struct slab_cache *cache, const struct slab_found *slab);
	void *on_slab_ctx;
	/* Called now and then, for progress; may be NULL. */
	void (*tick)(void *ctx);
	void *tick_ctx;
};

/** slab_judge_cache() - Judge one cache by its lists and arrays. @result is filled in. */
void slab_judge_cache(struct slab_judge *judge, uint64_t addr, struct slab_result *result);

/** slab_judge_unlisted() - With a scan: judge the slabs of a cache that no list led to. */
void slab_judge_unlisted(struct slab_judge *judge, struct slab_result *result);

/** slab_judge_list() - Judge the list of caches, and with a scan slabs whose cache is not on it. */
void slab_judge_list(struct slab_judge *judge, const struct cache_list *list,
		     struct slab_result *result);

/**
 * slab_judge_walk() - Gather a cache without judging it: calls @judge->on_slab with each slab on its lists.
 */
void slab_judge_walk(struct slab_judge *judge, const struct slab_cache *cache);

#endif
