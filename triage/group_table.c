/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group_table.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more of @size bytes. */
static void *more_room(void *list, size_t nr, size_t *room, size_t size)
{
	size_t wanted = *room ? *room + *room / 2 : 64;
	void *more;

	if (nr < *room)
		return list;
	more = realloc(list, wanted * size);
	if (more)
		*room = wanted;
	return more;
}

bool group_word(struct group_words *words, const char *text, uint32_t *number)
{
	uint64_t known;
	char **list;

	if (names_find(&words->numbers, text, &known)) {
		*number = (uint32_t)known;
		return true;
	}
	list = more_room(words->list, words->nr, &words->room, sizeof(*list));
	if (!list)
		return false;
	words->list = list;
	list[words->nr] = strdup(text);
	if (!list[words->nr] || !names_add(&words->numbers, list[words->nr], words->nr)) {
		free(list[words->nr]);
		return false;
	}
	*number = (uint32_t)words->nr++;
	return true;
}

static void words_free(struct group_words *words)
{
	for (size_t i = 0; i < words->nr; i++)
		free(words->list[i]);
	free(words->list);
	names_free(&words->numbers);
}

bool group_bug_of(struct groups *groups, const char *signature, const char *message,
		  uint32_t *place)
{
	struct group_bug *bugs, *bug;
	uint64_t known;

	if (names_find(&groups->signatures, signature, &known)) {
		*place = (uint32_t)known;
		return true;
	}
	bugs = more_room(groups->bugs, groups->nr_bugs, &groups->room_bugs, sizeof(*bugs));
	if (!bugs)
		return false;
	groups->bugs = bugs;
	bug = &bugs[groups->nr_bugs];
	*bug = (struct group_bug){ .signature = strdup(signature), .message = strdup(message) };
	if (!bug->signature || !bug->message ||
	    !names_add(&groups->signatures, bug->signature, groups->nr_bugs)) {
		free(bug->signature);
		free(bug->message);
		return false;
	}
	*place = (uint32_t)groups->nr_bugs++;
	return true;
}

static void modules_narrow(struct group_modules *common, const struct group_modules *with)
{
	for (size_t i = 0; i < sizeof(common->bits) / sizeof(*common->bits); i++)
		common->bits[i] &= with->bits[i];
}

/* A bug that one more dump has. */
static bool bug_meet(struct group_bug *bug, const struct group_row *row, uint32_t entry)
{
	if (bug->nr_examples < sizeof(bug->examples) / sizeof(*bug->examples)) {
		struct group_example *example = &bug->examples[bug->nr_examples];

		example->entry = entry;
		example->file = strdup(row->file);
		if (!example->file)
			return false;
		bug->nr_examples++;
	}
	if (row->modules && bug->modules) {
		modules_narrow(bug->modules, row->modules);
	} else if (row->modules) {
		bug->modules = malloc(sizeof(*bug->modules));
		if (!bug->modules)
			return false;
		*bug->modules = *row->modules;
	}
	return true;
}

/* How many bugs, and which, to the end of the pool. */
static bool pool_add(struct groups *groups, const struct group_row *row, uint32_t *place)
{
	*place = (uint32_t)groups->nr_pool;
	for (size_t i = 0; i <= row->nr_bugs; i++) {
		uint32_t *pool =
			more_room(groups->pool, groups->nr_pool, &groups->room_pool, sizeof(*pool));

		if (!pool)
			return false;
		groups->pool = pool;
		pool[groups->nr_pool++] = i ? row->bugs[i - 1] : (uint32_t)row->nr_bugs;
	}
	return true;
}

/* The place of a dump: where its earlier result is, or a new one. */
static bool entry_place(struct groups *groups, const struct group_row *row, uint32_t *place)
{
	const uint32_t *known = seen_find(&groups->files, row->file, row->source);
	struct group_entry *entries;

	if (known) {
		*place = *known;
		return true;
	}
	entries = more_room(groups->entries, groups->nr_entries, &groups->room_entries,
			    sizeof(*entries));
	if (!entries)
		return false;
	groups->entries = entries;
	*place = (uint32_t)groups->nr_entries;
	if (!seen_add(&groups->files, row->file, row->source, *place))
		return false;
	groups->nr_entries++;
	return true;
}

