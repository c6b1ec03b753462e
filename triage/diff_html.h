/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DIFF_HTML_H
#define SLUBCHECK_TRIAGE_DIFF_HTML_H
/* What is different between two dumps, as a page for a browser. */

#include <stdio.h>

#include "triage/diff.h"

/**
 * diff_html() - Write the page.
 * @version, @command: of the program, and its arguments
 */
void diff_html(const struct diff *diff, const char *version, const char *command, FILE *out);

#endif
