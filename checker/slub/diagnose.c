/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/cache_contents.h"
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

typedef void (*causes_fn)(struct exam *e);

/* Who answers for SLUB; NULL: nobody has an opinion, or somebody else. */
static causes_fn causes_of(enum finding_id id)
{
	switch (finding_info(id)->diagnosis) {
	case DIAGNOSE_NONE:
	case DIAGNOSE_TRAP:
		return NULL;
	case DIAGNOSE_LINK:
		return causes_link;
	case DIAGNOSE_CYCLE:
		return causes_cycle;
	case DIAGNOSE_COUNT:
		return causes_count;
	case DIAGNOSE_SHARED:
		return causes_shared;
	case DIAGNOSE_CONTENTS:
		return causes_contents;
	case DIAGNOSE_ENTRY_TWICE:
		return causes_entry_twice;
	case DIAGNOSE_ENTRY_FOREIGN:
		return causes_entry_foreign;
	case DIAGNOSE_ENTRY_MISALIGNED:
		return causes_entry_misaligned;
	case DIAGNOSE_ENTRY_WILD:
		return causes_entry_wild;
	case DIAGNOSE_LOST:
		return causes_lost;
	case DIAGNOSE_METADATA:
		return causes_metadata;
	case DIAGNOSE_DISABLED:
		return causes_disabled;
	case DIAGNOSE_COUNTER:
		return causes_counter;
	case DIAGNOSE_OFFLINE:
		return causes_offline;
	case DIAGNOSE_TRACK:
		return causes_track;
	}
	return NULL;
}

static void surroundings(struct exam *e)
{
	struct finding *f = e->f;

	if (!(f->has & FINDING_HAS_OBJECT) || !e->slab || !e->slab->walked || !e->cache)
		return;
	f->left = neighbour_of(e->cache, e->slab, f->object_index - 1);
	f->right = neighbour_of(e->cache, e->slab, f->object_index + 1);
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

	memset(diagnosis, 0, sizeof(*diagnosis));
	surroundings(&e);
	/* Nothing is damaged where a CPU was in the middle of an operation: nobody is to blame. */
	if (finding->severity != SEVERITY_CORRUPT || !causes_of(finding->id))
		return;
	causes_of(finding->id)(&e);
	diagnosis_rank(diagnosis);
}
