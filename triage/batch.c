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
#define JOBS_MAX 256

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
	enum program_status worst;
	size_t nr[STATUS_USAGE];
};

static bool complain(const char *what, const char *why)
{
	fprintf(stderr, "slubcheck: %s: %s\n", what, why);
	return false;
}

static bool path_add(struct paths *paths, const char *path)
{
	if (paths->nr == paths->room) {
		size_t room = paths->room ? 2 * paths->room : 64;
		char **more = realloc(paths->list, room * sizeof(*more));

		if (!more)
			return complain(path, "out of memory");
		paths->list = more;
		paths->room = room;
	}
	paths->list[paths->nr] = strdup(path);
	return paths->list[paths->nr++] || complain(path, "out of memory");
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

static bool directory_read(struct paths *paths, const char *directory)
{
	char *const roots[] = { (char *)directory, NULL };
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, entries_order);
	FTSENT *entry;
	bool good = true;

	if (!tree)
		return complain(directory, strerror(errno));
	while (good && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_F && is_dump_name(entry->fts_name))
			good = path_add(paths, entry->fts_path);
	fts_close(tree);
	return good;
}

static bool list_read(struct paths *paths, const char *name)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	size_t room = 0;
	char *line = NULL;
	bool good = true;

	if (!file)
		return complain(name, strerror(errno));
	while (good && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			good = path_add(paths, line);
	}
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
		return complain(from, strerror(errno));
	if (strcmp(from, "-") && S_ISDIR(st.st_mode)) {
		if (!directory_read(&run->paths, from))
			return false;
	} else if (!list_read(&run->paths, from)) {
		return false;
	}
	return run->paths.nr || complain(from, "no dumps in it");
}

static void status_count(struct run *run, enum program_status status)
{
	run->nr[status]++;
	run->worst = status_worse(run->worst, status);
}

/* A line that breaks off is what was being written when the last run died: it is cut away. */
static bool results_read(struct run *run)
{
	size_t room = 0;
	char *line = NULL;
	long good = 0;
	ssize_t length;

	rewind(run->to);
	while ((length = getline(&line, &room, run->to)) > 0 && line[length - 1] == '\n') {
		json_t *result = json_loadb(line, (size_t)length, 0, NULL);
		const char *file = json_string_or(result, "file", NULL);

		good += length;
		if (file && path_add(&run->done_texts, file)) {
			names_add(&run->done, run->done_texts.list[run->done_texts.nr - 1], 1);
			status_count(run, result_status(result));
		}
		json_decref(result);
	}
	free(line);
	fflush(run->to);
	return !ftruncate(fileno(run->to), good) && !fseek(run->to, 0, SEEK_END);
}

static bool results_open(struct run *run)
{
	const char *name = run->batch->to;
	int fd;

	if (!name) {
		run->to = stdout;
		return true;
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return complain(name, strerror(errno));
	/* Two batches into one file would do everything twice. */
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return complain(name, "another batch is writing to it");
	}
	run->to = fdopen(fd, "r+");
	return run->to && (results_read(run) || complain(name, strerror(errno)));
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
	o.color = o.progress = false;
	_exit(out ? (int)triage_dump(&o, &dump, out) : STATUS_UNKNOWN);
}

static bool job_start(struct run *run, struct job *job, const char *file)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return complain(file, strerror(errno));
	fflush(run->to);
	*job = (struct job){ .file = file, .fd = ends[0], .started = clock_now() };
	job->pid = fork();
	if (!job->pid)
		child_run(run, file, ends[1]);
	close(ends[1]);
	if (job->pid < 0) {
		job->pid = 0;
		close(ends[0]);
		return complain(file, strerror(errno));
	}
	run->running++;
	return true;
}

static void result_write(struct run *run, const struct run_output *output)
{
	json_t *result = result_make(output);

	if (!result)
		return;
	json_dumpf(result, run->to, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', run->to);
	fflush(run->to);
	status_count(run, result_status(result));
	if (run->batch->to)
		result_line(result, stdout);
	json_decref(result);
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
	if (!run->batch->cancelled())
		result_write(run, &output);
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
		if (run->batch->cancelled())
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
	struct pollfd heard[JOBS_MAX];

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

static bool dumps_run(struct run *run)
{
	bool more = true;

	while (more || run->running) {
		for (unsigned int i = 0; more && i < run->batch->jobs; i++) {
			const char *path;

			if (run->jobs[i].pid)
				continue;
			path = run->batch->cancelled() ? NULL : path_next(run);
			if (!path || !job_start(run, &run->jobs[i], path))
				more = false;
		}
		if (run->running)
			jobs_hear(run);
	}
	return run->next == run->paths.nr && !run->batch->cancelled();
}

static void totals_say(const struct run *run)
{
	fprintf(run->batch->to ? stdout : stderr,
		"%zu dumps: %zu clean, %zu corrupt, %zu unknown\n",
		run->nr[STATUS_CLEAN] + run->nr[STATUS_CORRUPT] + run->nr[STATUS_UNKNOWN],
		run->nr[STATUS_CLEAN], run->nr[STATUS_CORRUPT], run->nr[STATUS_UNKNOWN]);
}

static void run_free(struct run *run)
{
	if (run->to && run->to != stdout)
		fclose(run->to);
	names_free(&run->done);
	paths_free(&run->done_texts);
	paths_free(&run->paths);
	free(run->jobs);
}

enum program_status batch_run(const struct batch *batch)
{
	struct run run = { .batch = batch };
	enum program_status status = STATUS_UNKNOWN;

	run.jobs = calloc(batch->jobs, sizeof(*run.jobs));
	if (run.jobs && paths_read(&run) && results_open(&run)) {
		bool all = dumps_run(&run);

		totals_say(&run);
		status = all ? run.worst : status_worse(run.worst, STATUS_UNKNOWN);
	}
	run_free(&run);
	return status;
}
