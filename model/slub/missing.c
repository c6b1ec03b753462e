/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/slub.h"

/* What no SLUB does without. */
static const char *missing_of_caches(const struct model_shape *shape)
{
	const struct {
		const char *what;
		const struct target_member *member;
	} needed[] = {
		{ "struct kmem_cache", &shape->cache_flags },
		{ "kmem_cache.size", &shape->cache_size },
		{ "kmem_cache.object_size", &shape->cache_object_size },
		{ "kmem_cache.offset", &shape->cache_offset },
		{ "kmem_cache.oo", &shape->cache_oo },
		{ "kmem_cache.min", &shape->cache_min },
		{ "kmem_cache.inuse", &shape->cache_inuse },
		{ "kmem_cache.align", &shape->cache_align },
		{ "kmem_cache.allocflags", &shape->cache_allocflags },
		{ "kmem_cache.refcount", &shape->cache_refcount },
		{ "kmem_cache.ctor", &shape->cache_ctor },
		{ "kmem_cache.min_partial", &shape->cache_min_partial },
		{ "kmem_cache.name", &shape->cache_name },
		{ "kmem_cache.list", &shape->cache_list },
		{ "kmem_cache.node", &shape->cache_node },
		{ "kmem_cache_node.list_lock", &shape->node_list_lock },
		{ "kmem_cache_node.nr_partial", &shape->node_nr_partial },
		{ "kmem_cache_node.partial", &shape->node_partial },
		{ "page.flags", &shape->slab_flags },
		{ "slab_cache of a slab", &shape->slab_cache },
		{ "slab_list of a slab", &shape->slab_list },
		{ "freelist of a slab", &shape->slab_freelist },
		{ "counters of a slab", &shape->slab_counters },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!needed[i].member->size)
			return needed[i].what;
	return NULL;
}

/* What CPUs take objects from: a slab, or sheaves. */
static const char *missing_of_cpus(const struct model_shape *shape)
{
	if (shape->cache_cpu_slab.size &&
	    (!shape->cpu_freelist.size || !shape->cpu_tid.size || !shape->cpu_slab.size))
		return "struct kmem_cache_cpu";
	if (shape->cache_cpu_sheaves.size &&
	    (!shape->sheaves_main.size || !shape->sheaf_objects.size || !shape->barn_full.size))
		return "struct slab_sheaf";
	if (!shape->cache_cpu_slab.size && !shape->cache_cpu_sheaves.size)
		return "kmem_cache.cpu_slab";
	return NULL;
}

const char *slub_missing(const struct model_shape *shape)
{
	const char *what = missing_of_caches(shape);

	return what ? what : missing_of_cpus(shape);
}
