/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_ELECT_H
#define SLUBCHECK_CHECKER_SLUB_ELECT_H
/*
 * What no type of a kernel tells, asked of its data.
 *
 * Many witnesses vote, so that the one damaged word that brought the analyst here never decides
 * how it is read.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/slub/cache.h"
#include "checker/slub/heap.h"
#include "checker/slub/layout.h"
#include "checker/image/memory.h"
#include "checker/slub/scan.h"
#include "decoders/freeptr.h"

/* What an image elected. */
struct election {
	enum freeptr_encoding encoding;
	uint64_t encoding_for, encoding_votes; /* witnesses for it, of all */
	/* Witnesses agree on it, or types tell that there is but one. Otherwise @encoding is the best
	 * guess, and nothing that hangs on it is certain. */
	bool encoding_proven;
	uint64_t tid_step; /* 1: tids cannot be checked */
	uint64_t tid_for, tid_votes;
	const bool *node_present; /* per node: caches have lists for it; NULL: not known */
	bool nid_proven; /* lists of several nodes agree on where a page says which node it is of */
};

/**
 * elect() - Let the per-CPU states of all caches vote.
 *
 * Reads each CPU's kmem_cache_cpu and, for the encoding, the first link of a number of freelists: of
 * CPUs, and where they have hardly any, of slabs on partial lists; and the node pointers, since every
 * cache has a kmem_cache_node for the same nodes.
 */
void elect(struct election *election, struct heap *heap, const struct cache_list *caches);

/**
 * elect_again() - Where no list gave a witness, let the slabs of a scan vote on the encoding.
 *
 * A dump may lack the pages of all that lists lead to.
 */
void elect_again(struct election *election, struct heap *heap, const struct scan *scan);

/**
 * elect_random() - Find the key that a cache's freelists were encoded with, when s->random
 * explains none of them.
 * @places: slabs whose freelist breaks at its first link: with ROLE_CPU the CPU's, else their own
 * @nr:	    how many of them to use
 * @random: set to the key
 *
 * A chain ends with an encoded NULL, so each object of a slab proposes one key; a key is elected
 * when it follows two links or more of one list to its end, or the lists of two slabs, and their
 * lengths are what the counters say.
 *
 * Return: lists that the key explains; 0 when no key does.
 */
unsigned int elect_random(struct heap *heap, const struct cache *cache,
			  const struct slab_place *places, unsigned int nr, uint64_t *random);

#endif
