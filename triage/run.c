/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/run.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "checker/image/arena.h"
#include "checker/check.h"
#include "checker/report/json_writer.h"
#include "model/next_report.h"
#include "model/selftest.h"
#include "triage/expect.h"
#include "triage/file_target.h"
#include "triage/page.h"
#include "triage/result.h"
#include "triage/terminal.h"

/* A thread more costs a millisecond or two, which this much of a machine's memory makes up for. */
#define BYTES_A_THREAD (UINT64_C(512) << 20)

struct run {
	const struct options *o;
	const struct triage_dump *dump;
	struct file_target target;
	struct arena arena;
	struct terminal terminal;
	struct check_options check;
	struct page_file page; /* of --html */
};

static enum program_status status_of(enum check_verdict verdict)
{
	switch (verdict) {
	case VERDICT_CLEAN:
		return STATUS_CLEAN;
	case VERDICT_CORRUPT:
		return STATUS_CORRUPT;
	case VERDICT_UNKNOWN:
		break;
	}
	return STATUS_UNKNOWN;
}

struct module_list {
	struct json *json;
	bool open;
};

static void module_record(void *ctx, const char *name)
{
	struct module_list *list = ctx;

	if (!list->open)
		json_list_open(list->json, "modules");
	list->open = true;
	json_item(list->json, name);
}

/* When it crashed, and with which modules: what groups of dumps may have in common. */
static void circumstances_record(struct run *run, struct json *json)
{
	const struct dump_date *date = dump_date(run->target.dump);
	struct module_list list = { .json = json };

	if (*date->text) {
		json_text(json, "date", date->text);
		json_text(json, "date_of", date->of);
	}
	if (!modules_each(run->target.modules, &run->target.target, module_record, &list))
		return;
	if (!list.open)
		json_list_open(json, "modules");
	json_list_close(json);
}

/* The first record of a run says what made it. */
static void dump_begin(const struct run *run, struct json *json)
{
	json_begin(json, run->terminal.stream);
	json_text(json, "type", "dump");
	json_text(json, "version", SLUBCHECK_VERSION);
	json_uint(json, "schema", JSON_SCHEMA_VERSION);
	json_text(json, "file", run->dump->paths[0]);
}

/* Of what the next records are. */
static void dump_record(struct run *run)
{
	const char *remark = dump_remark(run->target.dump);
	struct json json;

	dump_begin(run, &json);
	json_text(&json, "format", dump_format(run->target.dump));
	json_text(&json, "release", kernel_info_release(run->target.info));
	if (*kernel_info_build_id(run->target.info))
		json_text(&json, "build_id", kernel_info_build_id(run->target.info));
	json_text(&json, "source", kernel_info_source(run->target.info));
	if (*remark)
		json_text(&json, "remark", remark);
	if (run->target.target.live)
		json_bool(&json, "live", true);
	circumstances_record(run, &json);
	json_end(&json);
}

static void dump_say(struct run *run)
{
	FILE *out = run->terminal.stream;

	if (run->o->check.format == CHECK_JSON) {
		dump_record(run);
		return;
	}
	/* The page says it. */
	if (run->o->check.format == CHECK_HTML)
		return;
	fprintf(out, "%s: %s\n  %s\n", run->dump->paths[0], kernel_info_release(run->target.info),
		kernel_info_source(run->target.info));
	if (*dump_remark(run->target.dump))
		fprintf(out, "  %s\n", dump_remark(run->target.dump));
	if (run->target.target.runs)
		fputs("  the kernel that runs here: only what stays as it is is judged\n", out);
	else if (run->target.target.live)
		fputs("  a running kernel changes while it is read\n", out);
}

/* One line for people in any case; and a record, so that programs see a dump for each argument. */
static enum program_status refuse(const struct run *run, const struct error *error)
{
	const char *file = run->dump->paths[0];
	struct error named = *error;

	error_context(&named, "%s", file);
	if (!run->o->quiet)
		error_say(&named);
	if (run->o->check.format == CHECK_JSON) {
		struct json json;

		dump_begin(run, &json);
		json_text(&json, "error", error->text);
		json_end(&json);
	}
	return STATUS_UNKNOWN;
}

