/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_BUSY_H
#define SLUBCHECK_CHECKER_SLAB_BUSY_H
/*
 * Which CPUs may have been in the allocator when they stopped.
 *
 * The array of a CPU is changed by that CPU alone, with interrupts off and without a lock. So what tells is the
 * instruction that it stopped at, and the return addresses on its stack: none of mm/slab.c, and it was not in
 * the middle of anything.
 */

#include "checker/slab/excuse.h"

/* What was found out about each CPU; a worker has its own. */
struct slab_busy {
	struct memory *memory;
	const struct kernel *kernel;
	struct arena *arena;
	uint8_t *known; /* per CPU: 1 + enum slab_cpu_at */
};

/** slab_busy_init() - Nothing is known yet; false when there is no memory. */
bool slab_busy_init(struct slab_busy *busy, struct memory *memory, const struct kernel *kernel,
		    struct arena *arena);

/** slab_busy_cpu() - Whether a CPU may have been in the allocator. Slow the first time. */
enum slab_cpu_at slab_busy_cpu(struct slab_busy *busy, int cpu);

/** slab_busy_any() - The same of any CPU that is online: the most that is known. */
enum slab_cpu_at slab_busy_any(struct slab_busy *busy);

#endif
