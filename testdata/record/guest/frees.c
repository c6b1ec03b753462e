// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * frees: objects that are freed twice, or in their middle, by the allocator's own functions.
 */
#include "slubfault.h"

/*
 * Frees as far as the slab's own lists: where a CPU keeps what was freed in sheaves, a shrink
 * flushes them.
 */
static void free_through(struct spot *spot, void *object)
{
	kmem_cache_free(spot->s, object);
#ifdef HAS_kmem_cache__cpu_sheaves
	kmem_cache_shrink(spot->s);
#endif
}

/* What was on the list before is cut off. */
static void rest_is_lost(struct spot *spot, struct truth *t)
{
	t->repair = *spot->head;
	t->orphans = spot->length;
}

/*
 * A, B, A. set_freepointer() of a hardened kernel stops only a free of the
 * object that is the head already.
 */
PLANT(double_free)
{
	void *a = bed_take(spot->bed, spot->slab);
	void *b = bed_take(spot->bed, spot->slab);

	if (!a || !b)
		return -ENOENT;
	rest_is_lost(spot, t);
	free_through(spot, a);
	/* The chain becomes A, B, A: the slot of B is where it closes. */
	truth_object(t, spot->s, b, 1);
	t->other = a;
	free_through(spot, b);
	free_through(spot, a);
	return 0;
}

PLANT(double_free_abca)
{
	void *a = bed_take(spot->bed, spot->slab);
	void *b = bed_take(spot->bed, spot->slab);
	void *c = bed_take(spot->bed, spot->slab);

	if (!a || !b || !c)
		return -ENOENT;
	rest_is_lost(spot, t);
	free_through(spot, a);
	truth_object(t, spot->s, b, 2);
	t->other = a;
	free_through(spot, b);
	free_through(spot, c);
	free_through(spot, a);
	return 0;
}

/* An object that was freed long ago and is in the middle of the list is freed again. */
PLANT(double_free_late)
{
	unsigned int i = (spot->length - 1) / 2;
	void *a = chain_at(spot->s, *spot->head, i);

	truth_object(t, spot->s, chain_at(spot->s, *spot->head, i - 1), i);
	t->other = a;
	t->repair = chain_next(spot->s, a);
	t->orphans = spot->length - 1 - i;
	free_through(spot, a);
	return 0;
}

/*
 * Debug caches: the kernel finds the object on the freelist and refuses. By then
 * slab_free_freelist_hook(), or build_detached_freelist() of a bulk, has stored NULL in it. Since
 * 6.8 kmem_cache_free() goes through neither.
 */
PLANT(double_free_refused)
{
	void *object = chain_at(spot->s, *spot->head, victim_index(spot));

	victim_take(spot, t, victim_index(spot));
	t->other = object;
	t->repair = chain_next(spot->s, object);
	t->orphans = spot->length - 1 - victim_index(spot);
#ifdef PG_partial
	kmem_cache_free_bulk(spot->s, 1, &object);
#else
	kmem_cache_free(spot->s, object);
#endif
	return 0;
}

/*
 * Freed, handed out again, freed by the first owner again; the second one goes on using it. Where
 * there are sheaves, the object comes and goes through the main one.
 */
PLANT(double_free_reuse)
{
	void *a = bed_take(spot->bed, spot->slab);

	if (!a)
		return -ENOENT;
	rest_is_lost(spot, t);
	kmem_cache_free(spot->s, a);
	if (kmem_cache_zalloc(spot->s, GFP_KERNEL) != a)
		return -EBUSY;
	bed_stamp(spot->bed, a);
	free_through(spot, a);
	truth_object(t, spot->s, a, 0);
	t->other = a;
	bed_stamp(spot->bed, a);
	return 0;
}

