/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_OBJECT_MAP_H
#define SLUBCHECK_CHECKER_REPORT_OBJECT_MAP_H
/*
 * Slabs of a cache with the state of each object, to be drawn (--map).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"

/* What an object is, from what hides nothing to what must not be hidden where one cell has several. */
enum map_state {
	MAP_ALLOCATED,
	MAP_FREE, /* on the freelist of its slab */
	MAP_FREE_CPU, /* on that of a CPU */
	MAP_FREE_ARRAY, /* in a sheaf or an array */
	MAP_UNKNOWN,
	MAP_LOST, /* free, and nothing leads to it */
	MAP_STATES
};

/**
 * struct map_object - An object of a slab.
 * @state:    an enum map_state
 * @damaged:  a finding names it
 * @position: on its list or in its array, from 0; only when it is free
 */
struct map_object {
	uint8_t state;
	bool damaged;
	uint32_t position;
};

/**
 * struct map_slab - A slab.
 * @slab:    as the allocator sees it
 * @damaged: a finding names it, or an object of it
 * @first:   address of its first object
 * @objects, @nr: its objects, by index
 */
struct map_slab {
	struct slab_view slab;
	bool damaged;
	uint64_t first;
	struct map_object *objects;
	uint32_t nr;
};

/**
 * struct object_map - Slabs of a cache by address.
 * @result: what was found out about the cache
 * @whole:  these are all its slabs, as far as the scan saw
 * @count:  of their objects
 */
struct object_map {
	const struct cache_result *result;
	bool whole;
	struct map_slab *slabs;
	size_t nr;
	struct objects_count count;
};

/** map_state_of() - What an object is in a map. */
enum map_state map_state_of(const struct object_view *o);

/** map_state_name() - Stable name for programs: "allocated", "free", "free-cpu", ... */
const char *map_state_name(enum map_state state);

/** map_state_letter() - What stands for it in a picture. */
char map_state_letter(enum map_state state);

/* What stands for an object that a finding names, and for a cell with objects of several states. */
#define MAP_DAMAGED '!'
#define MAP_MIXED '+'

/** map_place() - Where a slab is, as "CPU 1", "full", "node 0, partial". Returns @buf. */
char *map_place(const struct slab_view *slab, char *buf, size_t len);

#endif
