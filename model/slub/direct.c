/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocations straight from slabs since 7.0: of caches without sheaves, and where sheaves cannot
 * help. CPUs own no slabs any more, so each takes its object from where the slab is.
 */
#include "model/slub/cache.h"
#include "model/slub/freepointer.h"
#include "model/slub/sheaf.h"

/* An object of a slab that is on the node's list, which is locked. */
static uint64_t take_one(struct model *m, uint64_t s, uint64_t n, uint64_t slab)
{
	struct slab_words old, new;

	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		new.freelist = freepointer_load(m, s, old.freelist);
		new.counters = counters_make(old.counters, counters_inuse(old.counters) + 1,
					     counters_objects(old.counters),
					     counters_frozen(old.counters));
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	if (!new.freelist)
		remove_partial(m, n, slab);
	note(m, MODEL_NOTE_OBJECT, old.freelist, slab);
	return old.freelist;
}

static uint64_t get_from_partial_node(struct model *m, uint64_t s, uint64_t n, uint32_t gfp,
				      uint32_t orig_size)
{
	bool debug = kmem_cache_debug(m, s);
	uint64_t object = 0, visited = 0, head, next, slab;

	if (!n || !get(m, n, node_nr_partial))
		return 0;
	node_lock(m, n);
	head = AT(m, n, node_partial);
	for (uint64_t entry = get64(m, head); entry != head && !object; entry = next) {
		endless(m, &visited, entry);
		m->doing = "walks the partial list of a node";
		next = get64(m, entry);
		slab = entry - m->shape.slab_list.offset;
		if (!pfmemalloc_match(m, slab, gfp))
			continue;
		note(m, MODEL_NOTE_NODE_PARTIAL, slab, n);
		if (debug) {
			/* A slab that fails its checks leaves the list; the next may be sound. */
			object = alloc_single_from_partial(m, s, n, slab, orig_size);
			continue;
		}
		object = take_one(m, s, n, slab);
		break;
	}
	node_unlock(m, n);
	return object;
}

static uint64_t get_from_any_partial(struct model *m, uint64_t s, uint32_t gfp, uint32_t orig_size)
{
	unsigned int here = numa_node(m);
	uint64_t n, object = 0;

	if (!may_defragment(m, s))
		return 0;
	for (unsigned int i = 0; i < m->nr_nodes && !object; i++) {
		n = get_node(m, s, (here + i) % m->nr_nodes);
		if (n && get(m, n, node_nr_partial) > get(m, s, cache_min_partial))
			object = get_from_partial_node(m, s, n, gfp, orig_size);
	}
	return object;
}

static uint64_t get_from_partial(struct model *m, uint64_t s, int node, uint32_t gfp,
				 uint32_t orig_size)
{
	unsigned int search = node == MODEL_ANY_NODE ? numa_node(m) : (unsigned int)node;
	uint64_t object;

	object = get_from_partial_node(m, s, get_node(m, s, search), gfp, orig_size);
	if (object || (node != MODEL_ANY_NODE && gfp & model_gfp(m)->thisnode))
		return object;
	return get_from_any_partial(m, s, gfp, orig_size);
}

/* A slab that is new, and an object of it; 0 with a slab: it failed its checks. */
static uint64_t get_from_new_slab(struct model *m, uint64_t s, uint32_t gfp, int node,
				  uint32_t orig_size, uint64_t *slab)
{
	uint64_t object = 0;

	/* A node that need not be is tried alone first, so now the nearest that has pages. */
	if (!(gfp & model_gfp(m)->thisnode))
		node = MODEL_ANY_NODE;
	*slab = new_slab(m, s, gfp, node);
	if (!*slab)
		return 0;
	if (kmem_cache_debug(m, s))
		return alloc_single_from_new_slab(m, s, *slab, orig_size);
	alloc_from_new_slab(m, s, *slab, (struct objects){ .host = &object }, 1);
	note(m, MODEL_NOTE_OBJECT, object, *slab);
	return object;
}

static uint64_t out_of_memory(struct model *m, uint32_t gfp, int node)
{
	if (!(gfp & model_gfp(m)->nowarn))
		model_report(m, MODEL_REPORT_NO_MEMORY,
			     "SLUB: Unable to allocate memory on node %d, gfp=0x%x", node, gfp);
	return 0;
}

uint64_t slab_alloc_no_cpu_slab(struct model *m, uint64_t s, uint32_t gfp, int node,
				uint32_t orig_size)
{
	const struct model_gfp *g = model_gfp(m);
	uint64_t object, slab;
	bool try_this_node;

	gfp &= ~GFP_NO_RECURSE;
	try_this_node = node != MODEL_ANY_NODE && !(gfp & g->thisnode);
	while (true) {
		uint32_t now = gfp;

		if (try_this_node) {
			now &= g->kswapd_reclaim | g->nowarn | g->nomemalloc | g->account;
			now |= g->nowarn | g->thisnode;
		}
		object = get_from_partial(m, s, node, now, orig_size);
		if (!object)
			object = get_from_new_slab(m, s, now, node, orig_size, &slab);
		if (object)
			break;
		if (!slab && !try_this_node)
			return out_of_memory(m, gfp, node);
		if (!slab)
			try_this_node = false;
	}
	if (cache_flags(m, s) & m->era->flags->store_user)
		set_track(m, s, object, true);
	return object;
}

bool alloc_bulk_no_cpu_slab(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	struct objects p = { .host = objects };
	size_t i = 0;

	if (!kmem_cache_debug(m, s))
		i = refill_objects(m, s, p, gfp, nr, nr);
	for (; kmem_cache_debug(m, s) && i < nr; i++) {
		objects[i] = slab_alloc_no_cpu_slab(m, s, gfp, MODEL_ANY_NODE,
						    (uint32_t)get(m, s, cache_object_size));
		if (!objects[i])
			break;
		maybe_wipe_obj_freeptr(m, s, objects[i]);
	}
	if (i < nr)
		free_to_slabs(m, s, i, p);
	return i == nr;
}
