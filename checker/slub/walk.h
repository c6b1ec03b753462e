/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_WALK_H
#define SLUBCHECK_CHECKER_SLUB_WALK_H
/*
 * One cache's walk: its lists are followed, and each slab that they lead to is gathered and judged. The
 * files judge*.c say which lists; walk_cpu.c and walk_node.c follow them; walk_slab.c takes one slab;
 * walk.c takes what the rules emit.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/slub/result.h"
#include "checker/slub/rules.h"
#include "checker/slub/settle.h"
#include "checker/slub/slab_set.h"

#define WALK_SAMPLES_MAX 16

/* The state of one cache's walk. */
struct walk {
	struct judge *judge;
	struct slub_result *result;
	const struct cache *cache;
	size_t index; /* in cache_list.sorted */
	struct rules rules;
	struct slab_set seen;
	/* Slabs whose freelist breaks at its first link: what a wrong key looks like. */
	struct slab_place samples[WALK_SAMPLES_MAX];
	unsigned int nr_samples;
	bool stopped;
	/* Of a kernel that runs, when rules hold it against them: */
	struct suspects *suspects; /* NULL: nobody does */
	struct settle *settle;
	struct witness *evidence; /* what findings rest on now; NULL: heap->witness */
	bool sheaves_judged; /* findings are of sheaves, which have evidence of their own */
};

/* What walk_slab_take() made of a page that a list led to. */
enum taken {
	TAKEN, /* judged, for the first time */
	TAKEN_BEFORE, /* another list led to it, which a CPU in the middle of an operation explains */
	TAKEN_TWICE, /* another list led to it, and nothing explains that */
	TAKEN_FOLLOWED, /* this list, or another chain of partial slabs, was followed from here */
	TAKEN_NONE, /* not a slab, or the dump lacks it */
};

/** walk_init() - Begin a walk over the cache of @result, with rules that report to it. */
void walk_init(struct walk *w, struct judge *judge, struct slub_result *result);

/** walk_clear() - Forget what was found out about a cache; the cache itself stays. */
void walk_clear(struct slub_result *result);

/** walk_stopped() - Whether the walk has to end: cancelled, or enough was seen. Cheap. */
bool walk_stopped(struct walk *w);

/**
 * walk_destroyed() - Whether a cache on slab_caches was destroyed.
 *
 * While somebody holds slab_mutex it is on its way, and this is false.
 */
bool walk_destroyed(const struct walk *w);

/** walk_list_busy() - A list changed each time that it was gathered. */
void walk_list_busy(struct walk *w);

/** walk_busy_add() - Count a slab that changed each time it was gathered, or while it was judged. */
void walk_busy_add(struct walk *w, const struct slab_state *slab);

/** walk_coverage_add() - Count a slab that was judged, by what its page said. */
void walk_coverage_add(struct walk *w, const struct slab_state *slab, enum page_state state);

/** walk_scan_note() - Tell the scan, if there is one, that a list of the cache leads to a @page. */
void walk_scan_note(struct walk *w, uint64_t page);

/** walk_as_scanned() - Whether a slab is as the scan saw it, before any list was gathered. */
bool walk_as_scanned(const struct slab_state *slab, const struct scan_slab *s);

/**
 * walk_slab_judge() - Judge one slab that was gathered.
 * @cpu, @node: whose list led to it, as @place says; else NULL
 */
enum taken walk_slab_judge(struct walk *w, struct slab_place place, const struct cpu_state *cpu,
			   const struct node_state *node, struct slab_state *slab);

/** walk_slab_take() - Gather one slab into @slab, and judge it. Parameters as above. */
enum taken walk_slab_take(struct walk *w, struct slab_place place, const struct cpu_state *cpu,
			  const struct node_state *node, struct slab_state *slab);

/** walk_cpus() - Each CPU's kmem_cache_cpu, its slab and its chain of partial slabs. */
void walk_cpus(struct walk *w);

/** walk_nodes() - Each node's kmem_cache_node and its partial list. */
void walk_nodes(struct walk *w);

/**
 * walk_node_gather() - Read the kmem_cache_node of node @i.
 *
 * Returns false when the cache has none there and needs none. What cannot be read says so in
 * @node->status.
 */
bool walk_node_gather(struct walk *w, unsigned int i, struct node_state *node);

#endif
