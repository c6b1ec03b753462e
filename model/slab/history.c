/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/machine/random.h"
#include "model/slab/slab.h"

#define CACHES_MAX 6
#define LIVE_MAX 6000
#define BATCHCOUNT_MOST 60u /* that enable_cpucache() sets */
#define DEPTH_MAX 2 /* a task and one interrupt */

struct live {
	uint64_t cache; /* 0: of kmalloc() */
	uint64_t object;
};

struct owned {
	uint64_t addr;
	uint32_t size;
	bool ctor;
};

/* One operation that a task performs. */
struct job {
	struct slab_history *h;
	unsigned int cpu;
	bool interrupt;
};

struct slot {
	struct model_task *tasks[DEPTH_MAX];
	struct job jobs[DEPTH_MAX];
	unsigned int depth;
};

struct slab_history {
	struct model *m;
	struct slab_history_config config;
	uint64_t seed;
	struct owned caches[CACHES_MAX];
	unsigned int nr_caches;
	struct live live[LIVE_MAX];
	size_t nr_live;
	bool growing;
	struct slot slots[MODEL_CPUS_MAX];
	bool caches_busy; /* somebody holds the mutex of the list */
	char failed[160];
};

static uint64_t random64(struct slab_history *h)
{
	return random_next(&h->seed);
}

static uint64_t below(struct slab_history *h, uint64_t n)
{
	return random64(h) % n;
}

static bool one_in(struct slab_history *h, uint64_t n)
{
	return !below(h, n);
}

static void ended(struct slab_history *h, enum model_end end, const char *what)
{
	const struct model_oops *oops = model_oops(h->m);

	if (end == MODEL_DONE || h->failed[0])
		return;
	snprintf(h->failed, sizeof(h->failed), "%s: %s at 0x%llx", what,
		 end == MODEL_STUCK ? "waits for ever" : oops->what,
		 (unsigned long long)oops->address);
}

static void live_add(struct slab_history *h, uint64_t cache, uint64_t object)
{
	if (h->nr_live < LIVE_MAX)
		h->live[h->nr_live++] = (struct live){ cache, object };
}

static struct live live_take(struct slab_history *h)
{
	size_t i = below(h, h->nr_live);
	struct live taken = h->live[i];

	h->live[i] = h->live[--h->nr_live];
	return taken;
}

/* Most owners write to what they get; some only here and there. */
static void object_use(struct slab_history *h, uint64_t object, uint32_t size)
{
	uint64_t value = random64(h);

	if (one_in(h, 4))
		return;
	for (uint32_t at = 0; at + 8 <= size; at += 8) {
		model_poke(h->m, object + at, &value, 8);
		value = value << 7 | value >> 57;
		if (one_in(h, 64))
			return;
	}
}

static uint32_t size_choose(struct slab_history *h)
{
	static const uint16_t usual[] = { 8,   16,   24,   32,	 40,   48,   56,   64,	72,  96,
					  104, 128,  136,  192,	 200,  256,  320,  512, 576, 632,
					  704, 1024, 1088, 2048, 2176, 4096, 6144, 8192 };

	if (one_in(h, 3))
		return (uint32_t)(8 + below(h, one_in(h, 4) ? 5000 : 300));
	return usual[below(h, sizeof(usual) / sizeof(usual[0]))];
}

static unsigned int flags_choose(struct slab_history *h)
{
	unsigned int flags = one_in(h, 3) ? MODEL_CACHE_HWCACHE_ALIGN : 0;

	if (one_in(h, 6))
		flags |= MODEL_CACHE_RCU;
	if (one_in(h, 6))
		flags |= MODEL_CACHE_RECLAIM;
	if (one_in(h, 6))
		flags |= MODEL_CACHE_NO_MERGE;
	return flags;
}

static void cache_add(struct slab_history *h, unsigned int cpu)
{
	struct model_cache_args args = {
		.size = size_choose(h),
		.align = one_in(h, 4) ? 8u << below(h, 5) : 0,
		.flags = flags_choose(h),
		.ctor = one_in(h, 6),
	};
	char name[24];
	uint64_t addr;

	if (h->nr_caches == CACHES_MAX)
		return;
	snprintf(name, sizeof(name), "cache-%u-%u", h->nr_caches, (unsigned int)below(h, 10000));
	args.name = name;
	ended(h, slab_create(h->m, cpu, &args, &addr), "create");
	if (addr)
		h->caches[h->nr_caches++] = (struct owned){ addr, args.size, args.ctor };
}

