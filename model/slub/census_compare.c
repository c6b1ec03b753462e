/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an operation that is under way, or a fault, has touched: all of that is busy. */
#include <string.h>

#include "model/slub/census.h"
#include "model/machine/machine.h"

static bool overlaps(const struct model_change *change, uint64_t at, uint64_t bytes)
{
	return at && change->addr < at + bytes && at < change->addr + change->len;
}

static bool is_stored_to(const struct model_change *changes, size_t nr, uint64_t at, uint64_t bytes)
{
	for (size_t i = 0; i < nr; i++)
		if (overlaps(&changes[i], at, bytes))
			return true;
	return false;
}

static bool same_chain(const struct census_chain *a, const struct census_chain *b)
{
	return a->head == b->head && a->nr == b->nr && a->end == b->end &&
	       (!a->nr || !memcmp(a->objects, b->objects, a->nr * sizeof(*a->objects)));
}

static bool same_slab(const struct census_slab *a, const struct census_slab *b)
{
	return b && a->cache == b->cache && a->place == b->place && a->cpu == b->cpu &&
	       a->node == b->node && a->counters == b->counters &&
	       a->partial_flag == b->partial_flag && a->chained == b->chained &&
	       a->room == b->room && same_chain(&a->own, &b->own) &&
	       same_chain(&a->cpus, &b->cpus) &&
	       (!a->on || (b->on && !memcmp(a->on, b->on, a->room)));
}

/* What a CPU has of a cache, what a node has, and what lies there. */
#define SOME_BYTES 128u

static bool same_places(const struct census *census, const struct census_cache *a,
			const struct census_cache *b)
{
	return a->nr_sheaves == b->nr_sheaves && a->random == b->random && a->size == b->size &&
	       !memcmp(a->cpus, b->cpus, census->nr_cpus * sizeof(*a->cpus)) &&
	       !memcmp(a->nodes, b->nodes, census->nr_nodes * sizeof(*a->nodes));
}

static bool cache_is_touched(const struct census *census, const struct census_cache *s,
			     const struct model_change *changes, size_t nr)
{
	const struct model_shape *shape = &census->model->shape;
	bool touched = is_stored_to(changes, nr, s->cache, shape->cache_bytes);

	for (unsigned int i = 0; i < census->nr_cpus && !touched; i++)
		touched = is_stored_to(changes, nr, s->cpus[i].c, SOME_BYTES) ||
			  is_stored_to(changes, nr, s->cpus[i].pcs, SOME_BYTES);
	for (unsigned int i = 0; i < census->nr_nodes && !touched; i++)
		touched = is_stored_to(changes, nr, s->nodes[i].n, SOME_BYTES) ||
			  is_stored_to(changes, nr, s->nodes[i].barn, SOME_BYTES);
	for (size_t i = 0; i < s->nr_sheaves && !touched; i++)
		touched = is_stored_to(changes, nr, s->sheaves[i].sheaf,
				       shape->sheaf_objects.offset + 8ul * s->sheaf_capacity);
	return touched;
}

static bool slab_is_touched(const struct census *census, const struct census_slab *slab,
			    const struct model_change *changes, size_t nr)
{
	uint64_t pages = UINT64_C(1) << slab->order;

	return is_stored_to(changes, nr, slab->base, pages * MODEL_PAGE) ||
	       is_stored_to(changes, nr, slab->slab, pages * census->model->shape.page_bytes);
}

void census_compare(struct census *census, const struct census *before,
		    const struct model_change *changes, size_t nr)
{
	for (size_t i = 0; i < census->nr_slabs; i++) {
		struct census_slab *slab = &census->slabs[i];

		slab->busy = slab_is_touched(census, slab, changes, nr) ||
			     !same_slab(slab, census_slab_at(before, slab->slab));
	}
	for (size_t i = 0; i < census->nr_caches; i++) {
		struct census_cache *s = &census->caches[i];
		const struct census_cache *was = census_cache(before, s->cache);

		s->busy = !was || cache_is_touched(census, s, changes, nr) ||
			  !same_places(census, s, was);
	}
}
