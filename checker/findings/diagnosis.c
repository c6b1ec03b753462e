/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Below this a cause is not worth a line beside a better one. */
#define WEIGHT_SHOWN 15
/* A rival of this weight leaves room for doubt. */
#define WEIGHT_DOUBT 25
/* From here on a cause is more than one of several possibilities. */
#define WEIGHT_LIKELY 50
/* And from here on, with proof, it is certain. */
#define WEIGHT_CERTAIN 90

static const char *const ids[CAUSE_COUNT] = {
#define X(id, text, title) text,
	CAUSES(X)
#undef X
};

static const char *const titles[CAUSE_COUNT] = {
#define X(id, text, title) title,
	CAUSES(X)
#undef X
};

const char *cause_id(enum finding_cause cause)
{
	return ids[cause];
}

const char *cause_title(enum finding_cause cause)
{
	return titles[cause];
}

const char *cause_next(enum finding_cause cause)
{
	static const char *const nexts[CAUSE_COUNT] = {
		[CAUSE_DOUBLE_FREE] =
			"find both frees of the object: slub_debug=FU records the first "
			"and refuses the second; KASAN and KFENCE name both",
		[CAUSE_USE_AFTER_FREE] =
			"find who still holds the object: slub_debug=FPU shows what "
			"was written where, KASAN and KFENCE name the writer",
		[CAUSE_OVERFLOW] =
			"look at the owner of the object that the damage came from; with "
			"slub_debug=FZU its red zone names it at the next free",
		[CAUSE_WRONG_CACHE_FREE] =
			"look for a kmem_cache_free() with the other cache; with "
			"slub_debug=F the kernel checks",
		[CAUSE_BIT_FLIP] =
			"see whether other dumps of the machine have the same flipped bit: then "
			"suspect the memory (EDAC, memtest); otherwise look for a flag at this "
			"offset",
		[CAUSE_SHORT_STORE] = "look for a member of that size at that offset in the "
				      "types that are allocated from this cache",
		[CAUSE_WILD_WRITE] =
			"look at who owns the memory on both sides; a watchpoint or KASAN "
			"names the writer",
		[CAUSE_CUT_CHAIN] = "look for code that stores a zero at this offset of a freed "
				    "object",
		[CAUSE_METADATA_WRITE] = "look at what is before the word; KASAN names the writer",
		[CAUSE_LOST_UPDATE] =
			"compare the neighbours on the list: which of them changed last?",
		[CAUSE_INNER_FREE] =
			"look for a free of a member of the object instead of the object",
		[CAUSE_ENCODED_STORE] =
			"look for a free of an object that this cache does not own any "
			"more, and at earlier damage of the list",
		[CAUSE_PAGE_OVERWRITE] =
			"look for devices and mappings that had the page before: DMA "
			"after unmap, a stale page",
		[CAUSE_KERNEL_DISABLED] = "read the kernel's log: it says which check failed",
	};

	return nexts[cause];
}

const char *certainty_name(enum certainty certainty)
{
	static const char *const names[] = { "possible", "likely", "certain" };

	return names[certainty];
}

enum finding_cause diagnosis_cause(const struct diagnosis *d)
{
	return d && d->nr ? d->opinions[0].cause : CAUSE_UNKNOWN;
}

/* Sentences are joined by a space. */
static void sentence_add(char *text, size_t room, const char *format, va_list args)
{
	size_t used = strlen(text);

	if (used && used + 1 < room) {
		text[used++] = ' ';
		text[used] = '\0';
	}
	vsnprintf(text + used, room - used, format, args);
}

/* The opinion of that cause, or the place for a new one: a free one or the weakest. */
static struct opinion *opinion_place(struct diagnosis *d, enum finding_cause cause,
				     unsigned int weight)
{
	struct opinion *weakest = &d->opinions[0];

	for (unsigned int i = 0; i < d->nr; i++) {
		if (d->opinions[i].cause == cause)
			return &d->opinions[i];
		if (d->opinions[i].weight < weakest->weight)
			weakest = &d->opinions[i];
	}
	if (d->nr < OPINIONS_MAX) {
		weakest = &d->opinions[d->nr++];
		*weakest = (struct opinion){ .cause = cause };
		return weakest;
	}
	if (weakest->weight >= weight) {
		d->scratch = (struct opinion){ .cause = cause };
		return &d->scratch;
	}
	*weakest = (struct opinion){ .cause = cause };
	return weakest;
}

struct opinion *opine(struct diagnosis *d, enum finding_cause cause, unsigned int weight,
		      bool proof, const char *format, ...)
{
	struct opinion *o = opinion_place(d, cause, weight);
	va_list args;

	if (weight > o->weight)
		o->weight = weight;
	o->proof |= proof;
	va_start(args, format);
	sentence_add(o->speaks_for, sizeof(o->speaks_for), format, args);
	va_end(args);
	return o;
}

void opinion_against(struct opinion *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sentence_add(o->speaks_against, sizeof(o->speaks_against), format, args);
	va_end(args);
}

void diagnosis_evidence(struct diagnosis *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sentence_add(d->evidence, sizeof(d->evidence), format, args);
	va_end(args);
}

/* Few of them: by insertion, and stable, so that of equals the one that was named first leads. */
static void sort(struct diagnosis *d)
{
	for (unsigned int i = 1; i < d->nr; i++) {
		struct opinion o = d->opinions[i];
		unsigned int at = i;

		for (; at && d->opinions[at - 1].weight < o.weight; at--)
			d->opinions[at] = d->opinions[at - 1];
		d->opinions[at] = o;
	}
}

void diagnosis_rank(struct diagnosis *d)
{
	struct opinion *first = &d->opinions[0];

	sort(d);
	while (d->nr > 1 && d->opinions[d->nr - 1].weight < WEIGHT_SHOWN)
		d->nr--;
	for (unsigned int i = 0; i < d->nr; i++)
		d->opinions[i].certainty = CERTAINTY_POSSIBLE;
	if (!d->nr)
		return;
	if (first->weight >= WEIGHT_LIKELY)
		first->certainty = CERTAINTY_LIKELY;
	if (first->proof && first->weight >= WEIGHT_CERTAIN &&
	    (d->nr == 1 || d->opinions[1].weight < WEIGHT_DOUBT))
		first->certainty = CERTAINTY_CERTAIN;
}

void diagnosis_doubt(struct diagnosis *d)
{
	for (unsigned int i = 0; i < d->nr; i++)
		if (d->opinions[i].certainty == CERTAINTY_CERTAIN)
			d->opinions[i].certainty = CERTAINTY_LIKELY;
}

bool diagnosis_is_empty(const struct diagnosis *d)
{
	return !d->nr && !d->evidence[0] && !d->has_expected && !d->has_repair && !d->has_extent;
}
