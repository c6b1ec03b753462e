/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a cache has on each node. */
#include "model/slub/cache.h"

static void init_kmem_cache_node(struct model *m, uint64_t n)
{
	put(m, n, node_nr_partial, 0);
	put32(m, AT(m, n, node_list_lock), 0);
	list_init(m, AT(m, n, node_partial));
	put(m, n, node_nr_slabs, 0);
	put(m, n, node_total_objects, 0);
	list_init(m, AT(m, n, node_full));
	/* 6.18 to 7.0: pcs_init() sets it. */
	if (has_member(m, node_barn))
		put(m, n, node_barn, 0);
}

/* Take the first object of a new slab by hand. */
static uint64_t first_object(struct model *m, uint64_t s, uint64_t slab)
{
	unsigned int objects = slab_objects(m, slab);
	uint64_t counters, object;
	struct slab_iterator it;

	if (has(m, LAZY_LIST)) {
		slab_iterator_begin(m, s, slab, &it);
		object = slab_iterator_next(m, s, &it);
		build_slab_freelist(m, s, slab, objects - 1, &it);
	} else {
		object = slab_freelist(m, slab);
		put64(m, AT(m, slab, slab_freelist), get_freepointer(m, s, object));
	}
	counters = slab_counters(m, slab);
	put64(m, AT(m, slab, slab_counters), counters_make(counters, 1, objects, false));
	return object;
}

/*
 * The first objects of the first cache: nothing can be allocated yet, as the list that slabs go to
 * lies in such an object.
 */
static void early_kmem_cache_node_alloc(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t slab = new_slab(m, s, model_gfp_kernel(m), (int)node);
	uint64_t n;

	BUG_IF(m, !slab);
	n = first_object(m, s, slab);
	set_node(m, s, node, n);
	init_kmem_cache_node(m, n);
	inc_slabs_node(m, s, node, slab_objects(m, slab));
	add_partial(m, n, slab, false);
}

bool init_kmem_cache_nodes(struct model *m, uint64_t s)
{
	uint32_t size;
	uint64_t n;

	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		if (m->slab_state == SLAB_DOWN) {
			early_kmem_cache_node_alloc(m, s, node);
			continue;
		}
		size = cache_object_size(m, m->node_cache);
		n = slab_alloc_node(m, m->node_cache, model_gfp_kernel(m), (int)node, size);
		if (!n)
			return false;
		init_kmem_cache_node(m, n);
		set_node(m, s, node, n);
	}
	return true;
}

void free_kmem_cache_nodes(struct model *m, uint64_t s)
{
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t n = get_node(m, s, node);

		if (!n)
			continue;
		/* As of 3.13 it was freed first, and forgotten then. */
		if (has(m, PAGE_REWORK))
			set_node(m, s, node, 0);
		cache_free_object(m, m->node_cache, head_page(m, n), n);
		if (!has(m, PAGE_REWORK))
			set_node(m, s, node, 0);
	}
}
