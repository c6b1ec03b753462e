// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * arrange: brings a cache of the module's own into a state in which every list
 * of the allocator has slabs with several free objects, by nothing but legal
 * allocations and frees on one CPU. For kernels in which a CPU has a slab.
 */
#include <linux/workqueue.h>

#include "slubfault.h"

#define WANTED_NODE_PARTIAL 3u
#define WANTED_CPU_PARTIAL 3u
#define REMOTE_FREES 3u

static struct kmem_cache_cpu *this_cpu_of(struct kmem_cache *s)
{
	return per_cpu_ptr(s->cpu_slab, raw_smp_processor_id());
}

static struct kmem_cache_node *this_node_of(struct kmem_cache *s)
{
	return node_of(s, numa_mem_id());
}

static unsigned int cpu_partial_count(struct kmem_cache *s)
{
	struct slab *partial = this_cpu_of(s)->partial;

	return partial ? partial->slabs : 0;
}

/* After so many first frees to full slabs, at most, the list is full. */
static unsigned int cpu_partial_room(struct kmem_cache *s)
{
#ifdef HAS_kmem_cache__cpu_partial_slabs
	return s->cpu_partial_slabs;
#else
	return s->cpu_partial;
#endif
}

unsigned int bed_slabs_wanted(struct bed *bed)
{
	return 2 * cpu_partial_room(bed->s) + 8;
}

/*
 * The first free to a full slab puts it onto this CPU's partial list, and
 * put_cpu_partial() moves a list that is full to the node: enough such frees
 * populate both, without a flush that would take the cpu slab away.
 */
static int partial_lists_make(struct bed *bed)
{
	unsigned int wanted = min(WANTED_CPU_PARTIAL, cpu_partial_room(bed->s));
	unsigned int some = min(5u, bed->per_slab / 2);
	unsigned int i;

	for (i = 0; i < bed->nr_slabs - 3; i++) {
		if (this_node_of(bed->s)->nr_partial >= WANTED_NODE_PARTIAL &&
		    cpu_partial_count(bed->s) >= wanted)
			return 0;
		bed_free_some(bed, &bed->slabs[i], some + i % 3);
	}
	return -EBUSY;
}

static long remote_free_fn(void *data)
{
	struct bed *bed = data;

	bed_free_some(bed, &bed->slabs[bed->nr_slabs - 1], REMOTE_FREES);
	return 0;
}

/*
 * Objects of a cpu slab that another CPU frees go onto the slab's own
 * freelist, not onto the cpu freelist.
 */
static void cpu_slab_remote_frees(struct bed *bed)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		if (cpu == raw_smp_processor_id())
			continue;
		work_on_cpu(cpu, remote_free_fn, bed);
		return;
	}
}

/*
 * The cache has no other slabs, so it fills one after the other. The last one stays
 * this CPU's cpu slab, partly free.
 */
int bed_arrange(struct bed *bed)
{
	int err = bed_alloc(bed, bed->nr_slabs * bed->per_slab - bed->per_slab / 3);

	if (!err)
		err = partial_lists_make(bed);
	if (!err && bed->per_slab > 4 * REMOTE_FREES)
		cpu_slab_remote_frees(bed);
	return err;
}

/* The second slab of a list where there is one: it has two neighbours. */
static struct slab *spot_slab(struct spot *spot)
{
	struct list_head *first = spot->n->partial.next;

	switch (spot->place) {
	case CPU:
		return spot->c->slab;
	case CPU_PARTIAL:
		if (spot->c->partial && spot->c->partial->next)
			return spot->c->partial->next;
		return spot->c->partial;
	case NODE_PARTIAL:
		return list_entry(first->next, struct slab, slab_list);
	default:
		return NULL;
	}
}

int spot_find(struct spot *spot)
{
	spot->cpu = raw_smp_processor_id();
	spot->node = numa_mem_id();
	spot->s = spot->bed->s;
	spot->c = this_cpu_of(spot->s);
	spot->n = this_node_of(spot->s);
	spot->slab = spot_slab(spot);
	if (!spot->slab)
		return spot->place == NOWHERE ? 0 : -ENOENT;
	spot->head = &spot->slab->freelist;
	if (spot->place == CPU)
		spot->head = (void **)&spot->c->freelist;
	spot->length = chain_length(spot->s, *spot->head);
	return spot->length >= 4 ? 0 : -ENOENT;
}
