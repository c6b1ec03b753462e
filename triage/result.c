/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/result.h"

#include <string.h>

#include "checker/report/json_writer.h"

/* Of one dump; a damaged structure can break thousands of slabs, and the first say enough. */
#define FINDINGS_MAX 100

const char *json_string_or(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : otherwise;
}

/* A double has 15 digits that are its own; a time in milliseconds needs far fewer. */
#define REAL_DIGITS 15

bool json_line_write(const json_t *record, FILE *out)
{
	return !json_dumpf(record, out,
			   JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(REAL_DIGITS)) &&
	       fputc('\n', out) != EOF;
}

/* Names of the dump are escaped byte by byte, so that what is JSON is Unicode too. */
static void copy(json_t *to, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (value)
		json_object_set(to, key, value);
}

static void dump_take(json_t *result, const json_t *record)
{
	static const char *const keys[] = { "format", "release", "build_id", "source",	"remark",
					    "error",  "live",	 "date",     "date_of", "modules" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		copy(result, record, keys[i]);
}

static void finding_take(json_t *result, const json_t *record)
{
	static const char *const keys[] = { "id",    "signature", "severity", "severity_default",
					    "cache", "message",	  "cause",    "certainty" };
	json_t *findings = json_object_get(result, "findings");
	json_t *finding;

	if (json_array_size(findings) == FINDINGS_MAX)
		return;
	finding = json_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		copy(finding, record, keys[i]);
	json_array_append_new(findings, finding);
}

/* The first message is what went wrong, and with what. */
static void message_take(json_t *result, const json_t *record)
{
	const char *message = json_string_value(json_object_get(record, "message"));
	const char *name = json_string_value(json_object_get(record, "name"));

	if (message)
		json_object_set_new(result, "error",
				    name ? json_sprintf("%s: %s", message, name)
					 : json_string(message));
}

static void panic_take(json_t *result, const json_t *record)
{
	copy(result, record, "symbol");
	copy(result, record, "module");
}

/* What -w tells, without the registers and bytes that a report of the one dump shows. */
static void why_take(json_t *result, const json_t *record)
{
	static const char *const keys[] = {
		"story",     "headline", "finding", "cause",
		"certainty", "settle",	 "said",    "allocator_innocent"
	};
	static const char *const of_death[] = { "exception", "symbol", "module", "comm" };
	static const char *const of_object[] = { "address", "cache", "state" };
	const json_t *death = json_object_get(record, "death");
	const json_t *object = json_object_get(record, "object");
	json_t *why = json_object(), *part;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		copy(why, record, keys[i]);
	for (size_t i = 0; i < sizeof(of_death) / sizeof(*of_death); i++)
		copy(why, death, of_death[i]);
	if (object) {
		part = json_object();
		for (size_t i = 0; i < sizeof(of_object) / sizeof(*of_object); i++)
			copy(part, object, of_object[i]);
		json_object_set_new(why, "object", part);
	}
	json_object_set_new(result, "why", why);
}

static void summary_take(json_t *result, const json_t *record)
{
	static const char *const keys[] = { "verdict",	 "memmap_scanned", "corrupt",
					    "transient", "objects",	   "objects_verified",
					    "absent",	 "severities",	   "silenced" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		copy(result, record, keys[i]);
}

static void record_take(void *ctx, json_t *record)
{
	json_t *result = ctx;
	const char *type = json_string_or(record, "type", "");

	if (!strcmp(type, "dump"))
		dump_take(result, record);
	else if (!strcmp(type, "finding"))
		finding_take(result, record);
	else if (!strcmp(type, "summary"))
		summary_take(result, record);
	else if (!strcmp(type, "panic"))
		panic_take(result, record);
	else if (!strcmp(type, "why"))
		why_take(result, record);
	else if (!strcmp(type, "message") && !json_object_get(result, "error"))
		message_take(result, record);
}

void records_each(const char *text, size_t length, void (*take)(void *ctx, json_t *record),
		  void *ctx)
{
	const char *end = text + length;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		json_t *record;

		/* A line that breaks off is none. */
		if (!stop)
			return;
		record = json_loadb(text, (size_t)(stop - text), 0, NULL);
		if (json_is_object(record))
			take(ctx, record);
		json_decref(record);
		text = stop + 1;
	}
}

static void end_say(json_t *result, const struct run_output *output)
{
	const char *why = output->end == RUN_TIMED_OUT ? "the time limit was reached"
						       : "the run was killed by a signal";

	if (output->end == RUN_KILLED)
		json_object_set_new(result, "signal", json_integer(output->status));
	if (output->end != RUN_EXITED)
		json_object_set_new(result, "error", json_string(why));
	else if (!json_object_get(result, "verdict") && !json_object_get(result, "error"))
		json_object_set_new(result, "error", json_string("the run printed nothing"));
}

json_t *result_make(const struct run_output *output)
{
	json_t *result = json_object();
	json_t *file = json_string(output->file);

	if (!result)
		return NULL;
	json_object_set_new(result, "type", json_string("result"));
	/* A name that is not UTF-8 has to stand for itself somehow. */
	json_object_set_new(result, "file", file ? file : json_string("?"));
	json_object_set_new(result, "version", json_string(SLUBCHECK_VERSION));
	json_object_set_new(result, "schema", json_integer(JSON_SCHEMA_VERSION));
	json_object_set_new(result, "findings", json_array());
	records_each(output->text, output->length, record_take, result);
	end_say(result, output);
	/* Without a summary nothing was judged to the end. */
	if (!json_object_get(result, "verdict"))
		json_object_set_new(result, "verdict", json_string("unknown"));
	json_object_set_new(result, "exit", json_integer(result_status(result)));
	json_object_set_new(result, "seconds",
			    json_real((double)(long long)(output->seconds * 1000) / 1000));
	if (output->max_rss)
		json_object_set_new(result, "max_rss", json_integer((json_int_t)output->max_rss));
	return result;
}

enum program_status result_status(const json_t *result)
{
	const char *verdict = json_string_or(result, "verdict", "unknown");

	if (!strcmp(verdict, "corrupt"))
		return STATUS_CORRUPT;
	return strcmp(verdict, "clean") ? STATUS_UNKNOWN : STATUS_CLEAN;
}

/* The first one that is not a passing state. */
static const json_t *worst_finding(const json_t *result)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(result, "findings"), i,
			   finding) if (!strcmp(json_string_or(finding, "severity", ""),
						"corrupt")) return finding;
	return NULL;
}

