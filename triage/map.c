/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/map.h"

#include <inttypes.h>
#include <string.h>

void map_init(struct map *map, struct dump *dump)
{
	memset(map, 0, sizeof(*map));
	map->dump = dump;
	map->page_shift = dump_page_shift(dump);
	map->phys_end = 1ull << TARGET_PHYS_BITS;
}

static bool in_direct_map(const struct map *map, uint64_t virt, uint64_t *phys)
{
	*phys = virt - map->direct;
	return map->has_direct && *phys < map->phys_end;
}

enum target_status map_translate(struct map *map, uint64_t virt, uint64_t *phys, uint64_t *run)
{
	uint64_t page = 1ull << map->page_shift, start = virt & ~(page - 1);
	struct map_leaf *leaf = &map->leaves[(virt >> map->page_shift) % MAP_LEAVES];
	enum target_status status;

	if (in_direct_map(map, virt, phys)) {
		*run = map->phys_end - *phys;
		return TARGET_OK;
	}
	if (leaf->virt != start || !start) {
		uint64_t found;

		status = dump_translate(map->dump, start, &found);
		if (status != TARGET_OK)
			return status;
		if (found >= map->phys_end)
			return TARGET_UNMAPPED;
		*leaf = (struct map_leaf){ start, found };
	}
	*phys = leaf->phys + (virt - start);
	*run = page - (virt - start);
	return TARGET_OK;
}

enum target_status map_read(struct map *map, uint64_t virt, void *buf, size_t len)
{
	char *to = buf;

	while (len) {
		uint64_t phys, run;
		enum target_status status = map_translate(map, virt, &phys, &run);

		if (status != TARGET_OK)
			return status;
		if (run > len)
			run = len;
		if (map->reads)
			fprintf(map->reads, "%" PRIx64 " %" PRIu64 "\n", phys, run);
		status = dump_read(map->dump, phys, to, run);
		if (status != TARGET_OK)
			return status;
		virt += run;
		to += run;
		len -= run;
	}
	return TARGET_OK;
}
