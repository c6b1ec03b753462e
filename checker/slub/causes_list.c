/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Freelists whose links are good, and which are wrong all the same. */
#include "checker/slub/exam.h"

#include <inttypes.h>

#include "decoders/freeptr.h"

static uint32_t free_by_counters(const struct slab_state *slab)
{
	return slab->count.inuse <= slab->objects ? slab->objects - slab->count.inuse : 0;
}

static void freed_twice(struct exam *e, unsigned int weight, bool proof, uint64_t object,
			const char *why)
{
	struct opinion *o;

	o = opine(e->d, CAUSE_DOUBLE_FREE, weight, proof,
		  "Object 0x%" PRIx64 " was freed while it was on the list.%s%s", object,
		  *why ? " " : "", why);
	o->object = object;
}

/*
 * A cycle: a link to an object that is on the list already.
 *
 * The second free of A stores a good link to A's list and makes A its head, so the link that
 * closes the cycle is good, and what A led to before is lost. The slab's counters count the second
 * free, so they know one free object more than there are. A flipped bit of a link closes a cycle
 * as well, and is a flipped bit of the decoded address: in slabs of 2^n objects of 2^m bytes many
 * pairs of objects are one bit apart. Of that the counters know nothing: what is listed and what
 * is lost add up to their free objects.
 */
struct cycle {
	bool counted; /* the counters tell */
	uint32_t lost; /* objects of chains on no list that the counters miss, by double free */
	int32_t by_free, by_flip; /* the chain that was lost, by either explanation; -1: none */
};

/* An object on no list with a good link, to which a link is one bit away; -1: there is none. */
static int32_t bit_away(const struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;

	if (!o->links || !o->nr)
		return -1;
	for (uint32_t i = 0; i < e->slab->objects; i++)
		if (o->links[i] != ORPHAN_NONE &&
		    word_compare(e->f->raw,
				 exam_word_for(e, slab_object(e->cache, e->slab, (int32_t)i)))
				    .bit >= 0)
			return (int32_t)i;
	return -1;
}

static struct cycle cycle_find(struct exam *e)
{
	struct cycle c = { .by_free = -1, .by_flip = -1 };
	const struct orphans *o = &e->slab->orphans;

	if (e->f->place == PLACE_CPU_FREELIST || !o->links) {
		c.by_free = o->fits;
		c.by_flip = o->fits < 0 ? bit_away(e) : o->fits;
		return c;
	}
	c.counted = free_by_counters(e->slab) > e->slab->own.length;
	c.lost = o->missing ? o->missing - 1 : 0;
	c.by_flip = o->missing ? orphans_chain_of(e->slab, o->missing) : -1;
	c.by_free = c.lost ? orphans_chain_of(e->slab, c.lost) : -1;
	/* The end of a longer chain is not what was lost. */
	if (c.by_free >= 0 && o->linked[c.by_free])
		c.by_free = -1;
	return c;
}

static void cycle_by_flip(struct exam *e, const struct cycle *c, bool counters_agree)
{
	struct opinion *o;

	if (c->by_flip < 0)
		return;
	exam_rest_set(e, c->by_flip, c->counted ? REST_COUNTED : REST_ONLY);
	if (e->diff.bit >= 0) {
		o = opine(e->d, CAUSE_BIT_FLIP, counters_agree ? 82 : 30, false,
			  "Only bit %d differs from the link to the lost chain of length %u.",
			  e->diff.bit, e->rest_length);
		opinion_against(o, "The addresses of two objects of a slab often differ in one "
				   "bit.");
	} else if (e->diff.contiguous && e->diff.bytes <= 2) {
		opine(e->d, CAUSE_SHORT_STORE, counters_agree ? 60 : 20, false,
		      "%u of the 8 bytes differ%s from the link to the lost chain of length %u.",
		      e->diff.bytes, e->diff.bytes == 1 ? "s" : "", e->rest_length);
	}
}

/*
 * A, which was freed again, leads to what was the head of the list. Once A was handed out that is the head
 * again, and the cycle looks as if its link had been left by the free before: unless its owner overwrites
 * the link, and nobody can where it lies behind the object.
 */
