/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a damaged word itself says of its writer: its value, its reach, its difference. */
#include "checker/slub/exam.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/slub/locate.h"
#include "checker/slub/owned.h"
#include "checker/image/symbol.h"
#include "decoders/freeptr.h"
#include "decoders/kernel_change.h"
#include "decoders/slab.h"

/* An object that was handed out twice is on a list while its owner rightly writes to it. */
#define OR_HANDED_OUT_TWICE 24

/* More than what a word looks like. */
#define OWNED_TWICE 96

static struct location where_is(const struct exam *e, uint64_t addr, char *buf, size_t len)
{
	struct location at = locate(e->heap->memory, e->heap->layout, e->heap->caches, addr);

	location_describe(e->heap->memory, e->heap->layout, &at, buf, len);
	return at;
}

/* Whoever had the object before it was freed, or whoever was given it while it is still listed. */
static void used_after_free(struct exam *e, unsigned int weight, const char *why)
{
	opine(e->d, CAUSE_USE_AFTER_FREE, weight, false, "%s", why);
	if (exam_has_contents(e) && owned_object(e->heap, e->cache, e->slab, e->f->object_index)) {
		opine(e->d, CAUSE_DOUBLE_FREE, OWNED_TWICE, false,
		      "The object is charged to a memory cgroup, as objects in use are: it was "
		      "handed out while it was on the list, and its owner wrote the word.");
		return;
	}
	opine(e->d, CAUSE_DOUBLE_FREE, OR_HANDED_OUT_TWICE, false,
	      "After a double free the object can be on the list and allocated: then its present "
	      "owner wrote the word.");
}

/* INIT_LIST_HEAD() and list_del_init() leave next and prev leading to the entry. */
static bool empty_list_head(struct exam *e, uint64_t value)
{
	uint64_t slot = e->f->slot, other = value == slot ? slot + 8 : slot - 8, word;

	if (value != slot && value != slot - 8)
		return false;
	if (e->slab && slab_word(e->slab, other, &word) && word == value)
		used_after_free(e, 95,
				"The word and its neighbour are a list_head that points to itself: "
				"INIT_LIST_HEAD() or list_del_init() in the freed object.");
	else
		used_after_free(e, 85,
				"The word is the address of its own slot, as in an empty "
				"list_head.");
	return true;
}

/* A freed object that is still on a list: its neighbour there names it, too. */
static bool list_neighbour(struct exam *e, uint64_t value)
{
	uint64_t slot = e->f->slot, next, prev;
	struct memory *memory = e->heap->memory;

	if (memory_value(memory, value, 8, &next) != TARGET_OK ||
	    memory_value(memory, value + 8, 8, &prev) != TARGET_OK)
		return false;
	if (prev != slot && next != slot - 8)
		return false;
	used_after_free(e, 90,
			"The word is in a list_head whose neighbour points back: the freed "
			"object is on a list of its former owner.");
	return true;
}

/* call_rcu() on a freed object leaves a function behind the word, or in it. */
static bool rcu_head(struct exam *e, uint64_t value)
{
	uint64_t behind = 0;
	bool is_function = symbol_of(e->heap->memory, value).name;

	if (!is_function && (!e->slab || !slab_word(e->slab, e->f->slot + 8, &behind)))
		return false;
	if (!is_function && !symbol_of(e->heap->memory, behind).name)
		return false;
	used_after_free(e, 75,
			is_function ? "The word is the address of a kernel function or "
				      "variable, as in a timer, a work_struct or an rcu_head."
				    : "The next word is the address of a kernel function, as in "
				      "an rcu_head, a timer or a work_struct.");
	return true;
}

/* Where the object begins with its freepointer, that is what a write from the left hits first. */
static void overflow_to_start(struct exam *e)
{
	struct opinion *o;

	if (!(e->f->has & FINDING_HAS_OBJECT) || e->f->slot != e->f->object ||
	    !exam_may_be_allocated(e, e->f->object_index - 1))
		return;
	o = opine(e->d, CAUSE_OVERFLOW, 45, false,
		  "The word is the first word of its object: the owner of the object before it "
		  "may have written too much.");
	o->object = e->f->object - e->cache->size;
}

/* Farther inside of the object a write from the left has to be long. */
static void overflow_maybe(struct exam *e)
{
	struct opinion *o;

	if (!(e->f->has & FINDING_HAS_OBJECT) || !exam_may_be_allocated(e, e->f->object_index - 1))
		return;
	o = opine(e->d, CAUSE_OVERFLOW, 30, false,
		  "The owner of the object before it may have written at least %" PRIu64 " "
		  "bytes too many.",
		  e->f->slot + 8 - e->f->object);
	o->object = e->f->object - e->cache->size;
}

