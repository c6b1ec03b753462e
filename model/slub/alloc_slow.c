/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ___slab_alloc(), until 6.19: what the CPU has, its slab and its partial slabs, then what the node has,
 * then a new slab.
 */
#include "model/slub/cpu_slab.h"

/* get_freelist(): what others freed to the CPU's slab. Without any it is not the CPU's any more. */
static uint64_t get_freelist(struct model *m, uint64_t s, uint64_t slab)
{
	struct slab_words old, new;

	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		/* 6.8 takes slabs from the CPU's list with it, which are not frozen. */
		BUG_IF(m, !has(m, UNFROZEN_PARTIAL) && !counters_frozen(old.counters));
		new.freelist = 0;
		new.counters = counters_make(old.counters, counters_objects(old.counters),
					     counters_objects(old.counters), old.freelist != 0);
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	return old.freelist;
}

/* freeze_slab(), 6.8: a slab from the node becomes the CPU's. */
static uint64_t freeze_slab(struct model *m, uint64_t s, uint64_t slab)
{
	struct slab_words old, new;

	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		BUG_IF(m, counters_frozen(old.counters));
		new.freelist = 0;
		new.counters = counters_make(old.counters, counters_objects(old.counters),
					     counters_objects(old.counters), true);
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	return old.freelist;
}

/* An allocation on its way through the slow path. */
struct slow {
	struct model *m;
	uint64_t s, c;
	uint32_t gfp, orig_size;
	int node;
	uint64_t slab, freelist;
};

static uint64_t out_of_memory(struct slow *a)
{
	if (!(a->gfp & model_gfp(a->m)->nowarn))
		model_report(a->m, MODEL_REPORT_NO_MEMORY,
			     "SLUB: Unable to allocate memory on node %d, gfp=0x%x", a->node,
			     a->gfp);
	return 0;
}

/* load_freelist: the first object is the caller's, the others are the CPU's. */
static uint64_t load_freelist(struct slow *a)
{
	struct model *m = a->m;

	BUG_IF(m, !counters_frozen(slab_counters(m, get64(m, AT(m, a->c, cpu_slab)))));
	note(m, MODEL_NOTE_OBJECT, a->freelist, get64(m, AT(m, a->c, cpu_slab)));
	put64(m, AT(m, a->c, cpu_freelist), freepointer_load(m, a->s, a->freelist));
	tid_advance(m, a->c);
	return a->freelist;
}

/* A node that has no memory is as good as any other. */
static void node_fix(struct slow *a)
{
	if (a->node != MODEL_ANY_NODE && (unsigned int)a->node >= a->m->nr_nodes)
		a->node = MODEL_ANY_NODE;
}

/* Whether the CPU's slab can serve the caller at all. */
static bool slab_suits(struct slow *a)
{
	return node_match(a->m, a->slab, a->node) && pfmemalloc_match(a->m, a->slab, a->gfp);
}

/* new_slab_objects(), until 5.14: the slab becomes the CPU's at once. */
static bool new_slab_objects(struct slow *a)
{
	struct model *m = a->m;
	uint64_t slab = 0;

	a->freelist = get_partial(m, a->s, a->gfp, a->node, a->orig_size, &slab);
	if (a->freelist)
		return true;
	/* The page allocator may sleep, and the task wake up on another CPU. */
	if (gfp_may_block(m, a->gfp)) {
		irq_restore(m);
		slab = new_slab(m, a->s, a->gfp, a->node);
		irq_save(m);
	} else {
		slab = new_slab(m, a->s, a->gfp, a->node);
	}
	if (!slab)
		return false;
	a->c = cpu_of(m, a->s);
	if (get64(m, AT(m, a->c, cpu_slab)))
		flush_slab(m, a->s, a->c);
	a->freelist = slab_freelist(m, slab);
	put(m, slab, slab_freelist, 0);
	put64(m, AT(m, a->c, cpu_slab), slab);
	return true;
}

/* What the CPU has: its slab, then the slabs of its partial list. */
static bool cpu_serves(struct slow *a)
{
	struct model *m = a->m;

	a->slab = get64(m, AT(m, a->c, cpu_slab));
	while (true) {
		if (a->slab && !slab_suits(a)) {
			cpu_slab_give(m, a->s, a->c);
			a->slab = 0;
		}
		if (a->slab) {
			a->freelist = get64(m, AT(m, a->c, cpu_freelist));
			if (!a->freelist) {
				note(m, MODEL_NOTE_CPU_SLAB, a->slab, 0);
				a->freelist = get_freelist(m, a->s, a->slab);
			}
			if (a->freelist)
				return true;
			note(m, MODEL_NOTE_CPU_SLAB_EMPTY, a->slab, 0);
			put64(m, AT(m, a->c, cpu_slab), 0);
			if (has(m, TID_ON_DEACTIVATE))
				tid_advance(m, a->c);
		}
		a->slab = has_member(m, cpu_partial) ? get64(m, AT(m, a->c, cpu_partial)) : 0;
		if (!a->slab)
			return false;
		note(m, MODEL_NOTE_CPU_PARTIAL, a->slab, 0);
		put64(m, AT(m, a->c, cpu_slab), a->slab);
		put64(m, AT(m, a->c, cpu_partial), get(m, a->slab, slab_next));
		/* 4.16 relies on deactivate_slab() having cleared it. */
		if (!has(m, COMPOUND_HEAD))
			put64(m, AT(m, a->c, cpu_freelist), 0);
	}
}

