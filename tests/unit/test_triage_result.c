/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the JSON lines of runs to a record for each, to groups of them, and against a truth. */
#include "triage/result.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"
#include "triage/expect.h"
#include "triage/group.h"

#define DUMP "{\"type\":\"dump\",\"file\":\"vmcore\",\"format\":\"ELF\",\"release\":\"6.1.0\"}\n"
#define FINDING(id, severity)                                                     \
	"{\"type\":\"finding\",\"id\":\"" id "\",\"severity\":\"" severity "\","  \
	"\"cache\":\"dentry\",\"slot\":\"0x10\",\"signature\":\"" id "/dentry\"," \
	"\"message\":\"it is " id "\"}\n"
#define SUMMARY(verdict, corrupt)                                                \
	"{\"type\":\"summary\",\"verdict\":\"" verdict "\",\"corrupt\":" corrupt \
	",\"memmap_scanned\":false}\n"

static struct run_output output_of(const char *text)
{
	return (struct run_output){ .file = "vmcore", .text = text, .length = strlen(text) };
}

static const char *string_of(const json_t *result, const char *key)
{
	return json_string_or(result, key, "(none)");
}

static void line_is(const json_t *result, const char *line)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	result_line(result, out);
	fclose(out);
	unit_check(!strcmp(text, line), "\"%s\", not \"%s\"", text, line);
	free(text);
}

START_TEST(corrupt_result)
{
	struct run_output output =
		output_of(DUMP FINDING("cpu-tid", "transient") FINDING("freelist-wild", "corrupt")
				  FINDING("slab-counters", "corrupt") SUMMARY("corrupt", "2"));
	json_t *result;

	output.seconds = 1.2345;
	output.max_rss = 1 << 20;
	result = result_make(&output);
	unit_check(!strcmp(string_of(result, "release"), "6.1.0"), "another release");
	unit_check_eq(json_array_size(json_object_get(result, "findings")), 3);
	unit_check_eq(result_status(result), STATUS_CORRUPT);
	unit_check_eq(json_integer_value(json_object_get(result, "exit")), STATUS_CORRUPT);
	unit_check_eq(json_integer_value(json_object_get(result, "max_rss")), 1 << 20);
	unit_check(json_real_value(json_object_get(result, "seconds")) == 1.234, "seconds");
	line_is(result, "CORRUPT vmcore (6.1.0): freelist-wild/dentry and 1 more\n");
	json_decref(result);
}
END_TEST

START_TEST(clean_result)
{
	struct run_output output = output_of(DUMP SUMMARY("clean", "0"));
	json_t *result = result_make(&output);

	unit_check_eq(result_status(result), STATUS_CLEAN);
	unit_check(!json_object_get(result, "max_rss"), "nobody measured it");
	line_is(result, "CLEAN   vmcore (6.1.0) (lists only)\n");
	json_decref(result);
}
END_TEST

/* A run that ends before its summary has judged nothing to the end. */
START_TEST(broken_off)
{
	static const struct {
		const char *text;
		enum run_end end;
		int status;
		const char *error;
	} rows[] = {
		{ "", RUN_EXITED, 2, "the run printed nothing" },
		{ DUMP, RUN_EXITED, 2, "the run printed nothing" },
		{ "not JSON\n" DUMP, RUN_KILLED, 11, "killed by a signal" },
		{ DUMP FINDING("cpu-tid", "corrupt"), RUN_TIMED_OUT, 0, "time limit" },
		{ "{\"type\":\"dump\",\"error\":\"the file is empty\"}\n", RUN_EXITED, 2,
		  "the file is empty" },
		{ "{\"type\":\"message\",\"message\":\"no such cache\",\"name\":\"x\"}\n"
		  "{\"type\":\"message\",\"message\":\"the second\"}\n",
		  RUN_EXITED, 2, "no such cache: x" },
		{ "{\"type\":\"message\",\"message\":\"alone\"}\n", RUN_EXITED, 2, "alone" },
		/* The line that breaks off is not taken for one. */
		{ "{\"type\":\"summary\",\"verdict\":\"clean\"}", RUN_EXITED, 0,
		  "the run printed nothing" },
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct run_output output = output_of(rows[i].text);
		json_t *result;

		output.end = rows[i].end;
		output.status = rows[i].status;
		result = result_make(&output);
		unit_check_eq(result_status(result), STATUS_UNKNOWN);
		unit_check(strstr(string_of(result, "error"), rows[i].error) != NULL, "row %zu: %s",
			   i, string_of(result, "error"));
		unit_check(!json_object_get(result, "signal") == (rows[i].end != RUN_KILLED),
			   "row %zu: signal", i);
		json_decref(result);
	}
}
END_TEST

