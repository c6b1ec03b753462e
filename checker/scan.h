/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SCAN_H
#define SLUBCHECK_CHECKER_SCAN_H
/*
 * All slabs of the machine, by a pass over the memmap.
 *
 * Lists lead only to slabs with free objects. Full slabs are on none, and a slab that was lost by
 * damage is on none either; both are found here alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/cache.h"
#include "checker/heap.h"

/* One slab: 20 bytes, so that a million of them fit the checker's memory. */
struct scan_slab {
	uint32_t frame; /* page frame number of its first page */
	uint32_t cache; /* index into cache_list.sorted; SCAN_NO_CACHE when it is on no list */
	uint32_t counts; /* the low half of slab->counters */
	uint32_t listed_by; /* index of the cache whose list led to it, or SCAN_NO_CACHE */
	bool empty_list; /* slab->freelist is NULL */
	bool partial; /* is marked as one on a node's list */
	bool rcu; /* waits for a grace period to be freed */
};

#define SCAN_NO_CACHE UINT32_MAX

struct scan {
	struct scan_slab *slabs; /* ascending by frame */
	size_t nr, room;
	uint32_t *by_cache; /* indexes of slabs[], grouped by cache */
	size_t *first; /* per cache: where its group starts; one more at the end */
	uint64_t absent_bytes; /* of the memmap that the dump lacks */
	uint64_t memmap; /* address of the descriptor of frame 0 */
	bool incomplete; /* no memory for all slabs */
};

/** scan_run() - Read the memmap; false when there is no memory or no linear memmap to read. */
bool scan_run(struct scan *scan, struct heap *heap);

/** scan_mark() - Note that a list of the cache of that index led to the slab at @page. */
void scan_mark(struct scan *scan, const struct layout *layout, uint64_t page, size_t cache);

/** scan_page() - Descriptor address of a slab of the scan. */
uint64_t scan_page(const struct scan *scan, const struct layout *layout,
		   const struct scan_slab *slab);

#endif
