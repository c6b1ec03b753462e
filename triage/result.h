/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_RESULT_H
#define SLUBCHECK_TRIAGE_RESULT_H
/*
 * What came of a dump, in one record.
 *
 * It is made of the JSON lines of a run (docs/json.md), so that it does not matter where that ran:
 * in this process, in another one, or in a session of crash.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "triage/options.h"

/* How a run ended. */
enum run_end {
	RUN_EXITED, /* by itself; its exit status is the program's */
	RUN_KILLED, /* by a signal */
	RUN_TIMED_OUT, /* by us */
};

/**
 * struct run_output - What a run left.
 * @file:    the dump
 * @text, @length: its JSON lines, also when they break off
 * @end, @status: how it ended: enum program_status, or the number of the signal
 * @seconds: wall clock
 * @max_rss: bytes of memory at most, 0: not known
 */
struct run_output {
	const char *file;
	const char *text;
	size_t length;
	enum run_end end;
	int status;
	double seconds;
	unsigned long long max_rss;
};

/**
 * result_make() - The record of type "result" (docs/triage.md).
 *
 * Return: NULL without memory; the caller owns it (json_decref()).
 */
json_t *result_make(const struct run_output *output);

/** result_status() - What the program should exit with for that dump. */
enum program_status result_status(const json_t *result);

/** result_line() - One line for people: verdict, first finding, kernel. */
void result_line(const json_t *result, FILE *out);

/**
 * json_line_write() - A record as a line, in ASCII, with numbers as short as they can be.
 *
 * Return: false when it could not be written.
 */
bool json_line_write(const json_t *record, FILE *out);

/** records_each() - Each line of a text that is a JSON object; one that breaks off is none. */
void records_each(const char *text, size_t length, void (*take)(void *ctx, json_t *record),
		  void *ctx);

/** json_string_or() - The string under a key, or @otherwise. */
const char *json_string_or(const json_t *object, const char *key, const char *otherwise);

#endif
