/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs and objects of SLAB as everybody sees them. */
#include <stdlib.h>

#include "checker/slab/diagnose.h"
#include "checker/slab/finding.h"
#include "checker/slab/slab.h"

static struct slab_view view_of(const struct slab_found *slab, const struct slab_cache *cache)
{
	return (struct slab_view){
		.page = slab->addr,
		.base = slab->base,
		.status = slab->status,
		.place = list_place(slab->list),
		.cpu = -1,
		.node = slab->node,
		.inuse = (uint32_t)slab->used,
		.objects = (uint32_t)cache->num,
		.absent = slab->own.end == SLAB_WALK_ABSENT,
		.waits = slab->waits,
	};
}

/* Arrays come first: what is in one is handed out before what is in the slab. */
static struct holder holder_of(const struct slab_heap *heap, const struct slab_cache *cache,
			       const struct slab_found *slab, uint32_t index)
{
	const struct slab_entry *e = slab_entry_find(heap, cache, slab, index);
	struct holder h = { .cpu = -1, .node = -1 };

	if (e) {
		const struct slab_array *a = &heap->arrays.arrays[e->array];

		h.kind = HOLDER_ARRAY;
		h.place = array_place(a);
		h.cpu = a->cpu;
		h.node = a->node;
		h.array = a->addr;
		h.position = e->position;
	} else if (slab->own.hop && slab->own.hop[index]) {
		h.kind = HOLDER_SLAB_LIST;
		h.position = slab->own.hop[index] - 1;
	}
	return h;
}

/* A walk of its own: the caller's judging is over. */
static struct slab_judge quiet(struct slab *s)
{
	struct slab_judge judge = s->judge;

	judge.scan = NULL;
	judge.tick = NULL;
	return judge;
}

/* --- One slab: that of an address --- */

struct looking {
	struct slab *s;
	const struct location *at;
	struct slab_look *out;
	bool found;
};

static void look_take(struct looking *l, const struct slab_cache *cache,
		      const struct slab_found *slab)
{
	const struct slab_heap *heap = &l->s->walker.heap;

	l->found = true;
	l->out->slab = view_of(slab, cache);
	l->out->walked = slab->own.end != SLAB_WALK_NOT_DONE;
	l->out->broken = slab->own.end != SLAB_WALK_END;
	if (l->at->index < 0 || !slab->own.hop)
		return;
	for (int i = 0; i < 3; i++)
		l->out->near[i] =
			slab_object_state(heap, cache, slab, (int64_t)l->at->index + i - 1);
	if ((uint64_t)l->at->index < cache->num)
		l->out->holder = holder_of(heap, cache, slab, (uint32_t)l->at->index);
}

static bool look_slab(void *ctx, const struct slab_cache *cache, const struct slab_found *slab)
{
	struct looking *l = ctx;

	if (slab->addr != l->at->page)
		return false;
	look_take(l, cache, slab);
	return true;
}

void slab_look_at(struct allocator *a, const struct cache_result *owner, const struct location *at,
		  struct slab_look *out)
{
	struct slab *s = slab_of(a);
	const struct slab_cache *cache = &slab_result_of(owner)->cache;
	struct looking l = { s, at, out, false };
	struct slab_judge judge = quiet(s);
	struct slab_found slab = { .node = -1, .list = SLAB_ON_NONE };

	*out = (struct slab_look){ .slab.status = TARGET_ABSENT, .slab.page = at->page };
	judge.on_slab = look_slab;
	judge.on_slab_ctx = &l;
	slab_judge_walk(&judge, cache);
	if (l.found)
		return;
	slab_heap_descriptor(&s->walker.heap, at->page, &slab);
	slab_heap_slab(&s->walker.heap, cache, &slab);
	look_take(&l, cache, &slab);
}

/* --- All objects of a cache --- */

struct listing {
	struct slab *s;
	const struct objects_visit *visit;
	struct objects_count *count;
};

static void slab_list(const struct listing *l, const struct slab_cache *cache,
		      const struct slab_found *slab)
{
	const struct slab_heap *heap = &l->s->walker.heap;
	const struct slab_view view = view_of(slab, cache);

	l->count->slabs++;
	if (l->visit->slab)
		l->visit->slab(l->visit->ctx, &view);
	for (uint32_t i = 0; i < cache->num; i++) {
		const struct object_view object = {
			.slab = &view,
			.addr = slab_slot(cache, slab, i) + cache->obj_offset,
			.index = (int32_t)i,
			.state =
				slab->waits ? OBJECT_FREE : slab_object_state(heap, cache, slab, i),
			.holder = holder_of(heap, cache, slab, i),
		};

		l->count->allocated += object.state == OBJECT_ALLOCATED;
		l->count->free += object.state == OBJECT_FREE;
		l->count->unknown += object.state == OBJECT_UNKNOWN;
		l->visit->object(l->visit->ctx, &object);
	}
}

