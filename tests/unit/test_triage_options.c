/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of the program. */
#include "triage/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"
#include "triage/batch.h"

#define WORDS_MAX 10

static struct options o;
static struct error error;

/* A command line, of words that end with NULL. getopt_long() puts them in order. */
static char *argv_of_test[WORDS_MAX + 2];

static bool parse(const char *const *words)
{
	int argc = 1;

	argv_of_test[0] = (char *)"slubcheck";
	for (; *words; words++)
		argv_of_test[argc++] = (char *)*words;
	argv_of_test[argc] = NULL;
	options_free(&o);
	/* What getopt_long() has to say is not what is tested. */
	opterr = 0;
	return options_parse(&o, argc, argv_of_test, &error);
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void accepted(bool good)
{
	unit_check(good, "refused: %s", error.text);
	unit_check(!*error.text, "%s", error.text);
}

static void teardown(void)
{
	options_free(&o);
	opterr = 1;
}

START_TEST(defaults)
{
	unsetenv("NO_COLOR");
	accepted(PARSE("vmcore"));
	unit_check_eq(o.task, TASK_CHECK);
	unit_check(o.nr_dumps == 1 && !strcmp(o.dumps[0], "vmcore"), "another dump");
	unit_check(o.check.scan && o.check.scan_optional, "no scan");
	unit_check(o.fail_on_corrupt && o.fail_on_unknown, "not failing");
	unit_check(o.jobs >= 1 && o.jobs <= BATCH_JOBS_MAX && !o.jobs_given, "%u jobs", o.jobs);
	unit_check_eq(o.time_limit, 600);
	unit_check_eq(o.memory_limit, UINT64_C(4096) << 20);
	unit_check_eq(o.check.format, CHECK_TEXT);
}
END_TEST

START_TEST(flags)
{
	accepted(PARSE("-a", "-v", "-j", "--debuginfod", "--no-cache", "--no-vmlinux", "x", "y"));
	unit_check(o.check.all_caches && o.check.verbose && o.check.format == CHECK_JSON, "lost");
	unit_check(o.kernel.debuginfod && o.kernel.no_cache && o.kernel.no_vmlinux, "lost");
	unit_check_eq(o.nr_dumps, 2);
	accepted(PARSE("x", "-L"));
	unit_check(o.lists && !o.check.scan, "it scans");
	accepted(PARSE("-A", "-c", "dentry", "x"));
	unit_check(o.check.scan && !o.check.scan_optional, "no scan");
	accepted(PARSE("-c", "dentry", "-c", "inode_cache", "x"));
	unit_check(o.nr_caches == 2 && !strcmp(o.caches[1], "inode_cache"), "other caches");
	unit_check(!o.check.scan, "a scan for two caches");
	accepted(PARSE("--split", "--summary", "a", "b"));
	unit_check(o.split && o.summary, "lost");
}
END_TEST

START_TEST(tasks)
{
	static const struct {
		const char *words[4];
		enum program_task task;
	} rows[] = {
		{ { "-i", "x" }, TASK_USAGE },
		{ { "--objects", "x" }, TASK_OBJECTS },
		{ { "-o", "x" }, TASK_OBJECTS },
		{ { "-s", "ffff", "x" }, TASK_ADDRESS },
		{ { "--expect", "truth", "x" }, TASK_EXPECT },
		{ { "--batch", "list" }, TASK_BATCH },
		{ { "--group", "x", "y" }, TASK_GROUP },
		{ { "--selftest" }, TASK_SELFTEST },
		{ { "--help" }, TASK_HELP },
		{ { "-h" }, TASK_HELP },
		{ { "--version" }, TASK_VERSION },
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		accepted(parse(rows[i].words));
		unit_check(o.task == rows[i].task, "%s", rows[i].words[0]);
	}
	accepted(PARSE("-n", "3", "-c", "dentry", "x"));
	unit_check(o.task == TASK_NEXT && o.cpu == 3, "another CPU");
	/* The same question twice is one. */
	accepted(PARSE("-i", "-i", "x"));
}
END_TEST

START_TEST(values)
{
	accepted(PARSE("-s", "slab_caches+8", "--vmlinux", "kernel", "x"));
	unit_check(o.nr_addresses == 1 && !strcmp(o.addresses[0], "slab_caches+8") &&
			   !strcmp(o.kernel.vmlinux, "kernel"),
		   "lost");
	accepted(PARSE("--batch", "-", "-o", "out", "-J", "7", "--time-limit", "9",
		       "--memory-limit", "64"));
	unit_check(!strcmp(o.batch, "-") && !strcmp(o.output, "out"), "lost");
	unit_check(o.jobs == 7 && o.jobs_given && o.time_limit == 9, "other numbers");
	unit_check_eq(o.memory_limit, UINT64_C(64) << 20);
	accepted(PARSE("--batch", "l", "-o", "out", "--retry", "--vmlinux-dir", "d"));
	unit_check(o.retry && !strcmp(o.vmlinux_dir, "d"), "lost");
	accepted(PARSE("--fail-on", "never", "x"));
	unit_check(!o.fail_on_corrupt && !o.fail_on_unknown, "failing");
	accepted(PARSE("-D", "-c", "a", "x"));
	unit_check(o.task == TASK_DANGLING && o.nr_caches == 1, "another task");
	accepted(PARSE("-r", "10..20", "x"));
	unit_check(o.task == TASK_REFS && o.nr_refs == 1, "another task");
	accepted(PARSE("--fail-on", "corrupt", "x"));
	unit_check(o.fail_on_corrupt && !o.fail_on_unknown, "otherwise");
	accepted(PARSE("--fail-on", "unknown", "x"));
	unit_check(o.fail_on_corrupt && o.fail_on_unknown, "otherwise");
	accepted(PARSE("--html", "page", "-A", "x"));
	unit_check(!strcmp(o.html, "page") && o.check.format == CHECK_HTML && o.check.why, "lost");
	unit_check(!strcmp(o.command, "--html page -A x"), "%s", o.command);
	accepted(PARSE("--color", "always", "x"));
	unit_check(o.color, "no colour");
	accepted(PARSE("--color", "never", "x"));
	unit_check(!o.color, "colour");
	accepted(PARSE("--color", "auto", "x"));
	accepted(PARSE("--live", "--every", "10m", "--count", "3", "--nice", "0", "--max-rate",
		       "2"));
	unit_check(o.live && o.watch && o.every == 600 && o.count == 3 && !o.nice, "another watch");
	unit_check_eq(o.max_rate, 2000000);
	unit_check(o.nr_dumps == 1 && !strcmp(o.dumps[0], "/proc/kcore"), "another dump");
	accepted(PARSE("/proc/kcore", "--every", "0", "--on-corrupt", "true"));
	unit_check(!o.live && o.every == 0 && o.nice == 10, "another watch");
}
END_TEST

/* Several addresses, by commas and by repetition. */
START_TEST(addresses)
{
	char list[] = "10,list_head+8";

	accepted(PARSE("-s", list, "-s", "30", "x"));
	unit_check(o.task == TASK_ADDRESS && o.nr_addresses == 3, "%zu", o.nr_addresses);
	unit_check(!strcmp(o.addresses[0], "10") && !strcmp(o.addresses[1], "list_head+8") &&
			   !strcmp(o.addresses[2], "30"),
		   "other addresses");
}
END_TEST

/* What scripts have: -o behind --batch was --output, whatever the order. */
START_TEST(output_of_scripts)
{
	accepted(PARSE("--batch", "-", "-o", "out", "-J", "2"));
	unit_check(o.task == TASK_BATCH && !strcmp(o.output, "out") && !o.nr_dumps, "lost");
	accepted(PARSE("-o", "out", "--batch", "dumps"));
	unit_check(o.task == TASK_BATCH && !strcmp(o.output, "out") && !o.nr_dumps, "lost");
	accepted(PARSE("--output=out", "--batch", "dumps"));
	unit_check(!strcmp(o.output, "out"), "lost");
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *words[6];
		const char *why; /* a word of the message */
	} rows[] = {
		{ { NULL }, "no dump is given" },
		{ { "--group" }, "no file with results" },
		{ { "--expect", "t", "x", "y" }, "one dump" },
		{ { "--selftest", "x" }, "argument: x" },
		{ { "--batch", "l", "x" }, "argument: x" },
		{ { "--output", "out", "x" }, "--output needs --batch" },
		{ { "-o", "--batch", "l" }, "one file of results" },
		{ { "-o", "--batch", "l", "a", "b" }, "one file of results" },
		{ { "-o", "-i", "x" }, "exclude each other" },
		{ { "-D", "x" }, "-D needs caches" },
		{ { "-n", "1", "x" }, "-c CACHE" },
		{ { "-n", "one", "-c", "d", "x" }, "not one" },
		{ { "-n", "65536", "-c", "d", "x" }, "65535" },
		{ { "-n", "1x", "-c", "d", "x" }, "not 1x" },
		{ { "--html", "page" }, "no dump is given" },
		{ { "--html", "page", "x", "y" }, "one dump" },
		{ { "--html", "page", "-j", "x" }, "--html" },
		{ { "--html", "page", "--summary", "x" }, "--html" },
		{ { "--html", "page", "-i", "x" }, "--html" },
		{ { "--html", "page", "--live", "--every", "1" }, "--html" },
		{ { "--live", "x" }, "takes no dump" },
		{ { "--live", "--every", "soon" }, "not soon" },
		{ { "--live", "--every", "1w" }, "not 1w" },
		{ { "--live", "--count", "1" }, "need --every" },
		{ { "--live", "--every", "1", "-i" }, "--every" },
		{ { "--every", "1", "x", "y" }, "--live" },
		{ { "--live", "--nice", "20" }, "--nice" },
		{ { "-J", "0", "x" }, "-J is a number" },
		{ { "-J", "257", "x" }, "256" },
		{ { "--time-limit", "0", "x" }, "--time-limit" },
		{ { "--memory-limit", "63", "x" }, "--memory-limit" },
		{ { "--memory-limit", "-1", "x" }, "--memory-limit" },
		{ { "--fail-on", "clean", "x" }, "not clean" },
		{ { "--color", "blue", "x" }, "not blue" },
		{ { "-s", "0", "-c", "d", "x" }, "-s and -c" },
		{ { "-s", "0", "-i", "x" }, "exclude each other" },
		{ { "-s", "0", "-A", "x" }, "-A" },
		{ { "-i", "-a", "x" }, "-a" },
		{ { "-i", "--sort", "bytes", "x" }, "size, objects, waste or name" },
		{ { "--sort", "size", "x" }, "--sort needs -i" },
		{ { "--since", "old", "x" }, "--since needs --group" },
		{ { "--group", "--html", "page", "-j", "x" }, "--html" },
		{ { "--diff", "--html=page", "-j", "x", "y" }, "--html" },
		{ { "-i", "-L", "x" }, "-L" },
		{ { "-i", "--summary", "x" }, "--summary" },
		{ { "-A", "-L", "x" }, "-A and -L" },
		{ { "--summary", "-j", "x" }, "-j" },
		{ { "--summary", "-v", "x" }, "-v" },
		{ { "--vmlinux", "k", "--no-vmlinux", "x" }, "--no-vmlinux" },
		{ { "--vmlinux", "k", "--vmlinux-dir", "d", "x" }, "--vmlinux-dir" },
		{ { "--no-vmlinux", "--vmlinux-dir", "d", "x" }, "--vmlinux-dir" },
		{ { "--retry", "x" }, "--retry needs --batch and --output" },
		{ { "--retry", "--batch", "l" }, "--retry needs --batch and --output" },
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		unit_check(!parse(rows[i].words), "accepted: row %zu", i);
		unit_check(strstr(error.text, rows[i].why) != NULL, "row %zu: %s", i, error.text);
	}
	/* These are said by getopt_long(). */
	unit_check(!PARSE("-q", "x") && !*error.text, "%s", error.text);
	unit_check(!PARSE("--vmlinux") && !*error.text, "%s", error.text);
}
END_TEST

