/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_EXTENSION_OUTPUT_H
#define SLUBCHECK_EXTENSION_OUTPUT_H
/*
 * Where the report goes: crash's fp, which is the terminal, a pager, a pipe or a file.
 *
 * The checker writes to a stream that passes on to fp. The detour is for the line of progress on
 * stderr: it has to be gone before anything else appears on the same terminal.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "checker/report/layout.h"

struct output {
	FILE *stream; /* what the checker writes to; NULL when closed */
	FILE *to; /* what it is passed on to; NULL: to nobody */
	bool shared; /* a pager or a pipe has the terminal once it gets something to show */
	bool progress; /* progress may be shown */
	bool shown; /* and is at present */
	bool failed; /* @to took not all of it */
	struct timespec start;
	struct layout layout;
};

/**
 * output_begin() - Open @output->stream, which passes on to @to.
 * @shared:  @to is a pager or a pipe
 * @columns: of the terminal where it ends; 0: it does not end at one
 *
 * Return: false when there is no memory for it.
 */
bool output_begin(struct output *output, FILE *to, bool shared, int columns);

/** output_end() - Write what is left and close the stream. */
void output_end(struct output *output);

/** output_abandon() - Close the stream after a longjmp, when @to is perhaps closed already. */
void output_abandon(struct output *output);

/** output_failed() - Whether the reader is gone: a pager was quit, the disk is full. */
bool output_failed(const struct output *output);

/** output_progress() - Show how far the run is; @ctx is the struct output. */
void output_progress(void *ctx, size_t caches_done, size_t caches, uint64_t slabs);

/** output_reading() - The same of a pass over all memory. */
void output_reading(void *ctx, uint64_t done, uint64_t all);

#endif
