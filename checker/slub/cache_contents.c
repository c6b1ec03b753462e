/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/cache_contents.h"

/* Of a structure of KASAN that lies at @offset behind the object, its end; 0: it does not. */
static uint64_t kasan_end(uint64_t offset, uint32_t size, const struct cache *cache)
{
	/* In an object that is free, or KASAN_NO_FREE_META. */
	return offset < cache->inuse || offset > cache->size ? 0 : offset + size;
}

/*
 * get_info_end(): since 5.7 a freepointer may lie anywhere in the object (3202fa62fb43); before, one
 * that was not its first word lay behind it, so that the same comparison holds.
 */
static uint64_t info_end(const struct cache *cache)
{
	return cache->offset >= cache->inuse ? cache->inuse + 8 : cache->inuse;
}

/* The allocator's own data behind the object. */
static void metadata_place(struct contents *c, const struct cache *cache,
			   const struct layout *layout)
{
	uint64_t at = info_end(cache), end;

	if (cache->flags & layout->flags.store_user) {
		c->tracks = layout->debug.track.size ? (uint32_t)at : 0;
		c->padded &= layout->debug.track.size != 0;
		at += 2 * (uint64_t)layout->debug.track.size;
		/* 6.1 (6edf2576a6cc), the release of the flag. An unsigned int, or a long since 7.0 and in
		 * some stable releases: what follows may be the upper half of it. */
		if (cache->flags & layout->flags.kmalloc) {
			c->orig_size = c->tracks ? (uint32_t)at : 0;
			at += 4;
		}
	}
	end = kasan_end(cache->kasan_alloc, layout->kasan.alloc_size, cache);
	at = end > at ? end : at;
	end = kasan_end(cache->kasan_free, layout->kasan.free_size, cache);
	at = end > at ? end : at;
	c->pad = (uint32_t)at;
}

struct contents cache_contents(const struct cache *cache, const struct layout *layout)
{
	const struct layout_flags *f = &layout->flags;
	bool kept = cache->ctor || cache->flags & f->typesafe_by_rcu;
	struct contents c = {
		.red_zone = cache->flags & f->red_zone,
		.padded = cache->flags & f->poison,
		.poison = cache->flags & f->poison && !kept,
	};

	/* slab_want_init_on_free(). kfree_nolock() clears nothing (6.18). */
	c.cleared = layout->init_on_free && !kept && !(cache->idle_flags & f->poison) &&
		    !cache_is_debug(cache, layout) && !layout->kasan.present &&
		    !(layout->has_kfree_nolock && cache->flags & f->kmalloc);
	c.left = c.red_zone ? (uint32_t)cache->red_left_pad : 0;
	c.end = (uint32_t)cache->size - c.left;
	c.kasan = layout->kasan.present ? layout->kasan.free_size : 0;
	metadata_place(&c, cache, layout);
	c.kmalloc_zone = c.red_zone && c.orig_size && layout->kmalloc_zones;
	/* Sizes that leave no room for that were overwritten; no other rule depends on them. */
	if (cache->inuse > c.end || (c.tracks && c.pad > c.end))
		return (struct contents){ 0 };
	if (c.pad > c.end)
		c.pad = c.end;
	return c;
}

bool object_tracks(struct memory *memory, const struct layout *layout, const struct cache *cache,
		   uint64_t object, struct track tracks[TRACKS])
{
	uint32_t at = cache_contents(cache, layout).tracks;

	return at &&
	       tracks_read(memory, &layout->kernel, &layout->debug.track, object + at, tracks);
}
