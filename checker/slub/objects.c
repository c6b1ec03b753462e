/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/objects.h"
#include "checker/slub/diagnose.h"

#include <string.h>

/* The walk over one cache. */
struct listing {
	struct heap *heap;
	const struct cache *cache;
	const struct objects_of *visit;
	struct objects_count *count;
	struct cpu_state *cpus; /* of all CPUs whose state could be read */
	size_t nr_cpus;
	bool cpus_whole; /* which are all, and each one's freelist leads to a slab */
	bool sheaves_whole;
};

/* Between two stores of flush_slab() a CPU has a freelist and no slab: the list tells whose it is. */
static bool cpu_slab_find(struct listing *l, struct cpu_state *cpu)
{
	struct location at;

	if (cpu->slab || !cpu->freelist)
		return true;
	at = locate(l->heap->memory, l->heap->layout, l->heap->caches, cpu->freelist);
	if (at.cache != l->cache->addr)
		return false;
	cpu->slab = at.page;
	return true;
}

static bool cpus_gather(struct listing *l)
{
	const struct layout *layout = l->heap->layout;

	l->cpus_whole = true;
	if (!layout->has_cpu_slabs)
		return true;
	l->cpus = arena_array(l->heap->arena, layout->kernel.nr_cpus, sizeof(*l->cpus));
	if (!l->cpus)
		return false;
	for (unsigned int i = 0; i < layout->kernel.nr_cpus; i++) {
		struct cpu_state *cpu = &l->cpus[l->nr_cpus];

		if (!layout->kernel.cpu_possible[i])
			continue;
		heap_cpu(l->heap, l->cache, i, cpu);
		if (cpu->status == TARGET_OK && cpu_slab_find(l, cpu))
			l->nr_cpus++;
		else
			l->cpus_whole = false;
	}
	return true;
}

/* The CPU that a slab belongs to; @several: one of those that say so. */
static const struct cpu_state *cpu_of(const struct listing *l, uint64_t page, bool *several)
{
	const struct cpu_state *found = NULL;

	*several = false;
	for (size_t i = 0; i < l->nr_cpus; i++) {
		if (l->cpus[i].slab != page)
			continue;
		*several = found != NULL;
		found = &l->cpus[i];
	}
	return found;
}

/*
 * A slab that is frozen is a CPU's. When no CPU has it, then one is about to take it, or has let go of
 * it and holds the rest of its freelist; or the slab failed a check of slub_debug, and is kept with
 * what was free in it. Until 6.7 those on the partial chains of CPUs are frozen too: they have a
 * freelist of their own, and nobody another one.
 */
static bool freelist_may_be_held(const struct listing *l, const struct slab_state *slab)
{
	if (!slab->count.frozen || slab->role == ROLE_CPU)
		return false;
	return !l->heap->layout->cpu_partial_frozen || !slab->own.length || !l->cpus_whole;
}

/*
 * Up to 5.14 a slab is given back before its CPU forgets it: what the CPU's freelist led to may be
 * another's by now, as may the slab.
 */
static bool cpu_list_may_be_stale(const struct slab_state *slab, bool several)
{
	return slab->role == ROLE_CPU && (several || !slab->count.frozen);
}

/* Whether objects that nothing leads to are allocated. */
static bool rest_is_allocated(const struct listing *l, const struct slab_state *slab)
{
	return l->sheaves_whole && slab->walked && slab_lists_end(slab) &&
	       slab->count.objects == slab->objects &&
	       slab->own.length + slab->count.inuse == slab->objects &&
	       !freelist_may_be_held(l, slab);
}

static void object_count(struct objects_count *count, enum object_state state)
{
	switch (state) {
	case OBJECT_FREE:
		count->free++;
		break;
	case OBJECT_ALLOCATED:
		count->allocated++;
		break;
	case OBJECT_LOST:
		count->lost++;
		break;
	default:
		count->unknown++;
		break;
	}
}

/* What may be said of a slab's objects. */
struct trust {
	bool cpu_list; /* it leads to free objects */
	bool rest; /* objects that nothing leads to are allocated */
};

