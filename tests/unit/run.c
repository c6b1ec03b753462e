/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/report/layout.h"
#include "tests/unit/json_read.h"
#include "tests/unit/unit.h"

#define PLENTY ((size_t)256 << 20)

/* The files that a page embeds are indented. */
static void bytes_check(const struct run *run, bool html)
{
	for (size_t i = 0; i < run->len; i++) {
		unsigned char c = (unsigned char)run->text[i];

		unit_check(c == '\n' || (html && c == '\t') || (c >= 0x20 && c <= 0x7e),
			   "byte %#x at %zu of:\n%s", c, i, run->text);
	}
}

static void lines_split(struct run *run)
{
	char *copy = strdup(run->text), *line, *rest = NULL;

	ck_assert_ptr_nonnull(copy);
	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		ck_assert_uint_lt(run->nr_lines, RUN_LINES_MAX);
		unit_check(json_valid(line), "no JSON: %s", line);
		run->lines[run->nr_lines++] = strdup(line);
	}
	free(copy);
}

static bool is_type(const char *line, const char *type)
{
	char value[32];

	return json_member(line, "type", value, sizeof(value)) && !strcmp(value, type);
}

static void summary_check(const struct run *run)
{
	size_t summaries = 0;

	for (size_t i = 0; i < run->nr_lines; i++)
		summaries += is_type(run->lines[i], "summary");
	unit_check(summaries == 1 && is_type(run->lines[run->nr_lines - 1], "summary"),
		   "the summary is not the last line:\n%s", run->text);
}

/* Where nothing is damaged nobody is blamed. */
static void blame_check(const struct run *run)
{
	char severity[32], cause[64], value[64];

	for (size_t i = 0; i < run->nr_lines; i++) {
		if (!is_type(run->lines[i], "finding"))
			continue;
		json_member(run->lines[i], "severity", severity, sizeof(severity));
		json_member(run->lines[i], "cause", cause, sizeof(cause));
		unit_check(!strcmp(severity, "corrupt") ||
				   (!strcmp(cause, "unknown") &&
				    !json_member(run->lines[i], "causes", value, sizeof(value))),
			   "%s: a cause of what is not damaged: %s", run->era, run->lines[i]);
	}
}

static const char *const era_names[ERAS] = { "3.13", "5.10", "6.1", "6.12", "6.18", "7.2" };

static struct check_result run_options_check(struct target *target, struct arena *arena,
					     const struct run_options *o,
					     const struct check_options *options)
{
	const uint64_t addrs[] = { o->address, o->another };

	if (o->is_address)
		return check_addresses(target, arena, addrs, o->another ? 2 : 1, options);
	if (o->refs.end)
		return check_refs(target, arena, &o->refs, 1, options);
	if (o->dangling)
		return check_dangling(target, arena, options);
	if (o->objects)
		return check_objects(target, arena, options);
	if (o->top)
		return check_top(target, arena, options);
	if (o->usage)
		return check_usage(target, arena, options);
	if (o->map)
		return check_map(target, arena, o->map_address, options);
	return check_run(target, arena, options);
}

/* struct layout.emit; its context is a stream. */
static void laid_out(void *ctx, const char *bytes, size_t size)
{
	fwrite(bytes, 1, size, ctx);
}

/* The text as a terminal of that many columns shows it. */
static void text_lay_out(struct run *run, int columns)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct layout layout;

	ck_assert_ptr_nonnull(out);
	layout_begin(&layout, columns, laid_out, out);
	layout_put(&layout, run->text, run->len);
	layout_end(&layout);
	fclose(out);
	free(run->text);
	run->text = text;
	run->len = len;
}

struct run *run_check_target(struct target *target, const char *era, struct run_options o)
{
	struct run *run = calloc(1, sizeof(*run));
	struct check_options options = {
		.format = o.html   ? CHECK_HTML
			  : o.text ? CHECK_TEXT
				   : CHECK_JSON,
		.all_caches = o.all_caches,
		.scan = o.scan,
		.scan_optional = o.scan_optional,
		.why = o.why,
		.verbose = !o.terse,
		.threads = o.threads,
		.unaligned = o.unaligned,
		.outside = o.outside,
		.sort = o.sort,
		.top_sites = o.top_sites,
		.map_order = o.map_order,
		.map_columns = o.map_columns,
		.budget_bytes = o.budget_bytes,
		.severities = o.severities,
		.names = (char *const *)o.names,
	};
	struct arena arena;

	ck_assert_ptr_nonnull(run);
	while (options.nr_names < 4 && o.names[options.nr_names])
		options.nr_names++;
	options.out = open_memstream(&run->text, &run->len);
	ck_assert_ptr_nonnull(options.out);
	run->era = era;
	arena_init(&arena, o.arena_limit ? o.arena_limit : PLENTY);
	run->result = run_options_check(target, &arena, &o, &options);
	run->arena_peak = arena.peak;
	arena_free(&arena);
	fclose(options.out);
	if (o.text)
		text_lay_out(run, o.columns);
	bytes_check(run, o.html);
	if (!o.text && !o.html) {
		lines_split(run);
		summary_check(run);
		blame_check(run);
	}
	return run;
}

