/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/batch.h"
#include "triage/kcore.h"
#include "triage/terminal.h"
#include "triage/vmlinux.h"

/* Options without a letter. */
enum {
	OPTION_VMLINUX = 256,
	OPTION_VMLINUX_DIR,
	OPTION_DEBUGINFOD,
	OPTION_NO_VMLINUX,
	OPTION_NO_CACHE,
	OPTION_SPLIT,
	OPTION_SUMMARY,
	OPTION_FAIL_ON,
	OPTION_COLOR,
	OPTION_OUTPUT,
	OPTION_DANGLING,
	OPTION_MAP,
	OPTION_TOP,
	OPTION_ORDER,
	OPTION_SORT,
	OPTION_BUDGET,
	OPTION_UNALIGNED,
	OPTION_OUTSIDE,
	OPTION_SELFTEST,
	OPTION_EXPECT,
	OPTION_BATCH,
	OPTION_RETRY,
	OPTION_DIFF,
	OPTION_GROUP,
	OPTION_TIME_LIMIT,
	OPTION_MEMORY_LIMIT,
	OPTION_VERSION,
	OPTION_EXPLAIN,
	OPTION_HTML,
	OPTION_SINCE,
	OPTION_LIVE,
	OPTION_EVERY,
	OPTION_COUNT,
	OPTION_JSON_LOG,
	OPTION_ON_CORRUPT,
	OPTION_TEXTFILE,
	OPTION_NICE,
	OPTION_MAX_RATE,
};

/* How much other work goes first by default, where a running kernel is looked at. */
#define LIVE_NICE 10

static const struct option words[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "memmap", no_argument, NULL, 'A' },
	{ "lists-only", no_argument, NULL, 'L' },
	{ "cache", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "slabinfo", no_argument, NULL, 'i' },
	{ "json", no_argument, NULL, 'j' },
	{ "next", required_argument, NULL, 'n' },
	{ "address", required_argument, NULL, 's' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "why", no_argument, NULL, 'w' },
	{ "severity", required_argument, NULL, 'S' },
	{ "severity-file", required_argument, NULL, 'F' },
	{ "vmlinux", required_argument, NULL, OPTION_VMLINUX },
	{ "vmlinux-dir", required_argument, NULL, OPTION_VMLINUX_DIR },
	{ "debuginfod", no_argument, NULL, OPTION_DEBUGINFOD },
	{ "no-vmlinux", no_argument, NULL, OPTION_NO_VMLINUX },
	{ "no-cache", no_argument, NULL, OPTION_NO_CACHE },
	{ "split", no_argument, NULL, OPTION_SPLIT },
	{ "summary", no_argument, NULL, OPTION_SUMMARY },
	{ "fail-on", required_argument, NULL, OPTION_FAIL_ON },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "objects", no_argument, NULL, 'o' },
	{ "refs", required_argument, NULL, 'r' },
	{ "dangling", required_argument, NULL, OPTION_DANGLING },
	{ "map", required_argument, NULL, OPTION_MAP },
	{ "top", no_argument, NULL, OPTION_TOP },
	{ "order", no_argument, NULL, OPTION_ORDER },
	{ "sort", required_argument, NULL, OPTION_SORT },
	{ "budget", required_argument, NULL, OPTION_BUDGET },
	{ "unaligned", no_argument, NULL, OPTION_UNALIGNED },
	{ "outside", no_argument, NULL, OPTION_OUTSIDE },
	{ "expect", required_argument, NULL, OPTION_EXPECT },
	{ "batch", required_argument, NULL, OPTION_BATCH },
	{ "retry", no_argument, NULL, OPTION_RETRY },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "jobs", required_argument, NULL, 'J' },
	{ "time-limit", required_argument, NULL, OPTION_TIME_LIMIT },
	{ "memory-limit", required_argument, NULL, OPTION_MEMORY_LIMIT },
	{ "diff", no_argument, NULL, OPTION_DIFF },
	{ "group", no_argument, NULL, OPTION_GROUP },
	{ "selftest", no_argument, NULL, OPTION_SELFTEST },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "explain", required_argument, NULL, OPTION_EXPLAIN },
	{ "html", required_argument, NULL, OPTION_HTML },
	{ "since", required_argument, NULL, OPTION_SINCE },
	{ "live", no_argument, NULL, OPTION_LIVE },
	{ "every", required_argument, NULL, OPTION_EVERY },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "json-log", required_argument, NULL, OPTION_JSON_LOG },
	{ "on-corrupt", required_argument, NULL, OPTION_ON_CORRUPT },
	{ "textfile", required_argument, NULL, OPTION_TEXTFILE },
	{ "nice", required_argument, NULL, OPTION_NICE },
	{ "max-rate", required_argument, NULL, OPTION_MAX_RATE },
	{ 0 },
};

