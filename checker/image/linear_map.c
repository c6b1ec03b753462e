/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/linear_map.h"

#include <string.h>

#include "checker/image/target.h"

static uint64_t frames_max(const struct linear_map *map)
{
	return UINT64_C(1) << (TARGET_PHYS_BITS - map->page_shift);
}

void linear_map_init(struct linear_map *map, unsigned int page_shift)
{
	memset(map, 0, sizeof(*map));
	map->page_shift = page_shift;
	map->frames = frames_max(map);
}

void linear_map_limit(struct linear_map *map, uint64_t frames)
{
	map->frames = frames < frames_max(map) ? frames : frames_max(map);
}

void linear_map_direct(struct linear_map *map, uint64_t direct)
{
	map->direct = direct;
	map->has_direct = true;
}

bool linear_map_memmap(struct linear_map *map, uint64_t memmap, uint64_t page_struct)
{
	/* The bound keeps frames * page_struct below 2^TARGET_PHYS_BITS. */
	map->page_struct = page_struct <= UINT64_C(1) << map->page_shift ? page_struct : 0;
	map->memmap = memmap;
	return map->page_struct != 0;
}

bool linear_map_phys(const struct linear_map *map, uint64_t virt, uint64_t *phys)
{
	uint64_t distance = virt - map->direct;

	if (!map->has_direct || distance >= linear_map_end(map))
		return false;
	*phys = distance;
	return true;
}

bool linear_map_frame(const struct linear_map *map, uint64_t page, uint64_t *frame)
{
	uint64_t distance = page - map->memmap;

	if (!map->page_struct || distance / map->page_struct >= map->frames ||
	    distance % map->page_struct)
		return false;
	*frame = distance / map->page_struct;
	return true;
}

bool linear_map_page(const struct linear_map *map, uint64_t frame, uint64_t *page)
{
	if (!map->page_struct || frame >= map->frames)
		return false;
	*page = map->memmap + frame * map->page_struct;
	return true;
}

bool linear_map_page_to_virt(const struct linear_map *map, uint64_t page, uint64_t *virt)
{
	uint64_t frame;

	if (!map->has_direct || !linear_map_frame(map, page, &frame))
		return false;
	*virt = map->direct + (frame << map->page_shift);
	return true;
}

bool linear_map_virt_to_page(const struct linear_map *map, uint64_t virt, uint64_t *page)
{
	uint64_t phys;

	return linear_map_phys(map, virt, &phys) &&
	       linear_map_page(map, phys >> map->page_shift, page);
}
