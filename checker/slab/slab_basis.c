/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/slab_basis.h"

#include <stdio.h>

/* Too large for a stack that is crash's. */
struct work {
	struct memory memory;
	struct slab_layout layout;
	struct cache_list caches;
};

bool slab_basis_find(struct slab_basis *basis, struct target *target, struct arena *arena,
		     const char *name, char error[KERNEL_ERROR_MAX])
{
	struct work *w = arena_alloc(arena, sizeof(*w));
	uint64_t addr;

	if (!w || !memory_init(&w->memory, target, arena))
		return kernel_error(error, "out of memory");
	if (!slab_layout_init(&w->layout, &w->memory, arena, error))
		return false;
	if (!cache_list_read(&w->caches, &w->memory, w->layout.caches, w->layout.cache.list.offset,
			     arena))
		return kernel_error(error, "out of memory");
	slab_layout_elect(&w->layout, &w->memory, &w->caches);
	addr = slab_cache_find(&w->memory, &w->layout, &w->caches, name);
	if (!addr)
		return kernel_error(error, "no such cache: %.100s", name);
	basis->nodes_pointer = w->layout.nodes_pointer;
	basis->at_end = w->layout.at_end;
	basis->nr_cpus = w->layout.kernel.nr_cpus;
	slab_cache_read(&basis->cache, &w->memory, &w->layout, addr);
	return basis->cache.status == TARGET_OK ||
	       kernel_error(error, "the kmem_cache cannot be read");
}