static bool address_parse(struct target *t, const char *text, uint64_t *addr)
{
	char name[128];
	const char *plus = strchr(text, '+');
	uint64_t offset = 0;
	char *end;

	if (isxdigit((unsigned char)*text)) {
		errno = 0;
		*addr = strtoull(text, &end, 16);
		if (!errno && !*end)
			return true;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(plus ? plus - text : 120), text);
	if (plus) {
		errno = 0;
		offset = strtoull(plus + 1, &end, 16);
		if (errno || *end || end == plus + 1)
			return false;
	}
	if (!t->ops->symbol(t, name, addr))
		return false;
	*addr += offset;
	return true;
}

static enum program_status address_run(struct run *run)
{
	const struct options *o = run->o;
	uint64_t *addrs = arena_array(&run->arena, o->nr_addresses, sizeof(*addrs));

	for (size_t i = 0; addrs && i < o->nr_addresses; i++) {
		if (address_parse(&run->target.target, o->addresses[i], &addrs[i]))
			continue;
		fprintf(stderr, "slubcheck: neither an address nor a symbol: %s\n",
			o->addresses[i]);
		return STATUS_USAGE;
	}
	if (!addrs)
		return STATUS_UNKNOWN;
	return status_of(check_addresses(&run->target.target, &run->arena, addrs, o->nr_addresses,
					 &run->check)
				 .verdict);
}

/* "ADDRESS" or "ADDRESS..END". */
static bool range_parse(struct target *t, const char *text, struct check_range *range)
{
	const char *dots = strstr(text, "..");
	char start[160];

	snprintf(start, sizeof(start), "%.*s", dots ? (int)(dots - text) : 159, text);
	if (!address_parse(t, start, &range->start))
		return false;
	if (dots)
		return address_parse(t, dots + 2, &range->end) && range->end > range->start;
	range->end = range->start + 1;
	return true;
}

static enum program_status refs_run(struct run *run)
{
	const struct options *o = run->o;
	struct check_range *ranges = arena_array(&run->arena, o->nr_refs, sizeof(*ranges));

	for (size_t i = 0; ranges && i < o->nr_refs; i++) {
		if (range_parse(&run->target.target, o->refs[i], &ranges[i]))
			continue;
		fprintf(stderr, "slubcheck: neither an address nor a range of addresses: %s\n",
			o->refs[i]);
		return STATUS_USAGE;
	}
	if (!ranges)
		return STATUS_UNKNOWN;
	return status_of(
		check_refs(&run->target.target, &run->arena, ranges, o->nr_refs, &run->check)
			.verdict);
}

static enum program_status next_run(struct run *run)
{
	struct model *model = NULL;
	struct next_question question = { .cpu = run->o->cpu,
					  .cache = run->o->caches[0],
					  .json = run->o->check.format == CHECK_JSON,
					  .out = run->terminal.stream,
					  .model = &model };

	/* Of a running kernel the next allocation is past before it is computed. */
	return next_report(&question, &run->target.target, &run->arena) && !run->target.target.live
		       ? STATUS_CLEAN
		       : STATUS_UNKNOWN;
}

/* What is no cache may be an address. */
static enum program_status map_run(struct run *run)
{
	struct target *t = &run->target.target;
	uint64_t addr = 0;

	if (run->o->nr_caches == 1 && !address_parse(t, run->o->caches[0], &addr))
		addr = 0;
	run->check.map_colour = run->o->color;
	run->check.map_columns = (unsigned int)run->o->columns;
	run->check.map_utf8 = terminal_is_utf8();
	return status_of(check_map(t, &run->arena, addr, &run->check).verdict);
}

/* A batch keeps the CPUs busy with dumps. */
static unsigned int threads_wanted(const struct run *run)
{
	const struct target *t = &run->target.target;
	uint64_t worth = 1 + (t->nr_pages << t->page_shift) / BYTES_A_THREAD;

	if (run->o->task == TASK_BATCH)
		return 1;
	/* libkdumpfile (0.5.1) reads behind locks: more threads take longer. */
	if (!run->o->jobs_given && dump_by_library(run->target.dump))
		return 1;
	return run->o->jobs_given || worth > run->o->jobs ? run->o->jobs : (unsigned int)worth;
}

