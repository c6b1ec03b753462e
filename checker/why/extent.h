/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_EXTENT_H
#define SLUBCHECK_CHECKER_WHY_EXTENT_H
/*
 * From where to where the bytes of a slab are not what they should be, and what they look like.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/why/word.h"
#include "decoders/stretch.h"

/* Where an end of the damage lies. */
struct extent_end {
	int32_t index; /* of the object; -1: in no object */
	uint64_t offset; /* from its start, or from that of the slab's memory */
};

#define EXTENT_SHOWN 32u

/**
 * struct extent - See above.
 * @known: there is something wrong with bytes of the slab that is as near to the object as its neighbours
 * @first, @last: addresses of the first and the last such byte
 * @from, @to: where these lie
 * @kind:  the pattern that all of them have
 * @page_start: @first is where a page begins
 * @findings: so many findings are about these bytes
 * @shown, @nr_shown: the first bytes
 */
struct extent {
	bool known;
	uint64_t first, last;
	struct extent_end from, to;
	enum stretch_kind kind;
	bool page_start;
	unsigned int findings;
	uint8_t shown[EXTENT_SHOWN];
	unsigned int nr_shown;
};

/**
 * extent_find() - Find it around an object.
 * @at:    the object, of a judged cache
 * @first, @last: bytes of it that are known to be wrong beside what findings say; 0: none are known
 */
void extent_find(struct extent *extent, struct judged *j, const struct location *at, uint64_t first,
		 uint64_t last);

#endif
