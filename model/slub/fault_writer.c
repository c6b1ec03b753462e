/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writers who still use an object that they freed, each with what such code stores: a counter, a
 * refcount, a flag, a lock let go, list heads, an rcu_head, numbers, text.
 */
#include <string.h>

#include "model/slub/fault_plant.h"

#define WRITING_MAX 8192u

/* Bytes that are stored, from an offset in the object on. */
struct writing {
	uint32_t at, nr;
	uint8_t bytes[WRITING_MAX];
};

static void word_add(struct writing *w, uint32_t size, uint64_t word)
{
	memcpy(w->bytes + w->nr, &word, size);
	w->nr += size;
}

/* A member of 32 bits in one of the halves of the freepointer's word. */
static uint32_t half_choose(struct planting *p, const struct link *l, struct writing *w)
{
	uint32_t half = (uint32_t)fault_below(p, 2);

	w->at = l->list.s->offset + 4 * half;
	return (uint32_t)(l->raw >> 32 * half);
}

static void counter(struct planting *p, const struct link *l, struct writing *w)
{
	static const int32_t steps[] = { 1, -1, 2 };
	uint32_t now = half_choose(p, l, w);

	word_add(w, 4, now + (uint32_t)steps[fault_below(p, 3)]);
}

static void flag(struct planting *p, const struct link *l, struct writing *w)
{
	word_add(w, 4, half_choose(p, l, w) ^ UINT32_C(1) << fault_below(p, 32));
}

/* list_head: both words in the object, of which one is the freepointer's. */
static void list_place(struct planting *p, const struct link *l, struct writing *w)
{
	uint32_t offset = l->list.s->offset;
	bool before = offset >= 8, behind = offset + 16 <= l->list.s->object_size;

	w->at = before && (!behind || fault_below(p, 2)) ? offset - 8 : offset;
}

static bool is_pair(const struct link *l, const struct writing *w)
{
	return w->at + 16 <= l->list.s->object_size;
}

static void list_self(struct planting *p, const struct link *l, struct writing *w)
{
	list_place(p, l, w);
	word_add(w, 8, l->object + w->at);
	if (is_pair(l, w))
		word_add(w, 8, l->object + w->at);
}

static void list_poison(struct planting *p, const struct link *l, struct writing *w)
{
	bool old = has(p->m, LIST_POISON_OLD);
	uint64_t base = UINT64_C(0xdead000000000000);

	list_place(p, l, w);
	word_add(w, 8, base + (old ? 0x100100 : 0x100));
	if (is_pair(l, w))
		word_add(w, 8, base + (old ? 0x200200 : has(p->m, ZERO_0X100) ? 0x122 : 0x200));
}

/* The neighbour of an entry that is deleted: one word leads to another object's list_head. */
static void list_del_beside(struct planting *p, const struct link *l, struct writing *w)
{
	uint64_t other = 0;

	w->at = l->list.s->offset;
	if (choose_in_use(p, l->list.s, fault_below(p, 2), l->list.slab, &other))
		word_add(w, 8, other + 8 * fault_below(p, 4));
}

static void rcu_head(struct planting *p, const struct link *l, struct writing *w)
{
	uint64_t next = 0;

	list_place(p, l, w);
	if (fault_below(p, 2))
		choose_in_use(p, l->list.s, true, NULL, &next);
	word_add(w, 8, next);
	if (is_pair(l, w))
		word_add(w, 8, MODEL_TEXT + 16 * fault_below(p, 1 << 16));
}

static void text(struct planting *p, const struct link *l, struct writing *w)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_/.";
	uint32_t offset = l->list.s->offset, end = l->list.s->object_size, nr;

	w->at = fault_below(p, 2) ? 0 : offset - (uint32_t)fault_below(p, offset + 1);
	nr = offset + 1 + (uint32_t)fault_below(p, end - offset < 40 ? end - offset : 40) - w->at;
	for (uint32_t i = 0; i + 1 < nr; i++)
		word_add(w, 1, (uint8_t)letters[fault_below(p, sizeof(letters) - 1)]);
	word_add(w, 1, 0);
}

