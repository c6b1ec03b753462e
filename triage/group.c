/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/error.h"
#include "triage/group_read.h"
#include "triage/group_say.h"
#include "triage/lines.h"

struct work {
	struct groups groups;
	struct group_reader *reader;
	bool (*cancelled)(void);
};

/* One error a file, the first. */
static bool lines_read(struct work *work, uint32_t source, int fd, struct error *error)
{
	struct error why = { 0 };
	enum lines_end end;
	struct lines lines;
	const char *line;
	size_t length;

	lines_begin(&lines, fd, work->cancelled);
	while ((end = lines_next(&lines, &line, &length, &why)) == LINES_GOT ||
	       end == LINES_BROKEN_OFF) {
		if (group_reader_take(work->reader, source, line, length, &why) || *error->text)
			continue;
		error_set(error, "line %llu: %s", (unsigned long long)lines.number, why.text);
	}
	if (end == LINES_FAILED && !*error->text)
		*error = why;
	lines_free(&lines);
	return !*error->text;
}

static bool file_read(struct work *work, uint32_t source, const char *name)
{
	bool input = !strcmp(name, "-"), good;
	int fd = input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	struct error error = { 0 };

	good = fd < 0 ? error_errno(&error, NULL, errno) : lines_read(work, source, fd, &error);
	if (fd >= 0 && !input)
		close(fd);
	if (good)
		return true;
	error_context(&error, "%s", name);
	error_say(&error);
	return false;
}

/* What two places of bugs are compared by. */
struct place {
	uint32_t bug;
	size_t dumps;
	const char *signature;
};

static int places_order(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->dumps != b->dumps)
		return a->dumps > b->dumps ? -1 : 1;
	return strcmp(a->signature, b->signature);
}

/* Places of the bugs that dumps have, the most frequent first. NULL without memory. */
static uint32_t *order_make(const struct groups *groups, size_t *nr)
{
	struct place *places = calloc(groups->nr_bugs + 1, sizeof(*places));
	uint32_t *order = calloc(groups->nr_bugs + 1, sizeof(*order));

	*nr = 0;
	for (size_t i = 0; places && order && i < groups->nr_bugs; i++) {
		const struct group_bug *bug = &groups->bugs[i];

		/* Those of results that are superseded have none. */
		if (bug->dumps)
			places[(*nr)++] = (struct place){ (uint32_t)i, bug->dumps, bug->signature };
	}
	if (!places || !order) {
		free(places);
		free(order);
		return NULL;
	}
	qsort(places, *nr, sizeof(*places), places_order);
	for (size_t i = 0; i < *nr; i++)
		order[i] = places[i].bug;
	free(places);
	return order;
}

static bool groups_say(struct work *work, bool json, FILE *out)
{
	uint32_t *order = NULL;
	struct error error = { 0 };
	size_t nr;

	if (group_count(&work->groups))
		order = order_make(&work->groups, &nr);
	if (!order) {
		error_no_memory(&error);
		error_say(&error);
		return false;
	}
	if (json)
		group_json(&work->groups, order, nr, out);
	else
		group_text(&work->groups, order, nr, out);
	free(order);
	return true;
}

static bool whole_run(struct work *work, char *const *files, size_t nr, bool json, FILE *out)
{
	struct error error = { 0 };
	bool good = true;

	for (size_t i = 0; i < nr && !work->cancelled(); i++)
		good &= file_read(work, (uint32_t)i, files[i]);
	/* A part of the counts would be taken for all of them. */
	if (work->cancelled()) {
		error_set(&error, "interrupted: nothing was grouped");
		error_say(&error);
		return false;
	}
	return groups_say(work, json, out) && good;
}

bool group_run(char *const *files, size_t nr, const struct group_options *options, FILE *out)
{
	struct work work = { .cancelled = options->cancelled };
	struct error error = { 0 };
	bool good = false;

	work.reader = group_reader_new(&work.groups);
	if (work.reader) {
		good = whole_run(&work, files, nr, options->json, out);
	} else {
		error_no_memory(&error);
		error_say(&error);
	}
	group_reader_free(work.reader);
	groups_free(&work.groups);
	return good;
}
