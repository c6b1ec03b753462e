/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Caches of boot: setup_cpu_cache() while there is nothing to allocate arrays and nodes from. The first get
 * variables of the kernel that are given back when boot is over, hence have to be replaced.
 */
#include "model/slab/boot.h"

uint64_t boot_array(struct model *m)
{
	uint32_t bytes = m->shape.array_bytes + 8 * BOOT_CPUCACHE_ENTRIES;
	uint64_t ac;

	if (m->slab_state == SLAB_NONE)
		ac = data_get(m, NULL, bytes);
	else
		ac = slab_kmalloc_node(m, bytes, model_gfp_kernel(m), MODEL_ANY_NODE);
	BUG_IF(m, !ac);
	array_init(m, ac, BOOT_CPUCACHE_ENTRIES, 1);
	return ac;
}

static void arrays_setup(struct model *m, uint64_t s)
{
	uint32_t bytes = m->shape.array_bytes + 8 * BOOT_CPUCACHE_ENTRIES;
	uint64_t area;

	if (slab_has(m, ARRAYS)) {
		put64(m, AT(m, s, cache_array), boot_array(m));
		return;
	}
	area = percpu_get(m, bytes, 8);
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++)
		array_init(m, area + m->cpu_offset[cpu], BOOT_CPUCACHE_ENTRIES, 1);
	put(m, s, cache_cpu_cache, area);
}

static void nodes_setup(struct model *m, uint64_t s)
{
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t n;

		if (m->slab_state < SLAB_EARLY)
			n = data_get(m, NULL, m->shape.list3_bytes);
		else
			n = slab_kmalloc_node(m, m->shape.list3_bytes, model_gfp_kernel(m),
					      (int)node);
		BUG_IF(m, !n);
		slab_node_init(m, s, n);
		slab_set_node(m, s, node, n);
	}
}

void boot_setup(struct model *m, uint64_t s)
{
	put(m, s, cache_batchcount, 1);
	put(m, s, cache_limit, BOOT_CPUCACHE_ENTRIES);
	arrays_setup(m, s);
	nodes_setup(m, s);
	if (has_member(m, cache_refcount))
		put(m, s, cache_refcount, 0xffffffff);
	list_add(m, AT(m, s, cache_link), m->slab_caches);
}

uint64_t slab_boot_cache(struct model *m, const struct slab_spec *spec)
{
	uint64_t s = slab_alloc_object(m, m->cache_cache, model_gfp_kernel(m) | m->era->gfp->zero,
				       MODEL_ANY_NODE);

	BUG_IF(m, !s || !slab_cache_open(m, s, spec));
	boot_setup(m, s);
	return s;
}
