/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/image_basis.h"

#include <stdio.h>

#include "checker/slub/alias.h"
#include "checker/slub/elect.h"
#include "checker/slub/heap.h"

/* Too large for a stack that is crash's. */
struct work {
	struct memory memory;
	struct layout layout;
	struct cache_list caches;
	struct heap heap;
	struct election election;
};

static bool fail(char *error, const char *why)
{
	snprintf(error, LAYOUT_ERROR_MAX, "%s", why);
	return false;
}

bool image_basis_find(struct image_basis *basis, struct target *target, struct arena *arena,
		      const char *name, char error[LAYOUT_ERROR_MAX])
{
	struct work *w = arena_alloc(arena, sizeof(*w));
	uint64_t addr;

	if (!w || !memory_init(&w->memory, target, arena))
		return fail(error, "out of memory");
	if (!layout_init(&w->layout, &w->memory, arena, error))
		return false;
	if (!cache_list_read(&w->caches, &w->memory, w->layout.slab_caches,
			     w->layout.cache.list.offset, arena) ||
	    !heap_init(&w->heap, &w->memory, &w->layout, &w->caches, arena))
		return fail(error, "out of memory");
	addr = cache_by_name(&w->memory, &w->layout, &w->caches, name);
	if (!addr) {
		snprintf(error, LAYOUT_ERROR_MAX, "no such cache: %.100s", name);
		return false;
	}
	elect(&w->election, &w->heap, &w->caches);
	basis->encoding = w->election.encoding;
	basis->tid_step = w->election.tid_step;
	basis->nr_cpus = w->layout.kernel.nr_cpus;
	cache_read(&basis->cache, &w->memory, &w->layout, addr, basis->encoding);
	if (basis->cache.status != TARGET_OK)
		return fail(error, "the kmem_cache cannot be read");
	return true;
}
