/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/machine/machine.h"
#include "model/machine/workload.h"

#define CACHES_MAX 6
#define BULK_MAX 40

struct owned_cache {
	uint64_t addr;
	uint32_t size;
	bool kept; /* no longer ours: it was destroyed, or its owner left */
};

struct history {
	struct workload work;
	struct history_config config;
	struct owned_cache caches[CACHES_MAX];
	unsigned int nr_caches;
	bool spares; /* a cache: none is made, and what kmalloc() gave may be of that one */
	bool caches_busy; /* somebody creates or destroys one */
};

/* Arguments of caches. */

static unsigned int debug_choose(struct history *h)
{
	unsigned int flags = 0;

	flags |= work_one_in(&h->work, 2) ? MODEL_CACHE_RED_ZONE : 0;
	flags |= work_one_in(&h->work, 2) ? MODEL_CACHE_POISON : 0;
	flags |= work_one_in(&h->work, 2) ? MODEL_CACHE_STORE_USER : 0;
	flags |= work_one_in(&h->work, 2) ? MODEL_CACHE_CHECKS : 0;
	return flags;
}

static unsigned int flags_choose(struct history *h)
{
	unsigned int flags = work_one_in(&h->work, 3) ? MODEL_CACHE_HWCACHE_ALIGN : 0;

	if (work_one_in(&h->work, 6))
		flags |= MODEL_CACHE_RCU;
	if (work_one_in(&h->work, 6))
		flags |= MODEL_CACHE_RECLAIM;
	if (work_one_in(&h->work, 8))
		flags |= MODEL_CACHE_DMA;
	if (work_one_in(&h->work, 8))
		flags |= MODEL_CACHE_NO_MERGE;
	return flags | (work_one_in(&h->work, 5) ? debug_choose(h) : 0);
}

/*
 * In some histories all tasks are in memory cgroups, which have all objects. Not drawn: what happens in the
 * others does not depend on it.
 */
static bool is_charged(const struct history *h)
{
	return h->config.seed % 5 == 3 && has(h->work.m, MEMCG_VECTOR);
}

static void cache_add(struct history *h, unsigned int cpu)
{
	struct model_cache_args args = {
		.size = work_size(&h->work, 1),
		.align = work_one_in(&h->work, 4) ? 8u << work_below(&h->work, 5) : 0,
		.flags = flags_choose(h),
		.ctor = work_one_in(&h->work, 8),
		.sheaf_capacity = work_one_in(&h->work, 3) ? (uint32_t)work_below(&h->work, 64) : 0,
	};
	char name[24];
	uint64_t addr;

	if (h->nr_caches == CACHES_MAX || h->spares)
		return;
	/* Until 5.13 the red zone of a shorter object lay on its freepointer (74c1d3e08153): with such
	 * a cache the kernel corrupted itself. */
	if (!has(h->work.m, SLOT_MIDDLE) && args.flags & MODEL_CACHE_RED_ZONE && args.size < 8)
		args.size = 8;
	snprintf(name, sizeof(name), "cache-%u", h->nr_caches);
	args.name = name;
	if (is_charged(h))
		args.flags |= MODEL_CACHE_ACCOUNT;
	work_ended(&h->work, model_cache_create(h->work.m, cpu, &args, &addr), "create");
	if (addr)
		h->caches[h->nr_caches++] = (struct owned_cache){ addr, args.size, false };
}

/* Operations. */

static struct owned_cache *cache_choose(struct history *h)
{
	struct owned_cache *c;

	if (!h->nr_caches)
		return NULL;
	c = &h->caches[work_below(&h->work, h->nr_caches)];
	return c->kept ? NULL : c;
}

static uint32_t gfp_choose(struct history *h, bool interrupt)
{
	uint32_t gfp = interrupt || work_one_in(&h->work, 3) ? model_gfp_atomic(h->work.m)
							     : model_gfp_kernel(h->work.m);

	if (work_one_in(&h->work, 6))
		gfp |= model_gfp(h->work.m)->zero;
	return gfp;
}

static int node_choose(struct history *h)
{
	return work_one_in(&h->work, 5) ? (int)work_below(&h->work, h->work.m->nr_nodes)
					: MODEL_ANY_NODE;
}

