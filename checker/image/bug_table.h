/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_BUG_TABLE_H
#define SLUBCHECK_CHECKER_IMAGE_BUG_TABLE_H
/*
 * The tables of BUG() and WARN(), the kernel's own and those of its modules: which trapping instruction is
 * which check.
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
 * @addr:    where the kernel says that the check is: the instruction, or of a WARN() with a text a few before it
 * @file:    source file, raw bytes of the image; empty without CONFIG_DEBUG_BUGVERBOSE
 * @line:    line in it, from 1
 */
struct bug {
	bool warning;
	uint64_t addr;
	char file[96];
	unsigned int line;
};

/** bug_find() - Look an instruction up. @bug is written to when BUG_FOUND is returned. */
enum bug_status bug_find(struct memory *memory, struct arena *arena, uint64_t ip, struct bug *bug);

/**
 * bug_find_entry() - Read the entry that a WARN() hands to the trap.
 * @entry: address of the entry: of a WARN() with a text the instruction names it (6.19)
 * @ip:    the instruction
 *
 * Return: BUG_UNKNOWN when it is not an entry of this instruction.
 */
enum bug_status bug_find_entry(struct memory *memory, uint64_t entry, uint64_t ip, struct bug *bug);

/** bug_in_file() - Whether it is of that file: @path is from the top of the source, as "mm/slub.c". */
bool bug_in_file(const struct bug *bug, const char *path);

#endif
