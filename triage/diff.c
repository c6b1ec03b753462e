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
				    .sites = json_object(),
				    .records = json_array() };
	return side->findings && side->usage && side->sites && side->records;
}

void diff_side_free(struct diff_side *side)
{
	json_decref(side->findings);
	json_decref(side->usage);
	json_decref(side->sites);
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

static void site_add(struct diff_side *side, json_t *record)
{
	const char *cache = json_string_or(record, "cache", "?");
	json_t *name = json_sprintf("%s in %s", json_string_or(record, "site", "?"), cache);

	if (name)
		json_object_set(side->sites, json_string_value(name), record);
	json_decref(name);
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
	} else if (!strcmp(type, "site")) {
		site_add(side, record);
	} else if (!strcmp(type, "top")) {
		side->sited = json_is_true(json_object_get(record, "tags")) ||
			      json_is_true(json_object_get(record, "tracks"));
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

static int64_t number(const json_t *record, const char *key)
{
	return json_integer_value(json_object_get(record, key));
}

/* Of a thing in both; where one lacks it, or does not count, that one has 0. @objects: the key of their number. */
static struct diff_growth growth_of(const char *name, const char *objects, const json_t *before,
				    const json_t *after)
{
	return (struct diff_growth){
		.name = name,
		.slabs = number(after, "slabs") - number(before, "slabs"),
		.allocated = number(after, objects) - number(before, objects),
		.bytes = number(after, "bytes") - number(before, "bytes"),
		.allocated_before = number(before, objects),
		.bytes_before = number(before, "bytes"),
	};
}

/* By memory, then by objects: what grew most comes first, what shrank most last. */
static int growth_compare(const void *x, const void *y)
{
	const struct diff_growth *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->allocated != b->allocated)
		return a->allocated > b->allocated ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void growth_add(struct diff_growth *rows, size_t *nr, const struct diff_growth *row)
{
	if (row->slabs || row->allocated || row->bytes)
		rows[(*nr)++] = *row;
}

/* Those of two tables that differ, sorted; NULL without memory. The caller frees them. */
static struct diff_growth *growth_all(json_t *before, json_t *after, const char *objects,
				      size_t *nr)
{
	size_t most = json_object_size(before) + json_object_size(after);
	struct diff_growth *rows = calloc(most + 1, sizeof(*rows)), row;
	const char *name;
	json_t *record;

	*nr = 0;
	if (!rows)
		return NULL;
	json_object_foreach(before, name, record)
	{
		row = growth_of(name, objects, record, json_object_get(after, name));
		growth_add(rows, nr, &row);
	}
	json_object_foreach(after, name, record)
	{
		if (json_object_get(before, name))
			continue;
		row = growth_of(name, objects, NULL, record);
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

static void growth_text(const struct diff_growth *rows, size_t nr, bool all, FILE *out)
{
	bool gap = false;

	if (!nr)
		return;
	fprintf(out, "%-*s %12s %12s %12s %12s\n", NAME_WIDTH, "CACHE", "ALLOCATED", "WAS", "SLABS",
		"KIB");
	for (size_t i = 0; i < nr; i++) {
		const struct diff_growth *g = &rows[i];

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

/* The same of lines of the kernel, whose names are long. */
static void sites_text(const struct diff *d, bool all, FILE *out)
{
	bool gap = false;

	if (!d->nr_sites)
		return;
	fprintf(out, "%12s %12s %12s  %s\n", "ALLOCATED", "WAS", "KIB", "ALLOCATED BY");
	for (size_t i = 0; i < d->nr_sites; i++) {
		const struct diff_growth *g = &d->sites[i];

		if (growth_shown(i, d->nr_sites, all))
			fprintf(out, "%+12" PRId64 " %12" PRId64 " %+12" PRId64 "  %s\n",
				g->allocated, g->allocated_before, g->bytes / 1024, g->name);
		else if (!gap)
			fprintf(out, "%zu more sites differ less (-v)\n",
				d->nr_sites - CACHES_SHOWN);
		gap |= !growth_shown(i, d->nr_sites, all);
	}
}

static json_t *sites_json(const struct diff *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->nr_sites; i++) {
		const struct diff_growth *g = &d->sites[i];

		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I}", "site", g->name,
						      "allocated", g->allocated, "allocated_before",
						      g->allocated_before, "bytes", g->bytes,
						      "bytes_before", g->bytes_before));
	}
	return list;
}

static json_t *growth_json(const struct diff_growth *rows, size_t nr)
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

bool diff_make(struct diff *d, const struct diff_side *a, const struct diff_side *b)
{
	*d = (struct diff){ .a = a, .b = b, .sited = a->sited && b->sited };
	d->gone = findings_only(a, b);
	d->new = findings_only(b, a);
	d->same = findings_same(a, b);
	d->caches = growth_all(a->usage, b->usage, "allocated", &d->nr_caches);
	/* What one of them does not know did not grow from nothing. */
	if (d->sited)
		d->sites = growth_all(a->sites, b->sites, "objects", &d->nr_sites);
	return d->gone && d->new && d->caches && (d->sites || !d->sited);
}

void diff_free(struct diff *d)
{
	json_decref(d->gone);
	json_decref(d->new);
	free(d->caches);
	free(d->sites);
}

static void diff_json(const struct diff *d, FILE *out)
{
	json_t *record =
		json_pack("{s:s, s:i, s:o, s:o, s:I, s:O, s:O, s:o}", "type", "diff", "schema",
			  JSON_SCHEMA_VERSION, "before", side_json(d->a), "after", side_json(d->b),
			  "same", (json_int_t)d->same, "gone", d->gone, "new", d->new, "caches",
			  growth_json(d->caches, d->nr_caches));

	if (d->sited)
		json_object_set_new(record, "sites", sites_json(d));
	json_line_write(record, out);
	json_decref(record);
}

static void diff_text(const struct diff *d, bool all, FILE *out)
{
	side_text("before", d->a, out);
	side_text("after ", d->b, out);
	findings_text("new", d->new, out);
	findings_text("gone", d->gone, out);
	if (d->same)
		fprintf(out, "%zu finding%s in both\n", d->same, d->same == 1 ? " is" : "s are");
	if (!json_array_size(d->new) && !json_array_size(d->gone) && !d->same)
		fputs("no findings in either\n", out);
	growth_text(d->caches, d->nr_caches, all, out);
	sites_text(d, all, out);
}

bool diff_is_worse(const struct diff *d)
{
	return json_array_size(d->new) != 0;
}

void diff_print(const struct diff *d, bool all, bool json, FILE *out)
{
	if (json)
		diff_json(d, out);
	else
		diff_text(d, all, out);
}
