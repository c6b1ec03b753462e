/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/next.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/slab/model.h"
#include "model/slub/slub.h"

static void step_take(void *ctx, enum model_note note, uint64_t address, uint64_t value)
{
	struct next_allocation *a = ctx;

	if (a->nr_steps < NEXT_STEPS_MAX)
		a->steps[a->nr_steps++] = (struct next_step){ note, address, value };
}

/* Where the object lies; a bad one has no slab, or lies in one at the wrong place. */
static void place_find(struct model *m, uint64_t cache, struct next_allocation *a)
{
	uint64_t first, size = cache_size(m, cache);

	a->slab = head_page(m, a->object);
	first = fixup_red_left(m, cache, slab_base(m, a->slab));
	if (size && a->object >= first && (a->object - first) % size == 0 &&
	    get(m, a->slab, slab_cache) == cache)
		a->index = (int64_t)((a->object - first) / size);
}

static enum model_end object_place(struct model *m, unsigned int cpu, uint64_t cache,
				   struct next_allocation *a)
{
	OPERATION(m, cpu, place_find(m, cache, a));
}

/* Which of the two allocators the dump has. */
static bool is_slab(const struct model *m)
{
	return m->era->allocator == &slab_model;
}

static enum model_end object_ask(struct model *m, unsigned int cpu, uint64_t cache,
				 struct next_allocation *a)
{
	if (is_slab(m))
		return slab_alloc(m, cpu, cache, slab_usual_gfp(m, cache), MODEL_ANY_NODE,
				  &a->object);
	return model_alloc(m, cpu, cache, model_gfp_kernel(m), MODEL_ANY_NODE, &a->object);
}

static enum model_end object_look(struct model *m, unsigned int cpu, uint64_t cache,
				  struct next_allocation *a)
{
	struct slab_place place;
	enum model_end end;

	if (!is_slab(m))
		return object_place(m, cpu, cache, a);
	end = slab_place_find(m, cpu, cache, a->object, &place);
	a->slab = place.slab;
	a->index = place.index;
	return end;
}

static void allocate(struct model *m, unsigned int cpu, uint64_t cache, struct next_allocation *a)
{
	memset(a, 0, sizeof(*a));
	a->index = -1;
	m->wanted_pages = false;
	model_watch(m, step_take, a);
	a->end = object_ask(m, cpu, cache, a);
	model_watch(m, NULL, NULL);
	a->wants_pages = m->wanted_pages;
	if (a->end == MODEL_OOPS)
		a->oops = *model_oops(m);
	if (a->end == MODEL_DONE && a->object && object_look(m, cpu, cache, a) != MODEL_DONE) {
		a->slab = 0;
		model_oops_clear(m);
	}
}

bool next_is_good(const struct next_allocation *a)
{
	return a->end == MODEL_DONE && !a->wants_pages && a->index >= 0 && !a->same_as;
}

/* Who got an object before; notes that the @nth has it now. */
static uint64_t seen_before(struct next_seen *seen, uint64_t object, uint64_t nth)
{
	size_t i = (size_t)(object * UINT64_C(0x9e3779b97f4a7c15) >> 40) % NEXT_SEEN_ROOM;

	while (seen[i].object && seen[i].object != object)
		i = (i + 1) % NEXT_SEEN_ROOM;
	if (seen[i].object)
		return seen[i].nth;
	seen[i] = (struct next_seen){ object, nth };
	return 0;
}

void next_find(struct model *m, unsigned int cpu, uint64_t cache, struct next *next,
	       struct next_seen *seen)
{
	memset(next, 0, sizeof(*next));
	do {
		allocate(m, cpu, cache, &next->last);
		if (next_is_good(&next->last))
			next->last.same_as = seen_before(seen, next->last.object, next->good + 1);
		if (!next->good)
			next->first = next->last;
		if (!next_is_good(&next->last))
			return;
	} while (++next->good < NEXT_LIMIT);
	next->bounded = true;
}

const char *next_ordinal(uint64_t n, char buf[32])
{
	uint64_t tens = n % 100 / 10;
	const char *suffix = "th";

	if (tens != 1 && n % 10 >= 1 && n % 10 <= 3)
		suffix = n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : "rd";
	if (n == 1)
		snprintf(buf, 32, "the next");
	else
		snprintf(buf, 32, "the %" PRIu64 "%s", n, suffix);
	return buf;
}

/* With four levels of page tables the bits 47 to 63 of an address are all the same. With five it is
 * 56 to 63, and what lies between faults as a page. */
static bool is_canonical(uint64_t address)
{
	int64_t top = (int64_t)address >> 47;

	return top == 0 || top == -1;
}

const char *next_death(const struct model_oops *oops)
{
	switch (oops->kind) {
	case MODEL_OOPS_FAULT:
		return is_canonical(oops->address) ? "page fault" : "general protection fault";
	case MODEL_OOPS_BUG:
		return "kernel BUG";
	default:
		return "unknown";
	}
}
