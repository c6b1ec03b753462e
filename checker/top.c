/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who has the memory (--top).
 *
 * There are many objects and few who allocate them. So an object is counted by the address of its tag, of the
 * call or of its memory cgroup, and only what is reported is named.
 */
#include <stdlib.h>
#include <string.h>

#include "checker/check.h"
#include "checker/image/symbol.h"
#include "checker/run.h"
#include "checker/why/owner.h"

/* Who has objects: a line of the kernel in a cache, or a memory cgroup. */
struct holding {
	const struct cache_result *cache; /* NULL: a memory cgroup */
	uint64_t addr; /* 0: an empty place of the table */
	bool tag; /* of a site: @addr is a struct codetag */
	uint64_t objects, bytes;
};

/* A hash table in the arena. */
struct holdings {
	struct holding *places;
	size_t nr, room; /* room: a power of two, or 0 */
};

struct counting {
	struct run *run;
	struct holdings sites, cgroups;
	struct report_top top;
	/* Of the cache at hand: */
	const struct cache_result *result;
	bool failed; /* no memory */
};

#define ROOM_FIRST 256u

static size_t place_of(const struct holdings *h, const struct holding *who)
{
	uint64_t hash = ((uintptr_t)who->cache ^ who->addr) * UINT64_C(0x9e3779b97f4a7c15);
	size_t place = (size_t)(hash >> 32) & (h->room - 1);

	while (h->places[place].addr &&
	       (h->places[place].addr != who->addr || h->places[place].cache != who->cache ||
		h->places[place].tag != who->tag))
		place = (place + 1) & (h->room - 1);
	return place;
}

static bool holdings_grow(struct holdings *h, struct arena *arena)
{
	struct holdings more = { .nr = h->nr, .room = h->room ? 2 * h->room : ROOM_FIRST };

	more.places = arena_array(arena, more.room, sizeof(*more.places));
	if (!more.places)
		return false;
	memset(more.places, 0, more.room * sizeof(*more.places));
	for (size_t i = 0; i < h->room; i++)
		if (h->places[i].addr)
			more.places[place_of(&more, &h->places[i])] = h->places[i];
	*h = more;
	return true;
}

/* One more object. */
static void holding_add(struct counting *c, struct holdings *h, const struct holding *who)
{
	struct holding *place;

	if (2 * h->nr >= h->room && !holdings_grow(h, c->run->arena)) {
		c->failed = true;
		return;
	}
	place = &h->places[place_of(h, who)];
	if (!place->addr) {
		*place = *who;
		h->nr++;
	}
	place->objects++;
	place->bytes += c->result->cache.size;
}

/* Returns whether it is known who allocated the object. */
static bool tag_count(struct counting *c, const struct owner_slots *slots)
{
	struct holding who = { .cache = c->result, .tag = true };

	if (owner_tag(&c->run->memory, slots, &who.addr) != OWNER_KNOWN)
		return false;
	holding_add(c, &c->sites, &who);
	return true;
}

static bool track_count(struct counting *c, const struct object_view *o)
{
	const struct allocator *a = c->run->allocator;
	struct holding who = { .cache = c->result };
	struct track tracks[TRACKS];

	if (!c->result->cache.debugged || !a->ops->tracks(a, c->result, o->addr, tracks))
		return false;
	c->top.tracks = true;
	who.addr = tracks[TRACK_ALLOC].addr;
	if (!who.addr)
		return false;
	holding_add(c, &c->sites, &who);
	return true;
}

static void memcg_count(struct counting *c, const struct owner_slots *slots)
{
	struct holding who = { .cache = NULL };

	switch (owner_memcg(&c->run->memory, slots, &who.addr)) {
	case OWNER_KNOWN:
		holding_add(c, &c->cgroups, &who);
		c->top.charged++;
		break;
	case OWNER_UNKNOWN:
		c->top.untold++;
		break;
	default:
		break;
	}
}

/* struct objects_visit.object */
static void object_count(void *ctx, const struct object_view *o)
{
	struct counting *c = ctx;
	const struct allocator *a = c->run->allocator;
	const struct location at = { .kind = LOCATION_OBJECT,
				     .addr = o->addr,
				     .page = o->slab->page,
				     .cache = c->result->cache.addr,
				     .base = o->slab->base,
				     .index = o->index };
	struct owner_slots slots = { 0 };
	bool told;

	if (o->state == OBJECT_UNKNOWN)
		c->top.untold++;
	if (o->state != OBJECT_ALLOCATED || c->failed)
		return;
	c->top.objects++;
	c->top.bytes += c->result->cache.size;
	told = a->ops->owner_slots &&
	       a->ops->owner_slots(a, &c->result->cache, &at, &slots) == TARGET_OK;
	c->top.tags |= slots.tags_kept;
	c->top.charges |= slots.kept && !c->run->options->top_sites;
	if (!told)
		slots = (struct owner_slots){ .kept = slots.kept };
	c->top.sited += tag_count(c, &slots) || track_count(c, o);
	if (c->run->options->top_sites || !slots.kept)
		return;
	if (told)
		memcg_count(c, &slots);
	else
		c->top.untold++;
}

