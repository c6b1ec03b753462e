/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/judge.h"

#include <string.h>

#include "checker/slab/diagnose.h"
#include "checker/slab/rules.h"

/* The state of one cache's walk. */
struct walk {
	struct slab_judge *judge;
	struct slab_heap *heap;
	const struct slab_layout *layout;
	const struct slab_cache *cache;
	struct slab_result *result; /* NULL: nothing is judged */
	struct slab_rules rules;
	bool contents, stopped;
};

bool slab_walker_init(struct slab_walker *walker, struct memory *memory,
		      const struct slab_layout *layout, const struct cache_list *caches,
		      struct arena *arena)
{
	walker->seen.arena = arena;
	walker->nodes = arena_array(arena, layout->nr_nodes, sizeof(*walker->nodes));
	return walker->nodes && slab_heap_init(&walker->heap, memory, layout, caches, arena) &&
	       slab_busy_init(&walker->busy, memory, &layout->kernel, arena);
}

/* Soften a finding that hangs on something that is not known. */
static void doubt(struct walk *w, struct finding *finding)
{
	bool corrupt = finding->severity == SEVERITY_CORRUPT;

	/* No lock is held while a running kernel is read: any two words may be of two moments. */
	if (corrupt && w->heap->memory->target->live)
		finding->doubt = "a running kernel changes while it is read";
	else if (finding->severity == SEVERITY_TRANSIENT &&
		 w->layout->kernel.lock.form == LOCK_FORM_UNKNOWN &&
		 member_exists(w->layout->node.locked))
		finding->doubt = "it is not known whether the lock is held: no type tells the "
				 "layout of this kernel's locks";
	else if (corrupt && finding->id == FINDING_SLAB_LOST && w->rules.cut)
		finding->doubt = "what leads to slabs of the cache is not in the dump";
	if (!finding->doubt)
		return;
	finding->severity = SEVERITY_TRANSIENT;
	w->result->common.doubted++;
}

/* struct slab_rules.emit: diagnose while the slab is at hand, then keep. */
static void finding_take(void *ctx, struct finding *finding, const struct slab_found *slab)
{
	struct walk *w = ctx;
	struct cache_result *result = &w->result->common;
	struct diagnosis diagnosis = { 0 };
	struct finding taken;

	doubt(w, finding);
	/* Nothing that a user says makes memory present. */
	if (finding->id == FINDING_MEMORY_ABSENT)
		result->coverage.absent++;
	taken = *finding;
	if (!result_count(result, w->judge->severities, &taken))
		return;
	if (result->findings.nr < FINDINGS_KEPT_MAX)
		slab_diagnose(&w->rules, slab, &taken, &diagnosis);
	findings_add(&result->findings, w->judge->arena, &taken, &diagnosis);
}

static void walk_init(struct walk *w, struct slab_judge *judge, const struct slab_cache *cache,
		      struct slab_result *result)
{
	struct slab_walker *walker = judge->walker;

	memset(w, 0, sizeof(*w));
	w->judge = judge;
	w->heap = &walker->heap;
	w->layout = walker->heap.layout;
	w->cache = cache;
	w->result = result;
	w->rules = (struct slab_rules){
		.layout = w->layout,
		.heap = w->heap,
		.busy = &walker->busy,
		.management = &walker->management,
		.cache = cache,
		.nodes = walker->nodes,
		.cpu_node = judge->cpu_node,
		.broken = result && result->broken,
		.cut = result && result->cut,
		.emit = finding_take,
		.ctx = w,
	};
	w->contents = cache && result && slab_rules_contents_known(&w->rules);
	slab_seen_clear(&walker->seen);
}

/* Ask every few slabs; a slab takes microseconds. */
static bool walk_stopped(struct walk *w)
{
	if (!w->stopped && memory_cancelled(w->heap->memory))
		w->stopped = true;
	if (w->judge->tick && !(w->heap->slabs & 0xff))
		w->judge->tick(w->judge->tick_ctx);
	return w->stopped;
}

static void coverage_add(struct walk *w, const struct slab_found *slab)
{
	struct coverage *c = &w->result->common.coverage;

	c->slabs++;
	if (!slab_cache_walkable(w->cache))
		return;
	c->objects += w->cache->num;
	if (slab->own.end == SLAB_WALK_NOT_DONE || slab->absent_pages)
		return;
	if (slab->own.end == SLAB_WALK_END)
		c->objects_verified += w->cache->num;
	c->objects_free += slab->own.length + slab->cached;
	w->result->cached += slab->cached;
	w->result->used += slab->used <= w->cache->num ? slab->used : 0;
}

