/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_RUN_H
#define SLUBCHECK_TRIAGE_RUN_H
/* One dump, from its file to its report. */

#include <stdbool.h>
#include <stdio.h>

#include "triage/options.h"

/**
 * struct run_dump - Which one.
 * @paths, @nr_paths: its files
 * @titled:    the report begins with the file's name
 * @cancelled: whether the user asked to stop
 */
struct run_dump {
	const char *const *paths;
	size_t nr_paths;
	bool titled;
	bool (*cancelled)(void);
};

/**
 * run_dump() - Do what the options say with a dump.
 *
 * What cannot be opened is said in one line on standard error, and with JSON in a record as well.
 *
 * Return: what the program should exit with if there were no other dump.
 */
enum program_status run_dump(const struct options *o, const struct run_dump *dump, FILE *out);

/** run_selftest() - --selftest; returns whether the checks hold. */
bool run_selftest(const struct options *o, FILE *out);

#endif
