/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_OPTIONS_H
#define SLUBCHECK_TRIAGE_OPTIONS_H
/* What the program `slubcheck` was told to do. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "checker/findings/severity.h"
#include "checker/options.h"
#include "triage/error.h"
#include "triage/kernel_info.h"

/* Exit statuses of the program. */
enum program_status {
	STATUS_CLEAN = 0, /* all that was asked for was judged, and nothing is corrupt */
	STATUS_CORRUPT = 1,
	STATUS_UNKNOWN = 2, /* nothing corrupt was seen, and not everything could be judged */
	STATUS_USAGE = 3,
};

/**
 * status_worse() - The status of two runs together.
 *
 * Corrupt weighs most: it is certain, and unknown says only that there may be more.
 */
static inline enum program_status status_worse(enum program_status a, enum program_status b)
{
	if (a == STATUS_CORRUPT || b == STATUS_CORRUPT)
		return STATUS_CORRUPT;
	return a > b ? a : b;
}

enum program_task {
	TASK_CHECK, /* dumps, one after the other */
	TASK_ADDRESS, /* -s */
	TASK_USAGE, /* -i */
	TASK_OBJECTS, /* --objects */
	TASK_REFS, /* --refs */
	TASK_DANGLING, /* --dangling */
	TASK_MAP, /* --map */
	TASK_TOP, /* --top */
	TASK_NEXT, /* -n */
	TASK_SELFTEST,
	TASK_EXPECT, /* --expect */
	TASK_BATCH, /* --batch */
	TASK_DIFF, /* --diff */
	TASK_GROUP, /* --group: dumps[] are results */
	TASK_HELP,
	TASK_VERSION,
	TASK_EXPLAIN,
};

/**
 * struct options - The command line.
 * @task:     what to do
 * @check:    how; its names, stream and progress are filled in for each dump
 * @kernel:   where symbols and types may come from
 * @dumps, @nr_dumps: the files, of the arguments
 * @split:    they are parts of one dump
 * @lists:    -L: the memmap is not to be read
 * @summary:  one line a dump
 * @vmlinux_dir: of --vmlinux-dir; who reads it sets @kernel.directory
 * @addresses, @nr_addresses: of -s
 * @refs, @nr_refs: of --refs
 * @cpu:      of -n
 * @caches, @nr_caches: of -c, --dangling and --map
 * @expect:   file with the truth about the dump
 * @batch, @output, @retry, @jobs, @time_limit, @memory_limit: see struct batch
 * @fail_on_corrupt, @fail_on_unknown: whether such a dump makes the exit status other than 0
 * @live:     --live: the dump is /proc/kcore
 * @watch, @every: --every: look again after so many seconds
 * @count:    --count: so many times; 0: for ever
 * @json_log, @on_corrupt, @textfile: of a watch (watch.h); NULL: none
 * @nice:     how much other work goes first, of a kernel that runs here
 * @max_rate: bytes of it that may be read in a second; 0: any number
 * @color:    people read it on a terminal that can
 * @progress: somebody watches standard error
 * @columns:  of the terminal that standard output is; 0: it is none
 * @severities: of --severity and --severity-file; @check names them when there are any
 * @quiet:    what cannot be read is said in the records only
 */
struct options {
	enum program_task task;
	struct check_options check;
	struct kernel_info_options kernel;
	char **dumps;
	size_t nr_dumps;
	bool split, summary, lists, retry;
	bool objects; /* -o, which has been --output as well */
	const char *vmlinux_dir;
	char **addresses;
	size_t nr_addresses;
	char **refs;
	size_t nr_refs;
	unsigned int cpu;
	char **caches;
	size_t nr_caches;
	const char *expect;
	const char *explain; /* --explain: the id */
	const char *html; /* --html: where the page goes; NULL: none is wanted */
	const char *since; /* --since: earlier results, of --group */
	char command[512]; /* the arguments as they were given; cut when they are long */
	const char *batch, *output;
	unsigned int jobs;
	bool jobs_given; /* @jobs is what the user said, not the number of CPUs */
	unsigned int time_limit;
	uint64_t memory_limit;
	bool fail_on_corrupt, fail_on_unknown;
	bool color, progress;
	int columns;
	bool live;
	bool watch;
	double every;
	unsigned int count;
	const char *json_log, *on_corrupt, *textfile;
	unsigned int nice;
	uint64_t max_rate;
	bool quiet;
	struct severities severities;
};

/**
 * options_parse() - Read the command line.
 * @o:	   filled in, also when the return value is false; the caller gives it to options_free(). It
 *	   points into @argv, which getopt_long() puts in order
 * @error: receives why the return value is false; "" when getopt_long() has said it on standard error
 *
 * Return: false when it makes no sense.
 */
bool options_parse(struct options *o, int argc, char **argv, struct error *error);

/** options_free() - Give up what options_parse() allocated. */
void options_free(struct options *o);

/** options_help() - What --help says. */
void options_help(FILE *out);

#endif
