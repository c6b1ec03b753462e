/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_SETTLE_H
#define SLUBCHECK_CHECKER_SLUB_SETTLE_H
/*
 * Lists of slabs of a kernel that runs.
 *
 * A list is gathered by its links alone, which takes little time, and all of them are read once more. When
 * they and the list's counter are as they were, and nobody held its lock, the list is settled: it was
 * whole, or it was damaged, at one moment. Its slabs are judged afterwards, each by itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/witness.h"
#include "checker/slub/heap.h"
#include "checker/slub/slab_set.h"

#define SETTLE_FAULTS_MAX 16

/* A slab of a list: where it was met, and what it says of a CPU's chain. */
struct settled_slab {
	struct slab_place place;
	uint64_t next, slabs;
};

/**
 * struct settle - The list that was gathered last.
 * @slabs, @nr: in the order of the list; what is behind a break too
 * @faults, @nr_faults: its links that are wrong
 * @words:    what it rests on
 * @counted, @complete: as struct list_walk has them; of a chain: it ends with NULL
 * @broken:   of a chain: how reading the descriptor that its last link leads to ended, unless TARGET_OK
 * @broken_page, @broken_slot: what that link is, and where
 */
struct settle {
	struct heap *heap;
	const struct cache *cache;
	struct settled_slab *slabs;
	size_t nr, room;
	struct list_fault faults[SETTLE_FAULTS_MAX];
	size_t nr_faults;
	struct witness words;
	struct slab_set met;
	uint64_t counted;
	bool complete;
	enum target_status broken;
	uint64_t broken_page, broken_slot;
	bool full; /* no memory for all slabs */
	int node;
};

/** settle_new() - NULL when there is no memory. */
struct settle *settle_new(struct heap *heap);

/**
 * settle_node() - Gather the partial list of a node.
 * @node: its counters are read anew
 *
 * Return: it is settled. Otherwise the slabs are those of the last try.
 */
bool settle_node(struct settle *s, const struct cache *cache, struct node_state *node);

/** settle_chain() - Gather the chain of partial slabs of a CPU; as settle_node(). */
bool settle_chain(struct settle *s, const struct cache *cache, const struct cpu_state *cpu);

#endif