static bool cycle_is_either(const struct exam *e)
{
	int32_t to = exam_index_of(e, e->f->decoded);

	return e->f->place == PLACE_CPU_FREELIST && e->cache->offset >= e->cache->object_size &&
	       to >= 0 && e->slab->cpu_list.hop[to] == 1;
}

static void freed_either(struct exam *e, unsigned int weight, bool proof)
{
	opine(e->d, CAUSE_DOUBLE_FREE, weight, proof,
	      "Object 0x%" PRIx64 " was freed while it was on the list, or object 0x%" PRIx64
	      " was, and has been allocated since.",
	      e->f->decoded, e->f->object);
}

/* A free of an object that was on the list already leads the list back to it. */
static void cycle_by_free(struct exam *e, const struct cycle *c, bool flip_fits, bool free_fits)
{
	if (flip_fits && !free_fits) {
		freed_twice(e, 40, false, e->f->decoded, "");
		return;
	}
	if (cycle_is_either(e)) {
		freed_either(e, e->hardened ? 93 : 75, e->hardened && !flip_fits);
		return;
	}
	freed_twice(e, e->hardened ? 93 : 75,
		    e->hardened && !flip_fits && (free_fits || !c->counted), e->f->decoded,
		    free_fits ? "By the counters there is one free object too many: both "
				"frees were counted."
			      : "");
	if (c->by_free >= 0)
		diagnosis_evidence(
			e->d,
			"Object %d starts a chain of length %u on no list: the rest of the "
			"list before the object was freed again.",
			c->by_free, e->slab->orphans.chain[c->by_free].length);
}

void causes_cycle(struct exam *e)
{
	struct cycle c;
	bool free_fits, flip_fits;

	if (!exam_has_contents(e) || !(e->f->has & FINDING_HAS_OBJECT))
		return;
	e->d->raw_class = overwrite_classify(e->f->raw);
	c = cycle_find(e);
	free_fits = c.counted && (c.by_free >= 0 || !c.lost);
	flip_fits = c.counted && c.by_flip >= 0;
	if (c.counted)
		diagnosis_evidence(e->d,
				   "%u objects are on the list, and by the counters %u are free.",
				   e->slab->own.length, free_by_counters(e->slab));
	cycle_by_flip(e, &c, flip_fits && !free_fits);
	if (e->f->decoded == e->f->object && e->hardened) {
		/* set_freepointer() has BUG_ON(object == fp) on hardened kernels (ce6fa91b9363). */
		opine(e->d, CAUSE_WILD_WRITE, 60, false,
		      "The object points to itself. A hardened kernel stops at a free that "
		      "would store this link.");
		return;
	}
	cycle_by_free(e, &c, flip_fits, free_fits);
	if (e->d->nr && e->d->opinions[0].cause == CAUSE_BIT_FLIP && flip_fits && !free_fits)
		exam_rest_tell(e);
	if (!e->hardened)
		opine(e->d, CAUSE_USE_AFTER_FREE, 30, false,
		      "Links are not encoded, so a pointer to another object that the former "
		      "owner stored looks the same.");
}

/* Lists of the wrong length */

/* A use count that is a little too low leaves the same picture, by an old chain of that length. */
static void cut_rest(struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;

	exam_rest_set(e, o->fits, REST_COUNTED);
	e->sure = o->told || orphans_alone(e->slab) ||
		  (o->missing >= ORPHANS_CUT_SURE && !o->linked[o->fits]);
	exam_rest_tell(e);
}

/* The head of the list is NULL, or its last object: where the chain was cut. */
static void cut_evidence(struct exam *e)
{
	const struct freelist *own = &e->slab->own;
	struct finding *f = e->f;

	f->slot = own->slot;
	f->slot_name = own->from < 0 ? "slab->freelist" : "freepointer";
	f->raw = own->raw;
	if (own->from < 0) {
		f->has &= ~(uint32_t)(FINDING_HAS_OBJECT | FINDING_HAS_HOP);
		return;
	}
	f->decoded = own->next;
	f->random = e->cache->random;
	f->encoding = e->cache->encoding;
	f->has |= FINDING_HAS_DECODED;
}

