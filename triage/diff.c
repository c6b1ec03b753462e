/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker/report/json_writer.h"
#include "triage/result.h"

#define CACHES_SHOWN 15
#define NAME_WIDTH 24

bool diff_side_init(struct diff_side *side, const char *file)
{
	*side = (struct diff_side){ .file = file,
				    .findings = json_object(),
				    .usage = json_object(),
				    .records = json_array() };
	return side->findings && side->usage && side->records;
}

void diff_side_free(struct diff_side *side)
{
	json_decref(side->findings);
	json_decref(side->usage);
	json_decref(side->records);
}

static void finding_add(struct diff_side *side, json_t *record)
{
	const char *signature = json_string_or(record, "signature", "");
	json_t *list = json_object_get(side->findings, signature);

	/* What is no damage comes and goes. */
	if (strcmp(json_string_or(record, "severity", ""), "corrupt"))
		return;
	if (!list) {
		list = json_array();
		json_object_set_new(side->findings, signature, list);
	}
	json_array_append(list, record);
}

static void record_take(void *ctx, json_t *record)
{
	struct diff_side *side = ctx;
	const char *type = json_string_or(record, "type", "");
	const char *cache = json_string_or(record, "cache", NULL);

	if (!strcmp(type, "finding")) {
		finding_add(side, record);
	} else if (!strcmp(type, "usage") && cache) {
		json_object_set(side->usage, cache, record);
	} else if (!strcmp(type, "dump") && json_object_get(record, "release")) {
		json_array_append(side->records, record);
		side->release = json_string_or(record, "release", NULL);
	} else if (!strcmp(type, "summary") && !side->verdict) {
		json_array_append(side->records, record);
		side->verdict = json_string_or(record, "verdict", NULL);
	}
}

void diff_side_add(struct diff_side *side, const char *text, size_t length)
{
	records_each(text, length, record_take, side);
}

/* --- Findings --- */

static size_t findings_nr(const struct diff_side *side, const char *signature)
{
	return json_array_size(json_object_get(side->findings, signature));
}

/* What one side has more of than the other. */
static json_t *findings_only(const struct diff_side *side, const struct diff_side *other)
{
	json_t *only = json_array(), *list;
	const char *signature;

	json_object_foreach(side->findings, signature, list)
	{
		size_t nr = findings_nr(other, signature);

		for (size_t i = nr; i < json_array_size(list); i++)
			json_array_append(only, json_array_get(list, i));
	}
	return only;
}

static size_t findings_same(const struct diff_side *a, const struct diff_side *b)
{
	size_t same = 0;
	const char *signature;
	json_t *list;

	json_object_foreach(a->findings, signature, list)
	{
		size_t nr = findings_nr(b, signature), here = json_array_size(list);

		same += nr < here ? nr : here;
	}
	return same;
}

static void findings_text(const char *what, const json_t *findings, FILE *out)
{
	size_t nr = json_array_size(findings);

	if (nr)
		fprintf(out, "%zu finding%s %s:\n", nr, nr == 1 ? "" : "s", what);
	for (size_t i = 0; i < nr; i++) {
		const json_t *f = json_array_get(findings, i);

		fprintf(out, "    %s in %s: %s\n", json_string_or(f, "id", "?"),
			json_string_or(f, "cache", "no cache"), json_string_or(f, "message", "?"));
	}
}

/* --- Caches --- */

/* A cache in both; where one lacks it, or does not count, that one has 0. */
struct growth {
	const char *name;
	int64_t slabs, allocated, bytes; /* more in the second */
	int64_t allocated_before, bytes_before;
};

static int64_t number(const json_t *record, const char *key)
{
	return json_integer_value(json_object_get(record, key));
}

static struct growth growth_of(const char *name, const json_t *before, const json_t *after)
{
	return (struct growth){
		.name = name,
		.slabs = number(after, "slabs") - number(before, "slabs"),
		.allocated = number(after, "allocated") - number(before, "allocated"),
		.bytes = number(after, "bytes") - number(before, "bytes"),
		.allocated_before = number(before, "allocated"),
		.bytes_before = number(before, "bytes"),
	};
}

/* By memory, then by objects: what grew most comes first, what shrank most last. */
static int growth_compare(const void *x, const void *y)
{
	const struct growth *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->allocated != b->allocated)
		return a->allocated > b->allocated ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void growth_add(struct growth *rows, size_t *nr, const struct growth *row)
{
	if (row->slabs || row->allocated || row->bytes)
		rows[(*nr)++] = *row;
}

