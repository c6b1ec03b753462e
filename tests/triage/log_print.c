/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the log of a dump as dmesg does, for check-log, and on stderr what of it is missing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "checker/check.h"
#include "checker/image/kernel_log.h"
#include "triage/file_target.h"

static void log_print(const struct kernel_log *log)
{
	for (size_t i = 0; i < log->nr; i++) {
		const struct log_line *line = &log->lines[i];

		printf("[%5" PRIu64 ".%06" PRIu64 "] %s\n", line->ns / 1000000000,
		       line->ns % 1000000000 / 1000, line->text);
	}
	fprintf(stderr,
		"form %d, %" PRIu64 " absent, %" PRIu64 " being written, %" PRIu64 " damaged%s\n",
		(int)log->form, log->absent, log->writing, log->damaged, log->cut ? ", cut" : "");
}

int main(int argc, char **argv)
{
	const struct kernel_info_options options = { .vmlinux = argc > 2 ? argv[2] : NULL };
	const char *paths[] = { argc > 1 ? argv[1] : "" };
	struct file_target target;
	struct kernel_log log;
	struct memory memory;
	struct error error = { 0 };
	struct arena arena;
	bool done;

	if (!file_target_open(&target, paths, 1, &options, &error)) {
		fprintf(stderr, "%s: cannot be opened\n", paths[0]);
		return EXIT_FAILURE;
	}
	arena_init(&arena, CHECK_ARENA_LIMIT);
	done = memory_init(&memory, &target.target, &arena) &&
	       kernel_log_read(&log, &memory, &arena);
	if (done)
		log_print(&log);
	arena_free(&arena);
	file_target_close(&target);
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
