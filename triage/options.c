/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/options.h"

#include <ctype.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/vmlinux.h"

/* Options without a letter. */
enum {
	OPTION_VMLINUX = 256,
	OPTION_DEBUGINFOD,
	OPTION_NO_VMLINUX,
	OPTION_NO_CACHE,
	OPTION_SPLIT,
	OPTION_SUMMARY,
	OPTION_FAIL_ON,
	OPTION_COLOR,
	OPTION_OBJECTS,
	OPTION_SELFTEST,
	OPTION_EXPECT,
	OPTION_BATCH,
	OPTION_GROUP,
	OPTION_TIME_LIMIT,
	OPTION_MEMORY_LIMIT,
	OPTION_VERSION,
};

/* Of one dump of a batch. */
#define TIME_LIMIT_SECONDS 600
#define MEMORY_LIMIT_MIB 4096
#define JOBS_MAX 256

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
	{ "vmlinux", required_argument, NULL, OPTION_VMLINUX },
	{ "debuginfod", no_argument, NULL, OPTION_DEBUGINFOD },
	{ "no-vmlinux", no_argument, NULL, OPTION_NO_VMLINUX },
	{ "no-cache", no_argument, NULL, OPTION_NO_CACHE },
	{ "split", no_argument, NULL, OPTION_SPLIT },
	{ "summary", no_argument, NULL, OPTION_SUMMARY },
	{ "fail-on", required_argument, NULL, OPTION_FAIL_ON },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "objects", no_argument, NULL, OPTION_OBJECTS },
	{ "expect", required_argument, NULL, OPTION_EXPECT },
	{ "batch", required_argument, NULL, OPTION_BATCH },
	{ "output", required_argument, NULL, 'o' },
	{ "jobs", required_argument, NULL, 'J' },
	{ "time-limit", required_argument, NULL, OPTION_TIME_LIMIT },
	{ "memory-limit", required_argument, NULL, OPTION_MEMORY_LIMIT },
	{ "group", no_argument, NULL, OPTION_GROUP },
	{ "selftest", no_argument, NULL, OPTION_SELFTEST },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static const char letters[] = "aAc:hijJ:Ln:o:s:v";

__attribute__((format(printf, 1, 2))) static bool reject(const char *format, ...)
{
	va_list args;

	fputs("slubcheck: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry `slubcheck --help'.\n", stderr);
	return false;
}

static bool task_set(struct options *o, enum program_task task)
{
	if (o->task != TASK_CHECK && o->task != task)
		return reject("-i, -n, -s, --objects, --batch, --expect, --group and --selftest "
			      "exclude each other");
	o->task = task;
	return true;
}

static bool number_set(unsigned int *number, const char *text, unsigned int least,
		       unsigned int most, const char *what)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || value < least || value > most)
		return reject("%s is a number from %u to %u, not %s", what, least, most, text);
	*number = (unsigned int)value;
	return true;
}

static bool memory_limit_set(struct options *o, const char *text)
{
	unsigned int mebibytes;

	if (!number_set(&mebibytes, text, 64, 1u << 24, "--memory-limit"))
		return false;
	o->memory_limit = (uint64_t)mebibytes << 20;
	return true;
}

static bool cache_add(struct options *o, char *name)
{
	char **more = realloc(o->caches, (o->nr_caches + 1) * sizeof(*more));

	if (!more)
		return reject("out of memory");
	o->caches = more;
	o->caches[o->nr_caches++] = name;
	return true;
}

static bool fail_on_set(struct options *o, const char *what)
{
	o->fail_on_corrupt = strcmp(what, "never") != 0;
	o->fail_on_unknown = !strcmp(what, "unknown");
	if (strcmp(what, "never") && strcmp(what, "corrupt") && strcmp(what, "unknown"))
		return reject("--fail-on takes unknown, corrupt or never, not %s", what);
	return true;
}

static bool color_set(struct options *o, const char *when)
{
	o->color = !strcmp(when, "always");
	if (!strcmp(when, "auto"))
		o->color = isatty(STDOUT_FILENO);
	else if (strcmp(when, "always") && strcmp(when, "never"))
		return reject("--color takes auto, always or never, not %s", when);
	return true;
}

