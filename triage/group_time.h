/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_TIME_H
#define SLUBCHECK_TRIAGE_GROUP_TIME_H
/* How many dumps of each bug, and of each verdict, were made when: by days, weeks, months or years. */

#include "triage/group_table.h"

/* Periods at most, so that they can be drawn beside each other. */
#define GROUP_PERIODS_MAX 60

enum group_unit { GROUP_DAY, GROUP_WEEK, GROUP_MONTH, GROUP_YEAR };

/**
 * struct group_times - See above.
 * @unit, @nr:	 how long a period is, and how many there are; 0: no result has a date
 * @first:	 the first period, in units since the year 0. What is older counts as of that one: with a
 *		 clock that was wrong
 * @undated:	 dumps without a date
 * @verdicts:	 of each period, by enum program_status up to STATUS_UNKNOWN
 * @bugs:	 of each bug and period: bugs[bug * nr + period]
 */
struct group_times {
	enum group_unit unit;
	size_t nr;
	int64_t first;
	size_t undated;
	uint32_t verdicts[GROUP_PERIODS_MAX][STATUS_UNKNOWN + 1];
	uint32_t *bugs;
};

/** group_times_count() - After group_count(). False without memory; release with group_times_free(). */
bool group_times_count(struct group_times *times, const struct groups *groups);

void group_times_free(struct group_times *times);

/** group_unit_name() - "day", "week", "month" or "year". */
const char *group_unit_name(enum group_unit unit);

#define GROUP_PERIOD_MAX 32

/** group_period() - The first day of a period, as "2026-11-30". Returns @text. */
const char *group_period(const struct group_times *times, size_t period,
			 char text[GROUP_PERIOD_MAX]);

/** group_date_valid() - Whether a date in digits is one of the calendar. */
bool group_date_valid(uint64_t date);

#endif
