/* SPDX-License-Identifier: GPL-3.0-or-later */
/* __slab_free(): to the slab, to the lists, to the page allocator. */
#include "model/slub/freepointer.h"

/* What a free to a slab that no CPU owns has to do, beside changing its two words. */
struct slow_free {
	bool locked, was_frozen, frozen, on_node, was_full, empty;
};

/* Prepare the words; takes list_lock when the slab will have to be moved. */
static struct slab_words slow_words(struct model *m, uint64_t s, uint64_t slab, uint64_t n,
				    struct slab_words old, unsigned int count, struct slow_free *f)
{
	bool chains = has(m, CPU_SLAB) && kmem_cache_has_cpu_partial(m, s);
	unsigned int inuse = counters_inuse(old.counters) - count;
	struct slab_words new = old;

	f->was_frozen = has(m, CPU_SLAB) && counters_frozen(old.counters);
	f->was_full = !old.freelist;
	f->empty = !(inuse & 0xffff);
	f->frozen = f->was_frozen;
	new.counters = counters_make(old.counters, inuse, counters_objects(old.counters),
				     counters_frozen(old.counters));
	if ((!f->empty && old.freelist) || f->was_frozen)
		return new;
	if (chains && f->was_full) {
		/* It goes to this CPU's partial list; until 6.7 frozen. */
		f->frozen = true;
		if (!has(m, UNFROZEN_PARTIAL))
			new.counters |= UINT64_C(1) << 31;
		return new;
	}
	f->locked = true;
	node_lock(m, n);
	f->on_node = !has(m, UNFROZEN_PARTIAL) || get(m, slab, slab_flags) & m->shape.pg_partial;
	return new;
}

static void slow_unlock(struct model *m, uint64_t n, struct slow_free *f)
{
	node_unlock(m, n);
	f->locked = false;
}

/* The slab's words are changed: now its place. */
static void slow_place(struct model *m, uint64_t s, uint64_t slab, uint64_t n, struct slow_free *f)
{
	bool chains = has(m, CPU_SLAB) && kmem_cache_has_cpu_partial(m, s);

	/* Some CPU has it, on a list or in its hands. */
	if (!f->was_full && !f->on_node) {
		slow_unlock(m, n, f);
		return;
	}
	if (f->empty && node_is_rich(m, s, n)) {
		if (!f->was_full)
			remove_partial(m, n, slab);
		else if (!has(m, UNFROZEN_PARTIAL))
			remove_full(m, s, n, slab);
		slow_unlock(m, n, f);
		discard_slab(m, s, slab);
		return;
	}
	if (f->was_full && !chains) {
		if (!has(m, UNFROZEN_PARTIAL) && kmem_cache_debug(m, s))
			remove_full(m, s, n, slab);
		add_partial(m, n, slab, true);
	}
	slow_unlock(m, n, f);
}

void slab_free_slow(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
		    unsigned int count)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab));
	struct slow_free f = { 0 };
	struct slab_words old, new;

	if (kmem_cache_debug(m, s)) {
		if (has(m, DEBUG_UNDER_LOCK)) {
			free_to_partial_list(m, s, slab, head, tail, count);
			return;
		}
		if (!free_debug_processing(m, s, slab, head, tail, &count))
			return;
	}
	do {
		if (f.locked)
			slow_unlock(m, n, &f);
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		freepointer_store(m, s, tail, old.freelist);
		new = slow_words(m, s, slab, n, old, count, &f);
		new.freelist = head;
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	if (f.locked)
		slow_place(m, s, slab, n, &f);
	else if (f.frozen && !f.was_frozen)
		put_cpu_partial(m, s, slab, true);
}
