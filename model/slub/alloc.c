/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation, until 6.19: the CPU's freelist, its slab, its partial slabs, the node's, a new one. */
#include "model/slub/freepointer.h"

static inline uint64_t next_tid(const struct model *m, uint64_t tid)
{
	return tid + m->tid_step;
}

static void tid_advance(struct model *m, uint64_t c)
{
	put64(m, AT(m, c, cpu_tid), next_tid(m, get64(m, AT(m, c, cpu_tid))));
}

static inline bool node_match(struct model *m, uint64_t slab, int node)
{
	return node == MODEL_ANY_NODE || page_node(m, slab) == (unsigned int)node;
}

/* The kmem_cache_cpu of the running CPU. */
static inline uint64_t cpu_of(struct model *m, uint64_t s)
{
	return this_cpu(m, get64(m, AT(m, s, cache_cpu_slab)));
}

static uint64_t other_cpu_of(struct model *m, uint64_t s, unsigned int cpu)
{
	return get64(m, AT(m, s, cache_cpu_slab)) + m->cpu_offset[cpu];
}

/* this_cpu_cmpxchg_double() of freelist and tid, on whatever CPU this is by now. */
static inline bool cpu_exchange(struct model *m, uint64_t s, uint64_t old, uint64_t tid,
				uint64_t new)
{
	uint64_t c;

	step(m);
	c = cpu_of(m, s);
	if (get64(m, AT(m, c, cpu_freelist)) != old || get64(m, AT(m, c, cpu_tid)) != tid)
		return false;
	put64_now(m, AT(m, c, cpu_freelist), new);
	put64_now(m, AT(m, c, cpu_tid), next_tid(m, tid));
	return true;
}

/* 5.10 and later stop at a link that leads out of the slab, when consistency checks are on. */
static bool freelist_corrupted(struct model *m, uint64_t s, uint64_t slab, uint64_t next)
{
	uint64_t base = slab_base(m, slab), size = cache_size(m, s), first;

	if (!(cache_flags(m, s) & m->era->flags->consistency_checks) || !next)
		return false;
	first = fixup_red_left(m, s, base);
	if (next >= first && (next - first) % size == 0 &&
	    (next - first) / size < slab_objects(m, slab))
		return false;
	model_report(m, MODEL_REPORT_SLAB_ERROR, "Freechain corrupt");
	return true;
}

/*
 * deactivate_slab(), in three steps: put the CPU's objects back, unfreeze, choose a list. Until
 * 5.10 the objects go one by one, and the list is chosen while the slab still is frozen.
 */

static uint64_t drain_one_by_one(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	struct slab_words old, new;
	uint64_t next;

	while (freelist && (next = freepointer_load(m, s, freelist))) {
		if (has(m, SLOT_MIDDLE) && freelist_corrupted(m, s, slab, next))
			return 0;
		do {
			old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
			freepointer_store(m, s, freelist, old.freelist);
			new = (struct slab_words){ freelist, old.counters - 1 };
			BUG_IF(m, !counters_frozen(old.counters));
		} while (!cmpxchg_double_slab(m, s, slab, old, new));
		freelist = next;
	}
	return freelist;
}

enum mode { M_NONE, M_PARTIAL, M_FULL, M_FREE };

/* What becomes of a slab with these words once no CPU owns it. */
static enum mode mode_of(struct model *m, uint64_t s, uint64_t n, struct slab_words words)
{
	if (!counters_inuse(words.counters) && node_is_rich(m, s, n))
		return M_FREE;
	return words.freelist ? M_PARTIAL : M_FULL;
}

static bool mode_needs_lock(struct model *m, uint64_t s, enum mode mode)
{
	return mode == M_PARTIAL ||
	       (mode == M_FULL &&
		(has(m, SLOT_MIDDLE) ? cache_flags(m, s) & m->era->flags->store_user
				     : kmem_cache_debug(m, s)));
}

static void deactivate_early(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab));
	bool tail = slab_freelist(m, slab) != 0, locked = false;
	enum mode mode = M_NONE, before;
	struct slab_words old, new;

	freelist = drain_one_by_one(m, s, slab, freelist);
	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		BUG_IF(m, !counters_frozen(old.counters));
		new = old;
		if (freelist) {
			new.counters--;
			freepointer_store(m, s, freelist, old.freelist);
			new.freelist = freelist;
		}
		new.counters &= ~(UINT64_C(1) << 31);
		before = mode;
		mode = mode_of(m, s, n, new);
		if (!locked && mode_needs_lock(m, s, mode)) {
			locked = true;
			lock_take(m, AT(m, n, node_list_lock));
		}
		if (before != mode && before == M_PARTIAL)
			remove_partial(m, n, slab);
		else if (before != mode && before == M_FULL)
			remove_full(m, s, n, slab);
		if (before != mode && mode == M_PARTIAL)
			add_partial(m, n, slab, tail);
		else if (before != mode && mode == M_FULL)
			add_full(m, s, n, slab);
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	if (locked)
		lock_drop(m, AT(m, n, node_list_lock));
	if (mode == M_FREE)
		discard_slab(m, s, slab);
}

