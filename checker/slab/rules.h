/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_RULES_H
#define SLUBCHECK_CHECKER_SLAB_RULES_H
/*
 * The rules of mm/slab.c, and what breaks them.
 *
 * A rule is a function of what was gathered (heap.h). Where a CPU that stopped in the middle of an operation can
 * leave a state, excuse.h says so.
 */

#include "checker/findings/findings.h"
#include "checker/slab/busy.h"
#include "checker/slab/heap.h"
#include "checker/slab/management.h"

/**
 * struct slab_rules - What the rules know, and where findings go.
 * @cache: the cache that is checked; NULL: the list of caches is
 * @broken: a list of the cache breaks off, so slabs may be on none because of that
 * @cut: what leads to a slab of the cache is not in the dump: the same, and nothing is wrong
 * @nodes: those of the cache, @layout->nr_nodes of them
 * @management: of slabs that have it in another cache
 * @cpu_node: of each CPU, -1: not known; NULL where there is one node
 * @emit: called with each finding, and with the slab it is about or NULL
 */
struct slab_rules {
	const struct slab_layout *layout;
	struct slab_heap *heap;
	struct slab_busy *busy;
	struct slab_management *management;
	const struct slab_cache *cache;
	const struct slab_node *nodes;
	const int *cpu_node;
	bool broken, cut;
	void (*emit)(void *ctx, struct finding *finding, const struct slab_found *slab);
	void *ctx;
};

/** slab_rules_caches() - Judge the links of the list of caches. */
void slab_rules_caches(const struct slab_rules *rules, const struct cache_list *list);

/** slab_rules_cache() - Judge a kmem_cache by itself. */
void slab_rules_cache(const struct slab_rules *rules);

/**
 * slab_rules_left_behind() - Judge a cache whose module is gone, after its slabs were walked.
 * @slabs, @used: that it still has; @used without those in arrays
 */
void slab_rules_left_behind(const struct slab_rules *rules, uint64_t slabs, uint64_t used);

/** slab_rules_nodes() - Judge the pointers to the nodes of a cache. */
void slab_rules_nodes(const struct slab_rules *rules);

/** slab_rules_arrays() - Judge the headers of all arrays. */
void slab_rules_arrays(const struct slab_rules *rules);

/** slab_rules_entries() - Judge what arrays hold, after all slabs of the cache were walked. */
void slab_rules_entries(const struct slab_rules *rules);

/** slab_rules_cached() - Judge the entries that are objects of a slab. */
void slab_rules_cached(const struct slab_rules *rules, const struct slab_found *slab);

/** slab_rules_slab() - Judge a slab on the list it was found on, or on none. */
void slab_rules_slab(const struct slab_rules *rules, const struct slab_found *slab);

/** slab_rules_contents() - Judge what a slab holds, where that is known. Reads its memory. */
void slab_rules_contents(const struct slab_rules *rules, struct slab_found *slab);

/** slab_rules_contents_known() - Whether anything that a slab of the cache holds is known. */
bool slab_rules_contents_known(const struct slab_rules *rules);

/** slab_rules_twice() - Judge a slab that a second list leads to. */
void slab_rules_twice(const struct slab_rules *rules, const struct slab_found *slab,
		      enum slab_list before, int node_before);

/** slab_rules_link() - Judge a link of a node's list. */
void slab_rules_link(const struct slab_rules *rules, const struct slab_node *node,
		     enum slab_list list, const struct list_fault *fault);

/** slab_rules_node() - Judge the counters of a node after its lists were walked. */
void slab_rules_node(const struct slab_rules *rules, const struct slab_node *node);

/** slab_rules_lost() - Judge a slab that no list leads to. Return: it counts as in flight. */
bool slab_rules_lost(const struct slab_rules *rules, const struct slab_found *slab);

/** slab_rules_unowned() - Judge a slab whose cache is not on the list; @rules->cache is NULL. */
void slab_rules_unowned(const struct slab_rules *rules, const struct slab_found *slab);

#endif
