/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cache's kmem_cache_node of each node: its lists of slabs, and what it counts. */
#include "model/slub/slub.h"

/* node[] until 7.0, pairs of a barn and a node since. */
static uint64_t node_place(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t array = AT(m, s, cache_node);

	if (has(m, PER_NODE))
		return AT(m, array + (uint64_t)node * m->shape.per_node_bytes, per_node_node);
	return array + 8 * (uint64_t)node;
}

uint64_t get_node(struct model *m, uint64_t s, unsigned int node)
{
	return get64(m, node_place(m, s, node));
}

void set_node(struct model *m, uint64_t s, unsigned int node, uint64_t n)
{
	put64(m, node_place(m, s, node), n);
}

void add_partial(struct model *m, uint64_t n, uint64_t slab, bool tail)
{
	uint64_t list = AT(m, n, node_partial);

	/* 7.0 counts last. */
	if (!has(m, SHEAVES_ALL))
		atomic_add(m, AT(m, n, node_nr_partial), 1);
	if (tail)
		list_add_tail(m, AT(m, slab, slab_list), list);
	else
		list_add(m, AT(m, slab, slab_list), list);
	if (has(m, UNFROZEN_PARTIAL))
		bits_change(m, AT(m, slab, slab_flags), m->shape.pg_partial, 0);
	if (has(m, SHEAVES_ALL))
		atomic_add(m, AT(m, n, node_nr_partial), 1);
}

void remove_partial(struct model *m, uint64_t n, uint64_t slab)
{
	list_del(m, AT(m, slab, slab_list));
	if (has(m, UNFROZEN_PARTIAL))
		bits_change(m, AT(m, slab, slab_flags), 0, m->shape.pg_partial);
	put(m, n, node_nr_partial, get(m, n, node_nr_partial) - 1);
}

/* Only the owners' tracks need the list of full slabs. */
void add_full(struct model *m, uint64_t s, uint64_t n, uint64_t slab)
{
	if (cache_flags(m, s) & m->era->flags->store_user)
		list_add(m, AT(m, slab, slab_list), AT(m, n, node_full));
}

void remove_full(struct model *m, uint64_t s, uint64_t n, uint64_t slab)
{
	(void)n;
	if (cache_flags(m, s) & m->era->flags->store_user)
		list_del(m, AT(m, slab, slab_list));
}

bool node_is_rich(struct model *m, uint64_t s, uint64_t n)
{
	uint64_t nr = get(m, n, node_nr_partial), min = get(m, s, cache_min_partial);

	return has(m, FREE_ABOVE_MIN) ? nr > min : nr >= min;
}

void inc_slabs_node(struct model *m, uint64_t s, unsigned int node, unsigned int objects)
{
	uint64_t n = get_node(m, s, node);

	if (!n)
		return;
	atomic_add(m, AT(m, n, node_nr_slabs), 1);
	atomic_add(m, AT(m, n, node_total_objects), objects);
}

void dec_slabs_node(struct model *m, uint64_t s, unsigned int node, unsigned int objects)
{
	uint64_t n = get_node(m, s, node);

	atomic_add(m, AT(m, n, node_nr_slabs), -UINT64_C(1));
	atomic_add(m, AT(m, n, node_total_objects), -(uint64_t)objects);
}

bool may_defragment(struct model *m, uint64_t s)
{
	uint64_t ratio = get(m, s, cache_defrag_ratio);

	return has_member(m, cache_defrag_ratio) && ratio && model_below(m, 1024) <= ratio;
}
