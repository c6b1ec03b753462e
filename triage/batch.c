/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checker/image/clock.h"
#include "triage/names.h"
#include "triage/result.h"
#include "triage/run.h"

/* What a run may say; JSON of 500 findings for each of 500 caches is far below. */
#define OUTPUT_MAX (256u << 20)

/* Paths in the order in which they were found. */
struct paths {
	char **list;
	size_t nr, room;
};

struct job {
	pid_t pid; /* 0: free */
	int fd; /* from which it is heard; -1: it has closed it */
	const char *file;
	char *text;
	size_t length, room;
	bool timed_out;
	struct timespec started;
};

struct run {
	const struct batch *batch;
	struct paths paths;
	size_t next; /* in paths */
	struct names done; /* files that the results have */
	struct paths done_texts;
	FILE *to;
	struct job *jobs;
	unsigned int running;
	bool failed; /* a run could not be started: those that run may end */
	bool lost; /* a result could not be written: so would be all others */
	struct error *error;
	enum program_status worst;
	size_t nr[STATUS_USAGE];
};

static bool path_add(struct paths *paths, const char *path, struct error *error)
{
	if (paths->nr == paths->room) {
		size_t room = paths->room ? 2 * paths->room : 64;
		char **more = realloc(paths->list, room * sizeof(*more));

		if (!more)
			return error_no_memory(error);
		paths->list = more;
		paths->room = room;
	}
	paths->list[paths->nr] = strdup(path);
	if (!paths->list[paths->nr])
		return error_no_memory(error);
	paths->nr++;
	return true;
}

static void paths_free(struct paths *paths)
{
	for (size_t i = 0; i < paths->nr; i++)
		free(paths->list[i]);
	free(paths->list);
}