/* Debug caches until 6.0: one object, and the slab goes back. False: the slab was bad. */
static bool debug_takes_one(struct slow *a, uint64_t slab)
{
	struct model *m = a->m;

	if (kmem_cache_debug(m, a->s) &&
	    !alloc_debug_processing(m, a->s, slab, a->freelist, a->orig_size))
		return false;
	deactivate_slab(m, a->s, slab, freepointer_load(m, a->s, a->freelist));
	cpu_clear(m, a->c);
	if (has(m, TID_ON_DEACTIVATE))
		tid_advance(m, a->c);
	return true;
}

/* ___slab_alloc() until 5.14, with interrupts off. */
static uint64_t slow_irqs_off(struct slow *a)
{
	struct model *m = a->m;
	uint64_t slab;

	a->c = cpu_of(m, a->s);
	node_fix(a);
	if (cpu_serves(a))
		return load_freelist(a);
	/* A slab that fails its checks is left where it is, as the CPU's, until the next. */
	while (true) {
		if (!new_slab_objects(a))
			return out_of_memory(a);
		slab = get64(m, AT(m, a->c, cpu_slab));
		if (!kmem_cache_debug(m, a->s) && pfmemalloc_match(m, slab, a->gfp))
			return load_freelist(a);
		if (debug_takes_one(a, slab))
			return a->freelist;
	}
}

/* Take from the CPU's slab. Returns false when it has none that serves, which is gone then. */
static bool locked_cpu_slab(struct slow *a)
{
	struct model *m = a->m;

	while ((a->slab = get64(m, AT(m, a->c, cpu_slab)))) {
		bool suits = slab_suits(a);

		irq_save(m);
		step(m);
		if (a->slab != get64(m, AT(m, a->c, cpu_slab))) {
			irq_restore(m);
			continue;
		}
		if (!suits) {
			irq_restore(m);
			cpu_slab_give(m, a->s, a->c);
			return false;
		}
		a->freelist = get64(m, AT(m, a->c, cpu_freelist));
		if (!a->freelist) {
			note(m, MODEL_NOTE_CPU_SLAB, a->slab, 0);
			a->freelist = get_freelist(m, a->s, a->slab);
		}
		if (a->freelist) {
			load_freelist(a);
			irq_restore(m);
			return true;
		}
		note(m, MODEL_NOTE_CPU_SLAB_EMPTY, a->slab, 0);
		put64(m, AT(m, a->c, cpu_slab), 0);
		tid_advance(m, a->c);
		irq_restore(m);
		return false;
	}
	return false;
}

enum chain { CHAIN_EMPTY, CHAIN_SLAB, CHAIN_SERVED, CHAIN_AGAIN };

/* The first slab of the CPU's partial list, with the lock held. */
static enum chain locked_chain(struct slow *a)
{
	struct model *m = a->m;

	if (get64(m, AT(m, a->c, cpu_slab)))
		return CHAIN_AGAIN;
	a->slab = get64(m, AT(m, a->c, cpu_partial));
	if (!a->slab)
		return CHAIN_EMPTY;
	note(m, MODEL_NOTE_CPU_PARTIAL, a->slab, 0);
	if (!has(m, UNFROZEN_PARTIAL)) {
		put64(m, AT(m, a->c, cpu_slab), a->slab);
		put64(m, AT(m, a->c, cpu_partial), get(m, a->slab, slab_next));
		return CHAIN_AGAIN;
	}
	put64(m, AT(m, a->c, cpu_partial), get(m, a->slab, slab_next));
	if (!slab_suits(a))
		return CHAIN_SLAB;
	put64(m, AT(m, a->c, cpu_slab), a->slab);
	a->freelist = get_freelist(m, a->s, a->slab);
	BUG_IF(m, !a->freelist);
	load_freelist(a);
	return CHAIN_SERVED;
}

/* What the CPU has. False: nothing. */
static bool locked_cpu_serves(struct slow *a)
{
	struct model *m = a->m;
	enum chain chain = CHAIN_AGAIN;

	while (true) {
		if (chain == CHAIN_AGAIN && locked_cpu_slab(a))
			return true;
		if (!has_member(m, cpu_partial) || !get64(m, AT(m, a->c, cpu_partial)))
			return false;
		irq_save(m);
		step(m);
		chain = locked_chain(a);
		irq_restore(m);
		if (chain == CHAIN_SERVED)
			return true;
		if (chain == CHAIN_EMPTY)
			return false;
		/* A slab of another node goes to that node. */
		if (chain == CHAIN_SLAB)
			chain_put_one(m, a->s, a->slab);
	}
}