/* Of one that nothing leads to and that need not be allocated: whether it looks free, and it is a damaged
 * list that does not lead to it. */
static enum object_state rest_state(const struct listing *l, const struct slab_state *slab,
				    int32_t index)
{
	return slab->walked && object_state_of(l->cache, slab, index) == OBJECT_LOST
		       ? OBJECT_LOST
		       : OBJECT_UNKNOWN;
}

static void object_visit(const struct listing *l, const struct slab_state *slab, int32_t index,
			 struct trust trust)
{
	struct object o = { .slab = slab,
			    .addr = slab_object(l->cache, slab, index),
			    .index = index };
	const struct sheaf_entry *entry = sheaves_find(slab->sheaves, o.addr);

	if (slab->walked) {
		o.cpu_hop = trust.cpu_list ? slab->cpu_list.hop[index] : 0;
		o.own_hop = slab->own.hop[index];
	}
	if (entry) {
		o.sheaf = &slab->sheaves->sheaves[entry->sheaf];
		o.entry = entry->entry;
	}
	/* One that carries a link like a free one's may have been cut off a CPU's freelist, which no
	 * counter tells; or it is allocated, and nobody has overwritten the link yet. */
	if (o.cpu_hop || o.own_hop || o.sheaf)
		o.state = OBJECT_FREE;
	else if (trust.rest && !slab_listed(slab, (uint32_t)index) &&
		 !slab_orphaned(slab, (uint32_t)index))
		o.state = OBJECT_ALLOCATED;
	else
		o.state = rest_state(l, slab, index);
	object_count(l->count, o.state);
	l->visit->object(l->visit->ctx, l->cache, &o);
}

static void slab_visit(const struct listing *l, uint64_t page, bool waits)
{
	bool several;
	const struct cpu_state *cpu = cpu_of(l, page, &several);
	struct slab_place place = { page, 0, cpu ? ROLE_CPU : ROLE_NO_LIST, cpu ? cpu->cpu : -1,
				    -1 };
	struct slab_state slab;
	struct trust trust;

	heap_slab(l->heap, l->cache, place, cpu, &slab);
	trust.cpu_list = !cpu_list_may_be_stale(&slab, several);
	trust.rest = rest_is_allocated(l, &slab);
	l->count->slabs++;
	l->visit->slab(l->visit->ctx, l->cache, &slab, waits);
	for (uint32_t i = 0; i < slab.objects; i++)
		object_visit(l, &slab, (int32_t)i, trust);
}

/* What has to be known of a cache before its first object. */
static bool listing_begin(struct listing *l)
{
	struct sheaves *sheaves = l->heap->sheaves;

	l->sheaves_whole = true;
	if (!cpus_gather(l))
		return false;
	if (sheaves) {
		sheaves_gather(sheaves, l->heap, l->cache);
		l->sheaves_whole = sheaves_whole(sheaves);
	}
	return true;
}

bool objects_of_slab(struct heap *heap, const struct cache *cache, uint64_t page,
		     const struct objects_of *visit)
{
	struct objects_count count = { 0 };
	struct listing l = { .heap = heap, .cache = cache, .visit = visit, .count = &count };

	if (!cache_walkable(cache) || !listing_begin(&l))
		return false;
	slab_visit(&l, page, false);
	return true;
}

bool objects_walk(struct heap *heap, const struct scan *scan, const struct cache *cache,
		  const struct objects_of *visit, struct objects_count *count)
{
	size_t index = cache_list_index(heap->caches, cache->addr);
	struct listing l = { .heap = heap, .cache = cache, .visit = visit, .count = count };

	if (index == SIZE_MAX || !cache_walkable(cache))
		return true;
	if (!listing_begin(&l))
		return false;
	for (size_t i = scan->first[index]; i < scan->first[index + 1]; i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		if (heap_cancelled(heap))
			return false;
		slab_visit(&l, scan_page(scan, heap->layout, s), s->rcu);
	}
	return true;
}
