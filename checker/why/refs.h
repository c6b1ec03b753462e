/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_REFS_H
#define SLUBCHECK_CHECKER_WHY_REFS_H
/*
 * Words of memory that point into ranges of addresses: one pass over all page frames.
 *
 * Memory is read through the direct map, in order, by all workers of a team. What lies in the kernel's
 * image, in modules and in vmalloc space is memory of the same frames, so it is read once and never
 * twice; ref_holder.h finds the name that the kernel has for a place.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/memory.h"
#include "checker/image/team.h"

/* Addresses from @start up to @end. */
struct refs_range {
	uint64_t start, end;
};

/**
 * struct refs_query - What to look for.
 * @ranges, @nr: the caller's; in order and disjoint: refs_sort()
 * @unaligned: words at any address, not only at multiples of 8
 * @bytes_max: stop when so many bytes were read; 0: no limit
 * @seconds_max: stop after so many seconds; 0: no limit
 * @tick:      called after each read with the bytes that were visited so far and in all, by any
 *	       worker; may be NULL
 */
struct refs_query {
	const struct refs_range *ranges;
	size_t nr;
	bool unaligned;
	uint64_t bytes_max;
	double seconds_max;
	void (*tick)(void *ctx, uint64_t done, uint64_t all);
	void *ctx;
};

/**
 * struct refs_hit - A word that points into a range.
 * @addr:  its address in the direct map
 * @phys:  its physical address
 * @value: the word, without a tag
 */
struct refs_hit {
	uint64_t addr, phys, value;
};

/**
 * struct refs_found - What the pass found.
 * @hits, @nr: by physical address; the arena's
 * @dropped:   more than these, for which there was no room
 * @bytes:     that were read
 * @absent:    bytes of the machine's memory that the dump lacks
 * @seconds:   that the pass took
 * @stopped:   by the budget
 * @interrupted: by the user
 */
struct refs_found {
	struct refs_hit *hits;
	size_t nr;
	uint64_t dropped, bytes, absent;
	double seconds;
	bool stopped, interrupted;
};

/** refs_sort() - Put ranges in order and join those that touch. Returns how many are left. */
size_t refs_sort(struct refs_range *ranges, size_t nr);

/** refs_in() - Whether an address lies in one of the ranges. */
bool refs_in(const struct refs_query *query, uint64_t addr);

/**
 * refs_find() - Go through memory.
 * @found: filled in, also with what a pass found that was stopped
 * @memory: to ask about page frames that the dump lacks
 *
 * Return: false when there is no memory for it, or the image has no frames.
 */
bool refs_find(struct refs_found *found, const struct refs_query *query, struct team *team,
	       struct memory *memory);

#endif
