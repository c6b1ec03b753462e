/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_CANDIDATES_H
#define SLUBCHECK_CHECKER_WHY_CANDIDATES_H
/*
 * Which types an object of kmalloc() may be of, by its size and by what is stored where.
 *
 * The size tells little: a kernel has hundreds of structures for most classes of kmalloc(). But a word says which
 * kinds of members can lie at its offset: the address of a function, and which parameters that takes; an
 * entry of a list; an object of a cache whose type is known. A structure that fits all of them is a
 * candidate, no more: objects can be arrays, and types of modules without BTF are not known.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/kernel_types.h"
#include "checker/why/kin.h"

#define CANDIDATES_MAX 3u
#define CANDIDATE_NAME_MAX 96u
#define CANDIDATE_BECAUSE_MAX 192u

/**
 * struct candidate - A structure.
 * @name:  without the word struct; raw bytes of the dump: escape before printing
 * @size:  bytes
 * @score: what speaks for it, for ranking
 * @fits:  offsets at which it has what the objects hold
 */
struct candidate {
	char name[CANDIDATE_NAME_MAX];
	uint32_t size;
	int score;
	uint32_t fits;
};

/**
 * struct candidates - See above.
 * @least, @most: bytes that an object of this cache was asked for with
 * @of_size: structures of such a size, or open-ended and smaller
 * @fitting: of them, how many fit all that the objects hold
 * @objects: whose words were looked at; 0: there is nothing to tell
 * @itself:  the object that is asked about is one of them
 * @offsets: at which they agree
 * @list, @nr: the best, the likeliest first; none when what is known does not narrow it down
 * @because: the strongest evidence for the first: "work.func at +0x18 is vmstat_update"
 */
struct candidates {
	uint64_t least, most;
	uint32_t of_size, fitting;
	uint32_t objects, offsets;
	bool itself;
	struct candidate list[CANDIDATES_MAX];
	size_t nr;
	char because[CANDIDATE_BECAUSE_MAX];
};

/**
 * candidates_find() - Find the types that the object of a location may be of.
 * @types: all of the kernel
 * @kin:   what its neighbours share
 * @least, @most: see above
 */
void candidates_find(struct candidates *out, struct judged *j, const struct kernel_types *types,
		     const struct location *at, const struct kin *kin, uint64_t least,
		     uint64_t most);

/**
 * candidates_of_object() - The same for an object of a cache whose name tells no type.
 *
 * The sizes are those that this cache serves. The types of the kernel are read when they are needed first.
 */
void candidates_of_object(struct candidates *out, struct judged *j, const struct location *at,
			  const struct kin *kin);

#endif
