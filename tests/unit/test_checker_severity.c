/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Severities that a user gives to findings that are known. */
#include "checker/findings/severity.h"

#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define NOWHERE UINT64_C(0xffffc90123456780)

static struct severities of(const char *list)
{
	char error[SEVERITIES_ERROR_MAX];
	struct severities s = { 0 };

	unit_check(severities_set(&s, list, error), "%s: %s", list, error);
	return s;
}

START_TEST(lists)
{
	static const char *const good[][2] = {
		{ "slab-lost=note", "slab-lost=note" },
		{ " slab-lost = note , cache-name=ignore", "cache-name=ignore,slab-lost=note" },
		{ "slab-lost=note,slab-lost=ignore", "slab-lost=ignore" },
		{ "slab-inflight=corrupt,memory-absent=transient",
		  "slab-inflight=corrupt,memory-absent=transient" },
	};
	char text[SEVERITIES_TEXT_MAX];

	for (int i = 0; i < UNIT_COUNT(good); i++) {
		struct severities s = of(good[i][0]);

		ck_assert_str_eq(severities_text(&s, text), good[i][1]);
		ck_assert(s.given);
	}
}
END_TEST

START_TEST(lists_refused)
{
	static const char *const bad[][2] = {
		{ "", "\"\" is not ID=LEVEL" },
		{ "slab-lost", "\"slab-lost\" is not ID=LEVEL" },
		{ "slab-lost=note,", "\"\" is not ID=LEVEL" },
		{ "slab-loss=note", "\"slab-loss\" is not the id of a finding" },
		{ "=note", "\"\" is not the id of a finding" },
		{ "slab-lost=fatal",
		  "\"fatal\" is not one of corrupt, transient, note and ignore" },
		{ "slab-lost=", "\"\" is not one of corrupt, transient, note and ignore" },
	};

	for (int i = 0; i < UNIT_COUNT(bad); i++) {
		char error[SEVERITIES_ERROR_MAX] = "";
		struct severities s = { 0 };

		unit_check(!severities_set(&s, bad[i][0], error), "%s", bad[i][0]);
		ck_assert_str_eq(error, bad[i][1]);
	}
}
END_TEST

/* Every id at once fits. */
START_TEST(longest)
{
	char list[SEVERITIES_TEXT_MAX] = "", text[SEVERITIES_TEXT_MAX];
	struct severities s;
	size_t used = 0;

	for (unsigned int id = 0; id < FINDING_COUNT; id++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s=transient",
					 id ? "," : "", finding_info((enum finding_id)id)->id);
	ck_assert_uint_lt(used, sizeof(list));
	s = of(list);
	ck_assert_str_eq(severities_text(&s, text), list);
}
END_TEST

static bool file_read(const char *content, struct severities *s, char *error)
{
	FILE *file = fmemopen((void *)content, strlen(content), "r");
	bool good;

	ck_assert_ptr_nonnull(file);
	good = severities_read(s, file, error);
	fclose(file);
	return good;
}

START_TEST(files)
{
	char error[SEVERITIES_ERROR_MAX] = "", text[SEVERITIES_TEXT_MAX];
	struct severities s = { 0 };

	ck_assert(file_read("# known\n\n slab-lost=note # ticket 7\ncache-name=ignore,cpu-tid=note",
			    &s, error));
	ck_assert_str_eq(severities_text(&s, text),
			 "cache-name=ignore,cpu-tid=note,slab-lost=note");
	ck_assert(!file_read("cpu-tid=note\n\nnope=note\n", &s, error));
	ck_assert_str_eq(error, "line 3: \"nope\" is not the id of a finding");
}
END_TEST

