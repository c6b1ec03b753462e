/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/exam.h"

#include <inttypes.h>
#include <string.h>

#include "decoders/freeptr.h"
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
	return exam_may_be_allocated(e, index) && !slab_lost(e->slab, (uint32_t)index);
}

/* The one unlisted object whose link would differ from the damaged word in one byte alone. */
static int32_t nearest_object(const struct exam *e)
{
	int32_t found = -1;

	for (uint32_t i = 0; i < e->slab->objects; i++) {
		uint64_t object = slab_object(e->cache, e->slab, (int32_t)i);

		if (slab_listed(e->slab, i) || slab_sheaved(e->slab, object))
			continue;
		if (word_compare(e->f->raw, exam_word_for(e, object)).bytes != 1)
			continue;
		if (found >= 0)
			return -1;
		found = (int32_t)i;
	}
	return found;
}

static uint32_t chain_length(const struct exam *e, int32_t index)
{
	return e->slab->orphans.chain ? e->slab->orphans.chain[index].length : 0;
}

void exam_rest_set(struct exam *e, int32_t index, enum rest_proof proof)
{
	e->rest = index;
	e->proof = proof;
	e->rest_length = index < 0 ? 0 : chain_length(e, index);
	if (proof == REST_NONE)
		return;
	e->expected = exam_word_for(e, slab_object(e->cache, e->slab, index));
	e->diff = word_compare(e->f->raw, e->expected);
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
		bytes = word_compare(e->f->raw,
				     exam_word_for(e, slab_object(e->cache, e->slab, (int32_t)i)))
				.bytes;
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
 * Best witness: the rest of the chain still lies in the slab and has the length that the counters
 * miss. Next best: it is the only chain. Then one object is one byte away, which a chain from there
 * confirms.
 */
void exam_rest_find(struct exam *e)
{
	const struct orphans *o = &e->slab->orphans;
	int32_t index = o->fits;
	bool counted = e->f->place != PLACE_CPU_FREELIST && o->missing;

	if (index < 0 && counted)
		index = closest_chain(e);
	if (index >= 0) {
		exam_rest_set(e, index, counted ? REST_COUNTED : REST_ONLY);
		return;
	}
	index = nearest_object(e);
	if (index < 0)
		exam_rest_set(e, -1, REST_NONE);
	else if (chain_length(e, index) && (!counted || chain_length(e, index) == o->missing))
		exam_rest_set(e, index, counted ? REST_COUNTED : REST_ONLY);
	else
		exam_rest_set(e, index, REST_NEAR);
}

void exam_rest_tell(const struct exam *e)
{
	uint64_t object;
	char how[96];

	if (e->proof == REST_NONE)
		return;
	object = slab_object(e->cache, e->slab, e->rest);
	e->d->repair = object;
	e->d->has_repair = true;
	diagnosis_expect(e->d, e->expected);
	if (e->proof == REST_NEAR)
		diagnosis_evidence(e->d,
				   "A link to object %d (0x%" PRIx64 ") differs in one "
				   "byte only.",
				   e->rest, object);
	else
		diagnosis_evidence(e->d,
				   "Object %d (0x%" PRIx64 ") is on no list and starts a chain "
				   "of length %u: the rest of this list.",
				   e->rest, object, e->rest_length);
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

/*
 * Whether the damaged bytes are text, or its end: characters, and a NUL at most behind them. Few
 * characters are text only when more of it lies before them.
 */
static bool text_find(const struct slab_state *slab, size_t low, size_t high)
{
	size_t at = low, start = low;

	while (at < high && is_text(slab->bytes[at]))
		at++;
	if (at < high && (slab->bytes[at] || at + 1 != high))
		return false;
	while (start && is_text(slab->bytes[start - 1]))
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

static void bytes_extent(struct exam *e, uint8_t step, size_t *low, size_t *high)
{
	const struct slab_state *slab = e->slab;

	while (*low && fill_goes_on(e->fill, step, slab->bytes + *low - 1, 0))
		--*low;
	while (*high < slab->bytes_len && fill_goes_on(e->fill, step, slab->bytes + *high - 1, 1))
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
		if (e->fill == FILL_NONE && text_find(slab, low, high))
			e->fill = FILL_TEXT;
		if (e->fill != FILL_NONE)
			bytes_extent(e, step, &low, &high);
	}
	if (e->fill == FILL_NONE)
		return;
	e->first = slab->base + low;
	e->end = slab->base + high;
	/* The last bytes of the object before may be of the pattern by chance. */
	if (e->first < e->f->object && e->f->object - e->first < 4)
		e->first = e->f->object;
}