static bool flag_set(struct options *o, int option)
{
	switch (option) {
	case 'a':
		o->check.all_caches = true;
		return true;
	case 'A':
		o->check.scan = true;
		return true;
	case 'L':
		o->lists = true;
		return true;
	case 'j':
		o->check.format = CHECK_JSON;
		return true;
	case 'v':
		o->check.verbose = true;
		return true;
	case OPTION_DEBUGINFOD:
		o->kernel.debuginfod = true;
		return true;
	case OPTION_NO_VMLINUX:
		o->kernel.no_vmlinux = true;
		return true;
	case OPTION_NO_CACHE:
		o->kernel.no_cache = true;
		return true;
	case OPTION_SPLIT:
		o->split = true;
		return true;
	case OPTION_SUMMARY:
		o->summary = true;
		return true;
	}
	return false;
}

static bool option_set(struct options *o, int option, char *argument)
{
	if (flag_set(o, option))
		return true;
	switch (option) {
	case 'c':
		return cache_add(o, argument);
	case 'i':
		return task_set(o, TASK_USAGE);
	case OPTION_OBJECTS:
		return task_set(o, TASK_OBJECTS);
	case 'n':
		return number_set(&o->cpu, argument, 0, 0xffff, "a CPU") && task_set(o, TASK_NEXT);
	case 's':
		o->address = argument;
		return task_set(o, TASK_ADDRESS);
	case 'h':
		return task_set(o, TASK_HELP);
	case 'J':
		o->jobs_given = true;
		return number_set(&o->jobs, argument, 1, JOBS_MAX, "-J");
	case 'o':
		o->output = argument;
		return true;
	case OPTION_TIME_LIMIT:
		return number_set(&o->time_limit, argument, 1, 1u << 24, "--time-limit");
	case OPTION_MEMORY_LIMIT:
		return memory_limit_set(o, argument);
	case OPTION_EXPECT:
		o->expect = argument;
		return task_set(o, TASK_EXPECT);
	case OPTION_BATCH:
		o->batch = argument;
		return task_set(o, TASK_BATCH);
	case OPTION_GROUP:
		return task_set(o, TASK_GROUP);
	case OPTION_VMLINUX:
		o->kernel.vmlinux = argument;
		return true;
	case OPTION_FAIL_ON:
		return fail_on_set(o, argument);
	case OPTION_COLOR:
		return color_set(o, argument);
	case OPTION_SELFTEST:
		return task_set(o, TASK_SELFTEST);
	case OPTION_VERSION:
		return task_set(o, TASK_VERSION);
	}
	/* getopt_long() has said what is wrong. */
	fputs("Try `slubcheck --help'.\n", stderr);
	return false;
}