static const char letters[] = "aAc:DF:hijJ:Lmn:or:s:S:vw";

static bool task_set(struct options *o, enum program_task task, struct error *error)
{
	if (o->task != TASK_CHECK && o->task != task)
		return error_set(error,
				 "-D, -i, -m, -n, -o, -r, -s, --batch, --diff, --expect, --group, "
				 "--selftest and --top exclude each other");
	o->task = task;
	return true;
}

/* What a number may be, and what it is called in a message. */
struct range {
	unsigned int least, most;
	const char *what;
};

static const struct range cpus = { 0, 0xffff, "a CPU" };
static const struct range jobs = { 1, BATCH_JOBS_MAX, "-J" };
static const struct range seconds = { 1, 1u << 24, "--time-limit" };
static const struct range looks = { 1, 1u << 30, "--count" };
static const struct range niceness = { 0, 19, "--nice" };
static const struct range megabytes = { 1, 1u << 20, "--max-rate" };
static const struct range mebibytes = { 64, 1u << 24, "--memory-limit" };

static bool number_set(unsigned int *number, const char *text, const struct range *range,
		       struct error *error)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || value < range->least || value > range->most)
		return error_set(error, "%s is a number from %u to %u, not %s", range->what,
				 range->least, range->most, text);
	*number = (unsigned int)value;
	return true;
}

static bool memory_limit_set(struct options *o, const char *text, struct error *error)
{
	unsigned int number = 0;

	if (!number_set(&number, text, &mebibytes, error))
		return false;
	o->memory_limit = (uint64_t)number << 20;
	return true;
}

static bool max_rate_set(struct options *o, const char *text, struct error *error)
{
	unsigned int number;

	if (!number_set(&number, text, &megabytes, error))
		return false;
	o->max_rate = (uint64_t)number * 1000000;
	return true;
}

/* "10m", "90s", "2h", "1d"; a number alone is seconds. */
static bool every_set(struct options *o, const char *text, struct error *error)
{
	static const struct {
		char unit;
		double seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 0, 1 } };
	char *end;
	double value = strtod(text, &end);

	o->watch = true;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (*end != units[i].unit || (*end && end[1]) || !isdigit((unsigned char)*text))
			continue;
		o->every = value * units[i].seconds;
		return o->every <= 1e9 || error_set(error, "--every is too long: %s", text);
	}
	return error_set(error, "--every takes a time as 90s, 10m, 2h or 1d, not %s", text);
}

static bool word_add(char ***list, size_t *nr, char *word, struct error *error)
{
	char **more = realloc(*list, (*nr + 1) * sizeof(*more));

	if (!more)
		return error_no_memory(error);
	*list = more;
	more[(*nr)++] = word;
	return true;
}

/* "ADDRESS,ADDRESS"; the argument is taken apart. */
static bool addresses_add(struct options *o, char *list, struct error *error)
{
	while (list) {
		char *comma = strchr(list, ',');

		if (comma)
			*comma++ = '\0';
		if (!word_add(&o->addresses, &o->nr_addresses, list, error))
			return false;
		list = comma;
	}
	return true;
}