/* slab->freelist is NULL although objects are free. */
static void head_cut(struct exam *e)
{
	cut_evidence(e);
	cut_rest(e);
	opine(e->d, CAUSE_METADATA_WRITE, 85, false,
	      "The head of the list is NULL, and the chain that it should point to is whole.");
}

/*
 * A link to NULL is stored by the allocator alone where links are encoded. slab_free_freelist_hook()
 * stores it in the object that is freed, before set_freepointer() finds the object on the list and
 * stops (BUG), or before a check of slub_debug refuses the free.
 */
static void chain_cut(struct exam *e)
{
	bool at_head = e->slab->own.length == 1, debug = cache_is_debug(e->cache, e->heap->layout);
	uint64_t object = slab_object(e->cache, e->slab, e->slab->own.from);
	struct opinion *o;

	cut_evidence(e);
	cut_rest(e);
	opine(e->d, CAUSE_CUT_CHAIN,
	      debug	? 50
	      : at_head ? 60
			: 85,
	      false, "The list ends with this object, and the rest of the list is whole.");
	if (!e->hardened) {
		opine(e->d, CAUSE_USE_AFTER_FREE, 45, false,
		      "The word is zero: the former owner of the object may have cleared it.");
		return;
	}
	o = opine(e->d, CAUSE_DOUBLE_FREE,
		  debug	    ? 70
		  : at_head ? 58
			    : 30,
		  false,
		  "When the kernel refuses a free, it has already stored a NULL link in object "
		  "0x%" PRIx64 ".",
		  object);
	o->object = e->sure ? object : 0;
}

/*
 * A, B, A in one detached freelist: the second free of A links it to what B led to, so B leads to A
 * and is on no list, and the counters lost one object more than there are.
 */
static bool detached_twice(struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;
	const struct orphan_chain *chain;
	int32_t index;

	if (o->missing < 2)
		return false;
	index = orphans_chain_of(e->slab, o->missing - 1);
	if (index < 0)
		return false;
	chain = &o->chain[index];
	if (chain->end < 0)
		return false;
	diagnosis_evidence(e->d,
			   "Object %d (0x%" PRIx64 ") starts a chain of length %u that is on no "
			   "list and joins the list at object %d.",
			   index, slab_object(e->cache, e->slab, index), chain->length, chain->end);
	freed_twice(e, 90, false, slab_object(e->cache, e->slab, chain->end),
		    "By the counters there is one free object too many.");
	return true;
}

/* The object of the slab's list whose link leads to another one of it; -1: the head does. */
static int32_t before_on_list(const struct exam *e, int32_t index)
{
	uint16_t hop = e->slab->own.hop[index];

	for (uint32_t i = 0; hop > 1 && i < e->slab->objects; i++)
		if (e->slab->own.hop[i] == hop - 1)
			return (int32_t)i;
	return -1;
}

/*
 * The lost chain leads back into the list: the link that leads to where it joins is the one that
 * should lead to its head.
 */
static bool skipped(struct exam *e)
{
	int32_t fits = e->slab->orphans.fits, join, from;
	struct finding *f = e->f;

	if (fits < 0 || e->slab->orphans.chain[fits].end < 0)
		return false;
	join = e->slab->orphans.chain[fits].end;
	if (!e->slab->own.hop[join])
		return false;
	from = before_on_list(e, join);
	f->slot = from < 0 ? e->slab->own.head_slot
			   : slab_object(e->cache, e->slab, from) + e->cache->offset;
	f->slot_name = from < 0 ? "slab->freelist" : "freepointer";
	f->decoded = slab_object(e->cache, e->slab, join);
	f->has |= FINDING_HAS_SLOT | FINDING_HAS_RAW;
	f->has &= ~(uint32_t)(FINDING_HAS_OBJECT | FINDING_HAS_HOP);
	f->raw = f->decoded;
	if (from >= 0) {
		f->object = slab_object(e->cache, e->slab, from);
		f->object_index = from;
		f->hop = e->slab->own.hop[from] - 1u;
		f->raw = freeptr_encode(e->cache->encoding, f->decoded, e->cache->random, f->slot);
		f->random = e->cache->random;
		f->encoding = e->cache->encoding;
		f->has |= FINDING_HAS_OBJECT | FINDING_HAS_HOP | FINDING_HAS_DECODED;
	}
	cut_rest(e);
	diagnosis_evidence(e->d, "The chain joins the list at object %d.", join);
	if (from >= 0 && causes_of_other_key(e, from))
		return true;
	causes_of_change(e);
	opine(e->d, from < 0 ? CAUSE_METADATA_WRITE : CAUSE_ENCODED_STORE, e->hardened ? 60 : 50,
	      false, "The word was overwritten with another good link.");
	return true;
}

