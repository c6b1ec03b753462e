/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_LIVE_H
#define SLUBCHECK_CHECKER_LIVE_H
/*
 * A kernel that runs, judged by passes: until each thing that looks corrupt was seen often enough, or is
 * gone. For check.c only.
 */

#include "checker/run.h"

/* More passes than this are not made: what is then still to be confirmed is left as it is. */
#define LIVE_PASSES_MAX 20

/**
 * live_judge() - Judge until nothing is open.
 * @judge: makes a pass: a run that is judged, and says so in @failed; NULL: no memory
 *
 * Return: the run of the last pass, with the cost of all; NULL: no memory.
 */
struct run *live_judge(struct target *target, struct arena *arena,
		       const struct check_options *options,
		       struct run *(*judge)(struct run *run, bool *failed), bool *failed);

/** live_report() - With -v: what a pass saw and a later one did not. */
void live_report(const struct run *run);

#endif
