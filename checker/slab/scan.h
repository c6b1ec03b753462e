/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_SCAN_H
#define SLUBCHECK_CHECKER_SLAB_SCAN_H
/*
 * All slabs of the machine, by a pass over the memmap.
 *
 * SLAB keeps each of its slabs on a list. So a slab page that no list led to is lost, or on its way.
 */

#include <stdatomic.h>

#include "checker/image/team.h"
#include "checker/slab/heap.h"

/* A slab page. To 3.12 each page of a slab is one. */
struct slab_scanned {
	uint64_t slab; /* address of what describes it */
	uint32_t cache; /* index into cache_list.sorted; SLAB_NO_CACHE when it is on no list */
	_Atomic bool listed; /* a list led to it */
};

#define SLAB_NO_CACHE UINT32_MAX

struct slab_scan {
	struct slab_scanned *slabs; /* ascending by slab, each once */
	size_t nr, room;
	uint64_t absent_bytes; /* of the memmap that the dump lacks */
	bool incomplete; /* no memory for all slabs */
};

/** slab_scan_run() - Read the memmap; false when there is no linear memmap to read. */
bool slab_scan_run(struct slab_scan *scan, struct slab_heap *heap);

/** slab_scan_mark() - Note that a list led to a slab. Several threads may mark at a time. */
void slab_scan_mark(struct slab_scan *scan, uint64_t slab);

#endif