/* Slabs of a cache, by the address of their memory. */
struct slabs_met {
	struct arena *arena;
	struct slab_at {
		uint64_t base, addr;
		enum slab_list list;
		int node;
	} * slabs;
	size_t nr, room;
	bool failed;
};

static void met_add(struct slabs_met *m, const struct slab_found *slab)
{
	struct slab_at *slabs =
		arena_more(m->arena, m->slabs, m->nr, &m->room, 256, sizeof(*slabs));

	if (!slabs) {
		m->failed = true;
		return;
	}
	m->slabs = slabs;
	m->slabs[m->nr++] = (struct slab_at){ slab->base, slab->addr, slab->list, slab->node };
}

static bool met_slab(void *ctx, const struct slab_cache *cache, const struct slab_found *slab)
{
	(void)cache;
	met_add(ctx, slab);
	return false;
}

static int base_compare(const void *a, const void *b)
{
	const struct slab_at *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

/* Those that no list led to. */
static void met_unlisted(struct slabs_met *m, struct slab *s, const struct slab_cache *cache)
{
	size_t index = cache_list_index(&s->caches, cache->addr);

	for (size_t i = 0; s->common.scanned && i < s->scan.nr; i++) {
		struct slab_scanned *page = &s->scan.slabs[i];
		struct slab_found slab = { .node = -1, .list = SLAB_ON_NONE };

		if (page->cache != index ||
		    atomic_load_explicit(&page->listed, memory_order_relaxed))
			continue;
		slab_heap_descriptor(&s->walker.heap, page->slab, &slab);
		met_add(m, &slab);
	}
}

bool slab_objects_of(struct allocator *a, const struct cache_result *result,
		     const struct objects_visit *visit, struct objects_count *count)
{
	struct slab *s = slab_of(a);
	const struct slab_cache *cache = &slab_result_of(result)->cache;
	const struct listing l = { s, visit, count };
	struct slabs_met met = { .arena = a->arena };
	struct slab_judge judge = quiet(s);

	*count = (struct objects_count){ 0 };
	if (!slab_cache_walkable(cache))
		return false;
	judge.on_slab = met_slab;
	judge.on_slab_ctx = &met;
	slab_judge_walk(&judge, cache);
	met_unlisted(&met, s, cache);
	if (met.nr)
		qsort(met.slabs, met.nr, sizeof(*met.slabs), base_compare);
	for (size_t i = 0; i < met.nr; i++) {
		struct slab_found slab = { .node = met.slabs[i].node, .list = met.slabs[i].list };

		slab_heap_descriptor(&s->walker.heap, met.slabs[i].addr, &slab);
		slab_heap_slab(&s->walker.heap, cache, &slab);
		slab_list(&l, cache, &slab);
	}
	return !met.failed;
}

struct one_slab {
	struct listing l;
	uint64_t addr;
	bool found;
};

static bool one_list(void *ctx, const struct slab_cache *cache, const struct slab_found *slab)
{
	struct one_slab *o = ctx;

	if (slab->addr != o->addr)
		return false;
	slab_list(&o->l, cache, slab);
	o->found = true;
	return true;
}

bool slab_objects_in(struct allocator *a, const struct cache_result *result, uint64_t page,
		     const struct objects_visit *visit)
{
	struct slab *s = slab_of(a);
	const struct slab_cache *cache = &slab_result_of(result)->cache;
	struct objects_count count = { 0 };
	struct one_slab one = { { s, visit, &count }, page, false };
	struct slab_judge judge = quiet(s);
	struct slab_found slab = { .node = -1, .list = SLAB_ON_NONE };

	if (!slab_cache_walkable(cache))
		return false;
	judge.on_slab = one_list;
	judge.on_slab_ctx = &one;
	slab_judge_walk(&judge, cache);
	if (one.found)
		return true;
	slab_heap_descriptor(&s->walker.heap, page, &slab);
	slab_heap_slab(&s->walker.heap, cache, &slab);
	slab_list(&one.l, cache, &slab);
	return true;
}
