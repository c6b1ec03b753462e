/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_EXPECT_H
#define SLUBCHECK_TRIAGE_EXPECT_H
/* What is found in a dump, against the truth that was recorded with it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "triage/error.h"

/* JSON lines of a run. */
struct expect_run {
	const char *text;
	size_t length;
};

/**
 * expect_compare() - Say how a run differs from what it should have said.
 * @truth:  file with the truth, as testdata/record/README.md describes it: of its members only
 *	    "must" and "may" are looked at
 * @scan:   the run was one with -A; what "must" demands of such a run only is left out otherwise
 * @run:    what the run said
 * @out:    receives a line for each difference
 * @error:  receives why the truth cannot be read; "" otherwise
 *
 * A finding that "must" names has to be there, with the severity and the words that it names;
 * another one of severity corrupt has to be one of "must" or "may". Where neither names any, the
 * verdict has to be clean.
 *
 * Return: true when there is no difference; false also when the truth cannot be read.
 */
bool expect_compare(const char *truth, bool scan, const struct expect_run *run, FILE *out,
		    struct error *error);

#endif
