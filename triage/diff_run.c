/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/diff_run.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "triage/diff.h"
#include "triage/diff_html.h"
#include "triage/page.h"

#define RECORDS_MAX ((size_t)256 << 20)

/* Whether a file has records instead of memory; then they are added. @good: false when they cannot be read. */
static bool records_kept(struct diff_side *side, bool *good)
{
	FILE *file = fopen(side->file, "re");
	int first = file ? fgetc(file) : EOF;
	char *text = NULL;
	size_t length = 0;
	struct stat info;

	*good = true;
	if (first != '{' || fstat(fileno(file), &info)) {
		if (file)
			fclose(file);
		return false;
	}
	if ((size_t)info.st_size <= RECORDS_MAX)
		text = malloc((size_t)info.st_size + 1);
	if (text) {
		text[0] = '{';
		length = 1 + fread(text + 1, 1, (size_t)info.st_size - 1, file);
		diff_side_add(side, text, length);
	}
	*good = text && !ferror(file);
	fclose(file);
	free(text);
	return true;
}

/* The records of a dump: what a check says, and what its caches have. */
static bool records_make(struct diff_side *side, const struct options *o,
			 const struct triage_dump *dump)
{
	static const enum program_task tasks[] = { TASK_CHECK, TASK_USAGE, TASK_TOP };
	enum program_status unused;
	size_t length;

	for (size_t i = 0; i < sizeof(tasks) / sizeof(*tasks); i++) {
		struct options one = *o;
		char *text;

		one.task = tasks[i];
		one.quiet = i > 0;
		one.html = NULL;
		one.check.top_sites = true;
		one.check.scan = one.check.scan_optional = !o->lists;
		text = triage_records(one, dump, &length, &unused);
		if (!text)
			return false;
		diff_side_add(side, text, length);
		free(text);
	}
	return side->verdict != NULL;
}

static bool side_fill(struct diff_side *side, const struct options *o,
		      const struct triage_dump *dump)
{
	bool good;

	if (records_kept(side, &good))
		return good;
	return records_make(side, o, dump);
}

/* False: the page could not be written. */
static bool page_say(const struct options *o, const struct diff *d, FILE *out)
{
	struct page_file file = { .stream = NULL };

	if (!page_open(&file, o->html))
		return false;
	diff_html(d, SLUBCHECK_VERSION_TEXT, o->command, file.stream);
	if (!page_close(&file, o->html))
		return false;
	fprintf(out, "%s: %zu new, %zu gone, %zu KiB\n", o->html, json_array_size(d->new),
		json_array_size(d->gone), page_kib(&file));
	return true;
}

static enum program_status sides_say(const struct options *o, const struct diff_side sides[2],
				     FILE *out)
{
	struct diff d;
	bool good = diff_make(&d, &sides[0], &sides[1]), worse = diff_is_worse(&d);

	if (good && o->html)
		good = page_say(o, &d, out);
	else if (good)
		diff_print(&d, o->check.verbose, o->check.format == CHECK_JSON, out);
	diff_free(&d);
	if (!good)
		return STATUS_UNKNOWN;
	return worse ? STATUS_CORRUPT : STATUS_CLEAN;
}

enum program_status triage_diff(const struct options *o, const struct triage_dump files[2],
				FILE *out)
{
	enum program_status status = STATUS_UNKNOWN;
	struct diff_side sides[2] = { 0 };
	bool good = true;

	for (int i = 0; i < 2; i++)
		good = good && diff_side_init(&sides[i], files[i].paths[0]) &&
		       side_fill(&sides[i], o, &files[i]);
	if (good)
		status = sides_say(o, sides, out);
	for (int i = 0; i < 2; i++)
		diff_side_free(&sides[i]);
	return status;
}
