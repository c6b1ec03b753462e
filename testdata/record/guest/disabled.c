// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * disabled: damage that the kernel finds by itself. It checks an object when it hands it out, and takes
 * the whole slab out of use when that fails: alloc_debug_processing().
 */
#include "slubfault.h"

/* More than there are free objects in the cache's partial slabs. */
#define ALLOCATIONS_MAX 256u

/* Use after free: the poison of a free object is overwritten. */
static void poison_overwrite(struct spot *spot, void *object)
{
	memcpy(object + spot->s->object_size / 2, "ABCD", 4);
}

/*
 * Allocate until the kernel meets the head of the slab's list, which is what it takes first of that slab.
 * It is refused, and the slab with it.
 */
static int head_refuse(struct spot *spot, void *head)
{
	unsigned int i;

	for (i = 0; i < ALLOCATIONS_MAX; i++) {
		void *object = kmem_cache_alloc(spot->s, GFP_KERNEL);

		if (!object)
			return -ENOMEM;
		if (object == head)
			return -EINVAL;
		if (!READ_ONCE(spot->slab->freelist))
			return 0;
	}
	return -ETIMEDOUT;
}

/* The kernel writes the poison anew, so that nothing shows what was wrong. */
PLANT(disabled)
{
	void *head = chain_at(spot->s, *spot->head, 0);

	if ((spot->s->flags & (SLAB_POISON | SLAB_CONSISTENCY_CHECKS)) !=
	    (SLAB_POISON | SLAB_CONSISTENCY_CHECKS))
		return -EOPNOTSUPP;
	truth_word(t, &spot->slab->counters);
	poison_overwrite(spot, head);
	return head_refuse(spot, head);
}

/* So does another object of the slab, and of that the kernel does not know. */
PLANT(disabled_damaged)
{
	void *other = chain_at(spot->s, *spot->head, 2);
	int err = plant_disabled(spot, t);

	t->object = other;
	t->bad_first = other + spot->s->object_size / 2;
	t->bad_last = t->bad_first + 3;
	poison_overwrite(spot, other);
	return err;
}
