/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/judge.h"

#include <string.h>

#include "checker/slub/remains.h"
#include "checker/slub/sheaf.h"
#include "checker/slub/walk.h"

/* A destroyed cache that only its slabs lead to. Its name is in findings: it has to stay. */
static void destroyed_judge(struct walk *w, uint64_t addr)
{
	struct judge *judge = w->judge;
	struct scan *scan = judge->scan;
	size_t group = judge->heap->caches->nr;
	struct coverage *c = &w->result->common.coverage;
	struct cache *cache = arena_alloc(judge->arena, sizeof(*cache));
	struct rules rules = w->rules;
	struct remains remains;

	if (!cache)
		return;
	cache_read(cache, judge->heap->memory, judge->heap->layout, addr,
		   judge->election->encoding);
	if (judge->heap->sheaves)
		sheaves_clear(judge->heap->sheaves);
	rules.cache = cache;
	remains_find(judge->heap, scan, cache, &rules, scan->first[group], scan->first[group + 1],
		     &remains);
	c->objects_unknown += remains.unknown;
	c->objects_verified += remains.known;
	rules_destroyed(&rules, &remains);
}

#define DESTROYED_MAX 64

/* Destroyed caches that were met. */
struct destroyed {
	uint64_t caches[DESTROYED_MAX];
	size_t nr;
};

/* Whether a slab is one of a destroyed cache, which is judged when its first slab is met. */
static bool destroyed_take(struct walk *w, struct destroyed *d, uint64_t cache)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->caches[i] == cache)
			return true;
	if (d->nr == DESTROYED_MAX ||
	    !cache_is_destroyed(w->judge->heap->memory, w->judge->heap->layout, cache))
		return false;
	d->caches[d->nr++] = cache;
	destroyed_judge(w, cache);
	return true;
}

/* Whether a cache was made or destroyed since the pass began: then its slabs are nobody's. */
static bool caches_changed(struct walk *w)
{
	const struct heap *heap = w->judge->heap;
	struct cache_list now;
	size_t size = heap->caches->nr * sizeof(*now.sorted);

	return !cache_list_read(&now, heap->memory, heap->layout->slab_caches,
				heap->layout->cache.list.offset, w->judge->arena) ||
	       now.nr != heap->caches->nr ||
	       (now.nr && memcmp(now.sorted, heap->caches->sorted, size));
}

/* Slab pages whose slab_cache is on no list, and that no list led to. */
static void unknown_caches_judge(struct walk *w)
{
	struct judge *judge = w->judge;
	struct scan *scan = judge->scan;
	size_t group = judge->heap->caches->nr;
	struct destroyed destroyed = { .nr = 0 };
	struct slab_state slab;

	/* Where slab_caches leads out of the dump its caches are missing, not strange. */
	if (judge->heap->caches->cut || (w->suspects && caches_changed(w)))
		return;
	for (size_t i = scan->first[group]; i < scan->first[group + 1]; i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		if (s->listed || s->rcu)
			continue;
		heap_descriptor(judge->heap, scan_page(scan, judge->heap->layout, s), &slab);
		slab.role = ROLE_NO_LIST;
		if (w->suspects && !(slab.is_slab && walk_as_scanned(&slab, s) &&
				     !cache_list_has(judge->heap->caches, slab.cache)))
			continue;
		heap_witness(judge->heap, &(struct slab_place){ .page = slab.page }, &slab);
		w->result->common.coverage.slabs++;
		w->result->common.coverage.objects += slab.count.objects;
		if (slab.count.inuse && destroyed_take(w, &destroyed, slab.cache))
			continue;
		w->result->common.coverage.objects_unknown += slab.count.objects;
		rules_unknown_cache(&w->rules, &slab);
	}
}

void judge_list(struct judge *judge, const struct cache_list *list, struct slub_result *result)
{
	struct walk w;

	walk_clear(result);
	walk_init(&w, judge, result);
	w.rules.cache = NULL;
	if (w.suspects)
		witness_back(judge->heap->witness, 0);
	rules_caches(&w.rules, list);
	if (judge->scan)
		unknown_caches_judge(&w);
	result->common.finished = true;
}
