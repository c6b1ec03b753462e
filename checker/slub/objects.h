/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_OBJECTS_H
#define SLUBCHECK_CHECKER_SLUB_OBJECTS_H
/*
 * Each object of a cache, and whether somebody has it.
 *
 * The slabs are those of the scan, since lists lead only to slabs with free objects. One slab is
 * looked at at a time and each object handed over at once, so nothing grows with the heap.
 *
 * An object is free when a freelist or a sheaf leads to it. Any other one is allocated only when
 * nothing else could lead to it: not in a slab whose lists break off or are shorter than its counters
 * say, nor in one whose freelist somebody has taken that is not to be found, nor in any slab of a
 * cache whose sheaves were not all found; nor when it looks free (freelist-orphans). Then it is
 * unknown.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/findings/findings.h"
#include "checker/slub/heap.h"
#include "checker/slub/judge.h"
#include "checker/slub/scan.h"
#include "checker/slub/sheaf.h"

/**
 * struct object - An object of a slab.
 * @slab:    its slab
 * @addr:    its address, behind a left red zone
 * @index:   its number in the slab
 * @state:   free, allocated or unknown
 * @cpu_hop, @own_hop: 1 + its position on the freelist of the CPU slab->cpu, and of the slab; 0: not
 *	     on it
 * @sheaf, @entry: where in a sheaf it is; NULL when in none
 */
struct object {
	const struct slab_state *slab;
	uint64_t addr;
	int32_t index;
	enum object_state state;
	uint32_t cpu_hop, own_hop;
	const struct sheaf *sheaf;
	uint32_t entry;
};

/**
 * struct objects_of - Whom objects are handed to.
 * @slab:   called with each slab before its objects; @waits: for a grace period, to be freed
 * @object: called with each object
 */
struct objects_of {
	void (*slab)(void *ctx, const struct cache *cache, const struct slab_state *slab,
		     bool waits);
	void (*object)(void *ctx, const struct cache *cache, const struct object *object);
	void *ctx;
};

/**
 * objects_walk() - Visit all objects of a cache, in the order of their addresses.
 * @cache: as judge_cache() left it, with the key that decodes
 * @count: added to
 *
 * Return: false when there is no memory, or the user wants it to stop.
 */
bool objects_walk(struct heap *heap, const struct scan *scan, const struct cache *cache,
		  const struct objects_of *visit, struct objects_count *count);

/**
 * objects_of_slab() - Visit the objects of one slab; objects_walk() says the same of them.
 * @page: its struct page
 *
 * Return: false when the cache's sizes contradict each other, or there is no memory.
 */
bool objects_of_slab(struct heap *heap, const struct cache *cache, uint64_t page,
		     const struct objects_of *visit);

#endif