START_TEST(bounded_result)
{
	char *text = NULL;
	struct run_output output;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	json_t *result;

	for (int i = 0; i < 1000; i++)
		fputs(FINDING("cpu-tid", "corrupt"), out);
	fputs("{\"type\":\"panic\",\"symbol\":\"kfree\",\"module\":\"m\"}\n", out);
	fputs(SUMMARY("corrupt", "1000"), out);
	fclose(out);
	output = output_of(text);
	output.file = "\xff";
	result = result_make(&output);
	unit_check_eq(json_array_size(json_object_get(result, "findings")), 100);
	unit_check(!strcmp(string_of(result, "symbol"), "kfree"), "%s",
		   string_of(result, "symbol"));
	unit_check(!strcmp(string_of(result, "file"), "?"), "not UTF-8");
	json_decref(result);
	free(text);
}
END_TEST

#define WHY(story)                                                                            \
	"{\"type\":\"why\",\"story\":\"" story "\",\"headline\":\"it died\","                 \
	"\"cause\":\"unknown\",\"allocator_innocent\":true,\"death\":{\"exception\":\"bug\"," \
	"\"cpu\":1,\"symbol\":\"kfree\",\"registers\":[]},\"object\":{\"address\":\"0x10\","  \
	"\"cache\":\"dentry\",\"state\":\"free\",\"neighbours\":3}}\n"

/* With --why: what of it a result has, and its line, which a finding precedes. */
START_TEST(why_result)
{
	struct run_output output = output_of(DUMP WHY("check-failed") SUMMARY("clean", "0"));
	json_t *result = result_make(&output);
	const json_t *why = json_object_get(result, "why");

	unit_check(!strcmp(string_of(why, "story"), "check-failed"), "another story");
	unit_check(!strcmp(string_of(why, "symbol"), "kfree"), "another function");
	unit_check(json_is_true(json_object_get(why, "allocator_innocent")), "not innocent");
	unit_check(!json_object_get(why, "registers") && !json_object_get(why, "type"), "too much");
	unit_check(!strcmp(string_of(json_object_get(why, "object"), "address"), "0x10"), "object");
	unit_check_eq(json_object_size(json_object_get(why, "object")), 3);
	line_is(result, "CLEAN   vmcore (6.1.0) (lists only): it died\n");
	json_decref(result);
	output = output_of(DUMP FINDING("freelist-wild", "corrupt") WHY("allocator-damaged")
				   SUMMARY("corrupt", "1"));
	result = result_make(&output);
	line_is(result, "CORRUPT vmcore (6.1.0): freelist-wild/dentry\n");
	unit_check(json_object_get(result, "why"), "no why");
	json_decref(result);
}
END_TEST

START_TEST(running_kernel)
{
	struct run_output output =
		output_of("{\"type\":\"dump\",\"live\":true}\n" SUMMARY("unknown", "0"));
	json_t *result = result_make(&output);

	line_is(result, "UNKNOWN vmcore: running kernel\n");
	json_decref(result);
}
END_TEST

/* Groups. */

static struct core *core;

static void setup(void)
{
	core = core_new(NULL);
}

static void teardown(void)
{
	core_free(core);
}

#define RESULT(file, verdict, more) \
	"{\"type\":\"result\",\"file\":\"" file "\",\"verdict\":\"" verdict "\"" more "}\n"
#define WITH(signature)                                                                           \
	",\"release\":\"6.1\",\"findings\":[{\"severity\":\"corrupt\",\"signature\":\"" signature \
	"\",\"message\":\"m\"},{\"severity\":\"corrupt\",\"signature\":\"" signature              \
	"\"},{\"severity\":\"transient\",\"signature\":\"passing\"}]"