static bool budget_set(struct options *o, const char *text, struct error *error)
{
	return check_budget_parse(text, &o->check) ||
	       error_set(error, "--budget takes seconds, or bytes with K, M, G or T, not %s", text);
}

static bool sort_set(struct options *o, const char *text, struct error *error)
{
	return check_sort_parse(text, &o->check) ||
	       error_set(error, "--sort takes size, objects, waste or name, not %s", text);
}

static bool fail_on_set(struct options *o, const char *what, struct error *error)
{
	o->fail_on_corrupt = strcmp(what, "never") != 0;
	o->fail_on_unknown = !strcmp(what, "unknown");
	if (strcmp(what, "never") && strcmp(what, "corrupt") && strcmp(what, "unknown"))
		return error_set(error, "--fail-on takes unknown, corrupt or never, not %s", what);
	return true;
}

static bool color_set(struct options *o, const char *when, struct error *error)
{
	o->color = !strcmp(when, "always");
	if (!strcmp(when, "auto"))
		o->color = isatty(STDOUT_FILENO);
	else if (strcmp(when, "always") && strcmp(when, "never"))
		return error_set(error, "--color takes auto, always or never, not %s", when);
	return true;
}

static bool severity_set(struct options *o, const char *list, struct error *error)
{
	char why[SEVERITIES_ERROR_MAX];

	return severities_set(&o->severities, list, why) || error_set(error, "--severity: %s", why);
}

static bool severity_file_read(struct options *o, const char *path, struct error *error)
{
	FILE *file = fopen(path, "re");
	char why[SEVERITIES_ERROR_MAX];
	bool good;

	if (!file)
		return error_errno(error, path, errno);
	good = severities_read(&o->severities, file, why) || error_set(error, "%s: %s", path, why);
	fclose(file);
	return good;
}

/* Options that take nothing, and what they switch on. */
static const struct {
	int option;
	size_t offset;
} flags[] = {
	{ 'a', offsetof(struct options, check.all_caches) },
	{ 'A', offsetof(struct options, check.scan) },
	{ 'L', offsetof(struct options, lists) },
	{ 'o', offsetof(struct options, objects) },
	{ 'v', offsetof(struct options, check.verbose) },
	{ 'w', offsetof(struct options, check.why) },
	{ OPTION_DEBUGINFOD, offsetof(struct options, kernel.debuginfod) },
	{ OPTION_NO_VMLINUX, offsetof(struct options, kernel.no_vmlinux) },
	{ OPTION_NO_CACHE, offsetof(struct options, kernel.no_cache) },
	{ OPTION_SPLIT, offsetof(struct options, split) },
	{ OPTION_SUMMARY, offsetof(struct options, summary) },
	{ OPTION_RETRY, offsetof(struct options, retry) },
	{ OPTION_UNALIGNED, offsetof(struct options, check.unaligned) },
	{ OPTION_OUTSIDE, offsetof(struct options, check.outside) },
	{ OPTION_ORDER, offsetof(struct options, check.map_order) },
	{ OPTION_LIVE, offsetof(struct options, live) },
};

static bool flag_set(struct options *o, int option)
{
	if (option == 'j') {
		o->check.format = CHECK_JSON;
		return true;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].option == option) {
			*(bool *)((char *)o + flags[i].offset) = true;
			return true;
		}
	return false;
}

