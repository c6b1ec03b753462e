/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/slab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/slab/functions.h"
#include "checker/slab/locate.h"

/* The node of each CPU; NULL where there is one node, or nothing tells. */
static int *cpu_nodes(struct memory *memory, const struct slab_layout *layout, struct arena *arena)
{
	struct target *t = memory->target;
	const struct kernel *kernel = &layout->kernel;
	uint64_t symbol, node;
	int *nodes;

	/* Of CPUs without memory the node that they allocate from (7281201922a0, 2.6.35). */
	if (layout->nr_nodes < 2 ||
	    (!t->ops->symbol(t, "_numa_mem_", &symbol) && !t->ops->symbol(t, "numa_node", &symbol)))
		return NULL;
	nodes = arena_array(arena, kernel->nr_cpus, sizeof(*nodes));
	for (unsigned int i = 0; nodes && i < kernel->nr_cpus; i++) {
		nodes[i] = -1;
		if (kernel->cpu_online[i] &&
		    memory_value(memory, symbol + kernel->cpu_offset[i], 4, &node) == TARGET_OK &&
		    node < layout->nr_nodes)
			nodes[i] = (int)node;
	}
	return nodes;
}

static struct allocator *slab_prepare(struct memory *memory, struct arena *arena,
				      char error[ALLOCATOR_ERROR_MAX])
{
	struct slab *s = arena_alloc(arena, sizeof(*s));

	if (s && !slab_layout_init(&s->layout, memory, arena, error))
		return NULL;
	if (!s ||
	    !cache_list_read(&s->caches, memory, s->layout.caches, s->layout.cache.list.offset,
			     arena) ||
	    !slab_walker_init(&s->walker, memory, &s->layout, &s->caches, arena)) {
		kernel_error(error, "out of memory");
		return NULL;
	}
	slab_layout_elect(&s->layout, memory, &s->caches);
	s->cpu_node = cpu_nodes(memory, &s->layout, arena);
	s->judge = (struct slab_judge){ .walker = &s->walker,
					.cpu_node = s->cpu_node,
					.arena = arena };
	s->common = (struct allocator){
		.ops = &slab_allocator,
		.memory = memory,
		.arena = arena,
		.kernel = &s->layout.kernel,
		.debug = &s->layout.debug,
		.caches = s->caches.addrs,
		.nr_caches = s->caches.nr,
		.caches_missing = s->caches.full,
		.has_arrays = true,
	};
	return &s->common;
}

static bool slab_worker_init(struct allocator *a, struct worker *w)
{
	struct slab *s = slab_of(a);
	struct slab_walker *walker;

	/* Who walks through the same door may have the same buffers. */
	if (w->memory == a->memory) {
		w->state = &s->walker;
		return true;
	}
	w->state = walker = arena_alloc(w->arena, sizeof(*walker));
	return walker && slab_walker_init(walker, w->memory, &s->layout, &s->caches, w->arena);
}

static void slab_view_of(const struct allocator *a, uint64_t addr, struct cache_view *view)
{
	struct slab_cache cache;

	slab_cache_read(&cache, a->memory, &slab_of(a)->layout, addr);
	*view = slab_cache_view(&cache);
}

/* No kernel tells by which other names caches were merged into one: there is no sysfs for SLAB. */
static uint64_t slab_find_cache(struct allocator *a, const char *text, bool *merged)
{
	const struct slab *s = slab_of(a);

	*merged = false;
	return slab_cache_find(a->memory, &s->layout, &s->caches, text);
}

static struct scan_outcome slab_scan_all(struct allocator *a, struct team *team)
{
	struct slab *s = slab_of(a);
	struct scan_outcome outcome = { .done = slab_scan_run(&s->scan, &s->walker.heap) };

	(void)team;
	if (!outcome.done)
		return outcome;
	s->judge.scan = &s->scan;
	a->scanned = true;
	outcome.absent_bytes = s->scan.absent_bytes;
	outcome.incomplete = s->scan.incomplete;
	return outcome;
}

/* The context of struct slab_judge.tick. */
struct ticking {
	struct allocator *a;
	struct worker *w;
};

static void slab_tick(void *ctx)
{
	const struct ticking *t = ctx;
	const struct slab_walker *walker = t->w->state;

	atomic_store_explicit(&t->w->slabs, walker->heap.slabs, memory_order_relaxed);
	if (t->a->tick)
		t->a->tick(t->a->tick_ctx, t->w);
}

/* The judge that a worker's walks are of. */
static struct slab_judge worker_judge(const struct ticking *t)
{
	struct slab_judge judge = slab_of(t->a)->judge;

	judge.walker = t->w->state;
	judge.severities = t->a->severities;
	judge.arena = t->w->arena;
	judge.tick = slab_tick;
	judge.tick_ctx = (void *)t;
	return judge;
}

static struct cache_result *slab_judge_one(struct allocator *a, struct worker *w, uint64_t cache)
{
	struct slab_result *result = arena_alloc(w->arena, sizeof(*result));
	const struct ticking ticking = { a, w };
	struct slab_judge judge = worker_judge(&ticking);

	if (!result)
		return NULL;
	slab_judge_cache(&judge, cache, result);
	return &result->common;
}

static void slab_judge_rest(struct allocator *a, struct worker *w, struct cache_result *result)
{
	const struct ticking ticking = { a, w };
	struct slab_judge judge = worker_judge(&ticking);

	slab_judge_unlisted(&judge, slab_result_of(result));
}

