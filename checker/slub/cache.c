/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/cache.h"

#include <string.h>

#include "decoders/overwrite.h"
#include "decoders/slab.h"

/* calculate_sizes() and its callers keep these true in every kernel since 3.1. */
static const char *sizes_why(const struct cache *c, uint64_t page_size)
{
	uint64_t largest = page_size << SLAB_MAX_ORDER;

	if (!c->size || c->size > largest)
		return "size is out of range";
	if (!c->object_size || c->object_size > c->size)
		return "object_size contradicts size";
	if (c->inuse > c->size || c->inuse < c->object_size)
		return "inuse contradicts object_size or size";
	if (c->offset % 8 || c->offset + 8 > c->size)
		return "offset contradicts size";
	if (c->align && (c->align > largest || c->size % c->align))
		return "size contradicts align";
	if (c->red_left_pad >= c->size || c->reserved >= page_size)
		return "red_left_pad or reserved is out of range";
	return NULL;
}

static const char *order_why(const struct cache *c, uint64_t page_size)
{
	if (oo_order(c->oo) > SLAB_MAX_ORDER || oo_order(c->min) > oo_order(c->oo))
		return "oo contradicts min";
	if (oo_objects(c->oo) != order_objects(oo_order(c->oo), c->size, page_size, c->reserved))
		return "oo contradicts size";
	if (oo_objects(c->min) != order_objects(oo_order(c->min), c->size, page_size, c->reserved))
		return "min contradicts size";
	return NULL;
}

/* calculate_sizes() raises max when the objects of oo are more. */
static bool max_makes_sense(const struct cache *c, uint64_t page_size)
{
	return oo_order(c->max) <= SLAB_MAX_ORDER && oo_objects(c->max) >= oo_objects(c->oo) &&
	       oo_objects(c->max) ==
		       order_objects(oo_order(c->max), c->size, page_size, c->reserved);
}

static void geometry_judge(struct cache *cache, uint64_t page_size)
{
	cache->geometry_why = sizes_why(cache, page_size);
	if (cache->geometry_why) {
		cache->defects |= CACHE_DEFECT_SIZE;
		return;
	}
	cache->geometry_why = order_why(cache, page_size);
	if (cache->geometry_why)
		cache->defects |= CACHE_DEFECT_ORDER;
	else if (!max_makes_sense(cache, page_size))
		cache->max = cache->oo;
}

/* The numbers of a kmem_cache. */
static enum target_status numbers_read(struct cache *c, struct memory *memory,
				       const struct layout_cache *m)
{
	const struct memory_wanted wanted[] = {
		{ m->cpu_slab, &c->cpu_slab },
		{ m->cpu_sheaves, &c->cpu_sheaves },
		{ m->sheaf_capacity, &c->sheaf_capacity },
		{ m->flags, &c->flags },
		{ m->size, &c->size },
		{ m->object_size, &c->object_size },
		{ m->inuse, &c->inuse },
		{ m->offset, &c->offset },
		{ m->align, &c->align },
		{ m->reserved, &c->reserved },
		{ m->red_left_pad, &c->red_left_pad },
		{ m->oo, &c->oo },
		{ m->min, &c->min },
		{ m->max, &c->max },
		{ m->refcount, &c->refcount },
		{ m->ctor, &c->ctor },
		{ m->name, &c->name_addr },
		{ m->random, &c->random },
		{ m->kasan_alloc, &c->kasan_alloc },
		{ m->kasan_free, &c->kasan_free },
	};

	return memory_members(memory, c->addr, wanted, sizeof(wanted) / sizeof(wanted[0]));
}

/* SLAB_DEBUG_FLAGS */
static uint64_t debug_flags(const struct layout *layout)
{
	const struct layout_flags *f = &layout->flags;

	return f->consistency_checks | f->red_zone | f->poison | f->store_user | f->trace;
}