/* Several chains are as long as what is missing: the list was cut, and which is its rest is open. */
static bool cut_somewhere(struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;
	uint32_t nr = 0;

	for (uint32_t i = 0; o->nr && i < e->slab->objects; i++)
		nr += o->links[i] != ORPHAN_NONE && o->chain[i].length == o->missing;
	if (!nr || e->slab->own.from < 0)
		return false;
	diagnosis_evidence(
		e->d,
		"%u chains on no list have the length that is missing by the counters: one of "
		"them may be the rest of this list.",
		nr);
	opine(e->d, CAUSE_CUT_CHAIN, 62, false, "The list ends too early.");
	opine(e->d, CAUSE_METADATA_WRITE, 35, false, "The use count was overwritten.");
	return true;
}

static void too_long(struct exam *e, uint32_t free)
{
	uint32_t more = e->slab->own.length - free;

	diagnosis_evidence(e->d, "The list has %u object%s more than are free by the counters.",
			   more, more == 1 ? "" : "s");
	opine(e->d, CAUSE_METADATA_WRITE, 50, false, "The use count was overwritten.");
	if (e->hardened)
		opine(e->d, CAUSE_ENCODED_STORE, 48, false,
		      "An allocated object was linked into the list.");
	opine(e->d, CAUSE_DOUBLE_FREE, 35, false,
	      "After a double free an object can be on the list and allocated.");
}

static void too_short(struct exam *e, uint32_t free)
{
	uint32_t missing = free - e->slab->own.length;
	struct opinion *o;

	if (skipped(e))
		return;
	if (e->slab->orphans.fits >= 0) {
		if (e->slab->own.from < 0)
			head_cut(e);
		else
			chain_cut(e);
		return;
	}
	if (detached_twice(e) || cut_somewhere(e))
		return;
	diagnosis_evidence(e->d, "By the counters %u object%s more should be on the list%s.",
			   missing, missing == 1 ? "" : "s",
			   e->slab->orphans.nr ? "" : ", and no other object holds a link");
	opine(e->d, CAUSE_METADATA_WRITE, 60, false, "The use count was overwritten.");
	o = opine(e->d, CAUSE_DOUBLE_FREE, e->hardened && missing == 1 ? 30 : 40, false,
		  "Each further free of a free object is counted again.");
	opinion_against(o, "In most cases that leaves a cycle, or objects on no list.");
}

void causes_count(struct exam *e)
{
	uint32_t free;

	if (!exam_has_contents(e) && !(e->cache && e->slab && e->slab->walked))
		return;
	free = free_by_counters(e->slab);
	if (e->f->place == PLACE_CPU_FREELIST) {
		opine(e->d, CAUSE_METADATA_WRITE, 50, false, "The use count was overwritten.");
		opine(e->d, CAUSE_DOUBLE_FREE, 35, false,
		      "Objects that are freed twice are counted twice.");
	} else if (e->slab->own.length > free) {
		too_long(e, free);
	} else {
		too_short(e, free);
	}
}

/* An object on the CPU's list and on the slab's. */
void causes_shared(struct exam *e)
{
	struct opinion *o;
	bool agree = e->slab && e->slab->walked && e->slab->own.length == free_by_counters(e->slab);

	o = opine(e->d, CAUSE_DOUBLE_FREE, agree ? 80 : 60, false,
		  "Another CPU freed an object to the slab while it was on this CPU's "
		  "freelist.%s",
		  agree ? " The counters agree with the slab's list." : "");
	o->object = e->f->object;
	if (agree)
		return;
	opine(e->d, CAUSE_METADATA_WRITE, 30, false,
	      "An overwritten head or link can join the two lists.");
}
