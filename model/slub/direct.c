/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocations straight from slabs since 7.0: of caches without sheaves, and where sheaves cannot
 * help. CPUs own no slabs any more, so each takes its object from where the slab is.
 */
#include "model/slub/cache.h"
#include "model/slub/freepointer.h"
#include "model/slub/sheaf.h"

void maybe_wipe_obj_freeptr(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t offset = get(m, s, cache_offset);

	if (slab_want_init_on_free(m, s) && object && offset < get(m, s, cache_inuse))
		put64(m, object + offset, 0);
}

bool may_defragment(struct model *m, uint64_t s)
{
	uint64_t ratio = get(m, s, cache_defrag_ratio);

	return has_member(m, cache_defrag_ratio) && ratio && model_below(m, 1024) <= ratio;
}

static void set_inuse(struct model *m, uint64_t slab, unsigned int inuse)
{
	uint64_t counters = slab_counters(m, slab);

	put(m, slab, slab_counters,
	    counters_make(counters, inuse, counters_objects(counters), counters_frozen(counters)));
}

/* 7.2: the objects that are wanted never were on a freelist. */
static void take_fresh(struct model *m, uint64_t s, uint64_t slab, struct objects p, size_t count)
{
	struct slab_iterator it;

	slab_iterator_begin(m, s, slab, &it);
	for (size_t i = 0; i < count; i++)
		objects_set(m, p, i, slab_iterator_next(m, s, &it));
	set_inuse(m, slab, (unsigned int)count);
	build_slab_freelist(m, s, slab, slab_objects(m, slab) - (unsigned int)count, &it);
}

/* 7.0 and 7.1: the slab has a list of all of them. */
static void take_listed(struct model *m, uint64_t s, uint64_t slab, struct objects p, size_t count)
{
	uint64_t object = slab_freelist(m, slab), taken;

	for (size_t i = 0; object && i < count; i++) {
		taken = object;
		objects_set(m, p, i, taken);
		object = freepointer_load(m, s, taken);
		maybe_wipe_obj_freeptr(m, s, taken);
		set_inuse(m, slab, (unsigned int)i + 1);
	}
	put(m, slab, slab_freelist, object);
}

size_t alloc_from_new_slab(struct model *m, uint64_t s, uint64_t slab, struct objects p,
			   size_t count)
{
	unsigned int objects = slab_objects(m, slab), node = slab_nid(m, slab);
	bool some_left = count < objects;

	if (!some_left)
		count = objects;
	if (has(m, LAZY_LIST))
		take_fresh(m, s, slab, p, count);
	else
		take_listed(m, s, slab, p, count);
	if (some_left) {
		uint64_t n = get_node(m, s, node);

		node_lock(m, n);
		add_partial(m, n, slab, false);
		node_unlock(m, n);
	}
	inc_slabs_node(m, s, node, objects);
	return count;
}

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
