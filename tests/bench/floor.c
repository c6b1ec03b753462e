/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * floor VMCORE READS [THREADS]: reads what slubcheck has read of a dump (SLUBCHECK_READS) through
 * libkdumpfile, and does nothing with it. What slubcheck takes beyond that is its own doing.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "triage/dump.h"

#define THREADS_MAX 64

struct range {
	uint64_t phys;
	size_t len;
};

struct part {
	struct dump *dump;
	const struct range *ranges;
	size_t nr, failed;
};

static struct range *ranges_read(const char *path, size_t *nr)
{
	FILE *file = fopen(path, "r");
	struct range *ranges = NULL, range;
	size_t room = 0;

	*nr = 0;
	while (file && fscanf(file, "%" SCNx64 " %zu", &range.phys, &range.len) == 2) {
		if (*nr == room) {
			room = room ? 2 * room : 4096;
			ranges = realloc(ranges, room * sizeof(*ranges));
			if (!ranges)
				break;
		}
		ranges[(*nr)++] = range;
	}
	if (file)
		fclose(file);
	return ranges;
}

static void *part_read(void *ctx)
{
	static const size_t size = 1 << 20;
	struct part *part = ctx;
	char *buf = malloc(size);

	for (size_t i = 0; buf && i < part->nr; i++)
		if (part->ranges[i].len > size || dump_read(part->dump, part->ranges[i].phys, buf,
							    part->ranges[i].len) != TARGET_OK)
			part->failed++;
	free(buf);
	return NULL;
}

int main(int argc, char **argv)
{
	char error[DUMP_ERROR_MAX];
	size_t threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 1, nr, failed = 0;
	struct part parts[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	struct range *ranges;
	struct dump *dump;

	if (argc < 3 || !threads || threads > THREADS_MAX)
		return 3;
	dump = dump_open((const char *const *)argv + 1, 1, error);
	ranges = ranges_read(argv[2], &nr);
	if (!dump || !ranges) {
		fprintf(stderr, "floor: %s\n", dump ? argv[2] : error);
		return 2;
	}
	for (size_t i = 0; i < threads; i++) {
		size_t first = nr * i / threads, end = nr * (i + 1) / threads;

		parts[i] = (struct part){ dump_share(dump), ranges + first, end - first, 0 };
		pthread_create(&ids[i], NULL, part_read, &parts[i]);
	}
	for (size_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		dump_close(parts[i].dump);
		failed += parts[i].failed;
	}
	dump_close(dump);
	free(ranges);
	printf("%zu reads, %zu failed\n", nr, failed);
	return failed ? 1 : 0;
}
