/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs with the state of each object, for programs that draw. */
#include <string.h>

#include "checker/report/json_parts.h"

/* Objects of one state in a row, as [state, number]: a slab has up to thousands. */
static void states_write(struct json *json, const struct map_slab *s)
{
	uint32_t run;

	json_list_open(json, "objects");
	for (uint32_t i = 0; i < s->nr; i += run) {
		for (run = 1; i + run < s->nr && s->objects[i + run].state == s->objects[i].state;)
			run++;
		json_item_open(json);
		json_text(json, "state", map_state_name(s->objects[i].state));
		json_uint(json, "nr", run);
		json_close(json);
	}
	json_list_close(json);
}

static bool has_position(const struct map_object *o)
{
	return o->state == MAP_FREE || o->state == MAP_FREE_CPU || o->state == MAP_FREE_ARRAY;
}

/* Places on lists, by object; -1: on none. */
static void order_write(struct json *json, const struct map_slab *s)
{
	json_list_open(json, "order");
	for (uint32_t i = 0; i < s->nr; i++)
		json_item_int(json,
			      has_position(&s->objects[i]) ? (int64_t)s->objects[i].position : -1);
	json_list_close(json);
}

static void damaged_write(struct json *json, const struct map_slab *s)
{
	json_list_open(json, "damaged");
	for (uint32_t i = 0; i < s->nr; i++)
		if (s->objects[i].damaged)
			json_item_int(json, i);
	json_list_close(json);
}

void json_map(const struct report *report, const struct object_map *map)
{
	for (size_t i = 0; i < map->nr; i++) {
		const struct map_slab *s = &map->slabs[i];
		struct json json;

		json_begin(&json, report->out);
		json_text(&json, "type", "slab-map");
		json_text(&json, "cache", map->result->cache.name);
		json_hex(&json, "cache_address", map->result->cache.addr);
		json_hex(&json, "slab", s->slab.page);
		json_hex(&json, "base", s->slab.base);
		json_hex(&json, "first", s->first);
		json_text(&json, "place", finding_place_name(s->slab.place));
		if (s->slab.cpu >= 0)
			json_int(&json, "cpu", s->slab.cpu);
		if (s->slab.node >= 0)
			json_int(&json, "node", s->slab.node);
		json_uint(&json, "inuse", s->slab.inuse);
		states_write(&json, s);
		if (report->options->map_order)
			order_write(&json, s);
		damaged_write(&json, s);
		json_end(&json);
	}
}
