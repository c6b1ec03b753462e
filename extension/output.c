/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "extension/output.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "checker/image/clock.h"

/* Runs shorter than this are over before anybody asks how far they are. */
#define QUIET_SECONDS 1

static void progress_erase(struct output *output)
{
	if (!output->shown)
		return;
	output->shown = false;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* struct layout.emit; its context is the output. */
static void laid_out(void *ctx, const char *buf, size_t size)
{
	struct output *output = ctx;

	if (output->to && fwrite(buf, 1, size, output->to) != size)
		output->failed = true;
}

static ssize_t stream_write(void *cookie, const char *buf, size_t size)
{
	struct output *output = cookie;

	progress_erase(output);
	if (output->shared)
		output->progress = false;
	layout_put(&output->layout, buf, size);
	return output->failed ? 0 : (ssize_t)size;
}

bool output_begin(struct output *output, FILE *to, bool shared, int columns)
{
	const cookie_io_functions_t functions = { .write = stream_write };

	memset(output, 0, sizeof(*output));
	output->stream = fopencookie(output, "w", functions);
	if (!output->stream)
		return false;
	/* A finding appears when it is found, not when a buffer is full. */
	setvbuf(output->stream, NULL, _IOLBF, BUFSIZ);
	output->to = to;
	output->shared = shared;
	layout_begin(&output->layout, columns, laid_out, output);
	output->progress = isatty(STDERR_FILENO);
	output->start = clock_now();
	return true;
}

void output_end(struct output *output)
{
	if (!output->stream)
		return;
	fclose(output->stream);
	layout_end(&output->layout);
	output->stream = NULL;
	progress_erase(output);
	if (output->to)
		fflush(output->to);
	output->to = NULL;
}

void output_abandon(struct output *output)
{
	output->to = NULL;
	output_end(output);
}

bool output_failed(const struct output *output)
{
	return ferror(output->stream);
}

void output_progress(void *ctx, size_t caches_done, size_t caches, uint64_t slabs)
{
	struct output *output = ctx;

	if (!output->progress || clock_seconds_since(&output->start) < QUIET_SECONDS)
		return;
	fprintf(stderr, "\rslubcheck: %zu of %zu caches, %" PRIu64 " slabs\033[K", caches_done,
		caches, slabs);
	fflush(stderr);
	output->shown = true;
}

void output_reading(void *ctx, uint64_t done, uint64_t all)
{
	struct output *output = ctx;

	if (!output->progress || clock_seconds_since(&output->start) < QUIET_SECONDS)
		return;
	fprintf(stderr, "\rslubcheck: %" PRIu64 " of %" PRIu64 " MiB\033[K", done >> 20, all >> 20);
	fflush(stderr);
	output->shown = true;
}