/* Whether a line is the same finding: of that id, with that value. */
static bool is_same(const char *line, const char *finding, const char *member)
{
	const char *const members[] = { "id", "severity", "cache_address", "place", member };
	char a[64], b[64];

	for (int i = 0; i < UNIT_COUNT(members); i++) {
		json_member(finding, members[i], a, sizeof(a));
		json_member(line, members[i], b, sizeof(b));
		if (strcmp(a, b))
			return false;
	}
	return true;
}

/* -s of an address that a corrupt finding holds finds this finding. */
static void word_find(struct image *image, const char *finding, const char *member)
{
	struct run *run;
	char value[64];
	bool found = false;

	if (!json_member(finding, member, value, sizeof(value)))
		return;
	run = run_check_target(
		&image->target, era_names[image->era],
		(struct run_options){ .is_address = true, .address = strtoull(value, NULL, 16) });
	for (size_t i = 0; i < run->nr_lines; i++)
		found |= is_same(run->lines[i], finding, member);
	unit_check(found && run->result.verdict == VERDICT_CORRUPT,
		   "%s: -s %s, the %s of\n%s\nfinds:\n%s", run->era, value, member, finding,
		   run->text);
	run_free(run);
}

/* Enough of the many that one damaged structure can break. */
#define FINDINGS_ASKED 3

static void words_find(struct image *image, const struct run *run)
{
	static const char *const members[] = { "slot",	"object",    "slab",
					       "sheaf", "first_bad", "last_bad" };
	unsigned int asked = 0;
	char severity[32];

	for (size_t i = 0; i < run->nr_lines && asked < FINDINGS_ASKED; i++) {
		json_member(run->lines[i], "severity", severity, sizeof(severity));
		if (!is_type(run->lines[i], "finding") || strcmp(severity, "corrupt"))
			continue;
		asked++;
		for (int m = 0; m < UNIT_COUNT(members); m++)
			word_find(image, run->lines[i], members[m]);
	}
}

struct run *run_check(struct image *image, struct run_options o)
{
	struct run *run;

	image->reads = image->cancel_calls = 0;
	run = run_check_target(&image->target, era_names[image->era], o);
	if (run->result.verdict == VERDICT_CORRUPT && !o.severities && !o.is_address &&
	    !o.objects && !o.map && !o.usage && !o.top && o.scan && !o.arena_limit &&
	    !image->cancel_at && !image->read_limit && !image->target.live)
		words_find(image, run);
	return run;
}

void run_free(struct run *run)
{
	for (size_t i = 0; i < run->nr_lines; i++)
		free(run->lines[i]);
	free(run->text);
	free(run);
}

/* Whether a line has all the members. */
static bool line_matches(const char *line, const char *words)
{
	char word[512], value[512];

	while (*words) {
		size_t len = strcspn(words, " ");
		char *expected;

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		words += len;
		words += strspn(words, " ");
		expected = strchr(word, '=');
		unit_check(expected != NULL, "no key=value: %s", word);
		*expected++ = '\0';
		if (json_member(line, word, value, sizeof(value)) ? strcmp(value, expected)
								  : strcmp(expected, "-"))
			return false;
	}
	return true;
}

static void expect(struct run *run, const char *type, const char *words)
{
	for (size_t i = 0; i < run->nr_lines; i++) {
		if (run->expected[i] || !is_type(run->lines[i], type) ||
		    !line_matches(run->lines[i], words))
			continue;
		run->expected[i] = true;
		return;
	}
	ck_abort_msg("%s: expected %s %s in:\n%.3000s", run->era, type, words, run->text);
}

void run_expect(struct run *run, const char *format, ...)
{
	char words[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	expect(run, "finding", words);
}

void run_expect_type(struct run *run, const char *type, const char *format, ...)
{
	char words[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	expect(run, type, words);
}

const char *run_line(const struct run *run, const char *format, ...)
{
	char words[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	for (size_t i = 0; i < run->nr_lines; i++)
		if (line_matches(run->lines[i], words))
			return run->lines[i];
	return NULL;
}

static bool is_severity(const char *line, const char *severity)
{
	char value[32];

	return is_type(line, "finding") && json_member(line, "severity", value, sizeof(value)) &&
	       (!severity || !strcmp(value, severity));
}

void run_nothing_else(struct run *run, const char *severity)
{
	for (size_t i = 0; i < run->nr_lines; i++)
		unit_check(run->expected[i] || !is_severity(run->lines[i], severity),
			   "%s: not expected: %s", run->era, run->lines[i]);
}

size_t run_count(const struct run *run, const char *severity)
{
	size_t n = 0;

	for (size_t i = 0; i < run->nr_lines; i++)
		n += is_severity(run->lines[i], severity);
	return n;
}

void run_verdict(struct run *run, enum check_verdict verdict)
{
	static const char *const names[] = { "clean", "corrupt", "unknown" };
	char words[64];

	unit_check(run->result.verdict == verdict, "%s: verdict %s, not %s:\n%s", run->era,
		   names[run->result.verdict], names[verdict], run->text);
	snprintf(words, sizeof(words), "type=summary verdict=%s", names[verdict]);
	unit_check(!run->nr_lines || run_line(run, "%s", words), "no %s in:\n%s", words, run->text);
}

void run_unfold(struct run *run)
{
	const char *text = run->text;
	char *to = run->text + 1; /* the first is not a blank */

	while (*++text) {
		bool blank = *text == ' ' || *text == '\n';

		if (!blank || to[-1] != ' ')
			*to++ = blank ? ' ' : *text;
	}
	*to = '\0';
}
