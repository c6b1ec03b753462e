/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/walk.h"

#include "checker/slub/cache_contents.h"
#include "checker/slub/owned.h"
#include "checker/slub/rules_excuse.h"

/*
 * Objects of a slab whose page says nothing about it: that are as many as a slab of the cache has.
 * With a scan a pointer that was overwritten hides nothing: the slab that it led to is found.
 */
static void unknown_add(struct walk *w, const struct slab_state *slab, enum page_state state)
{
	struct coverage *c = &w->result->common.coverage;

	if (state == PAGE_POINTER && w->judge->scan)
		return;
	if (state == PAGE_UNMARKED || state == PAGE_EITHER)
		w->result->unmarked++;
	if (state == PAGE_FREED || !cache_walkable(w->cache))
		return;
	c->objects += oo_objects(w->cache->oo);
	c->objects_unknown += oo_objects(w->cache->oo);
	if (slab->role == ROLE_NODE_PARTIAL && slab->status == TARGET_OK &&
	    slab->count.inuse <= slab->count.objects)
		c->objects_spare += slab->count.objects - slab->count.inuse;
}

/* A slab that changed each time it was gathered, or while it was judged. */
void walk_busy_add(struct walk *w, const struct slab_state *slab)
{
	struct coverage *c = &w->result->common.coverage;
	uint32_t objects = slab->objects ? slab->objects : oo_objects(w->cache->oo);

	c->slabs++;
	c->busy++;
	c->objects += objects;
	c->objects_busy += objects;
}

void walk_coverage_add(struct walk *w, const struct slab_state *slab, enum page_state state)
{
	struct contents contents = cache_contents(w->cache, w->judge->heap->layout);
	struct coverage *c = &w->result->common.coverage;
	bool absent = slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT;

	c->slabs++;
	if (state != PAGE_SLAB) {
		unknown_add(w, slab, state);
		return;
	}
	c->objects += slab->objects;
	if (slab->role == ROLE_NODE_PARTIAL && slab->count.inuse <= slab->count.objects)
		c->objects_spare += slab->count.objects - slab->count.inuse;
	/* What is to be looked at is in the slab's memory, all of it. */
	if (slab->absent_pages && (contents_known(&contents) || contents.cleared))
		return;
	if (!slab->walked || absent)
		return;
	/* Of a list that breaks off, what hangs before the break is known, and nothing else. */
	if (slab_lists_end(slab))
		c->objects_verified += slab->objects;
	else
		c->objects_verified += slab->own.length + slab->cpu_list.length - slab->shared;
	c->objects_free += slab->own.length + slab->cpu_list.length - slab->shared;
}

/* Whether a list breaks at its very first link. */
static bool breaks_at_once(const struct freelist *list)
{
	return list->from >= 0 && list->length == 1 &&
	       (list->end == WALK_OUTSIDE || list->end == WALK_MISALIGNED);
}

static void sample_add(struct walk *w, struct slab_place place, enum slab_role role)
{
	if (w->nr_samples == WALK_SAMPLES_MAX)
		return;
	place.role = role;
	w->samples[w->nr_samples++] = place;
}

static void sample_take(struct walk *w, struct slab_place place, const struct slab_state *slab)
{
	if (!slab->walked)
		return;
	if (breaks_at_once(&slab->own))
		sample_add(w, place, ROLE_NO_LIST);
	if (slab->role == ROLE_CPU && breaks_at_once(&slab->cpu_list))
		sample_add(w, place, ROLE_CPU);
}

/* A slab that is in two places may be another's by now than of the place where it was judged. */
static void contents_excuse(struct walk *w, const struct slab_state *slab)
{
	for (struct finding_node *n = w->result->common.findings.first; n; n = n->next) {
		struct finding *f = &n->finding;

		if (f->severity != SEVERITY_CORRUPT)
			continue;
		f->excuse = excuse_find(&(struct excuse_case){
			.breach = BREACH_CONTENTS_SEEN, .slab = slab, .finding = f });
		if (!f->excuse)
			continue;
		f->severity = SEVERITY_TRANSIENT;
		f->diagnosis = NULL;
		w->result->common.corrupt--;
		w->result->common.transient++;
	}
}

