/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results that are read back: JSON without a tree, lines in bounded memory, names that are not kept. */
#include "triage/json_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"
#include "triage/lines.h"
#include "triage/seen.h"

/* JSON. */

/* Whether all of a text is passed over as JSON. */
static bool skips(const char *text, size_t length)
{
	struct scan s;

	scan_begin(&s, text, length);
	scan_skip(&s);
	return scan_end(&s);
}

START_TEST(json_good)
{
	static const char *const rows[] = {
		"{}",
		"[]",
		" { } ",
		"[1,2 , 3]",
		"{\"a\":1,\"b\":[{}]}",
		"\"\"",
		"true",
		"null",
		"-0.5e+10",
		"\"\\u00e9\\ud83d\\ude00\\n\"",
		"[[[[]]]]",
		"[ \"]\" ]",
		"{\"}\":\"{\"}",
		"\t[\n\"\\\\\"\r]\n",
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		json_t *tree = json_loads(rows[i], JSON_DECODE_ANY, NULL);

		unit_check(tree != NULL, "jansson refuses %s", rows[i]);
		json_decref(tree);
		unit_check(skips(rows[i], strlen(rows[i])), "refused: %s", rows[i]);
	}
}
END_TEST

START_TEST(json_bad)
{
	static const char *const rows[] = {
		"",	   "{",	       "}",	     "[",	 "[1,]",      "[,1]",	   "{,}",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{1:2}",	 "[1 2]",     "tru",	   "nul",
		"-",	   "1.",       "1e",	     "\"",	 "\"\\x\"",   "\"\\u12\"", "\"\\",
		"{} {}",   "[}",       "{]",	     "\"\x01\"", "{\"a\" 1}", "+1",	   "[1]x",
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++)
		unit_check(!skips(rows[i], strlen(rows[i])), "accepted: %s", rows[i]);
}
END_TEST

/* Every text of a few characters is JSON for jansson exactly when it is for us. */
START_TEST(json_as_jansson)
{
	static const char alphabet[] = "{}[]:,\"\\u1-.eatn ";
	char text[6];

	for (unsigned int i = 0; i < 400000; i++) {
		unsigned int draw = i * 2654435761u ^ i >> 7;
		size_t length = 1 + draw % 5;
		json_t *tree;

		for (size_t j = 0; j < length; j++, draw = draw * 1664525u + 1013904223u)
			text[j] = alphabet[(draw >> 16) % (sizeof(alphabet) - 1)];
		text[length] = '\0';
		tree = json_loadb(text, length, JSON_DECODE_ANY, NULL);
		/* jansson refuses numbers that begin with 0 and go on; nobody writes them. */
		if (!tree && strchr(text, '0'))
			continue;
		unit_check(skips(text, length) == (tree != NULL), "%s: %d", text, tree != NULL);
		json_decref(tree);
	}
}
END_TEST

START_TEST(json_depth)
{
	char text[2 * SCAN_DEPTH_MAX + 4];

	memset(text, '[', SCAN_DEPTH_MAX);
	memset(text + SCAN_DEPTH_MAX, ']', SCAN_DEPTH_MAX);
	unit_check(skips(text, 2 * SCAN_DEPTH_MAX), "not as deep as it may be");
	memset(text, '[', SCAN_DEPTH_MAX + 1);
	memset(text + SCAN_DEPTH_MAX + 1, ']', SCAN_DEPTH_MAX + 1);
	unit_check(!skips(text, 2 * SCAN_DEPTH_MAX + 2), "deeper");
}
END_TEST

START_TEST(json_strings)
{
	static const struct {
		const char *text, *value; /* NULL: bad */
	} rows[] = {
		{ "\"plain\"", "plain" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"",
		  "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		/* Half a pair of surrogates. */
		{ "\"\\ud83d\"", "\xef\xbf\xbd" },
		{ "\"\\ude00x\"", "\xef\xbf\xbdx" },
		{ "\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
					"A" },
		{ "\"a\\u0000b\"", NULL },
		{ "\"0123456789abcde\"", "0123456789abcde" },
		{ "\"0123456789abcdef\"", NULL }, /* it is never cut */
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct scan s;
		char buf[16];

		scan_begin(&s, rows[i].text, strlen(rows[i].text));
		unit_check(scan_string(&s, buf, sizeof(buf)) == (rows[i].value != NULL), "row %zu",
			   i);
		unit_check(!rows[i].value || !strcmp(buf, rows[i].value), "row %zu: %s", i, buf);
		unit_check(scan_end(&s) == (rows[i].value != NULL), "row %zu: the end", i);
	}
}
END_TEST

START_TEST(json_members)
{
	static const char text[] = "{\"a\":1,\"skip\":{\"a\":[2]},\"b\":\"x\",\"c\":[true,\"y\"]}";
	struct scan_text key, word;
	char buf[8] = "";
	struct scan s;

	scan_begin(&s, text, sizeof(text) - 1);
	unit_check(!scan_open(&s, '[') && scan_open(&s, '{'), "not an object");
	unit_check(scan_member(&s, &key) && scan_is(&key, "a") && !scan_is(&key, "ab"), "a");
	unit_check(!scan_string(&s, buf, sizeof(buf)), "a number is a string");
	unit_check(!scan_span(&s, &word) && scan_word(&s, &word) && scan_is(&word, "1"), "1");
	unit_check(scan_member(&s, &key) && scan_is(&key, "skip"), "skip");
	unit_check(scan_span(&s, &word) && scan_is(&word, "{\"a\":[2]}"), "span");
	unit_check(scan_member(&s, &key) && scan_string(&s, buf, sizeof(buf)), "b");
	unit_check(!strcmp(buf, "x"), "%s", buf);
	unit_check(scan_member(&s, &key) && scan_open(&s, '[') && scan_item(&s), "c");
	unit_check(scan_word(&s, &word) && scan_is(&word, "true") && scan_item(&s), "true");
	unit_check(scan_string(&s, buf, sizeof(buf)) && !scan_item(&s), "y");
	unit_check(!scan_member(&s, &key) && scan_end(&s), "more of it");
}
END_TEST

/* Lines. */

static struct core *core;
static bool stop;

static bool stopped(void)
{
	return stop;
}

static void setup(void)
{
	core = core_new(NULL);
	stop = false;
}

static void teardown(void)
{
	core_free(core);
}

static int file_with(const char *bytes, size_t length)
{
	int fd = open(core_file(core, "lines", bytes, length), O_RDONLY);

	unit_check(fd >= 0, "not opened");
	return fd;
}

START_TEST(lines_of_a_file)
{
	static const char text[] = "one\n\nthree\nbroken off";
	int fd = file_with(text, sizeof(text) - 1);
	struct error error = { 0 };
	struct lines lines;
	const char *line;
	size_t length;

	lines_begin(&lines, fd, stopped);
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_GOT);
	unit_check(length == 3 && !memcmp(line, "one", 3) && lines.end == 4, "one");
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_GOT);
	unit_check(!length && lines.end == 5, "an empty line");
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_GOT);
	unit_check(lines.number == 3 && lines.end == 11, "three");
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_BROKEN_OFF);
	unit_check(length == 10 && !memcmp(line, "broken off", 10), "broken off");
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_END);
	lines_free(&lines);
	close(fd);
}
END_TEST

