/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/remains.h"

/* All of the cache has been flushed: what is on no freelist is in use. */
static void slab_add(const struct cache *cache, const struct slab_state *slab, struct remains *r)
{
	if (!slab->walked || !slab_lists_end(slab)) {
		r->unknown += slab->count.objects;
		return;
	}
	r->known += slab->objects;
	for (uint32_t i = 0; i < slab->objects; i++) {
		if (slab_listed(slab, i))
			continue;
		if (!r->objects) {
			r->page = slab->page;
			r->base = slab->base;
			r->index = (int32_t)i;
		}
		if (r->objects < REMAINS_SHOWN)
			r->shown[r->objects] = slab_object(cache, slab, (int32_t)i);
		r->objects++;
	}
}

void remains_find(struct heap *heap, const struct scan *scan, const struct cache *cache,
		  const struct rules *rules, size_t first, size_t end, struct remains *r)
{
	struct slab_place place = { .role = ROLE_NO_LIST, .cpu = -1, .node = -1 };
	struct slab_state slab;

	*r = (struct remains){ .index = -1 };
	for (size_t i = first; i < end && !heap_cancelled(heap); i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		place.page = scan_page(scan, heap->layout, s);
		heap_descriptor(heap, place.page, &slab);
		if (s->rcu || slab.status != TARGET_OK || slab.cache != cache->addr)
			continue;
		heap_slab(heap, cache, place, NULL, &slab);
		if (rules)
			rules_slab(rules, &slab, NULL, NULL);
		r->slabs++;
		slab_add(cache, &slab, r);
	}
}
