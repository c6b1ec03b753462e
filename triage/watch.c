/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "checker/check.h"
#include "triage/dump_date.h"
#include "triage/file_target.h"
#include "triage/metrics.h"
#include "triage/result.h"

extern char **environ;

/* A watch over the days. */
struct watch {
	const struct options *o;
	struct target *target;
	bool (*cancelled)(void);
	FILE *out, *log;
	json_t *known; /* findings that were reported and still stand, by what makes them the same one */
	uint64_t passes;
	bool corrupt; /* something was */
	struct error *error;
};

/* What one pass printed, as records. */
struct pass {
	json_t *summary, *caches, *fresh;
	json_t *seen; /* keys of its findings */
	json_t *gone; /* findings that stood before it */
	double seconds, cpu_seconds;
};

static double seconds_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The same word at the same place is the same finding, whenever it is seen. */
static char *finding_key(const json_t *record)
{
	static const char *const keys[] = { "id",   "cache_address", "cpu",   "node", "slab",
					    "slot", "raw",	     "sheaf", "entry" };
	json_t *part = json_object();
	char *text;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		json_t *value = json_object_get(record, keys[i]);

		if (value)
			json_object_set(part, keys[i], value);
	}
	text = json_dumps(part, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(part);
	return text;
}

static void finding_take(struct watch *w, struct pass *p, json_t *record)
{
	const char *severity = json_string_value(json_object_get(record, "severity"));
	char *key;

	if (!severity || strcmp(severity, "corrupt"))
		return;
	key = finding_key(record);
	if (key)
		json_object_set_new(p->seen, key, json_true());
	if (key && !json_object_get(w->known, key)) {
		json_object_set(w->known, key, record);
		json_array_append(p->fresh, record);
	}
	free(key);
}

/* What was reported and is not there now: the kernel repaired it, or freed its page. When it comes back
 * it is new. */
static void gone_take(struct watch *w, struct pass *p)
{
	const char *key;
	json_t *record;
	void *next;

	json_object_foreach_safe(w->known, next, key, record)
	{
		if (json_object_get(p->seen, key))
			continue;
		json_array_append_new(p->gone, json_copy(record));
		json_object_del(w->known, key);
	}
}

/* Whose records are taken. */
struct taker {
	struct watch *w;
	struct pass *p;
};

static void record_take(void *ctx, json_t *record)
{
	const struct taker *t = ctx;
	const char *type = json_string_value(json_object_get(record, "type"));

	if (!type)
		return;
	if (!strcmp(type, "finding"))
		finding_take(t->w, t->p, record);
	else if (!strcmp(type, "cache"))
		json_array_append(t->p->caches, record);
	else if (!strcmp(type, "summary") && !t->p->summary)
		t->p->summary = json_incref(record);
}

/* One pass, whose records are kept. */
static bool pass_make(struct watch *w, struct pass *p)
{
	struct check_options check = w->o->check;
	double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), since = seconds_of(CLOCK_MONOTONIC);
	struct arena arena;
	size_t length = 0;
	char *text = NULL;

	check.format = CHECK_JSON;
	check.all_caches = w->o->textfile != NULL;
	check.names = w->o->caches;
	check.nr_names = w->o->nr_caches;
	check.threads = 1;
	check.out = open_memstream(&text, &length);
	if (!check.out)
		return error_no_memory(w->error);
	arena_init(&arena, CHECK_ARENA_LIMIT);
	check_run(w->target, &arena, &check);
	arena_free(&arena);
	if (!fclose(check.out))
		records_each(text, length, record_take, &(struct taker){ w, p });
	free(text);
	p->cpu_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	p->seconds = seconds_of(CLOCK_MONOTONIC) - since;
	if (p->summary && !w->cancelled())
		gone_take(w, p);
	return p->summary || error_set(w->error, "a pass gave no result");
}

static void record_stamp(json_t *record)
{
	char when[DUMP_DATE_MAX];

	date_text(time(NULL), when);
	json_object_set_new(record, "time", json_string(when));
}

static bool record_log(struct watch *w, json_t *record)
{
	record_stamp(record);
	if (!w->log)
		return true;
	if (json_line_write(record, w->log) && !fflush(w->log))
		return true;
	return error_errno(w->error, w->o->json_log, errno);
}

static bool pass_log(struct watch *w, struct pass *p)
{
	for (size_t i = 0; i < json_array_size(p->fresh); i++)
		if (!record_log(w, json_array_get(p->fresh, i)))
			return false;
	for (size_t i = 0; i < json_array_size(p->gone); i++) {
		json_t *record = json_array_get(p->gone, i);

		json_object_set_new(record, "type", json_string("gone"));
		if (!record_log(w, record))
			return false;
	}
	json_object_set_new(p->summary, "type", json_string("pass"));
	json_object_set_new(p->summary, "pass", json_integer((json_int_t)w->passes));
	json_object_set_new(p->summary, "cpu_seconds", json_real(p->cpu_seconds));
	return record_log(w, p->summary);
}

static void findings_say(const struct watch *w, const char *what, const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *f = json_array_get(findings, i);

		fprintf(w->out, "%s: %s%s in %s: %s\n", json_string_or(f, "time", ""), what,
			json_string_or(f, "id", ""), json_string_or(f, "cache", "no cache"),
			json_string_or(f, "message", ""));
	}
}

