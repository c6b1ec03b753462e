/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/seen.h"

#include <string.h>

void slab_seen_clear(struct slab_seen *seen)
{
	if (seen->nr)
		memset(seen->table, 0, seen->room * sizeof(*seen->table));
	seen->nr = 0;
}

/* Where an address is, or would be. */
static struct slab_seen_at *place_of(const struct slab_seen *seen, uint64_t addr)
{
	size_t at = (size_t)((addr * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (seen->room - 1);

	while (seen->table[at].addr && seen->table[at].addr != addr)
		at = (at + 1) & (seen->room - 1);
	return &seen->table[at];
}

static bool grow(struct slab_seen *seen)
{
	struct slab_seen old = *seen;

	seen->room = old.room ? 2 * old.room : 256;
	seen->table = arena_array(seen->arena, seen->room, sizeof(*seen->table));
	if (!seen->table) {
		*seen = old;
		return false;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.table[i].addr)
			*place_of(seen, old.table[i].addr) = old.table[i];
	return true;
}

bool slab_seen_add(struct slab_seen *seen, struct slab_seen_at now, struct slab_seen_at *before)
{
	struct slab_seen_at *place;

	if (2 * (seen->nr + 1) > seen->room && !grow(seen) && seen->nr + 1 >= seen->room)
		return true;
	place = place_of(seen, now.addr);
	if (place->addr) {
		*before = *place;
		return false;
	}
	*place = now;
	seen->nr++;
	return true;
}
