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
#include "triage/batch_read.h"
#include "triage/lines.h"
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
	struct seen done; /* status of the files that the results have, and whether to try again */
	char *asked; /* for what this batch asks each dump */
	FILE *to;
	struct job *jobs;
	unsigned int running;
	bool failed; /* a run could not be started: those that run may end */
	bool lost; /* a result could not be written: so would be all others */
	struct error *error;
	size_t nr[STATUS_USAGE];
};

static bool path_add(struct paths *paths, const char *path, size_t length, struct error *error)
{
	if (paths->nr == paths->room) {
		size_t room = paths->room ? 2 * paths->room : 64;
		char **more = realloc(paths->list, room * sizeof(*more));

		if (!more)
			return error_no_memory(error);
		paths->list = more;
		paths->room = room;
	}
	paths->list[paths->nr] = strndup(path, length);
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

/* False when the user has enough. */
static bool interrupt_heed(const struct run *run)
{
	return !run->batch->cancelled() ||
	       error_set(run->error, "interrupted: no dump was checked");
}

static bool directory_read(struct run *run, const char *directory)
{
	struct error *error = run->error;
	char *const roots[] = { (char *)directory, NULL };
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, entries_order);
	FTSENT *entry;
	bool good = true;

	if (!tree)
		return error_errno(error, directory, errno);
	while (good && (entry = fts_read(tree))) {
		good = interrupt_heed(run);
		if (good && entry->fts_info == FTS_F && is_dump_name(entry->fts_name))
			good = path_add(&run->paths, entry->fts_path, strlen(entry->fts_path),
					error);
	}
	fts_close(tree);
	return good;
}

static bool lines_take(struct run *run, int fd, const char *name)
{
	enum lines_end end;
	struct lines lines;
	const char *line;
	size_t length;
	bool good = true;

	lines_begin(&lines, fd, run->batch->cancelled);
	while (good && ((end = lines_next(&lines, &line, &length, run->error)) == LINES_GOT ||
			end == LINES_BROKEN_OFF))
		if (length && *line != '#')
			good = path_add(&run->paths, line, length, run->error);
	lines_free(&lines);
	if (good && end == LINES_FAILED)
		return error_context(run->error, "%s", name);
	return good && interrupt_heed(run);
}

static bool list_read(struct run *run, const char *name)
{
	bool input = !strcmp(name, "-"), good;
	int fd = input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(run->error, name, errno);
	good = lines_take(run, fd, name);
	if (!input)
		close(fd);
	return good;
}

static bool paths_read(struct run *run)
{
	const char *from = run->batch->from;
	struct stat st = { 0 };

	if (strcmp(from, "-") && stat(from, &st))
		return error_errno(run->error, from, errno);
	if (strcmp(from, "-") && S_ISDIR(st.st_mode)) {
		if (!directory_read(run, from))
			return false;
	} else if (!list_read(run, from)) {
		return false;
	}
	return run->paths.nr || error_set(run->error, "%s: no dumps in it", from);
}

/* Results of former runs, and where the next ones go. A line that breaks off is what was being written
 * when the last run died: it is cut away. */
static bool results_read(struct run *run, int fd)
{
	struct batch_read read = { .batch = run->batch, .asked = run->asked, .seen = &run->done };
	bool good = batch_read_results(&read, fd, run->error);

	memcpy(run->nr, read.nr, sizeof(run->nr));
	if (!good)
		return error_context(run->error, "%s", run->batch->to);
	if (ftruncate(fd, (off_t)read.good_bytes) || lseek(fd, 0, SEEK_END) < 0)
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
	if (S_ISREG(st.st_mode) && !results_read(run, fd))
		return false;
	run->to = fdopen(fd, S_ISREG(st.st_mode) ? "r+" : "w");
	return run->to || error_errno(run->error, name, errno);
}

static bool results_open(struct run *run)
{
	const char *name = run->batch->to;
	struct stat st;
	bool regular;
	int fd;

	if (!name) {
		run->to = run->batch->out;
		return true;
	}
	/* A pipe that we read ourselves would never be without a reader, and a write would wait for ever. */
	regular = stat(name, &st) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
	fd = open(name, (regular ? O_RDWR | O_CREAT : O_WRONLY) | O_CLOEXEC, 0666);
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

/* In place of the result that the dump had before it was tried again. */
static bool status_count(struct run *run, const char *file, enum program_status status)
{
	uint32_t *known = seen_find(&run->done, file, 0);

	if (known) {
		run->nr[*known & BATCH_STATUS_MASK]--;
		*known = status;
	} else if (!seen_add(&run->done, file, 0, status)) {
		return error_no_memory(run->error);
	}
	run->nr[status]++;
	return true;
}

/* What was asked, and how it is judged: a run that died has said nothing of either. */
static void asked_add(const struct run *run, json_t *result)
{
	char text[SEVERITIES_TEXT_MAX];
	const char *severities = severities_text(&run->batch->o->severities, text);
	json_t *asked = json_string(run->asked);

	if (*severities)
		json_object_set_new(result, "severities", json_string(severities));
	/* A path that is not UTF-8 has to stand for itself somehow. */
	json_object_set_new(result, "asked", asked ? asked : json_string("?"));
}

/* False when not all of it arrived: a disk that is full, a pipe that nobody reads. */
static bool result_write(struct run *run, const struct run_output *output)
{
	json_t *result = result_make(output);
	bool good;

	if (!result)
		return error_no_memory(run->error);
	asked_add(run, result);
	errno = 0;
	good = json_line_write(result, run->to) && !fflush(run->to);
	if (good)
		good = status_count(run, output->file, result_status(result));
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

/* The next dump that has no result yet, or one that is to be replaced; NULL: that was all. */
static const char *path_next(struct run *run)
{
	while (run->next < run->paths.nr) {
		const char *path = run->paths.list[run->next++];
		const uint32_t *known = seen_find(&run->done, path, 0);

		if (!known || *known & BATCH_RETRY)
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
	size_t nr = run->nr[STATUS_CLEAN] + run->nr[STATUS_CORRUPT] + run->nr[STATUS_UNKNOWN];

	fprintf(run->batch->to ? run->batch->out : stderr,
		"%zu dump%s: %zu clean, %zu corrupt, %zu unknown\n", nr, nr == 1 ? "" : "s",
		run->nr[STATUS_CLEAN], run->nr[STATUS_CORRUPT], run->nr[STATUS_UNKNOWN]);
}

static void run_free(struct run *run)
{
	if (run->to && run->to != run->batch->out)
		fclose(run->to);
	seen_free(&run->done);
	free(run->asked);
	paths_free(&run->paths);
	free(run->jobs);
}

/* The worst of all dumps. */
static enum program_status worst_of(const struct run *run)
{
	if (run->nr[STATUS_CORRUPT])
		return STATUS_CORRUPT;
	return run->nr[STATUS_UNKNOWN] ? STATUS_UNKNOWN : STATUS_CLEAN;
}

static enum program_status run_whole(struct run *run)
{
	bool all;

	run->jobs = calloc(run->batch->jobs, sizeof(*run->jobs));
	run->asked = batch_asked(run->batch);
	if (!run->jobs || !run->asked) {
		error_no_memory(run->error);
		return STATUS_UNKNOWN;
	}
	if (!paths_read(run) || !results_open(run))
		return STATUS_UNKNOWN;
	all = dumps_run(run);
	totals_say(run);
	if (run->lost)
		return STATUS_UNKNOWN;
	return all ? worst_of(run) : status_worse(worst_of(run), STATUS_UNKNOWN);
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