/* As kdump-tools, kexec-tools, virsh and QEMU's users name them. */
static bool is_dump_name(const char *name)
{
	static const char *const starts[] = { "vmcore", "dump.", "core.", "vmdump" };
	static const char *const ends[] = { ".vmcore", ".kdump", ".elf", ".dump" };
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return !strstr(name, "dmesg") && !strstr(name, ".txt") &&
			       !strstr(name, ".json");
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (length > strlen(ends[i]) && !strcmp(name + length - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static int entries_order(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool directory_read(struct paths *paths, const char *directory, struct error *error)
{
	char *const roots[] = { (char *)directory, NULL };
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, entries_order);
	FTSENT *entry;
	bool good = true;

	if (!tree)
		return error_errno(error, directory, errno);
	while (good && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_F && is_dump_name(entry->fts_name))
			good = path_add(paths, entry->fts_path, error);
	fts_close(tree);
	return good;
}

static bool list_read(struct paths *paths, const char *name, struct error *error)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	size_t room = 0;
	char *line = NULL;
	bool good = true;

	if (!file)
		return error_errno(error, name, errno);
	while (good && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			good = path_add(paths, line, error);
	}
	if (good && ferror(file))
		good = error_errno(error, name, errno);
	free(line);
	if (file != stdin)
		fclose(file);
	return good;
}

static bool paths_read(struct run *run)
{
	const char *from = run->batch->from;
	struct stat st;

	if (strcmp(from, "-") && stat(from, &st))
		return error_errno(run->error, from, errno);
	if (strcmp(from, "-") && S_ISDIR(st.st_mode)) {
		if (!directory_read(&run->paths, from, run->error))
			return false;
	} else if (!list_read(&run->paths, from, run->error)) {
		return false;
	}
	return run->paths.nr || error_set(run->error, "%s: no dumps in it", from);
}

static void status_count(struct run *run, enum program_status status)
{
	run->nr[status]++;
	run->worst = status_worse(run->worst, status);
}

/* The severities that a batch gives to findings, as its results have them; "": none. */
static const char *severities_of(const struct batch *batch, char text[SEVERITIES_TEXT_MAX])
{
	return severities_text(&batch->o->severities, text);
}

/* Results of one file are comparable: all were judged by the same severities. */
static bool severities_compare(struct run *run, const json_t *result)
{
	char now[SEVERITIES_TEXT_MAX];
	const char *then = json_string_or(result, "severities", "");

	if (!strcmp(severities_of(run->batch, now), then))
		return true;
	return error_set(run->error,
			 "%s has results with other severities (%s, now %s): use another file",
			 run->batch->to, *then ? then : "the default", *now ? now : "the default");
}

/* Counts a result of a former run. */
static bool result_take(struct run *run, const json_t *result)
{
	const char *file = json_string_or(result, "file", NULL);

	if (!file)
		return true;
	if (!severities_compare(run, result))
		return false;
	if (!path_add(&run->done_texts, file, run->error))
		return false;
	if (!names_add(&run->done, run->done_texts.list[run->done_texts.nr - 1], 1))
		return error_no_memory(run->error);
	status_count(run, result_status(result));
	return true;
}

/* A line that breaks off is what was being written when the last run died: it is cut away. */
static bool results_read(struct run *run)
{
	bool more = true;
	size_t room = 0;
	char *line = NULL;
	long good = 0;
	ssize_t length;

	while (more && (length = getline(&line, &room, run->to)) > 0 && line[length - 1] == '\n') {
		json_t *result = json_loadb(line, (size_t)length, 0, NULL);

		good += length;
		more = result_take(run, result);
		json_decref(result);
	}
	free(line);
	if (!more)
		return false;
	/* What cannot be read is not to be cut away. */
	if (ferror(run->to) || fseek(run->to, 0, SEEK_END) || ftruncate(fileno(run->to), good) ||
	    fseek(run->to, 0, SEEK_END))
		return error_errno(run->error, run->batch->to, errno);
	return true;
}

/* Results of former runs are in a regular file. What else it may be, a pipe or a device, is written to. */
static bool results_begin(struct run *run, int fd)
{
	const char *name = run->batch->to;
	struct stat st;

	if (fstat(fd, &st))
		return error_errno(run->error, name, errno);
	/* Two batches into one file would do everything twice. */
	if (S_ISREG(st.st_mode) && flock(fd, LOCK_EX | LOCK_NB))
		return error_set(run->error, "%s: another batch is writing to it", name);
	run->to = fdopen(fd, S_ISREG(st.st_mode) ? "r+" : "w");
	if (!run->to)
		return error_errno(run->error, name, errno);
	return !S_ISREG(st.st_mode) || results_read(run);
}

static bool results_open(struct run *run)
{
	const char *name = run->batch->to;
	int fd;

	if (!name) {
		run->to = run->batch->out;
		return true;
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(run->error, name, errno);
	if (results_begin(run, fd))
		return true;
	if (!run->to)
		close(fd);
	return false;
}

/* Nothing more is to be done: the user said so, or it would be lost. */
static bool is_over(const struct run *run)
{
	return run->lost || run->batch->cancelled();
}

/* The child: what it says goes into the pipe, what it complains about is in there too. */
static void child_run(const struct run *run, const char *file, int fd)
{
	struct rlimit memory = { run->batch->memory_limit, run->batch->memory_limit };
	struct rlimit none = { 0, 0 };
	struct options o = *run->batch->o;
	struct triage_dump dump = { .paths = &file, .nr_paths = 1 };
	FILE *out = fdopen(fd, "w");
	int null = open("/dev/null", O_WRONLY);

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_AS, &memory);
	o.check.format = CHECK_JSON;
	/* Each of the results has a line for people anyway. */
	o.summary = o.color = o.progress = false;
	_exit(out ? (int)triage_dump(&o, &dump, out) : STATUS_UNKNOWN);
}

static bool job_start(struct run *run, struct job *job, const char *file)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return error_errno(run->error, file, errno);
	fflush(run->to);
	fflush(run->batch->out);
	*job = (struct job){ .file = file, .fd = ends[0], .started = clock_now() };
	job->pid = fork();
	if (!job->pid)
		child_run(run, file, ends[1]);
	close(ends[1]);
	if (job->pid < 0) {
		job->pid = 0;
		close(ends[0]);
		return error_errno(run->error, file, errno);
	}
	run->running++;
	return true;
}

/* False when not all of it arrived: a disk that is full, a pipe that nobody reads. */
static bool result_write(struct run *run, const struct run_output *output)
{
	char severities[SEVERITIES_TEXT_MAX];
	json_t *result = result_make(output);
	bool good;

	if (!result)
		return error_no_memory(run->error);
	/* A run that died has said nothing of them. */
	if (*severities_of(run->batch, severities))
		json_object_set_new(result, "severities", json_string(severities));
	errno = 0;
	good = !json_dumpf(result, run->to, JSON_COMPACT | JSON_ENSURE_ASCII) &&
	       fputc('\n', run->to) != EOF && !fflush(run->to);
	if (good)
		status_count(run, result_status(result));
	/* Of @out its owner knows the reason. */
	else if (run->batch->to)
		error_errno(run->error, run->batch->to, errno);
	if (good && run->batch->to)
		result_line(result, run->batch->out);
	json_decref(result);
	return good;
}

static void job_end(struct run *run, struct job *job)
{
	struct run_output output = { .file = job->file, .text = job->text, .length = job->length };
	struct rusage usage;
	int status;

	while (wait4(job->pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	output.seconds = clock_seconds_since(&job->started);
	output.max_rss = (unsigned long long)usage.ru_maxrss * 1024;
	output.end = job->timed_out ? RUN_TIMED_OUT : WIFSIGNALED(status) ? RUN_KILLED : RUN_EXITED;
	output.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	/* What was interrupted is to be done again. */
	if (!is_over(run) && !result_write(run, &output))
		run->lost = true;
	free(job->text);
	close(job->fd);
	job->pid = 0;
	run->running--;
}

/* Returns false at the end of what it says. */
static bool job_hear(struct job *job)
{
	ssize_t got;

	if (job->length == job->room) {
		size_t room = job->room ? 2 * job->room : 65536;
		char *more = room <= OUTPUT_MAX ? realloc(job->text, room) : NULL;

		if (!more) {
			kill(job->pid, SIGKILL);
			return false;
		}
		job->text = more;
		job->room = room;
	}
	got = read(job->fd, job->text + job->length, job->room - job->length);
	if (got < 0)
		return errno == EINTR;
	job->length += (size_t)got;
	return got != 0;
}

static void overdue_kill(struct run *run)
{
	for (unsigned int i = 0; i < run->batch->jobs; i++) {
		struct job *job = &run->jobs[i];

		if (!job->pid)
			continue;
		if (is_over(run))
			kill(job->pid, SIGKILL);
		else if (!job->timed_out &&
			 clock_seconds_since(&job->started) > run->batch->time_limit) {
			job->timed_out = true;
			kill(job->pid, SIGKILL);
		}
	}
}

static void jobs_hear(struct run *run)
{
	struct pollfd heard[BATCH_JOBS_MAX];

	for (unsigned int i = 0; i < run->batch->jobs; i++)
		heard[i] = (struct pollfd){ .fd = run->jobs[i].pid ? run->jobs[i].fd : -1,
					    .events = POLLIN };
	if (poll(heard, run->batch->jobs, 200) > 0)
		for (unsigned int i = 0; i < run->batch->jobs; i++)
			if (heard[i].fd >= 0 && heard[i].revents && !job_hear(&run->jobs[i]))
				job_end(run, &run->jobs[i]);
	overdue_kill(run);
}

/* The next dump that has no result yet; NULL: that was all. */
static const char *path_next(struct run *run)
{
	uint64_t unused;

	while (run->next < run->paths.nr) {
		const char *path = run->paths.list[run->next++];

		if (!names_find(&run->done, path, &unused))
			return path;
	}
	return NULL;
}

/* Returns false when there is nothing left to start. */
static bool jobs_start(struct run *run)
{
	for (unsigned int i = 0; i < run->batch->jobs; i++) {
		const char *path;

		if (run->jobs[i].pid)
			continue;
		path = is_over(run) ? NULL : path_next(run);
		if (!path)
			return false;
		if (!job_start(run, &run->jobs[i], path)) {
			run->failed = true;
			return false;
		}
	}
	return true;
}

static bool dumps_run(struct run *run)
{
	bool more = true;

	while (more || run->running) {
		if (more)
			more = jobs_start(run);
		if (run->running)
			jobs_hear(run);
	}
	return run->next == run->paths.nr && !run->failed && !is_over(run);
}

static void totals_say(const struct run *run)
{
	fprintf(run->batch->to ? run->batch->out : stderr,
		"%zu dumps: %zu clean, %zu corrupt, %zu unknown\n",
		run->nr[STATUS_CLEAN] + run->nr[STATUS_CORRUPT] + run->nr[STATUS_UNKNOWN],
		run->nr[STATUS_CLEAN], run->nr[STATUS_CORRUPT], run->nr[STATUS_UNKNOWN]);
}

static void run_free(struct run *run)
{
	if (run->to && run->to != run->batch->out)
		fclose(run->to);
	names_free(&run->done);
	paths_free(&run->done_texts);
	paths_free(&run->paths);
	free(run->jobs);
}

static enum program_status run_whole(struct run *run)
{
	bool all;

	run->jobs = calloc(run->batch->jobs, sizeof(*run->jobs));
	if (!run->jobs) {
		error_no_memory(run->error);
		return STATUS_UNKNOWN;
	}
	if (!paths_read(run) || !results_open(run))
		return STATUS_UNKNOWN;
	all = dumps_run(run);
	totals_say(run);
	if (run->lost)
		return STATUS_UNKNOWN;
	return all ? run->worst : status_worse(run->worst, STATUS_UNKNOWN);
}

enum program_status batch_run(const struct batch *batch, struct error *error)
{
	struct run run = { .batch = batch, .error = error };
	enum program_status status;

	*error = (struct error){ 0 };
	status = run_whole(&run);
	run_free(&run);
	return status;
}
