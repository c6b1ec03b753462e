/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pages-compare FILE...: reads every page of a dump, of which the files are all parts, as the program
 * does and through libkdumpfile, and prints where they differ.
 *
 * In the page before each segment of an ELF file libkdumpfile (0.5.1) reads zeros where the file has
 * nothing; that is not a difference.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/dump.h"

#define PAGE_MAX (64u << 10)
#define DIFFERENCES_MAX 10
#define BEYOND 16 /* frames behind the last one that are looked at */

struct comparison {
	struct dump *dump;
	uint64_t size; /* of a page */
	uint64_t alike, absent, different;
};

static bool all_zero(const uint8_t *page, uint64_t size)
{
	return !*page && !memcmp(page, page + 1, size - 1);
}

static void page_compare(struct comparison *c, uint64_t frame)
{
	static uint8_t ours[PAGE_MAX], theirs[PAGE_MAX], part[PAGE_MAX];
	uint64_t phys = frame * c->size, within = frame * 8 % (c->size / 2);
	enum target_status got = dump_read(c->dump, phys, ours, c->size);
	enum target_status wanted = dump_library_read(c->dump, phys, theirs, c->size);
	enum target_status partly = dump_read(c->dump, phys + within, part, c->size / 2);
	bool elf = strstr(dump_format(c->dump), "ELF") != NULL;

	if (got == wanted && got == partly &&
	    (got != TARGET_OK ||
	     (!memcmp(ours, theirs, c->size) && !memcmp(part, theirs + within, c->size / 2)))) {
		c->alike += got == TARGET_OK;
		c->absent += got == TARGET_ABSENT;
		return;
	}
	if (elf && got == TARGET_ABSENT && wanted == TARGET_OK && all_zero(theirs, c->size)) {
		c->absent++;
		return;
	}
	if (c->different++ < DIFFERENCES_MAX)
		printf("frame %" PRIu64 ": status %d, %d in part, %d of libkdumpfile%s\n", frame,
		       (int)got, (int)partly, (int)wanted,
		       got == wanted && got == TARGET_OK ? ", other bytes" : "");
}

int main(int argc, char **argv)
{
	struct error error = { 0 };
	struct comparison c = { 0 };

	if (argc < 2)
		return 2;
	c.dump = dump_open((const char *const *)argv + 1, (size_t)argc - 1, &error);
	if (!c.dump) {
		fprintf(stderr, "pages-compare: %s: %s\n", argv[1], error.text);
		return 2;
	}
	c.size = UINT64_C(1) << dump_page_shift(c.dump);
	for (uint64_t frame = 0; frame < dump_frames(c.dump) + BEYOND; frame++)
		page_compare(&c, frame);
	printf("%" PRIu64 " pages alike, %" PRIu64 " absent, %" PRIu64 " different; %s\n", c.alike,
	       c.absent, c.different,
	       dump_by_library(c.dump) ? "read by libkdumpfile" : "read here");
	dump_close(c.dump);
	return c.different ? EXIT_FAILURE : EXIT_SUCCESS;
}
