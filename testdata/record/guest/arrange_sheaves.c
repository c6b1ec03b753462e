// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * arrange_sheaves: what arrange.c does, for kernels in which a CPU has sheaves and no
 * slab: main partly full, spare full, sheaves of both kinds in the barn, and slabs
 * with several free objects on the node's partial list.
 */
#include "slubfault.h"

#define PARTIAL_SLABS 4u
#define BARN_SHEAVES 3u
/* A slab that gives objects to sheaves keeps some. */
#define KEPT 4u

static unsigned int sheaf_objects(struct bed *bed)
{
	return (BARN_SHEAVES + 3) * bed->s->sheaf_capacity;
}

static unsigned int donors(struct bed *bed)
{
	return DIV_ROUND_UP(sheaf_objects(bed), bed->per_slab - KEPT) + 1;
}

/* One is to stay full; a sheaf can hold the ends of others. */
unsigned int bed_slabs_wanted(struct bed *bed)
{
	unsigned int ends = DIV_ROUND_UP(bed->s->sheaf_capacity, bed->per_slab) + 2;

	return PARTIAL_SLABS + donors(bed) + 1 + 2 * ends;
}

/* The first slab that is all ours, from *at on. */
static struct bed_slab *whole_slab(struct bed *bed, unsigned int *at)
{
	while (*at < bed->nr_slabs) {
		struct bed_slab *b = &bed->slabs[(*at)++];

		if (b->slab && bed_owned(bed, b) == bed->per_slab)
			return b;
	}
	return NULL;
}

/* Freed to sheaves, which a shrink flushes to the slabs. */
static int partial_list_make(struct bed *bed, unsigned int *at)
{
	unsigned int some = min(5u, bed->per_slab / 2);
	unsigned int i;

	for (i = 0; i < PARTIAL_SLABS; i++) {
		struct bed_slab *b = whole_slab(bed, at);

		if (!b)
			return -EBUSY;
		bed_free_some(bed, b, some + i % 3);
	}
	kmem_cache_shrink(bed->s);
	return 0;
}

static int sheaves_free(struct bed *bed, unsigned int *at, unsigned int count)
{
	while (count) {
		struct bed_slab *b = whole_slab(bed, at);
		unsigned int some = min(count, bed->per_slab - KEPT);

		if (!b)
			return -EBUSY;
		bed_free_some(bed, b, some);
		count -= some;
	}
	return 0;
}

/*
 * The frees fill main, then spare, then the barn. The allocations empty main and
 * spare and take a full sheaf from the barn for an empty one; the frees that follow
 * fill spare again.
 */
static int sheaves_make(struct bed *bed, unsigned int *at)
{
	unsigned int capacity = bed->s->sheaf_capacity;
	int err = sheaves_free(bed, at, (BARN_SHEAVES + 1) * capacity + capacity / 2);

	if (!err)
		err = bed_alloc(bed, capacity / 2 + capacity + 1);
	if (!err)
		err = sheaves_free(bed, at, 1 + capacity / 2);
	return err;
}

int bed_arrange(struct bed *bed)
{
	unsigned int count = (PARTIAL_SLABS + donors(bed) + 1) * bed->per_slab;
	unsigned int at = 0;
	int err = bed_alloc(bed, count);

	if (!err)
		err = partial_list_make(bed, &at);
	return err ? err : sheaves_make(bed, &at);
}

/* Not the first: it has two neighbours. */
static struct slab *spot_slab(struct spot *spot)
{
	struct slab *slab;
	bool first = true;

	list_for_each_entry(slab, &spot->n->partial, slab_list)
	{
		bool fits = !first && bed_allocated(spot->bed, slab);

		first = false;
		if (fits && slab->objects - slab->inuse >= 4)
			return slab;
	}
	return NULL;
}

static struct slab_sheaf *spot_sheaf(struct spot *spot)
{
	switch (spot->place) {
	case SHEAF_MAIN:
		return spot->pcs->main;
	case SHEAF_SPARE:
		return spot->pcs->spare;
	case BARN_FULL:
		return list_first_entry_or_null(&spot->barn->sheaves_full, struct slab_sheaf,
						barn_list);
	default:
		return NULL;
	}
}

static bool is_arranged(struct spot *spot)
{
	struct slub_percpu_sheaves *pcs = spot->pcs;

	return pcs->main->size >= 2 && pcs->main->size < spot->s->sheaf_capacity && pcs->spare &&
	       pcs->spare->size == spot->s->sheaf_capacity && spot->barn->nr_full >= 2 &&
	       spot->barn->nr_empty;
}

int spot_find(struct spot *spot)
{
	spot->cpu = raw_smp_processor_id();
	spot->node = numa_mem_id();
	spot->s = spot->bed->s;
	spot->n = node_of(spot->s, spot->node);
	spot->pcs = per_cpu_ptr(spot->s->cpu_sheaves, spot->cpu);
	spot->barn = spot->s->per_node[spot->node].barn;
	if (!is_arranged(spot))
		return -EBUSY;
	spot->sheaf = spot_sheaf(spot);
	if (spot->place != NODE_PARTIAL)
		return 0;
	spot->slab = spot_slab(spot);
	if (!spot->slab)
		return -ENOENT;
	spot->head = &spot->slab->freelist;
	spot->length = chain_length(spot->s, *spot->head);
	return spot->length >= 4 ? 0 : -ENOENT;
}