/* A, B, A on a CPU's list, and both are handed out: A is in use and the head of the list. */
static void *hand_out_twice(struct spot *spot, struct truth *t)
{
	void *a = bed_take(spot->bed, spot->slab);
	void *b = bed_take(spot->bed, spot->slab);

	if (!a || !b)
		return NULL;
	rest_is_lost(spot, t);
	kmem_cache_free(spot->s, a);
	kmem_cache_free(spot->s, b);
	kmem_cache_free(spot->s, a);
	if (kmem_cache_zalloc(spot->s, GFP_KERNEL) != a)
		return NULL;
	if (kmem_cache_zalloc(spot->s, GFP_KERNEL) != b)
		return NULL;
	truth_object(t, spot->s, a, 0);
	t->other = a;
	bed_stamp(spot->bed, b);
	return a;
}

PLANT(handed_out_zero)
{
	return hand_out_twice(spot, t) ? 0 : -EBUSY;
}

PLANT(handed_out_live)
{
	void *a = hand_out_twice(spot, t);

	if (!a)
		return -EBUSY;
	bed_stamp(spot->bed, a);
	return 0;
}

/* And A is handed out a second time: what its first owner has there becomes the head. */
PLANT(handed_out_head)
{
	void *a = hand_out_twice(spot, t);

	if (!a)
		return -EBUSY;
	t->object = NULL;
	t->index = -1;
	truth_word(t, spot->head);
	return kmem_cache_zalloc(spot->s, GFP_KERNEL) == a ? 0 : -EBUSY;
}

/* inner-free: kfree(p + 16). Without debugging nobody looks where an object starts. */
#define INNER 16

static void *inner_freed(struct spot *spot, struct truth *t)
{
	void *p = bed_take(spot->bed, spot->slab);

	if (!p)
		return NULL;
	rest_is_lost(spot, t);
	t->other = p;
	free_through(spot, p + INNER);
	return p;
}

/* It is the second on the list: a link leads to it. */
PLANT(inner_free)
{
	void *q = bed_take(spot->bed, spot->slab);

	if (!q || !inner_freed(spot, t))
		return -ENOENT;
	truth_object(t, spot->s, q, 0);
	free_through(spot, q);
	return 0;
}

PLANT(inner_free_head)
{
	if (!inner_freed(spot, t))
		return -ENOENT;
	truth_word(t, spot->head);
	return 0;
}

#ifdef HAS_kmem_cache__cpu_sheaves
static bool sheaf_has_room(struct spot *spot, unsigned int count)
{
	return spot->pcs->main->size + count <= spot->s->sheaf_capacity;
}

/*
 * A, B, A in one sheaf. build_detached_freelist() makes one list of all that lies in one slab:
 * A leads to what was there before, nothing leads to B, and the counters have three objects more.
 */
PLANT(double_free_flushed)
{
	void *a = bed_take(spot->bed, spot->slab);
	void *b = bed_take(spot->bed, spot->slab);

	if (!a || !b || !sheaf_has_room(spot, 3))
		return -ENOENT;
	kmem_cache_free(spot->s, a);
	kmem_cache_free(spot->s, b);
	free_through(spot, a);
	t->object = b;
	t->other = a;
	t->orphans = 1;
	return 0;
}

/* A, B, A in one sheaf; A is handed out, and flushed to its slab with B. */
PLANT(handed_out_flushed)
{
	void *a = bed_take(spot->bed, spot->slab);
	void *b = bed_take(spot->bed, spot->slab);

	if (!a || !b || !sheaf_has_room(spot, 3))
		return -ENOENT;
	kmem_cache_free(spot->s, a);
	kmem_cache_free(spot->s, b);
	kmem_cache_free(spot->s, a);
	if (kmem_cache_zalloc(spot->s, GFP_KERNEL) != a)
		return -EBUSY;
	kmem_cache_shrink(spot->s);
	truth_object(t, spot->s, a, 0);
	t->repair = b;
	t->orphans = spot->length + 1;
	t->other = a;
	memset(a, 0, spot->s->object_size);
	return 0;
}
#endif
