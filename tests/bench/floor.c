/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * floor VMCORE READS [THREADS]: reads what slubcheck has read of a dump (SLUBCHECK_READS) through
 * libkdumpfile, and does nothing with it. What slubcheck takes beyond that is its own doing.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <libkdumpfile/kdumpfile.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MAX 64

struct range {
	uint64_t phys;
	size_t len;
};

struct part {
	kdump_ctx_t *dump;
	const struct range *ranges;
	size_t nr, failed;
};

static struct range *ranges_read(const char *path, size_t *nr)
{
	FILE *file = fopen(path, "r");
	struct range *ranges = NULL, *more, range;
	size_t room = 0;

	*nr = 0;
	while (file && fscanf(file, "%" SCNx64 " %zu", &range.phys, &range.len) == 2) {
		if (*nr == room) {
			room = room ? 2 * room : 4096;
			more = realloc(ranges, room * sizeof(*ranges));
			if (!more)
				break;
			ranges = more;
		}
		ranges[(*nr)++] = range;
	}
	if (file)
		fclose(file);
	return ranges;
}

static bool range_read(kdump_ctx_t *dump, const struct range *range, void *buf)
{
	size_t got = range->len;

	return kdump_read(dump, KDUMP_KPHYSADDR, range->phys, buf, &got) == KDUMP_OK;
}

static void *part_read(void *ctx)
{
	static const size_t size = 1 << 20;
	struct part *part = ctx;
	char *buf = malloc(size);

	for (size_t i = 0; buf && i < part->nr; i++)
		if (part->ranges[i].len > size || !range_read(part->dump, &part->ranges[i], buf))
			part->failed++;
	free(buf);
	return NULL;
}

static kdump_ctx_t *dump_open(const char *path)
{
	kdump_ctx_t *dump = kdump_new();
	int fd = open(path, O_RDONLY);

	/* Physical addresses as the kernel counts them need to know that it is one. */
	if (dump && fd >= 0 && kdump_open_fd(dump, fd) == KDUMP_OK &&
	    kdump_set_string_attr(dump, KDUMP_ATTR_OSTYPE, "linux") == KDUMP_OK)
		return dump;
	fprintf(stderr, "floor: %s: %s\n", path, dump ? kdump_get_err(dump) : "");
	return NULL;
}

int main(int argc, char **argv)
{
	size_t threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 1, nr, failed = 0;
	struct part parts[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	struct range *ranges;
	kdump_ctx_t *dump;

	if (argc < 3 || !threads || threads > THREADS_MAX)
		return 3;
	dump = dump_open(argv[1]);
	ranges = ranges_read(argv[2], &nr);
	if (!dump || !ranges)
		return 2;
	for (size_t i = 0; i < threads; i++) {
		size_t first = nr * i / threads, end = nr * (i + 1) / threads;

		parts[i] = (struct part){ kdump_clone(dump, 0), ranges + first, end - first, 0 };
		pthread_create(&ids[i], NULL, part_read, &parts[i]);
	}
	for (size_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		kdump_free(parts[i].dump);
		failed += parts[i].failed;
	}
	kdump_free(dump);
	free(ranges);
	printf("%zu reads, %zu failed\n", nr, failed);
	return failed ? 1 : 0;
}
