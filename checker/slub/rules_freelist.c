/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules on the freelists of a slab. */
#include "checker/slub/rules.h"

#include <inttypes.h>

#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "decoders/slab.h"

/* Ids of a link that leads where it must not. */
static enum finding_id link_id(const struct rules *rules, const struct freelist *list)
{
	switch (list->end) {
	case WALK_CYCLE:
		return FINDING_FREELIST_CYCLE;
	case WALK_MISALIGNED:
		return FINDING_FREELIST_MISALIGNED;
	case WALK_ABSENT:
		return FINDING_MEMORY_ABSENT;
	default:
		break;
	}
	if (list->there.kind != LOCATION_OBJECT)
		return FINDING_FREELIST_WILD;
	return list->there.cache == rules->cache->addr ? FINDING_FREELIST_FOREIGN_SLAB
						       : FINDING_FREELIST_FOREIGN_CACHE;
}

static void link_message(struct finding *f, const struct rules *rules,
			 const struct slab_state *slab, const struct freelist *list)
{
	struct object_position pos;

	switch (f->id) {
	case FINDING_FREELIST_CYCLE:
		pos = object_locate(slab->first, rules->cache->size, slab->objects, list->next);
		if (pos.index == list->from)
			finding_message(f, "points to the object itself");
		else
			finding_message(f, "points back to object %d: a cycle of length %u",
					pos.index, list->length - list->hop[pos.index] + 1);
		break;
	case FINDING_FREELIST_MISALIGNED:
		pos = object_locate(slab->first, rules->cache->size, slab->objects, list->next);
		if (pos.index >= 0)
			finding_message(f, "points to object %d + 0x%x of the slab", pos.index,
					pos.offset);
		else
			finding_message(f, "points into the padding of the slab");
		break;
	case FINDING_FREELIST_FOREIGN_SLAB:
		finding_message(f, "points to object %d of slab 0x%" PRIx64 " of this cache",
				list->there.index, list->there.page);
		break;
	case FINDING_FREELIST_FOREIGN_CACHE:
		finding_message(f, "points to object %d of slab 0x%" PRIx64 " of cache 0x%" PRIx64,
				list->there.index, list->there.page, list->there.cache);
		break;
	case FINDING_MEMORY_ABSENT:
		finding_message(f, "the next object of the freelist is not in the dump");
		break;
	default:
		finding_message(f, "points to 0x%" PRIx64 ", which is not an object of this slab%s",
				list->next,
				location_untold(&list->there)
					? "; the dump lacks the page that says whether it is an "
					  "object of another slab"
					: "");
		break;
	}
}

/* The word that ended a walk, and how the walk came to it. */
static void link_evidence(struct finding *f, const struct rules *rules,
			  const struct slab_state *slab, const struct freelist *list)
{
	bool head = list->from < 0;

	set_slot(f, list->slot,
		 !head			   ? "freepointer"
		 : list == &slab->cpu_list ? "c->freelist"
					   : "slab->freelist",
		 list->raw);
	if (head)
		return;
	f->object = slab_object(rules->cache, slab, list->from);
	f->object_index = list->from;
	f->decoded = list->next;
	f->hop = list->hop[list->from] - 1u;
	if (list->end == WALK_ABSENT)
		f->has &= ~(uint32_t)FINDING_HAS_RAW; /* it could not be read */
	else
		f->has |= FINDING_HAS_DECODED;
	f->random = rules->cache->random;
	f->encoding = rules->cache->encoding;
	f->has |= FINDING_HAS_OBJECT | FINDING_HAS_HOP;
	if (list->before >= 0) {
		f->previous = slab_object(rules->cache, slab, list->before);
		f->previous_index = list->before;
		f->has |= FINDING_HAS_PREVIOUS;
	}
}

static bool freelist_judge(const struct rules *rules, const struct slab_state *slab,
			   const struct freelist *list)
{
	struct finding f;

	if (list->end == WALK_END || list->end == WALK_NOT_DONE)
		return true;
	f = slab_finding(rules, link_id(rules, list), slab);
	if (list == &slab->cpu_list)
		f.place = PLACE_CPU_FREELIST;
	link_evidence(&f, rules, slab, list);
	link_message(&f, rules, slab, list);
	emit(rules, &f, slab);
	return false;
}

static const struct excuse *shared_excuse(const struct rules *rules, const struct slab_state *slab)
{
	return excuse_find(
		&(struct excuse_case){ .breach = BREACH_SHARED, .rules = rules, .slab = slab });
}

static void shared_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f = slab_finding(rules, FINDING_FREELIST_SHARED, slab);

	f.object = slab_object(rules->cache, slab, slab->first_shared);
	f.object_index = slab->first_shared;
	f.hop = slab->cpu_list.hop[slab->first_shared] - 1u;
	f.has |= FINDING_HAS_OBJECT | FINDING_HAS_HOP;
	finding_message(&f, "%u object%s on both the CPU's freelist and the slab's freelist",
			slab->shared, slab->shared == 1 ? "" : "s");
	excuse(&f, shared_excuse(rules, slab));
	emit(rules, &f, slab);
}

