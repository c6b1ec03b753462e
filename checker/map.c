/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs as pictures (--map). */
#include <string.h>

#include "checker/check.h"
#include "checker/report/object_map.h"
#include "checker/run.h"

/* A cache's slabs, as they are handed over. */
struct drawing {
	struct arena *arena;
	struct object_map *map;
	size_t room;
	uint32_t objects_room; /* of the last slab */
	bool failed; /* no memory */
};

/* Twice the room for what has @nr elements of @size; NULL: no memory, and nothing is drawn. */
static void *more_room(struct drawing *d, const void *old, size_t nr, size_t room, size_t size)
{
	void *more = arena_array(d->arena, room, size);

	d->failed |= !more;
	if (more && nr)
		memcpy(more, old, nr * size);
	return more;
}

/* struct objects_visit.slab */
static void slab_begin(void *ctx, const struct slab_view *slab)
{
	struct drawing *d = ctx;
	struct object_map *map = d->map;
	struct map_slab *more;

	if (d->failed)
		return;
	if (map->nr == d->room) {
		more = more_room(d, map->slabs, map->nr, map->nr ? 2 * map->nr : 64, sizeof(*more));
		if (!more)
			return;
		d->room = map->nr ? 2 * map->nr : 64;
		map->slabs = more;
	}
	d->objects_room = 0;
	map->slabs[map->nr++] = (struct map_slab){ .slab = *slab };
}

/* struct objects_visit.object: all objects of a slab come behind it, by index. */
static void object_add(void *ctx, const struct object_view *o)
{
	struct drawing *d = ctx;
	struct map_slab *s = d->map->nr ? &d->map->slabs[d->map->nr - 1] : NULL;
	struct map_object *more;
	uint32_t room;

	if (d->failed || !s)
		return;
	if (s->nr == d->objects_room) {
		room = s->nr ? 2 * s->nr : d->map->result->cache.objects_per_slab;
		more = more_room(d, s->objects, s->nr, room ? room : 1, sizeof(*more));
		if (!more)
			return;
		d->objects_room = room ? room : 1;
		s->objects = more;
	}
	if (!s->nr)
		s->first = o->addr;
	s->objects[s->nr++] =
		(struct map_object){ (uint8_t)map_state_of(o), false, o->holder.position };
}

static struct map_slab *slab_at(const struct object_map *map, uint64_t addr)
{
	uint64_t size = map->result->cache.size;

	for (size_t low = 0, high = map->nr; low < high;) {
		size_t middle = low + (high - low) / 2;
		struct map_slab *s = &map->slabs[middle];

		if (addr < s->first)
			high = middle;
		else if (addr - s->first < size * s->nr)
			return s;
		else
			low = middle + 1;
	}
	return NULL;
}

static void damage_object(const struct object_map *map, uint64_t addr)
{
	struct map_slab *s = slab_at(map, addr);

	if (!s)
		return;
	s->damaged = true;
	s->objects[(addr - s->first) / map->result->cache.size].damaged = true;
}

static void damage_slab(const struct object_map *map, uint64_t page)
{
	for (size_t i = 0; i < map->nr; i++)
		map->slabs[i].damaged |= map->slabs[i].slab.page == page;
}

/* What findings name. A link's place is in the object that holds it. */
static void damage_mark(const struct object_map *map)
{
	findings_for_each (node, &map->result->findings) {
		const struct finding *f = &node->finding;

		if (f->severity != SEVERITY_CORRUPT)
			continue;
		if (f->has & FINDING_HAS_OBJECT)
			damage_object(map, f->object);
		if (f->has & FINDING_HAS_SLOT)
			damage_object(map, f->slot);
		if (f->has & FINDING_HAS_SLAB)
			damage_slab(map, f->slab);
	}
}

/* False: no memory, or the user wants to stop. */
static bool map_fill(struct run *run, struct object_map *map, uint64_t page)
{
	const struct allocator_ops *ops = run->allocator->ops;
	struct drawing d = { .arena = run->arena, .map = map };
	const struct objects_visit visit = { slab_begin, object_add, &d };
	bool whole;

	if (page)
		whole = ops->slab_objects(run->allocator, map->result, page, &visit);
	else
		whole = ops->objects(run->allocator, map->result, &visit, &map->count);
	if (!whole || d.failed)
		return false;
	damage_mark(map);
	return true;
}

/* What is drawn: all slabs of each cache, or that of @page. */
struct mapping {
	struct run *run;
	uint64_t page;
};

/* What cannot be drawn of one cache says nothing of the next one. */
static bool map_report(void *ctx, const struct cache_result *result)
{
	const struct mapping *m = ctx;
	struct object_map map = { .result = result, .whole = !m->page };
	struct arena_mark mark = arena_mark(m->run->arena);

	if (map_fill(m->run, &map, m->page))
		report_say(&m->run->report, map, &map);
	else
		m->run->unseen = true;
	arena_release(m->run->arena, mark);
	return true;
}

/* The slab of an address: 0, with a message, when it is not in one. @cache: set to its cache's address. */
static uint64_t page_of(struct run *run, uint64_t addr, uint64_t *cache)
{
	struct allocator *a = run->allocator;
	struct structure s;
	struct location at;

	addr = memory_untag(&run->memory, addr);
	structure_of(a, addr, &s);
	at = a->ops->locate(a, s.kind == STRUCTURE_PAGE ? s.describes : addr);
	if (!at.cache || !at.page || !allocator_has_cache(a, at.cache)) {
		report_message(&run->report, "%llx is not an address of a slab",
			       (unsigned long long)addr);
		run->totals.unresolved++;
		return 0;
	}
	*cache = at.cache;
	return at.page;
}

/* What is asked for: caches, or the slab of an address. False: neither. */
static bool map_wanted(struct run *run, uint64_t addr, uint64_t *page)
{
	uint64_t *cache = arena_alloc(run->arena, sizeof(*cache));
	bool merged;

	*page = 0;
	if (!addr ||
	    run->allocator->ops->find_cache(run->allocator, run->options->names[0], &merged))
		return run_names(run);
	*page = cache ? page_of(run, addr, cache) : 0;
	run->wanted = cache;
	run->nr_wanted = *page ? 1 : 0;
	return *page != 0;
}

struct check_result check_map(struct target *target, struct arena *arena, uint64_t addr,
			      const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct mapping mapping = { .run = run };

	if (!run)
		return run_out_of_memory(options);
	if (!run_prepare(run, options->threads) || !map_wanted(run, addr, &mapping.page))
		return run_failed(run);
	run_judge_all(run);
	run->unseen |= !run_visit(run, map_report, &mapping);
	return run_end(run, false);
}
