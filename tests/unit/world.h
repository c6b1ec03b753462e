/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_WORLD_H
#define SLUBCHECK_TESTS_UNIT_WORLD_H
/*
 * The heap that most tests of the checker damage: one cache with a slab of every kind, and some
 * others that differ in how their objects lie.
 */

#include "tests/unit/image.h"

/*
 * alpha: objects of 64 bytes, 64 a slab.
 * beta:  objects of 1 KiB in slabs of 8 pages.
 * gamma: objects of 72 bytes, 96 apart, with the link behind them and padding at the end.
 * delta: a debug cache: red zones, no slab on a CPU. Not in 3.13, which has no red_left_pad.
 */
struct world {
	struct image *image;
	struct image_cache *alpha, *beta, *gamma, *delta;
	struct image_slab *cpu0; /* alpha: slab of CPU 0, CPU's freelist 5 3 9, its own 10 2 */
	struct image_slab *cpu1; /* alpha: slab of CPU 1, CPU's freelist 1, its own empty */
	struct image_slab *chain[3]; /* alpha: partial slabs of CPU 1: 0 1 2, 7, 63 62 */
	struct image_slab *node0[3]; /* alpha: partial list of node 0: 4 6 8, 1, 20 21 */
	struct image_slab *node1; /* alpha: partial list of node 1: 11 12 */
	struct image_slab *full0, *full1; /* alpha: full slabs of both nodes */
	struct image_slab *big_cpu; /* beta: slab of CPU 2, CPU's freelist 31 0 17, its own 8 9 */
	struct image_slab *big_node; /* beta: partial list of node 0: 3 30 12 */
	struct image_slab *wide_cpu; /* gamma: slab of CPU 0, CPU's freelist 41 0, its own empty */
	struct image_slab *wide_node; /* gamma: partial list of node 1: 40 1 2 */
	struct image_slab *debug_node; /* delta: partial list of node 0: 0 5 */
	/* alpha's sheaves, with objects of full0; NULL before there were sheaves. Where CPUs own no
	 * slabs, what is said of their freelists lies below these objects in the main sheaves. */
	struct image_sheaf *main0; /* CPU 0: 20 21 22 */
	struct image_sheaf *main1; /* CPU 1: empty */
	struct image_sheaf *spare0; /* CPU 0: full, 23 to 34 */
	struct image_sheaf *spare2; /* CPU 2: empty */
	struct image_sheaf *rcu1; /* CPU 1: 35 36 */
	struct image_sheaf *barn0[3]; /* full list of node 0: 40 to 51, 52 to 54, 55 */
	struct image_sheaf *empty1; /* empty list of node 1 */
};

/* What of it lists lead to, the caches of the allocator and their slabs not counted. */
#define WORLD_ALPHA_SLABS 9u
#define WORLD_ALPHA_FULL 2u

/** world_new() - Build and seal it. */
struct world *world_new(enum image_era era);
/** world_unsealed() - The same before image_seal(), to add to it. */
struct world *world_unsealed(enum image_era era);
void world_free(struct world *world);

#endif