/* Options that take a text, and nothing is asked of it yet: where it is kept. */
static const char **text_of(struct options *o, int option)
{
	switch (option) {
	case OPTION_OUTPUT:
		return &o->output;
	case OPTION_EXPECT:
		return &o->expect;
	case OPTION_EXPLAIN:
		return &o->explain;
	case OPTION_HTML:
		return &o->html;
	case OPTION_SINCE:
		return &o->since;
	case OPTION_BATCH:
		return &o->batch;
	case OPTION_VMLINUX:
		return &o->kernel.vmlinux;
	case OPTION_VMLINUX_DIR:
		return &o->vmlinux_dir;
	case OPTION_JSON_LOG:
		return &o->json_log;
	case OPTION_ON_CORRUPT:
		return &o->on_corrupt;
	case OPTION_TEXTFILE:
		return &o->textfile;
	}
	return NULL;
}

/* What a question is about: caches and addresses. For other options true. */
static bool subject_add(struct options *o, int option, char *argument, struct error *error)
{
	switch (option) {
	case 'c':
	case OPTION_DANGLING:
	case OPTION_MAP:
		return word_add(&o->caches, &o->nr_caches, argument, error);
	case 's':
		return addresses_add(o, argument, error);
	case 'r':
		return word_add(&o->refs, &o->nr_refs, argument, error);
	}
	return true;
}

/* The same of a kernel that runs here. */
static bool live_value_set(struct options *o, int option, const char *argument, struct error *error)
{
	switch (option) {
	case OPTION_EVERY:
		return every_set(o, argument, error);
	case OPTION_COUNT:
		return number_set(&o->count, argument, &looks, error);
	case OPTION_NICE:
		return number_set(&o->nice, argument, &niceness, error);
	case OPTION_MAX_RATE:
		return max_rate_set(o, argument, error);
	}
	return true;
}

/* Options whose argument has to make sense; for all others true. */
static bool value_set(struct options *o, int option, char *argument, struct error *error)
{
	switch (option) {
	case OPTION_BUDGET:
		return budget_set(o, argument, error);
	case OPTION_SORT:
		return sort_set(o, argument, error);
	case 'n':
		return number_set(&o->cpu, argument, &cpus, error);
	case 'S':
		return severity_set(o, argument, error);
	case 'F':
		return severity_file_read(o, argument, error);
	case 'J':
		o->jobs_given = true;
		return number_set(&o->jobs, argument, &jobs, error);
	case OPTION_TIME_LIMIT:
		return number_set(&o->time_limit, argument, &seconds, error);
	case OPTION_MEMORY_LIMIT:
		return memory_limit_set(o, argument, error);
	case OPTION_FAIL_ON:
		return fail_on_set(o, argument, error);
	case OPTION_COLOR:
		return color_set(o, argument, error);
	}
	return subject_add(o, option, argument, error) &&
	       live_value_set(o, option, argument, error);
}

/* Options that say what to do; TASK_CHECK for all others. */
static enum program_task task_of(int option)
{
	static const struct {
		int option;
		enum program_task task;
	} rows[] = {
		{ 'i', TASK_USAGE },
		{ 'n', TASK_NEXT },
		{ 's', TASK_ADDRESS },
		{ 'h', TASK_HELP },
		{ 'r', TASK_REFS },
		{ 'D', TASK_DANGLING },
		{ OPTION_DANGLING, TASK_DANGLING },
		{ 'm', TASK_MAP },
		{ OPTION_MAP, TASK_MAP },
		{ OPTION_TOP, TASK_TOP },
		{ OPTION_EXPECT, TASK_EXPECT },
		{ OPTION_BATCH, TASK_BATCH },
		{ OPTION_DIFF, TASK_DIFF },
		{ OPTION_GROUP, TASK_GROUP },
		{ OPTION_SELFTEST, TASK_SELFTEST },
		{ OPTION_VERSION, TASK_VERSION },
		{ OPTION_EXPLAIN, TASK_EXPLAIN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].option == option)
			return rows[i].task;
	return TASK_CHECK;
}

static bool option_set(struct options *o, int option, char *argument, struct error *error)
{
	enum program_task task = task_of(option);
	const char **text = text_of(o, option);

	/* getopt_long() has said what is wrong. */
	if (option == '?')
		return false;
	if (flag_set(o, option))
		return true;
	if (text)
		*text = argument;
	return value_set(o, option, argument, error) &&
	       (task == TASK_CHECK || task_set(o, task, error));
}

