/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --group: what is new since earlier results, counts over time, and the page. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"
#include "triage/group.h"
#include "triage/group_time.h"
#include "triage/page_link.h"

#define RESULT(file, date, signature)                                                             \
	"{\"type\":\"result\",\"file\":\"" file "\",\"verdict\":\"corrupt\",\"release\":\"6.1\"," \
	"\"date\":\"" date "\",\"modules\":[\"xfs\"],\"findings\":[{\"severity\":\"corrupt\","    \
	"\"signature\":\"" signature "\",\"message\":\"it is " signature "\"}]}\n"
#define DAY(n) "2026-11-" n "T00:00:00Z"

static struct core *core;

static void setup(void)
{
	core = core_new(NULL);
}

static void teardown(void)
{
	core_free(core);
}

static bool never(void)
{
	return false;
}

static void contains(const char *text, const char *part)
{
	unit_check(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

static void contains_not(const char *text, const char *part)
{
	unit_check(strstr(text, part) == NULL, "\"%s\" in:\n%s", part, text);
}

/* What is said of results; with @earlier compared with those. */
static char *said(const char *results, const char *earlier, struct group_options options)
{
	char *files[1], *text = NULL;
	char since[CORE_PATH_MAX];
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (earlier) {
		snprintf(since, sizeof(since), "%s",
			 core_file(core, "earlier", earlier, strlen(earlier)));
		options.since = since;
	}
	files[0] = (char *)core_file(core, "results", results, strlen(results));
	options.cancelled = never;
	options.version = options.command = "test";
	unit_check(group_run(files, 1, &options, out), "not grouped");
	fclose(out);
	return text;
}

static const char now[] = RESULT("a", DAY("01"), "old") RESULT("b", DAY("09"), "fresh")
	RESULT("c", DAY("09"), "fresh");
static const char before[] = RESULT("a", DAY("01"), "old") RESULT("x", DAY("01"), "fixed")
	RESULT("y", DAY("01"), "fresh") RESULT("y", DAY("01"), "fixed");

/* A dump that was tried again counts as it was last: "fresh" was never there. */
START_TEST(since)
{
	char *text = said(now, before, (struct group_options){ .json = false });

	contains(text, "     2  fresh\n        it is fresh\n        new since ");
	contains(text, "     1  old\n        it is old\n        1 before\n");
	contains(text, "     0  fixed\n        it is fixed\n        gone: 2 dumps in ");
	contains(text, "2 groups in 3 dumps: 0 clean, 3 corrupt, 0 unknown\nsince ");
	contains(text, "/earlier: 1 new, 1 gone\n");
	free(text);
	text = said(now, before, (struct group_options){ .json = true });
	contains(text, "\"signature\":\"fresh\",\"dumps\":2,\"before\":0,");
	contains(text, "\"signature\":\"fixed\",\"dumps\":0,\"before\":2,");
	contains(text, ",\"new\":1,\"gone\":1}\n");
	free(text);
	text = said(now, NULL, (struct group_options){ .json = false });
	contains_not(text, "before");
	contains_not(text, "new");
	free(text);
}
END_TEST

/* Without the earlier results nothing is compared with nothing. */
START_TEST(since_nothing)
{
	const struct group_options options = { .since = "/nonexistent", .cancelled = never };
	char *files[1], *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	files[0] = (char *)core_file(core, "results", now, strlen(now));
	unit_check(!group_run(files, 1, &options, out), "grouped");
	fclose(out);
	unit_check(!*text, "%s", text);
	free(text);
}
END_TEST

START_TEST(counts)
{
	char *text = said(now, NULL, (struct group_options){ .json = true });

	contains(text, "\"signature\":\"fresh\",\"dumps\":2,");
	contains(text, "\"counts\":[{\"from\":\"2026-11-09\",\"dumps\":2}]");
	contains(text, "\"counts\":[{\"from\":\"2026-11-01\",\"dumps\":1}]");
	contains(text, "\"period\":\"day\",\"undated\":0}\n");
	free(text);
	text = said(RESULT("a", "2026-13-01T00:00:00Z", "s"), NULL,
		    (struct group_options){ .json = true });
	contains_not(text, "counts");
	contains_not(text, "period");
	free(text);
}
END_TEST

/* The first day of the period of the last dump, which is so much later than the first. */
START_TEST(periods)
{
	static const struct {
		const char *first, *last, *unit, *from;
	} rows[] = {
		{ "2026-11-30", "2026-11-30", "day", "2026-11-30" },
		{ "2024-01-02", "2024-03-01", "day", "2024-03-01" },
		/* Thursday to Monday, and Sunday */
		{ "2026-01-01", "2026-11-30", "week", "2026-11-30" },
		{ "2026-01-01", "2026-11-29", "week", "2026-11-23" },
		{ "2025-01-01", "2026-11-30", "month", "2026-11-01" },
		{ "1970-01-01", "2026-11-30", "year", "2026-01-01" },
		/* A clock that was wrong: no more periods than can be drawn. */
		{ "0001-01-01", "2026-11-30", "year", "2026-01-01" },
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		char results[1024], part[64], *text;

		snprintf(results, sizeof(results),
			 RESULT("a", "%sT00:00:00Z", "one") RESULT("b", "%sT23:59:59Z", "two"),
			 rows[i].first, rows[i].last);
		text = said(results, NULL, (struct group_options){ .json = true });
		snprintf(part, sizeof(part), "\"from\":\"%s\"", rows[i].from);
		contains(strstr(text, "\"signature\":\"two\""), part);
		snprintf(part, sizeof(part), "\"period\":\"%s\"", rows[i].unit);
		contains(text, part);
		free(text);
	}
}
END_TEST

START_TEST(dates)
{
	unit_check(group_date_valid(20240229000000) && group_date_valid(20000229235959),
		   "no leap day");
	unit_check(!group_date_valid(20230229000000) && !group_date_valid(19000229000000) &&
			   !group_date_valid(20230431000000) && !group_date_valid(20231301000000) &&
			   !group_date_valid(20230100000000) && !group_date_valid(0),
		   "a day that never was");
}
END_TEST

#define PAGE_MAX ((size_t)1 << 20)

static char *file_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(PAGE_MAX);
	size_t length;

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(text);
	length = fread(text, 1, PAGE_MAX - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

/* The page, without its script and its stylesheet. */
static char *page_of(const char *results, const char *earlier)
{
	char path[CORE_PATH_MAX], *text, *body;

	snprintf(path, sizeof(path), "%s/fleet.html", core->folder);
	text = said(results, earlier, (struct group_options){ .html = path });
	contains(text, "/fleet.html: ");
	free(text);
	text = file_text(path);
	body = strstr(text, "<body>");
	ck_assert_ptr_nonnull(body);
	memmove(text, body, strlen(body) + 1);
	ck_assert_ptr_nonnull(strstr(text, "<script>"));
	*strstr(text, "<script>") = '\0';
	return text;
}

START_TEST(page)
{
	char *text = page_of(now, before);

	contains(text, "<h1>2 groups in 3 dumps</h1>");
	contains(text,
		 "<h3>New</h3>\n<ul class=\"lines\">\n<li><a href=\"#bug-0\"><code>fresh</code>");
	contains(text, "<h3>Gone</h3>\n<ul class=\"lines\">\n<li><code>fixed</code>: 2 dumps</li>");
	contains(text, "<article id=\"bug-1\" class=\"card\">\n<h3><code>old</code></h3>");
	contains(text, "<title>day 2026-11-09: 2</title>");
	contains(text, "<title>day 2026-11-09: 2 corrupt, 0 unknown, 0 clean</title>");
	free(text);
	text = page_of("", NULL);
	contains(text, "<h1>0 groups in 0 dumps</h1>");
	contains_not(text, "What is new");
	free(text);
}
END_TEST

#define HOSTILE "<script>x('\\\"&\\u001b[31m\\u00e9</script>"

/* Signatures, messages, names of files, kernels and modules are the dump's. */
START_TEST(hostile)
{
	static const char results[] =
		"{\"type\":\"result\",\"file\":\"" HOSTILE
		"\",\"verdict\":\"corrupt\",\"release\":\"" HOSTILE "\",\"modules\":[\"" HOSTILE
		"\"],\"findings\":[{\"severity\":\"corrupt\","
		"\"signature\":\"" HOSTILE "\",\"message\":\"" HOSTILE "\"}]}\n"
		"{\"type\":\"result\",\"file\":\"other\",\"verdict\":\"clean\",\"modules\":[]}\n";
	char *text = page_of(results, NULL);

	contains_not(text, "<script");
	for (const char *at = text; *at; at++)
		unit_check(*at == '\n' || (*at >= 0x20 && *at < 0x7f), "a byte of %#x", *at);
	free(text);
}
END_TEST

/* From folder to folder; whatever a dump is called, the link is a path below or above. */
START_TEST(links)
{
	char page_path[CORE_PATH_MAX], dump[CORE_PATH_MAX], *link;

	snprintf(page_path, sizeof(page_path), "%s/fleet.html", core->folder);
	snprintf(dump, sizeof(dump), "%s/vmcore", core->folder);
	link = page_link(page_path, dump);
	unit_check(!link, "a link to a page that is not there: %s", link);
	core_file(core, "vmcore.html", "", 0);
	link = page_link(page_path, dump);
	ck_assert_ptr_nonnull(link);
	unit_check(!strcmp(link, "./vmcore.html"), "%s", link);
	free(link);
	core_file(core, "javascript:x() \"%.html", "", 0);
	snprintf(dump, sizeof(dump), "%s/javascript:x() \"%%", core->folder);
	link = page_link(page_path, dump);
	ck_assert_ptr_nonnull(link);
	unit_check(!strcmp(link, "./javascript%3Ax%28%29%20%22%25.html"), "%s", link);
	free(link);
	/* Of a page that lies elsewhere. */
	link = page_link("/fleet.html", dump);
	ck_assert_ptr_nonnull(link);
	unit_check(!strncmp(link, "./", 2) && strstr(link, "/javascript%3A"), "%s", link);
	free(link);
	snprintf(page_path, sizeof(page_path), "/proc/self/fleet.html");
	link = page_link(page_path, dump);
	ck_assert_ptr_nonnull(link);
	unit_check(!strncmp(link, "../../", 6), "%s", link);
	free(link);
}
END_TEST

Suite *suite_triage_group(void)
{
	Suite *suite = suite_create("triage_group");
	TCase *tcase = tcase_create("group");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, since);
	tcase_add_test(tcase, since_nothing);
	tcase_add_test(tcase, counts);
	tcase_add_test(tcase, periods);
	tcase_add_test(tcase, dates);
	tcase_add_test(tcase, page);
	tcase_add_test(tcase, hostile);
	tcase_add_test(tcase, links);
	suite_add_tcase(suite, tcase);
	return suite;
}
