/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unpack VMCORE READS [THREADS]: unpacks the pages of a dump that slubcheck has read (SLUBCHECK_READS),
 * with the same libraries, out of the mapped file, and does nothing with them. What slubcheck takes
 * beyond that is its own doing.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "triage/kdump_file.h"
#include "triage/unpack.h"

#define THREADS_MAX 64
#define PAGE_MAX (64u << 10)

struct list {
	uint64_t *frames;
	size_t nr;
};

struct part {
	const struct kdump_file *file;
	const uint8_t *bytes;
	const uint64_t *frames;
	size_t nr, failed;
};

static void list_add(struct list *list, uint64_t frame)
{
	uint64_t *more = list->frames;

	if (!(list->nr & (list->nr - 1)))
		more = realloc(list->frames, 2 * (list->nr + 1) * sizeof(*more));
	if (!more)
		exit(2);
	list->frames = more;
	list->frames[list->nr++] = frame;
}

static struct list list_read(const char *path, uint64_t block)
{
	FILE *file = fopen(path, "r");
	struct list list = { 0 };
	char line[64];

	while (file && fgets(line, sizeof(line), file)) {
		char *end;
		uint64_t phys = strtoull(line, &end, 16), len = strtoull(end, NULL, 10);

		for (uint64_t frame = phys / block; len && frame <= (phys + len - 1) / block;
		     frame++)
			list_add(&list, frame);
	}
	if (file)
		fclose(file);
	return list;
}

static bool page_unpack(const struct part *p, struct unpack *u, uint64_t frame, uint8_t *to)
{
	const struct kdump_file *k = p->file;
	struct kdump_page page;

	if (!kdump_file_has(k, frame))
		return false;
	memcpy(&page, p->bytes + k->pages + kdump_file_rank(k, frame) * sizeof(page), sizeof(page));
	return !kdump_page_lost(k, &page) && unpack_page(u, page.flags, p->bytes + page.offset,
							 page.size, to, k->block) == UNPACK_DONE;
}

static void *part_run(void *ctx)
{
	struct part *part = ctx;
	struct unpack *u = unpack_new();
	uint8_t *page = malloc(PAGE_MAX);

	if (!u || !page)
		exit(2);
	for (size_t i = 0; i < part->nr; i++)
		part->failed += !page_unpack(part, u, part->frames[i], page);
	free(page);
	unpack_free(u);
	return NULL;
}

static const uint8_t *file_map(const char *path, struct kdump_file *k)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *bytes;

	if (fd < 0 || fstat(fd, &st) || !kdump_file_open(k, fd, (uint64_t)st.st_size) ||
	    !kdump_file_bits(k) || k->block > PAGE_MAX)
		return NULL;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	return bytes == MAP_FAILED ? NULL : bytes;
}

int main(int argc, char **argv)
{
	size_t threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 1, failed = 0;
	struct part parts[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	struct kdump_file file;
	const uint8_t *bytes;
	struct list list;

	if (argc < 3 || !threads || threads > THREADS_MAX)
		return 3;
	bytes = file_map(argv[1], &file);
	if (!bytes)
		return 2;
	list = list_read(argv[2], file.block);
	for (size_t i = 0; i < threads; i++) {
		size_t first = list.nr * i / threads, end = list.nr * (i + 1) / threads;

		parts[i] = (struct part){ &file, bytes, list.frames + first, end - first, 0 };
		pthread_create(&ids[i], NULL, part_run, &parts[i]);
	}
	for (size_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		failed += parts[i].failed;
	}
	printf("%zu pages, %zu failed\n", list.nr, failed);
	free(list.frames);
	kdump_file_free(&file);
	return failed ? 1 : 0;
}