static bool never(void)
{
	return false;
}

static char *group_text(char *const *files, size_t nr, bool json, bool good)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	const struct group_options options = { .json = json, .cancelled = never };

	unit_check_eq(group_run(files, nr, &options, out), good);
	fclose(out);
	return text;
}

static void contains(char *text, const char *what)
{
	unit_check(strstr(text, what) != NULL, "no \"%s\" in: %s", what, text);
}

START_TEST(grouped)
{
	static const char results[] = RESULT("a", "corrupt", WITH("often"))
		RESULT("b", "corrupt", WITH("seldom")) RESULT("c", "corrupt", WITH("often"))
			RESULT("d", "corrupt", WITH("often")) RESULT("e", "corrupt", WITH("often"))
				RESULT("f", "clean", ",\"memmap_scanned\":false")
					RESULT("g", "unknown", ",\"error\":\"cut\"")
						RESULT("h", "unknown", ",\"live\":true");
	const char *path = core_file(core, "results", results, strlen(results));
	char *const files[] = { (char *)path };
	char *text = group_text(files, 1, false, true);

	contains(text,
		 "     4  often\n        m\n        on 6.1 (4)\n        a\n        c\n        d\n");
	contains(text, "     2  unknown\n        cut\n        on unknown kernel (2)\n");
	contains(text, "     1  seldom\n");
	contains(text, "3 groups in 8 dumps: 1 clean (1 by lists only), 5 corrupt, 2 unknown\n");
	unit_check(strstr(text, "often") < strstr(text, "seldom"), "in another order");
	unit_check(!strstr(text, "passing"), "a passing state is not a bug");
	free(text);
	text = group_text(files, 1, true, true);
	contains(text, "\"signature\":\"often\",\"dumps\":4");
	contains(text, "{\"type\":\"groups\",\"groups\":3,\"dumps\":8,\"clean\":1,\"lists_only\":1,"
		       "\"corrupt\":5,\"unknown\":2}\n");
	free(text);
}
END_TEST

/* Of a dump that was tried again the last result counts; the same path in another file is another dump. */
START_TEST(superseded)
{
	static const char results[] =
		RESULT("a", "unknown", ",\"error\":\"cut\"") RESULT("b", "corrupt", WITH("old"))
			RESULT("a", "corrupt", WITH("new")) RESULT("b", "corrupt", WITH("new"));
	const char *path = core_file(core, "results", results, strlen(results));
	char *const files[] = { (char *)path, (char *)path };
	char *text = group_text(files, 1, false, true);

	contains(text, "     2  new\n");
	unit_check(!strstr(text, "cut") && !strstr(text, "old"), "%s", text);
	contains(text, "        a\n        b\n");
	contains(text, "1 group in 2 dumps: 0 clean, 2 corrupt, 0 unknown\n");
	free(text);
	text = group_text(files, 2, false, true);
	contains(text, "     4  new\n");
	free(text);
}
END_TEST

#define SINCE(date, modules) ",\"date\":\"" date "\",\"modules\":[" modules "]"

/* First and last date, and modules that all dumps of a group have. */
START_TEST(circumstances)
{
	static const char results[] =
		RESULT("a", "corrupt", SINCE("2026-02-03T04:05:06Z", "\"xfs\",\"bad\"") WITH("bug"))
			RESULT("b", "corrupt",
			       WITH("bug")
				       SINCE("2025-12-31T23:59:59Z", "\"bad\",\"ext4\",\"xfs\""))
				RESULT("c", "clean", SINCE("2024-01-01T00:00:00Z", "\"xfs\""))
					RESULT("d", "corrupt", WITH("bug") ",\"date\":\"today\"");
	const char *path = core_file(core, "results", results, strlen(results));
	char *const files[] = { (char *)path };
	char *text = group_text(files, 1, false, true);

	contains(text, "        from 2025-12-31 to 2026-02-03\n");
	/* Every dump has xfs. */
	contains(text, "        modules in common: bad\n");
	free(text);
	text = group_text(files, 1, true, true);
	contains(text, "\"first\":\"2025-12-31T23:59:59Z\",\"last\":\"2026-02-03T04:05:06Z\"");
	contains(text, "\"modules\":[\"xfs\",\"bad\"]");
	free(text);
}
END_TEST