START_TEST(kernel_before_dump)
{
	struct image *image = core_image(ERA_6_1);
	struct core *core = core_new(image);

	core_write(core, &(struct core_spec){ 0 });
	core_write_vmlinux(core, "");
	for (int order = 0; order < 2; order++) {
		const char *const files[2] = { core->vmlinux, core->path };

		unit_check(!PARSE(files[order], files[!order]), "accepted");
		unit_check(strstr(error.text, "is a kernel") && strstr(error.text, core->vmlinux),
			   "%s", error.text);
	}
	/* Two of a kind are for those who open them. */
	accepted(PARSE(core->path, core->path));
	accepted(PARSE(core->vmlinux, core->vmlinux));
	core_free(core);
	image_free(image);
}
END_TEST

START_TEST(help)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	options_help(out);
	fclose(out);
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		unit_check(strcspn(line, "\n") <= 80, "too wide: %.90s", line);
	unit_check(strstr(text, "--vmlinux") && strstr(text, "Exit status"), "%s", text);
	free(text);
}
END_TEST

START_TEST(statuses)
{
	unit_check_eq(status_worse(STATUS_CLEAN, STATUS_UNKNOWN), STATUS_UNKNOWN);
	unit_check_eq(status_worse(STATUS_UNKNOWN, STATUS_CORRUPT), STATUS_CORRUPT);
	unit_check_eq(status_worse(STATUS_CORRUPT, STATUS_USAGE), STATUS_CORRUPT);
	unit_check_eq(status_worse(STATUS_CLEAN, STATUS_CLEAN), STATUS_CLEAN);
}
END_TEST

Suite *suite_triage_options(void)
{
	Suite *suite = suite_create("triage_options");
	TCase *tcase = tcase_create("options");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, flags);
	tcase_add_test(tcase, tasks);
	tcase_add_test(tcase, values);
	tcase_add_test(tcase, addresses);
	tcase_add_test(tcase, output_of_scripts);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, kernel_before_dump);
	tcase_add_test(tcase, help);
	tcase_add_test(tcase, statuses);
	suite_add_tcase(suite, tcase);
	return suite;
}
