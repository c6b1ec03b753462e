/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/sheaf_set.h"

#include <stdio.h>
#include <string.h>

#define FIRST_ROOM 64

bool sheaves_init(struct sheaves *s, const struct layout *layout, struct arena *arena)
{
	memset(s, 0, sizeof(*s));
	s->arena = arena;
	s->barns = arena_array(arena, layout->nr_nodes, sizeof(*s->barns));
	s->cpu_faults = arena_array(arena, layout->kernel.nr_cpus, sizeof(*s->cpu_faults));
	return s->barns && s->cpu_faults;
}

bool sheaves_watch(struct sheaves *s, struct memory *memory)
{
	s->cpu_words = arena_alloc(s->arena, sizeof(*s->cpu_words));
	s->barn_words = arena_alloc(s->arena, sizeof(*s->barn_words));
	return s->cpu_words && s->barn_words && witness_init(s->cpu_words, memory, s->arena) &&
	       witness_init(s->barn_words, memory, s->arena);
}

void sheaves_clear(struct sheaves *s)
{
	s->nr_sheaves = s->nr_mains = s->nr_entries = s->nr_slabs = s->nr_barns = 0;
	s->nr_faults = s->nr_cpu_faults = 0;
	if (s->index_room)
		memset(s->index, 0xff, s->index_room * sizeof(*s->index));
	s->incomplete = s->barns_unknown = s->unsettled = false;
	if (s->cpu_words)
		witness_back(s->cpu_words, 0);
	if (s->barn_words)
		witness_back(s->barn_words, 0);
}

/* What was there before stays in the arena, half as large. */
bool sheaves_reserve(struct sheaves *s, void **array, size_t *room, size_t need, size_t size)
{
	size_t more = *room ? *room : FIRST_ROOM;
	void *larger;

	if (need <= *room)
		return true;
	while (more < need)
		more *= 2;
	larger = arena_array(s->arena, more, size);
	if (!larger) {
		s->incomplete = true;
		return false;
	}
	if (*room)
		memcpy(larger, *array, *room * size);
	*array = larger;
	*room = more;
	return true;
}

/* Sheaves by address. The table holds the place where a sheaf was met last. */

