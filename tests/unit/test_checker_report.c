/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outputs of a report. */
#include "checker/findings/page.h"
#include "checker/report/report.h"

#include <stddef.h>
#include <string.h>

#include "tests/unit/unit.h"

typedef void (*member_fn)(void);

#define MEMBERS (sizeof(struct report_ops) / sizeof(member_fn))
#define MEMBER(name) (offsetof(struct report_ops, name) / sizeof(member_fn))

static member_fn member_of(const struct report_ops *ops, size_t i)
{
	member_fn fn;

	memcpy(&fn, (const char *)ops + i * sizeof(fn), sizeof(fn));
	return fn;
}

START_TEST(text_says_all)
{
	/* It writes as it goes, and begins with nothing. */
	for (size_t i = MEMBER(begin) + 1; i < MEMBERS; i++)
		unit_check(member_of(&report_text, i), "member %zu is missing", i);
}
END_TEST

/* Each object of JSON says what headings say in text. */
START_TEST(json_says_all_but_headings)
{
	static const size_t headings[] = { MEMBER(verdict), MEMBER(caches_begin),
					   MEMBER(usage_begin), MEMBER(objects_begin),
					   MEMBER(objects_slab) };

	for (size_t i = MEMBER(begin) + 1; i < MEMBERS; i++) {
		bool heading = false;

		for (int h = 0; h < UNIT_COUNT(headings); h++)
			heading |= headings[h] == i;
		unit_check(!member_of(&report_json, i) == heading, "member %zu", i);
	}
}
END_TEST

static void finding_count(void *ctx, const struct finding *finding)
{
	const struct finding **last = ctx;

	*last = finding;
}

START_TEST(callback_prints_nothing)
{
	const struct finding finding = { .id = FINDING_SLAB_LOST }, *last = NULL;
	struct check_options options = { .format = CHECK_CALLBACK,
					 .finding = finding_count,
					 .finding_ctx = &last };
	struct report_totals totals = { .verdict = VERDICT_CLEAN };
	struct report report;

	report_init(&report, &options, NULL);
	report_message(&report, "no %s", "stream");
	report_say(&report, finding, &finding);
	report_end(&report, &totals);
	ck_assert_ptr_eq(last, &finding);
}
END_TEST

/* Each finding has its section, which is of it alone and has no comments of ours. */
START_TEST(pages)
{
	for (unsigned int id = 0; id < FINDING_COUNT; id++) {
		const char *name = finding_info((enum finding_id)id)->id;
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		bool printed = page_print(name, out);

		fclose(out);
		unit_check(printed && text[0] == '`' && !strncmp(text + 1, name, strlen(name)) &&
				   strstr(text, "- **Rule:**") && !strstr(text, "<!--") &&
				   !strstr(text, "\n### "),
			   "%s: %s", name, text);
		free(text);
	}
	ck_assert(!page_print("no-such-finding", stdout));
	ck_assert(!page_print("", stdout));
}
END_TEST

Suite *suite_checker_report(void)
{
	Suite *suite = suite_create("checker_report");
	TCase *tests = tcase_create("outputs");

	tcase_add_test(tests, pages);
	tcase_add_test(tests, text_says_all);
	tcase_add_test(tests, json_says_all_but_headings);
	tcase_add_test(tests, callback_prints_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
