/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/exam.h"

#include <inttypes.h>
#include <string.h>

#include "decoders/freeptr.h"
#include "decoders/kernel_change.h"
#include "decoders/slab.h"

uint64_t exam_word_for(const struct exam *e, uint64_t object)
{
	if (!(e->f->has & FINDING_HAS_OBJECT))
		return object;
	return freeptr_encode(e->cache->encoding, object, e->cache->random, e->f->slot);
}

int32_t exam_index_of(const struct exam *e, uint64_t addr)
{
	struct object_position pos =
		object_locate(e->slab->first, e->cache->size, e->slab->objects, addr);

	return pos.index >= 0 && !pos.offset ? pos.index : -1;
}

bool exam_may_be_allocated(const struct exam *e, int32_t index)
{
	return index >= 0 && (uint32_t)index < e->slab->objects &&
	       !slab_listed(e->slab, (uint32_t)index) &&
	       !slab_sheaved(e->slab, slab_object(e->cache, e->slab, index));
}

bool exam_is_allocated(const struct exam *e, int32_t index)
{
	return exam_may_be_allocated(e, index) && !slab_orphaned(e->slab, (uint32_t)index);
}

/* What the link would be of an object, or, of -1, of the end of the list. */
static uint64_t rest_word(const struct exam *e, int32_t index)
{
	return exam_word_for(e, index < 0 ? 0 : slab_object(e->cache, e->slab, index));
}

static struct word_diff rest_diff(const struct exam *e, int32_t index)
{
	return word_compare(e->f->raw, rest_word(e, index));
}

static uint32_t chain_length(const struct exam *e, int32_t index)
{
	return index >= 0 && e->slab->orphans.chain ? e->slab->orphans.chain[index].length : 0;
}

void exam_rest_set(struct exam *e, int32_t index, enum rest_proof proof)
{
	e->rest = index;
	e->proof = proof;
	e->sure = proof != REST_NONE;
	e->rest_length = chain_length(e, index);
	if (proof == REST_NONE)
		return;
	e->expected = rest_word(e, index);
	e->diff = rest_diff(e, index);
}

/* Of several chains of the length that the counters miss, the one whose word was changed least. */
static int32_t closest_chain(const struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;
	unsigned int best = 5;
	int32_t found = -1;

	for (uint32_t i = 0; o->nr && i < e->slab->objects; i++) {
		unsigned int bytes;

		if (o->links[i] == ORPHAN_NONE || o->chain[i].length != o->missing)
			continue;
		bytes = rest_diff(e, (int32_t)i).bytes;
		if (bytes < best)
			found = (int32_t)i;
		else if (bytes == best)
			found = -1;
		if (bytes < best)
			best = bytes;
	}
	return found;
}

/*
 * The end of the list, or the unlisted object, whose link is one byte away from the damaged word; false:
 * there is none, or several. Where links are plain, objects of a slab are one byte apart anyhow.
 */
static bool rest_near(const struct exam *e, int32_t *index)
{
	/* Where links are not encoded, NULL is one byte away from any small number. */
	bool found = e->hardened && rest_diff(e, -1).bytes == 1;

	*index = -1;
	/* Four bytes were stored, however many of them differ. */
	if ((e->f->raw & UINT32_MAX) == REFCOUNT_SATURATED || e->f->raw >> 32 == REFCOUNT_SATURATED)
		return false;
	for (uint32_t i = 0; i < e->slab->objects; i++) {
		if (slab_listed(e->slab, i) ||
		    slab_sheaved(e->slab, slab_object(e->cache, e->slab, (int32_t)i)) ||
		    rest_diff(e, (int32_t)i).bytes != 1)
			continue;
		if (found)
			return false;
		found = true;
		*index = (int32_t)i;
	}
	return found;
}

/* Where the damaged word leads to, if that is memory that exists. */
static bool leads_to_memory(const struct exam *e)
{
	uint64_t addr = e->f->has & FINDING_HAS_DECODED ? e->f->decoded : e->f->raw;
	struct location at = locate(e->heap->memory, e->heap->layout, e->heap->caches, addr);

	return location_is_memory(&at);
}

/*
 * Whether that one byte, or bit, differs is more than chance. The address of any other object near by
 * differs in a byte or two from that of one of the slab's objects.
 */
static bool near_is_sure(const struct exam *e)
{
	if (e->f->id == FINDING_FREELIST_MISALIGNED)
		return false;
	return e->diff.bytes == 1 && !leads_to_memory(e);
}

/*
 * Whether the object that holds the damaged word may be in use: a damaged link led to it, and what it
 * lacks is a chain of one object more, which that link led to.
 */
