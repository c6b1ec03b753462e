/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a slab says of itself: its freelist and its counters, which change together, and its flags. */
#include "model/slub/slub.h"

void slab_set_inuse(struct model *m, uint64_t slab, unsigned int inuse)
{
	uint64_t counters = slab_counters(m, slab);

	put(m, slab, slab_counters,
	    counters_make(counters, inuse, counters_objects(counters), counters_frozen(counters)));
}

bool pfmemalloc_match(struct model *m, uint64_t slab, uint32_t gfp)
{
	if (!(get(m, slab, slab_flags) & m->shape.pg_pfmemalloc))
		return true;
	return gfp & model_gfp(m)->memalloc;
}

/* slab_lock(), a bit of page->flags: for caches that cannot exchange both words at once. */
void slab_lock(struct model *m, uint64_t slab)
{
	uint64_t flags = AT(m, slab, slab_flags);

	irq_save(m);
	step(m);
	while (get64(m, flags) & m->shape.pg_locked) {
		spin(m, flags);
		step(m);
	}
	m->run->waits_for = 0;
	put64_now(m, flags, get64(m, flags) | m->shape.pg_locked);
}

void slab_unlock(struct model *m, uint64_t slab)
{
	bits_change(m, AT(m, slab, slab_flags), 0, m->shape.pg_locked);
	irq_restore(m);
}

bool cmpxchg_double_slab(struct model *m, uint64_t s, uint64_t slab, struct slab_words old,
			 struct slab_words new)
{
	uint64_t freelist = AT(m, slab, slab_freelist), counters = AT(m, slab, slab_counters);
	bool locked = !(cache_flags(m, s) & m->era->flags->cmpxchg_double);
	bool same;

	if (locked)
		slab_lock(m, slab);
	step(m);
	same = get64(m, freelist) == old.freelist && get64(m, counters) == old.counters;
	if (same) {
		put64_now(m, freelist, new.freelist);
		if (locked)
			step(m);
		put64_now(m, counters, new.counters);
	}
	if (locked)
		slab_unlock(m, slab);
	return same;
}
