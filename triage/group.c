/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "triage/error.h"
#include "triage/names.h"
#include "triage/result.h"

/* Dumps of a group that are named. */
#define EXAMPLES 3
/* Kernels of a group that are told apart. */
#define RELEASES_MAX 16

struct release {
	char *name;
	size_t dumps;
};

struct bug {
	char *signature, *message;
	size_t dumps;
	char *examples[EXAMPLES];
	struct release releases[RELEASES_MAX];
	size_t nr_releases, other_releases;
	size_t last; /* result that was counted last */
};

struct groups {
	struct bug *list;
	size_t nr, room;
	struct names names; /* places in list[] */
	size_t dumps, clean, corrupt, unknown;
	size_t lists_only; /* of the clean ones: their full and lost slabs were not looked at */
};

static struct bug *bug_find(struct groups *groups, const char *signature)
{
	struct bug *bug;
	uint64_t place;

	if (names_find(&groups->names, signature, &place))
		return &groups->list[place];
	if (groups->nr == groups->room) {
		size_t room = groups->room ? 2 * groups->room : 64;
		struct bug *more = realloc(groups->list, room * sizeof(*more));

		if (!more)
			return NULL;
		groups->list = more;
		groups->room = room;
	}
	bug = &groups->list[groups->nr];
	memset(bug, 0, sizeof(*bug));
	bug->signature = strdup(signature);
	if (!bug->signature || !names_add(&groups->names, bug->signature, groups->nr)) {
		free(bug->signature);
		return NULL;
	}
	groups->nr++;
	return bug;
}

static void release_count(struct bug *bug, const char *name)
{
	for (size_t i = 0; i < bug->nr_releases; i++) {
		if (!strcmp(bug->releases[i].name, name)) {
			bug->releases[i].dumps++;
			return;
		}
	}
	if (bug->nr_releases == RELEASES_MAX ||
	    !(bug->releases[bug->nr_releases].name = strdup(name)))
		bug->other_releases++;
	else
		bug->releases[bug->nr_releases++].dumps = 1;
}

static void bug_count(struct groups *groups, const json_t *result, const char *signature,
		      const char *message)
{
	struct bug *bug = bug_find(groups, signature);

	/* Several findings of one dump may have the same signature. */
	if (!bug || bug->last == groups->dumps)
		return;
	bug->last = groups->dumps;
	if (bug->dumps < EXAMPLES)
		bug->examples[bug->dumps] = strdup(json_string_or(result, "file", "?"));
	if (!bug->message)
		bug->message = strdup(message);
	bug->dumps++;
	release_count(bug, json_string_or(result, "release", "unknown kernel"));
}

static void result_count(struct groups *groups, const json_t *result)
{
	const json_t *finding;
	size_t i;

	groups->dumps++;
	switch (result_status(result)) {
	case STATUS_CLEAN:
		groups->clean++;
		groups->lists_only += json_is_false(json_object_get(result, "memmap_scanned"));
		return;
	case STATUS_CORRUPT:
		groups->corrupt++;
		break;
	default:
		groups->unknown++;
		bug_count(groups, result, "unknown",
			  json_string_or(result, "error",
					 json_is_true(json_object_get(result, "live"))
						 ? "running kernel"
						 : "not everything could be checked"));
		return;
	}
	json_array_foreach(json_object_get(result, "findings"), i,
			   finding) if (!strcmp(json_string_or(finding, "severity", ""), "corrupt"))
		bug_count(groups, result, json_string_or(finding, "signature", "?"),
			  json_string_or(finding, "message", ""));
}

/* One error a file, the first. */
static bool lines_read(struct groups *groups, FILE *file, struct error *error)
{
	size_t room = 0, number = 0;
	char *line = NULL;
	ssize_t length;
	bool good = true;

	while ((length = getline(&line, &room, file)) > 0) {
		json_t *result = json_loadb(line, (size_t)length, 0, NULL);

		number++;
		if (!strcmp(json_string_or(result, "type", ""), "result"))
			result_count(groups, result);
		else if (good)
			good = error_set(error, "line %zu is not a result", number);
		json_decref(result);
	}
	free(line);
	if (good && ferror(file))
		good = error_errno(error, NULL, errno);
	return good;
}

