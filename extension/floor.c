/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command `slubfloor FILE`: the floor under all benchmarks of the crash command.
 *
 * Reads the memory that FILE lists ("-": standard input) and does nothing with it. Each line is an
 * address and a number of bytes, in hexadecimal and decimal: what a checker has to read, in the
 * order in which it reads it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/image/clock.h"
#include "extension/crash.h"

struct floor_read {
	unsigned long long addr;
	long len;
};

/* Static, so that it is not lost when a command is left by longjmp. */
static struct {
	struct floor_read *reads;
	char *buf;
	size_t nr, room;
	long longest;
} list;

static bool list_add(unsigned long long addr, long len)
{
	if (list.nr == list.room) {
		size_t room = list.room ? list.room * 2 : 4096;
		struct floor_read *reads = realloc(list.reads, room * sizeof(*reads));

		if (!reads)
			return false;
		list.reads = reads;
		list.room = room;
	}
	list.reads[list.nr].addr = addr;
	list.reads[list.nr].len = len;
	list.nr++;
	if (len > list.longest)
		list.longest = len;
	return true;
}

static void list_free(void)
{
	free(list.reads);
	free(list.buf);
	memset(&list, 0, sizeof(list));
}

static void list_load(const char *name)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "r") : stdin;
	unsigned long long addr;
	long len;

	if (!in)
		error(FATAL, "%s: %s\n", name, strerror(errno));
	while (fscanf(in, "%llx %ld", &addr, &len) == 2 && list_add(addr, len))
		;
	if (in != stdin)
		fclose(in);
	list.buf = malloc((size_t)list.longest + 1);
	if (!list.buf)
		error(FATAL, "no memory for %ld bytes\n", list.longest);
}

static void cmd_slubfloor(void)
{
	unsigned long long bytes = 0;
	size_t failed = 0;
	struct timespec start;

	if (argcnt != 2)
		cmd_usage(pc->curcmd, SYNOPSIS);
	list_free();
	list_load(args[1]);
	start = clock_now();
	for (size_t i = 0; i < list.nr; i++) {
		if (readmem(list.reads[i].addr, KVADDR, list.buf, list.reads[i].len, "slubfloor",
			    RETURN_ON_ERROR | QUIET))
			bytes += (unsigned long long)list.reads[i].len;
		else
			failed++;
	}
	fprintf(fp, "reads %zu failed %zu bytes %llu seconds %.6f\n", list.nr, failed, bytes,
		clock_seconds_since(&start));
	list_free();
}

/* clang-format off */
static char *help_slubfloor[] = {
	"slubfloor",
	"time bare reads of memory",
	"file",
	"  Read the memory that the file lists, an address and a length a line, and",
	"  print how long it took.",
	NULL
};

static struct command_table_entry command_table[] = {
	{ "slubfloor", cmd_slubfloor, help_slubfloor, 0 },
	{ NULL, NULL, NULL, 0 },
};
/* clang-format on */

static void __attribute__((constructor)) slubfloor_load(void)
{
	register_extension(command_table);
}

static void __attribute__((destructor)) slubfloor_unload(void)
{
	list_free();
}
