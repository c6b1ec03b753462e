/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stores to descriptors of slabs, and slabs where they do not belong. */
#include "decoders/slab.h"
#include "model/slub/fault_plant.h"
#include "model/slub/types.h"

/* -3 to 3, and not 0. */
static int small_delta(struct planting *p)
{
	int n = (int)fault_below(p, 6) - 3;

	return n >= 0 ? n + 1 : n;
}

static bool counters_store(struct planting *p, const struct census_slab *slab, unsigned int inuse,
			   unsigned int objects, bool frozen)
{
	struct slab_counters new = { (uint16_t)inuse, (uint16_t)objects, frozen };

	/* The upper half belongs to others. */
	return STORE(p, slab->slab, slab_counters,
		     (slab->counters & ~UINT64_C(0xffffffff)) | slab_counters_encode(new));
}

static bool inuse_change(struct planting *p, const struct list_ref *ref)
{
	const struct census_slab *slab = ref->slab;
	int inuse = (int)slab->inuse + small_delta(p);

	if (inuse < 0 || inuse > (int)slab->objects ||
	    !counters_store(p, slab, (unsigned int)inuse, slab->objects, slab->frozen))
		return false;
	return expect_list(p, ref);
}

static bool inuse_raise(struct planting *p, const struct list_ref *ref)
{
	const struct census_slab *slab = ref->slab;

	if (!counters_store(p, slab, slab->objects + 3, slab->objects, slab->frozen))
		return false;
	fault_must(p, "slab-inuse");
	MAY(p, "freelist-count");
	p->truth->slot = p->truth->written;
	return true;
}

static bool objects_change(struct planting *p, const struct list_ref *ref)
{
	const struct census_slab *slab = ref->slab;
	int objects = (int)slab->objects + small_delta(p);

	if (objects < 1 || objects > (int)SLAB_MAX_OBJECTS ||
	    !counters_store(p, slab, slab->inuse, (unsigned int)objects, slab->frozen))
		return false;
	fault_must(p, "slab-objects");
	MAY(p, "freelist-count", "slab-inuse", "node-objects");
	p->truth->slot = p->truth->written;
	return true;
}

bool fault_counters(struct planting *p)
{
	struct list_ref ref;
	bool done = false;

	for (unsigned int i = 0; i < FAULT_TRIES && !done; i++) {
		if (!choose_list(p, LISTS_OF_SLABS, NULL, &ref))
			return false;
		list_of_slab(p, &ref);
		if (p->fault == MODEL_FAULT_INUSE)
			done = inuse_change(p, &ref);
		else if (p->fault == MODEL_FAULT_INUSE_HIGH)
			done = inuse_raise(p, &ref);
		else
			done = objects_change(p, &ref);
	}
	return done;
}

/*
 * Whether a CPU passes through this, with a slab that is not frozen: get_freelist() lets go of a
 * slab that ran empty before c->slab is cleared. Up to 5.14 deactivate_slab() unfreezes it with all
 * objects handed back before c->page is cleared; others may take them at once. From 6.8 on a slab of the CPU's list becomes the
 * CPU's before it is frozen.
 */
static bool unfrozen_passes(const struct planting *p, const struct census_slab *slab)
{
	if (!has(p->m, CLEARS_FIRST) && !slab->own.nr)
		return true;
	if (slab->cpus.nr)
		return false;
	return !slab->own.nr || !has(p->m, CLEARS_FIRST) || has(p->m, UNFROZEN_PARTIAL);
}

bool fault_frozen(struct planting *p)
{
	struct list_ref ref;

	if (!choose_list(p, LISTS_OF_SLABS, NULL, &ref) ||
	    !counters_store(p, ref.slab, ref.slab->inuse, ref.slab->objects, !ref.slab->frozen))
		return false;
	list_of_slab(p, &ref);
	MAY(p, "slab-frozen");
	if (ref.kind == LIST_CPU_SLAB && unfrozen_passes(p, ref.slab))
		return fault_invisible(p, "a CPU's slab passes through this state");
	fault_must(p, "slab-frozen");
	p->truth->slot = p->truth->written;
	return true;
}

