/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/cache_contents.h"
#include "checker/slub/diagnose.h"

#include <string.h>

#include "checker/slub/exam.h"
#include "checker/slub/sheaf.h"
#include "decoders/freeptr.h"

/*
 * The chain that a CPU's list has lost, when the word that broke it differs in one byte from a link to that
 * chain, and to no other object, and leads to no memory; -1: it is not known.
 */
static int32_t cpu_rest(const struct cache *cache, const struct slab_state *slab)
{
	const struct freelist *list = &slab->cpu_list;
	int32_t found = -1;

	if (list->end != WALK_OUTSIDE || location_is_memory(&list->there) || !slab->orphans.nr)
		return -1;
	for (uint32_t i = 0; i < slab->objects; i++) {
		uint64_t word = slab_object(cache, slab, (int32_t)i);

		if (list->from >= 0)
			word = freeptr_encode(cache->encoding, word, cache->random, list->slot);
		if (slab_listed(slab, i) || word_compare(list->raw, word).bytes != 1)
			continue;
		if (found >= 0)
			return -1;
		found = (int32_t)i;
	}
	return found >= 0 && slab->orphans.chain[found].length ? found : -1;
}

/*
 * Of a slab whose CPU's freelist breaks. The damaged link led to the chain when it was written, and a chain is
 * handed out from its head, so all that it passes is free. A well-encoded link alone does not tell that, not
 * even with init_on_alloc: what slab_alloc_node() and kmem_cache_alloc_bulk() have taken off a list keeps it
 * until slab_post_alloc_hook(), what do_slab_free() adds has it before it is on a list, and no pointer leads to
 * the objects of a sheaf that a caller has prefilled (6.18).
 */
static enum object_state behind_cpu_list(const struct cache *cache, const struct slab_state *slab,
					 int32_t index)
{
	bool own_whole = slab->own.end == WALK_END && !slab->orphans.missing;
	int32_t rest = cpu_rest(cache, slab);

	if (rest < 0)
		return OBJECT_UNKNOWN;
	if (orphans_pass(slab, rest, index))
		return OBJECT_LOST;
	return own_whole && orphans_alone(slab) ? OBJECT_ALLOCATED : OBJECT_UNKNOWN;
}

/* Whether it is one of as many objects as the slab's counters say are free and on no list. */
static bool is_counted(const struct slab_state *slab, int32_t index)
{
	const struct orphans *o = &slab->orphans;

	return o->missing &&
	       (o->nr == o->missing || (o->fits >= 0 && orphans_pass(slab, o->fits, index)));
}

enum object_state object_state_of(const struct cache *cache, const struct slab_state *slab,
				  int32_t index)
{
	bool is_lost;

	if (index < 0 || (uint32_t)index >= slab->objects)
		return OBJECT_NONE;
	if (slab_listed(slab, (uint32_t)index) ||
	    slab_sheaved(slab, slab->first + (uint64_t)index * cache->size))
		return OBJECT_FREE;
	/* What leads to it may be what the dump lacks, or in the hands of a CPU. */
	if (slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT ||
	    (slab->sheaves && !sheaves_whole(slab->sheaves)))
		return OBJECT_UNKNOWN;
	if (slab->role == ROLE_CPU && slab->cpu_list.end != WALK_END)
		return behind_cpu_list(cache, slab, index);
	if (!orphans_lost(slab, index, &is_lost))
		return OBJECT_UNKNOWN;
	if (!is_lost)
		return OBJECT_ALLOCATED;
	return is_counted(slab, index) ? OBJECT_LOST : OBJECT_UNKNOWN;
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
	[DIAGNOSE_PAGE_FREED] = causes_page_freed,
	[DIAGNOSE_OWNED] = causes_owned,
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
	/* Where a chain was cut, the finding is about another object now. */
	surroundings(&e);
	diagnosis_rank(diagnosis);
}