#define FACTS_MAX 8

/* From what the page is made. */
static size_t facts_gather(const struct run *run, struct check_fact facts[FACTS_MAX])
{
	const struct dump_date *date = dump_date(run->target.dump);
	const struct kernel_info *info = run->target.info;
	const struct check_fact all[FACTS_MAX] = {
		{ "dump", run->dump->paths[0] },
		{ "format", dump_format(run->target.dump) },
		{ "kernel", kernel_info_release(info) },
		{ "build-id", kernel_info_build_id(info) },
		{ "symbols from", kernel_info_source(info) },
		{ *date->text ? date->of : "date", date->text },
		{ "remark", dump_remark(run->target.dump) },
		{ "arguments", run->o->command },
	};
	size_t nr = 0;

	for (size_t i = 0; i < FACTS_MAX; i++)
		if (*all[i].text)
			facts[nr++] = all[i];
	return nr;
}

/* The page has all of the report; one line says that it is there. */
static enum program_status page_run(struct run *run)
{
	struct check_fact facts[FACTS_MAX];
	struct check_result result;

	run->check.facts = facts;
	run->check.nr_facts = facts_gather(run, facts);
	if (!page_open(&run->page, run->o->html))
		return STATUS_UNKNOWN;
	run->check.out = run->page.stream;
	result = check_run(&run->target.target, &run->arena, &run->check);
	if (!page_close(&run->page, run->o->html))
		return STATUS_UNKNOWN;
	fprintf(run->terminal.stream, "%s: %s, %llu finding%s, %zu KiB\n", run->o->html,
		verdict_name(result.verdict), (unsigned long long)result.findings,
		result.findings == 1 ? "" : "s", page_kib(&run->page));
	return status_of(result.verdict);
}

static enum program_status task_run(struct run *run)
{
	struct target *t = &run->target.target;

	run->check = run->o->check;
	run->check.names = run->o->caches;
	run->check.nr_names = run->o->nr_caches;
	run->check.out = run->terminal.stream;
	run->check.threads = threads_wanted(run);
	run->check.progress = terminal_progress;
	run->check.reading = terminal_reading;
	run->check.progress_ctx = &run->terminal;
	switch (run->o->task) {
	case TASK_ADDRESS:
		return address_run(run);
	case TASK_REFS:
		return refs_run(run);
	case TASK_DANGLING:
		return status_of(check_dangling(t, &run->arena, &run->check).verdict);
	case TASK_MAP:
		return map_run(run);
	case TASK_TOP:
		return status_of(check_top(t, &run->arena, &run->check).verdict);
	case TASK_NEXT:
		return next_run(run);
	case TASK_OBJECTS:
		return status_of(check_objects(t, &run->arena, &run->check).verdict);
	case TASK_USAGE:
		return status_of(check_usage(t, &run->arena, &run->check).verdict);
	default:
		if (run->o->html)
			return page_run(run);
		return status_of(check_run(t, &run->arena, &run->check).verdict);
	}
}

/* What it took of the machine that other work runs on. */
static void cost_say(const struct run *run)
{
	struct rusage usage;

	if (run->o->check.format == CHECK_JSON || getrusage(RUSAGE_SELF, &usage))
		return;
	fprintf(run->terminal.stream, "%.2f s of CPU, %ld MiB of memory, %.1f MiB read\n",
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
		usage.ru_maxrss >> 10, (double)run->target.kcore.read / (1 << 20));
}

static enum program_status opened_run(struct run *run)
{
	enum program_status status;

	run->target.cancelled = run->dump->cancelled;
	run->target.kcore.rate = run->o->max_rate;
	if (run->target.target.runs)
		kcore_yield(run->o->nice);
	dump_say(run);
	arena_init(&run->arena, CHECK_ARENA_LIMIT);
	status = task_run(run);
	if (run->target.target.runs)
		cost_say(run);
	arena_free(&run->arena);
	file_target_close(&run->target);
	return status;
}