/* Caches that differ, sorted; NULL without memory. The caller frees them. */
static struct growth *growth_all(const struct diff_side *a, const struct diff_side *b, size_t *nr)
{
	size_t most = json_object_size(a->usage) + json_object_size(b->usage);
	struct growth *rows = calloc(most + 1, sizeof(*rows)), row;
	const char *name;
	json_t *record;

	*nr = 0;
	if (!rows)
		return NULL;
	json_object_foreach(a->usage, name, record)
	{
		row = growth_of(name, record, json_object_get(b->usage, name));
		growth_add(rows, nr, &row);
	}
	json_object_foreach(b->usage, name, record)
	{
		if (json_object_get(a->usage, name))
			continue;
		row = growth_of(name, NULL, record);
		growth_add(rows, nr, &row);
	}
	qsort(rows, *nr, sizeof(*rows), growth_compare);
	return rows;
}

/* Of many those at both ends, half of them each. */
static bool growth_shown(size_t i, size_t nr, bool all)
{
	return all || nr <= CACHES_SHOWN || i <= CACHES_SHOWN / 2 || nr - i <= CACHES_SHOWN / 2;
}

static void growth_text(const struct growth *rows, size_t nr, bool all, FILE *out)
{
	bool gap = false;

	if (!nr)
		return;
	fprintf(out, "%-*s %12s %12s %12s %12s\n", NAME_WIDTH, "CACHE", "ALLOCATED", "WAS", "SLABS",
		"KIB");
	for (size_t i = 0; i < nr; i++) {
		const struct growth *g = &rows[i];

		if (!growth_shown(i, nr, all)) {
			if (!gap)
				fprintf(out, "%zu more caches differ less (-v)\n",
					nr - CACHES_SHOWN);
			gap = true;
			continue;
		}
		fprintf(out, "%-*.*s %+12" PRId64 " %12" PRId64 " %+12" PRId64 " %+12" PRId64 "\n",
			NAME_WIDTH, NAME_WIDTH, g->name, g->allocated, g->allocated_before,
			g->slabs, g->bytes / 1024);
	}
}

static json_t *growth_json(const struct growth *rows, size_t nr)
{
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "cache", rows[i].name,
					"allocated", rows[i].allocated, "allocated_before",
					rows[i].allocated_before, "slabs", rows[i].slabs, "bytes",
					rows[i].bytes, "bytes_before", rows[i].bytes_before));
	return list;
}

/* --- Both --- */

static void side_text(const char *what, const struct diff_side *s, FILE *out)
{
	fprintf(out, "%s %s: %s%s%s\n", what, s->file, s->verdict ? s->verdict : "not checked",
		s->release ? ", " : "", s->release ? s->release : "");
}

static json_t *side_json(const struct diff_side *s)
{
	json_t *side = json_object();

	json_object_set_new(side, "file", json_string(s->file));
	if (s->release)
		json_object_set_new(side, "release", json_string(s->release));
	if (s->verdict)
		json_object_set_new(side, "verdict", json_string(s->verdict));
	return side;
}

bool diff_print(const struct diff_side *a, const struct diff_side *b, bool all, bool json,
		FILE *out)
{
	json_t *gone = findings_only(a, b), *new = findings_only(b, a);
	bool worse = json_array_size(new) != 0;
	size_t nr, same = findings_same(a, b);
	struct growth *rows = growth_all(a, b, &nr);

	if (json) {
		json_t *record =
			json_pack("{s:s, s:i, s:o, s:o, s:I, s:O, s:O, s:o}", "type", "diff",
				  "schema", JSON_SCHEMA_VERSION, "before", side_json(a), "after",
				  side_json(b), "same", (json_int_t)same, "gone", gone, "new", new,
				  "caches", growth_json(rows, rows ? nr : 0));

		json_line_write(record, out);
		json_decref(record);
	} else {
		side_text("before", a, out);
		side_text("after ", b, out);
		findings_text("new", new, out);
		findings_text("gone", gone, out);
		if (same)
			fprintf(out, "%zu finding%s in both\n", same, same == 1 ? " is" : "s are");
		if (!worse && !json_array_size(gone) && !same)
			fputs("no findings in either\n", out);
		growth_text(rows, rows ? nr : 0, all, out);
	}
	json_decref(gone);
	json_decref(new);
	free(rows);
	return worse;
}