/* Since 5.11 the whole list is linked in front of what others freed. */
static uint64_t list_tail(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist,
			  unsigned int *count)
{
	uint64_t tail = 0, next;

	*count = 0;
	for (uint64_t object = freelist; object; object = next) {
		next = freepointer_load(m, s, object);
		if (freelist_corrupted(m, s, slab, next))
			break;
		tail = object;
		++*count;
		/* A circle has no end: the real CPU would be in it for ever. */
		if (*count > 0x8000) {
			m->run->end = MODEL_STUCK;
			longjmp(*m->run->out, 1);
		}
	}
	return tail;
}

static struct slab_words words_without_cpu(struct model *m, uint64_t s, struct slab_words old,
					   uint64_t freelist, uint64_t tail, unsigned int count)
{
	struct slab_words new = old;

	BUG_IF(m, !counters_frozen(old.counters));
	if (tail) {
		new.counters -= count;
		freepointer_store(m, s, tail, old.freelist);
		new.freelist = freelist;
	}
	new.counters &= ~(UINT64_C(1) << 31);
	return new;
}

/* 6.8: no lock while unfreezing, since nobody looks for the slab on a list then. */
static void deactivate_unfrozen(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab)), tail;
	bool to_tail = slab_freelist(m, slab) != 0;
	struct slab_words old, new;
	unsigned int count;

	tail = list_tail(m, s, slab, freelist, &count);
	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		new = words_without_cpu(m, s, old, freelist, tail, count);
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	switch (mode_of(m, s, n, new)) {
	case M_FREE:
		discard_slab(m, s, slab);
		break;
	case M_PARTIAL:
		irq_save(m);
		lock_take(m, AT(m, n, node_list_lock));
		add_partial(m, n, slab, to_tail);
		lock_drop(m, AT(m, n, node_list_lock));
		irq_restore(m);
		break;
	default:
		break;
	}
}

/* One attempt of 5.15 to 6.7; M_NONE: somebody freed meanwhile. */
static enum mode deactivate_try(struct model *m, uint64_t s, uint64_t slab, uint64_t n,
				uint64_t freelist, uint64_t tail, unsigned int count, bool to_tail)
{
	struct slab_words old = { slab_freelist(m, slab), slab_counters(m, slab) };
	struct slab_words new = words_without_cpu(m, s, old, freelist, tail, count);
	enum mode mode = mode_of(m, s, n, new);
	bool locked = mode == M_PARTIAL || (mode == M_FULL && mode_needs_lock(m, s, mode));
	bool done;

	if (locked) {
		irq_save(m);
		lock_take(m, AT(m, n, node_list_lock));
	}
	done = cmpxchg_double_slab(m, s, slab, old, new);
	if (done && mode == M_PARTIAL)
		add_partial(m, n, slab, to_tail);
	else if (done && locked)
		add_full(m, s, n, slab);
	if (locked) {
		lock_drop(m, AT(m, n, node_list_lock));
		irq_restore(m);
	}
	return done ? mode : M_NONE;
}

static void deactivate_late(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab)), tail;
	bool to_tail = slab_freelist(m, slab) != 0;
	enum mode mode;
	unsigned int count;

	tail = list_tail(m, s, slab, freelist, &count);
	do
		mode = deactivate_try(m, s, slab, n, freelist, tail, count, to_tail);
	while (mode == M_NONE);
	if (mode == M_FREE)
		discard_slab(m, s, slab);
}

void deactivate_slab(struct model *m, uint64_t s, uint64_t slab, uint64_t freelist)
{
	note(m, MODEL_NOTE_DEACTIVATE, slab, freelist);
	if (has(m, DRAIN_ONE_BY_ONE))
		deactivate_early(m, s, slab, freelist);
	else if (has(m, UNFROZEN_PARTIAL))
		deactivate_unfrozen(m, s, slab, freelist);
	else
		deactivate_late(m, s, slab, freelist);
}

