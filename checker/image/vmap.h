/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_VMAP_H
#define SLUBCHECK_CHECKER_IMAGE_VMAP_H
/*
 * Areas of vmalloc space: vmalloc(), modules, stacks of tasks, chunks of per-CPU memory, ioremap().
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/memory.h"

/**
 * struct vmap_area - An area.
 * @start, @end: its addresses; the last page is a guard where the kernel leaves one
 * @caller: who asked for it: an address of code; 0: not known
 */
struct vmap_area {
	uint64_t start, end, caller;
};

/**
 * vmap_visit() - Call @visit with each area, in no order.
 * @visit: returns true to end the visits
 *
 * Return: false when the lists are not known, or one of them is not in the dump to its end.
 */
bool vmap_visit(struct memory *memory, bool (*visit)(void *ctx, const struct vmap_area *area),
		void *ctx);

#endif