static bool end_may_be_in_use(const struct exam *e)
{
	const struct freelist *own = &e->slab->own;
	const struct orphans *o = &e->slab->orphans;
	uint64_t link = own->head, slot = 0;
	struct word_diff diff;

	if (own->before >= 0) {
		slot = slab_object(e->cache, e->slab, own->before) + e->cache->offset;
		if (!slab_word(e->slab, slot, &link))
			return true;
	}
	for (uint32_t i = 0; o->nr && i < e->slab->objects; i++) {
		uint64_t object = slab_object(e->cache, e->slab, (int32_t)i);

		if (o->links[i] == ORPHAN_NONE || o->chain[i].length != o->missing + 1)
			continue;
		diff = word_compare(link, slot ? freeptr_encode(e->cache->encoding, object,
								e->cache->random, slot)
					       : object);
		if (diff.bytes == 1)
			return true;
	}
	return false;
}

/* Nothing but the key says what the end of a list looks like, and it may be the key that is wrong. */
static bool end_is_sure(const struct exam *e)
{
	return (!e->hardened || e->heap->links_good || e->diff.bytes <= 4) && !end_may_be_in_use(e);
}

/* By the counters the list is as long as it is, or a chain on no list is what it lacks. */
static void rest_by_count(struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;
	int32_t index = o->fits;

	if (!o->missing) {
		exam_rest_set(e, -1, REST_COUNTED);
		e->sure = end_is_sure(e);
		return;
	}
	if (index >= 0) {
		exam_rest_set(e, index, REST_COUNTED);
		/* The end of a longer chain need not be what was lost. */
		e->sure = !o->linked[index] || near_is_sure(e);
		return;
	}
	index = closest_chain(e);
	if (index >= 0)
		exam_rest_set(e, index, REST_COUNTED);
	else if (rest_near(e, &index) && index >= 0)
		exam_rest_set(e, index,
			      chain_length(e, index) == o->missing ? REST_COUNTED : REST_NEAR);
	e->sure = e->proof != REST_NONE && near_is_sure(e);
}

/*
 * Nobody counts the objects on a CPU's freelist. A chain that objects in use cannot have left behind is
 * its rest; any other may be an old one.
 */
static void rest_by_looks(struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;
	bool near;
	int32_t index;

	near = rest_near(e, &index);
	if (near)
		exam_rest_set(e, index, chain_length(e, index) ? REST_ONLY : REST_NEAR);
	else if (o->chains == 1)
		exam_rest_set(e, o->head, REST_ONLY);
	else
		return;
	e->sure = near && near_is_sure(e);
	if (o->chains == 1 && e->rest == o->head)
		e->sure |=
			o->told || (orphans_alone(e->slab) && (o->length > 1 || e->diff.bit >= 0));
}

void exam_rest_find(struct exam *e)
{
	const struct slab_state *slab = e->slab;

	exam_rest_set(e, -1, REST_NONE);
	/* Nothing vouches for its owner, whose objects do not fit. */
	if (slab->role == ROLE_NO_LIST && slab->count.objects != slab->objects)
		return;
	if (e->f->place != PLACE_CPU_FREELIST && slab->orphans.counted)
		rest_by_count(e);
	else
		rest_by_looks(e);
}

/* What belongs there, and how it is known. */
static void rest_evidence(const struct exam *e)
{
	uint64_t object = slab_object(e->cache, e->slab, e->rest);

	if (e->rest < 0 && e->proof == REST_COUNTED)
		diagnosis_evidence(e->d,
				   "By the counters no object is missing: the list %s end "
				   "here.",
				   e->sure ? "should" : "may");
	else if (e->rest < 0)
		diagnosis_evidence(e->d, "The word for the end of the list differs in one byte "
					 "only.");
	else if (e->proof == REST_NEAR)
		diagnosis_evidence(e->d,
				   "A link to object %d (0x%" PRIx64 ") differs in one "
				   "byte only.",
				   e->rest, object);
	else
		diagnosis_evidence(e->d,
				   "Object %d (0x%" PRIx64 ") is on no list and starts a chain "
				   "of length %u: %s.",
				   e->rest, object, e->rest_length,
				   e->sure ? "the rest of this list"
					   : "the rest of this list, or old links of objects in "
					     "use");
}

/* How many objects are lost, where nothing says which. */
static void candidates_tell(const struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;

	if (e->f->place == PLACE_CPU_FREELIST || !o->missing || o->nr <= o->missing)
		return;
	diagnosis_evidence(e->d,
			   "By the counters %u free object%s missing: among the %u objects on no "
			   "list that hold a link.",
			   o->missing, o->missing == 1 ? " is" : "s are", o->nr);
}

