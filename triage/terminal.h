/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_TERMINAL_H
#define SLUBCHECK_TRIAGE_TERMINAL_H
/* What only people see: a line of progress on standard error, and colour in the report. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "checker/report/layout.h"

struct terminal {
	FILE *stream; /* where the report is written to */
	FILE *to; /* where it ends */
	bool color, progress;
	bool shown; /* a line of progress stands there */
	struct timespec start;
	struct layout layout;
	char line[512]; /* the beginning of one that has not ended yet */
	size_t length;
};

/**
 * terminal_begin() - Open a stream for a report that goes to @to.
 * @columns: of the terminal; 0: it does not end at one
 *
 * Return: false without memory.
 */
bool terminal_begin(struct terminal *t, FILE *to, int columns, bool color, bool progress);

/** terminal_columns() - Of a terminal; 0: the file is not one, or does not tell. */
int terminal_columns(int fd);

/** terminal_end() - Write what is left; false when not all could be written. */
bool terminal_end(struct terminal *t);

/** terminal_is_utf8() - Whether standard output is a terminal, and LC_ALL, LC_CTYPE or LANG says UTF-8. */
bool terminal_is_utf8(void);

/** terminal_progress() - struct check_options.progress; @ctx is the terminal. */
void terminal_progress(void *ctx, size_t caches_done, size_t caches, uint64_t slabs);

/** terminal_reading() - struct check_options.reading; @ctx is the terminal. */
void terminal_reading(void *ctx, uint64_t done, uint64_t all);

#endif