/* Operations. */

static struct owned *cache_choose(struct slab_history *h)
{
	return h->nr_caches ? &h->caches[below(h, h->nr_caches)] : NULL;
}

static uint32_t gfp_choose(struct slab_history *h, bool interrupt)
{
	uint32_t gfp = interrupt || one_in(h, 3) ? model_gfp_atomic(h->m) : model_gfp_kernel(h->m);

	if (one_in(h, 6))
		gfp |= model_gfp(h->m)->zero;
	return gfp;
}

static int node_choose(struct slab_history *h)
{
	return one_in(h, 5) ? (int)below(h, h->m->nr_nodes) : MODEL_ANY_NODE;
}

static void do_alloc(struct slab_history *h, unsigned int cpu, bool interrupt)
{
	struct owned *c = cache_choose(h), of;
	uint64_t object;
	uint32_t gfp;
	int node;

	if (!c)
		return;
	of = *c;
	node = node_choose(h);
	gfp = gfp_choose(h, interrupt);
	ended(h, slab_alloc(h->m, cpu, of.addr, gfp, node, &object), "alloc");
	if (!object)
		return;
	if (!of.ctor)
		object_use(h, object, of.size);
	live_add(h, of.addr, object);
}

static void do_kmalloc(struct slab_history *h, unsigned int cpu, bool interrupt)
{
	size_t size = size_choose(h);
	uint64_t object;
	uint32_t gfp;
	int node;

	node = node_choose(h);
	gfp = gfp_choose(h, interrupt);
	ended(h, slab_kmalloc(h->m, cpu, size, gfp, node, &object), "kmalloc");
	if (object <= 16)
		return;
	object_use(h, object, (uint32_t)size);
	live_add(h, 0, object);
}

static void do_free(struct slab_history *h, unsigned int cpu)
{
	struct live l;

	if (!h->nr_live)
		return;
	l = live_take(h);
	if (!l.cache)
		ended(h, slab_kfree(h->m, cpu, l.object), "kfree");
	else
		ended(h, slab_free_one(h->m, cpu, l.cache, l.object), "free");
}

static bool cache_is_used(const struct slab_history *h, uint64_t cache)
{
	for (size_t i = 0; i < h->nr_live; i++)
		if (h->live[i].cache == cache)
			return true;
	return false;
}

/* Another task may be in the middle of an operation on it. */
static void do_destroy(struct slab_history *h, unsigned int cpu)
{
	struct owned *c = cache_choose(h);
	uint64_t addr;
	bool error;

	if (!c || cache_is_used(h, c->addr) || h->config.concurrent)
		return;
	addr = c->addr;
	*c = h->caches[--h->nr_caches];
	ended(h, slab_destroy_cache(h->m, cpu, addr, &error), "destroy");
}

static void do_tune(struct slab_history *h, unsigned int cpu)
{
	struct owned *c = cache_choose(h);
	uint32_t limit = 1 + (uint32_t)below(h, 130), shared = (uint32_t)below(h, 10);
	uint32_t batchcount = 1 + (uint32_t)below(h, limit);
	bool done;

	/*
	 * Since 4.8 (76b342bdc71b) cache_alloc_refill() gets a new slab with interrupts on, and then puts as many
	 * objects into the array as the batchcount of before says. When the array was replaced meanwhile with a
	 * smaller one, it writes behind its end. No legal history comes out of that.
	 */
	if (h->config.concurrent) {
		limit += BATCHCOUNT_MOST;
		batchcount = 1 + batchcount % BATCHCOUNT_MOST;
	}

	if (c)
		ended(h, slab_tune(h->m, cpu, c->addr, limit, batchcount, shared, &done), "tune");
}

static void do_upkeep(struct slab_history *h, unsigned int cpu)
{
	struct owned *c;
	int ret;

	if (h->caches_busy)
		return;
	h->caches_busy = true;
	switch (below(h, 8)) {
	case 0:
		c = cache_choose(h);
		if (c)
			ended(h, slab_shrink(h->m, cpu, c->addr, &ret), "shrink");
		break;
	case 1:
		cache_add(h, cpu);
		break;
	case 2:
		do_destroy(h, cpu);
		break;
	case 3:
		do_tune(h, cpu);
		break;
	case 4:
		if (!h->config.concurrent)
			ended(h, model_grace_period(h->m, cpu), "grace period");
		break;
	default:
		ended(h, slab_reap(h->m, cpu), "reap");
		break;
	}
	h->caches_busy = false;
}

