/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/machine/machine.h"
#include "model/machine/random.h"

#define CACHES_MAX 6
#define LIVE_MAX 6000
#define DEPTH_MAX 2 /* a task and one interrupt */
#define BULK_MAX 40

struct live {
	uint64_t cache; /* 0: of kmalloc() */
	uint64_t object;
};

struct owned_cache {
	uint64_t addr;
	uint32_t size;
	bool kept; /* no longer ours: it was destroyed, or its owner left */
};

/* One operation that a task performs. */
struct job {
	struct history *h;
	unsigned int cpu;
	bool interrupt;
};

struct slot {
	struct model_task *tasks[DEPTH_MAX];
	struct job jobs[DEPTH_MAX];
	unsigned int depth;
};

struct history {
	struct model *m;
	struct history_config config;
	uint64_t seed; /* of what happens, apart from the machine's own randomness */
	struct owned_cache caches[CACHES_MAX];
	unsigned int nr_caches;
	struct live live[LIVE_MAX];
	size_t nr_live;
	bool growing; /* more is allocated than freed */
	struct slot slots[MODEL_CPUS_MAX];
	bool spares; /* a cache: none is made, and what kmalloc() gave may be of that one */
	bool caches_busy; /* somebody creates or destroys one */
	char failed[128];
};

static uint64_t random64(struct history *h)
{
	return random_next(&h->seed);
}

static uint64_t below(struct history *h, uint64_t n)
{
	return random64(h) % n;
}

static bool one_in(struct history *h, uint64_t n)
{
	return !below(h, n);
}

static void ended(struct history *h, enum model_end end, const char *what)
{
	const struct model_oops *oops = model_oops(h->m);

	if (end == MODEL_DONE || h->failed[0])
		return;
	snprintf(h->failed, sizeof(h->failed), "%s: %s at 0x%llx", what,
		 end == MODEL_STUCK ? "waits for ever" : oops->what,
		 (unsigned long long)oops->address);
}

/* Objects that somebody owns. */

static void live_add(struct history *h, uint64_t cache, uint64_t object)
{
	if (h->nr_live < LIVE_MAX)
		h->live[h->nr_live++] = (struct live){ cache, object };
}

static struct live live_take(struct history *h)
{
	size_t i = below(h, h->nr_live);
	struct live taken = h->live[i];

	h->live[i] = h->live[--h->nr_live];
	return taken;
}

/* Most owners write to what they get; some only here and there. */
static void object_use(struct history *h, uint64_t object, uint32_t size)
{
	uint64_t word = random64(h);

	if (one_in(h, 4))
		return;
	for (uint32_t at = 0; at + 8 <= size; at += 8) {
		model_poke(h->m, object + at, &word, 8);
		word = word << 7 | word >> 57;
		if (one_in(h, 64))
			return;
	}
}

/* Arguments of caches. */

static uint32_t size_choose(struct history *h)
{
	static const uint16_t usual[] = { 8,   16,   24,   32,	 40,   48,   56,   64,	72,  96,
					  104, 128,  136,  192,	 200,  256,  320,  512, 576, 632,
					  704, 1024, 1088, 2048, 2176, 4096, 6144, 8192 };

	if (one_in(h, 3))
		return (uint32_t)(1 + below(h, one_in(h, 4) ? 5000 : 300));
	return usual[below(h, sizeof(usual) / sizeof(usual[0]))];
}

static unsigned int debug_choose(struct history *h)
{
	unsigned int flags = 0;

	flags |= one_in(h, 2) ? MODEL_CACHE_RED_ZONE : 0;
	flags |= one_in(h, 2) ? MODEL_CACHE_POISON : 0;
	flags |= one_in(h, 2) ? MODEL_CACHE_STORE_USER : 0;
	flags |= one_in(h, 2) ? MODEL_CACHE_CHECKS : 0;
	return flags;
}

static unsigned int flags_choose(struct history *h)
{
	unsigned int flags = one_in(h, 3) ? MODEL_CACHE_HWCACHE_ALIGN : 0;

	if (one_in(h, 6))
		flags |= MODEL_CACHE_RCU;
	if (one_in(h, 6))
		flags |= MODEL_CACHE_RECLAIM;
	if (one_in(h, 8))
		flags |= MODEL_CACHE_DMA;
	if (one_in(h, 8))
		flags |= MODEL_CACHE_NO_MERGE;
	return flags | (one_in(h, 5) ? debug_choose(h) : 0);
}

