/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_BUG_TABLE_H
#define SLUBCHECK_CHECKER_IMAGE_BUG_TABLE_H
/*
 * The kernel's table of its BUG() and WARN(): which trapping instruction is which check. Modules have
 * tables of their own, which are not searched.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/memory.h"

enum bug_status {
	BUG_FOUND, /* struct bug is filled in */
	BUG_NONE, /* the table has no entry of the address */
	BUG_UNKNOWN, /* the image has no table, or its layout is not known */
};

/**
 * struct bug - An entry of the table.
 * @warning: it is a WARN(), after which the kernel continues
 * @file:    source file, raw bytes of the image; empty without CONFIG_DEBUG_BUGVERBOSE
 * @line:    line in it, from 1
 */
struct bug {
	bool warning;
	char file[96];
	unsigned int line;
};

/** bug_find() - Look an instruction up. @bug is written to when BUG_FOUND is returned. */
enum bug_status bug_find(struct memory *memory, struct arena *arena, uint64_t ip, struct bug *bug);

/** bug_in_file() - Whether it is of that file: @path is from the top of the source, as "mm/slub.c". */
bool bug_in_file(const struct bug *bug, const char *path);

#endif
