/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link of a freelist, or its head, that leads where it must not. */
#include "checker/slub/exam.h"

#include <inttypes.h>

#include "checker/slub/locate.h"
#include "decoders/freeptr.h"
#include "decoders/slab.h"

static uint64_t object_at(const struct exam *e, int32_t index)
{
	return slab_object(e->cache, e->slab, index);
}

/* The address that the word leads to; heads are plain. */
static uint64_t leads_to(const struct exam *e)
{
	return e->f->has & FINDING_HAS_DECODED ? e->f->decoded : e->f->raw;
}

/* What a link stored at object + offset of an inner address decodes to: the rest of the list. */
static bool rest_behind(const struct exam *e, uint64_t inner, uint64_t *next)
{
	uint64_t slot = inner + e->cache->offset, raw;

	if (!slab_word(e->slab, slot, &raw))
		return false;
	*next = freeptr_decode(e->cache->encoding, raw, e->cache->random, slot);
	if (*next && exam_index_of(e, *next) < 0)
		return false;
	/* Zeros are no proof where NULL is stored as zero. */
	return e->hardened || *next;
}

/*
 * kfree(p + n) links p + n, and stores the rest of the list n bytes behind the freepointer of p:
 * that word is the proof.
 */
static bool inner_free(struct exam *e)
{
	uint64_t inner = leads_to(e), next = 0;
	struct object_position pos =
		object_locate(e->slab->first, e->cache->size, e->slab->objects, inner);
	struct opinion *o;
	uint64_t object;

	if (pos.index < 0 || !pos.offset || pos.offset >= e->cache->object_size)
		return false;
	object = object_at(e, pos.index);
	if (!rest_behind(e, inner, &next))
		return false;
	o = opine(e->d, CAUSE_INNER_FREE, 97, true,
		  "The word points to object 0x%" PRIx64 " + %u, and the word at 0x%" PRIx64 " "
		  "decodes to 0x%" PRIx64 ", %s: the address 0x%" PRIx64 " was freed.",
		  object, pos.offset, inner + e->cache->offset, next,
		  next ? "an object of this slab" : "the end of a list", inner);
	o->object = object;
	/* Freed by its own address the object would be on the list. */
	exam_rest_set(e, pos.index, REST_ONLY);
	e->d->repair = object;
	e->d->has_repair = true;
	diagnosis_expect(e->d, e->expected);
	return true;
}

/* The same without proof: the object is in use again, and the word behind it was overwritten. */
static void inner_free_maybe(struct exam *e)
{
	uint64_t inner = leads_to(e);
	struct object_position pos =
		object_locate(e->slab->first, e->cache->size, e->slab->objects, inner);
	struct opinion *o;

	if (pos.index < 0 || !pos.offset || pos.offset >= e->cache->object_size || pos.offset & 7)
		return;
	o = opine(e->d, CAUSE_INNER_FREE, e->hardened ? 45 : 35, false,
		  "A free of an address %u bytes into object 0x%" PRIx64 " stores this word.",
		  pos.offset, object_at(e, pos.index));
	o->object = object_at(e, pos.index);
	opinion_against(o, "The second word that such a free stores is not there.");
}

/*
 * The word decodes to an address that makes sense, so it was stored with the key. A store of a few
 * bytes leads near to where the link led, so where it does that is as good.
 */
static void encoded_store(struct exam *e)
{
	struct location at = locate(e->heap->memory, e->heap->layout, e->heap->caches, leads_to(e));
	unsigned int changed = e->proof == REST_NONE ? 8 : e->diff.bytes;
	unsigned int weight = 0;
	char where[160];

	if (at.kind == LOCATION_OBJECT)
		weight = changed <= 1 ? 60 : 80;
	else if (at.kind == LOCATION_INSIDE || at.kind == LOCATION_KFENCE)
		weight = changed <= 2 ? 40 : 66;
	else if (at.kind == LOCATION_PAGE || at.kind == LOCATION_MAPPED)
		weight = changed <= 2 && at.addr & 7 ? 40 : 66;
	if (!weight || (e->proof != REST_NONE && e->diff.bit >= 0))
		return;
	if (!e->hardened)
		weight -= 25;
	location_describe(e->heap->memory, e->heap->layout, &at, where, sizeof(where));
	opine(e->d, CAUSE_ENCODED_STORE, weight, false,
	      e->hardened ? "The word decodes to 0x%" PRIx64 " (%s): its writer knew the key, "
			    "as the allocator does."
			  : "The word points to 0x%" PRIx64 " (%s): it was stored as a whole "
			    "link.",
	      leads_to(e), where);
}