/* The CPU lets go of its slab. Until 5.14 that comes after giving it back. */
static void cpu_clear(struct model *m, uint64_t c)
{
	put64(m, AT(m, c, cpu_slab), 0);
	put64(m, AT(m, c, cpu_freelist), 0);
}

static void cpu_slab_give(struct model *m, uint64_t s, uint64_t c)
{
	uint64_t slab = get64(m, AT(m, c, cpu_slab)), freelist = get64(m, AT(m, c, cpu_freelist));

	if (has(m, CLEARS_FIRST)) {
		irq_save(m);
		cpu_clear(m, c);
		tid_advance(m, c);
		irq_restore(m);
		deactivate_slab(m, s, slab, freelist);
		return;
	}
	deactivate_slab(m, s, slab, freelist);
	cpu_clear(m, c);
	if (has(m, TID_ON_DEACTIVATE))
		tid_advance(m, c);
}

/* flush_slab(). It counted before giving back counted everywhere. */
static void flush_slab(struct model *m, uint64_t s, uint64_t c)
{
	bool early = !has(m, CLEARS_FIRST) && !has(m, TID_ON_DEACTIVATE);
	bool clears_after = !has(m, COMPOUND_HEAD);

	if (!early) {
		cpu_slab_give(m, s, c);
		return;
	}
	deactivate_slab(m, s, get64(m, AT(m, c, cpu_slab)), get64(m, AT(m, c, cpu_freelist)));
	/* d4ff6d35f3d8, 4.16: deactivate_slab() clears, so tid comes last. */
	if (!clears_after)
		cpu_clear(m, c);
	tid_advance(m, c);
	if (clears_after)
		cpu_clear(m, c);
}

void flush_cpu(struct model *m, uint64_t s)
{
	uint64_t c = cpu_of(m, s);
	bool irqs = !has(m, CLEARS_FIRST); /* an IPI until 5.14, a work item since */

	if (irqs)
		irq_save(m);
	if (get64(m, AT(m, c, cpu_slab)))
		flush_slab(m, s, c);
	if (has_member(m, cpu_partial))
		unfreeze_partials(m, s);
	if (irqs)
		irq_restore(m);
}

void flush_all(struct model *m, uint64_t s)
{
	unsigned int here = m->run->cpu;

	if (cache_has_sheaves(m, s))
		pcs_flush_all(m, s);
	if (!has(m, CPU_SLAB))
		return;
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		uint64_t c = other_cpu_of(m, s, cpu);

		if (!get64(m, AT(m, c, cpu_slab)) &&
		    (!has_member(m, cpu_partial) || !get64(m, AT(m, c, cpu_partial))))
			continue;
		cpu_borrow(m, cpu, has(m, CLEARS_FIRST));
		flush_cpu(m, s);
		cpu_return(m, here);
	}
}

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

/* Since 5.15: interrupts are off, and the CPU's local lock held, only around each change. */

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

static uint64_t slow_local_lock(struct slow *a)
{
	struct model *m = a->m;
	bool try_this_node = has(m, UNFROZEN_PARTIAL);
	uint64_t object;

	preempt_disable(m);
	a->c = cpu_of(m, a->s);
	node_fix(a);
	if (locked_cpu_serves(a)) {
		preempt_enable(m);
		return a->freelist;
	}
	do {
		uint32_t gfp = a->gfp;

		/* 6.8 first looks at the wanted node alone, without any effort. */
		if (a->node == MODEL_ANY_NODE || gfp & model_gfp(m)->thisnode)
			try_this_node = false;
		if (try_this_node)
			gfp = model_gfp(m)->kswapd_reclaim | model_gfp(m)->thisnode;
		object = node_serves(a, gfp);
		if (object)
			break;
		preempt_enable(m);
		a->slab = new_slab(m, a->s, gfp, a->node);
		preempt_disable(m);
		a->c = cpu_of(m, a->s);
		if (!a->slab && try_this_node) {
			try_this_node = false;
			continue;
		}
		if (!a->slab)
			break;
		if (!kmem_cache_debug(m, a->s)) {
			object = new_slab_load(a);
			break;
		}
		object = alloc_single_from_new_slab(m, a->s, a->slab, a->orig_size);
	} while (!object);
	preempt_enable(m);
	if (!object)
		return out_of_memory(a);
	return kmem_cache_debug(m, a->s) ? debug_tracked(a, object) : object;
}