bool fault_partial_flag(struct planting *p)
{
	struct list_ref ref;

	if (!choose_list(p, LISTS_OF_SLABS, NULL, &ref) ||
	    !STORE(p, ref.slab->slab, slab_flags,
		   WORD(p, ref.slab->slab, slab_flags) ^ p->m->shape.pg_partial))
		return false;
	list_of_slab(p, &ref);
	fault_must(p, "slab-partial-flag");
	return true;
}

/*
 * The allocator's own structures in it are known by the cache that their slab belongs to. Returns
 * whether the slab is reached through one of them alone.
 */
static bool owners_doubted(struct planting *p, const struct list_ref *ref)
{
	bool any = false, own = false;

	for (unsigned int i = 0; i < ref->slab->room; i++)
		any |= !ref->slab->on[i] && object_is_internal(p, ref->s, ref->slab, i);
	if (any)
		MAY(p, "cache-unreadable", "cache-node", "cache-geometry", "barn-pointer",
		    "barn-link", "sheaf-pointer", "sheaf-size", "cache-percpu");
	/* One of them may be the very node whose list leads to the slab. */
	for (unsigned int i = 0; i < p->census->nr_nodes; i++)
		own |= census_slab_of(p->census, ref->s->nodes[i].n) == ref->slab;
	return own;
}

bool fault_slab_cache(struct planting *p)
{
	const struct census_cache *other;
	struct list_ref ref;
	uint64_t value;

	if (!choose_list(p, LISTS_OF_SLABS, NULL, &ref))
		return false;
	other = choose_other_cache(p, ref.s);
	if (!other)
		return false;
	value = p->fault == MODEL_FAULT_SLAB_CACHE ? other->cache : fault_garbage(p);
	if (!STORE(p, ref.slab->slab, slab_cache, value))
		return false;
	list_of_slab(p, &ref);
	p->truth->slot = p->truth->written;
	if (owners_doubted(p, &ref)) {
		p->truth->slab = p->truth->slot = 0;
		ANY(p, "slab-cache", "cache-node");
		/* No list leads there then, and what it says of itself is all there is. */
		MAY(p, "slab-order", "slab-objects", "slab-inuse", "slab-frozen",
		    "slab-partial-flag", "slab-full", "slab-disabled");
		fault_may_chains(p);
	} else {
		fault_must(p, "slab-cache");
	}
	fault_may_sweep(p);
	MAY(p, "freelist-foreign-cache", "freelist-count");
	fault_may_sheaves(p);
	return true;
}

/* Lists of nodes. */

static uint64_t node_of(const struct list_ref *ref)
{
	return ref->s->nodes[ref->slab->node].n;
}

static void nr_partial_add(struct planting *p, uint64_t n, int delta)
{
	ALSO(p, n, node_nr_partial, WORD(p, n, node_nr_partial) + (uint64_t)(int64_t)delta);
}

static void flag_set(struct planting *p, uint64_t slab, bool on)
{
	uint64_t flags = WORD(p, slab, slab_flags), mask = p->m->shape.pg_partial;

	if (has(p->m, UNFROZEN_PARTIAL))
		ALSO(p, slab, slab_flags, on ? flags | mask : flags & ~mask);
}

/*
 * Whether slabs look like this on their way: empty ones that are freed; those of debug caches that
 * have just been made (since 6.1, with one object in use), while other slabs of them are moved with
 * list_lock held; and any since 6.8, when they travel neither frozen nor locked.
 */
static bool travels(const struct planting *p, const struct list_ref *ref)
{
	bool debug = cache_is_debugged(p, ref->s);

	if (!ref->slab->inuse)
		return true;
	if (debug && has(p->m, DEBUG_UNDER_LOCK))
		return ref->slab->inuse == 1;
	return has(p->m, UNFROZEN_PARTIAL);
}

