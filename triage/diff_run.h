/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DIFF_RUN_H
#define SLUBCHECK_TRIAGE_DIFF_RUN_H
/* --diff: two dumps, or what was kept of them. */

#include <stdio.h>

#include "triage/options.h"
#include "triage/run.h"

/**
 * triage_diff() - Say what is different between two dumps (--diff).
 * @files: of each, the dump or a file with the records of one (slubcheck -j, slubcheck -i -j)
 *
 * Return: STATUS_CLEAN, STATUS_CORRUPT when a finding is new in the second, STATUS_UNKNOWN when one of them
 * cannot be read.
 */
enum program_status triage_diff(const struct options *o, const struct triage_dump files[2],
				FILE *out);

#endif
