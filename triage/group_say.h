/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_SAY_H
#define SLUBCHECK_TRIAGE_GROUP_SAY_H
/* Groups for people, and as records. */

#include <stdio.h>

#include "triage/group_table.h"

/** group_text() - All groups that have dumps, most frequent first, and the totals. After group_count(). */
void group_text(const struct groups *groups, const uint32_t *order, size_t nr, FILE *out);

/** group_json() - The same as records of types "group" and "groups". */
void group_json(const struct groups *groups, const uint32_t *order, size_t nr, FILE *out);

#endif
