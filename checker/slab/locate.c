/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/locate.h"

#include <stdio.h>

#include "checker/debug/kfence.h"
#include "decoders/slab.h"

/* What a page says: whether it is a slab's, whose, and where the slab's objects begin. */
struct page_words {
	uint64_t flags, owner, slab, s_mem;
};

static enum target_status page_words_read(struct page_words *w, struct memory *memory,
					  const struct slab_layout *layout, uint64_t page)
{
	const struct memory_wanted wanted[] = {
		{ layout->kernel.page.flags, &w->flags },
		{ layout->slab.cache, &w->owner },
		{ layout->slab.page_slab, &w->slab },
	};
	enum target_status status = memory_members(memory, page, wanted, 3);

	if (status != TARGET_OK || !(w->flags & layout->pg_slab))
		return status;
	w->owner = memory_untag(memory, w->owner);
	if (!layout->has_bufctl)
		w->slab = page;
	/* Where the descriptor cannot be read the objects are unsure, and nothing else. */
	if (memory_member(memory, w->slab, layout->slab.s_mem, &w->s_mem) != TARGET_OK)
		w->s_mem = 0;
	return TARGET_OK;
}

static void object_find(struct location *at, struct memory *memory,
			const struct slab_layout *layout, const struct page_words *w)
{
	struct slab_cache cache;
	struct object_position pos;
	uint64_t bytes;

	slab_cache_read(&cache, memory, layout, at->cache);
	if (!slab_cache_walkable(&cache)) {
		at->unsure = true;
		return;
	}
	bytes = slab_cache_bytes(&cache, memory);
	/* Slabs are aligned to their size. */
	at->base = at->addr & ~(bytes - 1);
	at->offset = at->addr - at->base;
	if (w->s_mem - at->base >= bytes ||
	    cache.num * cache.size > bytes - (w->s_mem - at->base)) {
		at->unsure = true;
		return;
	}
	pos = object_locate(w->s_mem + cache.obj_offset, cache.size, (uint32_t)cache.num, at->addr);
	at->index = pos.index;
	at->offset = pos.index < 0 ? at->addr - at->base : pos.offset;
	if (pos.index >= 0 && !pos.offset)
		at->kind = LOCATION_OBJECT;
}

static void locate_in_slab(struct location *at, struct memory *memory,
			   const struct slab_layout *layout, const struct cache_list *caches,
			   const struct page_words *w)
{
	at->kind = LOCATION_SLAB;
	at->unsure = caches->cut;
	if (layout->has_bufctl)
		at->page = w->slab;
	if (!cache_list_has(caches, w->owner))
		return;
	at->cache = w->owner;
	at->kind = LOCATION_INSIDE;
	at->unsure = false;
	at->offset = at->addr - at->base;
	object_find(at, memory, layout, w);
}

/* The page that has what is known of an address: since 3.13 the head page where it is a tail. */
static enum target_status descriptor_find(struct location *at, struct memory *memory,
					  const struct slab_layout *layout, struct page_words *w)
{
	enum target_status status = page_words_read(w, memory, layout, at->page);
	uint64_t head;

	if (status != TARGET_OK || w->flags & layout->pg_slab || layout->every_page)
		return status;
	status = page_head(memory, &layout->kernel.page, at->page, &head);
	if (status != TARGET_OK || head == at->page)
		return status;
	at->page = head;
	return page_words_read(w, memory, layout, head);
}

static void locate_page(struct location *at, struct memory *memory,
			const struct slab_layout *layout, const struct cache_list *caches)
{
	struct target *t = memory->target;
	struct page_words w = { 0 };
	enum target_status status = descriptor_find(at, memory, layout, &w);

	at->kind = LOCATION_PAGE;
	if (!t->ops->page_to_virt(t, at->page, &at->base))
		at->kind = LOCATION_UNMAPPED;
	else if (kfence_has(&layout->debug.kfence, at->addr))
		at->kind = LOCATION_KFENCE;
	else if (status == TARGET_ABSENT)
		at->kind = LOCATION_NO_DESCRIPTOR;
	else if (status != TARGET_OK)
		at->kind = LOCATION_UNMAPPED;
	else if (w.flags & layout->pg_slab)
		locate_in_slab(at, memory, layout, caches, &w);
}

struct location slab_locate_addr(struct memory *memory, const struct slab_layout *layout,
				 const struct cache_list *caches, uint64_t addr)
{
	struct location at;

	if (!location_begin(&at, memory, addr))
		locate_page(&at, memory, layout, caches);
	return at;
}

char *slab_location_describe(struct memory *memory, const struct slab_layout *layout,
			     const struct location *at, char *buf, size_t len)
{
	struct slab_cache cache;

	switch (at->kind) {
	case LOCATION_OBJECT:
	case LOCATION_INSIDE:
		slab_cache_read(&cache, memory, layout, at->cache);
		return location_in_slab_describe(at, cache.name, buf, len);
	case LOCATION_SLAB:
		snprintf(buf, len, "a slab of a cache that %s",
			 at->unsure ? "may not be in the dump" : "is not on the list of caches");
		return buf;
	default:
		return location_describe_plain(memory, at, buf, len);
	}
}
