/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What follows from a fault: lists are followed as the allocator would follow them, from what
 * memory holds now and what the census knew before.
 */
#include <stdlib.h>
#include <string.h>

#include "decoders/slab.h"
#include "model/slub/fault_plant.h"

static void add(const char **ids, size_t max, const char *id)
{
	for (size_t i = 0; i < max; i++) {
		if (ids[i] && strcmp(ids[i], id))
			continue;
		ids[i] = id;
		return;
	}
}

void fault_must(struct planting *p, const char *id)
{
	add(p->truth->must, MODEL_TRUTH_MUST, id);
}

void fault_may(struct planting *p, const char *const *ids)
{
	for (; *ids; ids++)
		add(p->truth->may, MODEL_TRUTH_MAY, *ids);
}

void fault_any(struct planting *p, const char *const *ids)
{
	for (const char *const *id = ids; *id; id++)
		add(p->truth->any, MODEL_TRUTH_MUST, *id);
	fault_may(p, ids);
}

void fault_may_sweep(struct planting *p)
{
	MAY(p, "slab-lost", "slab-inflight", "node-slabs", "node-objects");
}

void fault_may_chains(struct planting *p)
{
	MAY(p, "freelist-wild", "freelist-foreign-slab", "freelist-foreign-cache",
	    "freelist-misaligned", "freelist-cycle", "freelist-shared", "freelist-count",
	    "freelist-orphans", "freelist-owned");
}

void fault_may_contents(struct planting *p)
{
	MAY(p, "redzone-left", "redzone-right", "redzone-kmalloc", "poison-overwritten",
	    "init-on-free", "padding-object", "padding-slab", "track-invalid");
}

void fault_may_sheaves(struct planting *p)
{
	if (has(p->m, SHEAVES))
		MAY(p, "slab-inuse", "sheaf-wild", "sheaf-foreign-cache", "sheaf-misaligned",
		    "sheaf-duplicate", "sheaf-on-freelist", "init-on-free");
}

bool fault_invisible(struct planting *p, const char *why)
{
	p->truth->invisible = true;
	p->truth->why_invisible = why;
	return true;
}

enum lead lead_of(const struct planting *p, const struct census_cache *s,
		  const struct census_slab *slab, uint64_t addr, int *index)
{
	const struct census_slab *there = census_slab_of(p->census, addr);
	const struct census_cache *owner;

	*index = -1;
	if (!there)
		return LEAD_WILD;
	owner = census_cache(p->census, there->cache);
	if (owner)
		*index = census_index(owner, there, addr);
	if (there->cache != s->cache)
		return *index >= 0 ? LEAD_OTHER_CACHE : LEAD_INTO_OTHER_CACHE;
	if (slab && there != slab)
		return *index >= 0 ? LEAD_OTHER_SLAB : LEAD_INTO_OTHER_SLAB;
	if (*index >= 0)
		return LEAD_OBJECT;
	if (addr < there->first || addr - there->first >= (uint64_t)there->room * s->size)
		return LEAD_SLACK;
	return LEAD_MISALIGNED;
}

/* A walk over one of a slab's two lists. */
struct walk {
	uint8_t *on; /* CENSUS_ON_* by object, of both walks */
	uint8_t mark;
	unsigned int nr;
	uint64_t end, slot; /* what the last word leads to, and where that word lies */
	int holder; /* object that holds it; -1: the head */
	bool in_sheaf; /* met an object that a sheaf holds */
	bool in_use; /* met one that somebody has */
};

static void list_walk(const struct planting *p, const struct list_ref *ref, struct walk *w)
{
	const struct census_slab *slab = ref->slab;
	int index;

	w->slot = list_head_slot(p, ref);
	w->holder = -1;
	w->end = fault_word(p, w->slot, 8);
	while (w->end && (index = census_index(ref->s, slab, w->end)) >= 0 &&
	       !(w->on[index] & w->mark)) {
		w->on[index] |= w->mark;
		w->nr++;
		w->in_sheaf |= slab->on[index] & CENSUS_IN_SHEAF;
		w->in_use |= !slab->on[index];
		w->holder = index;
		w->slot = w->end + ref->s->offset;
		w->end = census_link(p->census, ref->s, w->slot, fault_word(p, w->slot, 8));
	}
}

/* The walk met a word that leads nowhere good. */
static void broken(struct planting *p, const struct list_ref *ref, const struct walk *w)
{
	int index;

	p->truth->slot = w->slot;
	if (w->holder >= 0) {
		p->truth->object = census_object(ref->s, ref->slab, (unsigned int)w->holder);
		p->truth->object_index = w->holder;
	}
	if (ref->kind != LIST_CPU)
		MAY(p, "freelist-count");
	/* It may break off in an object that somebody was given. */
	MAY(p, "freelist-orphans", "freelist-owned");
	switch (lead_of(p, ref->s, ref->slab, w->end, &index)) {
	case LEAD_OBJECT:
		fault_must(p, "freelist-cycle");
		break;
	case LEAD_MISALIGNED:
		fault_must(p, "freelist-misaligned");
		break;
	case LEAD_OTHER_SLAB:
		fault_must(p, "freelist-foreign-slab");
		break;
	case LEAD_OTHER_CACHE:
		fault_must(p, "freelist-foreign-cache");
		break;
	/* Whether an address in a slab that no object has leads to the slab or to nothing. */
	case LEAD_SLACK:
		ANY(p, "freelist-misaligned", "freelist-wild");
		break;
	case LEAD_INTO_OTHER_SLAB:
		ANY(p, "freelist-foreign-slab", "freelist-misaligned", "freelist-wild");
		break;
	case LEAD_INTO_OTHER_CACHE:
		ANY(p, "freelist-foreign-cache", "freelist-misaligned", "freelist-wild");
		break;
	case LEAD_WILD:
		fault_must(p, "freelist-wild");
		break;
	}
}

