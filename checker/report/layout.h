/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_LAYOUT_H
#define SLUBCHECK_CHECKER_REPORT_LAYOUT_H
/*
 * How wide a report is. Text for people is written with breaks that need not be taken; who passes it on
 * to a terminal, a pager or a file knows the width, and takes those that are needed.
 *
 * A break is LAYOUT_BREAK and a character that says in which column the next line goes on. No other
 * character of a report is below a space, but the ends of lines.
 */

#include <stdbool.h>
#include <stddef.h>

#define LAYOUT_BREAK '\x1f'
/* The character of column 0. */
#define LAYOUT_COLUMN ' '
#define LAYOUT_COLUMN_MAX 90

/* Of what is not a terminal, and of narrower ones. */
#define LAYOUT_WIDTH 79
#define LAYOUT_WORD_MAX 512

/**
 * struct layout - Text that is being laid out.
 * @width: columns of a line, at most
 * @emit:  receives the text as it is to be shown
 */
struct layout {
	int width;
	void (*emit)(void *ctx, const char *bytes, size_t size);
	void *ctx;
	int at; /* the column */
	int column; /* where the word goes on if its line is full; -1: there is no break before it */
	bool column_next; /* the next character is that column */
	char word[LAYOUT_WORD_MAX];
	size_t length;
};

/** layout_begin() - @columns of the terminal; 0: it is not one. */
void layout_begin(struct layout *layout, int columns,
		  void (*emit)(void *ctx, const char *bytes, size_t size), void *ctx);

/** layout_put() - More of the text. */
void layout_put(struct layout *layout, const char *bytes, size_t size);

/** layout_end() - The rest of it, where a line has not ended. */
void layout_end(struct layout *layout);

#endif