bool group_row_add(struct groups *groups, const struct group_row *row)
{
	struct group_entry entry = { .date = row->date,
				     .status = (uint8_t)row->status,
				     .lists_only = row->lists_only };
	uint32_t place;

	if (!group_word(&groups->releases, row->release, &entry.release) ||
	    !pool_add(groups, row, &entry.bugs) || !entry_place(groups, row, &place))
		return false;
	groups->entries[place] = entry;
	if (row->modules && groups->modules_known)
		modules_narrow(&groups->everywhere, row->modules);
	else if (row->modules)
		groups->everywhere = *row->modules;
	groups->modules_known |= row->modules != NULL;
	for (size_t i = 0; i < row->nr_bugs; i++)
		if (!bug_meet(&groups->bugs[row->bugs[i]], row, place))
			return false;
	return true;
}

bool group_entry_has(const struct groups *groups, uint32_t entry, uint32_t bug)
{
	const uint32_t *list = groups->pool + groups->entries[entry].bugs;

	for (uint32_t i = 1; i <= list[0]; i++)
		if (list[i] == bug)
			return true;
	return false;
}

/* Those of many dumps stand first, and are met first; of as many, by their names, if @names are asked. */
static void release_up(struct group_release *releases, size_t i, char *const *names)
{
	for (; i; i--) {
		struct group_release *a = &releases[i - 1], *b = &releases[i], swapped = *b;

		if (a->dumps > b->dumps ||
		    (a->dumps == b->dumps &&
		     (!names || strcmp(names[a->release], names[b->release]) < 0)))
			return;
		*b = *a;
		*a = swapped;
	}
}

static bool release_count(struct group_bug *bug, uint32_t release)
{
	struct group_release *more;

	for (size_t i = 0; i < bug->nr_releases; i++) {
		if (bug->releases[i].release != release)
			continue;
		bug->releases[i].dumps++;
		release_up(bug->releases, i, NULL);
		return true;
	}
	more = realloc(bug->releases, (bug->nr_releases + 1) * sizeof(*more));
	if (!more)
		return false;
	bug->releases = more;
	more[bug->nr_releases++] = (struct group_release){ release, 1 };
	return true;
}

static bool bug_count(struct group_bug *bug, const struct group_entry *entry)
{
	bug->dumps++;
	if (entry->date && (!bug->first || entry->date < bug->first))
		bug->first = entry->date;
	if (entry->date > bug->last)
		bug->last = entry->date;
	return release_count(bug, entry->release);
}

static bool entry_count(struct groups *groups, const struct group_entry *entry)
{
	const uint32_t *list = groups->pool + entry->bugs;

	groups->clean += entry->status == STATUS_CLEAN;
	groups->corrupt += entry->status == STATUS_CORRUPT;
	groups->unknown += entry->status == STATUS_UNKNOWN;
	groups->lists_only += entry->lists_only;
	for (uint32_t i = 1; i <= list[0]; i++)
		if (!bug_count(&groups->bugs[list[i]], entry))
			return false;
	return true;
}

bool group_count(struct groups *groups)
{
	for (size_t i = 0; i < groups->nr_entries; i++)
		if (!entry_count(groups, &groups->entries[i]))
			return false;
	for (size_t i = 0; i < groups->nr_bugs; i++)
		for (size_t j = 1; j < groups->bugs[i].nr_releases; j++)
			release_up(groups->bugs[i].releases, j, groups->releases.list);
	return true;
}

bool group_since(struct groups *groups, const struct groups *earlier)
{
	for (size_t i = 0; i < earlier->nr_bugs; i++) {
		const struct group_bug *bug = &earlier->bugs[i];
		uint32_t place;

		if (!bug->dumps)
			continue;
		if (!group_bug_of(groups, bug->signature, bug->message, &place))
			return false;
		groups->bugs[place].before = bug->dumps;
	}
	groups->since = true;
	for (size_t i = 0; i < groups->nr_bugs; i++) {
		groups->new += groups->bugs[i].dumps && !groups->bugs[i].before;
		groups->gone += !groups->bugs[i].dumps && groups->bugs[i].before;
	}
	return true;
}

void groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->nr_bugs; i++) {
		struct group_bug *bug = &groups->bugs[i];

		for (size_t j = 0; j < bug->nr_examples; j++)
			free(bug->examples[j].file);
		free(bug->signature);
		free(bug->message);
		free(bug->modules);
		free(bug->releases);
	}
	free(groups->bugs);
	free(groups->entries);
	free(groups->pool);
	names_free(&groups->signatures);
	seen_free(&groups->files);
	words_free(&groups->releases);
	words_free(&groups->modules);
}
