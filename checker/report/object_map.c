/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/object_map.h"

#include <stdio.h>

static const struct {
	const char *name;
	char letter;
} states[MAP_STATES] = {
	[MAP_ALLOCATED] = { "allocated", '#' }, [MAP_FREE] = { "free", '.' },
	[MAP_FREE_CPU] = { "free-cpu", 'c' },	[MAP_FREE_ARRAY] = { "free-array", 'a' },
	[MAP_UNKNOWN] = { "unknown", '?' },	[MAP_LOST] = { "lost", 'x' },
};

enum map_state map_state_of(const struct object_view *o)
{
	switch (o->holder.kind) {
	case HOLDER_CPU_LIST:
		return MAP_FREE_CPU;
	case HOLDER_SLAB_LIST:
		return MAP_FREE;
	case HOLDER_ARRAY:
		return MAP_FREE_ARRAY;
	case HOLDER_NONE:
		break;
	}
	switch (o->state) {
	case OBJECT_ALLOCATED:
		return MAP_ALLOCATED;
	case OBJECT_FREE:
		return MAP_FREE;
	case OBJECT_LOST:
		return MAP_LOST;
	default:
		return MAP_UNKNOWN;
	}
}

const char *map_state_name(enum map_state state)
{
	return states[state].name;
}

char map_state_letter(enum map_state state)
{
	return states[state].letter;
}

static const char *fill(const struct slab_view *slab)
{
	if (slab->waits)
		return "to be freed";
	if (!slab->inuse)
		return "empty";
	return slab->inuse < slab->objects ? "partial" : "full";
}

char *map_place(const struct slab_view *slab, char *buf, size_t len)
{
	if (slab->status != TARGET_OK)
		snprintf(buf, len, "not in the dump");
	else if (slab->place == PLACE_CPU_SLAB && slab->cpu >= 0)
		snprintf(buf, len, "CPU %d", slab->cpu);
	else if (slab->node >= 0)
		snprintf(buf, len, "node %d, %s", slab->node, fill(slab));
	else
		snprintf(buf, len, "%s", fill(slab));
	return buf;
}