/* crash takes a kernel and a dump, in any order. */
static bool kernel_refuse(const struct options *o, struct error *error)
{
	bool second;

	if (o->nr_dumps != 2 || o->task == TASK_GROUP || o->task == TASK_DIFF)
		return true;
	second = vmlinux_is(o->dumps[1]);
	if (vmlinux_is(o->dumps[0]) == second)
		return true;
	return error_set(error,
			 "%s is a kernel, not a dump; the option --vmlinux names it:\n"
			 "  slubcheck --vmlinux %s %s",
			 o->dumps[second], o->dumps[second], o->dumps[!second]);
}

/* Whether the task is to judge dumps. */
static bool task_judges(const struct options *o)
{
	return o->task == TASK_CHECK || o->task == TASK_EXPECT || o->task == TASK_BATCH;
}

/* The memmap is read for all caches at once: by default when all are wanted. */
static void scan_choose(struct options *o)
{
	if (!task_judges(o) || o->check.scan || o->lists || o->nr_caches)
		return;
	o->check.scan = o->check.scan_optional = true;
}

/* Whether there are as many files as the task takes. */
static bool files_check(const struct options *o, struct error *error)
{
	bool files = o->task <= TASK_NEXT || o->task == TASK_EXPECT || o->task == TASK_GROUP ||
		     o->task == TASK_DIFF;

	if (files && !o->nr_dumps)
		return error_set(error, o->task == TASK_GROUP ? "no file with results is given"
							      : "no dump is given");
	if (o->task == TASK_DIFF && o->nr_dumps != 2)
		return error_set(error, "--diff takes two dumps");
	if (o->task == TASK_EXPECT && o->nr_dumps > 1 && !o->split)
		return error_set(error, "--expect takes one dump");
	if (!files && o->nr_dumps)
		return error_set(error, "unexpected argument: %s", o->dumps[0]);
	return true;
}

/* Options of a pass over all memory. */
static bool pass_options(const struct options *o)
{
	return o->check.budget_bytes || o->check.budget_seconds || o->check.unaligned ||
	       o->check.outside;
}

/* Options that belong to one task only. */
static bool task_own_check(const struct options *o, struct error *error)
{
	if (o->task != TASK_USAGE && o->check.sort != SORT_LISTED)
		return error_set(error, "--sort needs -i");
	if (o->since && o->task != TASK_GROUP)
		return error_set(error, "--since needs --group");
	if (o->task != TASK_MAP && o->check.map_order)
		return error_set(error, "--order needs --map");
	return true;
}

/* Options that belong to some tasks only. */
static bool task_check(const struct options *o, struct error *error)
{
	if (o->output && o->task != TASK_BATCH)
		return error_set(error, "--output needs --batch");
	if (o->task == TASK_DANGLING && !o->nr_caches)
		return error_set(error, "-D needs caches: -c CACHE");
	if (o->task == TASK_MAP && !o->nr_caches)
		return error_set(error, "-m needs a cache: -c CACHE, or --map CACHE|ADDRESS");
	if (o->retry && (o->task != TASK_BATCH || !o->output))
		return error_set(error, "--retry needs --batch and --output");
	if (o->task == TASK_NEXT && o->nr_caches != 1)
		return error_set(error, "-n needs one cache: -c CACHE");
	if (o->severities.given &&
	    (o->task == TASK_NEXT || o->task == TASK_GROUP || o->task == TASK_SELFTEST))
		return error_set(error, "--severity does not go with -n, --group and --selftest");
	if (o->task == TASK_ADDRESS && o->nr_caches)
		return error_set(error, "-s and -c exclude each other");
	if (o->task == TASK_REFS && o->nr_caches)
		return error_set(error, "--refs and -c exclude each other");
	if (o->task != TASK_REFS && o->task != TASK_DANGLING && pass_options(o))
		return error_set(error,
				 "--budget, --unaligned and --outside need --refs or --dangling");
	if (!task_judges(o) && (o->check.scan || o->lists || o->check.all_caches || o->summary))
		return error_set(error,
				 "-a, -A, -L and --summary cannot be combined with this task");
	return true;
}

