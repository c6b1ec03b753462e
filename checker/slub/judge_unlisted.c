/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/judge.h"

#include "checker/slub/cache_contents.h"
#include "checker/slub/remains.h"
#include "checker/slub/sheaf.h"
#include "checker/slub/walk.h"

/* Full slabs are most of what a scan finds, and the scan has seen all that is to be judged. */
static bool slab_is_plainly_full(const struct scan *scan, const struct cache *cache,
				 const struct scan_slab *s)
{
	struct slab_counters c = slab_counters_decode(s->counts);

	return s->empty_list && !c.frozen && !s->partial && c.inuse == c.objects &&
	       !(s->unheld && scan->pages_held) &&
	       (c.objects == oo_objects(cache->oo) || c.objects == oo_objects(cache->min));
}

/* What the slab says when that is possible; when it lies, that has been found out already. */
static unsigned int slab_objects(const struct walk *w, const struct scan_slab *s)
{
	unsigned int objects = slab_counters_decode(s->counts).objects;
	const struct cache *cache = w->cache;
	struct heap *heap = w->judge->heap;
	struct slab_state slab;

	if (objects == oo_objects(cache->oo) ||
	    !cache_objects_legal(cache, objects, heap->memory->page_size))
		return oo_objects(cache->oo);
	/* Slabs of a lower order are few; an overwritten counter may look like one's. */
	heap_descriptor(heap, scan_page(w->judge->scan, heap->layout, s), &slab);
	if (slab.status != TARGET_OK || !slab.order_known || !cache_order_legal(cache, slab.order))
		return objects;
	return order_objects(slab.order, cache->size, heap->memory->page_size, cache->reserved);
}

/* Slabs on no list whose slab_cache is not that of a cache, and that may be of this one. */
static uint64_t unknown_cache_slabs(const struct walk *w)
{
	const struct scan *scan = w->judge->scan;
	size_t group = w->judge->heap->caches->nr;
	uint64_t nr = 0;

	for (size_t i = scan->first[group]; i < scan->first[group + 1]; i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		nr += !s->listed && !s->rcu &&
		      slab_counters_decode(s->counts).objects == slab_objects(w, s);
	}
	return nr;
}

static void unlisted_take(struct walk *w, const struct scan_slab *s, const struct node_state *node,
			  struct scan_totals *totals)
{
	struct heap *heap = w->judge->heap;
	struct slab_counters count = slab_counters_decode(s->counts);
	struct slab_place place = { scan_page(w->judge->scan, heap->layout, s), 0, ROLE_NO_LIST, -1,
				    -1 };
	struct contents contents = cache_contents(w->cache, heap->layout);
	struct slab_state slab;

	w->result->common.coverage.slabs++;
	if (slab_is_plainly_full(w->judge->scan, w->cache, s) && !w->judge->on_slab &&
	    !contents_known(&contents) && !(contents.cleared && heap->sheaves)) {
		w->result->common.coverage.objects += count.objects;
		w->result->common.coverage.objects_verified += count.objects;
		return;
	}
	w->result->common.coverage.slabs--;
	heap_slab(heap, w->cache, place, NULL, &slab);
	/* What is on no list now was on none when the lists were gathered only if nothing changed since the
	 * scan. A list that was not settled may have it. */
	if (w->suspects && (slab.busy || w->result->unsettled || !walk_as_scanned(&slab, s))) {
		walk_busy_add(w, &slab);
		return;
	}
	walk_coverage_add(w, &slab, rules_page(&w->rules, &slab, NULL));
	if (w->judge->on_slab)
		w->judge->on_slab(w->judge->on_slab_ctx, w->cache, &slab);
	if (!rules_no_list(&w->rules, &slab, node))
		return;
	totals->in_flight++;
}

/* What they say has to stay so. */
static void totals_note(struct walk *w, const struct node_state *node)
{
	const struct layout_node *m = &w->judge->heap->layout->node;
	struct witness *words = w->judge->heap->witness;

	if (node->status != TARGET_OK)
		return;
	witness_member(words, node->addr, m->nr_slabs, node->nr_slabs);
	witness_member(words, node->addr, m->total_objects, node->total_objects);
}

/* The sum of what the nodes say, which is all that slabs of unknown nodes can be held against. */
static bool totals_gather(struct walk *w, struct scan_totals *totals, struct node_state *only)
{
	const struct layout *layout = w->judge->heap->layout;
	struct node_state node;
	unsigned int nodes = 0;

	if (w->suspects)
		witness_back(w->judge->heap->witness, 0);
	for (unsigned int i = 0; i < layout->nr_nodes; i++) {
		if (!walk_node_gather(w, i, &node))
			continue;
		if (w->suspects)
			totals_note(w, &node);
		if (!node.genuine || !member_exists(layout->node.nr_slabs)) {
			/* Nothing is known of its lock. */
			only->locked |= !node.genuine;
			return false;
		}
		if (!nodes++) {
			*only = node;
			totals->slot_slabs = node.addr + layout->node.nr_slabs.offset;
			totals->slot_objects = node.addr + layout->node.total_objects.offset;
		}
		/* Any lock that is held may explain a slab on no list. */
		only->locked |= node.locked;
		totals->said_slabs += node.nr_slabs;
		totals->said_objects += node.total_objects;
	}
	totals->node = nodes == 1 ? only->node : -1;
	return nodes != 0;
}

