// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * slab: faults in struct slab and in the lists of slabs. Nobody else uses these
 * caches, so plain stores do what the kernel does under its locks.
 */
#include <linux/list.h>

#include "slubfault.h"

static void counters_note(struct spot *spot, struct truth *t)
{
	truth_word(t, &spot->slab->counters);
}

PLANT(inuse)
{
	counters_note(spot, t);
	spot->slab->inuse -= 2;
	return 0;
}

PLANT(inuse_high)
{
	counters_note(spot, t);
	spot->slab->inuse = spot->slab->objects + 3;
	return 0;
}

PLANT(objects)
{
	counters_note(spot, t);
	spot->slab->objects += 3;
	return 0;
}

PLANT(frozen)
{
	counters_note(spot, t);
	spot->slab->frozen = !spot->slab->frozen;
	return 0;
}

PLANT(slab_cache)
{
	truth_word(t, &spot->slab->slab_cache);
	spot->slab->slab_cache = spot->other->s;
	t->other = spot->other->s;
	return 0;
}

PLANT(slab_cache_garbage)
{
	truth_word(t, &spot->slab->slab_cache);
	spot->slab->slab_cache = (struct kmem_cache *)GARBAGE;
	return 0;
}

PLANT(nr_partial)
{
	truth_word(t, &spot->n->nr_partial);
	spot->n->nr_partial += 3;
	return 0;
}

/* Unlinked as remove_partial() does, and then forgotten. */
PLANT(lost_slab)
{
	truth_word(t, &spot->slab->slab_list);
	list_del(&spot->slab->slab_list);
	spot->n->nr_partial--;
	return 0;
}

/* As add_partial() does, with a slab that has nothing to give. */
PLANT(full_on_partial)
{
	struct slab *full = bed_full_slab(spot->bed);

	if (!full)
		return -ENOENT;
	truth_word(t, &full->slab_list);
	spot->slab = full;
	list_add(&full->slab_list, &spot->n->partial);
	spot->n->nr_partial++;
	return 0;
}

PLANT(list_next)
{
	truth_word(t, &spot->slab->slab_list.next);
	spot->slab->slab_list.next = (struct list_head *)GARBAGE;
	return 0;
}

PLANT(list_prev)
{
	truth_word(t, &spot->slab->slab_list.prev);
	spot->slab->slab_list.prev = (struct list_head *)GARBAGE;
	return 0;
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

PLANT(two_places)
{
	truth_word(t, &spot->slab->slab_list);
	list_add(&spot->slab->slab_list, &spot->n->partial);
	spot->n->nr_partial++;
	return 0;
}
