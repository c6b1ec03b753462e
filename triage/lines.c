/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM_FIRST ((size_t)1 << 16)

void lines_begin(struct lines *lines, int fd, bool (*cancelled)(void))
{
	*lines = (struct lines){ .fd = fd, .cancelled = cancelled };
}

static bool is_cancelled(const struct lines *lines)
{
	return lines->cancelled && lines->cancelled();
}

/* Makes room for more behind what was read and not taken. */
static bool room_make(struct lines *lines, struct error *error)
{
	size_t room = lines->room ? 2 * lines->room : ROOM_FIRST;
	char *bytes;

	if (lines->from) {
		memmove(lines->bytes, lines->bytes + lines->from, lines->to - lines->from);
		lines->to -= lines->from;
		lines->from = 0;
	}
	if (lines->to < lines->room)
		return true;
	if (lines->room >= LINE_MAX_BYTES)
		return error_set(error, "line %llu is longer than %zu MiB",
				 (unsigned long long)lines->number + 1, LINE_MAX_BYTES >> 20);
	bytes = realloc(lines->bytes, room);
	if (!bytes)
		return error_no_memory(error);
	lines->bytes = bytes;
	lines->room = room;
	return true;
}

/* Reads on. LINES_GOT: there may be more of it. */
static enum lines_end fill(struct lines *lines, struct error *error)
{
	ssize_t got;

	if (!room_make(lines, error))
		return LINES_FAILED;
	do {
		/* A signal ends the call, or it comes between two of them. */
		if (is_cancelled(lines))
			return LINES_CANCELLED;
		got = read(lines->fd, lines->bytes + lines->to, lines->room - lines->to);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		error_errno(error, NULL, errno);
		return LINES_FAILED;
	}
	lines->to += (size_t)got;
	lines->ended = !got;
	return LINES_GOT;
}

static void line_take(struct lines *lines, const char **line, size_t taken)
{
	*line = lines->bytes + lines->from;
	lines->from += taken;
	lines->end += taken;
	lines->number++;
}

enum lines_end lines_next(struct lines *lines, const char **line, size_t *length,
			  struct error *error)
{
	size_t looked = 0;

	for (;;) {
		size_t rest = lines->to - lines->from;
		const char *start = rest ? lines->bytes + lines->from : NULL;
		const char *stop =
			rest > looked ? memchr(start + looked, '\n', rest - looked) : NULL;
		enum lines_end end;

		if (stop) {
			*length = (size_t)(stop - start);
			line_take(lines, line, *length + 1);
			return is_cancelled(lines) ? LINES_CANCELLED : LINES_GOT;
		}
		if (lines->ended) {
			*length = rest;
			if (!rest)
				return LINES_END;
			line_take(lines, line, rest);
			return LINES_BROKEN_OFF;
		}
		looked = rest;
		end = fill(lines, error);
		if (end != LINES_GOT)
			return end;
	}
}

void lines_free(struct lines *lines)
{
	free(lines->bytes);
	lines->bytes = NULL;
}