/* The counters miss objects, and none of the slab's carries a good link: others were hit as well. */
static void several_links(struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;

	if (!o->links || o->nr || o->missing < 2)
		return;
	diagnosis_evidence(
		e->d,
		"By the counters %u free objects are missing, and no object of the slab has a "
		"good link to them: more than one freepointer was overwritten.",
		o->missing);
	opine(e->d, CAUSE_PAGE_OVERWRITE, 58, false,
	      "A write went over several objects, like DMA to a page.");
	opine(e->d, CAUSE_OVERFLOW, 50, false,
	      "A long write past the end of an object looks "
	      "the same.");
}

/* A link in an object. */
static void object_link(struct exam *e)
{
	e->d->raw_class = overwrite_classify(e->f->raw);
	/* An empty list_head, before it is taken for an address inside of an object. */
	if (e->f->raw == e->f->slot || e->f->raw == e->f->slot - 8) {
		causes_of_value(e, e->f->raw);
		return;
	}
	if (causes_of_other_key(e, e->f->object_index) || inner_free(e))
		return;
	exam_rest_find(e);
	exam_extent_find(e);
	exam_rest_tell(e);
	causes_of_extent(e);
	/* A store of which half the word is left says more than the value of the whole. */
	if (e->proof != REST_NONE && e->diff.bytes <= 4)
		causes_of_change(e);
	inner_free_maybe(e);
	encoded_store(e);
	if (e->fill == FILL_NONE && (e->proof == REST_NONE || e->diff.bytes > 4))
		causes_of_value(e, e->f->raw);
	if (e->proof == REST_NONE && e->fill == FILL_NONE)
		several_links(e);
}

/* The head was loaded from the freepointer of an object that is handed out by now. */
struct head_source {
	int32_t index; /* -1: of one of several */
	uint64_t word; /* what was in its freepointer */
	enum overwrite_class class;
	unsigned int telling;
};

/* How little a word that was decoded with the wrong slot would look like that; 0: it may well. */
static unsigned int telling(enum overwrite_class class)
{
	switch (class) {
	case OVERWRITE_ZERO:
	case OVERWRITE_POISON_FREE:
	case OVERWRITE_POISON_INUSE:
	case OVERWRITE_RED_ZONE:
	case OVERWRITE_LIST_POISON:
	case OVERWRITE_REPEATED:
		return 2;
	/* The slots of a slab differ in two bytes, so what is text for one is for its neighbours. */
	case OVERWRITE_ASCII:
	case OVERWRITE_SMALL:
		return 1;
	default:
		return 0;
	}
}

/* What the head would have been in one object's freepointer. */
static struct head_source source_of(const struct exam *e, int32_t index)
{
	const struct cache *c = e->cache;
	uint64_t slot = object_at(e, index) + c->offset, raw;
	uint64_t word = freeptr_encode(c->encoding, e->f->raw, c->random, slot);
	struct head_source s = { index, word, overwrite_classify(word), 0 };

	if (slab_word(e->slab, slot, &raw) && raw == word)
		s.telling = 3;
	else if (e->hardened)
		s.telling = telling(s.class);
	return s;
}

/* The object whose freepointer tells most. Of several equals none is named. */
static bool head_source_find(const struct exam *e, struct head_source *best)
{
	*best = (struct head_source){ .index = -1 };
	for (uint32_t i = 0; i < e->slab->objects; i++) {
		struct head_source s;

		if (slab_listed(e->slab, i))
			continue;
		s = source_of(e, (int32_t)i);
		if (s.telling > best->telling)
			*best = s;
		else if (s.telling && s.telling == best->telling)
			best->index = -1;
	}
	return best->telling && best->index >= 0;
}