void result_line(const json_t *result, FILE *out)
{
	static const char *const words[] = {
		[STATUS_CLEAN] = "CLEAN", [STATUS_CORRUPT] = "CORRUPT", [STATUS_UNKNOWN] = "UNKNOWN"
	};
	const json_t *finding = worst_finding(result);
	const char *release = json_string_or(result, "release", NULL);
	const char *error = json_string_or(result, "error", NULL);
	const char *headline = json_string_or(json_object_get(result, "why"), "headline", NULL);
	json_int_t number = json_integer_value(json_object_get(result, "corrupt"));
	json_int_t silenced = json_integer_value(json_object_get(result, "silenced"));

	fprintf(out, "%-7s %s", words[result_status(result)], json_string_or(result, "file", "?"));
	if (release)
		fprintf(out, " (%s)", release);
	if (result_status(result) == STATUS_CLEAN &&
	    json_is_false(json_object_get(result, "memmap_scanned")))
		fputs(" (lists only)", out);
	if (silenced)
		fprintf(out, " (%lld finding%s silenced)", (long long)silenced,
			silenced == 1 ? "" : "s");
	if (finding)
		fprintf(out, ": %s", json_string_or(finding, "signature", "?"));
	if (json_is_true(json_object_get(result, "live")) && !error)
		fputs(": running kernel", out);
	if (number > 1)
		fprintf(out, " and %lld more", (long long)number - 1);
	/* Of a finding that it died of, the line has told. */
	if (headline && !finding)
		fprintf(out, ": %s", headline);
	if (error)
		fprintf(out, ": %s", error);
	fputc('\n', out);
}