/* retry_load_slab: somebody may have made another slab the CPU's meanwhile. */
static uint64_t slab_install(struct slow *a)
{
	struct model *m = a->m;
	uint64_t object;

	irq_save(m);
	step(m);
	while (get64(m, AT(m, a->c, cpu_slab))) {
		cpu_slab_give(m, a->s, a->c);
		step(m);
	}
	put64(m, AT(m, a->c, cpu_slab), a->slab);
	object = load_freelist(a);
	irq_restore(m);
	return object;
}

/* A new slab is all the CPU's. */
static uint64_t new_slab_load(struct slow *a)
{
	struct model *m = a->m;
	unsigned int objects = slab_objects(m, a->slab);

	a->freelist = slab_freelist(m, a->slab);
	put(m, a->slab, slab_freelist, 0);
	put(m, a->slab, slab_counters,
	    counters_make(slab_counters(m, a->slab), objects, objects, true));
	inc_slabs_node(m, a->s, slab_nid(m, a->slab), objects);
	if (!pfmemalloc_match(m, a->slab, a->gfp)) {
		deactivate_slab(m, a->s, a->slab, freepointer_load(m, a->s, a->freelist));
		return a->freelist;
	}
	return slab_install(a);
}

static uint64_t debug_tracked(struct slow *a, uint64_t object)
{
	if (cache_flags(a->m, a->s) & a->m->era->flags->store_user)
		set_track(a->m, a->s, object, true);
	return object;
}

/* From the node. 0: it has nothing. */
static uint64_t node_serves(struct slow *a, uint32_t gfp)
{
	uint64_t got = get_partial(a->m, a->s, gfp, a->node, a->orig_size, &a->slab);

	if (!got)
		return 0;
	if (kmem_cache_debug(a->m, a->s))
		return got;
	a->freelist = has(a->m, UNFROZEN_PARTIAL) ? freeze_slab(a->m, a->s, a->slab) : got;
	return slab_install(a);
}

/* An attempt's end: an object, nothing to be had, or once more. */
enum attempt { ATTEMPT_DONE, ATTEMPT_FAILED, ATTEMPT_AGAIN };

/* From the node, or a new slab. @gfp: of this attempt; @alone: it looks at the wanted node alone. */
static enum attempt slow_attempt(struct slow *a, uint32_t gfp, bool alone, uint64_t *object)
{
	struct model *m = a->m;

	*object = node_serves(a, gfp);
	if (*object)
		return ATTEMPT_DONE;
	preempt_enable(m);
	a->slab = new_slab(m, a->s, gfp, a->node);
	preempt_disable(m);
	a->c = cpu_of(m, a->s);
	if (!a->slab)
		return alone ? ATTEMPT_AGAIN : ATTEMPT_FAILED;
	if (!kmem_cache_debug(m, a->s)) {
		*object = new_slab_load(a);
		return ATTEMPT_DONE;
	}
	/* A slab that fails its checks is left to itself. */
	*object = alloc_single_from_new_slab(m, a->s, a->slab, a->orig_size);
	return *object ? ATTEMPT_DONE : ATTEMPT_AGAIN;
}

/* What no CPU has. 6.8 first looks at the wanted node alone, without any effort. */
static uint64_t slow_from_node(struct slow *a)
{
	const struct model_gfp *g = model_gfp(a->m);
	bool alone =
		has(a->m, UNFROZEN_PARTIAL) && a->node != MODEL_ANY_NODE && !(a->gfp & g->thisnode);
	enum attempt attempt;
	uint64_t object;

	do {
		attempt = slow_attempt(a, alone ? g->kswapd_reclaim | g->thisnode : a->gfp, alone,
				       &object);
		if (!a->slab)
			alone = false;
	} while (attempt == ATTEMPT_AGAIN);
	return object;
}

/* ___slab_alloc() since 5.15. */
static uint64_t slow_local_lock(struct slow *a)
{
	struct model *m = a->m;
	uint64_t object;

	preempt_disable(m);
	a->c = cpu_of(m, a->s);
	node_fix(a);
	if (locked_cpu_serves(a)) {
		preempt_enable(m);
		return a->freelist;
	}
	object = slow_from_node(a);
	preempt_enable(m);
	if (!object)
		return out_of_memory(a);
	return kmem_cache_debug(m, a->s) ? debug_tracked(a, object) : object;
}

uint64_t slab_alloc_slow(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size)
{
	struct slow a = { .m = m, .s = s, .gfp = gfp, .orig_size = orig_size, .node = node };
	uint64_t object;

	if (has(m, CLEARS_FIRST))
		return slow_local_lock(&a);
	irq_save(m);
	object = slow_irqs_off(&a);
	irq_restore(m);
	return object;
}
