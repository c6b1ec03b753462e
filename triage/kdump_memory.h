/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_KDUMP_MEMORY_H
#define SLUBCHECK_TRIAGE_KDUMP_MEMORY_H
/*
 * Physical memory in a dump of makedumpfile's compressed format, decompressed by each thread for
 * itself.
 *
 * libkdumpfile (0.5.1) reads it too, with zlib and behind locks that all threads of a dump share, so
 * that two threads take longer than one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/kdump_file.h"

/* All zero: nothing is known. Nothing in it changes after kdump_memory_learn(). */
struct kdump_memory {
	struct kdump_file *files; /* in order of their frames, which are disjoint */
	size_t nr;
	unsigned int shift; /* log2 of the size of a page in the file */
};

/**
 * kdump_memory_learn() - Find the pages of a dump.
 * @fds: its files, one or all parts of one that was split; they stay the caller's
 *
 * What is not such a dump, or is one that is left to libkdumpfile (pages of odd sizes, a bitmap larger than
 * a GiB, a compression that this build does not know), leaves @m all zero.
 *
 * Return: NULL, or a clause on why the files cannot be parts of one dump.
 */
const char *kdump_memory_learn(struct kdump_memory *m, const int *fds, size_t nr);

/** kdump_memory_free() - @m is all zero afterwards. */
void kdump_memory_free(struct kdump_memory *m);

enum kdump_got {
	KDUMP_GOT,
	KDUMP_ABSENT, /* left out, behind the end of the file, or damaged */
	KDUMP_FOREIGN, /* compressed in a way that this build does not know */
};

/* One thread's door to the pages, and its caches: at most a MiB. */
struct kdump_reader;

/**
 * kdump_reader_new() - Make a door.
 * @m: stays the caller's, and has to live longer; several doors to it can be used at a time
 *
 * Return: NULL without memory. The caller gives it to kdump_reader_free().
 */
struct kdump_reader *kdump_reader_new(const struct kdump_memory *m);

/**
 * kdump_reader_read() - Copy physical memory.
 *
 * Return: KDUMP_GOT when all of it was copied, else why the first page that was not was not.
 */
enum kdump_got kdump_reader_read(struct kdump_reader *r, uint64_t phys, void *buf, size_t len);

/** kdump_reader_free() - @r may be NULL. */
void kdump_reader_free(struct kdump_reader *r);

#endif
