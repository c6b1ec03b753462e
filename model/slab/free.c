/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmem_cache_free(): into the CPU's array, or that for another node's objects. */
#include "model/slab/slab.h"

/* The oldest entries go to the shared array, as many as fit; else all to their slabs. */
static uint32_t flush_to(struct model *m, uint64_t s, uint64_t n, uint64_t ac, unsigned int node,
			 uint64_t list)
{
	uint32_t nr = get32(m, AT(m, ac, ac_batchcount)), room, avail;
	uint64_t shared = get(m, n, l3_shared);

	if (shared) {
		avail = slab_avail(m, shared);
		room = get32(m, AT(m, shared, ac_limit)) - avail;
		if (room) {
			nr = nr < room ? nr : room;
			for (uint32_t i = 0; i < nr; i++)
				put64(m, slab_entry_at(m, shared, avail + i),
				      get64(m, slab_entry_at(m, ac, i)));
			put(m, shared, ac_avail, avail + nr);
			return nr;
		}
	}
	free_block(m, s, slab_entry_at(m, ac, 0), nr, node, list);
	return nr;
}

static void cache_flusharray(struct model *m, uint64_t s, uint64_t ac)
{
	unsigned int node = cpu_node(m, m->run->cpu);
	uint64_t n = slab_get_node(m, s, node), list = 0;
	uint32_t nr;

	m->doing = "flushes the CPU's array";
	if (!slab_has(m, ONE_ITERATION))
		list = slab_list_head(m);
	l3_lock(m, n);
	nr = flush_to(m, s, n, ac, node, list);
	l3_unlock(m, n);
	if (list && !slab_has(m, AVAIL_FIRST_DROPPED))
		slabs_destroy(m, s, list);
	array_drop_count(m, ac, nr);
	array_drop_move(m, ac, nr);
	/* 678ff6a7afcc, 5.10: freeing their management may come back to this array. */
	if (list && slab_has(m, AVAIL_FIRST_DROPPED))
		slabs_destroy(m, s, list);
}

/* __drain_alien_cache(): as many as fit into the shared array of their node, the rest to their slabs. */
void drain_alien(struct model *m, uint64_t s, uint64_t ac, unsigned int node, uint64_t list)
{
	uint64_t n = slab_get_node(m, s, node), shared;

	if (!slab_avail(m, ac))
		return;
	l3_lock(m, n);
	shared = get(m, n, l3_shared);
	if (shared)
		transfer_objects(m, shared, ac, get32(m, AT(m, ac, ac_limit)));
	free_block(m, s, slab_entry_at(m, ac, 0), slab_avail(m, ac), node, list);
	put(m, ac, ac_avail, 0);
	l3_unlock(m, n);
}

/* An object that lies on the stack of the kernel: free_block(cachep, &objp, 1, ...). */
static uint64_t one_entry(struct model *m, uint64_t slot)
{
	uint64_t area = this_cpu(m, kernel_symbol(m, "stack_of_slab_lists")) + 8;

	put64_now(m, area, slot);
	return area;
}

static void free_to_alien(struct model *m, uint64_t s, uint64_t alien, unsigned int node,
			  uint64_t slot, uint64_t list)
{
	uint64_t ac = slab_alien_array(m, alien);

	lock_take(m, AT(m, alien, alien_lock));
	if (slab_avail(m, ac) == get32(m, AT(m, ac, ac_limit)))
		drain_alien(m, s, ac, node, list);
	array_push(m, ac, slot);
	lock_drop(m, AT(m, alien, alien_lock));
}

/* cache_free_alien(): false: the object is of this node. */
static bool free_elsewhere(struct model *m, uint64_t s, uint64_t slot)
{
	unsigned int home = cpu_node(m, m->run->cpu), node;
	uint64_t n, aliens, alien, list = 0;

	node = slab_node_of(m, slab_of_object(m, slot));
	if (node == home)
		return false;
	if (!slab_has(m, ONE_ITERATION))
		list = slab_list_head(m);
	n = slab_get_node(m, s, home);
	aliens = get(m, n, l3_alien);
	alien = aliens ? get64(m, aliens + 8 * (uint64_t)node) : 0;
	if (alien) {
		free_to_alien(m, s, alien, node, slot, list);
	} else {
		n = slab_get_node(m, s, node);
		l3_lock(m, n);
		free_block(m, s, one_entry(m, slot), 1, node, list);
		l3_unlock(m, n);
	}
	if (list)
		slabs_destroy(m, s, list);
	return true;
}

/* 5.4: objects of another cache, where the build checks that; they go to their own since. */
static uint64_t cache_from_obj(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t own;

	if (!slab_has(m, HARDENED) && !(slab_has(m, DEBUG_SLAB) && !slab_has(m, CACHE_CHAIN)))
		return s;
	own = cache_of_slab_object(m, object);
	if (own == s)
		return s;
	model_report(m, MODEL_REPORT_WRONG_CACHE, "cache_from_obj: Wrong slab cache");
	return slab_has(m, HARDENED) ? own : s;
}

/* __free_one(), 5.4: the same object twice in a row is freed once. */
static bool freed_just_now(struct model *m, uint64_t ac, uint64_t slot)
{
	uint32_t avail = slab_avail(m, ac);

	if (!slab_has(m, HARDENED) || !avail || get64(m, slab_entry_at(m, ac, avail - 1)) != slot)
		return false;
	model_report(m, MODEL_REPORT_SLAB_ERROR, "WARNING: __free_one()");
	return true;
}

void slab_free_object(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t ac, slot;

	s = cache_from_obj(m, s, object);
	slot = object - slab_offset(m, s);
	m->doing = "frees an object";
	irq_save(m);
	debug_before_free(m, s, slot);
	if (m->nr_nodes > 1 && free_elsewhere(m, s, slot)) {
		irq_restore(m);
		return;
	}
	ac = slab_cpu_array(m, s, m->run->cpu);
	if (slab_avail(m, ac) >= get32(m, AT(m, ac, ac_limit)))
		cache_flusharray(m, s, ac);
	if (!freed_just_now(m, ac, slot))
		array_push(m, ac, slot);
	irq_restore(m);
}
