/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_RUN_H
#define SLUBCHECK_TRIAGE_RUN_H
/* One dump, from its file to its report. */

#include <stdbool.h>
#include <stdio.h>

#include "triage/options.h"

/**
 * struct triage_dump - Which one.
 * @paths, @nr_paths: its files
 * @cancelled: whether the user asked to stop
 * @opening:   told when it begins to open the dump, and when it has: until then nothing is lost when the
 *	       program ends, and libraries that are at work ask nobody. NULL: nobody wants to know
 */
struct triage_dump {
	const char *const *paths;
	size_t nr_paths;
	bool (*cancelled)(void);
	void (*opening)(bool begins);
};

/**
 * triage_dump() - Do what the options say with a dump.
 * @out: the caller finds out whether all of it was written
 *
 * What cannot be opened is said in one line on standard error, and with JSON in a record as well.
 *
 * Return: what the program should exit with if there were no other dump; STATUS_UNKNOWN when the
 * report could not be written.
 */
enum program_status triage_dump(const struct options *o, const struct triage_dump *dump, FILE *out);

/**
 * triage_expect() - Hold what is found in a dump against the truth about it (--expect).
 *
 * Return: STATUS_CLEAN when they agree, STATUS_CORRUPT when not; the differences are on @out.
 */
enum program_status triage_expect(const struct options *o, const struct triage_dump *dump,
				  FILE *out);

/**
 * triage_records() - A run of which the JSON lines are kept.
 * @o:	    its format and colour are not used
 * @length: set to that of the text
 * @status: set to what triage_dump() returns
 *
 * Return: NULL without memory; the caller frees it.
 */
char *triage_records(struct options o, const struct triage_dump *dump, size_t *length,
		     enum program_status *status);

/**
 * triage_selftest() - --selftest.
 *
 * Return: STATUS_CLEAN when the checks hold, STATUS_CORRUPT when not, and STATUS_UNKNOWN when they held
 * until the user stopped it.
 */
enum program_status triage_selftest(const struct options *o, bool (*cancelled)(void), FILE *out);

#endif
