// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * cache: faults in struct kmem_cache and struct kmem_cache_cpu.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>

#include "slubfault.h"

/* Canonical and in no region that x86-64 maps: a hole above the modules. */
#define UNMAPPED 0xffffffffff3c5000ull

static int word_set(struct truth *t, void *word, u64 now)
{
	truth_word(t, word);
	WRITE_ONCE(*(u64 *)word, now);
	return 0;
}

static int half_set(struct truth *t, void *word, u32 now)
{
	t->slot = word;
	t->width = sizeof(now);
	t->before = *(u32 *)word;
	WRITE_ONCE(*(u32 *)word, now);
	return 0;
}

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

PLANT(cache_random)
{
#ifdef CONFIG_SLAB_FREELIST_HARDENED
	return word_set(t, &spot->s->random, 0x4242424242424242ull);
#else
	return -EOPNOTSUPP;
#endif
}

PLANT(cache_name)
{
	return word_set(t, &spot->s->name, UNMAPPED);
}

PLANT(cache_size)
{
	return half_set(t, &spot->s->size, 0);
}

PLANT(cache_size_huge)
{
	return half_set(t, &spot->s->size, 0x7fffff00);
}

PLANT(cache_node)
{
	return word_set(t, &spot->s->node[spot->node], UNMAPPED);
}

PLANT(cache_cpu_slab)
{
	return word_set(t, &spot->s->cpu_slab, GARBAGE);
}

PLANT(cache_list)
{
	return word_set(t, &spot->s->list.next, GARBAGE);
}
