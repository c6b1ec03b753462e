/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation begins: from a sheaf, from the CPU's freelist, or the slow path (alloc_slow.c, direct.c). */
#include "model/slub/cpu_slab.h"

/* this_cpu_cmpxchg_double() of freelist and tid, on whatever CPU this is by now. */
static inline bool cpu_exchange(struct model *m, uint64_t s, uint64_t old, uint64_t tid,
				uint64_t new)
{
	uint64_t c;

	step(m);
	c = cpu_of(m, s);
	if (get64(m, AT(m, c, cpu_freelist)) != old || get64(m, AT(m, c, cpu_tid)) != tid)
		return false;
	put64_now(m, AT(m, c, cpu_freelist), new);
	put64_now(m, AT(m, c, cpu_tid), next_tid(m, tid));
	return true;
}

/*
 * deactivate_slab(), in three steps: put the CPU's objects back, unfreeze, choose a list. Until
 * 5.10 the objects go one by one, and the list is chosen while the slab still is frozen.
 */

/* Since 5.15: interrupts are off, and the CPU's local lock held, only around each change. */

static uint64_t slab_alloc_fast(struct model *m, uint64_t s, uint32_t gfp, int node,
				uint32_t orig_size)
{
	uint64_t c, tid, object, slab;

	do {
		step(m);
		c = cpu_of(m, s);
		tid = get64(m, AT(m, c, cpu_tid));
		object = get64(m, AT(m, c, cpu_freelist));
		slab = get64(m, AT(m, c, cpu_slab));
		if (!object || !slab || !node_match(m, slab, node))
			return slab_alloc_slow(m, s, gfp, node, orig_size);
		note(m, MODEL_NOTE_FAST_PATH, object, slab);
	} while (!cpu_exchange(m, s, object, tid, freepointer_load(m, s, object)));
	return object;
}

uint64_t slab_alloc_node(struct model *m, uint64_t s, uint32_t gfp, int node, uint32_t orig_size)
{
	uint64_t object = 0;

	if (!slab_pre_alloc_hook(m, s, gfp))
		return 0;
	s = memcg_cache(m, s, gfp);
	if (has(m, SHEAVES) && cache_has_sheaves(m, s))
		object = alloc_from_pcs(m, s, gfp, node);
	if (!object)
		object = has(m, CPU_SLAB) ? slab_alloc_fast(m, s, gfp, node, orig_size)
					  : slab_alloc_no_cpu_slab(m, s, gfp, node, orig_size);
	if (object)
		object_prepare(m, s, gfp, object, orig_size);
	return object;
}

/*
 * kmem_cache_alloc_bulk(): off the CPU's freelist without counting each, so that the slow path
 * has to count beforehand (fd4d9c7d0c71, 5.6).
 */
static size_t bulk_take(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	uint64_t c = cpu_of(m, s), object;
	size_t i;

	irq_save(m);
	for (i = 0; i < nr; i++) {
		object = get64(m, AT(m, c, cpu_freelist));
		if (object) {
			put64(m, AT(m, c, cpu_freelist), freepointer_load(m, s, object));
			objects[i] = object;
			continue;
		}
		if (has(m, SLOT_MIDDLE))
			tid_advance(m, c);
		if (has(m, CLEARS_FIRST))
			irq_restore(m);
		objects[i] = slab_alloc_slow(m, s, gfp, MODEL_ANY_NODE,
					     (uint32_t)get(m, s, cache_object_size));
		if (has(m, CLEARS_FIRST))
			irq_save(m);
		if (!objects[i])
			break;
		c = cpu_of(m, s);
	}
	if (i == nr)
		tid_advance(m, c);
	irq_restore(m);
	return i;
}

/* The rest from slabs. All or nothing: what there was is freed again. */
static bool bulk_from_slabs(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	size_t got;

	if (!has(m, CPU_SLAB))
		return alloc_bulk_no_cpu_slab(m, s, gfp, nr, objects);
	preempt_disable(m);
	got = bulk_take(m, s, gfp, nr, objects);
	preempt_enable(m);
	if (got && got < nr)
		free_bulk(m, s, got, objects);
	return got == nr;
}

size_t alloc_bulk(struct model *m, uint64_t s, uint32_t gfp, size_t nr, uint64_t *objects)
{
	size_t got = 0;

	if (!slab_pre_alloc_hook(m, s, gfp))
		return 0;
	s = memcg_cache(m, s, gfp);
	if (has(m, SHEAVES) && cache_has_sheaves(m, s))
		got = alloc_from_pcs_bulk(m, s, gfp, nr, objects);
	if (got < nr && !bulk_from_slabs(m, s, gfp, nr - got, objects + got)) {
		if (got)
			free_bulk(m, s, got, objects);
		return 0;
	}
	for (size_t i = 0; i < nr; i++)
		object_prepare(m, s, gfp, objects[i], (uint32_t)get(m, s, cache_object_size));
	return nr;
}

enum model_end model_alloc(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp,
			   int node, uint64_t *object)
{
	*object = 0;
	OPERATION(m, cpu,
		  *object = slab_alloc_node(m, cache, gfp, node,
					    (uint32_t)get(m, cache, cache_object_size)));
}

enum model_end model_alloc_bulk(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp,
				size_t nr, uint64_t *objects, size_t *got)
{
	*got = 0;
	OPERATION(m, cpu, *got = nr ? alloc_bulk(m, cache, gfp, nr, objects) : 0);
}
