/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/machine/workload.h"
#include "model/slab/slab.h"

#define CACHES_MAX 6
#define BATCHCOUNT_MOST 60u /* that enable_cpucache() sets */

struct owned {
	uint64_t addr;
	uint32_t size;
	bool ctor;
};

struct slab_history {
	struct workload work;
	struct slab_history_config config;
	struct owned caches[CACHES_MAX];
	unsigned int nr_caches;
	bool caches_busy; /* somebody holds the mutex of the list */
};

static unsigned int flags_choose(struct slab_history *h)
{
	unsigned int flags = work_one_in(&h->work, 3) ? MODEL_CACHE_HWCACHE_ALIGN : 0;

	if (work_one_in(&h->work, 6))
		flags |= MODEL_CACHE_RCU;
	if (work_one_in(&h->work, 6))
		flags |= MODEL_CACHE_RECLAIM;
	if (work_one_in(&h->work, 6))
		flags |= MODEL_CACHE_NO_MERGE;
	return flags;
}

static void cache_add(struct slab_history *h, unsigned int cpu)
{
	struct model_cache_args args = {
		.size = work_size(&h->work, 8),
		.align = work_one_in(&h->work, 4) ? 8u << work_below(&h->work, 5) : 0,
		.flags = flags_choose(h),
		.ctor = work_one_in(&h->work, 6),
	};
	char name[24];
	uint64_t addr;

	if (h->nr_caches == CACHES_MAX)
		return;
	snprintf(name, sizeof(name), "cache-%u-%u", h->nr_caches,
		 (unsigned int)work_below(&h->work, 10000));
	args.name = name;
	work_ended(&h->work, slab_create(h->work.m, cpu, &args, &addr), "create");
	if (addr)
		h->caches[h->nr_caches++] = (struct owned){ addr, args.size, args.ctor };
}

/* Operations. */

static struct owned *cache_choose(struct slab_history *h)
{
	return h->nr_caches ? &h->caches[work_below(&h->work, h->nr_caches)] : NULL;
}

static uint32_t gfp_choose(struct slab_history *h, bool interrupt)
{
	uint32_t gfp = interrupt || work_one_in(&h->work, 3) ? model_gfp_atomic(h->work.m)
							     : model_gfp_kernel(h->work.m);

	if (work_one_in(&h->work, 6))
		gfp |= model_gfp(h->work.m)->zero;
	return gfp;
}

static int node_choose(struct slab_history *h)
{
	return work_one_in(&h->work, 5) ? (int)work_below(&h->work, h->work.m->nr_nodes)
					: MODEL_ANY_NODE;
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
	work_ended(&h->work, slab_alloc(h->work.m, cpu, of.addr, gfp, node, &object), "alloc");
	if (!object)
		return;
	if (!of.ctor)
		object_use(&h->work, object, of.size);
	live_add(&h->work, of.addr, object);
}

static void do_kmalloc(struct slab_history *h, unsigned int cpu, bool interrupt)
{
	size_t size = work_size(&h->work, 8);
	uint64_t object;
	uint32_t gfp;
	int node;

	node = node_choose(h);
	gfp = gfp_choose(h, interrupt);
	work_ended(&h->work, slab_kmalloc(h->work.m, cpu, size, gfp, node, &object), "kmalloc");
	if (object <= 16)
		return;
	object_use(&h->work, object, (uint32_t)size);
	live_add(&h->work, 0, object);
}

static void do_free(struct slab_history *h, unsigned int cpu)
{
	struct live l;

	if (!h->work.nr_live)
		return;
	l = live_take(&h->work);
	if (!l.cache)
		work_ended(&h->work, slab_kfree(h->work.m, cpu, l.object), "kfree");
	else
		work_ended(&h->work, slab_free_one(h->work.m, cpu, l.cache, l.object), "free");
}

static bool cache_is_used(const struct slab_history *h, uint64_t cache)
{
	for (size_t i = 0; i < h->work.nr_live; i++)
		if (h->work.live[i].cache == cache)
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
	work_ended(&h->work, slab_destroy_cache(h->work.m, cpu, addr, &error), "destroy");
}