/* Options that contradict each other whatever the task is. */
static bool exclusions_check(const struct options *o, struct error *error)
{
	if ((o->kernel.vmlinux != NULL) + (o->vmlinux_dir != NULL) + o->kernel.no_vmlinux > 1)
		return error_set(error,
				 "--vmlinux, --vmlinux-dir and --no-vmlinux exclude each other");
	if (o->check.scan && o->lists)
		return error_set(error, "-A and -L exclude each other");
	if (o->summary &&
	    (o->check.format == CHECK_JSON || o->check.verbose || o->check.all_caches))
		return error_set(error, "--summary cannot be combined with -a, -j or -v");
	return true;
}

/* A page is of one dump, of two, or of a fleet. */
static bool html_take(struct options *o, struct error *error)
{
	if (!o->html)
		return true;
	if ((o->task != TASK_CHECK && o->task != TASK_GROUP && o->task != TASK_DIFF) || o->watch)
		return error_set(error, "--html cannot be combined with this task");
	if (o->check.format == CHECK_JSON || o->summary)
		return error_set(error, "--html cannot be combined with -j or --summary");
	if (o->task != TASK_CHECK)
		return true;
	if (o->nr_dumps > 1 && !o->split)
		return error_set(error, "--html takes one dump");
	o->check.format = CHECK_HTML;
	o->check.why = true;
	return true;
}

/* For who reads the page. */
static void command_keep(struct options *o, int argc, char **argv)
{
	size_t used = 0;

	for (int i = 1; i < argc && used < sizeof(o->command); i++)
		used += (size_t)snprintf(o->command + used, sizeof(o->command) - used, "%s%s",
					 i > 1 ? " " : "", argv[i]);
}

static bool combination_check(const struct options *o, struct error *error)
{
	return files_check(o, error) && task_check(o, error) && task_own_check(o, error) &&
	       exclusions_check(o, error) && kernel_refuse(o, error);
}

/* Those that the program may use: a job of a cluster has not all of the machine's. */
static unsigned int cpus_allowed(void)
{
	unsigned int nr = 0;
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set))
		nr = (unsigned int)CPU_COUNT(&set);
	if (!nr)
		return 1;
	return nr < BATCH_JOBS_MAX ? nr : BATCH_JOBS_MAX;
}

static void defaults_set(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->fail_on_corrupt = o->fail_on_unknown = true;
	o->time_limit = BATCH_TIME_LIMIT;
	o->memory_limit = BATCH_MEMORY_LIMIT;
	o->jobs = cpus_allowed();
	/* NO_COLOR is a convention of many programs. */
	o->color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	o->progress = isatty(STDERR_FILENO);
	o->nice = LIVE_NICE;
	o->columns = terminal_columns(STDOUT_FILENO);
}

/* --live stands for the one dump that it is. */
static bool live_take(struct options *o, struct error *error)
{
	static char path[] = KCORE_PATH;
	static char *paths[] = { path, NULL };

	if (!o->watch && (o->count || o->json_log || o->on_corrupt || o->textfile))
		return error_set(error,
				 "--count, --json-log, --on-corrupt and --textfile need --every");
	if (o->watch && o->task != TASK_CHECK)
		return error_set(error, "--every cannot be combined with this task");
	if (!o->live)
		return !o->watch || o->nr_dumps == 1 ||
		       error_set(error, "--every takes the kernel that runs here: --live");
	if (o->nr_dumps || o->task == TASK_BATCH || o->task == TASK_GROUP)
		return error_set(error, "--live takes no dump");
	o->dumps = paths;
	o->nr_dumps = 1;
	return true;
}

