/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a fault is planted. */
#include "model/slab/fault_parts.h"

#include "model/machine/random.h"

uint64_t plant_random(struct planting *p)
{
	return random_next(&p->seed);
}

uint64_t plant_below(struct planting *p, uint64_t n)
{
	return plant_random(p) % n;
}

bool plant_word(struct planting *p, uint64_t addr, uint64_t value, uint32_t size)
{
	return model_poke(p->m, addr, &value, size);
}

static void id_add(const char *ids[SLAB_TRUTH_IDS], const char *id)
{
	for (int i = 0; i < SLAB_TRUTH_IDS; i++)
		if (!ids[i]) {
			ids[i] = id;
			return;
		}
}

void must(struct planting *p, const char *id)
{
	id_add(p->truth->must, id);
}

void may(struct planting *p, const char *id)
{
	id_add(p->truth->may, id);
}

struct slab_census_cache *any_cache(struct planting *p,
				    bool (*fits)(const struct planting *p,
						 const struct slab_census_cache *c))
{
	size_t nr = p->census->nr_caches, first = plant_below(p, nr);

	for (size_t i = 0; i < nr; i++) {
		struct slab_census_cache *c = &p->census->caches[(first + i) % nr];

		if (c->busy || (fits && !fits(p, c)))
			continue;
		p->truth->cache = c->cache;
		return c;
	}
	return NULL;
}

/* All slabs are as likely as each other. */
struct slab_census_slab *any_slab(struct planting *p,
				  bool (*fits)(const struct slab_census_cache *c,
					       const struct slab_census_slab *s),
				  struct slab_census_cache **cache)
{
	size_t nr = 0, at;

	for (int round = 0; round < 2; round++) {
		at = round && nr ? plant_below(p, nr) : 0;
		if (round && !nr)
			return NULL;
		nr = 0;
		for (size_t i = 0; i < p->census->nr_caches; i++) {
			struct slab_census_cache *c = &p->census->caches[i];

			for (size_t n = 0; n < c->nr_slabs; n++) {
				struct slab_census_slab *s = &c->slabs[n];

				if (s->busy || c->busy || (fits && !fits(c, s)) ||
				    nr++ != (round ? at : SIZE_MAX))
					continue;
				p->truth->cache = c->cache;
				p->truth->slab = s->slab;
				*cache = c;
				return s;
			}
		}
	}
	return NULL;
}

struct census_array *any_array(struct planting *p, uint32_t at_least,
			       struct slab_census_cache **cache)
{
	size_t nr = p->census->nr_caches, first = plant_below(p, nr);

	for (size_t i = 0; i < nr; i++) {
		struct slab_census_cache *c = &p->census->caches[(first + i) % nr];
		size_t start = c->nr_arrays ? plant_below(p, c->nr_arrays) : 0;

		for (size_t n = 0; !c->busy && n < c->nr_arrays; n++) {
			struct census_array *a = &c->arrays[(start + n) % c->nr_arrays];

			if (a->nr < at_least)
				continue;
			p->truth->cache = c->cache;
			p->truth->array = a->ac;
			*cache = c;
			return a;
		}
	}
	return NULL;
}

uint64_t any_object(struct planting *p, const struct slab_census_cache *cache, uint8_t state,
		    int node, struct slab_census_slab **slab)
{
	size_t nr = cache->nr_slabs, first = nr ? plant_below(p, nr) : 0;

	for (size_t i = 0; i < nr; i++) {
		struct slab_census_slab *s = &cache->slabs[(first + i) % nr];
		uint32_t start = (uint32_t)plant_below(p, cache->num);

		if (s->busy || (node >= 0 && s->node != node))
			continue;
		for (uint32_t n = 0; n < cache->num; n++) {
			uint32_t index = (start + n) % cache->num;

			if (s->where[index] != state)
				continue;
			if (slab)
				*slab = s;
			return slab_census_slot(cache, s, index);
		}
	}
	return 0;
}
