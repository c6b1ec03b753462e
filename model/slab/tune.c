/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arrays of a cache: made, replaced with larger or smaller ones, given back. */
#include "model/slab/slab.h"

static uint32_t array_size(const struct model *m, uint32_t entries)
{
	return m->shape.array_bytes + 8 * entries;
}

/* alloc_arraycache() */
static uint64_t array_new(struct model *m, unsigned int node, uint32_t entries, uint32_t batchcount)
{
	uint64_t ac = slab_kmalloc_node(m, array_size(m, entries), model_gfp_kernel(m), (int)node);

	if (ac)
		array_init(m, ac, entries, batchcount);
	return ac;
}

static uint64_t alien_new(struct model *m, unsigned int node, uint32_t entries)
{
	uint32_t bytes = m->shape.alien_ac.offset + array_size(m, entries);
	uint64_t alien = slab_kmalloc_node(m, bytes, model_gfp_kernel(m), (int)node);

	if (!alien)
		return 0;
	array_init(m, slab_alien_array(m, alien), entries, NO_BATCHCOUNT);
	put32(m, AT(m, alien, alien_lock), 0);
	return alien;
}

static void aliens_free(struct model *m, uint64_t aliens)
{
	if (!aliens)
		return;
	for (unsigned int node = 0; node < m->nr_nodes; node++)
		if (get64(m, aliens + 8 * (uint64_t)node))
			slab_kfree_object(m, get64(m, aliens + 8 * (uint64_t)node));
	slab_kfree_object(m, aliens);
}

/* alloc_alien_cache(): one for each other node. */
static uint64_t aliens_new(struct model *m, unsigned int home, uint32_t limit)
{
	uint32_t entries = limit > 1 ? ALIEN_LIMIT : limit;
	uint64_t aliens = slab_kmalloc_node(m, 8 * m->nr_nodes,
					    model_gfp_kernel(m) | m->era->gfp->zero, (int)home);

	if (!aliens)
		return 0;
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t alien;

		if (node == home)
			continue;
		alien = alien_new(m, home, entries);
		if (!alien) {
			aliens_free(m, aliens);
			return 0;
		}
		put64(m, aliens + 8 * (uint64_t)node, alien);
	}
	return aliens;
}

static uint32_t free_limit(struct model *m, uint64_t s, unsigned int node)
{
	uint32_t cpus = 0;

	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++)
		cpus += cpu_node(m, cpu) == node;
	return (1 + cpus) * get32(m, AT(m, s, cache_batchcount)) + slab_num(m, s);
}

/* What a node gets beside: arrays that replace others. */
struct node_arrays {
	uint64_t shared, aliens;
};

static bool node_arrays_new(struct model *m, uint64_t s, unsigned int node, struct node_arrays *new)
{
	uint32_t shared = get32(m, AT(m, s, cache_shared));

	*new = (struct node_arrays){ 0, 0 };
	if (m->nr_nodes > 1) {
		new->aliens = aliens_new(m, node, get32(m, AT(m, s, cache_limit)));
		if (!new->aliens)
			return false;
	}
	if (!shared)
		return true;
	new->shared =
		array_new(m, node, shared * get32(m, AT(m, s, cache_batchcount)), NO_BATCHCOUNT);
	if (new->shared)
		return true;
	aliens_free(m, new->aliens);
	return false;
}

/* A node that exists gets another shared array; its alien ones stay. */
static void node_replace(struct model *m, uint64_t s, uint64_t n, unsigned int node,
			 struct node_arrays *new)
{
	uint64_t old, list = slab_has(m, ONE_ITERATION) ? 0 : slab_list_head(m);

	l3_lock(m, n);
	old = get(m, n, l3_shared);
	if (old) {
		free_block(m, s, slab_entry_at(m, old, 0), slab_avail(m, old), node, list);
		if (list)
			put(m, old, ac_avail, 0);
	}
	put(m, n, l3_shared, new->shared);
	if (!get(m, n, l3_alien)) {
		put(m, n, l3_alien, new->aliens);
		new->aliens = 0;
	}
	put(m, n, l3_free_limit, free_limit(m, s, node));
	l3_unlock(m, n);
	if (list)
		slabs_destroy(m, s, list);
	if (old)
		slab_kfree_object(m, old);
	aliens_free(m, new->aliens);
}