/* Which object's freepointer became the head, and what it says of its writer. */
static void head_source_tell(struct exam *e, const struct head_source *source)
{
	uint64_t object = object_at(e, source->index);
	const char *text = overwrite_class_text(source->class);
	struct opinion *o;

	if (source->telling == 3)
		diagnosis_evidence(e->d,
				   "The freepointer of object %d (0x%" PRIx64 ") still points "
				   "there: that word was damaged, and the object has been "
				   "handed out since.",
				   source->index, object);
	else
		diagnosis_evidence(
			e->d,
			"If the head was loaded from object %d (0x%" PRIx64 "), the freepointer "
			"there held 0x%" PRIx64 " (%s): that word was damaged, and the object "
			"has been handed out since.",
			source->index, object, source->word, text);
	if (!telling(source->class))
		return;
	e->d->raw_class = source->class;
	o = opine(e->d, CAUSE_USE_AFTER_FREE, 70, false,
		  "The object was written to while it was free.");
	o->object = object;
	o = opine(e->d, CAUSE_DOUBLE_FREE, source->class == OVERWRITE_ZERO ? 45 : 24, false,
		  "After a double free the object can be on the list and allocated: then its owner "
		  "wrote the word.");
	o->object = object;
	if (source->index &&
	    (source->class == OVERWRITE_ASCII || source->class == OVERWRITE_REPEATED)) {
		o = opine(e->d, CAUSE_OVERFLOW, 50, false,
			  "The owner of the object before it may have written too much.");
		o->object = object - e->cache->size;
	}
}

/*
 * A head that leads nowhere. The CPU's comes out of the freepointer of the object that was handed
 * out last, so most often that word was damaged and not this one. A slab's is in its descriptor.
 */
static void head(struct exam *e)
{
	struct head_source source;
	bool of_cpu = e->f->place == PLACE_CPU_FREELIST, one_byte;

	e->d->raw_class = overwrite_classify(e->f->raw);
	if (inner_free(e))
		return;
	if (of_cpu && head_source_find(e, &source))
		head_source_tell(e, &source);
	else if (of_cpu)
		diagnosis_evidence(e->d,
				   "The head was loaded from the freepointer of the object that "
				   "was handed out last: either that freepointer or this head "
				   "was overwritten.");
	exam_rest_find(e);
	exam_rest_tell(e);
	/* Not the first: that is where a longer write from the left would end. */
	one_byte = e->proof >= REST_ONLY && e->sure && e->diff.bytes == 1 && e->diff.first_byte;
	if (e->proof != REST_NONE && e->diff.bytes <= 4) {
		if (e->diff.bit >= 0)
			opine(e->d, CAUSE_BIT_FLIP, 72, false,
			      "Only bit %d differs from the expected value.", e->diff.bit);
		if (e->diff.contiguous && e->diff.bit < 0)
			opine(e->d, CAUSE_SHORT_STORE, one_byte ? 92 : 74, one_byte,
			      "%u of the 8 bytes differ%s from the expected value.", e->diff.bytes,
			      e->diff.bytes == 1 ? "s" : "");
	}
	inner_free_maybe(e);
	if (of_cpu && !e->d->nr)
		opine(e->d, CAUSE_USE_AFTER_FREE, 40, false,
		      "The freepointer may have been overwritten while its object was free.");
	opine(e->d, CAUSE_METADATA_WRITE, of_cpu ? one_byte ? 20 : 36 : 76, false,
	      of_cpu ? "The head itself may have been overwritten."
		     : "The word is in the slab's descriptor, where only the allocator writes.");
}

void causes_link(struct exam *e)
{
	if (!exam_has_contents(e))
		return;
	if (e->f->has & FINDING_HAS_OBJECT)
		object_link(e);
	else
		head(e);
}
