/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stores to links of freelists, and to the words that start them. */
#include <string.h>

#include "model/slub/fault_plant.h"

static bool fits_two(struct planting *p, const struct list_ref *ref)
{
	(void)p;
	return ref->chain->nr > 1;
}

/* The freepointer lies where the owner of the object writes. */
static bool slot_is_inside(const struct census_cache *s)
{
	return s->offset + 8 <= s->object_size;
}

bool fits_inside(struct planting *p, const struct list_ref *ref)
{
	return fits_nonempty(p, ref) && slot_is_inside(ref->s);
}

bool link_choose(struct planting *p, list_fits fits, bool not_last, struct link *l)
{
	if (!choose_list(p, LISTS_ALL, fits, &l->list))
		return false;
	l->position = (unsigned int)fault_below(p, l->list.chain->nr - (not_last ? 1 : 0));
	l->index = l->list.chain->objects[l->position];
	l->object = census_object(l->list.s, l->list.slab, l->index);
	l->slot = l->object + l->list.s->offset;
	l->raw = fault_word(p, l->slot, 8);
	/* A damaged list may lead through what the allocator itself has. */
	return !p->aim.slab || !object_is_internal(p, l->list.s, l->list.slab, l->index);
}

uint64_t link_encode(const struct planting *p, const struct link *l, uint64_t object)
{
	return fault_encode(p, l->list.s, l->slot, object);
}

enum lead link_lead(const struct planting *p, const struct link *l, uint64_t raw, uint64_t *to)
{
	int index;

	*to = census_link(p->census, l->list.s, l->slot, raw);
	return lead_of(p, l->list.s, l->list.slab, *to, &index);
}

/* What kernels have outside of slabs: their variables, the areas of CPUs. */
static uint64_t kernel_data(struct planting *p)
{
	struct target *t = model_target(p->m);
	uint64_t addr = 0, offset;

	if (!fault_below(p, 3)) {
		offset = p->m->cpu_offset[fault_below(p, p->census->nr_cpus)];
		return offset + 8 * fault_below(p, 512);
	}
	t->ops->symbol(t, "slab_caches", &addr);
	return addr + 8 * fault_below(p, 8);
}

/* Any address in the slab at which no object starts, but in one. */
static uint64_t inside_slab(struct planting *p, const struct list_ref *ref)
{
	uint64_t object =
		census_object(ref->s, ref->slab, (unsigned int)fault_below(p, ref->slab->room));

	return object + 1 + fault_below(p, ref->s->size - 1);
}

/* One, two or four bytes of a word become a small number, or one that looks random. */
static uint64_t short_store(struct planting *p, uint64_t word)
{
	unsigned int width = 1u << fault_below(p, 3);
	unsigned int shift = 8 * width * (unsigned int)fault_below(p, 8 / width);
	uint64_t mask = ((UINT64_C(1) << 8 * width) - 1) << shift;
	uint64_t value = fault_below(p, 2) ? fault_random(p) : fault_below(p, 256);

	return (word & ~mask) | (value << shift & mask);
}

/* A word that leads to what is not an object: unreadable, or some of the kernel's data. */
static bool wild_choose(struct planting *p, const struct link *l, bool readable, uint64_t *raw)
{
	uint64_t to;

	*raw = readable ? link_encode(p, l, kernel_data(p)) : fault_random(p);
	return link_lead(p, l, *raw, &to) == LEAD_WILD && fault_readable(p, to) == readable;
}

/* One that leads to an object of another slab: of the cache, or of others. */
static bool foreign_choose(struct planting *p, const struct link *l, bool of_it, uint64_t *raw)
{
	uint64_t to;

	if (!choose_in_use(p, l->list.s, of_it, l->list.slab, &to))
		return false;
	*raw = link_encode(p, l, to);
	return true;
}

/* What a store of the faults that need no place to lead to makes of the word. */
static uint64_t raw_damaged(struct planting *p, const struct link *l)
{
	switch (p->fault) {
	case MODEL_FAULT_BYTE_ZEROED:
		return l->raw & ~UINT64_C(0xff0000000000);
	case MODEL_FAULT_BIT_FLIP:
		return l->raw ^ UINT64_C(1) << fault_below(p, 64);
	case MODEL_FAULT_BIT_FLIP_LOW:
		return l->raw ^ UINT64_C(1) << fault_below(p, 3);
	case MODEL_FAULT_SHORT_STORE:
		return short_store(p, l->raw);
	case MODEL_FAULT_USER_POINTER:
		return UINT64_C(0x7f0000000000) | (fault_random(p) & UINT64_C(0xfffffffff8));
	case MODEL_FAULT_MISALIGNED:
		return link_encode(p, l, inside_slab(p, &l->list));
	case MODEL_FAULT_SELF_LOOP:
		return link_encode(p, l, l->object);
	default: /* MODEL_FAULT_CUT_SHORT */
		return link_encode(p, l, 0);
	}
}

