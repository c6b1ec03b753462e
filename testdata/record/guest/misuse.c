// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * misuse: faults made the way a buggy user of the allocator makes them.
 */
#include <linux/list.h>

#include "slubfault.h"

static bool slab_holds_allocated(struct spot *spot, const void *object)
{
	struct bed_slab *b = bed_slab_of(spot->bed, spot->slab);
	unsigned int i;

	for (i = 0; i < spot->bed->per_slab; i++) {
		if (b->objects[i] == object)
			return true;
	}
	return false;
}

/*
 * The owner of the left neighbour writes as many bytes again as its object
 * has, or 64: in a cache of 8-byte objects that is exactly the freepointer.
 */
PLANT(overflow)
{
	unsigned int bytes = min(64u, spot->s->object_size);
	unsigned int i, k;

	for (i = 0; i < spot->length - 1; i++) {
		void *right = chain_at(spot->s, *spot->head, i);
		u8 *left = right - spot->s->size;

		if ((void *)left < slab_address(spot->slab) || !slab_holds_allocated(spot, left))
			continue;
		truth_object(t, spot->s, right, i);
		t->other = left;
		for (k = 0; k < spot->s->size + bytes; k++)
			left[k] = 0x80 + k % 0x40;
		return 0;
	}
	return -ENOENT;
}

/* The owner initialises an object that it freed before. */
PLANT(uaf_write)
{
	unsigned int i = (spot->length - 1) / 2;
	void *object = chain_at(spot->s, *spot->head, i);
	unsigned int at;

	truth_object(t, spot->s, object, i);
	for (at = 0; at + 32 <= spot->s->object_size; at += 32) {
		INIT_LIST_HEAD((struct list_head *)(object + at));
		*(void **)(object + at + 16) = &kmem_cache_free;
		*(u64 *)(object + at + 24) = 0x6b6b6b6b6b6b6b6bull;
	}
	return 0;
}

/*
 * What kmem_cache_free(other cache, object) does where cache_from_obj() does
 * not check (no hardening, no consistency checks), played by hand: do_slab_
 * free() finds that the slab is no cpu slab of the other cache, so __slab_
 * free() pushes the object onto the slab's own freelist, whatever list the slab
 * is on, with the freepointer encoded for the other cache.
 */
PLANT(wrong_cache_free)
{
	void *object = bed_take(spot->bed, spot->slab);
	void *slot;

	if (!object || !spot->slab->freelist)
		return -ENOENT;
	truth_object(t, spot->s, object, 0);
	slot = t->slot;
	WRITE_ONCE(*(void **)slot, chain_encode(spot->other->s, slot, spot->slab->freelist));
	spot->slab->freelist = object;
	spot->slab->inuse--;
	t->other = spot->other->s;
	return 0;
}

/* Hardened kernels warn and free the object to the cache it came from. */
PLANT(wrong_cache_free_natural)
{
	void *object = bed_take(spot->bed, spot->slab);

	if (!object)
		return -ENOENT;
	kmem_cache_free(spot->other->s, object);
	return 0;
}