static void do_alloc(struct history *h, unsigned int cpu, bool interrupt)
{
	struct owned_cache *c = cache_choose(h);
	uint64_t cache, object;
	uint32_t size, gfp;
	int node;

	if (!c)
		return;
	cache = c->addr;
	size = c->size;
	node = node_choose(h);
	gfp = gfp_choose(h, interrupt);
	work_ended(&h->work, model_alloc(h->work.m, cpu, cache, gfp, node, &object), "alloc");
	if (!object)
		return;
	object_use(&h->work, object, size);
	live_add(&h->work, cache, object);
}

static void do_alloc_bulk(struct history *h, unsigned int cpu, bool interrupt)
{
	struct owned_cache *c = cache_choose(h);
	uint64_t objects[BULK_MAX], cache;
	size_t got, wanted = 1 + work_below(&h->work, BULK_MAX);

	if (!c || interrupt)
		return;
	cache = c->addr;
	work_ended(&h->work,
		   model_alloc_bulk(h->work.m, cpu, cache, gfp_choose(h, false), wanted, objects,
				    &got),
		   "alloc_bulk");
	for (size_t i = 0; i < got; i++)
		live_add(&h->work, cache, objects[i]);
}

static void do_kmalloc(struct history *h, unsigned int cpu, bool interrupt)
{
	size_t size = work_size(&h->work, 1);
	uint64_t caller, object;
	uint32_t gfp;
	int node;

	if (!h->work.m->wants_kmalloc || h->spares)
		return;
	caller = work_random(&h->work);
	node = node_choose(h);
	gfp = gfp_choose(h, interrupt);
	work_ended(&h->work, model_kmalloc(h->work.m, cpu, size, gfp, node, caller, &object),
		   "kmalloc");
	if (object <= 16)
		return;
	object_use(&h->work, object, (uint32_t)size);
	live_add(&h->work, 0, object);
}

static void do_free(struct history *h, unsigned int cpu)
{
	struct live l;

	if (!h->work.nr_live)
		return;
	l = live_take(&h->work);
	if (!l.cache)
		work_ended(&h->work, model_kfree(h->work.m, cpu, l.object), "kfree");
	else if (work_one_in(&h->work, 12))
		work_ended(&h->work, model_free_rcu(h->work.m, cpu, l.object), "free_rcu");
	else
		work_ended(&h->work, model_free_object(h->work.m, cpu, l.cache, l.object), "free");
}

static void do_free_bulk(struct history *h, unsigned int cpu)
{
	uint64_t objects[BULK_MAX];
	size_t nr = 0, wanted = 1 + work_below(&h->work, BULK_MAX);
	uint64_t cache =
		h->work.nr_live ? h->work.live[work_below(&h->work, h->work.nr_live)].cache : 0;

	if (!cache)
		return;
	for (size_t i = h->work.nr_live; i-- && nr < wanted;) {
		if (h->work.live[i].cache != cache)
			continue;
		objects[nr++] = h->work.live[i].object;
		h->work.live[i] = h->work.live[--h->work.nr_live];
	}
	work_ended(&h->work, model_free_bulk(h->work.m, cpu, cache, nr, objects), "free_bulk");
}

static bool cache_is_used(const struct history *h, uint64_t cache)
{
	for (size_t i = 0; i < h->work.nr_live; i++)
		if (h->work.live[i].cache == cache)
			return true;
	return false;
}

/* Merged caches are one, and another task may be in the middle of an operation on it. */
static void do_destroy(struct history *h, unsigned int cpu)
{
	struct owned_cache *c = cache_choose(h);
	uint64_t addr;
	bool error;

	if (!c || cache_is_used(h, c->addr) || h->config.concurrent)
		return;
	addr = c->addr;
	for (unsigned int i = 0; i < h->nr_caches; i++)
		if (&h->caches[i] != c && h->caches[i].addr == addr)
			return;
	*c = h->caches[--h->nr_caches];
	work_ended(&h->work, model_cache_destroy(h->work.m, cpu, addr, &error), "destroy");
}

static void do_upkeep(struct history *h, unsigned int cpu)
{
	struct owned_cache *c = cache_choose(h);
	uint64_t freed;

	if (!c || h->caches_busy)
		return;
	h->caches_busy = true;
	switch (work_below(&h->work, 5)) {
	case 0:
	case 1:
		work_ended(&h->work, model_cache_shrink(h->work.m, cpu, c->addr, &freed), "shrink");
		break;
	case 2:
		cache_add(h, cpu);
		break;
	case 3:
		do_destroy(h, cpu);
		break;
	default:
		if (!h->config.concurrent)
			work_ended(&h->work, model_grace_period(h->work.m, cpu), "grace period");
		break;
	}
	h->caches_busy = false;
}

