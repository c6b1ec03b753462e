/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_WATCH_H
#define SLUBCHECK_TRIAGE_WATCH_H
/* A kernel that runs here, looked at again and again. */

#include <stdio.h>

#include "checker/image/target.h"
#include "triage/error.h"
#include "triage/options.h"
#include "triage/run.h"

/**
 * triage_watch() - Look at a running kernel every so often, until something is corrupt or the user stops.
 * @out: a line for each pass
 *
 * A finding is reported when a pass has it for the first time. With --on-corrupt its command is run then,
 * and the watch goes on; without it ends.
 *
 * Return: STATUS_CORRUPT when something was; STATUS_UNKNOWN when the kernel cannot be looked at.
 */
enum program_status triage_watch(const struct options *o, const struct triage_dump *dump,
				 FILE *out);

/**
 * watch_kernel() - The same of a target that is open.
 * @cancelled: whether the user asked to stop
 * @error:     receives why the watch ended, if nobody wanted that
 */
enum program_status watch_kernel(const struct options *o, struct target *target,
				 bool (*cancelled)(void), FILE *out, struct error *error);

#endif
