/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/batch_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/json_scan.h"
#include "triage/lines.h"

/* Of what a result says; longer strings it does not have. */
#define FILE_MAX 16384
#define TEXT_MAX 16384
#define WORD_MAX 64

/* A result, as far as it matters here. */
struct result_line {
	char type[WORD_MAX], verdict[WORD_MAX];
	char file[FILE_MAX], asked[TEXT_MAX], severities[TEXT_MAX];
};

static void member_take(struct result_line *r, struct scan *s, const struct scan_text *key)
{
	const struct scan_place places[] = {
		{ "type", r->type, sizeof(r->type) },
		{ "file", r->file, sizeof(r->file) },
		{ "verdict", r->verdict, sizeof(r->verdict) },
		{ "asked", r->asked, sizeof(r->asked) },
		{ "severities", r->severities, sizeof(r->severities) },
	};

	if (!scan_place(s, key, places, sizeof(places) / sizeof(*places)))
		scan_skip(s);
}

static bool line_scan(struct result_line *r, const char *line, size_t length)
{
	struct scan_text key;
	struct scan s;

	r->type[0] = r->verdict[0] = r->file[0] = r->asked[0] = r->severities[0] = '\0';
	scan_begin(&s, line, length);
	if (!scan_open(&s, '{'))
		return false;
	while (scan_member(&s, &key))
		member_take(r, &s, &key);
	return scan_end(&s) && !strcmp(r->type, "result");
}

static enum program_status status_of(const struct result_line *r)
{
	if (!strcmp(r->verdict, "corrupt"))
		return STATUS_CORRUPT;
	return strcmp(r->verdict, "clean") ? STATUS_UNKNOWN : STATUS_CLEAN;
}

/* Results of one file are comparable: all were judged by the same severities. */
static bool severities_compare(const struct batch_read *read, const char *then, struct error *error)
{
	char text[SEVERITIES_TEXT_MAX];
	const char *now = severities_text(&read->batch->o->severities, text);

	return !strcmp(now, then) ||
	       error_set(error,
			 "it has results with other severities (%s, now %s): use another file",
			 *then ? then : "the default", *now ? now : "the default");
}

/* The last result of a dump counts. */
static bool result_take(struct batch_read *read, const struct result_line *r, struct error *error)
{
	enum program_status status = status_of(r);
	bool retry =
		status == STATUS_UNKNOWN && (read->batch->retry || strcmp(r->asked, read->asked));
	uint32_t value = status | (retry ? BATCH_RETRY : 0);
	uint32_t *known = seen_find(read->seen, r->file, 0);

	if (!severities_compare(read, r->severities, error))
		return false;
	read->nr[status]++;
	if (known) {
		read->nr[*known & BATCH_STATUS_MASK]--;
		*known = value;
		return true;
	}
	return seen_add(read->seen, r->file, 0, value) || error_no_memory(error);
}

/* Nothing is cut away from a file that is something else. */
static bool line_take(struct batch_read *read, struct result_line *r, const struct lines *lines,
		      struct error *error)
{
	if (*r->file)
		return result_take(read, r, error);
	return lines->number > 1 || error_set(error, "it is not a file of results");
}

static bool lines_take(struct batch_read *read, struct lines *lines, struct result_line *r,
		       struct error *error)
{
	static const char start[] = "{\"type\":\"result\"";
	enum lines_end end;
	const char *line;
	size_t length;

	while ((end = lines_next(lines, &line, &length, error)) == LINES_GOT) {
		if (!line_scan(r, line, length))
			r->file[0] = '\0';
		if (!line_take(read, r, lines, error))
			return false;
		read->good_bytes = lines->end;
	}
	if (end == LINES_CANCELLED)
		return error_set(error, "interrupted while its results were read");
	if (end != LINES_BROKEN_OFF || lines->number > 1)
		return end != LINES_FAILED;
	if (length > sizeof(start) - 1)
		length = sizeof(start) - 1;
	return !memcmp(line, start, length) || error_set(error, "it is not a file of results");
}

bool batch_read_results(struct batch_read *read, int fd, struct error *error)
{
	struct result_line *r = malloc(sizeof(*r));
	struct lines lines;
	bool good;

	if (!r)
		return error_no_memory(error);
	lines_begin(&lines, fd, read->batch->cancelled);
	good = lines_take(read, &lines, r, error);
	lines_free(&lines);
	free(r);
	return good;
}

static void kernel_asked(const struct options *o, FILE *out)
{
	const struct kernel_info_options *kernel = &o->kernel;

	if (o->vmlinux_dir)
		fprintf(out, " --vmlinux-dir %s", o->vmlinux_dir);
	if (kernel->vmlinux)
		fprintf(out, " --vmlinux %s", kernel->vmlinux);
	if (kernel->debuginfod)
		fputs(" --debuginfod", out);
	if (kernel->no_vmlinux)
		fputs(" --no-vmlinux", out);
}

char *batch_asked(const struct batch *batch)
{
	const struct options *o = batch->o;
	size_t length;
	char *text = NULL, *asked;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	if (o->check.scan && !o->check.scan_optional)
		fputs(" -A", out);
	if (o->lists)
		fputs(" -L", out);
	if (o->check.why)
		fputs(" -w", out);
	for (size_t i = 0; i < o->nr_caches; i++)
		fprintf(out, " -c %s", o->caches[i]);
	kernel_asked(o, out);
	if (batch->time_limit != BATCH_TIME_LIMIT)
		fprintf(out, " --time-limit %u", batch->time_limit);
	if (batch->memory_limit != BATCH_MEMORY_LIMIT)
		fprintf(out, " --memory-limit %llu",
			(unsigned long long)(batch->memory_limit >> 20));
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	/* Each part has a space before it. */
	asked = strdup(*text ? text + 1 : text);
	free(text);
	return asked;
}
