/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_EXAM_H
#define SLUBCHECK_CHECKER_SLUB_EXAM_H
/*
 * What the diagnosis of a damaged word looks at: what belongs there, how that differs from what is
 * there, and how far the damage reaches. For checker/slub/causes_*.c only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/slub/cache.h"
#include "checker/findings/findings.h"
#include "checker/slub/heap.h"
#include "checker/findings/diagnosis.h"
#include "decoders/overwrite.h"

/* How it is known where a link led before. */
enum rest_proof {
	REST_NONE,
	REST_NEAR, /* one unlisted object is a byte away from the damaged word */
	REST_ONLY, /* the slab has one chain of free objects on no list, and nobody counts them */
	REST_COUNTED, /* a chain on no list is as long as the counters miss */
};

/* What fills the bytes around a damaged word. */
enum fill {
	FILL_NONE,
	FILL_BYTE, /* one byte value */
	FILL_STEPS, /* bytes that grow by the same step, as a test pattern */
	FILL_WORDS, /* words of four bytes that grow by the same step, or are the same */
	FILL_TEXT,
	FILL_COPY, /* the same as what lies one period before */
};

/**
 * struct exam - The findings of an examination.
 * @heap, @cache, @slab, @f, @d: what is examined, and the diagnosis that is made of it
 * @hardened: links are encoded
 * @rest, @rest_length, @proof: object to which the damaged link led (-1, with @proof: to none, it was
 *	     the last), and what hangs on it
 * @sure:    nothing else explains what is seen as well: it may be said as a fact
 * @expected, @diff: the word that belongs there, and how the damaged one differs; with @proof only
 * @fill, @first, @end: what the damaged bytes are part of: [first, end)
 * @period: of FILL_COPY
 */
struct exam {
	struct heap *heap;
	const struct cache *cache;
	const struct slab_state *slab;
	struct finding *f;
	struct diagnosis *d;
	bool hardened;
	int32_t rest;
	uint32_t rest_length;
	enum rest_proof proof;
	bool sure;
	uint64_t expected;
	struct word_diff diff;
	enum fill fill;
	uint64_t first, end;
	uint32_t period;
};

/** exam_word_for() - The word at the finding's slot that leads to an object; heads are plain. */
uint64_t exam_word_for(const struct exam *e, uint64_t object);

/** exam_rest_find() - Find where the link led: @rest, @proof, @sure, @expected, @diff. */
void exam_rest_find(struct exam *e);

/** exam_rest_set() - Take it that the link led to that object, for sure; -1: to none. */
void exam_rest_set(struct exam *e, int32_t index, enum rest_proof proof);

/** exam_rest_tell() - Say so in the evidence, and, where it is sure, the expected word and the repair. */
void exam_rest_tell(const struct exam *e);

/** exam_extent_find() - Find how far the damage reaches: @fill, @first, @end. */
void exam_extent_find(struct exam *e);

/** exam_is_allocated() - Whether an object of the slab is allocated, as far as its lists tell. */
bool exam_is_allocated(const struct exam *e, int32_t index);

/** exam_may_be_allocated() - The same, where a link that lies in it may be an old one. */
bool exam_may_be_allocated(const struct exam *e, int32_t index);

/** exam_index_of() - Object of the slab that starts at @addr, or -1. */
int32_t exam_index_of(const struct exam *e, uint64_t addr);

/** exam_has_contents() - Whether there is a slab with its contents to look into. */
static inline bool exam_has_contents(const struct exam *e)
{
	return e->slab && e->slab->walked && e->slab->bytes && e->cache;
}

/* The diagnoses, by what is damaged. Each fills @e->d. */
void causes_link(struct exam *e);
void causes_cycle(struct exam *e);
void causes_count(struct exam *e);
void causes_shared(struct exam *e);
void causes_contents(struct exam *e);
void causes_entry_twice(struct exam *e);
void causes_entry_misaligned(struct exam *e);
void causes_entry_foreign(struct exam *e);
void causes_entry_wild(struct exam *e);
void causes_page_freed(struct exam *e);
void causes_owned(struct exam *e);
void causes_lost(struct exam *e);
void causes_disabled(struct exam *e);
void causes_metadata(struct exam *e);
void causes_counter(struct exam *e);
void causes_offline(struct exam *e);
void causes_track(struct exam *e);

/**
 * causes_of_other_key() - Whether the link in an object was stored by a free to another cache: with
 * its key, and at its offset.
 *
 * Return: whether that is proven. Where it is only possible, the opinion is noted all the same.
 */
bool causes_of_other_key(struct exam *e, int32_t index);

/** causes_of_value() - What the value of a damaged word says of its writer, wherever it lies. */
void causes_of_value(struct exam *e, uint64_t value);

/** causes_of_extent() - What the reach of the damage says of its writer. */
void causes_of_extent(struct exam *e);

/** causes_of_change() - What the difference from the expected word says of its writer. */
void causes_of_change(struct exam *e);

#endif
