// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * arrange: brings a cache of the module's own into a state in which every list
 * of the allocator has slabs with several free objects, by nothing but legal
 * allocations and frees on one CPU.
 */
#include <linux/err.h>
#include <linux/mm.h>
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

/*
 * Content of an allocated object: a mark that no reader takes for a pointer,
 * so that a live object never looks like a free one.
 */
static void object_stamp(struct bed *bed, void *object, unsigned int slab, unsigned int index)
{
	u64 *word = object;
	unsigned int i;

	for (i = 0; i < bed->s->object_size / sizeof(*word); i++)
		word[i] = 0x51ab000000000000ull | (u64)slab << 32 | (u64)index << 16 | i;
}

/* Allocates count objects, all of one new slab: the cache has no other. */
static int slab_fill(struct bed *bed, unsigned int i, unsigned int count)
{
	struct bed_slab *b = &bed->slabs[i];
	unsigned int j;

	b->objects = kvcalloc(bed->per_slab, sizeof(*b->objects), GFP_KERNEL);
	if (!b->objects)
		return -ENOMEM;
	for (j = 0; j < count; j++) {
		void *object = kmem_cache_alloc(bed->s, GFP_KERNEL);

		if (!object)
			return -ENOMEM;
		object_stamp(bed, object, i, j);
		b->objects[j] = object;
		if (!j)
			b->slab = slab_of(object);
		if (slab_of(object) != b->slab || b->slab->slab_cache != bed->s)
			return -EBUSY;
	}
	return 0;
}

/* Frees up to count objects of slab i, scattered over it. */
static void slab_free_some(struct bed *bed, unsigned int i, unsigned int count)
{
	struct bed_slab *b = &bed->slabs[i];
	unsigned int at = i;

	while (count--) {
		at = (at + 5) % bed->per_slab;
		while (!b->objects[at])
			at = (at + 1) % bed->per_slab;
		kmem_cache_free(bed->s, b->objects[at]);
		b->objects[at] = NULL;
	}
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

/*
 * The first free to a full slab freezes it onto this CPU's partial list, and
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
		slab_free_some(bed, i, some + i % 3);
	}
	return -EBUSY;
}

struct remote_free {
	struct bed *bed;
	unsigned int slab;
};

static long remote_free_fn(void *data)
{
	struct remote_free *r = data;

	slab_free_some(r->bed, r->slab, REMOTE_FREES);
	return 0;
}

/*
 * Objects of a cpu slab that another CPU frees go onto the slab's own
 * freelist, not onto the cpu freelist.
 */
static void cpu_slab_remote_frees(struct bed *bed)
{
	struct remote_free r = { bed, bed->nr_slabs - 1 };
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		if (cpu == raw_smp_processor_id())
			continue;
		work_on_cpu(cpu, remote_free_fn, &r);
		return;
	}
}

/*
 * A usercopy region keeps the cache from being merged (kmem_cache_create_
 * usercopy() looks for an alias only when usersize is 0) and, unlike a
 * constructor or a debug flag, leaves the freepointer where it is.
 */
int bed_make(struct bed *bed, const char *name, unsigned int size)
{
	unsigned int i;
	int err = 0;

	bed->name = name;
	bed->s = kmem_cache_create_usercopy(name, size, 0, 0, 0, size, NULL);
	if (!bed->s)
		return -ENOMEM;
	bed->per_slab = bed->s->oo.x & 0xffff;
	bed->nr_slabs = 2 * cpu_partial_room(bed->s) + 8;
	bed->slabs = kvcalloc(bed->nr_slabs, sizeof(*bed->slabs), GFP_KERNEL);
	if (!bed->slabs)
		return -ENOMEM;
	for (i = 0; i < bed->nr_slabs - 1 && !err; i++)
		err = slab_fill(bed, i, bed->per_slab);
	/* The last slab stays this CPU's cpu slab, partly free. */
	if (!err)
		err = slab_fill(bed, i, bed->per_slab - bed->per_slab / 3);
	if (err)
		return err;
	err = partial_lists_make(bed);
	if (!err && bed->per_slab > 4 * REMOTE_FREES)
		cpu_slab_remote_frees(bed);
	return err;
}

struct bed_slab *bed_slab_of(struct bed *bed, const struct slab *slab)
{
	unsigned int i;

	for (i = 0; i < bed->nr_slabs; i++) {
		if (bed->slabs[i].slab == slab)
			return &bed->slabs[i];
	}
	return NULL;
}

/* An allocated object of the slab, from its middle. */
void *bed_allocated(struct bed *bed, const struct slab *slab)
{
	struct bed_slab *b = bed_slab_of(bed, slab);
	unsigned int i;

	for (i = 0; b && i < bed->per_slab; i++) {
		unsigned int at = (i + bed->per_slab / 2) % bed->per_slab;

		if (b->objects[at])
			return b->objects[at];
	}
	return NULL;
}

/* The same, and the bed forgets it: the caller frees it. */
void *bed_take(struct bed *bed, const struct slab *slab)
{
	struct bed_slab *b = bed_slab_of(bed, slab);
	void *object = bed_allocated(bed, slab);
	unsigned int i;

	for (i = 0; object && i < bed->per_slab; i++) {
		if (b->objects[i] == object)
			b->objects[i] = NULL;
	}
	return object;
}

/* partial_lists_make() leaves the last but one slab full and on no list. */
struct slab *bed_full_slab(struct bed *bed)
{
	struct slab *slab = bed->slabs[bed->nr_slabs - 2].slab;

	return slab->freelist || slab->frozen ? NULL : slab;
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
