/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/kernel_cache.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096
/* The first line; another number when the questions or their answers change their meaning. */
#define HEADER "slubcheck kernel 2"
#define KERNEL_CACHE_MAX 100000

const struct answer *kernel_cache_find(const struct kernel_cache *c, const char *question)
{
	uint64_t place;

	return names_find(&c->names, question, &place) ? &c->list[place] : NULL;
}

static bool room_make(struct kernel_cache *c)
{
	size_t room = c->room ? 2 * c->room : 256;
	struct answer *larger;

	if (c->nr < c->room)
		return true;
	larger = realloc(c->list, room * sizeof(*larger));
	if (!larger)
		return false;
	c->list = larger;
	c->room = room;
	return true;
}

void kernel_cache_add(struct kernel_cache *c, const struct answer *answer)
{
	struct answer copy = *answer;

	if (c->nr == KERNEL_CACHE_MAX || kernel_cache_find(c, answer->question) || !room_make(c))
		return;
	copy.question = strdup(answer->question);
	if (!copy.question)
		return;
	if (!names_add(&c->names, copy.question, c->nr)) {
		free(copy.question);
		return;
	}
	c->list[c->nr++] = copy;
	c->changed = true;
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
static bool line_take(struct kernel_cache *c, char *line)
{
	char *numbers = strchr(line, '\t');
	struct answer answer = { .question = line };
	int n;

	if (!numbers)
		return false;
	*numbers++ = '\0';
	n = sscanf(numbers, "%" SCNx64 " %" SCNx64, &answer.value, &answer.size);
	answer.found = n > 0;
	kernel_cache_add(c, &answer);
	return true;
}

static bool line_read(char *line, size_t size, FILE *file)
{
	if (!fgets(line, (int)size, file))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool lines_read(struct kernel_cache *c, FILE *file)
{
	char line[512];

	if (!line_read(line, sizeof(line), file) || strcmp(line, HEADER) ||
	    !line_read(line, sizeof(line), file) || !line_read(c->from, sizeof(c->from), file))
		return false;
	snprintf(c->source, sizeof(c->source), "%.31s", line);
	while (fgets(line, sizeof(line), file))
		if (!line_take(c, line))
			break;
	return true;
}

bool kernel_cache_load(struct kernel_cache *c, const char *build_id, const char *kind)
{
	char path[PATH_SIZE];
	bool good;
	FILE *file;

	if (!path_of(path, build_id, kind, false))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	good = lines_read(c, file);
	fclose(file);
	c->changed = false;
	return good && c->nr;
}

static bool lines_write(const struct kernel_cache *c, FILE *file)
{
	fprintf(file, "%s\n%s\n%s\n", HEADER, c->source, c->from);
	for (size_t i = 0; i < c->nr; i++) {
		const struct answer *answer = &c->list[i];

		fprintf(file, "%s\t", answer->question);
		if (answer->found)
			fprintf(file, "%" PRIx64 " %" PRIx64, answer->value, answer->size);
		fputc('\n', file);
	}
	return !ferror(file);
}

/* Under another name first: somebody may be reading, or writing the same. */
void kernel_cache_save(struct kernel_cache *c, const char *build_id, const char *kind)
{
	char path[PATH_SIZE], new[PATH_SIZE + 16];
	bool good;
	FILE *file;

	if (!c->changed || !path_of(path, build_id, kind, true))
		return;
	snprintf(new, sizeof(new), "%s.%ld", path, (long)getpid());
	file = fopen(new, "we");
	if (!file)
		return;
	good = lines_write(c, file);
	good &= !fclose(file);
	if (!good || rename(new, path))
		unlink(new);
	else
		c->changed = false;
}

void kernel_cache_free(struct kernel_cache *c)
{
	for (size_t i = 0; i < c->nr; i++)
		free(c->list[i].question);
	free(c->list);
	names_free(&c->names);
	memset(c, 0, sizeof(*c));
}