/*
 * In some histories all tasks are in memory cgroups, which have all objects. Not drawn: what happens in the
 * others does not depend on it.
 */
static bool is_charged(const struct history *h)
{
	return h->config.seed % 5 == 3 && has(h->m, MEMCG_VECTOR);
}

static void cache_add(struct history *h, unsigned int cpu)
{
	struct model_cache_args args = {
		.size = size_choose(h),
		.align = one_in(h, 4) ? 8u << below(h, 5) : 0,
		.flags = flags_choose(h),
		.ctor = one_in(h, 8),
		.sheaf_capacity = one_in(h, 3) ? (uint32_t)below(h, 64) : 0,
	};
	char name[24];
	uint64_t addr;

	if (h->nr_caches == CACHES_MAX || h->spares)
		return;
	/* Until 5.13 the red zone of a shorter object lay on its freepointer (74c1d3e08153): with such
	 * a cache the kernel corrupted itself. */
	if (!has(h->m, SLOT_MIDDLE) && args.flags & MODEL_CACHE_RED_ZONE && args.size < 8)
		args.size = 8;
	snprintf(name, sizeof(name), "cache-%u", h->nr_caches);
	args.name = name;
	if (is_charged(h))
		args.flags |= MODEL_CACHE_ACCOUNT;
	ended(h, model_cache_create(h->m, cpu, &args, &addr), "create");
	if (addr)
		h->caches[h->nr_caches++] = (struct owned_cache){ addr, args.size, false };
}

/* Operations. */

static struct owned_cache *cache_choose(struct history *h)
{
	struct owned_cache *c;

	if (!h->nr_caches)
		return NULL;
	c = &h->caches[below(h, h->nr_caches)];
	return c->kept ? NULL : c;
}

static uint32_t gfp_choose(struct history *h, bool interrupt)
{
	uint32_t gfp = interrupt || one_in(h, 3) ? model_gfp_atomic(h->m) : model_gfp_kernel(h->m);

	if (one_in(h, 6))
		gfp |= model_gfp(h->m)->zero;
	return gfp;
}

static int node_choose(struct history *h)
{
	return one_in(h, 5) ? (int)below(h, h->m->nr_nodes) : MODEL_ANY_NODE;
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
	ended(h, model_alloc(h->m, cpu, cache, gfp, node, &object), "alloc");
	if (!object)
		return;
	object_use(h, object, size);
	live_add(h, cache, object);
}

static void do_alloc_bulk(struct history *h, unsigned int cpu, bool interrupt)
{
	struct owned_cache *c = cache_choose(h);
	uint64_t objects[BULK_MAX], cache;
	size_t got, wanted = 1 + below(h, BULK_MAX);

	if (!c || interrupt)
		return;
	cache = c->addr;
	ended(h, model_alloc_bulk(h->m, cpu, cache, gfp_choose(h, false), wanted, objects, &got),
	      "alloc_bulk");
	for (size_t i = 0; i < got; i++)
		live_add(h, cache, objects[i]);
}

static void do_kmalloc(struct history *h, unsigned int cpu, bool interrupt)
{
	size_t size = size_choose(h);
	uint64_t caller, object;
	uint32_t gfp;
	int node;

	if (!h->m->wants_kmalloc || h->spares)
		return;
	caller = random64(h);
	node = node_choose(h);
	gfp = gfp_choose(h, interrupt);
	ended(h, model_kmalloc(h->m, cpu, size, gfp, node, caller, &object), "kmalloc");
	if (object <= 16)
		return;
	object_use(h, object, (uint32_t)size);
	live_add(h, 0, object);
}

static void do_free(struct history *h, unsigned int cpu)
{
	struct live l;

	if (!h->nr_live)
		return;
	l = live_take(h);
	if (!l.cache)
		ended(h, model_kfree(h->m, cpu, l.object), "kfree");
	else if (one_in(h, 12))
		ended(h, model_free_rcu(h->m, cpu, l.object), "free_rcu");
	else
		ended(h, model_free_object(h->m, cpu, l.cache, l.object), "free");
}

