/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partial slabs: the lists of nodes and of CPUs. */
#include "model/slub/freepointer.h"

/* Lists of CPUs. */

static uint64_t this_partial(struct model *m, uint64_t s)
{
	return AT(m, this_cpu(m, get(m, s, cache_cpu_slab)), cpu_partial);
}

/* __unfreeze_partials(), and __put_partials() since 6.8, which has nothing to unfreeze. */
static void slab_unfreeze(struct model *m, uint64_t s, uint64_t slab)
{
	struct slab_words old, new;

	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		BUG_IF(m, !counters_frozen(old.counters));
		new = old;
		new.counters &= ~(UINT64_C(1) << 31);
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
}

/* One slab goes to its node's list, or to those that are freed once the lock is dropped. */
static void partial_to_node(struct model *m, uint64_t s, uint64_t n, uint64_t slab,
			    uint64_t *discard)
{
	if (!has(m, UNFROZEN_PARTIAL))
		slab_unfreeze(m, s, slab);
	if (!counters_inuse(slab_counters(m, slab)) && node_is_rich(m, s, n)) {
		put(m, slab, slab_next, *discard);
		*discard = slab;
		return;
	}
	add_partial(m, n, slab, true);
}

/*
 * Give a chain back. Until 5.14 the chain was taken from the CPU slab by slab, with interrupts off
 * (@list is the CPU's word); since 5.15 it is taken as a whole first.
 */
static void chain_put(struct model *m, uint64_t s, uint64_t slab, uint64_t list)
{
	uint64_t n = 0, other, discard = 0, next;

	for (; slab; slab = next) {
		next = get(m, slab, slab_next);
		if (list)
			put64(m, list, next);
		other = get_node(m, s, slab_nid(m, slab));
		if (n != other) {
			if (n)
				lock_drop(m, AT(m, n, node_list_lock));
			n = other;
			lock_take(m, AT(m, n, node_list_lock));
		}
		partial_to_node(m, s, n, slab, &discard);
	}
	if (n)
		lock_drop(m, AT(m, n, node_list_lock));
	for (; discard; discard = next) {
		next = get(m, discard, slab_next);
		discard_slab(m, s, discard);
	}
}

static void chain_put_unlocked(struct model *m, uint64_t s, uint64_t slab)
{
	/* list_lock is taken with interrupts off from 5.15 on. */
	irq_save(m);
	chain_put(m, s, slab, 0);
	irq_restore(m);
}

void unfreeze_partials(struct model *m, uint64_t s)
{
	uint64_t list = this_partial(m, s), chain;

	irq_save(m);
	chain = get64(m, list);
	if (!has(m, CLEARS_FIRST)) {
		chain_put(m, s, chain, list);
		irq_restore(m);
		return;
	}
	put64(m, list, 0);
	irq_restore(m);
	if (chain)
		chain_put_unlocked(m, s, chain);
}

/* Until 5.15 the list is bounded by the objects that it had when slabs came to it. */
static void put_by_objects(struct model *m, uint64_t s, uint64_t slab, bool drain)
{
	uint64_t old, list, pages, pobjects, counters;

	preempt_disable(m);
	list = this_partial(m, s);
	do {
		pages = pobjects = 0;
		old = get64(m, list);
		if (old) {
			pages = get(m, old, slab_slabs);
			pobjects = get(m, old, slab_pobjects);
			if (drain && pobjects > get(m, s, cache_cpu_partial)) {
				unfreeze_partials(m, s);
				old = pages = pobjects = 0;
			}
		}
		counters = slab_counters(m, slab);
		put(m, slab, slab_slabs, pages + 1);
		put(m, slab, slab_pobjects,
		    pobjects + counters_objects(counters) - counters_inuse(counters));
		put(m, slab, slab_next, old);
		step(m);
		if (get64(m, list) == old)
			break;
	} while (true);
	put64_now(m, list, slab);
	/* 8f1e33daeda6, 3.19: a list that was switched off meanwhile is given back at once. */
	if (has(m, COMPOUND_HEAD) && !get(m, s, cache_cpu_partial))
		unfreeze_partials(m, s);
	preempt_enable(m);
}

/* Since 5.16 it is bounded by its slabs (b47291ef02b0). */
static void put_by_slabs(struct model *m, uint64_t s, uint64_t slab, bool drain)
{
	uint64_t old, list, slabs = 0, full = 0;

	irq_save(m);
	list = this_partial(m, s);
	old = get64(m, list);
	if (old) {
		slabs = get(m, old, slab_slabs);
		if (drain && slabs >= get(m, s, cache_cpu_partial_slabs)) {
			full = old;
			old = slabs = 0;
		}
	}
	put(m, slab, slab_slabs, slabs + 1);
	put(m, slab, slab_next, old);
	put64(m, list, slab);
	irq_restore(m);
	if (full)
		chain_put_unlocked(m, s, full);
}

void put_cpu_partial(struct model *m, uint64_t s, uint64_t slab, bool drain)
{
	if (has(m, PARTIAL_SLABS))
		put_by_slabs(m, s, slab, drain);
	else
		put_by_objects(m, s, slab, drain);
}

void chain_put_one(struct model *m, uint64_t s, uint64_t slab)
{
	put(m, slab, slab_next, 0);
	chain_put_unlocked(m, s, slab);
}

/* Lists of nodes. */

