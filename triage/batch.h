/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_BATCH_H
#define SLUBCHECK_TRIAGE_BATCH_H
/*
 * Many dumps, each in a process of its own with limits: one that makes the program die, or takes for
 * ever, takes nothing else with it.
 *
 * The results are appended to a file, a line a dump, as soon as they are there. A batch that is
 * started again passes over the dumps that the file has a line for. It tries those again that are
 * unknown and were asked for otherwise, as each result says, or all that are unknown (--retry): the last
 * line of a dump counts.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "triage/error.h"
#include "triage/options.h"

/* Dumps at a time, at most. */
#define BATCH_JOBS_MAX 256
/* Of one dump, when nothing else was asked for: seconds, and bytes. */
#define BATCH_TIME_LIMIT 600u
#define BATCH_MEMORY_LIMIT (UINT64_C(4096) << 20)

/**
 * struct batch - What to do.
 * @o:		  how to check
 * @from:	  a directory, whose files with the names of dumps are taken with those of its
 *		  subdirectories; or a file with a path a line; "-": standard input
 * @to:		  file of the results, NULL: they go to @out
 * @out:	  receives the results, or with @to a line for people about each, and the totals
 * @jobs:	  dumps at a time, at most BATCH_JOBS_MAX
 * @time_limit:	  seconds for one dump
 * @memory_limit: bytes of address space for one dump
 * @retry:	  dumps whose result is unknown are tried again, however they were asked for
 * @cancelled:	  whether the user asked to stop
 */
struct batch {
	const struct options *o;
	const char *from, *to;
	FILE *out;
	unsigned int jobs;
	unsigned int time_limit;
	uint64_t memory_limit;
	bool retry;
	bool (*cancelled)(void);
};

/**
 * batch_run() - Do it.
 * @error: receives what is wrong with the batch itself; "" when nothing is. A result that cannot be
 *	   written ends the batch: runs that have not ended yet are killed
 *
 * Return: the worst status of all dumps, those of former runs included; STATUS_UNKNOWN at least
 * when the batch did not come to its end, and always when a result was lost.
 */
enum program_status batch_run(const struct batch *batch, struct error *error);

#endif
