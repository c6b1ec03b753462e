/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_SUSPECTS_H
#define SLUBCHECK_CHECKER_FINDINGS_SUSPECTS_H
/*
 * What would be corrupt in a kernel that runs, and how often it was seen.
 *
 * A finding is reported when several passes over the kernel, each with reads of its own and a pause before
 * it, came to the same words at the same place. What one of them does not see any more was not damage, or
 * was repaired: it was seen once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/findings/findings.h"

#define SUSPECTS_MAX 256
#define SUSPECT_CACHE_MAX 64

/**
 * struct suspect - A finding, by what makes it the same one in another pass.
 * @key:   of its id, its place, and its words
 * @seen:  passes without a gap that saw it
 * @first: the pass that saw it first
 * @last:  the last pass that saw it, or could not tell
 */
struct suspect {
	uint64_t key;
	enum finding_id id;
	char cache[SUSPECT_CACHE_MAX]; /* raw bytes of the image: escape before printing */
	char message[FINDING_MESSAGE_MAX];
	unsigned int seen, first, last;
};

/* All zero: no pass was made. */
struct suspects {
	struct suspect list[SUSPECTS_MAX];
	size_t nr;
	unsigned int pass;
	uint64_t dropped; /* beyond SUSPECTS_MAX: never reported */
};

/** suspects_needed() - Passes that have to see a finding of an id before it is reported. */
unsigned int suspects_needed(enum finding_id id);

/** suspects_pass() - A pass begins. */
void suspects_pass(struct suspects *s);

/** suspects_see() - A pass sees a finding. Return: it was seen often enough to be reported. */
bool suspects_see(struct suspects *s, const struct finding *f);

/** suspects_busy() - A pass cannot tell whether the finding is there: its words change. */
void suspects_busy(struct suspects *s, const struct finding *f);

/** suspects_open() - Whether another pass could confirm something that this one has seen. */
bool suspects_open(const struct suspects *s);

/** suspect_vanished() - Whether a pass did not see it any more. */
bool suspect_vanished(const struct suspects *s, const struct suspect *suspect);

#endif
