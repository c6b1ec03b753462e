/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/locate.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/image/escape.h"
#include "checker/debug/kfence.h"
#include "decoders/slab.h"

/* Where the object is, by the geometry of slabs of that order. */
static struct object_position object_in(const struct location *at, const struct cache *cache,
					const struct memory *memory, unsigned int order)
{
	return object_locate(at->base + cache->first, cache->size,
			     order_objects(order, cache->size, memory->page_size, cache->reserved),
			     at->addr);
}

/* Without the slab's order the smallest slab tells as much as the largest, but for what lies in the
 * padding of one and in an object of the other. */
static void locate_object(struct location *at, struct memory *memory, const struct layout *layout,
			  const struct cache *cache)
{
	struct object_position pos;
	unsigned int order;
	uint64_t flags = 0;

	if (memory_member(memory, at->page, layout->slab.flags, &flags) != TARGET_OK ||
	    !page_order(memory, &layout->kernel.page, at->page, flags, &order) ||
	    !cache_order_legal(cache, order)) {
		order = oo_order(cache->oo);
		at->unsure = at->addr - at->base < memory->page_size << oo_order(cache->min) &&
			     object_in(at, cache, memory, order).index !=
				     object_in(at, cache, memory, oo_order(cache->min)).index;
	}
	pos = object_in(at, cache, memory, order);
	at->index = at->unsure ? -1 : pos.index;
	at->offset = at->index < 0 ? at->addr - at->base : pos.offset;
	if (at->index >= 0 && !pos.offset)
		at->kind = LOCATION_OBJECT;
}

static void locate_in_slab(struct location *at, struct memory *memory, const struct layout *layout,
			   const struct cache_list *caches)
{
	struct cache cache;
	uint64_t owner;

	at->kind = LOCATION_NO_DESCRIPTOR;
	if (memory_pointer(memory, at->page + layout->slab.cache.offset, &owner) != TARGET_OK)
		return;
	at->kind = LOCATION_SLAB;
	at->unsure = caches->cut;
	if (!cache_list_has(caches, owner))
		return;
	at->cache = owner;
	at->kind = LOCATION_INSIDE;
	at->offset = at->addr - at->base;
	cache_read(&cache, memory, layout, owner, FREEPTR_PLAIN);
	at->unsure = !cache_walkable(&cache);
	if (!at->unsure)
		locate_object(at, memory, layout, &cache);
}

static enum target_status page_is_slab(struct memory *memory, const struct layout *layout,
				       uint64_t page, bool *is_slab)
{
	uint64_t flags = 0, type = 0;
	const struct memory_wanted wanted[] = {
		{ layout->slab.flags, &flags },
		{ layout->slab.page_type, &type },
	};
	enum target_status status = memory_members(memory, page, wanted, 2);

	*is_slab = status == TARGET_OK && layout_is_slab(layout, flags, type);
	return status;
}

/* The page that has what is known of an address: the head page where it is a tail. */
static enum target_status descriptor_find(struct location *at, struct memory *memory,
					  const struct layout *layout, bool *is_slab)
{
	enum target_status status = page_is_slab(memory, layout, at->page, is_slab);
	uint64_t head;

	/* The first page of a slab shares the word of compound_head with list links. */
	if (status != TARGET_OK || *is_slab)
		return status;
	status = page_head(memory, &layout->kernel.page, at->page, &head);
	if (status != TARGET_OK || head == at->page)
		return status;
	at->page = head;
	return page_is_slab(memory, layout, at->page, is_slab);
}

/* In the direct map every page has a descriptor, which says what it is. */
static void locate_page(struct location *at, struct memory *memory, const struct layout *layout,
			const struct cache_list *caches)
{
	struct target *t = memory->target;
	bool is_slab;
	enum target_status status = descriptor_find(at, memory, layout, &is_slab);

	at->kind = LOCATION_PAGE;
	if (!t->ops->page_to_virt(t, at->page, &at->base))
		at->kind = LOCATION_UNMAPPED;
	else if (kfence_has(&layout->debug.kfence, at->addr))
		at->kind = LOCATION_KFENCE;
	else if (status == TARGET_ABSENT)
		at->kind = LOCATION_NO_DESCRIPTOR;
	else if (status != TARGET_OK)
		at->kind = LOCATION_UNMAPPED;
	else if (is_slab)
		locate_in_slab(at, memory, layout, caches);
}

