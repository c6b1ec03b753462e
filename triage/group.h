/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_H
#define SLUBCHECK_TRIAGE_GROUP_H
/* A fleet's results by bug. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * group_run() - Group the results of batches by signature and say so, most frequent first.
 * @files, @nr: files that batches wrote
 * @json:	a record for each group, and one in the end, instead of text
 *
 * A dump with several findings belongs to the group of each.
 *
 * Return: false when a file cannot be read, or not all was understood; each has been said on standard
 * error, and the others are grouped.
 */
bool group_run(char *const *files, size_t nr, bool json, FILE *out);

#endif
