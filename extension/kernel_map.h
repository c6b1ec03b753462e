/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_EXTENSION_KERNEL_MAP_H
#define SLUBCHECK_EXTENSION_KERNEL_MAP_H
/*
 * From kernel virtual to physical addresses.
 *
 * crash's kvtop() does that too, but it reads page tables with FAULT_ON_ERROR: when a page of them
 * is not in the dump, it prints an error and leaves the command by longjmp (8.0.2 to 9.0.2). The
 * memmap and vmalloc space are mapped by such tables, and the checker follows pointers into both.
 * So on x86-64 the tables are walked here; other machines do without that safety.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/linear_map.h"
#include "checker/image/target.h"

/* A page, of whatever size, that the tables map. */
struct map_leaf {
	uint64_t virt, phys, size;
};

#define MAP_LEAVES 64

struct kernel_map {
	struct linear_map linear;
	bool limited; /* the number of frames is known */
	uint64_t image, image_end; /* the kernel itself: linear too, but elsewhere */

	unsigned int levels; /* of page tables; 0: crash has to be asked */
	uint64_t table; /* physical address of the first */
	uint64_t frame_mask; /* the bits of an entry that are an address */
	struct map_leaf leaves[MAP_LEAVES]; /* direct-mapped cache */
};

/** kernel_map_init() - Learn how the kernel's address space is laid out, but not how long it is. */
void kernel_map_init(struct kernel_map *map, unsigned int page_shift);

/** kernel_map_limit() - Set the number of page frames. */
void kernel_map_limit(struct kernel_map *map, uint64_t frames);

/**
 * kernel_map_translate() - Find the memory behind a kernel virtual address.
 * @phys: set to its physical address
 * @run:  set to the number of bytes from there on that are contiguous in both spaces
 *
 * Return: TARGET_ABSENT when a page table on the way is not in the image.
 */
enum target_status kernel_map_translate(struct kernel_map *map, uint64_t virt, uint64_t *phys,
					uint64_t *run);

/**
 * kernel_map_read() - Read physical memory, silently.
 *
 * Return: false when the image does not hold all of it.
 */
bool kernel_map_read(uint64_t phys, void *buf, size_t len);

#endif
