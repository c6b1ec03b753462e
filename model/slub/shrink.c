/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmem_cache_shrink(): give empty slabs back, and let those be used up first that are nearly full. */
#include "model/slub/cache.h"

#define SHRINK_PROMOTE_MAX 32u

static uint64_t slab_of(struct model *m, uint64_t entry)
{
	return entry - m->shape.slab_list.offset;
}

static uint64_t slabs_of(struct model *m, uint64_t s)
{
	uint64_t nr = 0, n;

	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = get_node(m, s, node);
		if (n)
			nr += get(m, n, node_nr_slabs);
	}
	return nr;
}

static void heads_init(struct model *m, uint64_t heads, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		list_init(m, heads + 16 * (uint64_t)i);
}

/* What is on the list of empty slabs goes to the page allocator. */
static void discard_list(struct model *m, uint64_t s, uint64_t head)
{
	uint64_t visited = 0, next;

	for (uint64_t entry = get64(m, head); entry != head; entry = next) {
		endless(m, &visited, entry);
		next = get64(m, entry);
		/* Since 6.1 they do not count any more by now. */
		if (has(m, DEBUG_UNDER_LOCK))
			free_slab(m, s, slab_of(m, entry));
		else
			discard_slab(m, s, slab_of(m, entry));
	}
}

/* Until 4.1: sort all of a node's partial slabs by how many objects they have given out. */
static void sort_node(struct model *m, uint64_t s, uint64_t n, uint64_t buckets, unsigned int nr)
{
	uint64_t list = AT(m, n, node_partial), visited = 0, next;
	unsigned int inuse;

	heads_init(m, buckets, nr);
	irq_save(m);
	lock_take(m, AT(m, n, node_list_lock));
	for (uint64_t entry = get64(m, list); entry != list; entry = next) {
		endless(m, &visited, entry);
		next = get64(m, entry);
		inuse = counters_inuse(slab_counters(m, slab_of(m, entry)));
		list_move(m, entry, buckets + 16 * (uint64_t)inuse);
		if (!inuse)
			put(m, n, node_nr_partial, get(m, n, node_nr_partial) - 1);
	}
	for (unsigned int i = nr - 1; i > 0; i--)
		list_splice(m, buckets + 16 * (uint64_t)i, get64(m, list + 8));
	lock_drop(m, AT(m, n, node_list_lock));
	irq_restore(m);
	discard_list(m, s, buckets);
}

static void shrink_by_sorting(struct model *m, uint64_t s)
{
	unsigned int nr = oo_objects(get(m, s, cache_max));
	uint64_t buckets = memory_get(m, 16 * nr, CALLER_OF_PARAMS), n;

	if (!buckets)
		return; /* -ENOMEM */
	flush_all(m, s);
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = get_node(m, s, node);
		if (n && get(m, n, node_nr_partial))
			sort_node(m, s, n, buckets, nr);
	}
	memory_put(m, buckets);
}

static void take_empty(struct model *m, uint64_t s, uint64_t n, uint64_t slab, unsigned int node,
		       uint64_t discard)
{
	list_move(m, AT(m, slab, slab_list), discard);
	if (has(m, UNFROZEN_PARTIAL))
		put(m, slab, slab_flags, get(m, slab, slab_flags) & ~m->shape.pg_partial);
	put(m, n, node_nr_partial, get(m, n, node_nr_partial) - 1);
	/* c7323a5ad078, 6.1: under the lock, so that validation sees numbers that fit. */
	if (has(m, DEBUG_UNDER_LOCK))
		dec_slabs_node(m, s, node, slab_objects(m, slab));
}

/* 4.2 (832f37f5d5f5): only those with few free objects are moved to the front. */
static void promote_node(struct model *m, uint64_t s, uint64_t n, unsigned int node, uint64_t heads)
{
	uint64_t list = AT(m, n, node_partial), discard = heads, promote = heads + 16;
	uint64_t visited = 0, next, slab;
	unsigned int free;

	heads_init(m, heads, 1 + SHRINK_PROMOTE_MAX);
	irq_save(m);
	lock_take(m, AT(m, n, node_list_lock));
	for (uint64_t entry = get64(m, list); entry != list; entry = next) {
		endless(m, &visited, entry);
		next = get64(m, entry);
		slab = slab_of(m, entry);
		free = slab_objects(m, slab) - counters_inuse(slab_counters(m, slab));
		BUG_IF(m, (int)free <= 0);
		if (free == slab_objects(m, slab))
			take_empty(m, s, n, slab, node, discard);
		else if (free <= SHRINK_PROMOTE_MAX)
			list_move(m, entry, promote + 16 * (uint64_t)(free - 1));
	}
	for (unsigned int i = SHRINK_PROMOTE_MAX; i-- > 0;)
		list_splice(m, promote + 16 * (uint64_t)i, list);
	lock_drop(m, AT(m, n, node_list_lock));
	irq_restore(m);
	discard_list(m, s, discard);
}

static void shrink_by_promoting(struct model *m, uint64_t s)
{
	uint64_t n, barn;

	flush_all(m, s);
	for (unsigned int node = 0; has(m, SHEAVES) && node < m->nr_nodes; node++) {
		barn = get_barn_node(m, s, node);
		if (barn)
			barn_shrink(m, s, barn);
	}
	/* The heads are the CPU's: see list_heads(). */
	preempt_disable(m);
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = get_node(m, s, node);
		if (n)
			promote_node(m, s, n, node, list_heads(m));
	}
	preempt_enable(m);
}

static void cache_shrink(struct model *m, uint64_t s, uint64_t *freed)
{
	uint64_t before = slabs_of(m, s);

	if (has(m, SHRINK_PROMOTES))
		shrink_by_promoting(m, s);
	else
		shrink_by_sorting(m, s);
	*freed = before - slabs_of(m, s);
}

enum model_end model_cache_shrink(struct model *m, unsigned int cpu, uint64_t cache,
				  uint64_t *freed)
{
	*freed = 0;
	OPERATION(m, cpu, cache_shrink(m, cache, freed));
}
