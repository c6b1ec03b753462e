/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/answers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096
/* The first line; another number when the questions or their answers change their meaning. */
#define HEADER "slubcheck answers 1"
#define ANSWERS_MAX 100000

const struct answer *answers_find(const struct answers *a, const char *question)
{
	uint64_t place;

	return names_find(&a->names, question, &place) ? &a->list[place] : NULL;
}

static bool room_make(struct answers *a)
{
	size_t room = a->room ? 2 * a->room : 256;
	struct answer *larger;

	if (a->nr < a->room)
		return true;
	larger = realloc(a->list, room * sizeof(*larger));
	if (!larger)
		return false;
	a->list = larger;
	a->room = room;
	return true;
}

void answers_add(struct answers *a, const struct answer *answer)
{
	struct answer copy = *answer;

	if (a->nr == ANSWERS_MAX || answers_find(a, answer->question) || !room_make(a))
		return;
	copy.question = strdup(answer->question);
	if (!copy.question)
		return;
	if (!names_add(&a->names, copy.question, a->nr)) {
		free(copy.question);
		return;
	}
	a->list[a->nr++] = copy;
	a->changed = true;
}

/* Below the directory that is for caches; false when there is none, or the id is none. */
static bool path_of(char path[PATH_SIZE], const char *build_id, const char *kind, bool make)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n;

	if (!*build_id || strspn(build_id, "0123456789abcdef") != strlen(build_id))
		return false;
	if (base && *base == '/')
		n = snprintf(path, PATH_SIZE, "%s", base);
	else if (home && *home == '/')
		n = snprintf(path, PATH_SIZE, "%s/.cache", home);
	else
		return false;
	/* Room for the names below it. */
	if (n < 0 || n > PATH_SIZE - 256)
		return false;
	for (const char *const *part = (const char *const[]){ "", "/slubcheck", "/layouts", NULL };
	     *part; part++) {
		snprintf(path + strlen(path), PATH_SIZE - strlen(path), "%s", *part);
		if (make && mkdir(path, 0700) && errno != EEXIST)
			return false;
	}
	snprintf(path + strlen(path), PATH_SIZE - strlen(path), "/%.128s-%.32s", build_id, kind);
	return true;
}

/* "m slab freelist" ends at the tab; the numbers follow. */
static bool line_take(struct answers *a, char *line)
{
	char *numbers = strchr(line, '\t');
	struct answer answer = { .question = line };
	int n;

	if (!numbers)
		return false;
	*numbers++ = '\0';
	n = sscanf(numbers, "%" SCNx64 " %" SCNx64, &answer.value, &answer.size);
	answer.found = n > 0;
	answers_add(a, &answer);
	return true;
}

static bool lines_read(struct answers *a, FILE *file)
{
	char line[512];

	if (!fgets(line, sizeof(line), file) || strcmp(line, HEADER "\n"))
		return false;
	if (!fgets(line, sizeof(line), file))
		return false;
	line[strcspn(line, "\n")] = '\0';
	snprintf(a->source, sizeof(a->source), "%.31s", line);
	while (fgets(line, sizeof(line), file))
		if (!line_take(a, line))
			break;
	return true;
}

bool answers_load(struct answers *a, const char *build_id, const char *kind)
{
	char path[PATH_SIZE];
	bool good;
	FILE *file;

	if (!path_of(path, build_id, kind, false))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	good = lines_read(a, file);
	fclose(file);
	a->changed = false;
	return good && a->nr;
}

static bool lines_write(const struct answers *a, FILE *file)
{
	fprintf(file, "%s\n%s\n", HEADER, a->source);
	for (size_t i = 0; i < a->nr; i++) {
		const struct answer *answer = &a->list[i];

		fprintf(file, "%s\t", answer->question);
		if (answer->found)
			fprintf(file, "%" PRIx64 " %" PRIx64, answer->value, answer->size);
		fputc('\n', file);
	}
	return !ferror(file);
}

/* Under another name first: somebody may be reading, or writing the same. */
void answers_save(struct answers *a, const char *build_id, const char *kind)
{
	char path[PATH_SIZE], new[PATH_SIZE + 16];
	bool good;
	FILE *file;

	if (!a->changed || !path_of(path, build_id, kind, true))
		return;
	snprintf(new, sizeof(new), "%s.%ld", path, (long)getpid());
	file = fopen(new, "we");
	if (!file)
		return;
	good = lines_write(a, file);
	good &= !fclose(file);
	if (!good || rename(new, path))
		unlink(new);
	else
		a->changed = false;
}

void answers_free(struct answers *a)
{
	for (size_t i = 0; i < a->nr; i++)
		free(a->list[i].question);
	free(a->list);
	names_free(&a->names);
	memset(a, 0, sizeof(*a));
}
