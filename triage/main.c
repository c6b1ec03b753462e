/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program `slubcheck`: the checks of the crash command, without crash. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "checker/findings/page.h"
#include "triage/batch.h"
#include "triage/diff_run.h"
#include "triage/error.h"
#include "triage/group.h"
#include "triage/options.h"
#include "triage/run.h"
#include "triage/vmlinux_dir.h"
#include "triage/watch.h"
#include "triage/writer.h"

/* The only way from a signal's handler to whom it concerns. */
static volatile sig_atomic_t interrupted;

static bool is_interrupted(void)
{
	return interrupted;
}

/* A dump is being opened. Libraries do much of that, and none of them asks whether to go on. */
static volatile sig_atomic_t is_opening;

static void opening(bool begins)
{
	is_opening = begins;
}

/* The second one ends the program as if nobody handled it. */
static void interrupt_note(int sig)
{
	static const char said[] = "slubcheck: interrupted\n";

	interrupted = 1;
	signal(sig, SIG_DFL);
	if (is_opening && write(STDERR_FILENO, said, sizeof(said) - 1))
		_exit(STATUS_UNKNOWN);
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

static enum program_status batch(const struct options *o, FILE *out)
{
	struct batch work = { .o = o,
			      .from = o->batch,
			      .to = o->output,
			      .out = out,
			      .jobs = o->jobs,
			      .time_limit = o->time_limit,
			      .memory_limit = o->memory_limit,
			      .retry = o->retry,
			      .cancelled = is_interrupted };
	enum program_status status;
	struct error error;

	status = batch_run(&work, &error);
	error_say(&error);
	return status;
}

/* One after the other, until the user has enough, or nobody can read it. */
static enum program_status dumps_run(const struct options *o, const struct writer *out)
{
	size_t step = o->split ? o->nr_dumps : 1;
	enum program_status status = STATUS_CLEAN;

	for (size_t i = 0; i < o->nr_dumps && !interrupted && !writer_failed(out); i += step) {
		struct triage_dump dump = { .paths = (const char *const *)o->dumps + i,
					    .nr_paths = step,
					    .cancelled = is_interrupted,
					    .opening = opening };

		if (o->watch)
			status = status_worse(status, triage_watch(o, &dump, out->stream));
		else if (o->task == TASK_EXPECT)
			status = status_worse(status, triage_expect(o, &dump, out->stream));
		else
			status = status_worse(status, triage_dump(o, &dump, out->stream));
	}
	return interrupted && !o->watch ? status_worse(status, STATUS_UNKNOWN) : status;
}

static enum program_status group(const struct options *o, FILE *out)
{
	struct group_options options = { .json = o->check.format == CHECK_JSON,
					 .html = o->html,
					 .since = o->since,
					 .version = SLUBCHECK_VERSION_TEXT,
					 .command = o->command,
					 .cancelled = is_interrupted };

	return group_run(o->dumps, o->nr_dumps, &options, out) ? STATUS_CLEAN : STATUS_UNKNOWN;
}

static enum program_status diff(const struct options *o, FILE *out)
{
	const struct triage_dump files[2] = {
		{ (const char *const *)&o->dumps[0], 1, is_interrupted, opening },
		{ (const char *const *)&o->dumps[1], 1, is_interrupted, opening },
	};

	return triage_diff(o, files, out);
}

static int explain(const struct options *o, FILE *out)
{
	if (page_print(o->explain, out))
		return STATUS_CLEAN;
	fprintf(stderr, "slubcheck: no finding has the id %s\n", o->explain);
	return STATUS_USAGE;
}

static int task_run(const struct options *o, const struct writer *out)
{
	switch (o->task) {
	case TASK_HELP:
		options_help(out->stream);
		return STATUS_CLEAN;
	case TASK_VERSION:
		fprintf(out->stream, "slubcheck %s\n", SLUBCHECK_VERSION_TEXT);
		return STATUS_CLEAN;
	case TASK_EXPLAIN:
		return explain(o, out->stream);
	case TASK_SELFTEST:
		return (int)triage_selftest(o, is_interrupted, out->stream);
	case TASK_DIFF:
		return (int)diff(o, out->stream);
	case TASK_GROUP:
		return (int)group(o, out->stream);
	case TASK_BATCH:
		return exit_status(o, batch(o, out->stream));
	default:
		return exit_status(o, dumps_run(o, out));
	}
}

/* Before the first dump, for all of them. */
static bool kernels_read(struct options *o, struct vmlinux_dir **directory, struct error *error)
{
	if (!o->vmlinux_dir)
		return true;
	*directory = vmlinux_dir_read(o->vmlinux_dir, is_interrupted, error);
	o->kernel.directory = *directory;
	return *directory;
}

/* Whatever was found: who reads an exit status of 0 or 1 takes the report for whole. */
static int output_run(struct options *o, struct error *error)
{
	struct vmlinux_dir *directory = NULL;
	struct writer out;
	int status;

	if (!writer_begin(&out, STDOUT_FILENO)) {
		error_no_memory(error);
		return STATUS_UNKNOWN;
	}
	if (!kernels_read(o, &directory, error)) {
		writer_end(&out, error);
		return STATUS_UNKNOWN;
	}
	status = task_run(o, &out);
	vmlinux_dir_free(directory);
	return writer_end(&out, error) ? status : STATUS_UNKNOWN;
}

int main(int argc, char **argv)
{
	struct error error = { 0 };
	struct options options;
	int status = STATUS_USAGE;

	signals_prepare();
	if (options_parse(&options, argc, argv, &error)) {
		status = output_run(&options, &error);
		error_say(&error);
	} else {
		error_say(&error);
		fputs("Try `slubcheck --help'.\n", stderr);
	}
	options_free(&options);
	return status;
}