void cache_read(struct cache *cache, struct memory *memory, const struct layout *layout,
		uint64_t addr, enum freeptr_encoding encoding)
{
	uint64_t ctor;

	memset(cache, 0, sizeof(*cache));
	addr = memory_untag(memory, addr);
	cache->addr = addr;
	cache->encoding = encoding;
	cache->tags = memory->tags;
	cache->status = numbers_read(cache, memory, &layout->cache);
	if (cache->status != TARGET_OK)
		return;
	/* kmem_cache_debug_flags() asks a static key first (5.9). Until 5.13 (1f0723a4c0df) a cache that
	 * was made with such a flag did not turn it on. */
	if (layout->debug_off) {
		cache->idle_flags = cache->flags & debug_flags(layout);
		cache->flags &= ~cache->idle_flags;
	}
	/* fixup_red_left(): objects start behind the left red zone when the cache has one. */
	if (cache->flags & layout->flags.red_zone)
		cache->first = cache->red_left_pad;
	cache->name_is =
		cache_name_read(memory, cache->name_addr, cache->name, sizeof(cache->name));
	/* The kernel's own text is always there; it has to be known what that is. */
	if (cache->ctor && layout->kernel.text.text.end &&
	    !range_has(&layout->kernel.text.text, cache->ctor) &&
	    memory_value(memory, cache->ctor, 1, &ctor) == TARGET_UNMAPPED)
		cache->defects |= CACHE_DEFECT_CTOR;
	geometry_judge(cache, memory->page_size);
}

enum target_status cache_node_addr(const struct cache *cache, struct memory *memory,
				   const struct layout *layout, unsigned int node, uint64_t *addr)
{
	return memory_pointer(memory, cache_node_slot(cache, layout, node), addr);
}

bool cache_order_legal(const struct cache *cache, unsigned int order)
{
	if (order == oo_order(cache->oo) || order == oo_order(cache->min))
		return true;
	/* Up to 5.8 /sys/kernel/slab/NAME/order changes oo, and slabs of the old order stay: any order
	 * that oo can have had. Since 5.9 (32a6f409b693) it cannot be written, and max is oo. */
	return oo_order(cache->max) != oo_order(cache->oo) && order > oo_order(cache->min) &&
	       order <= oo_order(cache->max);
}

bool cache_objects_legal(const struct cache *cache, unsigned int objects, uint64_t page_size)
{
	if (objects == oo_objects(cache->oo) || objects == oo_objects(cache->min))
		return true;
	for (unsigned int order = 0; order <= oo_order(cache->max); order++)
		if (cache_order_legal(cache, order) &&
		    order_objects(order, cache->size, page_size, cache->reserved) == objects)
			return true;
	return false;
}

bool cache_is_debug(const struct cache *cache, const struct layout *layout)
{
	return cache->flags & debug_flags(layout);
}

struct cache_view cache_view_of(const struct cache *cache, const struct layout *layout)
{
	struct cache_view view = {
		.addr = cache->addr,
		.status = cache->status,
		.size = cache->size,
		.object_size = cache->object_size,
		.objects_per_slab = oo_objects(cache->oo),
		.pages_per_slab = 1u << (oo_order(cache->oo) & 31),
		.walkable = cache_walkable(cache),
		.debugged = cache_is_debug(cache, layout),
	};

	memcpy(view.name, cache->name, sizeof(view.name));
	return view;
}

bool cache_is_destroyed(struct memory *memory, const struct layout *layout, uint64_t cache)
{
	const struct layout_cache *c = &layout->cache;
	uint64_t refcount, next, prev;

	return cache && c->refcount.size && c->list.size &&
	       memory_member(memory, cache, c->refcount, &refcount) == TARGET_OK &&
	       memory_value(memory, cache + c->list.offset, 8, &next) == TARGET_OK &&
	       memory_value(memory, cache + c->list.offset + 8, 8, &prev) == TARGET_OK &&
	       !refcount && overwrite_classify(next) == OVERWRITE_LIST_POISON &&
	       overwrite_classify(prev) == OVERWRITE_LIST_POISON;
}