static void pointer_value(struct exam *e, uint64_t value)
{
	struct location at;
	char where[160];

	at = where_is(e, value, where, sizeof(where));
	if (!location_is_memory(&at)) {
		used_after_free(e, 46, "The object is free, so the writer used a stale pointer.");
		overflow_to_start(e);
		return;
	}
	diagnosis_evidence(e->d, "The word is a kernel address (%s).", where);
	if (rcu_head(e, value) || list_neighbour(e, value))
		return;
	used_after_free(e, 65, "A pointer was stored in the freed object.");
}

void causes_of_value(struct exam *e, uint64_t value)
{
	switch (overwrite_classify(value)) {
	case OVERWRITE_KERNEL_POINTER:
		if (!empty_list_head(e, value))
			pointer_value(e, value);
		break;
	case OVERWRITE_LIST_POISON:
		used_after_free(e, 90,
				"The word is LIST_POISON, which list_del() left in the freed "
				"object.");
		break;
	case OVERWRITE_ZERO:
		used_after_free(e, 55, "The word is zero.");
		break;
	case OVERWRITE_OTHER:
		used_after_free(e, 46, "The object is free, so the writer used a stale pointer.");
		overflow_to_start(e);
		break;
	default:
		diagnosis_evidence(e->d, "The word is %s.",
				   overwrite_class_text(overwrite_classify(value)));
		used_after_free(e, 60, "The object is free, so the writer used a stale pointer.");
		overflow_maybe(e);
		break;
	}
}

/* How far the damage reaches */

static const char *fill_text(const struct exam *e)
{
	switch (e->fill) {
	case FILL_BYTE:
		return "The same byte fills";
	case FILL_STEPS:
		return "Bytes that count up fill";
	case FILL_WORDS:
		return "Words that repeat or count up fill";
	case FILL_TEXT:
		return "Text fills";
	default:
		return "The same bytes, repeated, fill";
	}
}

static void extent_tell(struct exam *e)
{
	e->d->has_extent = true;
	e->d->extent_first = e->first;
	e->d->extent_last = e->end - 1;
	diagnosis_evidence(e->d, "%s %" PRIu64 " bytes from 0x%" PRIx64 " to 0x%" PRIx64 ".",
			   fill_text(e), e->end - e->first, e->first, e->end - 1);
}

/* From the first byte of a page on, over several objects. */
static bool from_page_start(struct exam *e)
{
	uint64_t page = e->slab->page_size, object = e->f->object, size = e->cache->size;
	bool one_object = e->first == object && e->end <= object + size;
	bool whole = e->end - e->first >= page;

	if (e->first % page || one_object || (!whole && e->first == object))
		return false;
	opine(e->d, CAUSE_PAGE_OVERWRITE, whole ? 92 : 80, whole,
	      "The damage begins where a page begins and crosses the bounds of objects.");
	if (!whole)
		opine(e->d, CAUSE_OVERFLOW, 40, false,
		      "An object may also begin there, and its owner may have written too much.");
	return true;
}

/* It began before the damaged object. */
static void from_the_left(struct exam *e)
{
	uint64_t object = e->f->object, size = e->cache->size, before = object - e->first;
	uint64_t origin = object - (before + size - 1) / size * size;
	bool from_start = e->first == origin,
	     to_end = !((e->end - object) % size) || e->end == object + e->cache->object_size;
	bool long_enough = before >= 8 && e->end - e->first >= 16;
	struct opinion *o;

	/* What goes over several objects need not have begun in one of them. */
	if (before > size || (from_start && (e->fill == FILL_WORDS || e->fill == FILL_STEPS))) {
		long_enough = false;
		opine(e->d, CAUSE_PAGE_OVERWRITE, 50, false,
		      "The damage covers several objects, like a write to a former use of the "
		      "page.");
	}
	/* Where all owners fill their objects alike, one run over several of them proves nothing. */
	if (from_start && to_end && e->fill == FILL_BYTE)
		long_enough = false;
	o = opine(e->d, CAUSE_OVERFLOW,
		  long_enough	? 95
		  : before >= 4 ? 60
				: 30,
		  long_enough,
		  "The damage begins %" PRIu64 " bytes before this object, in object "
		  "0x%" PRIx64 ".",
		  before, origin);
	o->object = origin;
	if (!long_enough)
		used_after_free(e, 50,
				"The former owner may have filled this object as other owners "
				"fill theirs.");
}