static bool file_read(struct groups *groups, const char *name)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	struct error error = { 0 };
	bool good;

	good = file ? lines_read(groups, file, &error) : error_errno(&error, NULL, errno);
	if (file && file != stdin)
		fclose(file);
	if (good)
		return true;
	error_context(&error, "%s", name);
	error_say(&error);
	return false;
}

static int bugs_order(const void *left, const void *right)
{
	const struct bug *a = left, *b = right;

	if (a->dumps != b->dumps)
		return a->dumps > b->dumps ? -1 : 1;
	return strcmp(a->signature, b->signature);
}

static int releases_order(const void *left, const void *right)
{
	const struct release *a = left, *b = right;

	if (a->dumps != b->dumps)
		return a->dumps > b->dumps ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void bug_text(const struct bug *bug, FILE *out)
{
	fprintf(out, "%6zu  %s\n        %s\n        on", bug->dumps, bug->signature, bug->message);
	for (size_t i = 0; i < bug->nr_releases; i++)
		fprintf(out, "%s %s (%zu)", i ? "," : "", bug->releases[i].name,
			bug->releases[i].dumps);
	if (bug->other_releases)
		fprintf(out, ", others (%zu)", bug->other_releases);
	fputc('\n', out);
	for (size_t i = 0; i < EXAMPLES && bug->examples[i]; i++)
		fprintf(out, "        %s\n", bug->examples[i]);
}

static void bug_json(const struct bug *bug, FILE *out)
{
	json_t *record = json_object(), *releases = json_object(), *examples = json_array();

	for (size_t i = 0; i < bug->nr_releases; i++)
		json_object_set_new(releases, bug->releases[i].name,
				    json_integer((json_int_t)bug->releases[i].dumps));
	for (size_t i = 0; i < EXAMPLES && bug->examples[i]; i++)
		json_array_append_new(examples, json_string(bug->examples[i]));
	json_object_set_new(record, "type", json_string("group"));
	json_object_set_new(record, "signature", json_string(bug->signature));
	json_object_set_new(record, "dumps", json_integer((json_int_t)bug->dumps));
	json_object_set_new(record, "message", json_string(bug->message ? bug->message : ""));
	json_object_set_new(record, "releases", releases);
	json_object_set_new(record, "examples", examples);
	json_dumpf(record, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(record);
}

static void totals_say(const struct groups *groups, bool json, FILE *out)
{
	char lists[48] = "";

	if (groups->lists_only)
		snprintf(lists, sizeof(lists), " (%zu by lists only)", groups->lists_only);
	if (json)
		fprintf(out,
			"{\"type\":\"groups\",\"groups\":%zu,\"dumps\":%zu,\"clean\":%zu,"
			"\"lists_only\":%zu,\"corrupt\":%zu,\"unknown\":%zu}\n",
			groups->nr, groups->dumps, groups->clean, groups->lists_only,
			groups->corrupt, groups->unknown);
	else
		fprintf(out, "%zu groups in %zu dumps: %zu clean%s, %zu corrupt, %zu unknown\n",
			groups->nr, groups->dumps, groups->clean, lists, groups->corrupt,
			groups->unknown);
}

static void groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->nr; i++) {
		struct bug *bug = &groups->list[i];

		free(bug->signature);
		free(bug->message);
		for (size_t j = 0; j < EXAMPLES; j++)
			free(bug->examples[j]);
		for (size_t j = 0; j < bug->nr_releases; j++)
			free(bug->releases[j].name);
	}
	free(groups->list);
	names_free(&groups->names);
}

bool group_run(char *const *files, size_t nr, bool json, FILE *out)
{
	struct groups groups = { 0 };
	bool good = true;

	for (size_t i = 0; i < nr; i++)
		good &= file_read(&groups, files[i]);
	if (groups.nr)
		qsort(groups.list, groups.nr, sizeof(*groups.list), bugs_order);
	for (size_t i = 0; i < groups.nr; i++) {
		struct bug *bug = &groups.list[i];

		qsort(bug->releases, bug->nr_releases, sizeof(*bug->releases), releases_order);
		if (json)
			bug_json(bug, out);
		else
			bug_text(bug, out);
	}
	totals_say(&groups, json, out);
	groups_free(&groups);
	return good;
}
