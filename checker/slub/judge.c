/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/judge.h"

#include "checker/slub/sheaf.h"
#include "checker/slub/walk.h"

/* Slabs with objects in sheaves that no list led to: full, or on their way. One that is not full may
 * have a sheaf's object on its freelist. */
static void sheaf_slabs_take(struct walk *w)
{
	struct heap *heap = w->judge->heap;
	struct sheaves *s = heap->sheaves;
	struct slab_state slab;

	for (size_t i = 0; i < s->nr_slabs && !walk_stopped(w); i++) {
		struct sheaf_slab *known = &s->slabs[i];
		struct slab_place place = { known->page, 0, ROLE_NO_LIST, -1, -1 };

		known->listed = slab_set_has(&w->seen, known->page);
		/* The scan tells of slabs whose cache is on no list, if it knows all caches. */
		if (known->kind == ENTRY_FOREIGN && w->judge->scan && !heap->caches->cut)
			known->listed |= !cache_list_has(heap->caches, known->cache);
		if (known->listed || known->kind != ENTRY_OBJECT || !known->freelist)
			continue;
		heap_slab(heap, w->cache, place, NULL, &slab);
		if (!slab.busy)
			rules_sheaf_slab(&w->rules, &slab);
	}
}

static void sheaves_take(struct walk *w)
{
	const struct sheaves *s = w->judge->heap->sheaves;
	struct coverage *c = &w->result->common.coverage;

	sheaf_slabs_take(w);
	if (w->stopped)
		return;
	w->sheaves_judged = true;
	rules_sheaves(&w->rules, s);
	w->sheaves_judged = false;
	c->busy += s->unsettled;
	c->sheaved = true;
	for (size_t i = 0; i < s->nr_sheaves; i++)
		c->sheaves +=
			s->sheaves[i].kind == SHEAF_OWN && s->sheaves[i].before == SHEAF_FIRST;
	for (size_t i = 0; i < s->nr_entries; i++)
		c->sheaf_objects += s->entries[i].kind == ENTRY_OBJECT;
}

static void lists_take(struct walk *w)
{
	struct heap *heap = w->judge->heap;

	if (heap->sheaves)
		sheaves_clear(heap->sheaves);
	if (heap->witness)
		witness_back(heap->witness, 0);
	rules_cache(&w->rules);
	if (w->cache->status != TARGET_OK)
		return;
	/* What is in sheaves has to be known when slabs are judged. */
	if (heap->sheaves && cache_walkable(w->cache))
		sheaves_gather(heap->sheaves, heap, w->cache);
	if (heap->layout->has_cpu_slabs)
		walk_cpus(w);
	walk_nodes(w);
	if (heap->sheaves && cache_walkable(w->cache) && !w->stopped)
		sheaves_take(w);
	w->result->common.finished = !w->stopped && !(heap->sheaves && heap->sheaves->incomplete);
}

/* When no link of the cache decodes, its key may be what is damaged. */
static unsigned int key_replace(struct walk *w, uint64_t *random)
{
	struct heap *heap = w->judge->heap;
	uint64_t good = heap->links_good, bad = heap->links_bad;
	unsigned int lists;

	if (w->stopped || !w->nr_samples || good > bad / 8)
		return 0;
	lists = elect_random(heap, w->cache, w->samples, w->nr_samples, random);
	/* Trials are no witnesses. */
	heap->links_good = good;
	heap->links_bad = bad;
	return *random != w->cache->random ? lists : 0;
}

static void votes_note(struct walk *w)
{
	const struct heap *heap = w->judge->heap;

	for (struct finding_node *n = w->result->common.findings.first; n; n = n->next) {
		n->finding.votes_for = heap->links_good;
		n->finding.votes = heap->links_good + heap->links_bad;
	}
}

void judge_cache(struct judge *judge, uint64_t addr, struct slub_result *result)
{
	struct heap *heap = judge->heap;
	uint64_t random = 0, found, retries = heap->retries;
	unsigned int lists;
	struct walk w;

	cache_read(&result->cache, heap->memory, heap->layout, addr, judge->election->encoding);
	result->common.cache = cache_view_of(&result->cache, heap->layout);
	walk_clear(result);
	heap->links_good = heap->links_bad = 0;
	walk_init(&w, judge, result);
	lists_take(&w);
	lists = key_replace(&w, &random);
	if (lists) {
		/* All findings are consequences of one word. Judge again with the right word. */
		found = result->cache.random;
		walk_clear(result);
		result->cache.random = random;
		heap->links_good = heap->links_bad = 0;
		walk_init(&w, judge, result);
		if (w.suspects)
			witness_back(heap->witness, 0);
		rules_random(&w.rules, found, random, lists);
		lists_take(&w);
	}
	votes_note(&w);
	if (!judge->scan && walk_destroyed(&w) && result->cache.status == TARGET_OK)
		rules_destroyed(&w.rules, NULL);
	result->common.coverage.retries = heap->retries - retries;
}