void exam_rest_tell(const struct exam *e)
{
	char how[96];

	if (e->proof != REST_NONE)
		rest_evidence(e);
	if (!e->sure) {
		candidates_tell(e);
		return;
	}
	if (e->rest >= 0) {
		e->d->repair = slab_object(e->cache, e->slab, e->rest);
		e->d->has_repair = true;
	}
	diagnosis_expect(e->d, e->expected);
	if (e->diff.bytes && e->diff.bytes <= 4)
		diagnosis_evidence(e->d, "Compared with the expected value, %s.",
				   word_diff_describe(&e->diff, how, sizeof(how)));
}

/* How far the damage reaches */

/* Of characters in a row; shorter runs are anywhere by chance. */
#define TEXT_MIN 8

static bool is_text(uint8_t byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t';
}

/* The bytes of the slot that are known to be damaged: those that differ, or all of them. */
static void damaged_bytes(const struct exam *e, unsigned int *low, unsigned int *high)
{
	*low = 0;
	*high = 7;
	if (e->proof == REST_NONE || !e->diff.bytes)
		return;
	*low = (unsigned int)e->diff.first_byte;
	*high = 31 - (unsigned int)__builtin_clz(e->diff.byte_mask);
}

/* Which pattern of bytes goes through all damaged bytes. Zeros are what fresh memory holds. */
static enum fill fill_find(const uint8_t *bytes, unsigned int nr, uint8_t *step)
{
	*step = nr > 1 ? (uint8_t)(bytes[1] - bytes[0]) : 0;
	for (unsigned int i = 1; i < nr; i++)
		if ((uint8_t)(bytes[i] - bytes[i - 1]) != *step)
			return FILL_NONE;
	if (!*step)
		return bytes[0] ? FILL_BYTE : FILL_NONE;
	return nr >= 4 ? FILL_STEPS : FILL_NONE;
}

/* Bytes of the slot that are as they should be were not written. */
static size_t written_from(const struct exam *e, size_t slot, unsigned int first)
{
	return e->sure && first ? slot + first : 0;
}

static size_t written_to(const struct exam *e, size_t slot, unsigned int last)
{
	return e->sure && last < 7 ? slot + last + 1 : e->slab->bytes_len;
}

/*
 * Whether the damaged bytes are text, or its end: characters, and a NUL at most behind them. Few
 * characters are text only when more of it lies before them.
 */
static bool text_find(const struct slab_state *slab, size_t from, size_t low, size_t high)
{
	size_t at = low, start = low;

	while (at < high && is_text(slab->bytes[at]))
		at++;
	if (at < high && (slab->bytes[at] || at + 1 != high))
		return false;
	while (start > from && is_text(slab->bytes[start - 1]))
		start--;
	return at - start >= TEXT_MIN;
}

/* Whether a byte and the one behind it are of one pattern; @new is the one that is looked at. */
static bool fill_goes_on(enum fill fill, uint8_t step, const uint8_t *pair, unsigned int new)
{
	if (fill == FILL_TEXT)
		return is_text(pair[new]);
	return (uint8_t)(pair[1] - pair[0]) == (fill == FILL_BYTE ? 0 : step);
}

/*
 * A copy that ran over repeats what its owner holds: from its start through the slot the object
 * reads as the bytes one period before, which begin in the object before it. The size of the
 * objects is not a period: neighbours may well hold the same. Nor is a fill of one byte a copy.
 */
static uint32_t copy_period(const struct exam *e)
{
	const struct slab_state *slab = e->slab;
	size_t object = e->f->object - slab->base, len = e->cache->offset + 8;
	const uint8_t *bytes = slab->bytes + object;
	bool uniform = true;

	if (!e->f->raw)
		return 0;
	for (size_t i = 1; i < len; i++)
		uniform &= bytes[i] == bytes[0];
	for (uint32_t period = 8; !uniform && period <= 256; period += 8) {
		if (period == e->cache->size || period > object)
			continue;
		if (!memcmp(bytes, bytes - period, len))
			return period;
	}
	return 0;
}

/* A stretch of the slab's memory. */
struct stretch {
	size_t low, high;
};

/* Numbers of @unit bytes that grow by the same step, or are the same. */
static struct stretch numbers_extent(const struct slab_state *slab, size_t slot, unsigned int unit)
{
	const uint8_t *bytes = slab->bytes;
	uint64_t mask = UINT64_MAX >> (64 - 8 * unit);
	uint64_t step = value_get(slab->arch, bytes + slot + unit, unit) -
			value_get(slab->arch, bytes + slot, unit);
	struct stretch s = { slot, slot + 2 * unit };

