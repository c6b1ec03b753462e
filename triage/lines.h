/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_LINES_H
#define SLUBCHECK_TRIAGE_LINES_H
/* Lines of a file or a pipe, in bounded memory whatever the file is. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/error.h"

/* Of a line. A result with all that it can have is a tenth of this. */
#define LINE_MAX_BYTES ((size_t)4 << 20)

/**
 * struct lines - A file that is being read.
 * @cancelled: whether the user asked to stop; NULL: nobody asks
 * @number:    of the line that was read last, from 1
 * @end:       bytes of the file up to the end of that line
 */
struct lines {
	int fd;
	bool (*cancelled)(void);
	uint64_t number, end;
	char *bytes;
	size_t room, from, to;
	bool ended;
};

/* What lines_next() came to. */
enum lines_end {
	LINES_GOT,
	LINES_BROKEN_OFF, /* the last line, without its newline */
	LINES_END,
	LINES_CANCELLED,
	LINES_FAILED,
};

/** lines_begin() - @fd stays the caller's. */
void lines_begin(struct lines *lines, int fd, bool (*cancelled)(void));

/**
 * lines_next() - The next one.
 * @line:   receives it, without its newline and not terminated; it is valid until the next call
 * @length: of it in bytes
 * @error:  receives what is wrong with LINES_FAILED: it cannot be read, or it is longer than
 *	    LINE_MAX_BYTES
 */
enum lines_end lines_next(struct lines *lines, const char **line, size_t *length,
			  struct error *error);

void lines_free(struct lines *lines);

#endif