/* acquire_slab(), until 6.7: freeze it, and take its objects if it becomes the CPU's. */
static uint64_t acquire_slab(struct model *m, uint64_t s, uint64_t n, uint64_t slab, bool take,
			     unsigned int *objects)
{
	struct slab_words old = { slab_freelist(m, slab), slab_counters(m, slab) };
	unsigned int all = counters_objects(old.counters), inuse = counters_inuse(old.counters);
	struct slab_words new = { take ? 0 : old.freelist,
				  counters_make(old.counters, take ? all : inuse, all, true) };

	*objects = all - inuse;
	BUG_IF(m, counters_frozen(old.counters));
	if (!cmpxchg_double_slab(m, s, slab, old, new))
		return 0;
	remove_partial(m, n, slab);
	return old.freelist;
}

/* How much a CPU takes: objects until 5.15, then slabs; and 6.8 counts before it compares. */
struct taking {
	uint64_t object; /* or the slab itself, in 6.8 and later */
	uint64_t slab;
	unsigned int objects, slabs;
};

static bool has_enough(struct model *m, uint64_t s, const struct taking *t)
{
	if (!kmem_cache_has_cpu_partial(m, s))
		return true;
	if (has(m, PARTIAL_SLABS))
		return t->slabs > get(m, s, cache_cpu_partial_slabs) / 2;
	return t->objects > get(m, s, cache_cpu_partial) / 2;
}

/* Returns false when the search is over. */
static bool take_frozen(struct model *m, uint64_t s, uint64_t n, uint64_t slab, struct taking *t)
{
	unsigned int objects;
	uint64_t object = acquire_slab(m, s, n, slab, !t->object, &objects);

	if (!object)
		return false;
	t->objects += objects;
	if (!t->object) {
		t->object = object;
		t->slab = slab;
		/* Until 5.14 the caller's c->page is set here, under the lock. */
		if (!has(m, CLEARS_FIRST))
			put(m, this_cpu(m, get(m, s, cache_cpu_slab)), cpu_slab, slab);
	} else {
		put_cpu_partial(m, s, slab, false);
		t->slabs++;
	}
	return !has_enough(m, s, t);
}

static bool take_unfrozen(struct model *m, uint64_t s, uint64_t n, uint64_t slab, struct taking *t)
{
	uint64_t most =
		has_member(m, cache_cpu_partial_slabs) ? get(m, s, cache_cpu_partial_slabs) : 0;

	remove_partial(m, n, slab);
	if (!t->slab) {
		t->slab = slab;
		return most != 0;
	}
	put_cpu_partial(m, s, slab, false);
	return ++t->slabs <= most / 2;
}

static bool take_single(struct model *m, uint64_t s, uint64_t n, uint64_t slab, uint32_t orig_size,
			struct taking *t)
{
	t->object = alloc_single_from_partial(m, s, n, slab, orig_size);
	t->slab = slab;
	return !t->object;
}

static uint64_t get_partial_node(struct model *m, uint64_t s, uint64_t n, uint32_t gfp,
				 uint32_t orig_size, uint64_t *slab_out)
{
	bool single = has(m, DEBUG_UNDER_LOCK) && kmem_cache_debug(m, s), more = true;
	struct taking t = { 0 };
	uint64_t head, entry, next, slab;

	if (!n || !get(m, n, node_nr_partial))
		return 0;
	node_lock(m, n);
	head = AT(m, n, node_partial);
	for (entry = get64(m, head); entry != head && more; entry = next) {
		next = get64(m, entry);
		slab = entry - m->shape.slab_list.offset;
		if (!pfmemalloc_match(m, slab, gfp))
			continue;
		note(m, MODEL_NOTE_NODE_PARTIAL, slab, n);
		if (single)
			more = take_single(m, s, n, slab, orig_size, &t);
		else if (has(m, UNFROZEN_PARTIAL))
			more = take_unfrozen(m, s, n, slab, &t);
		else
			more = take_frozen(m, s, n, slab, &t);
	}
	node_unlock(m, n);
	if (t.slab)
		*slab_out = t.slab;
	return single || !has(m, UNFROZEN_PARTIAL) ? t.object : t.slab;
}

/* The zonelist of the CPU's node: itself, then the others in turn. */
static uint64_t get_any_partial(struct model *m, uint64_t s, uint32_t gfp, uint32_t orig_size,
				uint64_t *slab)
{
	unsigned int here = cpu_node(m, m->run->cpu);
	uint64_t object;

	if (!may_defragment(m, s))
		return 0;
	for (unsigned int i = 0; i < m->nr_nodes; i++) {
		uint64_t n = get_node(m, s, (here + i) % m->nr_nodes);

		if (!n || get(m, n, node_nr_partial) <= get(m, s, cache_min_partial))
			continue;
		object = get_partial_node(m, s, n, gfp, orig_size, slab);
		if (object)
			return object;
	}
	return 0;
}

uint64_t get_partial(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size,
		     uint64_t *slab)
{
	unsigned int search =
		node == MODEL_ANY_NODE ? cpu_node(m, m->run->cpu) : (unsigned int)node;
	uint64_t object = get_partial_node(m, s, get_node(m, s, search), gfp, orig_size, slab);

	if (object)
		return object;
	/* Since 6.8 a preferred node is no more than that, unless the caller insists. */
	if (node != MODEL_ANY_NODE && (!has(m, UNFROZEN_PARTIAL) || gfp & model_gfp(m)->thisnode))
		return 0;
	return get_any_partial(m, s, gfp, orig_size, slab);
}
