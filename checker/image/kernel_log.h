/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_KERNEL_LOG_H
#define SLUBCHECK_CHECKER_IMAGE_KERNEL_LOG_H
/*
 * The log of the kernel, as dmesg prints it, out of an image.
 *
 * It has had three forms. The names of types and symbols tell which one a kernel has, since distributions
 * backport. Each number of it can be damaged: no loop is longer than the log can be, and a record that
 * contradicts itself is counted and left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/memory.h"

enum kernel_log_form {
	KERNEL_LOG_NONE, /* the image does not tell where a log is */
	KERNEL_LOG_RINGBUFFER, /* struct printk_ringbuffer (5.10, 896fbe20b4e2) */
	KERNEL_LOG_RECORDS, /* struct printk_log; struct log before 3.11 (3.5, 7ff9554bb578) */
	KERNEL_LOG_TEXT, /* characters (before) */
};

#define LOG_LEVEL_UNKNOWN 8u

/**
 * struct log_line - A line. A record of several lines gives several, with the same time and caller.
 * @ns:	    since boot; 0 unless @timed
 * @caller: task that wrote it, or CPU when it was not in a task; valid when @called
 * @by_cpu: @caller is a CPU
 * @level:  0 (emergency) to 7 (debug), or LOG_LEVEL_UNKNOWN
 * @text:   raw bytes of the dump, those that are 0 made blanks: escape before printing
 */
struct log_line {
	uint64_t ns;
	uint32_t caller;
	uint8_t level;
	bool timed, called, by_cpu;
	const char *text;
};

/**
 * struct kernel_log - The log, oldest line first.
 * @absent:  records that are in part or wholly not in the dump; of text, pages
 * @writing: records that a CPU was still writing
 * @damaged: records that contradict themselves, or had no room for their text
 * @cut:     there is more than is kept: no memory, or the user wanted to stop
 */
struct kernel_log {
	enum kernel_log_form form;
	const struct log_line *lines;
	size_t nr;
	uint64_t absent, writing, damaged;
	bool cut;
};

/**
 * kernel_log_read() - Read all of it. The lines are the arena's.
 *
 * Return: false when nothing can be said of the log: @log->form is KERNEL_LOG_NONE, or what leads to it
 * is not in the dump or makes no sense.
 */
bool kernel_log_read(struct kernel_log *log, struct memory *memory, struct arena *arena);

/** kernel_log_whole() - Whether no line is missing. */
static inline bool kernel_log_whole(const struct kernel_log *log)
{
	return !log->absent && !log->writing && !log->damaged && !log->cut;
}

#endif
