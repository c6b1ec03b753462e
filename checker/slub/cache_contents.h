/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_CACHE_CONTENTS_H
#define SLUBCHECK_CHECKER_SLUB_CACHE_CONTENTS_H
/*
 * What a cache of SLUB fills its slabs with, by its flags.
 */

#include "checker/debug/contents.h"
#include "checker/debug/track.h"
#include "checker/slub/cache.h"
#include "checker/slub/layout.h"

/** cache_contents() - What a cache whose sizes make sense fills its slabs with. */
struct contents cache_contents(const struct cache *cache, const struct layout *layout);

/**
 * object_tracks() - The tracks of an object, with names and ages.
 *
 * Return: false when the cache keeps none, or they are not in the dump.
 */
bool object_tracks(struct memory *memory, const struct layout *layout, const struct cache *cache,
		   uint64_t object, struct track tracks[TRACKS]);

#endif
