/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_SEEN_H
#define SLUBCHECK_CHECKER_SLAB_SEEN_H
/*
 * Slabs that the lists of a cache have led to, and which list that was.
 */

#include "checker/image/arena.h"
#include "checker/slab/heap.h"

struct slab_seen_at {
	uint64_t addr; /* 0: empty */
	enum slab_list list;
	int node;
};

/* A hash table that grows. */
struct slab_seen {
	struct arena *arena;
	struct slab_seen_at *table;
	size_t room, nr;
};

/** slab_seen_clear() - Forget all; the memory stays. */
void slab_seen_clear(struct slab_seen *seen);

/**
 * slab_seen_add() - Note a slab.
 * @before: set when it was noted already
 *
 * Return: false when it was. Without memory nothing is noted, and true is returned.
 */
bool slab_seen_add(struct slab_seen *seen, struct slab_seen_at now, struct slab_seen_at *before);

#endif