static void pass_say(struct watch *w, const struct pass *p)
{
	const json_t *s = p->summary;

	findings_say(w, "", p->fresh);
	findings_say(w, "not seen any more: ", p->gone);
	fprintf(w->out,
		"%s: %s, %lld of %lld objects verified, %lld retries, %.2f s, %.2f s of CPU\n",
		json_string_or(s, "time", ""), json_string_or(s, "verdict", "unknown"),
		(long long)json_integer_value(json_object_get(s, "objects_verified")),
		(long long)json_integer_value(json_object_get(s, "objects")),
		(long long)json_integer_value(json_object_get(s, "retries")), p->seconds,
		p->cpu_seconds);
	fflush(w->out);
}

/* The command has the first new finding in its environment. */
static void command_run(const struct watch *w, const struct pass *p)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)w->o->on_corrupt, NULL };
	char *text = json_dumps(json_array_get(p->fresh, 0), JSON_COMPACT);
	int status;
	pid_t pid;

	if (text)
		setenv("SLUBCHECK_FINDING", text, 1);
	free(text);
	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ)) {
		fprintf(stderr, "slubcheck: --on-corrupt: %s\n", strerror(errno));
		return;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

static bool pass_tell(struct watch *w, struct pass *p)
{
	struct metrics m = { .caches = p->caches,
			     .passes = w->passes,
			     .seconds = p->seconds,
			     .cpu_seconds = p->cpu_seconds,
			     .time = seconds_of(CLOCK_REALTIME) };

	if (!pass_log(w, p))
		return false;
	m.summary = p->summary;
	if (w->o->textfile && !metrics_write(&m, w->o->textfile, w->error))
		return false;
	pass_say(w, p);
	if (json_array_size(p->fresh)) {
		w->corrupt = true;
		if (w->o->on_corrupt)
			command_run(w, p);
	}
	return true;
}

/* False: the watch is over. */
static bool pass_whole(struct watch *w)
{
	struct pass p = { .caches = json_array(),
			  .fresh = json_array(),
			  .seen = json_object(),
			  .gone = json_array() };
	bool good = p.caches && p.fresh && p.seen && p.gone ? pass_make(w, &p)
							    : error_no_memory(w->error);

	w->passes++;
	/* A pass that was interrupted says nothing of the kernel. */
	good = good && !w->cancelled() && pass_tell(w, &p);
	json_decref(p.summary);
	json_decref(p.caches);
	json_decref(p.fresh);
	json_decref(p.seen);
	json_decref(p.gone);
	return good && !(w->corrupt && !w->o->on_corrupt) &&
	       (!w->o->count || w->passes < w->o->count);
}

/* False: the user wants to stop, or the kernel cannot be read any more. */
static bool sleep_until(struct watch *w, double when)
{
	while (!w->cancelled()) {
		double left = when - seconds_of(CLOCK_MONOTONIC);
		struct timespec t;

		if (left <= 0)
			return w->target->ops->again(w->target, 0);
		t.tv_sec = (time_t)left;
		t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
		nanosleep(&t, NULL);
	}
	return false;
}

static enum program_status watch_run(struct watch *w)
{
	double next = seconds_of(CLOCK_MONOTONIC);

	if (!w->target->runs) {
		error_set(w->error,
			  "it is not the memory of a kernel that runs: --every needs that");
		return STATUS_UNKNOWN;
	}
	while (pass_whole(w)) {
		double now = seconds_of(CLOCK_MONOTONIC);

		/* What was missed while the machine slept is not made up for. */
		next = next + w->o->every > now ? next + w->o->every : now;
		if (!sleep_until(w, next))
			break;
	}
	if (w->error->text[0])
		return STATUS_UNKNOWN;
	return w->corrupt ? STATUS_CORRUPT : STATUS_CLEAN;
}

static bool log_open(struct watch *w)
{
	if (!w->o->json_log)
		return true;
	w->log = fopen(w->o->json_log, "ae");
	return w->log || error_errno(w->error, w->o->json_log, errno);
}

enum program_status watch_kernel(const struct options *o, struct target *target,
				 bool (*cancelled)(void), FILE *out, struct error *error)
{
	struct watch w = { .o = o,
			   .target = target,
			   .cancelled = cancelled,
			   .out = out,
			   .known = json_object(),
			   .error = error };
	enum program_status status = STATUS_UNKNOWN;

	if (!w.known)
		error_no_memory(error);
	else if (log_open(&w))
		status = watch_run(&w);
	if (w.log)
		fclose(w.log);
	json_decref(w.known);
	return status;
}

enum program_status triage_watch(const struct options *o, const struct triage_dump *dump, FILE *out)
{
	struct file_target *ft = calloc(1, sizeof(*ft));
	enum program_status status = STATUS_UNKNOWN;
	struct error error = { 0 };

	if (!ft) {
		error_no_memory(&error);
	} else if (!file_target_open(ft, dump->paths, dump->nr_paths, &o->kernel, &error)) {
		error_context(&error, "%s", dump->paths[0]);
	} else {
		ft->cancelled = dump->cancelled;
		ft->kcore.rate = o->max_rate;
		kcore_yield(o->nice);
		status = watch_kernel(o, &ft->target, dump->cancelled, out, &error);
		file_target_close(ft);
	}
	free(ft);
	error_say(&error);
	return status;
}
