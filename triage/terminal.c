/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "checker/image/clock.h"

/* Runs shorter than this are over before anybody asks how far they are. */
#define QUIET_SECONDS 0.5
#define BAR_WIDTH 30

static void progress_erase(struct terminal *t)
{
	if (!t->shown)
		return;
	t->shown = false;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* The verdict stands out, and so does the first line of a finding. */
static const char *color_of(const char *line, size_t length)
{
	static const struct {
		const char *start, *color;
	} starts[] = {
		{ "CORRUPT", "\033[1;31m" },
		{ "CLEAN", "\033[1;32m" },
		{ "UNKNOWN", "\033[1;33m" },
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (length >= strlen(starts[i].start) &&
		    !memcmp(line, starts[i].start, strlen(starts[i].start)))
			return starts[i].color;
	/* "  freelist-wild: ...": two spaces, an id, a colon. */
	if (length > 4 && line[0] == ' ' && line[1] == ' ' && line[2] >= 'a' && line[2] <= 'z') {
		size_t id = 2;

		while (id < length && (line[id] == '-' || (line[id] >= 'a' && line[id] <= 'z')))
			id++;
		if (id < length && line[id] == ':')
			return "\033[1m";
	}
	return NULL;
}

static void line_write(struct terminal *t, bool whole)
{
	const char *color = t->color ? color_of(t->line, t->length) : NULL;

	if (color)
		fputs(color, t->to);
	fwrite(t->line, 1, t->length, t->to);
	if (color)
		fputs("\033[0m", t->to);
	if (whole)
		fputc('\n', t->to);
	t->length = 0;
}

/* struct layout.emit; its context is the terminal. */
static void laid_out(void *ctx, const char *buf, size_t size)
{
	struct terminal *t = ctx;

	if (!t->color) {
		fwrite(buf, 1, size, t->to);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		if (buf[i] == '\n' || t->length == sizeof(t->line))
			line_write(t, buf[i] == '\n');
		if (buf[i] != '\n')
			t->line[t->length++] = buf[i];
	}
}

static ssize_t stream_write(void *cookie, const char *buf, size_t size)
{
	struct terminal *t = cookie;

	progress_erase(t);
	layout_put(&t->layout, buf, size);
	return ferror(t->to) ? 0 : (ssize_t)size;
}

int terminal_columns(int fd)
{
	struct winsize size;

	return isatty(fd) && !ioctl(fd, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

bool terminal_begin(struct terminal *t, FILE *to, int columns, bool color, bool progress)
{
	const cookie_io_functions_t functions = { .write = stream_write };

	memset(t, 0, sizeof(*t));
	t->to = to;
	t->color = color;
	t->progress = progress;
	t->start = clock_now();
	layout_begin(&t->layout, columns, laid_out, t);
	t->stream = fopencookie(t, "w", functions);
	return t->stream != NULL;
}

bool terminal_end(struct terminal *t)
{
	bool good = !fclose(t->stream);

	layout_end(&t->layout);
	if (t->length)
		line_write(t, false);
	progress_erase(t);
	return good && !fflush(t->to) && !ferror(t->to);
}

void terminal_progress(void *ctx, size_t caches_done, size_t caches, uint64_t slabs)
{
	static const char full[] = "##############################";
	struct terminal *t = ctx;
	int done = caches ? (int)(caches_done * BAR_WIDTH / caches) : 0;

	if (!t->progress || clock_seconds_since(&t->start) < QUIET_SECONDS)
		return;
	fprintf(stderr, "\r[%.*s%*s] %zu of %zu caches, %" PRIu64 " slabs\033[K", done, full,
		BAR_WIDTH - done, "", caches_done, caches, slabs);
	fflush(stderr);
	t->shown = true;
}

void terminal_reading(void *ctx, uint64_t done, uint64_t all)
{
	static const char full[] = "##############################";
	struct terminal *t = ctx;
	int part = all ? (int)(done / (all / BAR_WIDTH + 1)) : 0;

	if (!t->progress || clock_seconds_since(&t->start) < QUIET_SECONDS)
		return;
	fprintf(stderr, "\r[%.*s%*s] %" PRIu64 " of %" PRIu64 " MiB\033[K", part, full,
		BAR_WIDTH - part, "", done >> 20, all >> 20);
	fflush(stderr);
	t->shown = true;
}

bool terminal_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	if (!isatty(STDOUT_FILENO))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		/* The first that is set decides. */
		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}