/* list_del(), as it should be; the mark may be forgotten where there is one. */
bool fault_lost_slab(struct planting *p)
{
	bool forget = has(p->m, UNFROZEN_PARTIAL) && fault_below(p, 2);
	uint64_t entry, next, prev;
	struct list_ref ref;

	if (!choose_list(p, 1u << LIST_NODE_PARTIAL, NULL, &ref))
		return false;
	entry = AT(p->m, ref.slab->slab, slab_list);
	next = fault_word(p, entry, 8);
	prev = fault_word(p, entry + 8, 8);
	fault_also(p, next + 8, 8, prev);
	if (!fault_store(p, prev, 8, next))
		return false;
	fault_also(p, entry, 8, UINT64_C(0xdead000000000100));
	fault_also(p, entry + 8, 8, UINT64_C(0xdead000000000122));
	nr_partial_add(p, node_of(&ref), -1);
	if (!forget)
		flag_set(p, ref.slab->slab, false);
	list_of_slab(p, &ref);
	p->truth->place = "no-list";
	p->truth->needs_scan = true;
	MAY(p, "slab-inflight", "slab-lost", "slab-partial-flag");
	if (!forget && travels(p, &ref))
		return fault_invisible(p, "slabs on their way look like this");
	if (forget && !ref.slab->inuse)
		ANY(p, "slab-lost", "slab-partial-flag");
	else
		fault_must(p, "slab-lost");
	return true;
}

static bool is_full(struct planting *p, const struct census_cache *s,
		    const struct census_slab *slab)
{
	/* Caches that keep full slabs on a list have them there. */
	return slab->place == CENSUS_NO_LIST && !slab->own.head && slab->objects &&
	       slab->inuse == slab->objects && !slab->frozen && !cache_is_debugged(p, s);
}

static bool full_choose(struct planting *p, struct list_ref *ref)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->census->nr_caches; i++) {
		const struct census_cache *s = &p->census->caches[i];

		for (size_t j = 0; j < s->nr_slabs; j++)
			if (is_full(p, s, &s->slabs[j]) && slab_is_wanted(p, &s->slabs[j]) &&
			    fault_takes(p, &n))
				*ref = (struct list_ref){ s, &s->slabs[j], &s->slabs[j].own,
							  LIST_NODE_PARTIAL };
	}
	return n > 0;
}

/* list_add() behind the head, or before it, with all that goes with it. */
static bool link_to_node(struct planting *p, const struct list_ref *ref)
{
	uint64_t n = node_of(ref), head = AT(p->m, n, node_partial);
	uint64_t entry = AT(p->m, ref->slab->slab, slab_list);
	uint64_t prev = fault_below(p, 2) ? head : fault_word(p, head + 8, 8);
	uint64_t next = fault_word(p, prev, 8);

	/* A stopped CPU may be in the middle of a change of this list: what leads on is no entry then. */
	if (!n || fault_word(p, next + 8, 8) != prev)
		return false;
	fault_also(p, entry, 8, next);
	fault_also(p, entry + 8, 8, prev);
	fault_also(p, next + 8, 8, entry);
	nr_partial_add(p, n, 1);
	flag_set(p, ref->slab->slab, true);
	return fault_store(p, prev, 8, entry);
}

static void two_places(struct planting *p, const struct list_ref *ref)
{
	MAY(p, "slab-frozen", "freelist-shared", "slab-partial-flag", "slab-full");
	/*
	 * get_freelist() lets go of an empty slab before c->slab is cleared, and it may be anywhere
	 * by then, but not frozen.
	 */
	if (!ref->slab->cpus.nr)
		ANY(p, "slab-duplicate", "slab-frozen");
	else
		fault_must(p, "slab-duplicate");
}