static bool always(void)
{
	return true;
}

static void stderr_hide(FILE *to);
static void stderr_show(FILE *from, char *text, size_t size);

/* A part of the counts would be taken for all. */
START_TEST(group_interrupted)
{
	const char *path = core_file(core, "results", "{}\n", 3);
	const struct group_options options = { .cancelled = always };
	char *const files[] = { (char *)path };
	FILE *said = tmpfile(), *out;
	char *text = NULL, errors[256];
	size_t length;

	out = open_memstream(&text, &length);
	stderr_hide(said);
	unit_check(!group_run(files, 1, &options, out), "grouped");
	stderr_show(said, errors, sizeof(errors));
	fclose(out);
	unit_check(!*text, "%s", text);
	contains(errors, "slubcheck: interrupted: nothing was grouped\n");
	free(text);
}
END_TEST

/* More bugs and kernels than there is room for at first, or at all. */
START_TEST(many_groups)
{
	char *results = NULL, *text;
	size_t length;
	FILE *out = open_memstream(&results, &length);
	char *files[1];

	for (int i = 0; i < 200; i++)
		fprintf(out,
			"{\"type\":\"result\",\"file\":\"f%d\",\"verdict\":\"corrupt\","
			"\"release\":\"5.%d\",\"findings\":[{\"severity\":\"corrupt\","
			"\"signature\":\"bug-%d\"},{\"severity\":\"corrupt\",\"signature\":\"all\"}]}\n",
			i, i % 40, i % 100);
	fclose(out);
	files[0] = (char *)core_file(core, "results", results, length);
	text = group_text(files, 1, false, true);
	contains(text, "   200  all\n");
	contains(text, ", others (");
	contains(text, "101 groups in 200 dumps: 0 clean, 200 corrupt, 0 unknown\n");
	free(text);
	free(results);
}
END_TEST

/* Standard error while something is said there. */
static int stderr_saved;

static void stderr_hide(FILE *to)
{
	fflush(stderr);
	stderr_saved = dup(STDERR_FILENO);
	dup2(fileno(to), STDERR_FILENO);
}

static void stderr_show(FILE *from, char *text, size_t size)
{
	ssize_t got;

	fflush(stderr);
	dup2(stderr_saved, STDERR_FILENO);
	close(stderr_saved);
	got = pread(fileno(from), text, size - 1, 0);
	text[got > 0 ? got : 0] = '\0';
	fclose(from);
}

START_TEST(group_of_nonsense)
{
	static const char results[] = "nonsense\n" RESULT("a", "clean", "") "{}\n";
	const char *path = core_file(core, "results", results, strlen(results));
	char *const files[] = { (char *)"/nonexistent", core->folder, (char *)path };
	FILE *said = tmpfile();
	char text[1024], *out;

	stderr_hide(said);
	out = group_text(files, 3, false, false);
	stderr_show(said, text, sizeof(text));
	contains(out, "0 groups in 1 dump: 1 clean, 0 corrupt, 0 unknown\n");
	contains(text, "slubcheck: /nonexistent: No such file or directory\n");
	contains(text, ": Is a directory\n");
	/* Of one file one line is complained about. */
	contains(text, "/results: line 1: not a result\n");
	unit_check(!strstr(text, "line 3:"), "%s", text);
	free(out);
}
END_TEST

/* Expectations. */

static bool compare(const char *truth, bool scan, const char *run_text, char **said)
{
	const char *path = core_file(core, "truth", truth, strlen(truth));
	const struct expect_run run = { run_text, strlen(run_text) };
	struct error error;
	size_t length;
	FILE *out = open_memstream(said, &length);
	bool agrees = expect_compare(path, scan, &run, out, &error);

	fclose(out);
	unit_check(!*error.text, "%s", error.text);
	return agrees;
}