static void do_tune(struct slab_history *h, unsigned int cpu)
{
	struct owned *c = cache_choose(h);
	uint32_t limit = 1 + (uint32_t)work_below(&h->work, 130),
		 shared = (uint32_t)work_below(&h->work, 10);
	uint32_t batchcount = 1 + (uint32_t)work_below(&h->work, limit);
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
		work_ended(&h->work,
			   slab_tune(h->work.m, cpu, c->addr, limit, batchcount, shared, &done),
			   "tune");
}

static void do_upkeep(struct slab_history *h, unsigned int cpu)
{
	struct owned *c;
	int ret;

	if (h->caches_busy)
		return;
	h->caches_busy = true;
	switch (work_below(&h->work, 8)) {
	case 0:
		c = cache_choose(h);
		if (c)
			work_ended(&h->work, slab_shrink(h->work.m, cpu, c->addr, &ret), "shrink");
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
			work_ended(&h->work, model_grace_period(h->work.m, cpu), "grace period");
		break;
	default:
		work_ended(&h->work, slab_reap(h->work.m, cpu), "reap");
		break;
	}
	h->caches_busy = false;
}

static void operate(void *ctx, unsigned int cpu, bool interrupt)
{
	struct slab_history *h = ctx;
	bool more = h->work.growing ? !work_one_in(&h->work, 3) : work_one_in(&h->work, 3);

	if (work_one_in(&h->work, 300))
		h->work.growing = !h->work.growing;
	if (h->work.nr_live > LIVE_MAX - 8 || model_pages_free(h->work.m) < 256)
		more = false;
	if (!interrupt && work_one_in(&h->work, 50))
		do_upkeep(h, cpu);
	else if (more && work_one_in(&h->work, 6))
		do_kmalloc(h, cpu, interrupt);
	else if (more)
		do_alloc(h, cpu, interrupt);
	else
		do_free(h, cpu);
}

static struct model *machine_make(struct slab_history *h)
{
	struct model_config config = {
		.era = h->config.era,
		.nr_cpus = 1 + (unsigned int)work_below(&h->work, 4),
		.nr_nodes = 1 + (unsigned int)work_below(&h->work, 3),
		.frames = 3072 + 512 * work_below(&h->work, 3),
		.seed = work_random(&h->work),
		.kaslr = work_one_in(&h->work, 2),
		.percpu_bytes = 0x10000,
	};

	if (work_one_in(&h->work, 4))
		config.with_own |= SLAB_HAS(AVAIL_LATE);
	if (work_one_in(&h->work, 8))
		config.with_own |= SLAB_HAS(DEBUG_SLAB);
	if (work_one_in(&h->work, 4))
		config.without_own |= SLAB_HAS(RANDOM_SEQ);
	if (work_one_in(&h->work, 2))
		config.without_own |= SLAB_HAS(HARDENED);
	if (h->config.era->features & MODEL_HAS(ZERO_0X100))
		config.init_on_free = work_one_in(&h->work, 8);
	return model_new(&config);
}

struct slab_history *slab_history_run(const struct slab_history_config *config)
{
	struct slab_history *h = calloc(1, sizeof(*h));
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
	caches = 2 + (unsigned int)work_below(&h->work, 3);
	while (caches-- && !h->work.failed[0])
		cache_add(h, 0);
	work_run(&h->work, config->operations, config->concurrent);
	return h;
}

void slab_history_free(struct slab_history *h)
{
	if (!h)
		return;
	work_free(&h->work);
	free(h);
}

struct model *slab_history_model(struct slab_history *h)
{
	return h->work.m;
}

bool slab_history_allocated(const struct slab_history *h, size_t n, uint64_t *cache,
			    uint64_t *object)
{
	return live_get(&h->work, n, cache, object);
}

uint64_t slab_history_cache(const struct slab_history *h, size_t n)
{
	return n < h->nr_caches ? h->caches[n].addr : 0;
}

bool slab_history_busy(const struct slab_history *h, unsigned int cpu)
{
	return h->work.slots[cpu].depth != 0;
}

void slab_history_tell(struct slab_history *h)
{
	for (unsigned int cpu = 0; cpu < h->work.m->nr_cpus; cpu++)
		model_cpu_note(h->work.m, cpu,
			       slab_history_busy(h, cpu) ? SLAB_TEXT_ALLOCATOR + 0x10 : 0x401000);
}

const char *slab_history_failed(const struct slab_history *h)
{
	return h->work.failed[0] ? h->work.failed : NULL;
}