static void slab_take(struct walk *w, struct slab_found *slab)
{
	slab_heap_slab(w->heap, w->cache, slab);
	if (w->judge->scan && w->result)
		slab_scan_mark(w->judge->scan, slab->addr);
	if (w->result) {
		slab_rules_slab(&w->rules, slab);
		if (w->contents)
			slab_rules_contents(&w->rules, slab);
		coverage_add(w, slab);
	}
	if (w->judge->on_slab && w->judge->on_slab(w->judge->on_slab_ctx, w->cache, slab))
		w->stopped = true;
}

/* --- The lists of a node --- */

struct node_walk {
	struct walk *walk;
	struct slab_node *node;
	enum slab_list list;
};

/* Whether something is a slab of the cache, by what does not depend on the link that led there. */
static bool is_own(const struct walk *w, const struct slab_found *slab)
{
	return slab->marked && slab->owner == w->cache->addr &&
	       (!w->layout->every_page || slab->page_slab == slab->addr);
}

/* struct list_walk_ops.possible: a slab of the cache. */
static bool node_possible(void *ctx, uint64_t entry)
{
	struct node_walk *n = ctx;
	struct slab_found slab = { .node = n->node->node, .list = n->list };

	slab_heap_descriptor(n->walk->heap, entry - n->walk->layout->slab.list.offset, &slab);
	return slab.status == TARGET_ABSENT || (slab.status == TARGET_OK && is_own(n->walk, &slab));
}

/* A slab that a list has led to before. */
static enum list_verdict slab_again(struct node_walk *n, const struct list_step *step,
				    const struct slab_found *slab,
				    const struct slab_seen_at *before)
{
	struct walk *w = n->walk;

	if (before->list == n->list && before->node == n->node->node)
		return LIST_MET;
	if (w->result)
		slab_rules_twice(&w->rules, slab, before->list, before->node);
	return step->back == step->from ? LIST_ENTRY : LIST_END;
}

/* struct list_walk_ops.visit */
static enum list_verdict node_visit(void *ctx, struct list_step *step)
{
	struct node_walk *n = ctx;
	struct walk *w = n->walk;
	struct slab_found slab = { .node = n->node->node, .list = n->list };
	struct slab_seen_at before;
	uint64_t addr = step->entry - w->layout->slab.list.offset;

	slab_heap_descriptor(w->heap, addr, &slab);
	step->status = slab.status;
	if (slab.status != TARGET_OK)
		return LIST_BROKEN;
	step->back = step->backwards ? slab.next : slab.prev;
	/* What is on the list by both of its links is judged, whatever else it says. */
	if (!is_own(w, &slab) && step->back != step->from)
		return LIST_BROKEN;
	if (!slab_seen_add(&w->judge->walker->seen,
			   (struct slab_seen_at){ addr, n->list, n->node->node }, &before))
		return slab_again(n, step, &slab, &before);
	slab_take(w, &slab);
	if (n->list != SLAB_FULL && slab.used <= w->cache->num)
		n->node->spare += w->cache->num - slab.used;
	return LIST_ENTRY;
}

/* struct list_walk_ops.fault */
static void node_fault(void *ctx, const struct list_fault *fault)
{
	struct node_walk *n = ctx;

	if (n->walk->result)
		slab_rules_link(&n->walk->rules, n->node, n->list, fault);
}

/* struct list_walk_ops.stopped */
static bool node_stopped(void *ctx)
{
	return walk_stopped(((struct node_walk *)ctx)->walk);
}

static void list_take(struct walk *w, struct slab_node *node, enum slab_list list)
{
	static const struct list_walk_ops ops = { node_visit, node_possible, node_fault,
						  node_stopped };
	struct node_walk n = { w, node, list };
	struct list_walk walk = {
		.memory = w->heap->memory,
		.ops = &ops,
		.ctx = &n,
		.head = node->addr + slab_list_offset(w->layout, list),
		.limit = w->heap->page_limit,
		.tail_too = true,
	};

	list_walk(&walk);
	node->counted[list] = walk.counted;
	node->complete &= walk.complete;
	if (w->result && walk.absent)
		w->result->cut = w->rules.cut = true;
	else if (w->result && !walk.complete)
		w->result->broken = w->rules.broken = true;
}

static void lists_take(struct walk *w)
{
	for (unsigned int i = 0; i < w->layout->nr_nodes; i++) {
		struct slab_node *node = &w->judge->walker->nodes[i];

		if (w->result && node->status == TARGET_ABSENT)
			w->result->cut = w->rules.cut = true;
		if (node->status != TARGET_OK || !node->addr)
			continue;
		for (enum slab_list l = SLAB_PARTIAL; l <= SLAB_FREE && !walk_stopped(w); l++)
			list_take(w, node, l);
	}
}

/* --- A cache --- */

