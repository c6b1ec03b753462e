/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_LINEAR_MAP_H
#define SLUBCHECK_CHECKER_IMAGE_LINEAR_MAP_H
/*
 * Two parts of the kernel's address space are arrays in the order of page frames: the direct map, with
 * the memory of each frame, and with SPARSEMEM_VMEMMAP the memmap, with its struct page. This is the
 * arithmetic between them, the same for every target.
 *
 * The addresses come out of a dump and may be damaged in any bit. An address is first turned into a
 * distance from the start of its array, then into a frame number, which is compared with the number of
 * frames before anything is multiplied. So no address wraps around into one that looks right.
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * struct linear_map - Where the two arrays are.
 * @page_shift:	 log2 of the page size
 * @frames:	 page frames, from frame 0 on; at most those that TARGET_PHYS_BITS can address
 * @direct:	 virtual address that frame 0 has in the direct map, or would have
 * @memmap:	 address that the struct page of frame 0 has, or would have
 * @page_struct: bytes of a struct page; 0: it is not known where the memmap is
 * @has_direct:	 @direct is known
 */
struct linear_map {
	unsigned int page_shift;
	uint64_t frames;
	uint64_t direct;
	uint64_t memmap;
	uint64_t page_struct;
	bool has_direct;
};

/** linear_map_init() - As many frames as a machine can have, and no array known. */
void linear_map_init(struct linear_map *map, unsigned int page_shift);

/** linear_map_limit() - Set the number of frames; more than a machine can have are cut. */
void linear_map_limit(struct linear_map *map, uint64_t frames);

/** linear_map_direct() - Say where the direct map is. */
void linear_map_direct(struct linear_map *map, uint64_t direct);

/**
 * linear_map_memmap() - Say where the memmap is.
 * @page_struct: bytes of a struct page
 *
 * Return: false when @page_struct is 0 or larger than a page: the memmap is then unknown.
 */
bool linear_map_memmap(struct linear_map *map, uint64_t memmap, uint64_t page_struct);

/** linear_map_end() - The first physical address beyond the last frame. */
static inline uint64_t linear_map_end(const struct linear_map *map)
{
	return map->frames << map->page_shift;
}

/**
 * linear_map_phys() - Physical address of a direct-map address.
 *
 * Return: false when @virt is not in the direct map; @phys is untouched then.
 */
bool linear_map_phys(const struct linear_map *map, uint64_t virt, uint64_t *phys);

/**
 * linear_map_frame() - Page frame that a struct page describes.
 *
 * Return: false when @page is outside of the memmap or between two struct pages; @frame is untouched
 * then.
 */
bool linear_map_frame(const struct linear_map *map, uint64_t page, uint64_t *frame);

/** linear_map_page() - struct page of a frame; false when there is no such frame or no memmap. */
bool linear_map_page(const struct linear_map *map, uint64_t frame, uint64_t *page);

/** linear_map_page_to_virt() - See target_ops.page_to_virt. */
bool linear_map_page_to_virt(const struct linear_map *map, uint64_t page, uint64_t *virt);

/** linear_map_virt_to_page() - See target_ops.virt_to_page. */
bool linear_map_virt_to_page(const struct linear_map *map, uint64_t virt, uint64_t *page);

#endif
