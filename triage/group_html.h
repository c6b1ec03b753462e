/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_HTML_H
#define SLUBCHECK_TRIAGE_GROUP_HTML_H
/* A fleet as a page for a browser. */

#include <stdio.h>

#include "triage/group.h"
#include "triage/group_say.h"

/**
 * group_html() - Write the page: what is new, bugs by signature, when, on which kernels.
 * @said: with its times
 * @options: how it is made; an example links to DUMP.html beside the dump, where there is such a page
 */
void group_html(const struct group_said *said, const struct group_options *options, FILE *out);

#endif