static struct cache_result *slab_judge_caches(struct allocator *a)
{
	struct slab *s = slab_of(a);
	struct slab_result *result = arena_alloc(a->arena, sizeof(*result));

	if (!result)
		return NULL;
	s->judge.severities = a->severities;
	slab_judge_list(&s->judge, &s->caches, result);
	return &result->common;
}

static struct location slab_locate(const struct allocator *a, uint64_t addr)
{
	const struct slab *s = slab_of(a);

	return slab_locate_addr(a->memory, &s->layout, &s->caches, addr);
}

static char *slab_describe(const struct allocator *a, const struct location *at, char *buf,
			   size_t len)
{
	return slab_location_describe(a->memory, &slab_of(a)->layout, at, buf, len);
}

/* There is one word of who used an object last, and a struct track has more. The diagnosis names it. */
static bool slab_tracks(const struct allocator *a, const struct cache_result *owner,
			uint64_t object, struct track tracks[TRACKS])
{
	(void)a;
	(void)owner;
	(void)object;
	(void)tracks;
	return false;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void slab_usage(const struct allocator *a, const struct cache_result *result,
		       struct cache_usage *u)
{
	const struct slab_result *r = slab_result_of(result);
	const struct slab_cache *cache = &r->cache;

	(void)a;
	*u = (struct cache_usage){ .known = r->has_nodes && slab_cache_walkable(cache) };
	if (!u->known)
		return;
	u->slabs = r->slabs;
	u->objects = r->slabs * cache->num;
	u->active = minus(u->objects, r->spare);
	u->allocated = minus(r->used, r->cached);
	u->pages = r->slabs << cache->order;
	if (cache->flags & SLAB_RECLAIM)
		u->reclaimable = u->pages;
	u->limit = cache->limit;
	u->batchcount = cache->batchcount;
	u->shared = cache->shared;
	u->shared_avail = r->shared_avail;
}

static void slab_reading(const struct allocator *a, struct reading *r)
{
	const struct slab_layout *layout = &slab_of(a)->layout;
	const char *kept = layout->has_bufctl ? "bufctl chain"
			   : layout->at_end   ? "index array at the end of a slab"
					      : "index array at the start of a slab";

	*r = (struct reading){ .proven = true };
	r->facts[r->nr_facts++] =
		(struct reading_fact){ .key = "allocator", .kind = FACT_TEXT, .text = "SLAB" };
	r->facts[r->nr_facts++] =
		(struct reading_fact){ .key = "free_objects", .kind = FACT_TEXT, .text = kept };
	snprintf(r->lines[r->nr_lines++], READING_LINE_MAX, "SLAB (CONFIG_SLAB%s): %s%s",
		 layout->debug_slab ? ", CONFIG_DEBUG_SLAB" : "", kept,
		 layout->at_end ? ", or in a free object" : "");
}

/* Nothing watches one cache: CONFIG_DEBUG_SLAB is a matter of how the kernel was built. */
static bool slab_boot_option(const struct allocator *a, const struct cache_view *cache,
			     char option[BOOT_OPTION_MAX])
{
	(void)a;
	(void)cache;
	(void)option;
	return false;
}

/* Free objects are listed by their numbers, apart from them: no object holds a link. */
static uint64_t slab_linked_object(const struct allocator *a, uint64_t cache, uint64_t slot)
{
	(void)a;
	(void)cache;
	(void)slot;
	return 0;
}

static bool slab_link(const struct allocator *a, const struct cache_result *result, uint64_t object,
		      struct link_view *link)
{
	(void)a;
	(void)result;
	(void)object;
	(void)link;
	return false;
}

static bool slab_link_is_end(const struct allocator *a, const struct cache_result *result,
			     uint64_t object)
{
	(void)a;
	(void)result;
	(void)object;
	return false;
}

static enum target_status slab_owner_slots(const struct allocator *a,
					   const struct cache_view *cache,
					   const struct location *at, struct owner_slots *slots)
{
	(void)a;
	(void)cache;
	(void)at;
	*slots = (struct owner_slots){ 0 };
	return TARGET_OK;
}

const struct allocator_ops slab_allocator = {
	.name = "SLAB",
	.recognise = slab_layout_recognise,
	.prepare = slab_prepare,
	.worker_init = slab_worker_init,
	.find_cache = slab_find_cache,
	.view = slab_view_of,
	.scan = slab_scan_all,
	.judge = slab_judge_one,
	.judge_unlisted = slab_judge_rest,
	.judge_list = slab_judge_caches,
	.locate = slab_locate,
	.describe = slab_describe,
	.structure = slab_structure,
	.describe_structure = slab_describe_structure,
	.look = slab_look_at,
	.objects = slab_objects_of,
	.slab_objects = slab_objects_in,
	.tracks = slab_tracks,
	.usage = slab_usage,
	.reading = slab_reading,
	.boot_option = slab_boot_option,
	.job = slab_job,
	.is_source = slab_is_source,
	.values_of = slab_values_of,
	.word_of = slab_word_of,
	.listed_slab = slab_entry_of_list,
	.head_of = slab_head_of,
	.linked_object = slab_linked_object,
	.link = slab_link,
	.owner_slots = slab_owner_slots,
	.link_is_end = slab_link_is_end,
};
