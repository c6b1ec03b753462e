/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group_say.h"

#include <inttypes.h>
#include <jansson.h>

#include "triage/result.h"

/* Modules that are named for people. */
#define MODULES_SHOWN 12

const char *group_release(const struct groups *groups, const struct group_bug *bug, size_t i)
{
	return groups->releases.list[bug->releases[i].release];
}

size_t group_other_releases(const struct group_bug *bug)
{
	size_t others = 0;

	for (size_t i = GROUP_RELEASES_SHOWN; i < bug->nr_releases; i++)
		others += bug->releases[i].dumps;
	return others;
}

void group_examples(const struct groups *groups, uint32_t place, void *to,
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

const char *group_date(uint64_t date, char text[GROUP_DATE_MAX])
{
	unsigned int day = (unsigned int)(date / 1000000 % 100000000);
	unsigned int time = (unsigned int)(date % 1000000);

	snprintf(text, GROUP_DATE_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", day / 10000,
		 day / 100 % 100, day % 100, time / 10000, time / 100 % 100, time % 100);
	return text;
}

static void dates_text(const struct group_bug *bug, FILE *out)
{
	char first[GROUP_DATE_MAX], last[GROUP_DATE_MAX];

	if (bug->first)
		fprintf(out, "        from %.10s to %.10s\n", group_date(bug->first, first),
			group_date(bug->last, last));
}

/* What all dumps of the fleet have tells nothing. */
void group_modules(const struct groups *groups, const struct group_bug *bug, void *to,
		   void (*say)(void *to, const char *module))
{
	for (size_t i = 0; bug->modules && i < nr_modules(groups); i++)
		if (in_set(bug->modules, i) && !in_set(&groups->everywhere, i))
			say(to, groups->modules.list[i]);
}

struct modules_line {
	FILE *out;
	size_t nr;
};

static void module_text(void *to, const char *module)
{
	struct modules_line *line = to;

	if (line->nr++ < MODULES_SHOWN)
		fprintf(line->out, "%s %s",
			line->nr > 1 ? "," : "        modules in common:", module);
}

static void modules_text(const struct groups *groups, const struct group_bug *bug, FILE *out)
{
	struct modules_line line = { out, 0 };

	group_modules(groups, bug, &line, module_text);
	if (line.nr > MODULES_SHOWN)
		fprintf(out, " and %zu more", line.nr - MODULES_SHOWN);
	if (line.nr)
		fputc('\n', out);
}

static void example_text(void *to, const char *file)
{
	fprintf(to, "        %s\n", file);
}

/* What became of it since the earlier results. */
static void since_text(const struct group_said *said, const struct group_bug *bug, FILE *out)
{
	if (!said->since)
		return;
	if (!bug->dumps)
		fprintf(out, "        gone: %zu dump%s in %s\n", bug->before,
			bug->before == 1 ? "" : "s", said->since);
	else if (!bug->before)
		fprintf(out, "        new since %s\n", said->since);
	else
		fprintf(out, "        %zu before\n", bug->before);
}

static void releases_text(const struct groups *groups, const struct group_bug *bug, FILE *out)
{
	size_t others = group_other_releases(bug);

	if (!bug->nr_releases)
		return;
	fputs("        on", out);
	for (size_t i = 0; i < bug->nr_releases && i < GROUP_RELEASES_SHOWN; i++)
		fprintf(out, "%s %s (%zu)", i ? "," : "", group_release(groups, bug, i),
			bug->releases[i].dumps);
	if (others)
		fprintf(out, ", others (%zu)", others);
	fputc('\n', out);
}

static void bug_text(const struct group_said *said, uint32_t place, FILE *out)
{
	const struct groups *groups = said->groups;
	const struct group_bug *bug = &groups->bugs[place];

	fprintf(out, "%6zu  %s\n        %s\n", bug->dumps, bug->signature, bug->message);
	since_text(said, bug, out);
	releases_text(groups, bug, out);
	dates_text(bug, out);
	modules_text(groups, bug, out);
	group_examples(groups, place, out, example_text);
}

void group_text(const struct group_said *said, FILE *out)
{
	const struct groups *groups = said->groups;
	char lists[48] = "";

	for (size_t i = 0; i < said->nr_order; i++)
		bug_text(said, said->order[i], out);
	if (groups->lists_only)
		snprintf(lists, sizeof(lists), " (%zu by lists only)", groups->lists_only);
	fprintf(out, "%zu group%s in %zu dump%s: %zu clean%s, %zu corrupt, %zu unknown\n", said->nr,
		said->nr == 1 ? "" : "s", groups->nr_entries, groups->nr_entries == 1 ? "" : "s",
		groups->clean, lists, groups->corrupt, groups->unknown);
	if (said->since)
		fprintf(out, "since %s: %zu new, %zu gone\n", said->since, groups->new,
			groups->gone);
}

static void example_json(void *to, const char *file)
{
	json_array_append_new(to, json_string(file));
}

static json_t *releases_json(const struct groups *groups, const struct group_bug *bug)
{
	json_t *releases = json_object();

	for (size_t i = 0; i < bug->nr_releases && i < GROUP_RELEASES_SHOWN; i++)
		json_object_set_new(releases, group_release(groups, bug, i),
				    json_integer((json_int_t)bug->releases[i].dumps));
	return releases;
}

static void dates_json(const struct group_bug *bug, json_t *record)
{
	char text[GROUP_DATE_MAX];

	if (!bug->first)
		return;
	json_object_set_new(record, "first", json_string(group_date(bug->first, text)));
	json_object_set_new(record, "last", json_string(group_date(bug->last, text)));
}

/* Periods in which a dump has it. */
static json_t *counts_json(const struct group_times *times, uint32_t place)
{
	json_t *counts = json_array();
	char text[GROUP_PERIOD_MAX];

	for (size_t i = 0; i < times->nr; i++) {
		uint32_t dumps = times->bugs[place * times->nr + i];

		if (dumps)
			json_array_append_new(counts, json_pack("{s:s, s:i}", "from",
								group_period(times, i, text),
								"dumps", (int)dumps));
	}
	return counts;
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

static void bug_json(const struct group_said *said, uint32_t place, FILE *out)
{
	const struct groups *groups = said->groups;
	const struct group_bug *bug = &groups->bugs[place];
	json_t *record = json_object(), *examples = json_array();

	group_examples(groups, place, examples, example_json);
	json_object_set_new(record, "type", json_string("group"));
	json_object_set_new(record, "signature", json_string(bug->signature));
	json_object_set_new(record, "dumps", json_integer((json_int_t)bug->dumps));
	if (said->since)
		json_object_set_new(record, "before", json_integer((json_int_t)bug->before));
	json_object_set_new(record, "message", json_string(bug->message));
	json_object_set_new(record, "releases", releases_json(groups, bug));
	dates_json(bug, record);
	if (said->times && said->times->nr)
		json_object_set_new(record, "counts", counts_json(said->times, place));
	modules_json(groups, bug, record);
	json_object_set_new(record, "examples", examples);
	json_line_write(record, out);
	json_decref(record);
}

void group_json(const struct group_said *said, FILE *out)
{
	const struct groups *groups = said->groups;

	for (size_t i = 0; i < said->nr_order; i++)
		bug_json(said, said->order[i], out);
	fprintf(out,
		"{\"type\":\"groups\",\"groups\":%zu,\"dumps\":%zu,\"clean\":%zu,"
		"\"lists_only\":%zu,\"corrupt\":%zu,\"unknown\":%zu",
		said->nr, groups->nr_entries, groups->clean, groups->lists_only, groups->corrupt,
		groups->unknown);
	if (said->times && said->times->nr)
		fprintf(out, ",\"period\":\"%s\",\"undated\":%zu",
			group_unit_name(said->times->unit), said->times->undated);
	if (said->since)
		fprintf(out, ",\"new\":%zu,\"gone\":%zu", groups->new, groups->gone);
	fputs("}\n", out);
}
