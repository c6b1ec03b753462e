/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_SAID_H
#define SLUBCHECK_CHECKER_WHY_SAID_H
/*
 * What the kernel had said of an object before it died.
 *
 * A kernel often complains long before it dies, and the first complaint is the nearest to who did it: what
 * dies later has only met the damage.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/findings/diagnosis.h"
#include "checker/why/complaints.h"
#include "checker/why/death.h"

#define SAID_MAX 6u

/**
 * struct said_about - What complaints may be about.
 * @start, @size: the object
 * @page:  of its slab
 * @cache, @name: its kmem_cache, and its name as the dump has it
 */
struct said_about {
	uint64_t start, size, page, cache;
	const char *name;
};

/**
 * struct said - A complaint, and how it is about the object.
 * @tie:   what it names: the object, its slab, its cache; TIE_NONE: none of them, but it is the first
 *	   complaint of all, or the first one of the hardware
 * @reg:   of TIE_OBJECT: the register that the report has the object in; NULL: its text names it
 * @at_death: it is the report of the death itself
 * @timed, @before_ns: how long before the death
 */
struct said {
	const struct complaint *complaint;
	enum complaint_tie tie;
	const char *reg;
	bool at_death;
	bool timed;
	uint64_t before_ns;
};

struct said_list {
	struct said list[SAID_MAX];
	size_t nr;
};

/**
 * said_find() - Find what was said before the death, the earliest first.
 * @about: NULL: no object is known
 * @death: NULL: none is known; then the last report of one in the log is it
 */
void said_find(struct said_list *said, const struct complaints *all, const struct said_about *about,
	       const struct death *death);

/** said_at_death() - The report of a death that was found; NULL: the log does not have it. */
const struct complaint *said_at_death(const struct complaints *all, const struct death *death);

/**
 * said_weigh() - Let what the kernel said of the object speak for causes, and rank them anew.
 *
 * A cause that is certain stays the first.
 */
void said_weigh(const struct said_list *said, struct diagnosis *opinions);

#define SAID_TEXT_MAX (COMPLAINT_TEXT_MAX + 104u)

/** said_describe() - A sentence: when, of what, and the text. Escaped. Returns @buf. */
char *said_describe(const struct said *said, char buf[SAID_TEXT_MAX]);

#endif