/* Whether they say what they said before the scan, and while slabs were judged. Notes their words. */
static bool totals_stay(struct walk *w, size_t index, const struct scan_totals *totals)
{
	const struct scan_said *before = &w->judge->scan->said[index];
	struct scan_totals now = { 0 };
	struct node_state unused = { 0 };

	return totals_gather(w, &now, &unused) && before->known &&
	       now.said_slabs == totals->said_slabs && now.said_slabs == before->slabs &&
	       now.said_objects == totals->said_objects && now.said_objects == before->objects;
}

void judge_said(struct judge *judge, struct scan_said *said)
{
	const struct cache_list *caches = judge->heap->caches;

	for (size_t i = 0; i < caches->nr && !heap_cancelled(judge->heap); i++) {
		struct scan_totals totals = { 0 };
		struct node_state unused = { 0 };
		struct slub_result result;
		struct walk w = { .judge = judge, .cache = &result.cache };

		cache_read(&result.cache, judge->heap->memory, judge->heap->layout,
			   caches->sorted[i], judge->election->encoding);
		if (!cache_walkable(&result.cache))
			continue;
		said[i].known = totals_gather(&w, &totals, &unused);
		said[i].slabs = totals.said_slabs;
		said[i].objects = totals.said_objects;
	}
}

/* Those that were gathered last are another cache's. Its own are looked at where objects in them tell
 * something of a full slab. */
static void sheaves_again(struct heap *heap, const struct cache *cache)
{
	if (!heap->sheaves)
		return;
	sheaves_clear(heap->sheaves);
	if (cache_contents(cache, heap->layout).cleared)
		sheaves_gather(heap->sheaves, heap, cache);
}

/*
 * Slabs of caches that nobody knows may be this one's, with a damaged slab_cache. Where slab_caches leads
 * out of the dump they more likely belong to caches there, so that nothing is known either way.
 */
static void hidden_add(struct walk *w, struct scan_totals *totals)
{
	uint64_t slabs = unknown_cache_slabs(w);

	totals->hidden += slabs;
	w->result->common.coverage.absent += slabs && w->judge->heap->caches->cut;
}

void judge_unlisted(struct judge *judge, size_t index, struct slub_result *result)
{
	struct scan *scan = judge->scan;
	struct scan_totals totals = { 0 };
	struct node_state node = { 0 };
	uint64_t retries = judge->heap->retries;
	struct remains remains;
	struct walk w;
	bool counted;

	if (!scan || result->cache.status != TARGET_OK || !cache_walkable(&result->cache))
		return;
	sheaves_again(judge->heap, &result->cache);
	walk_init(&w, judge, result);
	counted = totals_gather(&w, &totals, &node);
	/* A list that the dump lacks explains as much as one that is being changed. */
	node.locked |= result->common.coverage.absent != 0;
	/* On its lists, though they say that they belong elsewhere. */
	totals.slabs = result->strays.slabs;
	totals.objects = result->strays.objects;
	for (size_t i = scan->first[index]; i < scan->first[index + 1] && !walk_stopped(&w); i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		/* Waiting for its grace period: already subtracted from the node's counters. Or only
		 * on the list of another cache, which has counted it. */
		if (s->rcu || s->listed == SCAN_BY_ANOTHER)
			continue;
		totals.slabs++;
		totals.objects += slab_objects(&w, s);
		if (!s->listed)
			unlisted_take(&w, s, &node, &totals);
	}
	if (w.suspects && counted) {
		counted = totals_stay(&w, index, &totals);
		result->common.coverage.busy += !counted;
	}
	if (counted && !w.stopped && !scan->absent_bytes && !scan->incomplete) {
		totals.hidden = result->unmarked;
		if (totals.said_slabs > totals.slabs)
			hidden_add(&w, &totals);
		rules_totals(&w.rules, &totals);
	}
	if (walk_destroyed(&w)) {
		remains_find(judge->heap, scan, &result->cache, NULL, scan->first[index],
			     scan->first[index + 1], &remains);
		rules_destroyed(&w.rules, &remains);
	}
	result->common.finished = result->common.finished && !w.stopped;
	result->common.coverage.retries += judge->heap->retries - retries;
}
