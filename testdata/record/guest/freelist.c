// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * freelist: faults in one freepointer or in the head of a freelist.
 */
#include <linux/gfp.h>
#include <linux/random.h>
#include <linux/sched/task.h>

#include "slubfault.h"

/* Without this, no x86-64 with four levels of page tables can map it. */
static bool canonical(unsigned long word)
{
	return (long)(word << 16) >> 16 == (long)word;
}

/* By default the middle of the chain; never its last object. */
unsigned int victim_index(struct spot *spot)
{
	if (param_index >= 0 && param_index < spot->length - 1)
		return param_index;
	return (spot->length - 1) / 2;
}

void victim_take(struct spot *spot, struct truth *t, unsigned int index)
{
	truth_object(t, spot->s, chain_at(spot->s, *spot->head, index), index);
}

/* Stores an encoded pointer into the slot of a free object. */
static int link_to(struct spot *spot, struct truth *t, void *target)
{
	if (!target)
		return -ENOENT;
	victim_take(spot, t, victim_index(spot));
	WRITE_ONCE(*(void **)t->slot, chain_encode(spot->s, t->slot, target));
	return 0;
}

static int store_raw(struct spot *spot, struct truth *t, u64 raw)
{
	WRITE_ONCE(*(u64 *)t->slot, raw);
	return 0;
}

/* Garbage that decodes to an address which cannot be mapped. */
PLANT(wild_unreadable)
{
	unsigned long raw;

	victim_take(spot, t, victim_index(spot));
	do {
		get_random_bytes(&raw, sizeof(raw));
	} while (canonical((unsigned long)chain_encode(spot->s, t->slot, (void *)raw)));
	return store_raw(spot, t, raw);
}

/* A walker that only asks whether an address can be read follows this one. */
PLANT(wild_readable)
{
	t->other = &init_task;
	return link_to(spot, t, &init_task);
}

/* As in the incident: byte 5 of the stored word is zero. */
PLANT(byte_zeroed)
{
	unsigned int i;

	for (i = 0; i < spot->length - 1; i++) {
		victim_take(spot, t, (victim_index(spot) + i) % (spot->length - 1));
		if (t->before & 0xff0000000000ull)
			return store_raw(spot, t, t->before & ~0xff0000000000ull);
	}
	return -ENOENT;
}

PLANT(bit_flip)
{
	victim_take(spot, t, victim_index(spot));
	return store_raw(spot, t, t->before ^ (1ull << (param_bit & 63)));
}

/* A string of letters that ran over the whole object. */
PLANT(ascii)
{
	victim_take(spot, t, victim_index(spot));
	memset(t->object, 'A', spot->s->object_size);
	return 0;
}

PLANT(user_pointer)
{
	victim_take(spot, t, victim_index(spot));
	return store_raw(spot, t, 0x00007f3a5c21e4d0ull);
}

PLANT(other_slab)
{
	struct slab *full = bed_full_slab(spot->bed);

	t->other = full ? bed_allocated(spot->bed, full) : NULL;
	return link_to(spot, t, t->other);
}

PLANT(other_cache)
{
	struct slab *full = bed_full_slab(spot->other);

	t->other = full ? bed_allocated(spot->other, full) : NULL;
	return link_to(spot, t, t->other);
}

PLANT(misaligned)
{
	void *next;

	victim_take(spot, t, victim_index(spot));
	next = chain_next(spot->s, t->object);
	t->other = next + min(8u, spot->s->size / 2);
	return link_to(spot, t, t->other);
}

/* A page that belongs to somebody else and is no slab. */
PLANT(page_encoded)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	t->other = page_address(page);
	return link_to(spot, t, t->other + 0x40);
}

PLANT(self_loop)
{
	victim_take(spot, t, victim_index(spot));
	return link_to(spot, t, t->object);
}

/* The chain stays complete, with an object on it that its owner still uses. */
PLANT(allocated_linked)
{
	void *object = bed_allocated(spot->bed, spot->slab);
	void *slot, *next;

	if (!object)
		return -ENOENT;
	victim_take(spot, t, victim_index(spot));
	next = chain_next(spot->s, t->object);
	slot = chain_slot(spot->s, object);
	WRITE_ONCE(*(void **)slot, chain_encode(spot->s, slot, next));
	t->other = object;
	return link_to(spot, t, object);
}

PLANT(cut_short)
{
	victim_take(spot, t, victim_index(spot));
	return store_raw(spot, t, (u64)chain_encode(spot->s, t->slot, NULL));
}

static int head_set(struct spot *spot, struct truth *t, u64 word)
{
	truth_word(t, spot->head);
	return store_raw(spot, t, word);
}

/* The head is stored plain, also on a hardened kernel. */
PLANT(head_wild)
{
	return head_set(spot, t, 0x5a3c71e85a3c71e8ull);
}

PLANT(head_misaligned)
{
	t->other = *spot->head + spot->s->size / 2 + 4;
	return head_set(spot, t, (u64)t->other);
}