/* A file without an end of a line takes no more memory than a line may. */
START_TEST(lines_too_long)
{
	size_t size = LINE_MAX_BYTES + 2;
	char *bytes = malloc(size);
	struct error error = { 0 };
	struct lines lines;
	const char *line;
	size_t length;
	int fd;

	memset(bytes, 'x', size);
	bytes[0] = '\n';
	fd = file_with(bytes, size);
	lines_begin(&lines, fd, stopped);
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_GOT);
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_FAILED);
	unit_check(!strcmp(error.text, "line 2 is longer than 4 MiB"), "%s", error.text);
	unit_check(lines.room <= LINE_MAX_BYTES, "%zu bytes", lines.room);
	lines_free(&lines);
	close(fd);
	/* One byte less is a line. */
	bytes[size - 1] = '\n';
	bytes[1] = '\n';
	fd = file_with(bytes, size);
	lines_begin(&lines, fd, stopped);
	for (int i = 0; i < 3; i++)
		unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_GOT);
	unit_check_eq(length, LINE_MAX_BYTES - 1);
	lines_free(&lines);
	close(fd);
	free(bytes);
}
END_TEST

START_TEST(lines_stopped)
{
	int fd = file_with("a\nb\n", 4);
	struct error error = { 0 };
	struct lines lines;
	const char *line;
	size_t length;

	lines_begin(&lines, fd, stopped);
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_GOT);
	stop = true;
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_CANCELLED);
	lines_free(&lines);
	close(fd);
	lines_begin(&lines, open(core->folder, O_RDONLY), NULL);
	unit_check_eq(lines_next(&lines, &line, &length, &error), LINES_FAILED);
	unit_check(!strcmp(error.text, "Is a directory"), "%s", error.text);
	close(lines.fd);
	lines_free(&lines);
}
END_TEST

/* Names. */

START_TEST(names_seen)
{
	struct seen seen = { 0 };
	char name[32];

	unit_check(!seen_find(&seen, "", 0), "in nothing");
	for (uint32_t i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "/dumps/%u", i);
		unit_check(!seen_find(&seen, name, i % 2), "%s", name);
		unit_check(seen_add(&seen, name, i % 2, i), "no memory");
	}
	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t *value;

		snprintf(name, sizeof(name), "/dumps/%u", i);
		unit_check(!seen_find(&seen, name, 1 - i % 2), "%s in the other group", name);
		value = seen_find(&seen, name, i % 2);
		unit_check(value && *value == i, "%s", name);
	}
	unit_check(!seen_find(&seen, "/dumps/", 0) && !seen_find(&seen, "", 0), "a prefix");
	seen_free(&seen);
	unit_check(!seen_find(&seen, "/dumps/1", 1), "freed");
}
END_TEST

Suite *suite_triage_scan(void)
{
	Suite *suite = suite_create("triage_scan");
	TCase *json = tcase_create("json"), *lines = tcase_create("lines");

	tcase_add_test(json, json_good);
	tcase_add_test(json, json_bad);
	tcase_add_test(json, json_as_jansson);
	tcase_add_test(json, json_depth);
	tcase_add_test(json, json_strings);
	tcase_add_test(json, json_members);
	suite_add_tcase(suite, json);
	tcase_add_checked_fixture(lines, setup, teardown);
	tcase_add_test(lines, lines_of_a_file);
	tcase_add_test(lines, lines_too_long);
	tcase_add_test(lines, lines_stopped);
	tcase_add_test(lines, names_seen);
	suite_add_tcase(suite, lines);
	return suite;
}
