/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs and objects of SLUB as everybody sees them. */
#include "checker/slub/diagnose.h"
#include "checker/slub/locate.h"
#include "checker/slub/objects.h"
#include "checker/slub/rules_finding.h"
#include "checker/slub/slub.h"
#include "decoders/freeptr.h"

static struct slab_view view_of(const struct slab_state *slab, bool waits)
{
	return (struct slab_view){
		.page = slab->page,
		.base = slab->base,
		.status = slab->status,
		.place = role_place(slab->role),
		.cpu = slab->cpu,
		.node = slab->node,
		.inuse = slab->count.inuse,
		.objects = slab->count.objects,
		.frozen = slab->count.frozen,
		.absent = slab->absent_pages != 0,
		.waits = waits,
	};
}

static struct holder holder_of(const struct object *o)
{
	struct holder h = { .cpu = -1, .node = -1 };

	if (o->cpu_hop) {
		h.kind = HOLDER_CPU_LIST;
		h.cpu = o->slab->cpu;
		h.position = o->cpu_hop - 1;
	} else if (o->own_hop) {
		h.kind = HOLDER_SLAB_LIST;
		h.position = o->own_hop - 1;
	} else if (o->sheaf) {
		h.kind = HOLDER_ARRAY;
		h.place = sheaf_finding_place(o->sheaf->role);
		h.cpu = o->sheaf->cpu;
		h.node = o->sheaf->node;
		h.array = o->sheaf->addr;
		h.position = o->entry;
	}
	return h;
}

/* --- One slab: that of an address --- */

struct look {
	const struct location *at;
	struct slab_look *out;
	bool found; /* a list of the cache has led to the slab */
};

/* struct judge.on_slab: on which list the slab is. */
static void slab_found(void *ctx, const struct cache *cache, const struct slab_state *slab)
{
	struct look *l = ctx;

	(void)cache;
	if (slab->page != l->at->page || l->found)
		return;
	l->found = true;
	l->out->slab = view_of(slab, false);
}

static void look_slab(void *ctx, const struct cache *cache, const struct slab_state *slab,
		      bool waits)
{
	struct look *l = ctx;

	(void)cache;
	(void)waits;
	l->out->walked = slab->walked;
	l->out->broken = !slab_lists_end(slab);
}

static void look_object(void *ctx, const struct cache *cache, const struct object *o)
{
	struct look *l = ctx;
	int32_t at = o->index - l->at->index + 1;

	(void)cache;
	if (l->at->index < 0 || at < 0 || at > 2)
		return;
	l->out->near[at] = o->state;
	if (at == 1)
		l->out->holder = holder_of(o);
}

/* What lists lead to the slab, and what is known of its objects: the same that -o says of them. */
void slub_look(struct allocator *a, const struct cache_result *owner, const struct location *at,
	       struct slab_look *out)
{
	struct slub *s = slub_of(a);
	const struct cache *cache = &slub_result_of(owner)->cache;
	struct look l = { .at = at, .out = out };
	const struct objects_of visit = { look_slab, look_object, &l };
	struct slab_place place = { at->page, 0, ROLE_NO_LIST, -1, -1 };
	struct slub_result *scratch = arena_alloc(a->arena, sizeof(*scratch));
	struct judge judge = s->judge;
	struct slab_state slab;

	*out = (struct slab_look){ .slab.status = TARGET_ABSENT, .slab.page = at->page };
	if (!scratch)
		return;
	judge.scan = NULL;
	judge.on_slab = slab_found;
	judge.on_slab_ctx = &l;
	judge.enough = &l.found;
	judge_cache(&judge, at->cache, scratch);
	/* Full slabs are on no list. */
	if (!l.found) {
		heap_slab(&s->heap, cache, place, NULL, &slab);
		slab_found(&l, cache, &slab);
	}
	objects_of_slab(&s->heap, cache, at->page, &visit);
}

/* --- All objects of a cache --- */

struct listing_out {
	const struct objects_visit *visit;
	struct slab_view slab;
};

static void list_slab(void *ctx, const struct cache *cache, const struct slab_state *slab,
		      bool waits)
{
	struct listing_out *l = ctx;

	(void)cache;
	l->slab = view_of(slab, waits);
	if (l->visit->slab)
		l->visit->slab(l->visit->ctx, &l->slab);
}

static void list_object(void *ctx, const struct cache *cache, const struct object *o)
{
	const struct listing_out *l = ctx;
	const struct object_view view = {
		.slab = &l->slab,
		.addr = o->addr,
		.index = o->index,
		.state = o->state,
		.holder = holder_of(o),
	};

	(void)cache;
	l->visit->object(l->visit->ctx, &view);
}

bool slub_objects(struct allocator *a, const struct cache_result *result,
		  const struct objects_visit *visit, struct objects_count *count)
{
	struct slub *s = slub_of(a);
	struct listing_out l = { .visit = visit };
	const struct objects_of to = { list_slab, list_object, &l };

	return objects_walk(&s->heap, &s->scan, &slub_result_of(result)->cache, &to, count);
}

/* --- All objects of a slab, with their links --- */

struct listing_in {
	struct listing_out out;
	struct memory *memory;
};

static void linked_object(void *ctx, const struct cache *cache, const struct object *o)
{
	const struct listing_in *l = ctx;
	struct object_view view = {
		.slab = &l->out.slab,
		.addr = o->addr,
		.index = o->index,
		.state = o->state,
		.holder = holder_of(o),
	};
	uint64_t slot = o->addr + cache->offset, raw;

	if ((o->cpu_hop || o->own_hop) && memory_value(l->memory, slot, 8, &raw) == TARGET_OK)
		view.link = memory_untag(l->memory,
					 freeptr_decode(cache->encoding, raw, cache->random, slot));
	l->out.visit->object(l->out.visit->ctx, &view);
}

bool slub_slab_objects(struct allocator *a, const struct cache_result *result, uint64_t page,
		       const struct objects_visit *visit)
{
	struct slub *s = slub_of(a);
	struct listing_in l = { .out.visit = visit, .memory = a->memory };
	const struct objects_of to = { list_slab, linked_object, &l };

	return objects_of_slab(&s->heap, &slub_result_of(result)->cache, page, &to);
}