/* crash takes a kernel and a dump, in any order. */
static bool kernel_refuse(const struct options *o)
{
	bool second;

	if (o->nr_dumps != 2 || o->task == TASK_GROUP)
		return true;
	second = vmlinux_is(o->dumps[1]);
	if (vmlinux_is(o->dumps[0]) == second)
		return true;
	return reject("%s is a kernel, not a dump; the option --vmlinux names it:\n"
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

static bool combination_check(const struct options *o)
{
	const struct check_options *c = &o->check;
	bool files = o->task <= TASK_NEXT || o->task == TASK_EXPECT || o->task == TASK_GROUP;

	if (files && !o->nr_dumps)
		return reject(o->task == TASK_GROUP ? "which results?" : "which dump?");
	if (o->output && o->task != TASK_BATCH)
		return reject("-o goes with --batch");
	if (o->task == TASK_EXPECT && o->nr_dumps > 1 && !o->split)
		return reject("--expect is about one dump");
	if (!files && o->nr_dumps)
		return reject("what is %s for?", o->dumps[0]);
	if (o->kernel.vmlinux && o->kernel.no_vmlinux)
		return reject("--vmlinux and --no-vmlinux exclude each other");
	if (o->task == TASK_NEXT && o->nr_caches != 1)
		return reject("-n needs one cache: -c CACHE");
	if (o->task == TASK_ADDRESS && o->nr_caches)
		return reject("-s and -c exclude each other");
	if (!task_judges(o) && (c->scan || o->lists || c->all_caches || o->summary))
		return reject("-a, -A, -L and --summary do not go with this question");
	if (c->scan && o->lists)
		return reject("-A and -L exclude each other");
	if (o->summary && (c->format == CHECK_JSON || c->verbose || c->all_caches))
		return reject("--summary does not go with -a, -j and -v");
	return kernel_refuse(o);
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
	return nr < JOBS_MAX ? nr : JOBS_MAX;
}

bool options_parse(struct options *o, int argc, char **argv)
{
	int option;

	memset(o, 0, sizeof(*o));
	o->fail_on_corrupt = o->fail_on_unknown = true;
	o->time_limit = TIME_LIMIT_SECONDS;
	o->memory_limit = (uint64_t)MEMORY_LIMIT_MIB << 20;
	o->jobs = cpus_allowed();
	/* NO_COLOR is a convention of many programs. */
	o->color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	o->progress = isatty(STDERR_FILENO);
	while ((option = getopt_long(argc, argv, letters, words, NULL)) != -1)
		if (!option_set(o, option, optarg))
			return false;
	o->dumps = argv + optind;
	o->nr_dumps = (size_t)(argc - optind);
	if (!combination_check(o))
		return false;
	scan_choose(o);
	return true;
}

void options_free(struct options *o)
{
	free(o->caches);
	o->caches = NULL;
}

void options_help(FILE *out)
{
	fputs("usage: slubcheck [OPTIONS] VMCORE...\n"
	      "       slubcheck [OPTIONS] --batch FROM [-o RESULTS]\n"
	      "       slubcheck --group RESULTS...\n"
	      "\n"
	      "Checks the SLUB allocator in dumps of Linux kernels and says what is corrupt,\n"
	      "where, and what probably did it. A dump can come through a pipe, as -.\n"
	      "\n"
	      "What to do:\n"
	      "  -A, --memmap           read the whole memmap too: full and lost slabs, totals;\n"
	      "                         the default without -c\n"
	      "  -L, --lists-only       judge caches by their lists only\n"
	      "  -c, --cache NAME       only this cache: name, alias or address; repeatable\n"
	      "  -s, --address ADDRESS  what is this address?\n"
	      "  -n, --next CPU         what would the next allocation from -c CACHE do there?\n"
	      "  -i, --slabinfo         objects and slabs of each cache\n"
	      "      --objects          every object of each cache, and who has it\n"
	      "      --selftest         hold the checks of this build against the model\n"
	      "\n"
	      "How to say it:\n"
	      "  -a, --all              a line for every cache, also for clean ones\n"
	      "  -v, --verbose          all the evidence\n"
	      "  -j, --json             one JSON object a line\n"
	      "      --summary          one line a dump\n"
	      "      --color WHEN       auto, always or never\n"
	      "      --fail-on WHAT     what makes the exit status other than 0: unknown (the\n"
	      "                         default, and corrupt as well), corrupt, or never\n"
	      "\n"
	      "Many dumps:\n"
	      "      --batch FROM       each dump in a process of its own. FROM is a directory,\n"
	      "                         or a file with a path a line (-: standard input)\n"
	      "  -o, --output FILE      append the results there, a line of JSON for each dump;\n"
	      "                         dumps that it has a line for are passed over\n"
	      "  -J, --jobs N           use so many CPUs: for the caches of a dump, in a batch\n"
	      "                         for dumps; by default all\n"
	      "      --time-limit S     for one dump, in seconds (600)\n"
	      "      --memory-limit M   for one dump, in MiB (4096)\n"
	      "      --group FILE...    results of batches by bug, the most frequent one first\n"
	      "      --expect TRUTH     say how the findings differ from what this file demands\n"
	      "\n"
	      "Where symbols and types come from:\n"
	      "      --vmlinux FILE     this file; else one with the dump's build-id below\n"
	      "                         /usr/lib/debug, /boot or /lib/modules; else the dump's\n"
	      "                         own kallsyms and BTF\n"
	      "      --debuginfod       ask the servers of DEBUGINFOD_URLS for a vmlinux\n"
	      "      --no-vmlinux       take them from the dump alone\n"
	      "      --no-cache         do not keep what was found out about the kernel\n"
	      "\n"
	      "      --split            the files are the parts of one dump, in any order\n"
	      "  -h, --help             this\n"
	      "      --version\n"
	      "\n"
	      "Exit status: 0 clean, 1 corruption found, 2 could not tell, 3 wrong usage; with\n"
	      "--expect 0 as expected, 1 otherwise.\n",
	      out);
}