uint64_t slab_alloc_slow(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size)
{
	struct slow a = { .m = m, .s = s, .gfp = gfp, .orig_size = orig_size, .node = node };
	uint64_t object;

	if (!has(m, CPU_SLAB))
		return slab_alloc_no_cpu_slab(m, s, gfp, node, orig_size);
	if (has(m, CLEARS_FIRST))
		return slow_local_lock(&a);
	irq_save(m);
	object = slow_irqs_off(&a);
	irq_restore(m);
	return object;
}

static uint64_t slab_alloc_fast(struct model *m, uint64_t s, uint32_t gfp, int node,
				uint32_t orig_size)
{
	uint64_t c, tid, object, slab;

	do {
		step(m);
		c = cpu_of(m, s);
		tid = get64(m, AT(m, c, cpu_tid));
		object = get64(m, AT(m, c, cpu_freelist));
		slab = get64(m, AT(m, c, cpu_slab));
		if (!object || !slab || !node_match(m, slab, node))
			return slab_alloc_slow(m, s, gfp, node, orig_size);
		note(m, MODEL_NOTE_FAST_PATH, object, slab);
	} while (!cpu_exchange(m, s, object, tid, freepointer_load(m, s, object)));
	return object;
}

uint64_t slab_alloc_node(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size)
{
	uint64_t object = 0;

	if (!slab_pre_alloc_hook(m, s, gfp))
		return 0;
	s = memcg_cache(m, s, gfp);
	if (has(m, SHEAVES) && cache_has_sheaves(m, s))
		object = alloc_from_pcs(m, s, gfp, node);
	if (!object)
		object = has(m, CPU_SLAB) ? slab_alloc_fast(m, s, gfp, node, orig_size)
					  : slab_alloc_slow(m, s, gfp, node, orig_size);
	if (object)
		object_prepare(m, s, gfp, object, orig_size);
	return object;
}

/*
 * kmem_cache_alloc_bulk(): off the CPU's freelist without counting each, so that the slow path
 * has to count beforehand (fd4d9c7d0c71, 5.6).
 */
static size_t bulk_take(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	uint64_t c = cpu_of(m, s), object;
	size_t i;

	irq_save(m);
	for (i = 0; i < nr; i++) {
		object = get64(m, AT(m, c, cpu_freelist));
		if (object) {
			put64(m, AT(m, c, cpu_freelist), freepointer_load(m, s, object));
			objects[i] = object;
			continue;
		}
		if (has(m, SLOT_MIDDLE))
			tid_advance(m, c);
		if (has(m, CLEARS_FIRST))
			irq_restore(m);
		objects[i] = slab_alloc_slow(m, s, gfp, MODEL_ANY_NODE,
					     (uint32_t)get(m, s, cache_object_size));
		if (has(m, CLEARS_FIRST))
			irq_save(m);
		if (!objects[i])
			break;
		c = cpu_of(m, s);
	}
	if (i == nr)
		tid_advance(m, c);
	irq_restore(m);
	return i;
}

/* The rest from slabs. All or nothing: what there was is freed again. */
static bool bulk_from_slabs(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	size_t got;

	if (!has(m, CPU_SLAB))
		return alloc_bulk_no_cpu_slab(m, s, gfp, nr, objects);
	preempt_disable(m);
	got = bulk_take(m, s, gfp, nr, objects);
	preempt_enable(m);
	if (got && got < nr)
		free_bulk(m, s, got, objects);
	return got == nr;
}

size_t alloc_bulk(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	size_t got = 0;

	if (!slab_pre_alloc_hook(m, s, gfp))
		return 0;
	s = memcg_cache(m, s, gfp);
	if (has(m, SHEAVES) && cache_has_sheaves(m, s))
		got = alloc_from_pcs_bulk(m, s, gfp, nr, objects);
	if (got < nr && !bulk_from_slabs(m, s, gfp, nr - got, objects + got)) {
		if (got)
			free_bulk(m, s, got, objects);
		return 0;
	}
	for (size_t i = 0; i < nr; i++)
		object_prepare(m, s, gfp, objects[i], (uint32_t)get(m, s, cache_object_size));
	return nr;
}

enum model_end model_alloc(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp,
			   int node, uint64_t *object)
{
	*object = 0;
	OPERATION(m, cpu,
		  *object = slab_alloc_node(m, cache, gfp, node,
					    (uint32_t)get(m, cache, cache_object_size)));
}

enum model_end model_alloc_bulk(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp,
				size_t nr, uint64_t *objects, size_t *got)
{
	*got = 0;
	OPERATION(m, cpu, *got = nr ? alloc_bulk(m, cache, gfp, nr, objects) : 0);
}
