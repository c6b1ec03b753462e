/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a cache has on each node, for each CPU, and how objects go from array to array. */
#include "model/slab/slab.h"

uint64_t slab_node_slot(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t first = AT(m, s, cache_nodes);

	if (slab_has(m, NODE_POINTER))
		first = get64(m, first);
	return first + 8 * (uint64_t)node;
}

uint64_t slab_get_node(struct model *m, uint64_t s, unsigned int node)
{
	return get64(m, slab_node_slot(m, s, node));
}

void slab_set_node(struct model *m, uint64_t s, unsigned int node, uint64_t n)
{
	put64(m, slab_node_slot(m, s, node), n);
}

uint64_t slab_cpu_array(struct model *m, uint64_t s, unsigned int cpu)
{
	uint64_t area;

	if (slab_has(m, ARRAYS))
		return get64(m, AT(m, s, cache_array) + 8 * (uint64_t)cpu);
	area = get64(m, AT(m, s, cache_cpu_cache));
	return area ? area + m->cpu_offset[cpu] : 0;
}

void slab_node_init(struct model *m, uint64_t s, uint64_t n)
{
	list_init(m, AT(m, n, l3_full));
	list_init(m, AT(m, n, l3_partial));
	list_init(m, AT(m, n, l3_free));
	put(m, n, l3_shared, 0);
	put(m, n, l3_alien, 0);
	put(m, n, l3_colour_next, 0);
	put32(m, AT(m, n, l3_lock), 0);
	put(m, n, l3_free_objects, 0);
	put(m, n, l3_free_touched, 0);
	if (has_member(m, l3_total_slabs)) {
		put(m, n, l3_total_slabs, 0);
		put(m, n, l3_free_slabs, 0);
	}
	/* So that not all caches are reaped at once. */
	put(m, n, l3_next_reap,
	    get64(m, kernel_symbol(m, "jiffies")) + REAPTIMEOUT_LIST3 + s % REAPTIMEOUT_LIST3);
	put(m, n, l3_free_limit, 0);
}

void array_init(struct model *m, uint64_t ac, uint32_t limit, uint32_t batchcount)
{
	put(m, ac, ac_avail, 0);
	put(m, ac, ac_limit, limit);
	put(m, ac, ac_batchcount, batchcount);
	put(m, ac, ac_touched, 0);
	if (has_member(m, ac_lock))
		put32(m, AT(m, ac, ac_lock), 0);
}

void array_push(struct model *m, uint64_t ac, uint64_t object)
{
	uint32_t avail = slab_avail(m, ac);

	/* The kernel does not look: it writes to what lies behind the array. */
	if (avail >= get32(m, AT(m, ac, ac_limit)))
		model_oops_at(m, MODEL_OOPS_FAULT, slab_entry_at(m, ac, avail),
			      "stores an entry behind its array");
	if (slab_has(m, AVAIL_LATE)) {
		put64(m, slab_entry_at(m, ac, avail), object);
		put(m, ac, ac_avail, avail + 1);
	} else {
		put(m, ac, ac_avail, avail + 1);
		put64(m, slab_entry_at(m, ac, avail), object);
	}
}

uint64_t array_pop(struct model *m, uint64_t ac)
{
	uint32_t avail = slab_avail(m, ac) - 1;

	put(m, ac, ac_avail, avail);
	return get64(m, slab_entry_at(m, ac, avail));
}

void array_drop_count(struct model *m, uint64_t ac, uint32_t nr)
{
	put(m, ac, ac_avail, slab_avail(m, ac) - nr);
}

void array_drop_move(struct model *m, uint64_t ac, uint32_t nr)
{
	uint32_t left = slab_avail(m, ac);

	for (uint32_t i = 0; i < left; i++)
		put64(m, slab_entry_at(m, ac, i), get64(m, slab_entry_at(m, ac, i + nr)));
}

/* The newest objects of @from. */
uint32_t transfer_objects(struct model *m, uint64_t to, uint64_t from, uint32_t max)
{
	uint32_t avail = slab_avail(m, from), room, nr = avail < max ? avail : max;

	room = get32(m, AT(m, to, ac_limit)) - slab_avail(m, to);
	if (nr > room)
		nr = room;
	if (!nr)
		return 0;
	for (uint32_t i = 0; i < nr; i++)
		put64(m, slab_entry_at(m, to, slab_avail(m, to) + i),
		      get64(m, slab_entry_at(m, from, avail - nr + i)));
	put(m, from, ac_avail, avail - nr);
	put(m, to, ac_avail, slab_avail(m, to) + nr);
	if (slab_has(m, RECEIVER_TOUCHED))
		put(m, to, ac_touched, 1);
	return nr;
}

uint32_t slab_user_size(struct model *m, uint64_t s)
{
	/* 2.6.32 without debugging knows nothing but the stride. */
	if (!has_member(m, cache_user_size))
		return slab_stride(m, s);
	return get32(m, AT(m, s, cache_user_size));
}