/* Whether anybody would note who has an object of the cache. */
static bool cache_notes(const struct counting *c, const struct cache_result *result)
{
	const struct location nowhere = { .cache = result->cache.addr };
	const struct allocator *a = c->run->allocator;
	struct owner_slots slots = { 0 };

	if (!c->run->options->top_sites || result->cache.debugged)
		return true;
	if (a->ops->owner_slots)
		a->ops->owner_slots(a, &result->cache, &nowhere, &slots);
	return slots.tags_kept;
}

/* Returns false when the counting ends early. */
static bool cache_count(void *ctx, const struct cache_result *result)
{
	struct counting *c = ctx;
	const struct objects_visit visit = { NULL, object_count, c };
	struct allocator *a = c->run->allocator;
	struct objects_count unused = { 0 };

	if (!cache_notes(c, result))
		return true;
	c->result = result;
	return a->ops->objects(a, result, &visit, &unused) && !c->failed;
}

static int holdings_compare(const void *x, const void *y)
{
	const struct holding *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->cache && b->cache ? strcmp(a->cache->cache.name, b->cache->cache.name) : 0;
}

/* Those of the table, the most memory first. */
static void holdings_sort(struct holdings *h)
{
	size_t nr = 0;

	for (size_t i = 0; i < h->room; i++)
		if (h->places[i].addr)
			h->places[nr++] = h->places[i];
	if (nr)
		qsort(h->places, nr, sizeof(*h->places), holdings_compare);
}

static void site_name(struct counting *c, const struct holding *h, struct top_site *site)
{
	struct memory *memory = &c->run->memory;
	struct object_owner *tag;

	*site = (struct top_site){
		.cache = &h->cache->cache, .addr = h->addr, .objects = h->objects, .bytes = h->bytes
	};
	if (!h->tag) {
		site->symbol = symbol_of(memory, h->addr);
		return;
	}
	tag = arena_alloc(c->run->arena, sizeof(*tag));
	c->failed |= !tag;
	if (!tag)
		return;
	*tag = (struct object_owner){ .tag = OWNER_KNOWN };
	if (owner_tag_read(tag, memory, h->addr))
		site->tag = tag;
}

static void sites_name(struct counting *c)
{
	struct top_site *sites = arena_array(c->run->arena, c->sites.nr + 1, sizeof(*sites));

	c->failed |= !sites;
	for (size_t i = 0; sites && i < c->sites.nr; i++)
		site_name(c, &c->sites.places[i], &sites[i]);
	c->top.sites = sites;
	c->top.nr_sites = sites ? c->sites.nr : 0;
}

static void cgroups_name(struct counting *c)
{
	struct arena *arena = c->run->arena;
	struct top_cgroup *cgroups = arena_array(arena, c->cgroups.nr + 1, sizeof(*cgroups));
	struct object_owner *owners = arena_array(arena, c->cgroups.nr + 1, sizeof(*owners));

	c->failed |= !cgroups || !owners;
	if (c->failed)
		return;
	for (size_t i = 0; i < c->cgroups.nr; i++) {
		const struct holding *h = &c->cgroups.places[i];

		owners[i] = (struct object_owner){ .memcg = OWNER_KNOWN };
		owner_memcg_read(&owners[i], &c->run->memory, h->addr);
		cgroups[i] = (struct top_cgroup){ &owners[i], h->objects, h->bytes };
	}
	c->top.cgroups = cgroups;
	c->top.nr_cgroups = c->cgroups.nr;
}

struct check_result check_top(struct target *target, struct arena *arena,
			      const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct counting counting = { .run = run };
	bool whole;

	if (!run)
		return run_out_of_memory(options);
	if (!run_prepare(run, options->threads) || !run_names(run))
		return run_failed(run);
	/* What is damaged decides what is known: all is judged before the first object is counted. */
	run_judge_all(run);
	whole = run_visit(run, cache_count, &counting);
	holdings_sort(&counting.sites);
	holdings_sort(&counting.cgroups);
	sites_name(&counting);
	cgroups_name(&counting);
	if (run->nr_results)
		report_say(&run->report, top, &counting.top);
	run->unseen |= !whole || counting.failed;
	return run_end(run, false);
}
