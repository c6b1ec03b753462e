/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_MAP_H
#define SLUBCHECK_TRIAGE_MAP_H
/*
 * From kernel virtual to physical addresses, and from pages to the descriptors of them.
 *
 * Two parts of the kernel's address space are arrays: the direct map, all of memory in order, and
 * the memmap, a struct page for each of its frames. Everything else goes through the page tables.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "checker/image/linear_map.h"
#include "checker/image/target.h"
#include "triage/dump.h"

#define MAP_LEAVES 1024

/* A page that was translated. */
struct map_leaf {
	uint64_t virt, phys; /* virt 0: none */
};

struct map {
	struct dump *dump;
	struct linear_map linear;
	struct map_leaf leaves[MAP_LEAVES]; /* direct-mapped cache */

	/* Where each read is noted, "physical address, length", for tests/bench/floor; or NULL. */
	FILE *reads;
};

/** map_init() - Everything through the page tables. */
void map_init(struct map *map, struct dump *dump);

/**
 * map_translate() - Find the memory behind a kernel virtual address.
 * @run: set to the number of bytes from there on that are contiguous in both spaces
 *
 * Return: as dump_translate().
 */
enum target_status map_translate(struct map *map, uint64_t virt, uint64_t *phys, uint64_t *run);

/** map_read() - Copy kernel memory, see target_ops.read. */
enum target_status map_read(struct map *map, uint64_t virt, void *buf, size_t len);

#endif