/* -o lists objects, as in crash. Behind --batch it has been --output, and scripts may have it so: what it
 * takes is left among the arguments then. */
static bool objects_heed(struct options *o, struct error *error)
{
	if (!o->objects)
		return true;
	if (o->task != TASK_BATCH)
		return task_set(o, TASK_OBJECTS, error);
	if (o->output || o->nr_dumps != 1)
		return error_set(error, "--batch takes one file of results: --output FILE");
	o->output = o->dumps[0];
	o->nr_dumps = 0;
	return true;
}

bool options_parse(struct options *o, int argc, char **argv, struct error *error)
{
	int option;

	*error = (struct error){ 0 };
	defaults_set(o);
	command_keep(o, argc, argv);
	/* From the first argument on, also the second time in a process (glibc). */
	optind = 0;
	while ((option = getopt_long(argc, argv, letters, words, NULL)) != -1)
		if (!option_set(o, option, optarg, error))
			return false;
	o->dumps = argv + optind;
	o->nr_dumps = (size_t)(argc - optind);
	if (!objects_heed(o, error) || !live_take(o, error))
		return false;
	if (!combination_check(o, error) || !html_take(o, error))
		return false;
	scan_choose(o);
	if (o->severities.given)
		o->check.severities = &o->severities;
	return true;
}

void options_free(struct options *o)
{
	free(o->caches);
	free(o->refs);
	free(o->addresses);
	o->caches = o->refs = o->addresses = NULL;
}