/* The word that is to be stored; false: not here. */
static bool raw_choose(struct planting *p, const struct link *l, uint64_t *raw)
{
	switch (p->fault) {
	case MODEL_FAULT_WILD_UNREADABLE:
	case MODEL_FAULT_WILD_READABLE:
		return wild_choose(p, l, p->fault == MODEL_FAULT_WILD_READABLE, raw);
	case MODEL_FAULT_OTHER_SLAB:
	case MODEL_FAULT_OTHER_CACHE:
		return foreign_choose(p, l, p->fault == MODEL_FAULT_OTHER_SLAB, raw);
	default:
		*raw = raw_damaged(p, l);
		return true;
	}
}

/* What an owner writes who initialises the object: list heads, a function, numbers. */
static void initialised(struct planting *p, uint64_t object, uint8_t *bytes, uint32_t size)
{
	for (uint32_t at = 0; at + 8 <= size; at += 8) {
		unsigned int i = at / 8 % 8;
		uint64_t head = object + at - (i % 4 == 1 ? 8 : 0);
		uint64_t word = i % 4 < 2 ? head
				: i == 2  ? MODEL_TEXT + fault_below(p, 1 << 20)
					  : UINT64_C(0x1122334400000000) + fault_below(p, 1 << 16);

		memcpy(bytes + at, &word, 8);
	}
}

#define BYTES_MAX 8192u

/* A store that is larger than the link: the truth is about the link all the same. */
static bool object_overwrite(struct planting *p, const struct link *l)
{
	uint32_t size = l->list.s->object_size;
	uint8_t bytes[BYTES_MAX];
	uint64_t now;

	if (size > BYTES_MAX)
		return false;
	memset(bytes, 'A', size);
	if (p->fault == MODEL_FAULT_UAF_WRITE)
		initialised(p, l->object, bytes, size);
	memcpy(&now, bytes + l->list.s->offset, 8);
	if (!fault_store(p, l->slot, 8, now))
		return false;
	return model_poke(p->m, l->object, bytes, size);
}

bool fault_link(struct planting *p)
{
	bool whole_object = p->fault == MODEL_FAULT_ASCII || p->fault == MODEL_FAULT_UAF_WRITE;
	bool not_last = p->fault == MODEL_FAULT_CUT_SHORT;
	list_fits fits = whole_object ? fits_inside : not_last ? fits_two : fits_nonempty;
	struct link l;
	uint64_t raw;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!link_choose(p, fits, not_last, &l))
			return false;
		if (whole_object ? object_overwrite(p, &l)
				 : raw_choose(p, &l, &raw) && fault_store(p, l.slot, 8, raw)) {
			if (whole_object)
				fault_may_contents(p);
			return expect_list(p, &l.list);
		}
	}
	return false;
}

bool owned_choose(struct planting *p, const struct list_ref *ref, unsigned int *index)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < ref->slab->room; i++)
		if (!ref->slab->on[i] && !object_is_internal(p, ref->s, ref->slab, i) &&
		    fault_takes(p, &n))
			*index = i;
	return n > 0;
}

/* The owner of an object may have anything in it, also a link that continues the list. */
bool fault_allocated_linked(struct planting *p)
{
	unsigned int index = 0;
	uint64_t object, slot, next;
	struct link l;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!link_choose(p, fits_nonempty, false, &l))
			return false;
		if (!owned_choose(p, &l.list, &index))
			continue;
		object = census_object(l.list.s, l.list.slab, index);
		slot = object + l.list.s->offset;
		next = census_link(p->census, l.list.s, l.slot, l.raw);
		fault_also(p, slot, 8, fault_encode(p, l.list.s, slot, next));
		if (!fault_store(p, l.slot, 8, link_encode(p, &l, object)))
			continue;
		/* It holds what its owner wrote. */
		fault_may_contents(p);
		return expect_list(p, &l.list);
	}
	return false;
}

static bool fits_head(struct planting *p, const struct list_ref *ref)
{
	(void)p;
	return ref->s->size > 1;
}

bool fault_head(struct planting *p)
{
	struct list_ref ref;
	uint64_t to;

	if (!choose_list(p, LISTS_ALL, fits_head, &ref))
		return false;
	to = p->fault == MODEL_FAULT_HEAD_WILD ? fault_garbage(p) : inside_slab(p, &ref);
	if (!fault_store(p, list_head_slot(p, &ref), 8, to))
		return false;
	return expect_list(p, &ref);
}