/* Any operation that a task may do; those in interrupts must not sleep. */
static void operate(void *ctx, unsigned int cpu, bool interrupt)
{
	struct history *h = ctx;
	bool more = h->work.growing ? !work_one_in(&h->work, 3) : work_one_in(&h->work, 3);

	if (work_one_in(&h->work, 400))
		h->work.growing = !h->work.growing;
	if (h->work.nr_live > LIVE_MAX - 2 * BULK_MAX || model_pages_free(h->work.m) < 64)
		more = false;
	if (!interrupt && work_one_in(&h->work, 60)) {
		do_upkeep(h, cpu);
		return;
	}
	if (more && work_one_in(&h->work, 12))
		do_alloc_bulk(h, cpu, interrupt);
	else if (more && work_one_in(&h->work, 6))
		do_kmalloc(h, cpu, interrupt);
	else if (more)
		do_alloc(h, cpu, interrupt);
	else if (work_one_in(&h->work, 12))
		do_free_bulk(h, cpu);
	else
		do_free(h, cpu);
}

void history_turn(struct history *h)
{
	work_turn(&h->work);
}

bool history_rest(struct history *h)
{
	return work_rest(&h->work);
}

void history_spare(struct history *h, uint64_t cache)
{
	size_t nr = 0;

	h->spares = true;
	for (unsigned int i = 0; i < h->nr_caches; i++)
		h->caches[i].kept |= h->caches[i].addr == cache;
	for (size_t i = 0; i < h->work.nr_live; i++)
		if (h->work.live[i].cache && h->work.live[i].cache != cache)
			h->work.live[nr++] = h->work.live[i];
	h->work.nr_live = nr;
}

uint64_t history_cache(const struct history *h, size_t n)
{
	return n < h->nr_caches ? h->caches[n].addr : 0;
}

static struct model *machine_make(struct history *h)
{
	struct model_config config = {
		.era = h->config.era,
		.nr_cpus = 1 + (unsigned int)work_below(&h->work, 6),
		.nr_nodes = 1 + (unsigned int)work_below(&h->work, 3),
		.frames = 1024 + 512 * work_below(&h->work, 3),
		.tid_step = work_one_in(&h->work, 3) ? 1 : 8u << work_below(&h->work, 4),
		.seed = work_random(&h->work),
		.kaslr = work_one_in(&h->work, 2),
		.init_on_free = work_one_in(&h->work, 8),
		.kmalloc = work_one_in(&h->work, 6),
		.without = MODEL_HAS(KMALLOC_RANDOM) | MODEL_HAS(KMALLOC_CGROUP),
	};

	if (work_one_in(&h->work, 8)) {
		config.kmalloc_flags = debug_choose(h);
		config.kmalloc = true;
	}
	if (work_one_in(&h->work, 10))
		config.without |= MODEL_HAS(HARDENED);
	if (work_one_in(&h->work, 10))
		config.without |= MODEL_HAS(RANDOM_SEQ);
	return model_new(&config);
}

struct history *history_run(const struct history_config *config)
{
	struct history *h = calloc(1, sizeof(*h));
	unsigned int caches;

	if (!h)
		return NULL;
	h->config = *config;
	h->work.seed = config->seed;
	h->work.growing = true;
	h->work.operate = operate;
	h->work.ctx = h;
	h->work.m = machine_make(h);
	if (!h->work.m) {
		free(h);
		return NULL;
	}
	for (unsigned int cpu = 0; is_charged(h) && cpu < h->work.m->nr_cpus; cpu++)
		model_memcg(h->work.m, cpu, 1 + cpu);
	caches = 2 + (unsigned int)work_below(&h->work, 3);
	while (caches-- && !h->work.failed[0])
		cache_add(h, 0);
	work_run(&h->work, config->operations, config->concurrent);
	return h;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	work_free(&h->work);
	free(h);
}

struct model *history_model(struct history *h)
{
	return h->work.m;
}

bool history_allocated(const struct history *h, size_t n, uint64_t *cache, uint64_t *object)
{
	return live_get(&h->work, n, cache, object);
}

const char *history_failed(const struct history *h)
{
	return h->work.failed[0] ? h->work.failed : NULL;
}
