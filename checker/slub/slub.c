/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/slub.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/slub/alias.h"
#include "checker/slub/cache_contents.h"
#include "checker/slub/functions.h"
#include "checker/slub/locate.h"
#include "checker/slub/structure.h"
#include "decoders/slab.h"

static struct allocator *slub_prepare(struct memory *memory, struct arena *arena,
				      char error[ALLOCATOR_ERROR_MAX])
{
	struct slub *s = arena_alloc(arena, sizeof(*s));
	struct layout *layout = s ? &s->layout : NULL;

	if (layout && !layout_init(layout, memory, arena, error))
		return NULL;
	if (!s ||
	    !cache_list_read(&s->caches, memory, layout->slab_caches, layout->cache.list.offset,
			     arena) ||
	    !heap_init(&s->heap, memory, layout, &s->caches, arena)) {
		kernel_error(error, "out of memory");
		return NULL;
	}
	elect(&s->election, &s->heap, &s->caches);
	s->judge = (struct judge){ .heap = &s->heap, .election = &s->election, .arena = arena };
	s->common = (struct allocator){
		.ops = &slub_allocator,
		.memory = memory,
		.arena = arena,
		.kernel = &layout->kernel,
		.debug = &layout->debug,
		.caches = s->caches.addrs,
		.nr_caches = s->caches.nr,
		.caches_missing = s->caches.full,
		.settles = s->heap.witness != NULL,
		.has_boot_options = true,
	};
	return &s->common;
}

static bool slub_worker_init(struct allocator *a, struct worker *w)
{
	struct slub *s = slub_of(a);
	struct heap *heap;

	/* Who walks through the same door may have the same buffers. */
	if (w->memory == a->memory) {
		w->state = &s->heap;
		return true;
	}
	w->state = heap = arena_alloc(w->arena, sizeof(*heap));
	return heap && heap_init(heap, w->memory, &s->layout, &s->caches, w->arena);
}

static void slub_view(const struct allocator *a, uint64_t addr, struct cache_view *view)
{
	const struct slub *s = slub_of(a);
	struct cache cache;

	cache_read(&cache, a->memory, &s->layout, addr, FREEPTR_PLAIN);
	*view = cache_view_of(&cache, &s->layout);
}

static uint64_t slub_find_cache(struct allocator *a, const char *text, bool *merged)
{
	const struct slub *s = slub_of(a);
	uint64_t addr = cache_by_name(a->memory, &s->layout, &s->caches, text);
	struct cache cache;

	*merged = false;
	if (!addr)
		return 0;
	cache_read(&cache, a->memory, &s->layout, addr, FREEPTR_PLAIN);
	*merged = strcmp(cache.name, text) && cache_by_address(&s->caches, text) != addr;
	return addr;
}

static struct scan_outcome slub_scan(struct allocator *a, struct team *team)
{
	struct slub *s = slub_of(a);
	struct scan_outcome outcome = { 0 };
	struct scan_said *said = NULL;

	if (a->suspects) {
		said = arena_array(a->arena, s->caches.nr, sizeof(*said));
		if (!said)
			return outcome;
		judge_said(&s->judge, said);
	}
	outcome.done = scan_run(&s->scan, &s->heap, team);
	s->scan.said = said;
	if (!outcome.done)
		return outcome;
	s->judge.scan = &s->scan;
	a->scanned = true;
	elect_again(&s->election, &s->heap, &s->scan);
	outcome.absent_bytes = s->scan.absent_bytes;
	outcome.incomplete = s->scan.incomplete;
	return outcome;
}

static struct cache_result *slub_destroyed(struct allocator *a, struct location *at)
{
	struct slub *s = slub_of(a);
	struct location in = *at;
	struct slub_result *result;

	if (!locate_destroyed(&in, a->memory, &s->layout))
		return NULL;
	result = arena_alloc(a->arena, sizeof(*result));
	if (!result)
		return NULL;
	cache_read(&result->cache, a->memory, &s->layout, in.cache, s->election.encoding);
	result->common.cache = cache_view_of(&result->cache, &s->layout);
	*at = in;
	return &result->common;
}

/* The context of struct judge.tick. */
struct ticking {
	struct allocator *a;
	struct worker *w;
};

