/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --diff: what is different between two dumps, by their records. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "triage/diff.h"
#include "triage/diff_html.h"

#define DUMP(release) "{\"type\":\"dump\",\"file\":\"f\",\"release\":\"" release "\"}\n"
#define SUMMARY(verdict) "{\"type\":\"summary\",\"verdict\":\"" verdict "\"}\n"
#define FINDING(signature, object)                                                                           \
	"{\"type\":\"finding\",\"id\":\"freelist-wild\",\"severity\":\"corrupt\",\"signature\":\"" signature \
	"\",\"cache\":\"alpha\",\"object\":\"" object "\",\"message\":\"of " object "\"}\n"
#define USAGE(cache, allocated, slabs, bytes)                                   \
	"{\"type\":\"usage\",\"cache\":\"" cache "\",\"allocated\":" #allocated \
	",\"slabs\":" #slabs ",\"bytes\":" #bytes "}\n"

/* What is printed, and what diff_is_worse() says. */
struct said {
	char *text;
	size_t length;
	bool worse;
};

static struct said diff_of(const char *before, const char *after, bool all, bool json)
{
	struct diff_side a, b;
	struct said said;
	struct diff d;
	FILE *out = open_memstream(&said.text, &said.length);

	ck_assert_ptr_nonnull(out);
	unit_check(diff_side_init(&a, "old") && diff_side_init(&b, "new"), "no memory");
	diff_side_add(&a, before, strlen(before));
	diff_side_add(&b, after, strlen(after));
	unit_check(diff_make(&d, &a, &b), "no memory");
	diff_print(&d, all, json, out);
	said.worse = diff_is_worse(&d);
	diff_free(&d);
	fclose(out);
	diff_side_free(&a);
	diff_side_free(&b);
	return said;
}

static void expect(const struct said *said, const char *text)
{
	unit_check(strstr(said->text, text) != NULL, "no \"%s\" in:\n%s", text, said->text);
}

static void expect_not(const struct said *said, const char *text)
{
	unit_check(strstr(said->text, text) == NULL, "\"%s\" in:\n%s", text, said->text);
}

/* The same bug is the same wherever its object lies; of two that are alike one can be new. */
START_TEST(findings)
{
	struct said said =
		diff_of(DUMP("6.1") SUMMARY("corrupt") FINDING("x", "0x1") FINDING("old", "0x2"),
			DUMP("6.12") SUMMARY("corrupt") FINDING("x", "0x9") FINDING("x", "0xa"),
			false, false);

	unit_check(said.worse, "nothing new");
	expect(&said, "before old: corrupt, 6.1\nafter  new: corrupt, 6.12\n");
	expect(&said, "1 finding new:\n    freelist-wild in alpha: of 0xa\n");
	expect(&said, "1 finding gone:\n    freelist-wild in alpha: of 0x2\n");
	expect(&said, "1 finding is in both\n");
	free(said.text);
}
END_TEST

START_TEST(nothing)
{
	const char *same = DUMP("6.1") SUMMARY("clean") USAGE("alpha", 3, 1, 4096);
	struct said said = diff_of(same, same, true, false);

	unit_check(!said.worse, "something new");
	ck_assert_str_eq(said.text, "before old: clean, 6.1\nafter  new: clean, 6.1\n"
				    "no findings in either\n");
	free(said.text);
}
END_TEST

/* What is no damage in a dump is not a finding that is new in another. */
START_TEST(transients)
{
	struct said said = diff_of(
		"", "{\"type\":\"finding\",\"severity\":\"transient\",\"signature\":\"t\"}\n", true,
		false);

	unit_check(!said.worse, "a transient is new");
	expect(&said, "after  new: not checked\n");
	free(said.text);
}
END_TEST

/* Caches of one dump alone grew from nothing, or to nothing. */
START_TEST(growth)
{
	struct said said = diff_of(USAGE("alpha", 10, 2, 8192) USAGE("same", 1, 1, 4096)
					   USAGE("gone", 7, 1, 4096) USAGE("all", 1, 1, 1),
				   USAGE("alpha", 30, 3, 12288) USAGE("same", 1, 1, 4096)
					   USAGE("fresh", 5, 1, 65536) USAGE("all", 1, 1, 1),
				   true, true);
	const char *fresh = strstr(said.text, "\"fresh\""), *alpha = strstr(said.text, "\"alpha\""),
		   *gone = strstr(said.text, "\"cache\":\"gone\"");

	unit_check(fresh && alpha && gone && fresh < alpha && alpha < gone, "order: %s", said.text);
	expect(&said, "{\"cache\":\"alpha\",\"allocated\":20,\"allocated_before\":10,\"slabs\":1,"
		      "\"bytes\":4096,\"bytes_before\":8192}");
	expect(&said, "{\"cache\":\"gone\",\"allocated\":-7,\"allocated_before\":7,\"slabs\":-1,"
		      "\"bytes\":-4096,\"bytes_before\":4096}");
	expect_not(&said, "\"same\",");
	free(said.text);
}
END_TEST

