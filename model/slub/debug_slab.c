/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caches with slub_debug options since 6.1: one object at a time, always under list_lock (c7323a5ad078). */
#include "model/slub/freepointer.h"

static bool all_in_use(struct model *m, uint64_t slab)
{
	uint64_t counters = slab_counters(m, slab);

	return counters_inuse(counters) == counters_objects(counters);
}

uint64_t alloc_single_from_partial(struct model *m, uint64_t s, uint64_t n, uint64_t slab,
				   uint32_t orig_size)
{
	uint64_t object = slab_freelist(m, slab);

	note(m, MODEL_NOTE_OBJECT, object, slab);
	put(m, slab, slab_freelist, freepointer_load(m, s, object));
	slab_set_inuse(m, slab, counters_inuse(slab_counters(m, slab)) + 1);
	if (!alloc_debug_processing(m, s, slab, object, orig_size)) {
		remove_partial(m, n, slab);
		return 0;
	}
	if (all_in_use(m, slab)) {
		remove_partial(m, n, slab);
		add_full(m, s, n, slab);
	}
	return object;
}

/* The first object, and the slab's freelist of the others. */
static uint64_t first_object(struct model *m, uint64_t s, uint64_t slab)
{
	struct slab_iterator it;
	uint64_t object;

	if (!has(m, LAZY_LIST)) {
		object = slab_freelist(m, slab);
		put(m, slab, slab_freelist, freepointer_load(m, s, object));
		slab_set_inuse(m, slab, 1);
		return object;
	}
	slab_iterator_begin(m, s, slab, &it);
	object = slab_iterator_next(m, s, &it);
	slab_set_inuse(m, slab, 1);
	build_slab_freelist(m, s, slab, slab_objects(m, slab) - 1, &it);
	/* So that the checks find a good link in it. */
	freepointer_store(m, s, object, slab_freelist(m, slab));
	return object;
}

uint64_t alloc_single_from_new_slab(struct model *m, uint64_t s, uint64_t slab, uint32_t orig_size)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab)), object = first_object(m, s, slab);

	if (!alloc_debug_processing(m, s, slab, object, orig_size))
		return 0;
	node_lock(m, n);
	if (all_in_use(m, slab))
		add_full(m, s, n, slab);
	else
		add_partial(m, n, slab, false);
	inc_slabs_node(m, s, slab_nid(m, slab), slab_objects(m, slab));
	node_unlock(m, n);
	return object;
}

/* Returns whether the slab is to be freed. */
static bool free_under_lock(struct model *m, uint64_t s, uint64_t n, uint64_t slab, uint64_t head,
			    uint64_t tail, unsigned int count)
{
	uint64_t prior;
	bool discard;

	if (!free_debug_processing(m, s, slab, head, tail, &count))
		return false;
	prior = slab_freelist(m, slab);
	slab_set_inuse(m, slab, counters_inuse(slab_counters(m, slab)) - count);
	freepointer_store(m, s, tail, prior);
	put(m, slab, slab_freelist, head);
	discard = !counters_inuse(slab_counters(m, slab)) && node_is_rich(m, s, n);
	if (!prior) {
		remove_full(m, s, n, slab);
		if (!discard)
			add_partial(m, n, slab, true);
	} else if (discard) {
		remove_partial(m, n, slab);
	}
	if (discard)
		dec_slabs_node(m, s, slab_nid(m, slab), slab_objects(m, slab));
	return discard;
}

void free_to_partial_list(struct model *m, uint64_t s, uint64_t slab, uint64_t head, uint64_t tail,
			  unsigned int count)
{
	uint64_t n = get_node(m, s, slab_nid(m, slab));
	bool discard;

	node_lock(m, n);
	discard = free_under_lock(m, s, n, slab, head, tail, count);
	node_unlock(m, n);
	if (discard)
		free_slab(m, s, slab);
}
