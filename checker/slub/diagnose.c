/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/diagnose.h"

#include <string.h>

#include "checker/slub/exam.h"
#include "decoders/freeptr.h"

enum neighbour neighbour_of(const struct cache *cache, const struct slab_state *slab, int32_t index)
{
	if (index < 0 || (uint32_t)index >= slab->objects)
		return NEIGHBOUR_NONE;
	if (slab_listed(slab, (uint32_t)index) ||
	    slab_sheaved(slab, slab->first + (uint64_t)index * cache->size))
		return NEIGHBOUR_FREE;
	if (slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT)
		return NEIGHBOUR_UNKNOWN;
	return slab_lost(slab, (uint32_t)index) ? NEIGHBOUR_LOST : NEIGHBOUR_ALLOCATED;
}

/* Which causes explain a finding of an id; NULL: no opinion. */
typedef void (*causes_fn)(struct exam *e);

static causes_fn causes_of(enum finding_id id)
{
	static const causes_fn fns[FINDING_COUNT] = {
		[FINDING_FREELIST_WILD] = causes_link,
		[FINDING_FREELIST_MISALIGNED] = causes_link,
		[FINDING_FREELIST_FOREIGN_SLAB] = causes_link,
		[FINDING_FREELIST_FOREIGN_CACHE] = causes_link,
		[FINDING_FREELIST_CYCLE] = causes_cycle,
		[FINDING_FREELIST_COUNT] = causes_count,
		[FINDING_FREELIST_SHARED] = causes_shared,
		[FINDING_REDZONE_LEFT] = causes_contents,
		[FINDING_REDZONE_RIGHT] = causes_contents,
		[FINDING_REDZONE_KMALLOC] = causes_contents,
		[FINDING_POISON_OVERWRITTEN] = causes_contents,
		[FINDING_INIT_ON_FREE] = causes_contents,
		[FINDING_PADDING_OBJECT] = causes_contents,
		[FINDING_PADDING_SLAB] = causes_contents,
		[FINDING_SHEAF_DUPLICATE] = causes_entry_twice,
		[FINDING_SHEAF_ON_FREELIST] = causes_entry_twice,
		[FINDING_SHEAF_FOREIGN_CACHE] = causes_entry_foreign,
		[FINDING_SHEAF_MISALIGNED] = causes_entry_misaligned,
		[FINDING_SHEAF_WILD] = causes_entry_wild,
		[FINDING_SLAB_LOST] = causes_lost,
		[FINDING_SLAB_DUPLICATE] = causes_lost,
		[FINDING_SHEAF_SHARED] = causes_lost,
		[FINDING_SLAB_PAGE] = causes_metadata,
		[FINDING_SLAB_CACHE] = causes_metadata,
		[FINDING_SLAB_OBJECTS] = causes_metadata,
		[FINDING_SLAB_INUSE] = causes_metadata,
		[FINDING_SLAB_FROZEN] = causes_metadata,
		[FINDING_SLAB_PARTIAL_FLAG] = causes_metadata,
		[FINDING_SLAB_DISABLED] = causes_disabled,
		[FINDING_SLAB_FULL] = causes_metadata,
		[FINDING_SLAB_ORDER] = causes_metadata,
		[FINDING_CPU_TID] = causes_metadata,
		[FINDING_CPU_FREELIST_STRAY] = causes_metadata,
		[FINDING_CPU_PARTIAL_LINK] = causes_metadata,
		[FINDING_CPU_PARTIAL_COUNT] = causes_metadata,
		[FINDING_PARTIAL_LINK] = causes_metadata,
		[FINDING_CACHE_RANDOM] = causes_metadata,
		[FINDING_CACHE_NAME] = causes_metadata,
		[FINDING_CACHE_GEOMETRY] = causes_metadata,
		[FINDING_CACHE_NODE] = causes_metadata,
		[FINDING_CACHE_PERCPU] = causes_metadata,
		[FINDING_CACHE_LIST_LINK] = causes_metadata,
		[FINDING_CACHE_UNREADABLE] = causes_metadata,
		[FINDING_SHEAF_POINTER] = causes_metadata,
		[FINDING_SHEAF_CACHE] = causes_metadata,
		[FINDING_SHEAF_SIZE] = causes_metadata,
		[FINDING_BARN_POINTER] = causes_metadata,
		[FINDING_BARN_LINK] = causes_metadata,
		[FINDING_BARN_SHEAF] = causes_metadata,
		[FINDING_PARTIAL_COUNT] = causes_counter,
		[FINDING_BARN_COUNT] = causes_counter,
		[FINDING_NODE_SLABS] = causes_counter,
		[FINDING_NODE_OBJECTS] = causes_counter,
		[FINDING_CPU_OFFLINE] = causes_offline,
		[FINDING_TRACK_INVALID] = causes_track,
	};

	return fns[id];
}

static void surroundings(struct exam *e)
{
	struct finding *f = e->f;

	if (!(f->has & FINDING_HAS_OBJECT) || !e->slab || !e->slab->walked || !e->cache)
		return;
	f->left = neighbour_of(e->cache, e->slab, f->object_index - 1);
	f->right = neighbour_of(e->cache, e->slab, f->object_index + 1);
	if (tracks_read(e->heap->memory, e->heap->layout, e->cache, f->object, f->tracks))
		f->has |= FINDING_HAS_TRACKS;
}

void diagnose(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
	      struct finding *finding, struct diagnosis *diagnosis)
{
	struct exam e = {
		.heap = heap,
		.cache = cache,
		.slab = slab,
		.f = finding,
		.d = diagnosis,
		.hardened = cache && cache->encoding != FREEPTR_PLAIN,
		.rest = -1,
	};

	memset(diagnosis, 0, sizeof(*diagnosis));
	surroundings(&e);
	/* Nothing is damaged where a CPU was in the middle of an operation: nobody is to blame. */
	if (finding->severity != SEVERITY_CORRUPT || !causes_of(finding->id))
		return;
	causes_of(finding->id)(&e);
	diagnosis_rank(diagnosis);
}