static void do_free_bulk(struct history *h, unsigned int cpu)
{
	uint64_t objects[BULK_MAX];
	size_t nr = 0, wanted = 1 + below(h, BULK_MAX);
	uint64_t cache = h->nr_live ? h->live[below(h, h->nr_live)].cache : 0;

	if (!cache)
		return;
	for (size_t i = h->nr_live; i-- && nr < wanted;) {
		if (h->live[i].cache != cache)
			continue;
		objects[nr++] = h->live[i].object;
		h->live[i] = h->live[--h->nr_live];
	}
	ended(h, model_free_bulk(h->m, cpu, cache, nr, objects), "free_bulk");
}

static bool cache_is_used(const struct history *h, uint64_t cache)
{
	for (size_t i = 0; i < h->nr_live; i++)
		if (h->live[i].cache == cache)
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
	ended(h, model_cache_destroy(h->m, cpu, addr, &error), "destroy");
}

static void do_upkeep(struct history *h, unsigned int cpu)
{
	struct owned_cache *c = cache_choose(h);
	uint64_t freed;

	if (!c || h->caches_busy)
		return;
	h->caches_busy = true;
	switch (below(h, 5)) {
	case 0:
	case 1:
		ended(h, model_cache_shrink(h->m, cpu, c->addr, &freed), "shrink");
		break;
	case 2:
		cache_add(h, cpu);
		break;
	case 3:
		do_destroy(h, cpu);
		break;
	default:
		if (!h->config.concurrent)
			ended(h, model_grace_period(h->m, cpu), "grace period");
		break;
	}
	h->caches_busy = false;
}

/* Any operation that a task may do; those in interrupts must not sleep. */
static void operate(struct history *h, unsigned int cpu, bool interrupt)
{
	bool more = h->growing ? !one_in(h, 3) : one_in(h, 3);

	if (one_in(h, 400))
		h->growing = !h->growing;
	if (h->nr_live > LIVE_MAX - 2 * BULK_MAX || model_pages_free(h->m) < 64)
		more = false;
	if (!interrupt && one_in(h, 60)) {
		do_upkeep(h, cpu);
		return;
	}
	if (more && one_in(h, 12))
		do_alloc_bulk(h, cpu, interrupt);
	else if (more && one_in(h, 6))
		do_kmalloc(h, cpu, interrupt);
	else if (more)
		do_alloc(h, cpu, interrupt);
	else if (one_in(h, 12))
		do_free_bulk(h, cpu);
	else
		do_free(h, cpu);
}

/* Who runs. */

static void job_run(struct model *m, void *ctx)
{
	struct job *job = ctx;

	(void)m;
	operate(job->h, job->cpu, job->interrupt);
}

static bool task_start(struct history *h, unsigned int cpu)
{
	struct slot *slot = &h->slots[cpu];
	unsigned int d = slot->depth;

	slot->jobs[d] = (struct job){ h, cpu, d > 0 };
	slot->tasks[d] = model_task_new(h->m, cpu, job_run, &slot->jobs[d]);
	if (slot->tasks[d] && d)
		model_task_is_interrupt(slot->tasks[d]);
	slot->depth += slot->tasks[d] != NULL;
	return slot->tasks[d] != NULL;
}

/* A CPU runs what came last; that may be interrupted once where the kernel can be. */
static void cpu_turn(struct history *h, unsigned int cpu)
{
	struct slot *slot = &h->slots[cpu];
	struct model_task *task;

	if (!slot->depth && !task_start(h, cpu))
		return;
	task = slot->tasks[slot->depth - 1];
	if (slot->depth < DEPTH_MAX && one_in(h, 8) && model_task_interruptible(task) &&
	    !task_start(h, cpu))
		return;
	task = slot->tasks[slot->depth - 1];
	if (model_task_run(task, one_in(h, 3) ? UINT64_MAX : 1 + below(h, 12)) ==
	    MODEL_TASK_ENDED) {
		model_task_end(task);
		slot->depth--;
	}
}