static uint32_t *index_slot(const struct sheaves *s, uint64_t addr)
{
	size_t mask = s->index_room - 1;
	size_t i = (size_t)((addr * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & mask;

	while (s->index[i] != SHEAF_FIRST && s->sheaves[s->index[i]].addr != addr)
		i = (i + 1) & mask;
	return &s->index[i];
}

uint32_t sheaves_met(const struct sheaves *s, uint64_t addr)
{
	return s->index_room ? *index_slot(s, addr) : SHEAF_FIRST;
}

struct sheaves_mark sheaves_mark(const struct sheaves *s)
{
	return (struct sheaves_mark){ s->nr_sheaves, s->nr_entries, s->nr_barns, s->nr_faults,
				      s->nr_cpu_faults };
}

void sheaves_back(struct sheaves *s, const struct sheaves_mark *mark)
{
	s->nr_sheaves = mark->nr_sheaves;
	s->nr_entries = mark->nr_entries;
	s->nr_barns = mark->nr_barns;
	s->nr_faults = mark->nr_faults;
	s->nr_cpu_faults = mark->nr_cpu_faults;
	s->nr_mains = 0;
	if (s->index_room)
		memset(s->index, 0xff, s->index_room * sizeof(*s->index));
	for (size_t i = 0; i < s->nr_sheaves; i++) {
		struct sheaf *sheaf = &s->sheaves[i];

		sheaf->again = false;
		if (sheaf->before != SHEAF_FIRST)
			s->sheaves[sheaf->before].again = true;
		*index_slot(s, sheaf->addr) = (uint32_t)i;
		s->nr_mains += sheaf->kind == SHEAF_OWN && sheaf->role == SHEAF_MAIN;
	}
}

/* A power of two, and at most half full. */
static bool index_reserve(struct sheaves *s)
{
	size_t room = s->index_room ? s->index_room : 2 * FIRST_ROOM;
	uint32_t *index;

	while (room < 2 * (s->nr_sheaves + 1))
		room *= 2;
	if (room == s->index_room)
		return true;
	index = arena_array(s->arena, room, sizeof(*index));
	if (!index) {
		s->incomplete = true;
		return false;
	}
	memset(index, 0xff, room * sizeof(*index));
	s->index = index;
	s->index_room = room;
	for (size_t i = 0; i < s->nr_sheaves; i++)
		*index_slot(s, s->sheaves[i].addr) = (uint32_t)i;
	return true;
}

struct sheaf *sheaves_add(struct sheaves *s, const struct sheaf *sheaf)
{
	struct sheaf *kept;

	if (!sheaves_reserve(s, (void **)&s->sheaves, &s->sheaves_room, s->nr_sheaves + 1,
			     sizeof(*s->sheaves)) ||
	    !index_reserve(s))
		return NULL;
	kept = &s->sheaves[s->nr_sheaves];
	*kept = *sheaf;
	/* All CPUs may share the bootstrap sheaf. */
	kept->before = sheaf->kind == SHEAF_OWN ? sheaves_met(s, sheaf->addr) : SHEAF_FIRST;
	if (kept->before != SHEAF_FIRST)
		s->sheaves[kept->before].again = true;
	*index_slot(s, sheaf->addr) = (uint32_t)s->nr_sheaves++;
	s->nr_mains += sheaf->kind == SHEAF_OWN && sheaf->role == SHEAF_MAIN;
	return kept;
}

static bool sheaf_whole(const struct sheaf *sheaf)
{
	if (sheaf->kind == SHEAF_BOOTSTRAP)
		return true;
	return sheaf->kind == SHEAF_OWN && sheaf->objects_status == TARGET_OK &&
	       sheaf->nr == sheaf->size;
}

/* Which object lies there; that its page is not in the dump does not matter. */
static bool entry_tells(const struct sheaf_entry *entry)
{
	return entry->kind == ENTRY_OBJECT || entry->kind == ENTRY_KFENCE ||
	       entry->kind == ENTRY_ABSENT;
}

bool sheaves_whole(const struct sheaves *s)
{
	if (s->incomplete || s->unsettled || s->nr_cpu_faults || s->barns_unknown)
		return false;
	for (size_t i = 0; i < s->nr_sheaves; i++)
		if (s->sheaves[i].before == SHEAF_FIRST && !sheaf_whole(&s->sheaves[i]))
			return false;
	for (size_t i = 0; i < s->nr_barns; i++)
		if (s->barns[i].status != TARGET_OK || !s->barns[i].full.complete)
			return false;
	for (size_t i = 0; i < s->nr_entries; i++)
		if (!entry_tells(&s->entries[i]))
			return false;
	return true;
}

size_t sheaves_at(const struct sheaves *s, uint64_t addr)
{
	size_t low = 0, high = s->nr_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->entries[middle].object < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool sheaves_lead_into(const struct sheaves *s, uint64_t start, uint64_t end)
{
	size_t i;

	if (!s || !s->nr_entries)
		return false;
	i = sheaves_at(s, start);
	return i < s->nr_entries && s->entries[i].object < end;
}

const struct sheaf_entry *sheaves_find(const struct sheaves *s, uint64_t object)
{
	size_t i;

	if (!s || !s->nr_entries)
		return NULL;
	i = sheaves_at(s, object);
	return i < s->nr_entries && s->entries[i].object == object &&
			       s->entries[i].kind == ENTRY_OBJECT
		       ? &s->entries[i]
		       : NULL;
}

enum finding_place sheaf_finding_place(enum sheaf_role role)
{
	static const enum finding_place places[] = {
		[SHEAF_MAIN] = PLACE_SHEAF_MAIN,	 [SHEAF_SPARE] = PLACE_SHEAF_SPARE,
		[SHEAF_RCU_FREE] = PLACE_SHEAF_RCU_FREE, [SHEAF_FULL] = PLACE_BARN_FULL,
		[SHEAF_EMPTY] = PLACE_BARN_EMPTY,
	};

	return places[role];
}

char *sheaf_place(const struct sheaf *sheaf, char *buf, size_t len)
{
	return finding_place_text(sheaf_finding_place(sheaf->role), sheaf->cpu, sheaf->node, buf,
				  len);
}