static void slub_tick(void *ctx)
{
	const struct ticking *t = ctx;
	const struct heap *heap = t->w->state;

	atomic_store_explicit(&t->w->slabs, heap->slabs, memory_order_relaxed);
	if (t->a->tick)
		t->a->tick(t->a->tick_ctx, t->w);
}

/* The judge that a worker's walks are of. */
static struct judge worker_judge(const struct ticking *t)
{
	struct judge judge = slub_of(t->a)->judge;

	judge.heap = t->w->state;
	judge.worker = t->w;
	judge.severities = t->a->severities;
	judge.suspects = t->a->suspects;
	judge.arena = t->w->arena;
	judge.tick = slub_tick;
	judge.tick_ctx = (void *)t;
	return judge;
}

static struct cache_result *slub_judge(struct allocator *a, struct worker *w, uint64_t cache)
{
	struct slub_result *result = arena_alloc(w->arena, sizeof(*result));
	const struct ticking ticking = { a, w };
	struct judge judge = worker_judge(&ticking);

	if (!result)
		return NULL;
	judge_cache(&judge, cache, result);
	return &result->common;
}

static void slub_judge_unlisted(struct allocator *a, struct worker *w, struct cache_result *result)
{
	const struct ticking ticking = { a, w };
	struct judge judge = worker_judge(&ticking);
	size_t index = cache_list_index(&slub_of(a)->caches, result->cache.addr);

	if (index != SIZE_MAX)
		judge_unlisted(&judge, index, slub_result_of(result));
}

static struct cache_result *slub_judge_list(struct allocator *a)
{
	struct slub *s = slub_of(a);
	struct slub_result *result = arena_alloc(a->arena, sizeof(*result));

	if (!result)
		return NULL;
	s->judge.severities = a->severities;
	s->judge.suspects = a->suspects;
	judge_list(&s->judge, &s->caches, result);
	return &result->common;
}

static struct location slub_locate(const struct allocator *a, uint64_t addr)
{
	const struct slub *s = slub_of(a);

	return locate(a->memory, &s->layout, &s->caches, addr);
}

static char *slub_describe(const struct allocator *a, const struct location *at, char *buf,
			   size_t len)
{
	return location_describe(a->memory, &slub_of(a)->layout, at, buf, len);
}

static void slub_structure(struct allocator *a, uint64_t addr, struct structure *s)
{
	structure_find(s, &slub_of(a)->heap, addr);
}

static char *slub_describe_structure(const struct allocator *a, const struct structure *s,
				     char *buf, size_t len)
{
	return structure_describe(s, a->memory, &slub_of(a)->layout, buf, len);
}

static bool slub_tracks(const struct allocator *a, const struct cache_result *owner,
			uint64_t object, struct track tracks[TRACKS])
{
	return object_tracks(a->memory, &slub_of(a)->layout, &slub_result_of(owner)->cache, object,
			     tracks);
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static bool slub_aliases(struct allocator *a,
			 bool (*visit)(void *ctx, uint64_t cache, const char *name), void *ctx)
{
	const struct slub *s = slub_of(a);

	return cache_aliases(a->memory, &s->layout, &s->caches, visit, ctx);
}

static void slub_usage(const struct allocator *a, const struct cache_result *result,
		       struct cache_usage *u)
{
	const struct coverage *c = &result->coverage;
	const struct cache *cache = &slub_result_of(result)->cache;

	*u = (struct cache_usage){ .known = c->said };
	u->slabs = c->said_slabs;
	u->objects = c->said_objects;
	u->active = minus(c->said_objects, c->objects_spare);
	u->allocated = minus(c->said_objects, c->objects_free + c->sheaf_objects);
	u->pages = c->said_slabs << (oo_order(cache->oo) & 31);
	if (cache->flags & slub_of(a)->layout.flags.reclaim_account)
		u->reclaimable = u->pages;
}

static void fact(struct reading *r, const char *key, uint64_t number)
{
	r->facts[r->nr_facts++] =
		(struct reading_fact){ .key = key, .kind = FACT_NUMBER, .number = number };
}

__attribute__((format(printf, 2, 3))) static void line(struct reading *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->lines[r->nr_lines++], READING_LINE_MAX, format, args);
	va_end(args);
}

