/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_WATCH_H
#define SLUBCHECK_TRIAGE_WATCH_H
/* A kernel that runs here, looked at again and again. */

#include <stdio.h>

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

#endif