START_TEST(expected)
{
	static const struct {
		const char *truth, *run;
		bool scan;
		const char *said; /* NULL: they agree */
	} rows[] = {
		{ "{\"must\":[],\"may\":[]}", DUMP SUMMARY("clean", "0"), false, NULL },
		{ "{\"must\":[],\"may\":[]}", DUMP SUMMARY("unknown", "0"), false,
		  "false alarm: the verdict is unknown" },
		{ "{\"must\":[],\"may\":[]}",
		  DUMP FINDING("cpu-tid", "corrupt") SUMMARY("corrupt", "1"), false,
		  "false alarm: cpu-tid/dentry: it is cpu-tid\n" },
		{ "{\"must\":[{\"id\":\"cpu-tid\"}],\"may\":[]}",
		  DUMP FINDING("cpu-tid", "corrupt") SUMMARY("corrupt", "1"), false, NULL },
		{ "{\"must\":[{\"id\":\"cpu-tid\"}],\"may\":[]}", DUMP SUMMARY("clean", "0"), false,
		  "missed: cpu-tid\n" },
		{ "{\"must\":[{\"id\":\"cpu-tid\",\"slot\":\"0x18\"}],\"may\":[]}",
		  DUMP FINDING("cpu-tid", "corrupt") SUMMARY("corrupt", "1"), false,
		  "missed: cpu-tid, slot 0x18\n" },
		{ "{\"must\":[{\"id\":\"cpu-tid\",\"severity\":\"note\"}],\"may\":[]}",
		  DUMP FINDING("cpu-tid", "corrupt") SUMMARY("corrupt", "1"), false,
		  "missed: cpu-tid\n" },
		{ "{\"must\":[],\"may\":[\"cpu-tid\"]}",
		  DUMP FINDING("cpu-tid", "corrupt") SUMMARY("corrupt", "1"), false, NULL },
		{ "{\"must\":[{\"id\":\"slab-lost\",\"option\":\"-A\"}],\"may\":[]}",
		  DUMP SUMMARY("clean", "0"), false, NULL },
		{ "{\"must\":[{\"id\":\"slab-lost\",\"option\":\"-A\"}],\"may\":[]}",
		  DUMP SUMMARY("clean", "0"), true, "missed: slab-lost\n" },
		{ "{\"must\":[],\"may\":[]}", DUMP, false, "the run printed nothing\n" },
		{ "{\"must\":[],\"may\":[]}", DUMP "{\"type\":\"summary\"", false,
		  "the run printed nothing\n" },
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		char *said = NULL;
		bool agrees = compare(rows[i].truth, rows[i].scan, rows[i].run, &said);

		unit_check(agrees == !rows[i].said, "row %zu: %s", i, said);
		if (rows[i].said)
			contains(said, rows[i].said);
		else
			unit_check(!*said, "row %zu: %s", i, said);
		free(said);
	}
}
END_TEST

START_TEST(no_truth)
{
	static const char *const truths[] = { "", "[]", "{\"must\":[]}",
					      "{\"must\":{},\"may\":[]}" };
	const struct expect_run run = { DUMP, strlen(DUMP) };
	struct error error;

	unit_check(!expect_compare("/nonexistent", false, &run, stdout, &error), "agrees");
	contains(error.text, "/nonexistent: ");
	for (size_t i = 0; i < UNIT_COUNT(truths); i++) {
		const char *path = core_file(core, "truth", truths[i], strlen(truths[i]));

		unit_check(!expect_compare(path, false, &run, stdout, &error), "agrees: %zu", i);
		contains(error.text, path);
	}
}
END_TEST

Suite *suite_triage_result(void)
{
	Suite *suite = suite_create("triage_result");
	TCase *tcase = tcase_create("result");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, corrupt_result);
	tcase_add_test(tcase, clean_result);
	tcase_add_test(tcase, broken_off);
	tcase_add_test(tcase, bounded_result);
	tcase_add_test(tcase, why_result);
	tcase_add_test(tcase, running_kernel);
	tcase_add_test(tcase, grouped);
	tcase_add_test(tcase, superseded);
	tcase_add_test(tcase, circumstances);
	tcase_add_test(tcase, group_interrupted);
	tcase_add_test(tcase, many_groups);
	tcase_add_test(tcase, group_of_nonsense);
	tcase_add_test(tcase, expected);
	tcase_add_test(tcase, no_truth);
	suite_add_tcase(suite, tcase);
	return suite;
}