/* How freelists were read. */
static void encoding_line(struct reading *r, const struct election *e, const struct layout *layout)
{
	const char *name = freeptr_encoding_name(e->encoding);

	if (!layout->hardened)
		line(r, "freepointer encoding: plain (CONFIG_SLAB_FREELIST_HARDENED is off)");
	else if (!e->encoding_votes)
		line(r,
		     "freepointer encoding: not proven, since there is no list head to try; %s is assumed",
		     name);
	else
		line(r, "freepointer encoding: %s%s (%" PRIu64 " of %" PRIu64 " list heads agree)",
		     e->encoding_proven ? "" : "not proven: ", name, e->encoding_for,
		     e->encoding_votes);
}

static void slub_reading(const struct allocator *a, struct reading *r)
{
	const struct slub *s = slub_of(a);
	const struct election *e = &s->election;

	*r = (struct reading){ .proven = e->encoding_proven };
	r->facts[r->nr_facts++] = (struct reading_fact){
		.key = "encoding", .kind = FACT_TEXT, .text = freeptr_encoding_name(e->encoding)
	};
	r->facts[r->nr_facts++] = (struct reading_fact){ .key = "encoding_proven",
							 .kind = FACT_BOOL,
							 .number = e->encoding_proven };
	fact(r, "encoding_for", e->encoding_for);
	fact(r, "encoding_votes", e->encoding_votes);
	fact(r, "tid_step", e->tid_step);
	encoding_line(r, e, &s->layout);
	/* There are no tids without slabs of CPUs. */
	if (!s->layout.has_cpu_slabs)
		return;
	if (e->tid_step > 1)
		line(r, "TID_STEP: %" PRIu64 " (%" PRIu64 " of %" PRIu64 " tids agree)",
		     e->tid_step, e->tid_for, e->tid_votes);
	else
		line(r, "tids cannot be checked (TID_STEP 1)");
}

/* "kmalloc-64" of that, or of one of its copies; NULL: of another cache. */
static const char *kmalloc_size(const char *name, const char *copies)
{
	static const char plain[] = "kmalloc-";
	const char *size = NULL;

	if (!strncmp(name, copies, strlen(copies)))
		size = strrchr(name, '-') + 1;
	else if (!strncmp(name, plain, strlen(plain)))
		size = name + strlen(plain);
	return size && *size >= '0' && *size <= '9' ? size : NULL;
}

/* slab_debug= since 6.9, where the older word is understood as well. Names may end in an asterisk, and
 * nowhere else have one. */
static bool slub_boot_option(const struct allocator *a, const struct cache_view *cache,
			     char option[BOOT_OPTION_MAX])
{
	const char *copies = slub_of(a)->layout.kmalloc_copies;
	const char *size = copies ? kmalloc_size(cache->name, copies) : NULL;
	char name[4 * CACHE_NAME_MAX];

	if (cache->debugged)
		return false;
	if (size)
		snprintf(option, BOOT_OPTION_MAX, "slub_debug=FZPU,kmalloc-%s,%s*",
			 text_escape(size, name, sizeof(name)), copies);
	else
		snprintf(option, BOOT_OPTION_MAX, "slub_debug=FZPU,%s",
			 text_escape(cache->name, name, sizeof(name)));
	return true;
}

const struct allocator_ops slub_allocator = {
	.name = "SLUB",
	.recognise = layout_recognise,
	.prepare = slub_prepare,
	.worker_init = slub_worker_init,
	.find_cache = slub_find_cache,
	.aliases = slub_aliases,
	.view = slub_view,
	.scan = slub_scan,
	.judge = slub_judge,
	.destroyed = slub_destroyed,
	.judge_unlisted = slub_judge_unlisted,
	.judge_list = slub_judge_list,
	.locate = slub_locate,
	.describe = slub_describe,
	.structure = slub_structure,
	.describe_structure = slub_describe_structure,
	.look = slub_look,
	.objects = slub_objects,
	.slab_objects = slub_slab_objects,
	.tracks = slub_tracks,
	.usage = slub_usage,
	.reading = slub_reading,
	.boot_option = slub_boot_option,
	.job = slub_job,
	.is_source = slub_is_source,
	.values_of = slub_values_of,
	.word_of = slub_word_of,
	.listed_slab = slub_listed_slab,
	.head_of = slub_head_of,
	.linked_object = slub_linked_object,
	.link = slub_link,
	.owner_slots = slub_owner_slots,
	.link_is_end = slub_link_is_end,
};
