// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * cpu: faults in what a CPU has, where that is a slab and a list of slabs.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/workqueue.h>

#include "slubfault.h"

/* init_tid() starts at the CPU's number and next_tid() adds TID_STEP. */
PLANT(tid)
{
	return word_set(t, &spot->c->tid, spot->c->tid + 1);
}

/* A freelist that belongs to no slab: half of what flush_slab() does. */
PLANT(cpu_stray)
{
	t->other = spot->slab;
	return word_set(t, &spot->c->slab, 0);
}

PLANT(cpu_slab_page)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	t->other = page;
	return word_set(t, &spot->c->slab, (u64)page);
}

/* slub_cpu_dead() flushes a CPU that goes; this one kept its slab. */
PLANT(offline_leftover)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		struct kmem_cache_cpu *c = per_cpu_ptr(spot->s->cpu_slab, cpu);

		if (cpu_online(cpu))
			continue;
		c->freelist = spot->c->freelist;
		word_set(t, &c->slab, (u64)spot->c->slab);
		spot->c->freelist = NULL;
		spot->c->slab = NULL;
		spot->cpu = cpu;
		return 0;
	}
	return -ENODEV;
}

PLANT(cache_cpu_slab)
{
	return word_set(t, &spot->s->cpu_slab, GARBAGE);
}

PLANT(cpu_partial_next)
{
	spot->slab = spot->c->partial;
	truth_word(t, &spot->slab->next);
	spot->slab->next = (struct slab *)GARBAGE;
	return 0;
}

/* put_cpu_partial() reads the length of the list from its first slab. */
PLANT(cpu_partial_count)
{
	spot->slab = spot->c->partial;
	truth_word(t, &spot->slab->slabs);
	t->width = sizeof(spot->slab->slabs);
	spot->slab->slabs += 3;
	return 0;
}

/* What belongs to a CPU is put where all can take it. */
PLANT(two_places)
{
	truth_word(t, &spot->slab->slab_list);
	partial_add(spot->n, spot->slab);
	return 0;
}

struct free_there {
	struct kmem_cache *s;
	void *object;
};

static long free_there_fn(void *data)
{
	struct free_there *f = data;

	kmem_cache_free(f->s, f->object);
	return 0;
}

static int free_elsewhere(struct spot *spot, void *object)
{
	struct free_there f = { spot->s, object };
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		if (cpu == spot->cpu)
			continue;
		work_on_cpu(cpu, free_there_fn, &f);
		return 0;
	}
	return -ENODEV;
}

/*
 * An object that this CPU freed is freed by another CPU again. __slab_free()
 * puts it onto the slab's own freelist while it stays on the cpu freelist.
 */
PLANT(two_lists)
{
	unsigned int i = (spot->length - 1) / 2;
	void *object = chain_at(spot->s, *spot->head, i);

	truth_object(t, spot->s, object, i);
	return free_elsewhere(spot, object);
}

/*
 * The other CPU is first: the object is the head of both lists, and its link is that of the
 * cpu freelist. What was on the slab's own freelist before is lost.
 */
PLANT(two_lists_reverse)
{
	void *object = bed_take(spot->bed, spot->slab);
	int err;

	if (!object)
		return -ENOENT;
	t->orphans = chain_length(spot->s, spot->slab->freelist);
	err = free_elsewhere(spot, object);
	if (err)
		return err;
	truth_object(t, spot->s, object, 0);
	kmem_cache_free(spot->s, object);
	return 0;
}
