/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/functions.h"

#include <stddef.h>
#include <string.h>

struct row {
	const char *name;
	enum allocator_job job;
};

/* Of mm/slab.c and mm/slab_common.c, 2.6.32 to 6.6. The small ones are inlined by most compilers. */
static const struct row rows[] = {
	/* A fault here is one on an array, on a slab of the allocator's, or on the cache itself. */
	{ "kmem_cache_alloc", JOB_ALLOCATE },
	{ "kmem_cache_alloc_node", JOB_ALLOCATE },
	{ "kmem_cache_alloc_lru", JOB_ALLOCATE },
	{ "kmem_cache_alloc_trace", JOB_ALLOCATE },
	{ "kmem_cache_alloc_node_trace", JOB_ALLOCATE },
	{ "kmem_cache_alloc_notrace", JOB_ALLOCATE },
	{ "kmem_cache_alloc_node_notrace", JOB_ALLOCATE },
	{ "kmem_cache_alloc_bulk", JOB_ALLOCATE },
	{ "__kmem_cache_alloc_node", JOB_ALLOCATE },
	{ "__kmem_cache_alloc_lru", JOB_ALLOCATE },
	{ "kmalloc_trace", JOB_ALLOCATE },
	{ "kmalloc_node_trace", JOB_ALLOCATE },
	{ "__kmalloc", JOB_ALLOCATE },
	{ "__kmalloc_node", JOB_ALLOCATE },
	{ "__kmalloc_track_caller", JOB_ALLOCATE },
	{ "__kmalloc_node_track_caller", JOB_ALLOCATE },
	{ "__do_kmalloc", JOB_ALLOCATE },
	{ "__do_kmalloc_node", JOB_ALLOCATE },
	{ "__cache_alloc", JOB_ALLOCATE },
	{ "__cache_alloc_node", JOB_ALLOCATE },
	{ "____cache_alloc", JOB_ALLOCATE },
	{ "____cache_alloc_node", JOB_ALLOCATE },
	{ "__do_cache_alloc", JOB_ALLOCATE },
	{ "slab_alloc", JOB_ALLOCATE },
	{ "slab_alloc_node", JOB_ALLOCATE },
	{ "cache_alloc_refill", JOB_ALLOCATE },
	{ "cache_alloc_pfmemalloc", JOB_ALLOCATE },
	{ "alternate_node_alloc", JOB_ALLOCATE },
	{ "fallback_alloc", JOB_ALLOCATE },
	{ "alloc_block", JOB_ALLOCATE },
	{ "get_first_slab", JOB_ALLOCATE },
	{ "get_valid_first_slab", JOB_ALLOCATE },
	{ "slab_get_obj", JOB_ALLOCATE },
	{ "cache_grow", JOB_ALLOCATE },
	{ "cache_grow_begin", JOB_ALLOCATE },
	{ "cache_grow_end", JOB_ALLOCATE },
	{ "cache_init_objs", JOB_ALLOCATE },
	{ "alloc_slabmgmt", JOB_ALLOCATE },
	{ "kmem_getpages", JOB_ALLOCATE },
	{ "slab_map_pages", JOB_ALLOCATE },
	{ "cache_alloc_debugcheck_after", JOB_ALLOCATE },
	{ "cache_alloc_debugcheck_before", JOB_ALLOCATE },
	{ "fixup_slab_list", JOB_ALLOCATE },
	{ "fixup_objfreelist_debug", JOB_ALLOCATE },

	/* A fault here is the caller's pointer, as far as nothing else tells. */
	{ "kfree", JOB_FREE },
	{ "kmem_cache_free", JOB_FREE },
	{ "kmem_cache_free_bulk", JOB_FREE },
	{ "__kmem_cache_free", JOB_FREE },
	{ "__cache_free", JOB_FREE },
	{ "___cache_free", JOB_FREE },
	{ "__do_kmem_cache_free", JOB_FREE },
	{ "cache_free_debugcheck", JOB_FREE },
	{ "cache_free_alien", JOB_FREE },
	{ "__cache_free_alien", JOB_FREE },
	{ "cache_flusharray", JOB_FREE },
	{ "free_block", JOB_FREE },
	{ "slab_put_obj", JOB_FREE },
	{ "__free_one", JOB_FREE },
	{ "virt_to_cache", JOB_FREE },
	{ "cache_from_obj", JOB_FREE },
	{ "page_get_cache", JOB_FREE },
	{ "page_get_slab", JOB_FREE },
	{ "kfree_debugcheck", JOB_FREE },
	{ "verify_redzone_free", JOB_FREE },
	{ "free_large_kmalloc", JOB_FREE },
	{ "free_nonslab_page", JOB_FREE },

	/* Objects and slabs that the allocator moves by itself. */
	{ "drain_array", JOB_MOVE },
	{ "drain_array_locked", JOB_MOVE },
	{ "do_drain", JOB_MOVE },
	{ "drain_cpu_caches", JOB_MOVE },
	{ "drain_alien_cache", JOB_MOVE },
	{ "__drain_alien_cache", JOB_MOVE },
	{ "drain_freelist", JOB_MOVE },
	{ "reap_alien", JOB_MOVE },
	{ "cache_reap", JOB_MOVE },
	{ "slabs_destroy", JOB_MOVE },
	{ "slab_destroy", JOB_MOVE },
	{ "slab_destroy_debugcheck", JOB_MOVE },
	{ "kmem_freepages", JOB_MOVE },
	{ "kmem_rcu_free", JOB_MOVE },
	{ "transfer_objects", JOB_MOVE },
	{ "init_reap_node", JOB_MOVE },
	{ "next_reap_node", JOB_MOVE },
	{ "__kmem_cache_shrink", JOB_MOVE },
	{ "kmem_cache_shrink", JOB_MOVE },
	{ "__cache_shrink", JOB_MOVE },

	{ "__check_heap_object", JOB_COPY }, /* 4.8 */

	{ "kmem_cache_create", JOB_CACHE },
	{ "kmem_cache_create_usercopy", JOB_CACHE },
	{ "__kmem_cache_create", JOB_CACHE },
	{ "create_cache", JOB_CACHE },
	{ "kmem_cache_destroy", JOB_CACHE },
	{ "__kmem_cache_destroy", JOB_CACHE },
	{ "__kmem_cache_shutdown", JOB_CACHE },
	{ "shutdown_cache", JOB_CACHE },
	{ "__kmem_cache_release", JOB_CACHE },
	{ "kmem_cache_release", JOB_CACHE },
	{ "slab_kmem_cache_release", JOB_CACHE },
	{ "do_tune_cpucache", JOB_CACHE },
	{ "__do_tune_cpucache", JOB_CACHE },
	{ "enable_cpucache", JOB_CACHE },
	{ "do_ccupdate_local", JOB_CACHE },
	{ "alloc_kmemlist", JOB_CACHE },
	{ "setup_kmem_cache_node", JOB_CACHE },
	{ "setup_kmem_cache_nodes", JOB_CACHE },
	{ "setup_cpu_cache", JOB_CACHE },
	{ "cpuup_prepare", JOB_CACHE },
	{ "cpuup_canceled", JOB_CACHE },
	{ "slab_prepare_cpu", JOB_CACHE },
	{ "slab_dead_cpu", JOB_CACHE },
	{ "slabinfo_write", JOB_CACHE },
	{ "s_show", JOB_CACHE },
	{ "get_slabinfo", JOB_CACHE },
};

enum allocator_job slab_job(const char *name)
{
	size_t length = strcspn(name, ".");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strncmp(rows[i].name, name, length) && !rows[i].name[length])
			return rows[i].job;
	return JOB_NONE;
}

bool slab_is_source(const struct bug *bug)
{
	static const char *const files[] = { "mm/slab.c", "mm/slab.h", "mm/slab_common.c" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (bug_in_file(bug, files[i]))
			return true;
	return false;
}