static const char help_text[] =
	"usage: slubcheck [OPTIONS] VMCORE...\n"
	"       slubcheck [OPTIONS] --batch FROM [--output RESULTS]\n"
	"       slubcheck --group RESULTS...\n"
	"\n"
	"Checks the slab allocator (SLUB or SLAB) in dumps of Linux kernels and says what\n"
	"is corrupt, where, and what probably did it. The dump - is standard input.\n"
	"\n"
	"What to do:\n"
	"  -A, --memmap           also read the whole memmap: full slabs, lost slabs and\n"
	"                         totals; the default without -c\n"
	"  -L, --lists-only       check caches by their lists only\n"
	"  -c, --cache NAME,...   check only these caches: names, patterns ('kmalloc-*'),\n"
	"                         aliases or addresses; may be repeated\n"
	"  -s, --address ADDRESS,...\n"
	"                         explain these addresses; may be repeated\n"
	"  -n, --next CPU         say what the next allocation from -c CACHE does on CPU\n"
	"  -i, --slabinfo         print the numbers of objects and slabs of each cache\n"
	"      --sort KEY         of -i: order caches by size, objects, waste or name;\n"
	"                         prints their memory, how full they are, and aliases\n"
	"      --top              say who has the memory: by the line that allocated it,\n"
	"                         and by memory cgroup\n"
	"  -r, --refs ADDRESS[..END]\n"
	"                         say who points there: registers, stacks, variables,\n"
	"                         objects. An address in an object means the object;\n"
	"                         may be repeated\n"
	"  -D                     list the free objects of -c CACHE that something live\n"
	"                         points to; --dangling CACHE is -D -c CACHE\n"
	"  -o, --objects          list every object of each cache, and who has it\n"
	"  -m                     draw the slabs of -c CACHE: an object a cell\n"
	"      --map CACHE|ADDRESS\n"
	"                         the same, or of the slab of the address; may be\n"
	"                         repeated\n"
	"      --order            of -m and --map: where on its list each free object is\n"
	"      --selftest         test the checks of this build against the model\n"
	"\n"
	"How -r and -D look:\n"
	"      --budget N         stop after N seconds, or N bytes (with K, M, G or T)\n"
	"      --unaligned        look at words at any address\n"
	"      --outside          pass over pointers inside of the addresses themselves\n"
	"\n"
	"What to print:\n"
	"  -a, --all              a line for every cache, also for clean ones\n"
	"  -v, --verbose          all evidence\n"
	"  -w, --why              why the kernel died; with -s, all about the object\n"
	"      --explain ID       print what the documentation says of a finding\n"
	"  -j, --json             one JSON object per line\n"
	"      --html FILE        write FILE, a page for a browser: verdict, why the\n"
	"                         kernel died, findings, log, caches\n"
	"  -S, --severity ID=LEVEL,...\n"
	"                         give findings of that id another severity: corrupt,\n"
	"                         transient, note or ignore; may be repeated\n"
	"  -F, --severity-file FILE\n"
	"                         read the same from FILE, one ID=LEVEL per line\n"
	"      --summary          one line per dump\n"
	"      --color WHEN       auto, always or never\n"
	"      --fail-on WHAT     what makes the exit status other than 0: unknown (the\n"
	"                         default; includes corrupt), corrupt, or never\n"
	"\n"
	"The kernel that runs here:\n"
	"      --live             check /proc/kcore; needs root\n"
	"      --every TIME       look again after TIME (90s, 10m, 2h, 1d), until\n"
	"                         something is corrupt\n"
	"      --count N          look N times\n"
	"      --json-log FILE    append a line of JSON per look and new finding to FILE\n"
	"      --on-corrupt COMMAND\n"
	"                         run COMMAND for a new finding, and go on\n"
	"      --textfile FILE    write metrics for Prometheus' node exporter to FILE\n"
	"      --nice N           let other work go first: 0 to 19 (10)\n"
	"      --max-rate N       read at most N MB per second\n"
	"\n"
	"Many dumps:\n"
	"      --batch FROM       check each dump in a process of its own. FROM is a\n"
	"                         directory, or a file with one path per line (-:\n"
	"                         standard input)\n"
	"      --output FILE      append the results to FILE, one line of JSON per dump;\n"
	"                         skip dumps that have a line there, but for unknown ones\n"
	"                         that are asked for otherwise now\n"
	"      --retry            try all dumps again that are unknown there\n"
	"  -J, --jobs N           use N threads; with --batch, N dumps at a time\n"
	"                         (default: one per CPU)\n"
	"      --time-limit S     limit of each dump in seconds (600)\n"
	"      --memory-limit M   limit of each dump in MiB (4096)\n"
	"      --group FILE...    group the results of batches by bug, the most frequent\n"
	"                         bug first; --html FILE writes them as a page\n"
	"      --since RESULTS    of --group: what is new and what is gone since these\n"
	"                         results of an earlier run\n"
	"      --diff A B         say what is different between two dumps: findings gone\n"
	"                         and new, caches by growth. A and B are dumps, or what\n"
	"                         -j and -i -j printed of them; --html FILE writes a page\n"
	"      --expect TRUTH     say how the findings differ from this file\n"
	"\n"
	"Where symbols and types come from:\n"
	"      --vmlinux FILE     this file, which may be packed. Default: a vmlinux with\n"
	"                         the dump's build-id below /usr/lib/debug, /boot or\n"
	"                         /lib/modules; otherwise the dump's own kallsyms and BTF\n"
	"      --vmlinux-dir DIR  also look for it in DIR and all below it\n"
	"      --debuginfod       also ask the servers of DEBUGINFOD_URLS for a vmlinux\n"
	"      --no-vmlinux       use the dump only\n"
	"      --no-cache         neither use nor keep what is known about the kernel\n"
	"\n"
	"      --split            the files are the parts of one dump, in any order\n"
	"  -h, --help             print this help\n"
	"      --version          print the version\n"
	"\n"
	"Exit status: 0 clean, 1 corrupt, 2 unknown, 3 wrong usage; with --expect 0 as\n"
	"expected, 1 otherwise.\n";

void options_help(FILE *out)
{
	fputs(help_text, out);
}