static void memset_object(struct planting *p, const struct link *l, struct writing *w)
{
	static const uint8_t bytes[] = { 0x41, 0x00, 0xff };

	w->nr = l->list.s->object_size;
	memset(w->bytes, bytes[fault_below(p, 3)], w->nr);
}

static void word_of(struct planting *p, const struct link *l, struct writing *w)
{
	w->at = l->list.s->offset;
	switch (p->fault) {
	case MODEL_FAULT_REFCOUNT_SATURATED:
		word_add(w, 4, UINT32_C(0xc0000000));
		break;
	case MODEL_FAULT_UNLOCK:
		word_add(w, 1, 0);
		break;
	case MODEL_FAULT_JIFFIES:
		word_add(w, 8, MODEL_JIFFIES + fault_below(p, UINT64_C(1) << 28));
		break;
	default:
		word_add(w, 8, -(1 + fault_below(p, 133))); /* ERR_PTR() */
		break;
	}
}

static bool fits_writer(struct planting *p, const struct list_ref *ref)
{
	return fits_inside(p, ref) && ref->s->object_size <= WRITING_MAX;
}

static void writing_make(struct planting *p, const struct link *l, struct writing *w)
{
	static const struct {
		enum model_fault fault;
		void (*make)(struct planting *p, const struct link *l, struct writing *w);
	} writers[] = {
		{ MODEL_FAULT_COUNTER, counter },
		{ MODEL_FAULT_FLAG, flag },
		{ MODEL_FAULT_LIST_SELF, list_self },
		{ MODEL_FAULT_LIST_POISON, list_poison },
		{ MODEL_FAULT_LIST_DEL_BESIDE, list_del_beside },
		{ MODEL_FAULT_RCU_HEAD, rcu_head },
		{ MODEL_FAULT_TEXT, text },
		{ MODEL_FAULT_MEMSET_OBJECT, memset_object },
	};

	w->at = w->nr = 0;
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (writers[i].fault == p->fault) {
			writers[i].make(p, l, w);
			return;
		}
	word_of(p, l, w);
}

bool fault_writer(struct planting *p)
{
	struct writing w;
	struct link l;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!link_choose(p, fits_writer, false, &l))
			return false;
		writing_make(p, &l, &w);
		model_poke(p->m, l.object + w.at, w.bytes, w.nr);
		if (!truth_word(p, l.slot, l.raw))
			continue;
		fault_may_contents(p);
		return expect_list(p, &l.list);
	}
	return false;
}

/* Bits. */

static bool is_power(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* 2^n objects of 2^m bytes: two of them may be one bit apart. */
static bool fits_powers(struct planting *p, const struct list_ref *ref)
{
	return fits_nonempty(p, ref) && is_power(ref->s->size) && is_power(ref->slab->room) &&
	       ref->slab->room > 1;
}

/* A flip that leads to another object of the slab. */
bool fault_bit_object(struct planting *p)
{
	struct link l;
	uint64_t raw, to;

	for (unsigned int i = 0; i < 8 * FAULT_TRIES; i++) {
		if (!link_choose(p, fits_powers, false, &l))
			return false;
		raw = l.raw ^ UINT64_C(1) << fault_below(p, 64);
		if (link_lead(p, &l, raw, &to) == LEAD_OBJECT && fault_store(p, l.slot, 8, raw))
			return expect_list(p, &l.list);
	}
	return false;
}

bool fault_bit_head(struct planting *p)
{
	struct list_ref ref;
	uint64_t slot;

	if (!choose_list(p, LISTS_ALL, fits_nonempty, &ref))
		return false;
	slot = list_head_slot(p, &ref);
	if (!fault_store(p, slot, 8, fault_word(p, slot, 8) ^ UINT64_C(1) << fault_below(p, 64)))
		return false;
	return expect_list(p, &ref);
}