	while (s.low >= unit && !((value_get(slab->arch, bytes + s.low, unit) -
				   value_get(slab->arch, bytes + s.low - unit, unit) - step) &
				  mask))
		s.low -= unit;
	while (s.high + unit <= slab->bytes_len &&
	       !((value_get(slab->arch, bytes + s.high, unit) -
		  value_get(slab->arch, bytes + s.high - unit, unit) - step) &
		 mask))
		s.high += unit;
	return s;
}

/* Words of four bytes whose bytes all grow by a step of their own. */
static struct stretch lanes_extent(const struct slab_state *slab, size_t slot)
{
	const uint8_t *bytes = slab->bytes;
	struct stretch s = { slot, slot + 8 };
	uint8_t step[4];

	for (unsigned int i = 0; i < 4; i++)
		step[i] = (uint8_t)(bytes[slot + 4 + i] - bytes[slot + i]);
	while (s.low &&
	       (uint8_t)(bytes[s.low + 3] - bytes[s.low - 1]) == step[(s.low - 1 - slot) & 3])
		s.low--;
	while (s.high < slab->bytes_len &&
	       (uint8_t)(bytes[s.high] - bytes[s.high - 4]) == step[(s.high - slot) & 3])
		s.high++;
	return s;
}

/*
 * Test patterns, frame buffers, repeated constants: whichever of them goes farthest. All of the slot has
 * to be of the pattern, and more of it than zeros.
 */
static bool words_extent(const struct exam *e, size_t *low, size_t *high)
{
	size_t slot = (size_t)(e->f->slot - e->slab->base);
	struct stretch best = lanes_extent(e->slab, slot);

	if (!(e->f->raw & UINT32_MAX) || !(e->f->raw >> 32))
		return false;
	for (unsigned int unit = 2; unit <= 4; unit *= 2) {
		struct stretch s = numbers_extent(e->slab, slot, unit);

		if (s.high >= slot + 8 && s.high - s.low > best.high - best.low)
			best = s;
	}
	*low = best.low;
	*high = best.high;
	return best.high - best.low >= 16;
}

/* How far the copy reaches: from where the first period lies to the last byte that repeats it. */
static void copy_extent(const struct exam *e, size_t *low, size_t *high)
{
	const uint8_t *bytes = e->slab->bytes;

	while (*low > e->period && bytes[*low - 1] == bytes[*low - 1 - e->period])
		--*low;
	*low -= e->period;
	while (*high < e->slab->bytes_len && bytes[*high] == bytes[*high - e->period])
		++*high;
}

static void bytes_extent(struct exam *e, uint8_t step, struct stretch limit, size_t *low,
			 size_t *high)
{
	const struct slab_state *slab = e->slab;

	while (*low > limit.low && fill_goes_on(e->fill, step, slab->bytes + *low - 1, 0))
		--*low;
	while (*high < limit.high && fill_goes_on(e->fill, step, slab->bytes + *high - 1, 1))
		++*high;
	/* A few equal bytes are anywhere by chance. */
	if (*high - *low < 8)
		e->fill = FILL_NONE;
}

void exam_extent_find(struct exam *e)
{
	const struct slab_state *slab = e->slab;
	size_t slot = (size_t)(e->f->slot - slab->base), low, high;
	unsigned int first, last;
	struct stretch limit;
	uint8_t step = 0;

	e->fill = FILL_NONE;
	e->first = e->f->slot;
	e->end = e->f->slot + 8;
	if (slot > slab->bytes_len - 8)
		return;
	damaged_bytes(e, &first, &last);
	low = slot + first;
	high = slot + last + 1;
	e->fill = fill_find(slab->bytes + low, (unsigned int)(high - low), &step);
	e->period = copy_period(e);
	if (e->fill != FILL_BYTE && e->period) {
		e->fill = FILL_COPY;
		copy_extent(e, &low, &high);
	} else if (e->fill == FILL_NONE && words_extent(e, &low, &high)) {
		e->fill = FILL_WORDS;
	} else {
		low = slot + first;
		high = slot + last + 1;
		limit = (struct stretch){ written_from(e, slot, first), written_to(e, slot, last) };
		if (e->fill == FILL_NONE && text_find(slab, limit.low, low, high))
			e->fill = FILL_TEXT;
		if (e->fill != FILL_NONE)
			bytes_extent(e, step, limit, &low, &high);
	}
	if (e->fill == FILL_NONE)
		return;
	e->first = slab->base + low;
	e->end = slab->base + high;
	/* Other links may be gone as well, unless all that is missing hangs on this one. */
	if (e->end - e->first > e->cache->size && e->proof != REST_COUNTED)
		e->sure = false;
	/* The last bytes of the object before may be of the pattern by chance. */
	if (e->first < e->f->object && e->f->object - e->first < 4)
		e->first = e->f->object;
}
