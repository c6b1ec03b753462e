/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports on terminals of different widths, and that the verdict is first and last. */
#include "checker/report/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

/* struct layout.emit; its context is a stream. */
static void emit(void *ctx, const char *bytes, size_t size)
{
	fwrite(bytes, 1, size, ctx);
}

/* What comes of a text on a terminal, when it arrives in pieces of that size. */
static char *laid_out(const char *text, int columns, size_t piece)
{
	size_t length = strlen(text), size;
	char *out = NULL;
	FILE *stream = open_memstream(&out, &size);
	struct layout layout;

	layout_begin(&layout, columns, emit, stream);
	for (size_t at = 0; at < length; at += piece)
		layout_put(&layout, text + at, length - at < piece ? length - at : piece);
	layout_end(&layout);
	fclose(stream);
	return out;
}

static size_t widest(const char *text)
{
	size_t most = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t width = strcspn(text, "\n");

		most = width > most ? width : most;
	}
	return most;
}

#define BREAK  \
	"\x1f" \
	"\x24" /* the next line goes on in column 4 */

START_TEST(breaks)
{
	char text[2048] = "begin", *end = text + strlen(text), *whole;

	for (int i = 0; i < 60; i++)
		end += snprintf(end, sizeof(text) - (size_t)(end - text), BREAK "word%02d", i);
	snprintf(end, sizeof(text) - (size_t)(end - text), "\nplain text stays as it is\n");
	for (int columns = 0; columns <= 200; columns += 20) {
		size_t limit = columns > 80 ? (size_t)columns - 1 : 79;

		whole = laid_out(text, columns, sizeof(text));
		unit_check(widest(whole) <= limit && widest(whole) > limit - 7, "%d columns: %zu",
			   columns, widest(whole));
		unit_check(strstr(whole, "\n    word") && !strchr(whole, LAYOUT_BREAK), "%s",
			   whole);
		unit_check(strstr(whole, "word59\nplain text stays as it is\n") != NULL, "%s",
			   whole);
		for (size_t piece = 1; piece < 12; piece++) {
			char *parts = laid_out(text, columns, piece);

			unit_check(!strcmp(parts, whole), "pieces of %zu: %s", piece, parts);
			free(parts);
		}
		free(whole);
	}
}
END_TEST

/* Words and columns that no report has. */
START_TEST(odd_breaks)
{
	char text[3 * LAYOUT_WORD_MAX] = "a" BREAK, *out;

	memset(text + 3, 'x', 2 * LAYOUT_WORD_MAX);
	out = laid_out(text, 80, 7);
	unit_check(strlen(out) == 1 + 1 + 4 + 2 * LAYOUT_WORD_MAX, "%zu", strlen(out));
	free(out);
	out = laid_out("a\x1f\x01"
		       "b",
		       80, 1);
	unit_check(!strcmp(out, "a b"), "%s", out);
	free(out);
	out = laid_out("a" BREAK, 80, 1);
	unit_check(!strcmp(out, "a "), "%s", out);
	free(out);
	out = laid_out("a\x1f", 80, 1);
	unit_check(!strcmp(out, "a"), "%s", out);
	free(out);
}
END_TEST

/* The words of a text, without the space between them. */
static void words_only(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != ' ' && *text != '\n')
			*to++ = *text;
	*to = '\0';
}

/* The same report, as wide as the terminal is. */
START_TEST(widths)
{
	static const int columns[] = { 0, 80, 120, 200 };
	static const size_t most[] = { 79, 79, 119, 199 };
	struct world *w = world_new(ERA_6_1);
	char *narrow = NULL;
	size_t lines = 0;

	image_set(w->image, image_slot(w->cpu0, 9), UINT64_C(0x4141414141414141));
	for (size_t i = 0; i < UNIT_COUNT(columns); i++) {
		struct run *run = run_check(
			w->image, (struct run_options){ .text = true, .columns = columns[i] });
		size_t nr = 0;

		for (size_t j = 0; j < run->len; j++)
			nr += run->text[j] == '\n';
		unit_check(widest(run->text) <= most[i], "%d columns: %zu in\n%s", columns[i],
			   widest(run->text), run->text);
		unit_check(columns[i] <= 80 ? !lines || nr == lines : nr < lines,
			   "%d columns: %zu lines, %zu before", columns[i], nr, lines);
		lines = nr;
		/* But for the seconds that it took. */
		*strstr(run->text, " objects verified") = '\0';
		words_only(run->text);
		unit_check(!narrow || !strcmp(run->text, narrow), "other words:\n%s\n%s", run->text,
			   narrow);
		free(narrow);
		narrow = strdup(run->text);
		run_free(run);
	}
	free(narrow);
	world_free(w);
}
END_TEST

/* Who looks at the first lines only sees the verdict, and who looks at the last ones too. */
START_TEST(verdict_first_and_last)
{
	struct world *w = world_new(ERA_6_1);
	struct run *run = run_check(w->image, (struct run_options){ .text = true, .terse = true });
	const char *verdict = "CORRUPT: 1 finding in 1 of ";

	/* In two lines it is found anyway. */
	unit_check(strstr(run->text, "CLEAN") == run->text, "%s", run->text);
	unit_check(!strstr(run->text + 1, "CLEAN"), "%s", run->text);
	run_free(run);
	image_set(w->image, image_slot(w->cpu0, 9), UINT64_C(0x4141414141414141));
	run = run_check(w->image, (struct run_options){ .text = true, .terse = true });
	unit_check(strstr(run->text, verdict) == run->text, "%s", run->text);
	unit_check(strstr(run->text + 1, verdict) != NULL, "%s", run->text);
	run_free(run);
	world_free(w);
}
END_TEST

Suite *suite_checker_layout(void)
{
	Suite *suite = suite_create("checker_layout");
	TCase *tcase = tcase_create("layout");

	tcase_add_test(tcase, breaks);
	tcase_add_test(tcase, odd_breaks);
	tcase_add_test(tcase, widths);
	tcase_add_test(tcase, verdict_first_and_last);
	suite_add_tcase(suite, tcase);
	return suite;
}
