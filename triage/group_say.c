/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group_say.h"

#include <inttypes.h>
#include <jansson.h>

#include "triage/result.h"

/* Kernels of a group that are named. */
#define RELEASES_SHOWN 16
/* Modules that are named for people. */
#define MODULES_SHOWN 12
/* "2026-11-30T23:59:59Z" */
#define DATE_MAX 32

/* Of a group that nobody has a name for. */
static const char *release_name(const struct groups *groups, const struct group_bug *bug, size_t i)
{
	return groups->releases.list[bug->releases[i].release];
}

static size_t other_releases(const struct group_bug *bug)
{
	size_t others = 0;

	for (size_t i = RELEASES_SHOWN; i < bug->nr_releases; i++)
		others += bug->releases[i].dumps;
	return others;
}

/* Calls @say with each example whose last result has the bug still. */
static void examples_say(const struct groups *groups, uint32_t place, void *to,
			 void (*say)(void *to, const char *file))
{
	const struct group_bug *bug = &groups->bugs[place];
	uint32_t said[GROUP_EXAMPLES];
	size_t nr = 0;

	for (size_t i = 0; i < bug->nr_examples && nr < GROUP_EXAMPLES; i++) {
		const struct group_example *example = &bug->examples[i];
		bool again = false;

		for (size_t j = 0; j < nr; j++)
			again |= said[j] == example->entry;
		if (again || !group_entry_has(groups, example->entry, place))
			continue;
		said[nr++] = example->entry;
		say(to, example->file);
	}
}

static bool in_set(const struct group_modules *set, size_t number)
{
	return set->bits[number / 64] >> number % 64 & 1;
}

/* Numbers of modules that are told apart. */
static size_t nr_modules(const struct groups *groups)
{
	return groups->modules.nr < GROUP_MODULES_MAX ? groups->modules.nr : GROUP_MODULES_MAX;
}

static void date_write(uint64_t date, char text[DATE_MAX])
{
	unsigned int day = (unsigned int)(date / 1000000 % 100000000);
	unsigned int time = (unsigned int)(date % 1000000);

	snprintf(text, DATE_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", day / 10000, day / 100 % 100,
		 day % 100, time / 10000, time / 100 % 100, time % 100);
}

static void dates_text(const struct group_bug *bug, FILE *out)
{
	char first[DATE_MAX], last[DATE_MAX];

	if (!bug->first)
		return;
	date_write(bug->first, first);
	date_write(bug->last, last);
	fprintf(out, "        from %.10s to %.10s\n", first, last);
}

/* What all dumps of the fleet have tells nothing. */
static void modules_text(const struct groups *groups, const struct group_bug *bug, FILE *out)
{
	size_t shown = 0, more = 0;

	for (size_t i = 0; bug->modules && i < nr_modules(groups); i++) {
		if (!in_set(bug->modules, i) || in_set(&groups->everywhere, i))
			continue;
		if (shown == MODULES_SHOWN) {
			more++;
			continue;
		}
		fprintf(out, "%s %s",
			shown++ ? "," : "        modules in common:", groups->modules.list[i]);
	}
	if (more)
		fprintf(out, " and %zu more", more);
	if (shown)
		fputc('\n', out);
}

static void example_text(void *to, const char *file)
{
	fprintf(to, "        %s\n", file);
}

static void bug_text(const struct groups *groups, uint32_t place, FILE *out)
{
	const struct group_bug *bug = &groups->bugs[place];
	size_t others = other_releases(bug);

	fprintf(out, "%6zu  %s\n        %s\n        on", bug->dumps, bug->signature, bug->message);
	for (size_t i = 0; i < bug->nr_releases && i < RELEASES_SHOWN; i++)
		fprintf(out, "%s %s (%zu)", i ? "," : "", release_name(groups, bug, i),
			bug->releases[i].dumps);
	if (others)
		fprintf(out, ", others (%zu)", others);
	fputc('\n', out);
	dates_text(bug, out);
	modules_text(groups, bug, out);
	examples_say(groups, place, out, example_text);
}

void group_text(const struct groups *groups, const uint32_t *order, size_t nr, FILE *out)
{
	char lists[48] = "";

	for (size_t i = 0; i < nr; i++)
		bug_text(groups, order[i], out);
	if (groups->lists_only)
		snprintf(lists, sizeof(lists), " (%zu by lists only)", groups->lists_only);
	fprintf(out, "%zu group%s in %zu dump%s: %zu clean%s, %zu corrupt, %zu unknown\n", nr,
		nr == 1 ? "" : "s", groups->nr_entries, groups->nr_entries == 1 ? "" : "s",
		groups->clean, lists, groups->corrupt, groups->unknown);
}

static void example_json(void *to, const char *file)
{
	json_array_append_new(to, json_string(file));
}

static json_t *releases_json(const struct groups *groups, const struct group_bug *bug)
{
	json_t *releases = json_object();

	for (size_t i = 0; i < bug->nr_releases && i < RELEASES_SHOWN; i++)
		json_object_set_new(releases, release_name(groups, bug, i),
				    json_integer((json_int_t)bug->releases[i].dumps));
	return releases;
}

static void dates_json(const struct group_bug *bug, json_t *record)
{
	char text[DATE_MAX];

	if (!bug->first)
		return;
	date_write(bug->first, text);
	json_object_set_new(record, "first", json_string(text));
	date_write(bug->last, text);
	json_object_set_new(record, "last", json_string(text));
}

static void modules_json(const struct groups *groups, const struct group_bug *bug, json_t *record)
{
	json_t *modules;

	if (!bug->modules)
		return;
	modules = json_array();
	for (size_t i = 0; i < nr_modules(groups); i++)
		if (in_set(bug->modules, i))
			json_array_append_new(modules, json_string(groups->modules.list[i]));
	json_object_set_new(record, "modules", modules);
}

static void bug_json(const struct groups *groups, uint32_t place, FILE *out)
{
	const struct group_bug *bug = &groups->bugs[place];
	json_t *record = json_object(), *examples = json_array();

	examples_say(groups, place, examples, example_json);
	json_object_set_new(record, "type", json_string("group"));
	json_object_set_new(record, "signature", json_string(bug->signature));
	json_object_set_new(record, "dumps", json_integer((json_int_t)bug->dumps));
	json_object_set_new(record, "message", json_string(bug->message));
	json_object_set_new(record, "releases", releases_json(groups, bug));
	dates_json(bug, record);
	modules_json(groups, bug, record);
	json_object_set_new(record, "examples", examples);
	json_line_write(record, out);
	json_decref(record);
}

void group_json(const struct groups *groups, const uint32_t *order, size_t nr, FILE *out)
{
	for (size_t i = 0; i < nr; i++)
		bug_json(groups, order[i], out);
	fprintf(out,
		"{\"type\":\"groups\",\"groups\":%zu,\"dumps\":%zu,\"clean\":%zu,"
		"\"lists_only\":%zu,\"corrupt\":%zu,\"unknown\":%zu}\n",
		nr, groups->nr_entries, groups->clean, groups->lists_only, groups->corrupt,
		groups->unknown);
}
