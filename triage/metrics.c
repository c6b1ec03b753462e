/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP slubcheck_%s %s\n# TYPE slubcheck_%s %s\n", name, help, name, type);
}

static void number(FILE *out, const char *name, const char *type, const char *help, double value)
{
	head(out, name, type, help);
	fprintf(out, "slubcheck_%s %.17g\n", name, value);
}

static double number_of(const json_t *record, const char *key)
{
	return json_number_value(json_object_get(record, key));
}

/* A label is between quotes, with what would end it escaped. */
static void label(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			fputc(*text, out);
	}
}

static void of_caches(FILE *out, const json_t *caches, const char *name, const char *key,
		      const char *help)
{
	head(out, name, "gauge", help);
	for (size_t i = 0; i < json_array_size(caches); i++) {
		const json_t *cache = json_array_get(caches, i);
		const char *text = json_string_value(json_object_get(cache, "cache"));

		if (!text || !json_object_get(cache, key))
			continue;
		fprintf(out, "slubcheck_%s{cache=\"", name);
		label(out, text);
		fprintf(out, "\"} %.17g\n", number_of(cache, key));
	}
}

static void metrics_print(const struct metrics *m, FILE *out)
{
	double objects = number_of(m->summary, "objects");
	double verified = number_of(m->summary, "objects_verified");

	number(out, "corrupt", "gauge", "Corrupt findings of the last pass.",
	       number_of(m->summary, "corrupt"));
	number(out, "passes_total", "counter", "Passes over the kernel.", (double)m->passes);
	number(out, "last_pass_timestamp_seconds", "gauge", "When the last pass ended.", m->time);
	number(out, "pass_seconds", "gauge", "What the last pass took.", m->seconds);
	number(out, "pass_cpu_seconds", "gauge", "Time of a CPU that the last pass took.",
	       m->cpu_seconds);
	number(out, "coverage_ratio", "gauge", "Objects that the last pass verified, of all.",
	       objects > 0 ? verified / objects : 0);
	number(out, "retries", "gauge", "Slabs and lists that changed while they were gathered.",
	       number_of(m->summary, "retries"));
	of_caches(out, m->caches, "cache_objects", "objects_counted", "Objects of a cache.");
	of_caches(out, m->caches, "cache_bytes", "bytes", "Memory of a cache's slabs.");
}

bool metrics_write(const struct metrics *m, const char *path, struct error *error)
{
	size_t size = strlen(path) + sizeof(".new");
	char *new = malloc(size);
	FILE *out;
	bool good;

	if (!new)
		return error_no_memory(error);
	/* The collector takes files that end in .prom. */
	snprintf(new, size, "%s.new", path);
	out = fopen(new, "we");
	if (!out) {
		error_errno(error, new, errno);
		free(new);
		return false;
	}
	metrics_print(m, out);
	good = !ferror(out);
	good = !fclose(out) && good;
	if (!good || rename(new, path)) {
		error_errno(error, path, errno);
		remove(new);
		good = false;
	}
	free(new);
	return good;
}
