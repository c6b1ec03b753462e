/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group_time.h"

#include <stdio.h>
#include <stdlib.h>

/* A day of the calendar; days are counted from 0000-03-01, as years that begin with March are easy to count. */
struct day {
	int64_t year;
	unsigned int month, day;
};

#define DAYS_OF_400_YEARS 146097

static int64_t day_number(struct day d)
{
	int64_t year = d.year - (d.month <= 2), era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * ((int64_t)d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

static struct day day_of(int64_t number)
{
	int64_t era = (number >= 0 ? number : number - (DAYS_OF_400_YEARS - 1)) / DAYS_OF_400_YEARS;
	int64_t rest = number - era * DAYS_OF_400_YEARS;
	int64_t of_era = (rest - rest / 1460 + rest / 36524 - rest / (DAYS_OF_400_YEARS - 1)) / 365;
	int64_t of_year = rest - (365 * of_era + of_era / 4 - of_era / 100);
	int64_t month = (5 * of_year + 2) / 153;
	struct day d = { .year = of_era + era * 400,
			 .month = (unsigned int)(month < 10 ? month + 3 : month - 9),
			 .day = (unsigned int)(of_year - (153 * month + 2) / 5 + 1) };

	d.year += d.month <= 2;
	return d;
}

/* Of a date as in struct group_row. */
static struct day date_day(uint64_t date)
{
	unsigned int digits = (unsigned int)(date / 1000000);

	return (struct day){ digits / 10000, digits / 100 % 100, digits % 100 };
}

bool group_date_valid(uint64_t date)
{
	struct day d = date_day(date), same;

	if (!date || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31)
		return false;
	same = day_of(day_number(d));
	return same.month == d.month && same.day == d.day;
}

/* In which period of that length a date is. */
static int64_t period_of(enum group_unit unit, uint64_t date)
{
	struct day d = date_day(date);

	switch (unit) {
	case GROUP_DAY:
		return day_number(d);
	case GROUP_WEEK:
		/* 0000-03-01 was a Wednesday; weeks begin with Monday. */
		return (day_number(d) + 2) / 7;
	case GROUP_MONTH:
		return d.year * 12 + d.month - 1;
	case GROUP_YEAR:
		break;
	}
	return d.year;
}

const char *group_unit_name(enum group_unit unit)
{
	static const char *const names[] = {
		[GROUP_DAY] = "day",
		[GROUP_WEEK] = "week",
		[GROUP_MONTH] = "month",
		[GROUP_YEAR] = "year",
	};

	return names[unit];
}

const char *group_period(const struct group_times *times, size_t period,
			 char text[GROUP_PERIOD_MAX])
{
	int64_t number = times->first + (int64_t)period;
	struct day d = { number, 1, 1 };

	if (times->unit == GROUP_DAY)
		d = day_of(number);
	else if (times->unit == GROUP_WEEK)
		d = day_of(number * 7 - 2);
	else if (times->unit == GROUP_MONTH)
		d = (struct day){ number / 12, (unsigned int)(number % 12) + 1, 1 };
	snprintf(text, GROUP_PERIOD_MAX, "%04lld-%02u-%02u", (long long)d.year, d.month, d.day);
	return text;
}

/* The shortest periods that the whole time has not too many of. */
static void unit_choose(struct group_times *times, uint64_t first, uint64_t last)
{
	for (enum group_unit unit = GROUP_DAY; unit <= GROUP_YEAR; unit++) {
		int64_t from = period_of(unit, first), to = period_of(unit, last);

		times->unit = unit;
		times->first = from;
		times->nr = (size_t)(to - from) + 1;
		if (times->nr <= GROUP_PERIODS_MAX)
			return;
		times->first = to - GROUP_PERIODS_MAX + 1;
		times->nr = GROUP_PERIODS_MAX;
	}
}

static void entry_add(struct group_times *times, const struct groups *groups,
		      const struct group_entry *entry)
{
	const uint32_t *list = groups->pool + entry->bugs;
	int64_t period;

	if (!group_date_valid(entry->date)) {
		times->undated++;
		return;
	}
	period = period_of(times->unit, entry->date) - times->first;
	if (period < 0)
		period = 0;
	times->verdicts[period][entry->status]++;
	for (uint32_t i = 1; i <= list[0]; i++)
		times->bugs[list[i] * times->nr + (size_t)period]++;
}

bool group_times_count(struct group_times *times, const struct groups *groups)
{
	uint64_t first = 0, last = 0;

	*times = (struct group_times){ 0 };
	for (size_t i = 0; i < groups->nr_entries; i++) {
		uint64_t date = groups->entries[i].date;

		if (!group_date_valid(date))
			continue;
		first = !first || date < first ? date : first;
		last = date > last ? date : last;
	}
	if (first)
		unit_choose(times, first, last);
	times->bugs = calloc(groups->nr_bugs * times->nr + 1, sizeof(*times->bugs));
	if (!times->bugs)
		return false;
	for (size_t i = 0; i < groups->nr_entries; i++)
		entry_add(times, groups, &groups->entries[i]);
	return true;
}

void group_times_free(struct group_times *times)
{
	free(times->bugs);
	times->bugs = NULL;
}