void history_turn(struct history *h)
{
	if (!h->failed[0])
		cpu_turn(h, (unsigned int)below(h, h->m->nr_cpus));
}

/* Let what a CPU does go on; whether it does anything. */
static bool cpu_finish(struct history *h, unsigned int cpu)
{
	struct slot *slot = &h->slots[cpu];
	struct model_task *task;

	if (!slot->depth)
		return false;
	task = slot->tasks[slot->depth - 1];
	if (model_task_run(task, UINT64_MAX) == MODEL_TASK_ENDED) {
		model_task_end(task);
		slot->depth--;
	}
	return true;
}

/* Each may wait for another one. */
bool history_rest(struct history *h)
{
	for (unsigned int i = 0; i < 4 * MODEL_CPUS_MAX * DEPTH_MAX; i++) {
		bool busy = false;

		for (unsigned int cpu = 0; cpu < h->m->nr_cpus; cpu++)
			busy |= cpu_finish(h, cpu);
		if (!busy)
			return !h->failed[0];
	}
	return false;
}

void history_spare(struct history *h, uint64_t cache)
{
	size_t nr = 0;

	h->spares = true;
	for (unsigned int i = 0; i < h->nr_caches; i++)
		h->caches[i].kept |= h->caches[i].addr == cache;
	for (size_t i = 0; i < h->nr_live; i++)
		if (h->live[i].cache && h->live[i].cache != cache)
			h->live[nr++] = h->live[i];
	h->nr_live = nr;
}

uint64_t history_cache(const struct history *h, size_t n)
{
	return n < h->nr_caches ? h->caches[n].addr : 0;
}

static void run_concurrent(struct history *h)
{
	for (unsigned int i = 0; i < 2 * h->config.operations && !h->failed[0]; i++)
		cpu_turn(h, (unsigned int)below(h, h->m->nr_cpus));
}

static void run_in_turn(struct history *h)
{
	for (unsigned int i = 0; i < h->config.operations && !h->failed[0]; i++)
		operate(h, (unsigned int)below(h, h->m->nr_cpus), false);
}

static struct model *machine_make(struct history *h)
{
	struct model_config config = {
		.era = h->config.era,
		.nr_cpus = 1 + (unsigned int)below(h, 6),
		.nr_nodes = 1 + (unsigned int)below(h, 3),
		.frames = 1024 + 512 * below(h, 3),
		.tid_step = one_in(h, 3) ? 1 : 8u << below(h, 4),
		.seed = random64(h),
		.kaslr = one_in(h, 2),
		.init_on_free = one_in(h, 8),
		.kmalloc = one_in(h, 6),
		.without = MODEL_HAS(KMALLOC_RANDOM) | MODEL_HAS(KMALLOC_CGROUP),
	};

	if (one_in(h, 8)) {
		config.kmalloc_flags = debug_choose(h);
		config.kmalloc = true;
	}
	if (one_in(h, 10))
		config.without |= MODEL_HAS(HARDENED);
	if (one_in(h, 10))
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
	h->seed = config->seed;
	h->growing = true;
	h->m = machine_make(h);
	if (!h->m) {
		free(h);
		return NULL;
	}
	for (unsigned int cpu = 0; is_charged(h) && cpu < h->m->nr_cpus; cpu++)
		model_memcg(h->m, cpu, 1 + cpu);
	caches = 2 + (unsigned int)below(h, 3);
	while (caches-- && !h->failed[0])
		cache_add(h, 0);
	if (config->concurrent)
		run_concurrent(h);
	else
		run_in_turn(h);
	return h;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	for (unsigned int cpu = 0; cpu < MODEL_CPUS_MAX; cpu++)
		for (unsigned int d = 0; d < h->slots[cpu].depth; d++)
			model_task_end(h->slots[cpu].tasks[d]);
	model_free(h->m);
	free(h);
}

struct model *history_model(struct history *h)
{
	return h->m;
}

bool history_allocated(const struct history *h, size_t n, uint64_t *cache, uint64_t *object)
{
	if (n >= h->nr_live)
		return false;
	*cache = h->live[n].cache;
	*object = h->live[n].object;
	return true;
}

const char *history_failed(const struct history *h)
{
	return h->failed[0] ? h->failed : NULL;
}
