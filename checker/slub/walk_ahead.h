/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_WALK_AHEAD_H
#define SLUBCHECK_CHECKER_SLUB_WALK_AHEAD_H
/*
 * A node's partial list, whose slabs idle workers read before the walk gets to them (ahead.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/ahead.h"
#include "checker/image/team.h"
#include "checker/slub/cache.h"
#include "checker/slub/heap.h"

/* All zero: nobody helps. */
struct walk_ahead {
	struct worker *owner;
	struct heap *heap;
	const struct cache *cache;
	struct ahead *plan; /* NULL: nobody helps */
	int node;
	uint64_t head; /* of the list */
	uint64_t last; /* the list_head that was planned last; 0: the list goes no further */
};

/**
 * walk_ahead_begin() - Ask for help with a list that is about to be walked from its head.
 * @owner: NULL: nobody can help
 * @head:  address of the list's head
 *
 * walk_ahead_end() has to follow.
 */
void walk_ahead_begin(struct walk_ahead *a, struct worker *owner, struct heap *heap,
		      const struct cache *cache, const struct node_state *node, uint64_t head);

/** walk_ahead_reach() - The walk is at this slab. */
void walk_ahead_reach(struct walk_ahead *a, uint64_t page);

/** walk_ahead_end() - Send the helpers away; the walk goes on alone, or is over. */
void walk_ahead_end(struct walk_ahead *a);

#endif