static void gather(struct walk *w)
{
	for (unsigned int i = 0; i < w->layout->nr_nodes; i++)
		slab_heap_node(w->heap, w->cache, i, &w->judge->walker->nodes[i]);
	slab_heap_arrays(w->heap, w->cache, w->judge->walker->nodes);
}

/* What /proc/slabinfo says: by counters since 4.14, and by a walk before. */
static void usage_sum(struct walk *w)
{
	const struct slab_arrays *all = &w->heap->arrays;
	struct slab_result *r = w->result;

	for (unsigned int i = 0; i < w->layout->nr_nodes; i++) {
		const struct slab_node *n = &w->judge->walker->nodes[i];

		if (n->status != TARGET_OK || !n->addr)
			continue;
		r->has_nodes = true;
		r->slabs += member_exists(w->layout->node.total_slabs)
				    ? n->total_slabs
				    : n->counted[0] + n->counted[1] + n->counted[2];
		r->spare += member_exists(w->layout->node.total_slabs) ? n->free_objects : n->spare;
	}
	for (size_t i = 0; i < all->nr; i++)
		if (all->arrays[i].kind == SLAB_ARRAY_SHARED)
			r->shared_avail += all->arrays[i].avail;
}

void slab_judge_cache(struct slab_judge *judge, uint64_t addr, struct slab_result *result)
{
	struct slab_heap *heap = &judge->walker->heap;
	struct walk w;

	memset(result, 0, sizeof(*result));
	findings_init(&result->common.findings);
	slab_cache_read(&result->cache, heap->memory, heap->layout, addr);
	result->common.cache = slab_cache_view(&result->cache);
	walk_init(&w, judge, &result->cache, result);
	slab_rules_cache(&w.rules);
	if (result->cache.status == TARGET_OK) {
		gather(&w);
		slab_rules_nodes(&w.rules);
		slab_rules_arrays(&w.rules);
		lists_take(&w);
		if (!w.stopped && slab_cache_walkable(&result->cache))
			slab_rules_entries(&w.rules);
		for (unsigned int i = 0; i < w.layout->nr_nodes && !w.stopped; i++)
			if (judge->walker->nodes[i].addr)
				slab_rules_node(&w.rules, &judge->walker->nodes[i]);
		usage_sum(&w);
		slab_rules_left_behind(&w.rules, result->common.coverage.slabs,
				       result->used - (result->cached < result->used
							       ? result->cached
							       : result->used));
	}
	result->common.finished = !w.stopped;
}

void slab_judge_walk(struct slab_judge *judge, const struct slab_cache *cache)
{
	struct walk w;

	if (cache->status != TARGET_OK)
		return;
	walk_init(&w, judge, cache, NULL);
	gather(&w);
	lists_take(&w);
}

/* --- What no list led to --- */

void slab_judge_unlisted(struct slab_judge *judge, struct slab_result *result)
{
	const struct cache_list *caches = judge->walker->heap.caches;
	size_t index = cache_list_index(caches, result->cache.addr);
	bool gathered = false;
	struct walk w;

	if (result->cache.status != TARGET_OK || index == SIZE_MAX)
		return;
	walk_init(&w, judge, &result->cache, result);
	for (size_t i = 0; i < judge->scan->nr && !walk_stopped(&w); i++) {
		struct slab_scanned *s = &judge->scan->slabs[i];
		struct slab_found slab = { .node = -1, .list = SLAB_ON_NONE };

		if (s->cache != index || atomic_load_explicit(&s->listed, memory_order_relaxed))
			continue;
		if (!gathered)
			gather(&w);
		gathered = true;
		slab_heap_descriptor(w.heap, s->slab, &slab);
		if (slab.status == TARGET_OK)
			slab_heap_slab(w.heap, w.cache, &slab);
		/* What is on its way is not counted yet, or no longer. */
		if (!slab_rules_lost(&w.rules, &slab))
			coverage_add(&w, &slab);
	}
}

void slab_judge_list(struct slab_judge *judge, const struct cache_list *list,
		     struct slab_result *result)
{
	struct walk w;

	memset(result, 0, sizeof(*result));
	findings_init(&result->common.findings);
	result->common.finished = true;
	walk_init(&w, judge, NULL, result);
	slab_rules_caches(&w.rules, list);
	for (size_t i = 0; judge->scan && i < judge->scan->nr; i++) {
		struct slab_scanned *s = &judge->scan->slabs[i];
		struct slab_found slab = { .node = -1, .list = SLAB_ON_NONE };

		if (s->cache != SLAB_NO_CACHE || list->cut ||
		    atomic_load_explicit(&s->listed, memory_order_relaxed))
			continue;
		slab_heap_descriptor(w.heap, s->slab, &slab);
		slab_rules_unowned(&w.rules, &slab);
	}
}
