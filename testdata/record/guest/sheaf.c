// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * sheaf: faults in sheaves, in what leads to them and in barns.
 */
#include <linux/cpumask.h>
#include <linux/list.h>

#include "slubfault.h"

/* In the kernel an array without a size. */
static void **sheaf_objects(struct slab_sheaf *sheaf)
{
	return (void *)sheaf + offsetof(struct slab_sheaf, objects);
}

static int word32_set(struct truth *t, unsigned int *word, unsigned int now)
{
	t->slot = word;
	t->width = sizeof(*word);
	t->before = *word;
	WRITE_ONCE(*word, now);
	return 0;
}

/* An entry from the middle of the sheaf gives way to this. */
static int entry_set(struct spot *spot, struct truth *t, u64 now)
{
	return word_set(t, &sheaf_objects(spot->sheaf)[spot->sheaf->size / 2], now);
}

static int entry_lead(struct spot *spot, struct truth *t, void *object)
{
	if (!object)
		return -ENOENT;
	t->other = object;
	return entry_set(spot, t, (u64)object);
}

PLANT(sheaf_garbage)
{
	return entry_set(spot, t, GARBAGE);
}

PLANT(sheaf_null)
{
	return entry_set(spot, t, 0);
}

PLANT(sheaf_bit_flip)
{
	u64 entry = (u64)sheaf_objects(spot->sheaf)[spot->sheaf->size / 2];

	return entry_set(spot, t, entry ^ (1ull << (param_bit & 63)));
}

PLANT(sheaf_inside)
{
	void *entry = sheaf_objects(spot->sheaf)[spot->sheaf->size / 2];

	return entry_lead(spot, t, entry + min(8u, spot->s->size / 2));
}

PLANT(sheaf_foreign)
{
	struct slab *full = bed_full_slab(spot->other);

	return entry_lead(spot, t, full ? bed_allocated(spot->other, full) : NULL);
}

PLANT(sheaf_twice)
{
	return entry_lead(spot, t, sheaf_objects(spot->sheaf)[0]);
}

/* Another sheaf of this CPU has it too. */
PLANT(sheaf_two)
{
	struct slab_sheaf *other = spot->place == SHEAF_MAIN ? spot->pcs->spare : spot->pcs->main;

	return entry_lead(spot, t, sheaf_objects(other)[0]);
}

PLANT(sheaf_free)
{
	struct slab *slab = list_last_entry(&spot->n->partial, struct slab, slab_list);

	return entry_lead(spot, t, slab->freelist);
}

/* A, B, A: nothing looks at what the sheaf holds already. */
PLANT(sheaf_double_free)
{
	struct slab *full = bed_full_slab(spot->bed);
	void *a = full ? bed_take(spot->bed, full) : NULL;
	void *b = full ? bed_take(spot->bed, full) : NULL;
	struct slab_sheaf *main = spot->pcs->main;

	if (!a || !b || main->size + 3 > spot->s->sheaf_capacity)
		return -ENOENT;
	kmem_cache_free(spot->s, a);
	kmem_cache_free(spot->s, b);
	truth_word(t, &sheaf_objects(main)[main->size]);
	t->other = a;
	kmem_cache_free(spot->s, a);
	return 0;
}

PLANT(sheaf_size)
{
	return word32_set(t, &spot->sheaf->size, spot->s->sheaf_capacity + 3);
}

PLANT(sheaf_cache)
{
	t->other = spot->other->s;
	return word_set(t, &spot->sheaf->cache, (u64)spot->other->s);
}

PLANT(sheaf_cache_garbage)
{
	return word_set(t, &spot->sheaf->cache, GARBAGE);
}

PLANT(sheaf_pointer)
{
	if (spot->place == SHEAF_MAIN)
		return word_set(t, &spot->pcs->main, GARBAGE);
	return word_set(t, &spot->pcs->spare, GARBAGE);
}

PLANT(sheaf_shared)
{
	t->other = spot->pcs->main;
	return word_set(t, &spot->pcs->spare, (u64)spot->pcs->main);
}

PLANT(barn_pointer)
{
	return word_set(t, &spot->s->per_node[spot->node].barn, GARBAGE);
}

PLANT(barn_nr_full)
{
	return word32_set(t, &spot->barn->nr_full, spot->barn->nr_full + 3);
}

PLANT(barn_nr_empty)
{
	return word32_set(t, &spot->barn->nr_empty, spot->barn->nr_empty + 3);
}

PLANT(barn_next)
{
	return word_set(t, &spot->sheaf->barn_list.next, GARBAGE);
}

PLANT(barn_prev)
{
	return word_set(t, &spot->sheaf->barn_list.prev, GARBAGE);
}

/* An empty sheaf among the full ones. */
PLANT(barn_full_empty)
{
	return word32_set(t, &spot->sheaf->size, 0);
}

PLANT(cache_cpu_sheaves)
{
	return word_set(t, &spot->s->cpu_sheaves, GARBAGE);
}

/* slub_cpu_dead() flushes a CPU that goes; this one kept what it had. */
PLANT(offline_leftover)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		struct slub_percpu_sheaves *pcs = per_cpu_ptr(spot->s->cpu_sheaves, cpu);

		if (cpu_online(cpu))
			continue;
		word_set(t, &pcs->spare, (u64)spot->pcs->spare);
		spot->pcs->spare = NULL;
		spot->cpu = cpu;
		return 0;
	}
	return -ENODEV;
}
