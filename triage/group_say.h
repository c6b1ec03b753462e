/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_SAY_H
#define SLUBCHECK_TRIAGE_GROUP_SAY_H
/* Groups for people, and as records. */

#include <stdio.h>

#include "triage/group_table.h"
#include "triage/group_time.h"

/* Kernels of a group that are named. */
#define GROUP_RELEASES_SHOWN 16

/**
 * struct group_said - What is to be said, after group_count().
 * @order:    places of the bugs: the most frequent first, those that are gone last
 * @nr_order: how many; @nr of them have dumps
 * @times:    when; NULL: that is not told
 * @since:    name of the earlier results; NULL: none
 */
struct group_said {
	const struct groups *groups;
	uint32_t *order;
	size_t nr_order, nr;
	const struct group_times *times;
	const char *since;
};

/** group_text() - All groups, and the totals. */
void group_text(const struct group_said *said, FILE *out);

/** group_json() - The same as records of types "group" and "groups". */
void group_json(const struct group_said *said, FILE *out);

/** group_examples() - Call @say with each example whose last result has the bug still. */
void group_examples(const struct groups *groups, uint32_t place, void *to,
		    void (*say)(void *to, const char *file));

/** group_modules() - Call @say with each module in common that not all dumps of the fleet have. */
void group_modules(const struct groups *groups, const struct group_bug *bug, void *to,
		   void (*say)(void *to, const char *module));

/** group_release() - The name of a kernel of a bug. */
const char *group_release(const struct groups *groups, const struct group_bug *bug, size_t i);

/** group_other_releases() - Dumps of the kernels that are not named. */
size_t group_other_releases(const struct group_bug *bug);

/* "2026-11-30T23:59:59Z" */
#define GROUP_DATE_MAX 32

/** group_date() - A date in digits for people and programs. Returns @text. */
const char *group_date(uint64_t date, char text[GROUP_DATE_MAX]);

#endif
