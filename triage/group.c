/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "triage/error.h"
#include "triage/group_html.h"
#include "triage/group_read.h"
#include "triage/group_say.h"
#include "triage/lines.h"
#include "triage/page.h"

struct work {
	struct groups groups, earlier;
	struct group_reader *reader, *earlier_reader;
	const struct group_options *options;
	bool (*cancelled)(void);
};

/* One error a file, the first. */
static bool lines_read(struct work *work, struct group_reader *reader, uint32_t source, int fd,
		       struct error *error)
{
	struct error why = { 0 };
	enum lines_end end;
	struct lines lines;
	const char *line;
	size_t length;

	lines_begin(&lines, fd, work->cancelled);
	while ((end = lines_next(&lines, &line, &length, &why)) == LINES_GOT ||
	       end == LINES_BROKEN_OFF) {
		if (group_reader_take(reader, source, line, length, &why) || *error->text)
			continue;
		error_set(error, "line %llu: %s", (unsigned long long)lines.number, why.text);
	}
	if (end == LINES_FAILED && !*error->text)
		*error = why;
	lines_free(&lines);
	return !*error->text;
}

static bool file_read(struct work *work, struct group_reader *reader, uint32_t source,
		      const char *name)
{
	bool input = !strcmp(name, "-"), good;
	int fd = input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	struct error error = { 0 };

	good = fd < 0 ? error_errno(&error, NULL, errno)
		      : lines_read(work, reader, source, fd, &error);
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

		/* Those of results that are superseded have none; those that are gone had some. */
		if (bug->dumps || bug->before)
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

static bool no_memory_say(void)
{
	struct error error = { 0 };

	error_no_memory(&error);
	error_say(&error);
	return false;
}

static bool page_say(struct work *work, const struct group_said *said, FILE *out)
{
	const char *path = work->options->html;
	struct page_file file = { .stream = NULL };

	if (!page_open(&file, path))
		return false;
	group_html(said, work->options, file.stream);
	if (!page_close(&file, path))
		return false;
	fprintf(out, "%s: %zu group%s in %zu dump%s, %zu KiB\n", path, said->nr,
		said->nr == 1 ? "" : "s", work->groups.nr_entries,
		work->groups.nr_entries == 1 ? "" : "s", page_kib(&file));
	return true;
}

static bool counted_say(struct work *work, struct group_said *said, FILE *out)
{
	bool good = true;

	if (work->options->html)
		good = page_say(work, said, out);
	else if (work->options->json)
		group_json(said, out);
	else
		group_text(said, out);
	return good;
}

static bool groups_say(struct work *work, FILE *out)
{
	struct group_said said = { .groups = &work->groups, .since = work->options->since };
	struct group_times times = { 0 };
	bool good = group_count(&work->groups);

	if (good && said.since)
		good = group_count(&work->earlier) && group_since(&work->groups, &work->earlier);
	/* Text has no place for them. */
	if (good && (work->options->json || work->options->html)) {
		good = group_times_count(&times, &work->groups);
		said.times = &times;
	}
	if (good)
		said.order = order_make(&work->groups, &said.nr_order);
	good = good && said.order;
	said.nr = said.nr_order - work->groups.gone;
	good = good ? counted_say(work, &said, out) : no_memory_say();
	free(said.order);
	group_times_free(&times);
	return good;
}

static bool whole_run(struct work *work, char *const *files, size_t nr, FILE *out)
{
	struct error error = { 0 };
	bool good = true;

	/* What is new is known only when all is known that is old. */
	if (work->options->since && !file_read(work, work->earlier_reader, 0, work->options->since))
		return false;
	for (size_t i = 0; i < nr && !work->cancelled(); i++)
		good &= file_read(work, work->reader, (uint32_t)i, files[i]);
	/* A part of the counts would be taken for all of them. */
	if (work->cancelled()) {
		error_set(&error, "interrupted: nothing was grouped");
		error_say(&error);
		return false;
	}
	return groups_say(work, out) && good;
}

bool group_run(char *const *files, size_t nr, const struct group_options *options, FILE *out)
{
	struct work work = { .cancelled = options->cancelled, .options = options };
	bool good;

	work.reader = group_reader_new(&work.groups);
	work.earlier_reader = group_reader_new(&work.earlier);
	good = work.reader && work.earlier_reader ? whole_run(&work, files, nr, out)
						  : no_memory_say();
	group_reader_free(work.reader);
	group_reader_free(work.earlier_reader);
	groups_free(&work.groups);
	groups_free(&work.earlier);
	return good;
}