struct location locate(struct memory *memory, const struct layout *layout,
		       const struct cache_list *caches, uint64_t addr)
{
	struct location at;

	if (!location_begin(&at, memory, addr))
		locate_page(&at, memory, layout, caches);
	return at;
}

static const char *kfence_state(const struct kfence_object *object)
{
	return object->state == KFENCE_IN_USE ? "in use" : "free";
}

static void describe_kfence(struct memory *memory, const struct layout *layout,
			    const struct location *at, char *buf, size_t len)
{
	char name[4 * CACHE_NAME_MAX] = "an unknown cache";
	struct kfence_object object;
	struct cache cache;
	enum target_status status = kfence_find(memory, &layout->debug.kfence, at->base, &object);

	if (status != TARGET_OK) {
		snprintf(buf, len, "a page of KFENCE's pool%s",
			 status == TARGET_ABSENT ? "" : " (a guard page)");
		return;
	}
	if (!object.state) {
		snprintf(buf, len, "a page of KFENCE's pool that was never used");
		return;
	}
	if (object.cache) {
		cache_read(&cache, memory, layout, object.cache, FREEPTR_PLAIN);
		text_escape(cache.name, name, sizeof(name));
	}
	snprintf(buf, len,
		 "a page of KFENCE's pool with an object of %s that is %s: %" PRIu64
		 " bytes at 0x%" PRIx64,
		 name, kfence_state(&object), object.size, object.addr);
}

bool locate_destroyed(struct location *at, struct memory *memory, const struct layout *layout)
{
	struct cache cache;
	uint64_t owner;

	if (at->kind != LOCATION_SLAB ||
	    memory_pointer(memory, at->page + layout->slab.cache.offset, &owner) != TARGET_OK ||
	    !cache_is_destroyed(memory, layout, owner))
		return false;
	cache_read(&cache, memory, layout, owner, FREEPTR_PLAIN);
	/* What its memory holds by now may not be a cache at all. */
	if (!cache_walkable(&cache) || !cache.name[0])
		return false;
	at->kind = LOCATION_INSIDE;
	at->cache = owner;
	at->unsure = false;
	locate_object(at, memory, layout, &cache);
	return true;
}

/* Of a destroyed cache that has lost its name more cannot be said. */
static bool describe_destroyed(struct memory *memory, const struct layout *layout,
			       const struct location *at, char *buf, size_t len)
{
	struct location in = *at;
	struct cache cache;
	char name[CACHE_NAME_MAX + 16];
	uint64_t owner;

	if (locate_destroyed(&in, memory, layout)) {
		cache_read(&cache, memory, layout, in.cache, FREEPTR_PLAIN);
		snprintf(name, sizeof(name), "%s (destroyed)", cache.name);
		location_in_slab_describe(&in, name, buf, len);
		return true;
	}
	if (memory_pointer(memory, at->page + layout->slab.cache.offset, &owner) != TARGET_OK ||
	    !cache_is_destroyed(memory, layout, owner))
		return false;
	snprintf(buf, len, "a slab of a cache that was destroyed");
	return true;
}

/* As long as slab_mutex is held a cache with refcount 0 may be on its way to be gone. */
static const char *name_of(const struct cache *cache, const struct layout *layout,
			   char buf[CACHE_NAME_MAX + 16])
{
	bool destroyed = cache->status == TARGET_OK && member_exists(layout->cache.refcount) &&
			 !cache->refcount && !layout->caches_locked;

	snprintf(buf, CACHE_NAME_MAX + 16, "%s%s", cache->name, destroyed ? " (destroyed)" : "");
	return buf;
}

char *location_describe(struct memory *memory, const struct layout *layout,
			const struct location *at, char *buf, size_t len)
{
	char name[CACHE_NAME_MAX + 16];
	struct cache cache;

	switch (at->kind) {
	case LOCATION_OBJECT:
	case LOCATION_INSIDE:
		cache_read(&cache, memory, layout, at->cache, FREEPTR_PLAIN);
		return location_in_slab_describe(at, name_of(&cache, layout, name), buf, len);
	case LOCATION_SLAB:
		if (describe_destroyed(memory, layout, at, buf, len))
			return buf;
		snprintf(buf, len, "a slab of a cache that %s",
			 at->unsure ? "may not be in the dump" : "is not on slab_caches");
		return buf;
	case LOCATION_KFENCE:
		describe_kfence(memory, layout, at, buf, len);
		return buf;
	default:
		return location_describe_plain(memory, at, buf, len);
	}
}
