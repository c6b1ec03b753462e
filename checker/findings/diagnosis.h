/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_DIAGNOSIS_H
#define SLUBCHECK_CHECKER_FINDINGS_DIAGNOSIS_H
/*
 * An opinion on the cause of the damage that a finding is evidence of.
 *
 * Several causes may explain the same word. Each of these causes is an opinion with a weight, the
 * evidence for it and the evidence against it. The ranking is made once, when all opinions are in, and it
 * alone decides how certain the first one is: an opinion can only say that it has proof, and is
 * certain when nothing else explains the word as well.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/findings/findings.h"
#include "decoders/overwrite.h"

/* The most likely cause. X(ID, "id", "text") */
#define CAUSES(X)                                                                               \
	X(UNKNOWN, "unknown", "undetermined")                                                   \
	X(DOUBLE_FREE, "double-free", "double free")                                            \
	X(USE_AFTER_FREE, "use-after-free", "use after free: a stale pointer was used")         \
	X(OVERFLOW, "overflow", "overflow from the object before it")                           \
	X(WRONG_CACHE_FREE, "wrong-cache-free", "object freed to the wrong cache")              \
	X(BIT_FLIP, "bit-flip", "single flipped bit")                                           \
	X(SHORT_STORE, "short-store", "store of one to four bytes")                             \
	X(WILD_WRITE, "wild-write", "write by code that does not own the memory")               \
	X(CUT_CHAIN, "cut-chain", "freelist cut by a NULL link")                                \
	X(METADATA_WRITE, "metadata-write", "overwritten allocator metadata")                   \
	X(LOST_UPDATE, "lost-update", "lost update of a list")                                  \
	X(INNER_FREE, "inner-free", "free of an address inside an object")                      \
	X(ENCODED_STORE, "encoded-store",                                                       \
	  "link stored with the cache's key, but not to a free object of this slab")            \
	X(PAGE_OVERWRITE, "page-overwrite", "page overwritten from its start: DMA, stale page") \
	X(KERNEL_DISABLED, "kernel-disabled", "slab disabled by the kernel after a failed check")

enum finding_cause {
#define X(id, text, title) CAUSE_##id,
	CAUSES(X)
#undef X
		CAUSE_COUNT
};

/** cause_id() - Stable id for programs. */
const char *cause_id(enum finding_cause cause);

/** cause_title() - The same for people. */
const char *cause_title(enum finding_cause cause);

/** cause_next() - What to do next about that cause; NULL for CAUSE_UNKNOWN. */
const char *cause_next(enum finding_cause cause);

enum certainty {
	CERTAINTY_POSSIBLE, /* it explains the word, like other causes */
	CERTAINTY_LIKELY, /* it explains the word better than the other causes */
	CERTAINTY_CERTAIN, /* the evidence is proof, and no other cause explains the word */
};

/** certainty_name() - "possible", "likely" or "certain". */
const char *certainty_name(enum certainty certainty);

#define OPINIONS_MAX 3
#define OPINION_TEXT_MAX 256
#define DIAGNOSIS_EVIDENCE_MAX 448

/**
 * struct opinion - A cause that explains the damage.
 * @weight:    how well, from 1 to 100; compared with the others of the same diagnosis only
 * @proof:     the evidence for it cannot be there by chance
 * @certainty: set by diagnosis_rank()
 * @object:    the object that the cause is about: freed twice, freed by an inner address, or
 *	       the origin of the overflow; 0: none
 * @speaks_for, @speaks_against: sentences; may be empty
 */
struct opinion {
	enum finding_cause cause;
	unsigned int weight;
	bool proof;
	enum certainty certainty;
	uint64_t object;
	char speaks_for[OPINION_TEXT_MAX];
	char speaks_against[OPINION_TEXT_MAX];
};

/**
 * struct diagnosis - The opinions about a finding.
 * @opinions, @nr: best first once they are ranked; none: undetermined
 * @has_expected, @expected: the word that belongs there, encoded like finding.raw
 * @has_repair, @repair: object that the link most likely pointed to before
 * @has_extent, @extent_first, @extent_last: address of the first and the last byte that the same
 *		    store or copy wrote, as far as the bytes tell
 * @raw_class:	    what the damaged word looks like
 * @evidence:	    sentences that are true whatever the cause is
 */
struct diagnosis {
	struct opinion opinions[OPINIONS_MAX];
	unsigned int nr;
	bool has_expected, has_repair, has_extent;
	uint64_t expected, repair, extent_first, extent_last;
	enum overwrite_class raw_class;
	char evidence[DIAGNOSIS_EVIDENCE_MAX];
	struct opinion scratch; /* what opine() returns when all others weigh more */
};

/** diagnosis_cause() - The first cause; CAUSE_UNKNOWN when there is none. @d may be NULL. */
enum finding_cause diagnosis_cause(const struct diagnosis *d);

/**
 * opine() - Add a cause, or strengthen it when it was named before.
 * @weight: from 1 to 100
 * @proof:  see struct opinion
 * @format: the evidence for it, printf-like; whole sentences
 *
 * Return: the opinion, valid until the next call. When all others weigh more and there is no room for
 * it, one that is not ranked; never NULL.
 */
__attribute__((format(printf, 5, 6))) struct opinion *opine(struct diagnosis *d,
							    enum finding_cause cause,
							    unsigned int weight, bool proof,
							    const char *format, ...);

/** opinion_against() - Append to the evidence against it, printf-like. */
__attribute__((format(printf, 2, 3))) void opinion_against(struct opinion *o, const char *format,
							   ...);

/** diagnosis_evidence() - Append a sentence to the evidence, printf-like. */
__attribute__((format(printf, 2, 3))) void diagnosis_evidence(struct diagnosis *d,
							      const char *format, ...);

/** diagnosis_expect() - Note the word that belongs there. */
static inline void diagnosis_expect(struct diagnosis *d, uint64_t expected)
{
	d->expected = expected;
	d->has_expected = true;
}

/** diagnosis_rank() - Best first; drop what the first one leaves no room for; set certainties. */
void diagnosis_rank(struct diagnosis *d);

/** finding_expected() - The word that belongs at a finding's slot, by its rule or by its diagnosis. */
static inline bool finding_expected(const struct finding *f, uint64_t *expected)
{
	if (f->has & FINDING_HAS_EXPECTED)
		*expected = f->expected;
	else if (f->diagnosis && f->diagnosis->has_expected)
		*expected = f->diagnosis->expected;
	else
		return false;
	return true;
}

/** diagnosis_doubt() - Let nothing be certain: what was looked at beside the word may have changed. */
void diagnosis_doubt(struct diagnosis *d);

/** diagnosis_is_empty() - Whether there is nothing in it that a report would print. */
bool diagnosis_is_empty(const struct diagnosis *d);

#endif