static void within_object(struct exam *e)
{
	uint64_t object = e->f->object, end = object + e->cache->object_size;
	bool alone = e->first == object && e->end >= end && e->end <= object + e->cache->size;
	struct opinion *o;

	if (alone) {
		used_after_free(e, 80, "The damage begins and ends with the object.");
		return;
	}
	used_after_free(e, 65, "The damage is within the object.");
	if (e->first != object || !exam_may_be_allocated(e, e->f->object_index - 1))
		return;
	/* The shorter, the more like what ran over. */
	o = opine(e->d, CAUSE_OVERFLOW, e->end - e->first <= 16 ? 67 : 45, false,
		  "The damage begins where the object begins: the owner of the object before it "
		  "may have written too much.");
	o->object = object - e->cache->size;
}

void causes_of_extent(struct exam *e)
{
	if (e->fill == FILL_NONE)
		return;
	extent_tell(e);
	if (from_page_start(e))
		return;
	if (e->first < e->f->object)
		from_the_left(e);
	else
		within_object(e);
}

/* The difference from what belongs there */

static void one_bit(struct exam *e, const struct kernel_change *c)
{
	struct opinion *o;

	o = opine(e->d, CAUSE_BIT_FLIP,
		  c->kind == CHANGE_COUNTER && c->delta * c->delta == 1 ? 50 : 75, false,
		  "Only bit %d differs from the expected value.", c->bit);
	opinion_against(o, "Setting or clearing a flag in a freed object looks the same.");
	if (c->kind != CHANGE_COUNTER)
		opine(e->d, CAUSE_USE_AFTER_FREE, 30, false,
		      "A flag of a freed object was set or cleared.");
}

static void counted(struct exam *e, const struct kernel_change *c)
{
	bool single = c->bit >= 0, once = c->delta * c->delta == 1;
	char text[160];

	snprintf(text, sizeof(text),
		 "The %u bytes at 0x%" PRIx64 " are %d %s than expected: a counter of the freed "
		 "object.",
		 c->width, e->f->slot + c->at, c->delta < 0 ? -c->delta : c->delta,
		 c->delta < 0 ? "less" : "more");
	used_after_free(e, !single ? 88 : once ? 60 : 40, text);
}

static void short_store(struct exam *e)
{
	const struct word_diff *diff = &e->diff;
	bool proven = e->proof >= REST_ONLY && e->sure, from_left = !diff->first_byte;
	unsigned int weight = proven && !from_left ? 92 : proven ? 62 : 55;
	bool whole_pointer;
	struct location at;
	struct opinion *o;

	if (!diff->contiguous || diff->bytes > 4)
		return;
	at = locate(e->heap->memory, e->heap->layout, e->heap->caches,
		    e->f->has & FINDING_HAS_DECODED ? e->f->decoded : e->f->raw);
	whole_pointer = diff->bytes > 1 && location_is_memory(&at);
	/* Any pointer to memory near by differs in a few bytes only. */
	if (whole_pointer && !e->hardened)
		pointer_value(e, e->f->raw);
	if (whole_pointer)
		weight = diff->bytes > 2 ? 35 : 55;
	o = opine(e->d, CAUSE_SHORT_STORE, weight,
		  proven && !from_left && !whole_pointer && diff->bytes == 1,
		  "%u of the 8 bytes differ%s from the expected value, and the others are as they "
		  "should be.",
		  diff->bytes, diff->bytes == 1 ? "s" : "");
	if (!from_left || !exam_may_be_allocated(e, e->f->object_index - 1))
		return;
	opinion_against(o, "The damage begins at the slot's first byte, where a longer write from "
			   "the left would end.");
	o = opine(e->d, CAUSE_OVERFLOW, 45, false,
		  "The owner of the object before it may have written up to here.");
	o->object = e->f->object - e->cache->size;
}

void causes_of_change(struct exam *e)
{
	struct kernel_change c;

	if (e->proof == REST_NONE)
		return;
	c = kernel_change_find(e->expected, e->f->raw);
	if (c.bit >= 0)
		one_bit(e, &c);
	if (c.kind == CHANGE_REFCOUNT)
		used_after_free(e, 93,
				"Half of the word is 0xc0000000, the value of a saturated "
				"refcount_t: a reference to the freed object was counted.");
	else if (c.kind == CHANGE_COUNTER)
		counted(e, &c);
	else if (c.kind == CHANGE_UNLOCK && c.bit < 0)
		used_after_free(e, 64,
				"The first byte of an aligned half is zero now, like a lock "
				"after spin_unlock(): a lock in the freed object was released.");
	if (c.bit < 0 && c.kind != CHANGE_REFCOUNT && c.kind != CHANGE_COUNTER)
		short_store(e);
}