static void operate(struct slab_history *h, unsigned int cpu, bool interrupt)
{
	bool more = h->growing ? !one_in(h, 3) : one_in(h, 3);

	if (one_in(h, 300))
		h->growing = !h->growing;
	if (h->nr_live > LIVE_MAX - 8 || model_pages_free(h->m) < 256)
		more = false;
	if (!interrupt && one_in(h, 50))
		do_upkeep(h, cpu);
	else if (more && one_in(h, 6))
		do_kmalloc(h, cpu, interrupt);
	else if (more)
		do_alloc(h, cpu, interrupt);
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

static bool task_start(struct slab_history *h, unsigned int cpu)
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
static void cpu_turn(struct slab_history *h, unsigned int cpu)
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

static void run_concurrent(struct slab_history *h)
{
	for (unsigned int i = 0; i < 2 * h->config.operations && !h->failed[0]; i++)
		cpu_turn(h, (unsigned int)below(h, h->m->nr_cpus));
}

static void run_in_turn(struct slab_history *h)
{
	for (unsigned int i = 0; i < h->config.operations && !h->failed[0]; i++)
		operate(h, (unsigned int)below(h, h->m->nr_cpus), false);
}

static struct model *machine_make(struct slab_history *h)
{
	struct model_config config = {
		.era = h->config.era,
		.nr_cpus = 1 + (unsigned int)below(h, 4),
		.nr_nodes = 1 + (unsigned int)below(h, 3),
		.frames = 3072 + 512 * below(h, 3),
		.seed = random64(h),
		.kaslr = one_in(h, 2),
		.percpu_bytes = 0x10000,
	};

	if (one_in(h, 4))
		config.with_own |= SLAB_HAS(AVAIL_LATE);
	if (one_in(h, 8))
		config.with_own |= SLAB_HAS(DEBUG_SLAB);
	if (one_in(h, 4))
		config.without_own |= SLAB_HAS(RANDOM_SEQ);
	if (one_in(h, 2))
		config.without_own |= SLAB_HAS(HARDENED);
	if (h->config.era->features & MODEL_HAS(ZERO_0X100))
		config.init_on_free = one_in(h, 8);
	return model_new(&config);
}

struct slab_history *slab_history_run(const struct slab_history_config *config)
{
	struct slab_history *h = calloc(1, sizeof(*h));
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
	caches = 2 + (unsigned int)below(h, 3);
	while (caches-- && !h->failed[0])
		cache_add(h, 0);
	if (config->concurrent)
		run_concurrent(h);
	else
		run_in_turn(h);
	return h;
}

void slab_history_free(struct slab_history *h)
{
	if (!h)
		return;
	for (unsigned int cpu = 0; cpu < MODEL_CPUS_MAX; cpu++)
		for (unsigned int d = 0; d < h->slots[cpu].depth; d++)
			model_task_end(h->slots[cpu].tasks[d]);
	model_free(h->m);
	free(h);
}

struct model *slab_history_model(struct slab_history *h)
{
	return h->m;
}

bool slab_history_allocated(const struct slab_history *h, size_t n, uint64_t *cache,
			    uint64_t *object)
{
	if (n >= h->nr_live)
		return false;
	*cache = h->live[n].cache;
	*object = h->live[n].object;
	return true;
}

uint64_t slab_history_cache(const struct slab_history *h, size_t n)
{
	return n < h->nr_caches ? h->caches[n].addr : 0;
}

bool slab_history_busy(const struct slab_history *h, unsigned int cpu)
{
	return h->slots[cpu].depth != 0;
}

void slab_history_tell(struct slab_history *h)
{
	for (unsigned int cpu = 0; cpu < h->m->nr_cpus; cpu++)
		model_cpu_note(h->m, cpu,
			       slab_history_busy(h, cpu) ? SLAB_TEXT_ALLOCATOR + 0x10 : 0x401000);
}

const char *slab_history_failed(const struct slab_history *h)
{
	return h->failed[0] ? h->failed : NULL;
}