static void opening(const struct triage_dump *dump, bool begins)
{
	if (dump->opening)
		dump->opening(begins);
}

static enum program_status whole_run(const struct options *o, const struct triage_dump *dump,
				     FILE *out)
{
	struct run *run = calloc(1, sizeof(*run));
	enum program_status status;
	struct error error;
	bool opened;

	if (!run || !terminal_begin(&run->terminal, out, o->columns, o->color, o->progress)) {
		free(run);
		error_no_memory(&error);
		error_say(&error);
		return STATUS_UNKNOWN;
	}
	run->o = o;
	run->dump = dump;
	/* What was said of dumps before this one. */
	fflush(out);
	opening(dump, true);
	opened = file_target_open(&run->target, dump->paths, dump->nr_paths, &o->kernel, &error);
	opening(dump, false);
	if (opened)
		status = opened_run(run);
	else
		status = refuse(run, &error);
	if (!terminal_end(&run->terminal))
		status = STATUS_UNKNOWN;
	free(run);
	return status;
}

char *triage_records(struct options o, const struct triage_dump *dump, size_t *length,
		     enum program_status *status)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, length);

	if (!stream)
		return NULL;
	o.check.format = CHECK_JSON;
	o.color = false;
	*status = whole_run(&o, dump, stream);
	if (!fclose(stream))
		return text;
	free(text);
	return NULL;
}

/* What becomes of those lines. NULL without memory. */
static json_t *result_of(const struct options *o, const struct triage_dump *dump)
{
	struct run_output output = { .file = dump->paths[0] };
	struct options quiet = *o;
	enum program_status status;
	json_t *result = NULL;
	char *text;

	quiet.quiet = true;
	text = triage_records(quiet, dump, &output.length, &status);
	if (text) {
		output.text = text;
		output.status = (int)status;
		result = result_make(&output);
	}
	free(text);
	return result;
}

static enum program_status summary_run(const struct options *o, const struct triage_dump *dump,
				       FILE *out)
{
	enum program_status status = STATUS_UNKNOWN;
	struct terminal terminal;
	json_t *result = result_of(o, dump);

	if (!result)
		return status;
	status = result_status(result);
	if (terminal_begin(&terminal, out, o->columns, o->color, false)) {
		result_line(result, terminal.stream);
		if (!terminal_end(&terminal))
			status = STATUS_UNKNOWN;
	} else {
		status = STATUS_UNKNOWN;
	}
	json_decref(result);
	return status;
}

enum program_status triage_dump(const struct options *o, const struct triage_dump *dump, FILE *out)
{
	return o->summary ? summary_run(o, dump, out) : whole_run(o, dump, out);
}

enum program_status triage_expect(const struct options *o, const struct triage_dump *dump,
				  FILE *out)
{
	struct error error = { 0 };
	enum program_status unused;
	struct expect_run run;
	bool agrees = false;
	char *text;

	text = triage_records(*o, dump, &run.length, &unused);
	run.text = text;
	if (text)
		agrees = expect_compare(o->expect, o->check.scan, &run, out, &error);
	else
		error_no_memory(&error);
	error_say(&error);
	free(text);
	return agrees ? STATUS_CLEAN : STATUS_CORRUPT;
}

/* struct selftest.cancelled; its context is the function that knows. */
static bool selftest_cancelled(void *ctx)
{
	bool (*const *cancelled)(void) = ctx;

	return (*cancelled)();
}

enum program_status triage_selftest(const struct options *o, bool (*cancelled)(void), FILE *out)
{
	struct selftest test = { .seed = 1,
				 .seconds = SELFTEST_SECONDS,
				 .json = o->check.format == CHECK_JSON,
				 .cancelled = selftest_cancelled,
				 .ctx = &cancelled,
				 .out = out };
	struct selftest_proofs *proof = calloc(1, sizeof(*proof));
	enum selftest_end end = proof ? selftest_run(&test, proof) : SELFTEST_STOPPED;

	free(proof);
	if (end == SELFTEST_STOPPED)
		return STATUS_UNKNOWN;
	return end == SELFTEST_HOLDS ? STATUS_CLEAN : STATUS_CORRUPT;
}