bool fault_onto_partial(struct planting *p)
{
	bool full = p->fault == MODEL_FAULT_FULL_ON_PARTIAL;
	struct list_ref ref;

	if (full ? !full_choose(p, &ref) : !choose_list(p, 1u << LIST_CPU_SLAB, NULL, &ref))
		return false;
	if (!link_to_node(p, &ref))
		return false;
	list_of_slab(p, &ref);
	p->truth->place = "node-partial";
	p->truth->node = ref.slab->node;
	if (full)
		fault_must(p, "slab-full");
	else
		two_places(p, &ref);
	return true;
}

bool fault_slab_list(struct planting *p)
{
	struct list_ref ref;
	uint64_t slot;

	if (!choose_list(p, 1u << LIST_NODE_PARTIAL, NULL, &ref))
		return false;
	slot = AT(p->m, ref.slab->slab, slab_list) + (p->fault == MODEL_FAULT_LIST_PREV ? 8 : 0);
	if (!fault_store(p, slot, 8, fault_garbage(p)))
		return false;
	list_of_slab(p, &ref);
	fault_must(p, "partial-link");
	p->truth->slot = slot;
	fault_may_sweep(p);
	MAY(p, "partial-count");
	return true;
}

/* Lists that tell where a page says which node it is of: enough of them, and not of the first node alone. */
static bool nodes_tell(const struct planting *p, const struct census_slab *but)
{
	unsigned int lists = 0;
	bool beyond = false;

	for (size_t i = 0; i < p->census->nr_caches; i++) {
		const struct census_cache *s = &p->census->caches[i];

		for (size_t j = 0; j < s->nr_slabs; j++) {
			const struct census_slab *slab = &s->slabs[j];

			if (slab->place != CENSUS_NODE_PARTIAL || slab->position || slab->busy)
				continue;
			lists++;
			beyond |= slab != but && slab->node > 0;
		}
	}
	return beyond && lists >= 4;
}

bool fault_slab_node(struct planting *p)
{
	unsigned int bits = 0, nodes = p->census->nr_nodes, other;
	struct list_ref ref;
	uint64_t flags;

	while (MODEL_MAX_NODES >> bits > 1)
		bits++;
	if (nodes < 2 || !choose_list(p, 1u << LIST_NODE_PARTIAL, NULL, &ref) ||
	    !nodes_tell(p, ref.slab))
		return false;
	other = ((unsigned int)ref.slab->node + 1 + (unsigned int)fault_below(p, nodes - 1)) %
		nodes;
	flags = WORD(p, ref.slab->slab, slab_flags) << bits >> bits;
	if (!STORE(p, ref.slab->slab, slab_flags, flags | (uint64_t)other << (64 - bits)))
		return false;
	list_of_slab(p, &ref);
	fault_must(p, "slab-node");
	p->truth->slot = p->truth->written;
	return true;
}

/* put_page() of somebody who never took the reference; nobody has reused the page yet. */
bool fault_slab_freed(struct planting *p)
{
	struct list_ref ref;

	if (p->census->nr_slabs < 16 || !choose_list(p, LISTS_OF_SLABS, NULL, &ref) ||
	    !STORE(p, ref.slab->slab, page_refcount, 0))
		return false;
	list_of_slab(p, &ref);
	fault_must(p, "slab-freed");
	p->truth->needs_scan = true;
	p->truth->slot = p->truth->written;
	return true;
}

/* Lists of CPUs. */

bool fault_cpu_partial(struct planting *p)
{
	struct list_ref ref;

	if (!choose_list(p, 1u << LIST_CPU_PARTIAL, NULL, &ref))
		return false;
	list_of_slab(p, &ref);
	if (p->fault == MODEL_FAULT_CPU_PARTIAL_COUNT) {
		/* One report a chain, and not necessarily of this slab. */
		p->truth->slab = 0;
		fault_must(p, "cpu-partial-count");
		return STORE(p, ref.slab->slab, slab_slabs, ref.slab->chained + 3);
	}
	if (!STORE(p, ref.slab->slab, slab_next, fault_garbage(p)))
		return false;
	fault_must(p, "cpu-partial-link");
	p->truth->slot = p->truth->written;
	fault_may_sweep(p);
	MAY(p, "cpu-partial-count");
	return true;
}
