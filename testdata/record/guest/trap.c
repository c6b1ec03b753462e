// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * trap: misuse that the allocator notices, and stops the kernel for. The console has the truth about
 * the trap: which BUG, in which function.
 */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "slubfault.h"

/* An address of the direct map beyond any memory of a guest. */
#define BEYOND_MEMORY (4ull << 40)

static void *trap_object(struct spot *spot)
{
	struct bed *bed = spot->bed;
	unsigned int i;

	if (spot->slab)
		return bed_take(bed, spot->slab);
	for (i = bed->nr_slabs; i--;) {
		if (bed->slabs[i].slab && bed_owned(bed, &bed->slabs[i]))
			return bed_take(bed, bed->slabs[i].slab);
	}
	return NULL;
}

static int trap_tell(const char *fault, struct spot *spot, struct truth *t, void *object)
{
	if (object) {
		t->object = object;
		spot->slab = slab_of(object);
	}
	truth_print(fault, spot, t);
	return -ECANCELED;
}

/*
 * Freed twice in a row. Where CPUs own slabs the second free finds the object at the head of the
 * list that it is to go to: BUG_ON(object == fp) of set_freepointer() (4.14). Sheaves take it
 * twice; when they are flushed, build_detached_freelist() links it to itself.
 */
PLANT(trap_double_free)
{
	void *object = trap_object(spot);
	int still_alive;

	if (!object)
		return -ENOENT;
	still_alive = trap_tell("trap-double-free", spot, t, object);
	kmem_cache_free(spot->s, object);
	kmem_cache_free(spot->s, object);
	kmem_cache_shrink(spot->s);
	return still_alive;
}

/* A copy to user space of more than the object: usercopy_abort(), of __check_heap_object(). */
PLANT(trap_usercopy)
{
	void *object = trap_object(spot);
	int still_alive;

	if (!object)
		return -ENOENT;
	still_alive = trap_tell("trap-usercopy", spot, t, object);
#ifdef CONFIG_HARDENED_USERCOPY
	__check_object_size(object, spot->s->object_size + 8, true);
#endif
	return still_alive;
}

/*
 * The first slab of the node's partial list has another list's head for its predecessor; when the CPU
 * takes that slab, the check of list_del() in remove_partial() stops.
 */
PLANT(trap_list_del)
{
	unsigned int objects = 4 * spot->bed->nr_slabs * spot->bed->per_slab;
	int still_alive;

	spot->slab = list_first_entry(&spot->n->partial, struct slab, slab_list);
	spot->slab->slab_list.prev = &node_of(spot->other->s, spot->node)->partial;
	t->other = spot->other->s;
	still_alive = trap_tell("trap-list-del", spot, t, NULL);
	while (objects--)
		WRITE_ONCE(t->object, kmem_cache_alloc(spot->s, GFP_ATOMIC));
	return still_alive;
}

/* The owner of nothing frees it: the allocator is healthy, and so is what it does. */
PLANT(trap_kfree_wild)
{
	int still_alive = trap_tell("trap-kfree-wild", spot, t, NULL);

	kfree((void *)(PAGE_OFFSET + BEYOND_MEMORY));
	return still_alive;
}
