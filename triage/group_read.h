/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_READ_H
#define SLUBCHECK_TRIAGE_GROUP_READ_H
/* Lines of results, into the table of groups. */

#include "triage/error.h"
#include "triage/group_table.h"

struct group_reader;

/** group_reader_new() - NULL without memory. @groups has to outlive it. */
struct group_reader *group_reader_new(struct groups *groups);

/**
 * group_reader_take() - One line.
 * @source: number of the file
 * @error:  receives what is wrong when the return value is false: the line is not a result
 *	    ("not a result"), or there is no memory
 */
bool group_reader_take(struct group_reader *reader, uint32_t source, const char *line,
		       size_t length, struct error *error);

void group_reader_free(struct group_reader *reader);

#endif
