/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_WITNESS_H
#define SLUBCHECK_CHECKER_IMAGE_WITNESS_H
/*
 * Words of a kernel that runs, as they were read, to be read again.
 *
 * What was gathered from several words is one state of the kernel only if they were true together. The
 * words that each change goes through are noted, and read once more when all is gathered: if they are as
 * they were, nothing changed in between, unless it changed back. A finding has to hold through several
 * such rounds, so that a state that comes and goes would have to be there at each of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/memory.h"

/* A number of @size bytes, 1 to 8. */
struct witness_word {
	uint64_t addr, value;
	uint32_t size;
};

struct witness {
	struct memory *memory;
	struct arena *arena;
	struct witness_word *words;
	size_t nr, room;
	bool full; /* no memory for all words: nothing holds */
	struct witness_page *pages; /* scratch: what a round has read */
};

/** witness_init() - No words; false when there is no memory. */
bool witness_init(struct witness *w, struct memory *memory, struct arena *arena);

/** witness_back() - Forget the words from the @nr-th on. */
void witness_back(struct witness *w, size_t nr);

/** witness_note() - Note a word as it was read. A tag of a pointer does not count. @w may be NULL. */
void witness_note(struct witness *w, uint64_t addr, size_t size, uint64_t value);

/** witness_member() - witness_note() of a member of the structure at @base; those of size 0 are none. */
void witness_member(struct witness *w, uint64_t base, struct target_member m, uint64_t value);

/** witness_holds() - Read the words from @first up to @end again: whether all are as they were. */
bool witness_holds(struct witness *w, size_t first, size_t end);

/** witness_proves() - The same of all words, so many times, one round after the other. */
bool witness_proves(struct witness *w, unsigned int rounds);

#endif
