/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/management.h"

/* The cache that an object is of, with all of its arrays. */
static bool cache_gather(struct slab_management *m, const struct slab_heap *from, uint64_t cache)
{
	const struct slab_layout *layout = from->layout;

	if (m->failed || m->cache.addr == cache)
		return !m->failed;
	if (!m->nodes) {
		m->nodes = arena_array(from->arena, layout->nr_nodes, sizeof(*m->nodes));
		m->failed = !m->nodes || !slab_heap_init(&m->heap, from->memory, layout,
							 from->caches, from->arena);
		if (m->failed)
			return false;
	}
	slab_cache_read(&m->cache, from->memory, layout, cache);
	m->locked = false;
	for (unsigned int i = 0; i < layout->nr_nodes; i++) {
		slab_heap_node(&m->heap, &m->cache, i, &m->nodes[i]);
		m->locked |= m->nodes[i].locked;
	}
	slab_heap_arrays(&m->heap, &m->cache, m->nodes);
	return true;
}

struct slab_management_state slab_management_look(struct slab_management *m,
						  const struct slab_heap *from,
						  const struct location *at)
{
	struct slab_management_state state = { .is_free = false };
	struct slab_found slab = { .node = -1, .list = SLAB_ON_NONE };
	const struct slab_entry *entry;
	uint32_t hop;

	if (at->index < 0 || !cache_gather(m, from, at->cache))
		return state;
	slab_heap_descriptor(&m->heap, at->page, &slab);
	slab_heap_slab(&m->heap, &m->cache, &slab);
	/* What is wrong with that slab is told of it. */
	if (slab.own.end != SLAB_WALK_END || slab.misplaced || (uint64_t)at->index >= m->cache.num)
		return state;
	entry = slab_entry_find(&m->heap, &m->cache, &slab, (uint32_t)at->index);
	hop = slab.own.hop[at->index];
	state.is_free = entry || hop;
	state.moving = !entry && hop == 1 && m->locked;
	if (entry) {
		state.array = &m->heap.arrays.arrays[entry->array];
		state.position = entry->position;
	}
	return state;
}