static void count_judge(const struct rules *rules, const struct slab_state *slab,
			const struct node_state *node)
{
	uint32_t free = slab->objects - slab->count.inuse;
	struct finding f;

	if (slab->own.length == free)
		return;
	f = slab_finding(rules, FINDING_FREELIST_COUNT, slab);
	set_counters(&f, rules, slab);
	finding_message(&f, "%u objects are on the freelist, but %u of %u are not in use",
			slab->own.length, free, slab->objects);
	if (slab->own.from >= 0) {
		f.object = slab_object(rules->cache, slab, slab->own.from);
		f.object_index = slab->own.from;
		f.hop = slab->own.length - 1;
		f.has |= FINDING_HAS_OBJECT | FINDING_HAS_HOP;
	}
	excuse(&f, excuse_find(&(struct excuse_case){
			   .breach = BREACH_COUNT, .rules = rules, .slab = slab, .node = node }));
	emit(rules, &f, slab);
}

/* All that the CPU's freelist holds counts as in use in the slab. */
static void cpu_count_judge(const struct rules *rules, const struct slab_state *slab)
{
	struct finding f;

	if (slab->role != ROLE_CPU || slab->cpu_list.length <= slab->count.inuse)
		return;
	if (excuse_find(&(struct excuse_case){
		    .breach = BREACH_CPU_COUNT, .rules = rules, .slab = slab }))
		return;
	f = slab_finding(rules, FINDING_FREELIST_COUNT, slab);
	f.place = PLACE_CPU_FREELIST;
	set_counters(&f, rules, slab);
	finding_message(&f,
			"%u objects are on the CPU's freelist, but the slab has only %u in "
			"use",
			slab->cpu_list.length, slab->count.inuse);
	emit(rules, &f, slab);
}

/*
 * An object on no list with a link to a second one that is on no list either, and so on to NULL:
 * that is the rest of a chain. kmem_cache_alloc_bulk() leaves the same picture between taking
 * objects and clearing them, so alone it proves nothing.
 */
static void orphans_judge(const struct rules *rules, const struct slab_state *slab)
{
	const struct orphans *o = &slab->orphans;
	struct finding f;

	if (slab->role != ROLE_CPU || o->length < 2)
		return;
	f = slab_finding(rules, FINDING_FREELIST_ORPHANS, slab);
	f.object = slab_object(rules->cache, slab, o->head);
	f.object_index = o->head;
	f.has |= FINDING_HAS_OBJECT;
	excuse(&f, excuse_find(&(struct excuse_case){ .breach = BREACH_CHAIN, .slab = slab }));
	finding_message(&f, "a chain of %u objects is on no list", o->length);
	emit(rules, &f, slab);
}

/*
 * memcg_slab_free_hook() takes the owner away before the object is put on a list or into a sheaf, and
 * memcg_slab_post_alloc_hook() notes it after the object was taken: nothing passes through this.
 */
void rules_owned_free(const struct rules *rules, const struct slab_state *slab,
		      const struct owned_free *owned)
{
	struct finding f = slab_finding(rules, FINDING_FREELIST_OWNED, slab);

	if (!owned->nr || excuse_find(&(struct excuse_case){
				  .breach = BREACH_CONTENTS, .rules = rules, .slab = slab }))
		return;
	f.object = slab_object(rules->cache, slab, owned->index);
	f.object_index = owned->index;
	f.has |= FINDING_HAS_OBJECT;
	set_slot(&f, owned->slot, "owner", owned->objcg);
	set_rest(&f, owned->slot, 8, owned->objcg);
	if (owned->nr == 1)
		finding_message(&f,
				"object %d is on a freelist, but it is charged to a memory cgroup "
				"as an object in use",
				owned->index);
	else
		finding_message(&f,
				"object %d is on a freelist, but it is charged to a memory cgroup "
				"as an object in use, and so are %u others",
				owned->index, owned->nr - 1);
	emit(rules, &f, slab);
}

void freelists_judge(const struct rules *rules, const struct slab_state *slab,
		     const struct node_state *node)
{
	bool own, cpu;

	own = freelist_judge(rules, slab, &slab->own);
	cpu = slab->role != ROLE_CPU || freelist_judge(rules, slab, &slab->cpu_list);
	rules_sheaf_slab(rules, slab);
	if (slab->shared) {
		shared_judge(rules, slab);
		if (!shared_excuse(rules, slab))
			return;
		/* Where both lists are one for a moment, the slab's own has the right length. */
		cpu = false;
	}
	/* With an impossible use count there is nothing to compare with, and a list that could not
	 * be followed to its end has no length. */
	if (slab->count.inuse > slab->objects)
		return;
	if (own)
		count_judge(rules, slab, node);
	if (cpu)
		cpu_count_judge(rules, slab);
	if (own && cpu)
		orphans_judge(rules, slab);
}
