/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/cache_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CACHES_COMPARED_MAX 65536

/* The reading of the list. */
struct reading {
	struct memory *memory;
	struct cache_list *list;
	struct arena *arena;
	uint64_t offset;
	size_t room;
	bool comparing; /* each cache is looked for in the list before it is added */
};

/* Room for one cache more. */
static bool list_reserve(struct reading *r)
{
	struct cache_list *list = r->list;
	size_t room = r->room ? 2 * r->room : 1024;
	uint64_t *addrs;

	/* A list that does not hold together is compared with itself at each step. */
	if (r->comparing && list->nr >= CACHES_COMPARED_MAX)
		room = CACHES_MAX + 1;
	else if (list->nr < r->room)
		return true;
	addrs = room <= CACHES_MAX ? arena_array(r->arena, room, sizeof(*addrs)) : NULL;
	if (!addrs) {
		list->full = list->cut = true;
		return false;
	}
	if (list->nr)
		memcpy(addrs, list->addrs, list->nr * sizeof(*addrs));
	list->addrs = addrs;
	r->room = room;
	return true;
}

static bool list_known(const struct cache_list *list, uint64_t cache)
{
	for (size_t i = 0; i < list->nr; i++)
		if (list->addrs[i] == cache)
			return true;
	return false;
}

/* struct list_walk_ops.visit */
static enum list_verdict cache_visit(void *ctx, struct list_step *step)
{
	struct reading *r = ctx;
	uint64_t cache = step->entry - r->offset;

	r->list->cut |= list_step_back(r->memory, step) == TARGET_ABSENT;
	if (step->entry % 8)
		step->status = TARGET_UNMAPPED;
	if (step->status != TARGET_OK)
		return LIST_BROKEN;
	/* While all links agree no cache can be met twice. */
	r->comparing |= step->backwards;
	if ((r->comparing || step->back != step->from) && list_known(r->list, cache))
		return LIST_MET;
	if (!list_reserve(r))
		return LIST_END;
	r->list->addrs[r->list->nr++] = cache;
	return LIST_ENTRY;
}

/* struct list_walk_ops.fault */
static void cache_fault(void *ctx, const struct list_fault *fault)
{
	struct reading *r = ctx;
	struct cache_list *list = r->list;

	r->comparing = true;
	if (list->nr_faults < CACHE_LINK_FAULTS_MAX)
		list->faults[list->nr_faults++] = *fault;
}

static int addr_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool cache_list_read(struct cache_list *list, struct memory *memory, uint64_t head, uint64_t offset,
		     struct arena *arena)
{
	static const struct list_walk_ops ops = { .visit = cache_visit, .fault = cache_fault };
	struct reading reading = {
		.memory = memory, .list = list, .arena = arena, .offset = offset
	};
	struct list_walk walk = {
		.memory = memory,
		.ops = &ops,
		.ctx = &reading,
		.head = head,
		.limit = CACHES_MAX + 1, /* list_reserve() notices one too many */
		.tail_too = true,
	};

	memset(list, 0, sizeof(*list));
	list_walk(&walk);
	list->cut |= walk.absent;
	list->sorted = arena_array(arena, list->nr ? list->nr : 1, sizeof(*list->sorted));
	if (!list->sorted)
		return false;
	if (!list->nr)
		return true;
	memcpy(list->sorted, list->addrs, list->nr * sizeof(*list->sorted));
	qsort(list->sorted, list->nr, sizeof(*list->sorted), addr_compare);
	return true;
}

size_t cache_list_index(const struct cache_list *list, uint64_t addr)
{
	const uint64_t *found =
		list->nr ? bsearch(&addr, list->sorted, list->nr, sizeof(addr), addr_compare)
			 : NULL;

	return found ? (size_t)(found - list->sorted) : SIZE_MAX;
}

enum cache_name cache_name_read(struct memory *memory, uint64_t addr, char *name, size_t room)
{
	enum target_status status = memory_string(memory, addr, name, room);

	if (status != TARGET_OK && status != TARGET_ABSENT)
		return CACHE_NAME_NOWHERE;
	/* Of a name that goes on where the dump ends, what there is tells. */
	for (const char *c = name; *c; c++)
		if (!isprint((unsigned char)*c))
			return CACHE_NAME_NOT_TEXT;
	if (status == TARGET_ABSENT)
		return CACHE_NAME_ABSENT;
	return *name ? CACHE_NAME_GOOD : CACHE_NAME_NOT_TEXT;
}

const char *cache_name_why(enum cache_name is)
{
	static const char *const why[] = {
		[CACHE_NAME_NOWHERE] = "the name pointer points to unmapped memory",
		[CACHE_NAME_NOT_TEXT] = "the name is not printable text",
		[CACHE_NAME_ABSENT] = "the name is not in the dump",
	};

	return why[is];
}
