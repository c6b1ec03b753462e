/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_KIN_H
#define SLUBCHECK_CHECKER_WHY_KIN_H
/*
 * What an object may be: what its living neighbours hold at the same offsets.
 *
 * The caches of kmalloc() mix types; but most objects hold pointers to tables of operations and to
 * functions, which are the same in all objects of a type.
 */

#include <stddef.h>
#include <stdint.h>

#include "checker/why/word.h"

#define KIN_ROWS_MAX 4
#define KIN_TEXT_MAX 128

/**
 * struct kin_row - Most of the neighbours hold the same symbol's address at an offset.
 * @offset: from the object's start, bytes
 * @nr:	    how many do
 * @known:  the object's own word is in the dump
 * @here:   it is the same
 */
struct kin_row {
	uint32_t offset;
	uint32_t nr;
	uint64_t value;
	bool known, here;
	char text[KIN_TEXT_MAX];
};

/**
 * struct kin - See above.
 * @allocated: neighbours that were asked: the allocated objects of the same slab
 */
struct kin {
	uint32_t allocated;
	struct kin_row rows[KIN_ROWS_MAX];
	size_t nr;
};

/** kin_find() - Ask the neighbours of the object of a location. */
void kin_find(struct kin *kin, struct judged *j, const struct location *at);

#endif