static bool node_new(struct model *m, uint64_t s, unsigned int node, const struct node_arrays *new)
{
	uint64_t n = slab_kmalloc_node(m, m->shape.list3_bytes, model_gfp_kernel(m), (int)node);

	if (!n) {
		aliens_free(m, new->aliens);
		if (new->shared)
			slab_kfree_object(m, new->shared);
		return false;
	}
	slab_node_init(m, s, n);
	put(m, n, l3_shared, new->shared);
	put(m, n, l3_alien, new->aliens);
	put(m, n, l3_free_limit, free_limit(m, s, node));
	slab_set_node(m, s, node, n);
	return true;
}

/* alloc_kmemlist(), setup_kmem_cache_nodes(). */
static bool nodes_setup(struct model *m, uint64_t s)
{
	struct node_arrays new;

	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t n = slab_get_node(m, s, node);

		if (!node_arrays_new(m, s, node, &new))
			return false;
		if (n)
			node_replace(m, s, n, node, &new);
		else if (!node_new(m, s, node, &new))
			return false;
	}
	return true;
}

static void limits_set(struct model *m, uint64_t s, uint32_t limit, uint32_t batchcount,
		       uint32_t shared)
{
	put(m, s, cache_batchcount, batchcount);
	put(m, s, cache_limit, limit);
	put(m, s, cache_shared, shared);
}

/* Objects of an array that is not in use any more go back. */
static void array_empty(struct model *m, uint64_t s, uint64_t ac, unsigned int cpu)
{
	unsigned int node = cpu_node(m, cpu);
	uint64_t n = slab_get_node(m, s, node);
	uint64_t list = slab_has(m, ONE_ITERATION) ? 0 : slab_list_head(m);

	l3_lock(m, n);
	free_block(m, s, slab_entry_at(m, ac, 0), slab_avail(m, ac), node, list);
	l3_unlock(m, n);
	if (list)
		slabs_destroy(m, s, list);
}

/* The new arrays hang in a ccupdate_struct of the heap, then the old ones do. */
static bool pointers_replace(struct model *m, uint64_t s, uint32_t limit, uint32_t batchcount,
			     uint32_t shared)
{
	uint64_t update = slab_kmalloc_node(
		m, 8 * MODEL_CPUS_MAX + 8, model_gfp_kernel(m) | m->era->gfp->zero, MODEL_ANY_NODE);
	unsigned int home = m->run->cpu;
	bool all = update != 0;

	for (unsigned int cpu = 0; all && cpu < m->nr_cpus; cpu++) {
		uint64_t ac = array_new(m, cpu_node(m, cpu), limit, batchcount);

		put64(m, update + 8 + 8 * (uint64_t)cpu, ac);
		all = ac != 0;
	}
	for (unsigned int cpu = 0; all && cpu < m->nr_cpus; cpu++) {
		uint64_t slot = update + 8 + 8 * (uint64_t)cpu, mine, old;

		cpu_borrow(m, cpu, false);
		mine = AT(m, s, cache_array) + 8 * (uint64_t)cpu;
		old = get64(m, mine);
		put64(m, mine, get64(m, slot));
		put64(m, slot, old);
		cpu_return(m, home);
	}
	if (all)
		limits_set(m, s, limit, batchcount, shared);
	for (unsigned int cpu = 0; update && cpu < m->nr_cpus; cpu++) {
		uint64_t ac = get64(m, update + 8 + 8 * (uint64_t)cpu);

		if (!ac)
			continue;
		if (all)
			array_empty(m, s, ac, cpu);
		slab_kfree_object(m, ac);
	}
	if (update)
		slab_kfree_object(m, update);
	return all;
}

