/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/layout.h"

#include <string.h>

static const char spaces[LAYOUT_COLUMN_MAX + 1] =
	"                                                                                          ";

void layout_begin(struct layout *layout, int columns,
		  void (*emit)(void *ctx, const char *bytes, size_t size), void *ctx)
{
	*layout = (struct layout){ .width = LAYOUT_WIDTH, .emit = emit, .ctx = ctx, .column = -1 };
	/* The last column stays free: some terminals go to the next line behind it. */
	if (columns - 1 > LAYOUT_WIDTH)
		layout->width = columns - 1;
}

/* The break before the word, and the word. */
static void word_emit(struct layout *layout)
{
	if (layout->at + 1 + (int)layout->length > layout->width) {
		layout->emit(layout->ctx, "\n", 1);
		layout->emit(layout->ctx, spaces, (size_t)layout->column);
		layout->at = layout->column;
	} else {
		layout->emit(layout->ctx, " ", 1);
		layout->at++;
	}
	layout->emit(layout->ctx, layout->word, layout->length);
	layout->at += (int)layout->length;
	layout->length = 0;
	layout->column = -1;
}

static void column_take(struct layout *layout, char c)
{
	int column = c - LAYOUT_COLUMN;

	layout->column_next = false;
	layout->column = column < 0 ? 0 : column > LAYOUT_COLUMN_MAX ? LAYOUT_COLUMN_MAX : column;
}

/* Before which there is a break: it has to be whole before it is known on which line it stands. */
static void word_put(struct layout *layout, char c)
{
	if (layout->column_next) {
		column_take(layout, c);
		return;
	}
	if (c != LAYOUT_BREAK && c != '\n' && layout->length < sizeof(layout->word)) {
		layout->word[layout->length++] = c;
		return;
	}
	word_emit(layout);
	layout->column_next = c == LAYOUT_BREAK;
	if (c == LAYOUT_BREAK)
		return;
	layout->emit(layout->ctx, &c, 1);
	layout->at = c == '\n' ? 0 : layout->at + 1;
}

/* Up to the next break: as it is. Returns how much that is. */
static size_t plain_put(struct layout *layout, const char *bytes, size_t size)
{
	const char *stop = memchr(bytes, LAYOUT_BREAK, size);
	size_t length = stop ? (size_t)(stop - bytes) : size;

	layout->emit(layout->ctx, bytes, length);
	for (size_t i = length; i; i--) {
		if (bytes[i - 1] == '\n') {
			layout->at = (int)(length - i);
			return length;
		}
	}
	layout->at += (int)length;
	return length;
}

void layout_put(struct layout *layout, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size;) {
		if (layout->column_next || layout->column >= 0) {
			word_put(layout, bytes[i++]);
		} else if (bytes[i] == LAYOUT_BREAK) {
			layout->column_next = true;
			i++;
		} else {
			i += plain_put(layout, bytes + i, size - i);
		}
	}
}

void layout_end(struct layout *layout)
{
	if (layout->column >= 0)
		word_emit(layout);
}