/*
 * How the two lists of a CPU's slab overlap: objects on both, and on one only; and whether the slab's
 * own is as long as it says.
 */
struct overlap {
	unsigned int both, cpus_only;
	bool miscounted;
};

static struct overlap overlap_of(const struct planting *p, const struct list_ref *ref,
				 const uint8_t *on, const struct walk *list)
{
	struct slab_counters counters =
		slab_counters_decode(WORD(p, ref->slab->slab, slab_counters));
	struct overlap o = { .miscounted = list->nr + counters.inuse != counters.objects };

	for (unsigned int i = 0; i < ref->slab->room; i++) {
		bool own = on[i] & CENSUS_ON_SLAB, cpus = on[i] & CENSUS_ON_CPU;

		o.both += own && cpus;
		o.cpus_only += cpus && !own;
	}
	return o;
}

/*
 * Until 5.14 deactivate_slab() hands objects back while c->freelist still shows them. Each is
 * linked to the slab's list just before that list begins with it; until 5.10 one by one, then all
 * together. Others may free to that list in between. The list and the counters change in one step.
 */
static bool is_handing_back(const struct planting *p, struct overlap o)
{
	if (has(p->m, CLEARS_FIRST) || !o.both || o.miscounted)
		return false;
	return o.cpus_only <= 1 || !has(p->m, DRAIN_ONE_BY_ONE);
}

/* The number of objects contradicts the counters. */
static void miscounted(struct planting *p, bool cpus, unsigned int nr)
{
	if (!cpus && !nr)
		/* An empty list that should not be: is the number wrong, or the list? */
		ANY(p, "freelist-count", "slab-inuse", "slab-full");
	else
		fault_must(p, "freelist-count");
}

/* The list ends with NULL: what contradicts it now is a number, or another list. */
static bool whole(struct planting *p, const struct list_ref *ref, const struct walk *w,
		  struct overlap overlap)
{
	struct slab_counters counters =
		slab_counters_decode(WORD(p, ref->slab->slab, slab_counters));
	bool cpus = ref->kind == LIST_CPU;
	/* Objects of the slab's list do not count as used, and may be many. */
	bool count = cpus ? !overlap.both && w->nr > counters.inuse
			  : w->nr + counters.inuse != counters.objects;
	bool shared = overlap.both && !is_handing_back(p, overlap);

	MAY(p, "freelist-orphans");
	/* Such an object is not what free ones are filled with, and may have an owner. */
	if (w->in_use) {
		fault_may_contents(p);
		MAY(p, "freelist-owned");
	}
	if (overlap.both)
		MAY(p, "freelist-shared");
	if (w->in_sheaf)
		MAY(p, "sheaf-on-freelist");
	if (shared && overlap.miscounted) {
		ANY(p, "freelist-shared", "freelist-count");
	} else if (shared) {
		fault_must(p, "freelist-shared");
		MAY(p, "freelist-count");
	} else if (count) {
		miscounted(p, cpus, w->nr);
	} else if (w->in_sheaf) {
		fault_must(p, "sheaf-on-freelist");
	} else if (overlap.both) {
		return fault_invisible(p, "as when the CPU is giving the slab back");
	} else {
		return fault_invisible(p, cpus ? "nothing counts what is on a CPU's freelist"
					       : "the list is whole and as long as it should be");
	}
	return true;
}

bool expect_list(struct planting *p, const struct list_ref *ref)
{
	bool of_cpu = ref->slab->place == CENSUS_CPU_SLAB;
	uint8_t *on = calloc(ref->slab->room + 1u, 1);
	struct walk walk = { .on = on }, other = { .on = on };
	const struct walk *own = ref->kind == LIST_CPU ? &other : &walk;
	struct list_ref second = *ref;

	if (!on)
		return fault_invisible(p, "no memory to work it out");
	list_of_slab(p, ref);
	/* Objects in sheaves count as in use. */
	if (ref->slab->in_sheaves)
		MAY(p, "slab-inuse");
	walk.mark = ref->kind == LIST_CPU ? CENSUS_ON_CPU : CENSUS_ON_SLAB;
	list_walk(p, ref, &walk);
	second.kind = ref->kind == LIST_CPU ? LIST_CPU_SLAB : LIST_CPU;
	other.mark = walk.mark ^ (CENSUS_ON_CPU | CENSUS_ON_SLAB);
	if (of_cpu)
		list_walk(p, &second, &other);
	if (walk.end) {
		broken(p, ref, &walk);
		if (of_cpu && overlap_of(p, ref, on, own).both)
			MAY(p, "freelist-shared");
		if (walk.in_sheaf)
			MAY(p, "sheaf-on-freelist");
		if (walk.in_use)
			fault_may_contents(p);
	} else {
		whole(p, ref, &walk, overlap_of(p, ref, on, own));
	}
	free(on);
	return true;
}
