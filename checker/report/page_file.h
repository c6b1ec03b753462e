/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_PAGE_FILE_H
#define SLUBCHECK_CHECKER_REPORT_PAGE_FILE_H
/*
 * A file that is there as a whole or not at all.
 *
 * A page that is cut off looks like a page with fewer findings. So it is written under another name in the
 * same folder, and gets its own when all of it has arrived. What is not a regular file (/dev/stdout, a
 * pipe) is written to as it is. The file is opened at once, since one wants to know before a long run that
 * it cannot be; until the end the page is kept in memory, where no write fails half way.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct page_file - Such a file while it is written.
 * @stream: what to write to; NULL: it is not open
 * @text, @size: what was written to it. The size is valid behind page_file_end() too
 * @fd:     of the file
 * @path, @temporary: its name, and the one it has until then; the latter is NULL when it has none
 */
struct page_file {
	FILE *stream;
	char *text;
	size_t size;
	int fd;
	char *path, *temporary;
};

/** page_file_begin() - Open it. False: errno says why, and there is nothing to end. */
bool page_file_begin(struct page_file *file, const char *path);

/** page_file_end() - Give it its name. False: errno says why, and the file is as it was before. */
bool page_file_end(struct page_file *file);

/** page_file_abandon() - Leave the file as it was before. Of one that is not open nothing. */
void page_file_abandon(struct page_file *file);

#endif
