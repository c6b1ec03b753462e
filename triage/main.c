/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program `slubcheck`: the checks of the crash command, without crash. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/batch.h"
#include "triage/group.h"
#include "triage/options.h"
#include "triage/run.h"

#ifndef SLUBCHECK_VERSION
#define SLUBCHECK_VERSION "unknown"
#endif

/* The only way from a signal's handler to whom it concerns. */
static volatile sig_atomic_t interrupted;

static bool is_interrupted(void)
{
	return interrupted;
}

/* The second one ends the program as if nobody handled it. */
static void interrupt_note(int sig)
{
	interrupted = 1;
	signal(sig, SIG_DFL);
}

static void signals_prepare(void)
{
	struct sigaction action = { .sa_handler = interrupt_note };

	/* A write to a pipe that nobody reads fails, and the run ends. */
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int exit_status(const struct options *o, enum program_status status)
{
	if (status == STATUS_CORRUPT && !o->fail_on_corrupt)
		return STATUS_CLEAN;
	if (status == STATUS_UNKNOWN && !o->fail_on_unknown)
		return STATUS_CLEAN;
	return (int)status;
}

static enum program_status batch(const struct options *o)
{
	struct batch work = { .o = o,
			      .from = o->batch,
			      .to = o->output,
			      .jobs = o->jobs,
			      .time_limit = o->time_limit,
			      .memory_limit = o->memory_limit,
			      .cancelled = is_interrupted };

	return batch_run(&work);
}

static int dumps_run(const struct options *o)
{
	size_t step = o->split ? o->nr_dumps : 1;
	enum program_status status = STATUS_CLEAN;

	for (size_t i = 0; i < o->nr_dumps && !interrupted; i += step) {
		struct triage_dump dump = { .paths = (const char *const *)o->dumps + i,
					    .nr_paths = step,
					    .cancelled = is_interrupted };

		if (o->task == TASK_EXPECT)
			status = status_worse(status, triage_expect(o, &dump, stdout));
		else
			status = status_worse(status, triage_dump(o, &dump, stdout));
	}
	if (interrupted)
		status = status_worse(status, STATUS_UNKNOWN);
	return exit_status(o, status);
}

static int group(const struct options *o)
{
	bool json = o->check.format == CHECK_JSON;

	return group_run(o->dumps, o->nr_dumps, json, stdout) ? STATUS_CLEAN : STATUS_UNKNOWN;
}

int main(int argc, char **argv)
{
	struct options options;
	int status = STATUS_CLEAN;

	signals_prepare();
	if (!options_parse(&options, argc, argv)) {
		options_free(&options);
		return STATUS_USAGE;
	}
	if (options.task == TASK_HELP)
		options_help(stdout);
	else if (options.task == TASK_VERSION)
		printf("slubcheck %s\n", SLUBCHECK_VERSION);
	else if (options.task == TASK_SELFTEST)
		status = triage_selftest(&options, stdout) ? STATUS_CLEAN : STATUS_CORRUPT;
	else if (options.task == TASK_BATCH)
		status = exit_status(&options, batch(&options));
	else if (options.task == TASK_GROUP)
		status = group(&options);
	else
		status = dumps_run(&options);
	options_free(&options);
	if (fflush(stdout) && errno != EPIPE) {
		fprintf(stderr, "slubcheck: cannot write: %s\n", strerror(errno));
		return STATUS_UNKNOWN;
	}
	return status;
}
