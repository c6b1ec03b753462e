/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/cache_contents.h"
#include "checker/slub/diagnose.h"

#include <string.h>

#include "checker/slub/exam.h"
#include "decoders/freeptr.h"

enum object_state object_state_of(const struct cache *cache, const struct slab_state *slab,
				  int32_t index)
{
	if (index < 0 || (uint32_t)index >= slab->objects)
		return OBJECT_NONE;
	if (slab_listed(slab, (uint32_t)index) ||
	    slab_sheaved(slab, slab->first + (uint64_t)index * cache->size))
		return OBJECT_FREE;
	if (slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT)
		return OBJECT_UNKNOWN;
	return slab_lost(slab, (uint32_t)index) ? OBJECT_LOST : OBJECT_ALLOCATED;
}

typedef void (*causes_fn)(struct exam *e);

/* Who answers for SLUB; NULL: nobody has an opinion (DIAGNOSE_NONE), or somebody else (DIAGNOSE_TRAP). */
static const causes_fn causes[] = {
	[DIAGNOSE_NONE] = NULL,
	[DIAGNOSE_LINK] = causes_link,
	[DIAGNOSE_CYCLE] = causes_cycle,
	[DIAGNOSE_COUNT] = causes_count,
	[DIAGNOSE_SHARED] = causes_shared,
	[DIAGNOSE_CONTENTS] = causes_contents,
	[DIAGNOSE_ENTRY_TWICE] = causes_entry_twice,
	[DIAGNOSE_ENTRY_FOREIGN] = causes_entry_foreign,
	[DIAGNOSE_ENTRY_MISALIGNED] = causes_entry_misaligned,
	[DIAGNOSE_ENTRY_WILD] = causes_entry_wild,
	[DIAGNOSE_LOST] = causes_lost,
	[DIAGNOSE_METADATA] = causes_metadata,
	[DIAGNOSE_DISABLED] = causes_disabled,
	[DIAGNOSE_COUNTER] = causes_counter,
	[DIAGNOSE_OFFLINE] = causes_offline,
	[DIAGNOSE_TRACK] = causes_track,
	[DIAGNOSE_TRAP] = NULL,
};

static void surroundings(struct exam *e)
{
	struct finding *f = e->f;

	if (!(f->has & FINDING_HAS_OBJECT) || !e->slab || !e->slab->walked || !e->cache)
		return;
	f->left = object_state_of(e->cache, e->slab, f->object_index - 1);
	f->right = object_state_of(e->cache, e->slab, f->object_index + 1);
	if (object_tracks(e->heap->memory, e->heap->layout, e->cache, f->object, f->tracks))
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
	causes_fn causes_of = causes[finding_info(finding->id)->diagnosis];

	memset(diagnosis, 0, sizeof(*diagnosis));
	surroundings(&e);
	/* Nothing is damaged where a CPU was in the middle of an operation: nobody is to blame. */
	if (finding->severity != SEVERITY_CORRUPT || !causes_of)
		return;
	causes_of(&e);
	diagnosis_rank(diagnosis);
}