START_TEST(applied)
{
	static const struct {
		enum finding_id id;
		enum finding_severity found;
		const char *list;
		bool kept;
		enum finding_severity severity;
	} rows[] = {
		{ FINDING_SLAB_LOST, SEVERITY_CORRUPT, "cpu-tid=note", true, SEVERITY_CORRUPT },
		{ FINDING_SLAB_LOST, SEVERITY_CORRUPT, "slab-lost=note", true, SEVERITY_NOTE },
		{ FINDING_SLAB_LOST, SEVERITY_CORRUPT, "slab-lost=transient", true,
		  SEVERITY_TRANSIENT },
		{ FINDING_SLAB_LOST, SEVERITY_CORRUPT, "slab-lost=ignore", false, 0 },
		/* An excuse holds whatever the user says. */
		{ FINDING_SLAB_LOST, SEVERITY_TRANSIENT, "slab-lost=corrupt", true,
		  SEVERITY_TRANSIENT },
		{ FINDING_SLAB_LOST, SEVERITY_TRANSIENT, "slab-lost=note", true, SEVERITY_NOTE },
		{ FINDING_ALLOCATOR_TRAP, SEVERITY_NOTE, "allocator-trap=transient", true,
		  SEVERITY_NOTE },
		/* As git fsck does, a user may be harder than the list. */
		{ FINDING_SLAB_INFLIGHT, SEVERITY_TRANSIENT, "slab-inflight=corrupt", true,
		  SEVERITY_CORRUPT },
		{ FINDING_MEMORY_ABSENT, SEVERITY_NOTE, "memory-absent=corrupt", true,
		  SEVERITY_CORRUPT },
	};

	for (int i = 0; i < UNIT_COUNT(rows); i++) {
		struct severities s = of(rows[i].list);
		struct finding f = { .id = rows[i].id, .severity = rows[i].found };

		ck_assert_int_eq(severities_apply(&s, &f), rows[i].kept);
		if (!rows[i].kept)
			continue;
		unit_check(f.severity == rows[i].severity, "row %d: %d", i, (int)f.severity);
		unit_check(finding_severity_default(&f) == rows[i].found, "row %d", i);
		unit_check(!(f.has & FINDING_HAS_DEFAULT) == (rows[i].found == f.severity),
			   "row %d", i);
	}
}
END_TEST

/* nr_partial of alpha on node 0 is wrong: a counter, so that all objects are verified all the same. */
static struct run *judge(const char *list, struct run_options options)
{
	struct world *w = world_new(ERA_6_12);
	uint64_t slot = image_field(w->image, w->alpha->node[0], "kmem_cache_node", "nr_partial");
	struct severities s = of(list);
	struct run *run;

	image_set(w->image, slot, 77);
	options.severities = &s;
	run = run_check(w->image, options);
	world_free(w);
	return run;
}

START_TEST(noted)
{
	struct run *run = judge("partial-count=note", (struct run_options){ 0 });

	run_expect(run, "id=partial-count severity=note severity_default=corrupt cause=unknown");
	run_nothing_else(run, "corrupt");
	run_expect_type(run, "summary",
			"verdict=clean corrupt=0 notes=1 silenced=0 severities_changed=1 "
			"severities=partial-count=note");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
}
END_TEST

START_TEST(silenced)
{
	struct run *run = judge("partial-count=ignore", (struct run_options){ .all_caches = true });

	run_nothing_else(run, NULL);
	run_expect_type(run, "cache", "cache=alpha verdict=clean findings=0 silenced=1");
	run_expect_type(run, "summary", "verdict=clean corrupt=0 silenced=1 severities_changed=0");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
}
END_TEST

START_TEST(text)
{
	struct run *run = judge("partial-count=ignore", (struct run_options){ .text = true });

	unit_check(strstr(run->text, "(findings silenced): "), "%s", run->text);
	unit_check(strstr(run->text, "1 finding was silenced (--severity)\n"), "%s", run->text);
	run_free(run);
	run = judge("partial-count=note", (struct run_options){ .text = true });
	unit_check(strstr(run->text, "severity        note; by default corrupt\n"), "%s",
		   run->text);
	unit_check(strstr(run->text, "1 finding has another severity than by default"), "%s",
		   run->text);
	run_free(run);
}
END_TEST

/* A list that breaks leaves objects unverified, whoever knows of it. */
START_TEST(unverified)
{
	struct world *w = world_new(ERA_6_12);
	struct severities s = of("freelist-wild=ignore,freelist-orphans=ignore");
	struct run *run;

	image_set(w->image, image_slot(w->cpu0, 3), NOWHERE);
	run = run_check(w->image, (struct run_options){ .severities = &s });
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	world_free(w);
}
END_TEST

Suite *suite_checker_severity(void)
{
	Suite *suite = suite_create("checker_severity");
	TCase *tests = tcase_create("severities");

	tcase_add_test(tests, lists);
	tcase_add_test(tests, lists_refused);
	tcase_add_test(tests, longest);
	tcase_add_test(tests, files);
	tcase_add_test(tests, applied);
	tcase_add_test(tests, noted);
	tcase_add_test(tests, silenced);
	tcase_add_test(tests, text);
	tcase_add_test(tests, unverified);
	tcase_set_timeout(tests, RUN_TIMEOUT);
	suite_add_tcase(suite, tests);
	return suite;
}
