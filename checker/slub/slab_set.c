/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/slab_set.h"

#include <string.h>

#define FIRST_ROOM 64

void slab_set_init(struct slab_set *set, struct arena *arena)
{
	memset(set, 0, sizeof(*set));
	set->arena = arena;
}

void slab_set_clear(struct slab_set *set)
{
	if (set->nr)
		memset(set->entries, 0, set->room * sizeof(*set->entries));
	set->nr = 0;
}

/* Fibonacci hashing: descriptors are a multiple of 64 bytes apart. */
static size_t slot_of(const struct slab_set *set, uint64_t page)
{
	return (size_t)((page * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (set->room - 1);
}

static struct slab_set_entry *find(const struct slab_set *set, uint64_t page)
{
	size_t i = slot_of(set, page);

	while (set->entries[i].page && set->entries[i].page != page)
		i = (i + 1) & (set->room - 1);
	return &set->entries[i];
}

static bool grow(struct slab_set *set)
{
	struct slab_set old = *set;

	set->room = old.room ? old.room * 2 : FIRST_ROOM;
	set->entries = arena_array(set->arena, set->room, sizeof(*set->entries));
	if (!set->entries) {
		*set = old;
		return false;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.entries[i].page)
			*find(set, old.entries[i].page) = old.entries[i];
	return true;
}

static struct slab_set_entry entry_make(uint64_t page, struct slab_seen now)
{
	return (struct slab_set_entry){ page,	  now.cpu, (int16_t)now.node, (uint8_t)now.role,
					now.idle, now.slot };
}

bool slab_set_add(struct slab_set *set, uint64_t page, struct slab_seen now,
		  struct slab_seen *before)
{
	struct slab_set_entry *entry;

	if (set->nr * 4 >= set->room * 3 && !grow(set) && set->nr + 1 >= set->room)
		return true;
	entry = find(set, page);
	if (entry->page) {
		*before = (struct slab_seen){ (enum slab_role)entry->role, entry->cpu, entry->node,
					      entry->idle, entry->slot };
		return false;
	}
	*entry = entry_make(page, now);
	set->nr++;
	return true;
}

void slab_set_move(struct slab_set *set, uint64_t page, struct slab_seen now)
{
	if (slab_set_has(set, page))
		*find(set, page) = entry_make(page, now);
}

bool slab_set_has(const struct slab_set *set, uint64_t page)
{
	return set->room && find(set, page)->page == page;
}
