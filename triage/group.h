/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_H
#define SLUBCHECK_TRIAGE_GROUP_H
/* A fleet's results by bug. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct group_options - How.
 * @json:      a record for each group, and one in the end, instead of text
 * @html:      where a page goes instead of the text, of which one line says that it is there; NULL: none
 * @since:     results of an earlier run, to say what is new and what is gone; NULL: none
 * @version, @command: for who reads the page: of the program, and its arguments
 * @cancelled: whether the user asked to stop
 */
struct group_options {
	bool json;
	const char *html, *since;
	const char *version, *command;
	bool (*cancelled)(void);
};

/**
 * group_run() - Group the results of batches by signature and say so, most frequent first.
 * @files, @nr: files that batches wrote
 *
 * A dump with several findings belongs to the group of each. Of a dump that was tried again the last
 * result in its file counts.
 *
 * Return: false when a file cannot be read, or not all was understood: each has been said on standard
 * error, and the others are grouped; and when the user stopped it.
 */
bool group_run(char *const *files, size_t nr, const struct group_options *options, FILE *out);

#endif
