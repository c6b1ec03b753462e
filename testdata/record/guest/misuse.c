// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * misuse: faults made the way a buggy user of the allocator makes them.
 */
#include <linux/list.h>
#include <linux/random.h>

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

/*
 * The owner of an object writes all of it and beyond, up to the first byte of its free right
 * neighbour's freepointer, which is not the byte that is there.
 */
static void *left_owner(struct spot *spot, struct truth *t, unsigned int beyond, u8 fill)
{
	unsigned int i;

	for (i = 0; i < spot->length - 1; i++) {
		void *right = chain_at(spot->s, *spot->head, i);
		void *left = right - spot->s->size;
		u8 *byte = chain_slot(spot->s, right);
		u8 kept = *byte;

		if (left < slab_address(spot->slab) || !slab_holds_allocated(spot, left))
			continue;
		truth_object(t, spot->s, right, i);
		t->repair = chain_next(spot->s, right);
		WRITE_ONCE(*byte, fill);
		if (kept == fill || !link_is_told(spot, t)) {
			WRITE_ONCE(*byte, kept);
			continue;
		}
		t->orphans = spot->length - 1 - i;
		t->other = left;
		truth_wrote(t, right, beyond);
		return left;
	}
	return NULL;
}

static int overflow_fill(struct spot *spot, struct truth *t, u8 fill)
{
	unsigned int beyond = spot->s->offset + 1;
	void *left = left_owner(spot, t, beyond, fill);

	if (!left)
		return -ENOENT;
	memset(left, fill, spot->s->size + beyond);
	return 0;
}

PLANT(overflow_zeros)
{
	return overflow_fill(spot, t, 0);
}

PLANT(overflow_pattern)
{
	return overflow_fill(spot, t, 0xcc);
}

struct record {
	u32 id;
	u16 port;
	u16 flags;
	u64 cookie;
	u64 when;
};

/* An array with more records than its object has room for. */
PLANT(overflow_copy)
{
	unsigned int beyond = spot->s->offset + sizeof(void *);
	u8 *left = left_owner(spot, t, beyond, 0x5e);
	struct record r = { .flags = 0x11, .cookie = 0x9e3779b97f4a7c15ull };
	unsigned int at, count;

	for (at = 0; left && at < spot->s->size + beyond; at += count) {
		r.id++;
		r.port = 0xc000 + 3 * r.id;
		r.cookie *= 0x5851f42d4c957f2dull;
		r.when = 4294937296ull + 250 * r.id;
		count = min_t(unsigned int, sizeof(r), spot->s->size + beyond - at);
		memcpy(left + at, &r, count);
	}
	return left && link_is_told(spot, t) ? 0 : -ENOENT;
}

/* The first object of the freelist that lies in the first page of the slab. */
static int page_victim(struct spot *spot, struct truth *t)
{
	void *base = slab_address(spot->slab);
	unsigned int i;

	for (i = 0; i < spot->length - 1; i++) {
		void *object = chain_at(spot->s, *spot->head, i);

		if (object + spot->s->size > base + PAGE_SIZE)
			continue;
		truth_object(t, spot->s, object, i);
		truth_wrote(t, base, PAGE_SIZE);
		t->repair = chain_next(spot->s, object);
		return 0;
	}
	return -ENOENT;
}

/* A device that was not told that its buffer's page went away. */
PLANT(dma_random)
{
	int err = page_victim(spot, t);

	if (err)
		return err;
	do {
		get_random_bytes(slab_address(spot->slab), PAGE_SIZE);
	} while (!link_is_told(spot, t));
	return 0;
}

PLANT(dma_pattern)
{
	u32 *word = slab_address(spot->slab);
	int err = page_victim(spot, t);
	unsigned int i;

	for (i = 0; !err && i < PAGE_SIZE / sizeof(*word); i++)
		word[i] = 0x00010000u * (2 * i + 1) + 2 * i;
	return err || link_is_told(spot, t) ? err : -ENOENT;
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
