/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_SLAB_SET_H
#define SLUBCHECK_CHECKER_SLUB_SLAB_SET_H
/*
 * The slabs of a cache that its lists have led to, and where each was met first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/slub/rules.h"

struct slab_set_entry {
	uint64_t page; /* 0: free */
	int32_t cpu;
	int16_t node;
	uint8_t role;
	bool idle;
	uint64_t slot;
};

struct slab_set {
	struct arena *arena;
	struct slab_set_entry *entries;
	size_t room; /* a power of two, or 0 */
	size_t nr;
};

/** slab_set_init() - An empty set whose memory comes from @arena. */
void slab_set_init(struct slab_set *set, struct arena *arena);

/** slab_set_clear() - An empty set again; it keeps its memory. */
void slab_set_clear(struct slab_set *set);

/**
 * slab_set_add() - Add a slab unless it is there.
 * @before: when it is: where it was met first
 *
 * Return: false when it is there already. A set that cannot grow any more takes no slab and says
 * true, so that lack of memory never makes a finding.
 */
bool slab_set_add(struct slab_set *set, uint64_t page, struct slab_seen now,
		  struct slab_seen *before);

/** slab_set_move() - Say of a slab that is in the set that it was met somewhere else. */
void slab_set_move(struct slab_set *set, uint64_t page, struct slab_seen now);

/** slab_set_has() - Whether a slab is in the set. */
bool slab_set_has(const struct slab_set *set, uint64_t page);

#endif