/* Of many the ends are shown. */
START_TEST(many)
{
	char after[8192] = "";
	struct said said;

	for (int i = 0; i < 40; i++)
		snprintf(after + strlen(after), sizeof(after) - strlen(after),
			 "{\"type\":\"usage\",\"cache\":\"c%02d\",\"allocated\":1,\"slabs\":1,"
			 "\"bytes\":%d}\n",
			 i, 4096 * (i + 1));
	said = diff_of("", after, false, false);
	expect(&said, "c39 ");
	expect(&said, "c00 ");
	expect(&said, "25 more caches differ less (-v)\n");
	expect_not(&said, "c20 ");
	free(said.text);
	said = diff_of("", after, true, false);
	expect(&said, "c20 ");
	expect_not(&said, "-v");
	free(said.text);
}
END_TEST

/* Lines that are no records, and one that breaks off. */
START_TEST(not_records)
{
	struct said said = diff_of("crash> slubcheck -j\n[1,2]\n{\"type\":3}\n{\"type\":\"fin",
				   "\n\n", false, false);

	unit_check(!said.worse, "something new");
	free(said.text);
}
END_TEST

#define SITE(site, objects, bytes)                                                           \
	"{\"type\":\"site\",\"cache\":\"alpha\",\"site\":\"" site "\",\"objects\":" #objects \
	",\"bytes\":" #bytes "}\n"
#define TOP(tracks) "{\"type\":\"top\",\"tags\":false,\"tracks\":" tracks "}\n"

/* Callers by growth, where both know them: what one does not know did not grow from nothing. */
START_TEST(callers)
{
	static const char before[] = SITE("f+0x1", 10, 640) SITE("g+0x2", 5, 320) TOP("true");
	static const char after[] =
		SITE("f+0x1", 90, 5760) SITE("g+0x2", 5, 320) SITE("h+0x3", 1, 64) TOP("true");
	struct said said = diff_of(before, after, false, false);

	expect(&said, "         +80           10           +5  f+0x1 in alpha\n");
	expect(&said, "          +1            0           +0  h+0x3 in alpha\n");
	expect_not(&said, "g+0x2");
	free(said.text);
	said = diff_of(before, after, false, true);
	expect(&said, "\"sites\":[{\"site\":\"f+0x1 in alpha\",\"allocated\":80,"
		      "\"allocated_before\":10,\"bytes\":5120,\"bytes_before\":640}");
	free(said.text);
	said = diff_of(SITE("x", 1, 1) TOP("false"), after, false, false);
	expect_not(&said, "f+0x1");
	free(said.text);
	said = diff_of("", after, false, true);
	expect_not(&said, "sites");
	free(said.text);
}
END_TEST

/* The page says the same; names are text. */
START_TEST(page)
{
	static const char hostile[] = "<script>x('\\\"&\\u001b";
	char after[1024], *text = NULL;
	struct diff_side a, b;
	struct diff diff;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	snprintf(
		after, sizeof(after),
		"{\"type\":\"finding\",\"id\":\"%s\",\"severity\":\"corrupt\",\"signature\":\"%s\","
		"\"cache\":\"%s\",\"message\":\"%s\"}\n" USAGE("%s", 9, 3, 12288)
			SITE("%s", 9, 12288) TOP("true"),
		hostile, hostile, hostile, hostile, hostile, hostile);
	unit_check(diff_side_init(&a, hostile) && diff_side_init(&b, hostile), "no memory");
	diff_side_add(&a, TOP("true"), strlen(TOP("true")));
	diff_side_add(&b, after, strlen(after));
	unit_check(diff_make(&diff, &a, &b), "no memory");
	diff_html(&diff, "version", hostile, out);
	fclose(out);
	unit_check(strstr(text, "<h1>1 new finding</h1>") && strstr(text, "id=\"sites\"") &&
			   strstr(text, "<td data-v=\"12288\">+12</td>"),
		   "%s", text);
	/* Its own script stands at the end. */
	*strrchr(text, '<') = '\0';
	unit_check(strstr(text, "&lt;script&gt;") && strstr(text, "<body>"), "%s", text);
	for (const char *at = strstr(text, "<body>"); (at = strstr(at, "<script")); at++)
		unit_check(!strncmp(at, "<script>/* SPDX", 15), "%.40s", at);
	free(text);
	diff_free(&diff);
	diff_side_free(&a);
	diff_side_free(&b);
}
END_TEST

Suite *suite_triage_diff(void)
{
	Suite *s = suite_create("triage_diff");
	TCase *tc = tcase_create("diff");

	tcase_set_timeout(tc, UNIT_TIMEOUT);
	tcase_add_test(tc, findings);
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, transients);
	tcase_add_test(tc, growth);
	tcase_add_test(tc, many);
	tcase_add_test(tc, not_records);
	tcase_add_test(tc, callers);
	tcase_add_test(tc, page);
	suite_add_tcase(s, tc);
	return s;
}
