/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_SCAN_H
#define SLUBCHECK_CHECKER_SLUB_SCAN_H
/*
 * All slabs of the machine, by a pass over the memmap.
 *
 * Lists lead only to slabs with free objects. Full slabs are on none, and a slab that was lost by
 * damage is on none either; both are found here alone.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/slub/cache.h"
#include "checker/slub/heap.h"
#include "checker/image/team.h"

/* Whose lists led to a slab. */
enum scan_listed {
	SCAN_BY_OWNER = 1, /* of the cache that it says it belongs to */
	SCAN_BY_ANOTHER = 2,
};

/* One slab: 16 bytes, so that a million of them fit the checker's memory. */
struct scan_slab {
	uint32_t
		frame_low; /* page frame number of its first page: 40 bits, as of 52 of an address */
	uint32_t cache; /* index into cache_list.sorted; SCAN_NO_CACHE when it is on no list */
	uint32_t counts; /* the low half of slab->counters */
	uint8_t frame_high;
	bool empty_list : 1; /* slab->freelist is NULL */
	bool partial : 1; /* is marked as one on a node's list */
	bool rcu : 1; /* waits for a grace period to be freed */
	bool unheld : 1; /* nobody holds a reference to the page */
	_Atomic uint8_t listed; /* enum scan_listed, or-ed */
};

static inline uint64_t scan_frame(const struct scan_slab *slab)
{
	return (uint64_t)slab->frame_high << 32 | slab->frame_low;
}

#define SCAN_NO_CACHE UINT32_MAX

/* Of a kernel that runs: what the nodes of a cache said before the scan. */
struct scan_said {
	uint64_t slabs, objects;
	bool known;
};

struct scan {
	struct scan_slab *slabs; /* ascending by frame */
	size_t nr, room;
	uint32_t *by_cache; /* indexes of slabs[], grouped by cache */
	size_t *first; /* per cache: where its group starts; one more at the end */
	uint64_t absent_bytes; /* of the memmap that the dump lacks */
	uint64_t memmap; /* address of the descriptor of frame 0 */
	struct scan_said *said; /* per cache; NULL unless the kernel runs */
	bool incomplete; /* no memory for all slabs */
	bool pages_held; /* pages of slabs have a reference count, which is not 0 */
};

/**
 * scan_run() - Read the memmap, with all workers of the team.
 * @heap: the caller's; the table is allocated from its arena
 *
 * Return: false when there is no memory or no linear memmap to read.
 */
bool scan_run(struct scan *scan, struct heap *heap, struct team *team);

/**
 * scan_mark() - Note that a list of the cache of that index led to the slab at @page.
 *
 * Several threads may mark at a time; what counts in the end does not depend on their order.
 */
void scan_mark(struct scan *scan, const struct layout *layout, uint64_t page, size_t cache);

/** scan_page() - Descriptor address of a slab of the scan. */
uint64_t scan_page(const struct scan *scan, const struct layout *layout,
		   const struct scan_slab *slab);

#endif
