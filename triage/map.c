/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/map.h"

#include <inttypes.h>
#include <string.h>

void map_init(struct map *map, struct dump *dump)
{
	memset(map, 0, sizeof(*map));
	map->dump = dump;
	linear_map_init(&map->linear, dump_page_shift(dump));
}

enum target_status map_translate(struct map *map, uint64_t virt, uint64_t *phys, uint64_t *run)
{
	uint64_t page = 1ull << map->linear.page_shift, start = virt & ~(page - 1);
	struct map_leaf *leaf = &map->leaves[(virt >> map->linear.page_shift) % MAP_LEAVES];
	enum target_status status;

	if (linear_map_phys(&map->linear, virt, phys)) {
		*run = linear_map_end(&map->linear) - *phys;
		return TARGET_OK;
	}
	if (leaf->virt != start || !start) {
		uint64_t found;

		status = dump_translate(map->dump, start, &found);
		if (status != TARGET_OK)
			return status;
		if (found >= linear_map_end(&map->linear))
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
