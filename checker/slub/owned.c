/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/owned.h"

#include "checker/slub/locate.h"
#include "checker/slub/owner_vector.h"

static bool vector_find(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
			struct owner_vector *vector)
{
	const struct owner_layout *layout = &heap->layout->owner;

	return member_exists(layout->objcg) &&
	       owner_vector_find(layout, heap->memory, slab->page, slab->base, cache->size,
				 vector) == TARGET_OK &&
	       vector->addr;
}

/* An entry is NULL or leads to a struct obj_cgroup, which comes from kmalloc(). */
static bool owner_get(struct heap *heap, const struct owner_vector *vector, uint32_t index,
		      uint64_t *slot, uint64_t *objcg)
{
	struct location at;

	*slot = vector->addr + index * vector->stride + heap->layout->owner.objcg.offset;
	if (memory_value(heap->memory, *slot, 8, objcg) != TARGET_OK || !*objcg || *objcg & 7)
		return false;
	at = locate(heap->memory, heap->layout, heap->caches, *objcg);
	return at.kind == LOCATION_OBJECT || at.kind == LOCATION_MAPPED;
}

void owned_find(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
		struct owned_free *owned)
{
	struct owner_vector vector;
	uint64_t slot, objcg;

	*owned = (struct owned_free){ .index = -1 };
	if (!slab->walked || slab->cache != cache->addr ||
	    !(slab->own.length + slab->cpu_list.length) || !vector_find(heap, cache, slab, &vector))
		return;
	for (uint32_t i = 0; i < slab->objects; i++) {
		memory_window_reach(heap->memory, vector.addr + i * vector.stride, 8);
		if (!slab_listed(slab, i) || !owner_get(heap, &vector, i, &slot, &objcg) ||
		    owned->nr++)
			continue;
		owned->index = (int32_t)i;
		owned->slot = slot;
		owned->objcg = objcg;
	}
	memory_window_end(heap->memory);
}

bool owned_object(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
		  int32_t index)
{
	struct owner_vector vector;
	uint64_t slot, objcg;

	return index >= 0 && (uint32_t)index < slab->objects && slab->cache == cache->addr &&
	       vector_find(heap, cache, slab, &vector) &&
	       owner_get(heap, &vector, (uint32_t)index, &slot, &objcg);
}