static uint64_t percpu_arrays(struct model *m, uint32_t limit, uint32_t batchcount)
{
	uint64_t area = percpu_get(m, array_size(m, limit), 8);

	for (unsigned int cpu = 0; area && cpu < m->nr_cpus; cpu++)
		array_init(m, area + m->cpu_offset[cpu], limit, batchcount);
	return area;
}

/* Who has interrupts off may still be at work on the old arrays. */
static void kick_all_cpus_sync(struct model *m)
{
	unsigned int home = m->run->cpu;

	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		cpu_borrow(m, cpu, false);
		cpu_return(m, home);
	}
}

static bool area_replace(struct model *m, uint64_t s, uint32_t limit, uint32_t batchcount,
			 uint32_t shared)
{
	uint64_t old = get(m, s, cache_cpu_cache);
	uint64_t area = percpu_arrays(m, limit, batchcount);
	uint32_t bytes;

	if (!area)
		return false;
	put(m, s, cache_cpu_cache, area);
	if (old)
		kick_all_cpus_sync(m);
	limits_set(m, s, limit, batchcount, shared);
	if (!old)
		return true;
	bytes = array_size(m, get32(m, AT(m, old + m->cpu_offset[0], ac_limit)));
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++)
		array_empty(m, s, old + m->cpu_offset[cpu], cpu);
	percpu_put(m, old, bytes);
	return true;
}

/* do_tune_cpucache() */
bool slab_tune_cpucache(struct model *m, uint64_t s, uint32_t limit, uint32_t batchcount,
			uint32_t shared)
{
	bool done = slab_has(m, ARRAYS) ? pointers_replace(m, s, limit, batchcount, shared)
					: area_replace(m, s, limit, batchcount, shared);

	return done && nodes_setup(m, s);
}

bool enable_cpucache(struct model *m, uint64_t s)
{
	uint32_t size = slab_stride(m, s), limit, shared;

	limit = size > 131072	    ? 1
		: size > MODEL_PAGE ? 8
		: size > 1024	    ? 24
		: size > 256	    ? 54
				    : 120;
	shared = size <= MODEL_PAGE && m->nr_cpus > 1 ? 8 : 0;
	if (slab_has(m, DEBUG_SLAB) && limit > 32)
		limit = 32;
	return slab_tune_cpucache(m, s, limit, (limit + 1) / 2, shared);
}

void slab_free_arrays(struct model *m, uint64_t s)
{
	uint64_t area = has_member(m, cache_cpu_cache) ? get(m, s, cache_cpu_cache) : 0, n;

	for (unsigned int cpu = 0; slab_has(m, ARRAYS) && cpu < m->nr_cpus; cpu++)
		if (slab_cpu_array(m, s, cpu))
			slab_kfree_object(m, slab_cpu_array(m, s, cpu));
	if (area)
		percpu_put(m, area,
			   array_size(m, get32(m, AT(m, area + m->cpu_offset[0], ac_limit))));
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = slab_get_node(m, s, node);
		if (!n)
			continue;
		if (get(m, n, l3_shared))
			slab_kfree_object(m, get(m, n, l3_shared));
		aliens_free(m, get(m, n, l3_alien));
		slab_kfree_object(m, n);
		if (!slab_has(m, ARRAYS))
			slab_set_node(m, s, node, 0);
	}
}

/* slabinfo_write() */
static void tune(struct model *m, uint64_t s, const uint32_t values[3], bool *done)
{
	*done = values[0] >= 1 && values[1] >= 1 && values[1] <= values[0];
	if (!*done)
		return;
	lock_take(m, m->slab_mutex);
	*done = slab_tune_cpucache(m, s, values[0], values[1], values[2]);
	lock_drop(m, m->slab_mutex);
}

enum model_end slab_tune(struct model *m, unsigned int cpu, uint64_t cache, uint32_t limit,
			 uint32_t batchcount, uint32_t shared, bool *done)
{
	const uint32_t values[3] = { limit, batchcount, shared };

	*done = false;
	OPERATION(m, cpu, tune(m, cache, values, done));
}