static bool is_same_list(const struct slab_seen *a, const struct slab_seen *b)
{
	return a->role == b->role && a->node == b->node && a->cpu == b->cpu;
}

static enum taken slab_again(struct walk *w, const struct slab_state *slab,
			     const struct slab_seen *before, const struct slab_seen *now,
			     const struct node_state *node)
{
	bool excused = rules_slab_seen(&w->rules, slab, before, now, node);

	contents_excuse(w, slab);
	/* So that a list which comes back to it is seen to do so. */
	slab_set_move(&w->seen, slab->page, *now);
	if (is_same_list(before, now) ||
	    (before->role == ROLE_CPU_PARTIAL && now->role == ROLE_CPU_PARTIAL))
		return TAKEN_FOLLOWED;
	return excused ? TAKEN_BEFORE : TAKEN_TWICE;
}

static void owned_take(struct walk *w, const struct slab_state *slab)
{
	struct owned_free owned;

	owned_find(w->judge->heap, w->cache, slab, &owned);
	rules_owned_free(&w->rules, slab, &owned);
}

/* A list of the cache leads to a page, which is not judged. */
void walk_scan_note(struct walk *w, uint64_t page)
{
	struct target *t = w->judge->heap->memory->target;
	uint64_t unused;

	if (w->judge->scan && t->ops->page_to_virt(t, page, &unused))
		scan_mark(w->judge->scan, w->judge->heap->layout, page, w->index);
}

/* Judge one slab that was gathered. */
enum taken walk_slab_judge(struct walk *w, struct slab_place place, const struct cpu_state *cpu,
			   const struct node_state *node, struct slab_state *slab)
{
	struct slab_seen now = { place.role, place.cpu, place.node,
				 place.role == ROLE_CPU && cpu && !cpu->freelist, place.slot };
	uint64_t busy = w->result->common.coverage.busy;
	struct slab_seen before;
	enum page_state state;

	if (slab->page_valid && !slab_set_add(&w->seen, place.page, now, &before)) {
		if (slab->is_slab && !slab->busy)
			return slab_again(w, slab, &before, &now, node);
		/* From the other end of the list: told already. */
		if (is_same_list(&before, &now))
			return TAKEN_NONE;
	}
	if (w->judge->scan && slab->is_slab)
		scan_mark(w->judge->scan, w->judge->heap->layout, place.page, w->index);
	if (slab->busy) {
		walk_busy_add(w, slab);
		return TAKEN_NONE;
	}
	if (slab->is_slab && slab->cache != w->cache->addr) {
		w->result->strays.slabs++;
		w->result->strays.objects += slab->count.objects;
	}
	rules_slab(&w->rules, slab, cpu, node);
	owned_take(w, slab);
	state = rules_page(&w->rules, slab, cpu);
	if (w->result->common.coverage.busy == busy)
		walk_coverage_add(w, slab, state);
	else
		walk_busy_add(w, slab);
	sample_take(w, place, slab);
	if (w->judge->on_slab)
		w->judge->on_slab(w->judge->on_slab_ctx, w->cache, slab);
	return slab->is_slab ? TAKEN : TAKEN_NONE;
}

/* Gather and judge one slab. */
enum taken walk_slab_take(struct walk *w, struct slab_place place, const struct cpu_state *cpu,
			  const struct node_state *node, struct slab_state *slab)
{
	heap_slab(w->judge->heap, w->cache, place, place.role == ROLE_CPU ? cpu : NULL, slab);
	return walk_slab_judge(w, place, cpu, node, slab);
}

bool walk_as_scanned(const struct slab_state *slab, const struct scan_slab *s)
{
	return slab->status == TARGET_OK && slab->is_slab &&
	       (uint32_t)slab->counters == s->counts && !slab->freelist == s->empty_list;
}
