// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * load: no fault, but threads on every CPU that use caches of many shapes in
 * every way there is, for ever, so that a dump can catch any moment.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#ifdef CONFIG_SLAB
#include "slabfault.h"
#else
#include "slubfault.h"
#endif

#define POOL 192u
#define BULK 24u
#define THREADS_PER_CPU 2

/* Any thread may take any object out of a pool: half the frees are remote. */
struct pool {
	struct kmem_cache *s;
	void *object[POOL];
};

struct delayed {
	struct rcu_head rcu;
	u64 content[6];
};

static struct pool pools[12];
static unsigned int nr_pools;

static void ctor(void *object)
{
	memset(object, 0x33, 16);
}

static int pool_add(unsigned int size, slab_flags_t flags, void (*fn)(void *))
{
	static const char *const names[ARRAY_SIZE(pools)] = {
		"slubfault_load0", "slubfault_load1", "slubfault_load2",  "slubfault_load3",
		"slubfault_load4", "slubfault_load5", "slubfault_load6",  "slubfault_load7",
		"slubfault_load8", "slubfault_load9", "slubfault_load10", "slubfault_load11",
	};
	struct pool *pool = &pools[nr_pools];

	pool->s = kmem_cache_create_usercopy(names[nr_pools], size, 0, flags, 0, size, fn);
	if (!pool->s)
		return -ENOMEM;
	nr_pools++;
	return 0;
}

static int pools_make(void)
{
	static const unsigned int sizes[] = { 8, 24, 64, 96, 192, 520, 1024, 4096 };
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(sizes) && !err; i++)
		err = pool_add(sizes[i], 0, NULL);
	if (!err)
		err = pool_add(128, SLAB_TYPESAFE_BY_RCU, NULL);
	if (!err)
		err = pool_add(200, 0, ctor);
	if (!err)
		err = pool_add(72, SLAB_HWCACHE_ALIGN | SLAB_RECLAIM_ACCOUNT, NULL);
	return err;
}

static void swap_one(struct pool *pool, u32 r)
{
	void *fresh = r & 1 ? kmem_cache_alloc(pool->s, GFP_KERNEL) : NULL;
	void *old;

	/* Before others can see it: one of them may free it at once. */
	if (fresh && !pool->s->ctor)
		memset(fresh, 0x77, pool->s->object_size);
	old = xchg(&pool->object[(r >> 8) % POOL], fresh);
	if (old)
		kmem_cache_free(pool->s, old);
}

/* All or none. Up to 6.12 at least kmem_cache_alloc_bulk() says how many; in 7.2 it returns a bool. */
static void bulk(struct pool *pool)
{
	void *objects[BULK];
	bool got = kmem_cache_alloc_bulk(pool->s, GFP_KERNEL, BULK, objects);

	cond_resched();
	if (got)
		kmem_cache_free_bulk(pool->s, BULK, objects);
}

/* Empties a pool at once: whole slabs go back to the page allocator. */
static void drain(struct pool *pool)
{
	unsigned int i;

	for (i = 0; i < POOL; i++) {
		void *old = xchg(&pool->object[i], NULL);

		if (old)
			kmem_cache_free(pool->s, old);
	}
}

static void delayed_free(void)
{
	struct delayed *d = kmalloc(sizeof(*d), GFP_KERNEL);

	if (d)
		kfree_rcu(d, rcu);
}

static int load_thread(void *unused)
{
	while (!kthread_should_stop()) {
		u32 r = get_random_u32();
		struct pool *pool = &pools[r % nr_pools];
		u32 what = (r >> 20) % 1024;

		if (what < 2)
			kmem_cache_shrink(pool->s);
		else if (what < 6)
			drain(pool);
		else if (what < 60)
			bulk(pool);
		else if (what < 160)
			delayed_free();
		else
			swap_one(pool, get_random_u32());
		cond_resched();
	}
	return 0;
}

static int load_start(void)
{
	int err = pools_make();
	unsigned int cpu;
	int i;

	if (err)
		return err;
	for_each_online_cpu(cpu)
	{
		for (i = 0; i < THREADS_PER_CPU; i++) {
			struct task_struct *task =
				kthread_create(load_thread, NULL, "slubfault/%u", cpu);

			if (IS_ERR(task))
				return PTR_ERR(task);
			kthread_bind(task, cpu);
			wake_up_process(task);
		}
	}
	return 0;
}

#ifdef CONFIG_SLAB
int plant_load(struct bed *bed, struct bed *other, struct slab_truth *t)
{
	t->cache = NULL;
	return load_start();
}
#else
PLANT(load)
{
	spot->s = NULL;
	return load_start();
}
#endif
