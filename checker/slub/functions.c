/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/functions.h"

#include <stddef.h>
#include <string.h>

struct row {
	const char *name;
	enum allocator_job job;
};

/* Of mm/slub.c and mm/slab_common.c, 3.10 to 7.2. The small ones are inlined by most compilers. */
static const struct row rows[] = {
	/* A fault here is one on a freelist, on a slab of the allocator's, or on the cache itself. */
	{ "kmem_cache_alloc", JOB_ALLOCATE },
	{ "kmem_cache_alloc_node", JOB_ALLOCATE },
	{ "kmem_cache_alloc_lru", JOB_ALLOCATE }, /* 5.18 */
	{ "kmem_cache_alloc_trace", JOB_ALLOCATE }, /* to 6.0 */
	{ "kmem_cache_alloc_node_trace", JOB_ALLOCATE },
	{ "kmem_cache_alloc_bulk", JOB_ALLOCATE }, /* 4.3 */
	{ "__kmem_cache_alloc_bulk", JOB_ALLOCATE },
	{ "__kmem_cache_alloc_node", JOB_ALLOCATE }, /* 6.1 */
	{ "__kmem_cache_alloc_lru", JOB_ALLOCATE },
	{ "kmalloc_trace", JOB_ALLOCATE },
	{ "kmalloc_node_trace", JOB_ALLOCATE },
	{ "__kmalloc", JOB_ALLOCATE },
	{ "__kmalloc_node", JOB_ALLOCATE },
	{ "__kmalloc_cache", JOB_ALLOCATE }, /* 6.11 */
	{ "__kmalloc_cache_node", JOB_ALLOCATE },
	{ "__kmalloc_track_caller", JOB_ALLOCATE },
	{ "__kmalloc_node_track_caller", JOB_ALLOCATE },
	{ "__do_kmalloc_node", JOB_ALLOCATE },
	{ "slab_alloc", JOB_ALLOCATE },
	{ "slab_alloc_node", JOB_ALLOCATE },
	{ "__slab_alloc", JOB_ALLOCATE },
	{ "___slab_alloc", JOB_ALLOCATE }, /* 4.4 */
	{ "__slab_alloc_node", JOB_ALLOCATE },
	{ "get_partial", JOB_ALLOCATE },
	{ "get_partial_node", JOB_ALLOCATE },
	{ "get_any_partial", JOB_ALLOCATE },
	{ "get_freelist", JOB_ALLOCATE },
	{ "get_freepointer", JOB_ALLOCATE },
	{ "alloc_single_from_partial", JOB_ALLOCATE }, /* 6.1 */
	{ "alloc_single_from_new_slab", JOB_ALLOCATE },
	{ "alloc_from_new_slab", JOB_ALLOCATE }, /* 6.19 */
	{ "get_from_partial_node", JOB_ALLOCATE },
	{ "get_from_any_partial", JOB_ALLOCATE },
	{ "get_partial_node_bulk", JOB_ALLOCATE },
	{ "refill_objects", JOB_ALLOCATE },
	{ "__refill_objects_node", JOB_ALLOCATE },
	{ "__refill_objects_any", JOB_ALLOCATE },
	{ "refill_sheaf", JOB_ALLOCATE }, /* 6.18 */
	{ "__pcs_replace_empty_main", JOB_ALLOCATE },
	{ "alloc_from_pcs", JOB_ALLOCATE },
	{ "alloc_from_pcs_bulk", JOB_ALLOCATE },
	{ "kmem_cache_alloc_from_sheaf", JOB_ALLOCATE },
	{ "kmem_cache_prefill_sheaf", JOB_ALLOCATE },
	{ "kmem_cache_refill_sheaf", JOB_ALLOCATE },
	{ "new_slab", JOB_ALLOCATE },
	{ "new_slab_objects", JOB_ALLOCATE },
	{ "allocate_slab", JOB_ALLOCATE },
	{ "setup_object", JOB_ALLOCATE },

	/* A fault here is the caller's pointer, as far as nothing else tells. */
	{ "kfree", JOB_FREE },
	{ "kfree_nolock", JOB_FREE }, /* 6.18 */
	{ "kmem_cache_free", JOB_FREE },
	{ "kmem_cache_free_bulk", JOB_FREE }, /* 4.3 */
	{ "__kmem_cache_free", JOB_FREE }, /* 6.1 */
	{ "__kmem_cache_free_bulk", JOB_FREE },
	{ "___cache_free", JOB_FREE },
	{ "slab_free", JOB_FREE },
	{ "do_slab_free", JOB_FREE },
	{ "__slab_free", JOB_FREE },
	{ "slab_free_bulk", JOB_FREE },
	{ "slab_free_hook", JOB_FREE },
	{ "slab_free_freelist_hook", JOB_FREE },
	{ "set_freepointer", JOB_FREE },
	{ "build_detached_freelist", JOB_FREE },
	{ "free_debug_processing", JOB_FREE },
	{ "free_to_partial_list", JOB_FREE },
	{ "free_to_pcs", JOB_FREE },
	{ "free_to_pcs_bulk", JOB_FREE },
	{ "__pcs_replace_full_main", JOB_FREE },
	{ "__kfree_rcu_sheaf", JOB_FREE },
	{ "cache_from_obj", JOB_FREE },
	{ "virt_to_cache", JOB_FREE },
	{ "free_large_kmalloc", JOB_FREE }, /* 5.17 */
	{ "free_nonslab_page", JOB_FREE },
	{ "memcg_alloc_abort_single", JOB_FREE },

	/* Words of the allocator's own lists. */
	{ "add_partial", JOB_MOVE },
	{ "__add_partial", JOB_MOVE },
	{ "remove_partial", JOB_MOVE },
	{ "deactivate_slab", JOB_MOVE },
	{ "unfreeze_partials", JOB_MOVE },
	{ "__unfreeze_partials", JOB_MOVE },
	{ "put_cpu_partial", JOB_MOVE },
	{ "__put_partials", JOB_MOVE }, /* 6.8 */
	{ "put_partials", JOB_MOVE },
	{ "put_partials_cpu", JOB_MOVE },
	{ "flush_slab", JOB_MOVE },
	{ "flush_cpu_slab", JOB_MOVE },
	{ "__flush_cpu_slab", JOB_MOVE },
	{ "flush_cpu_sheaves", JOB_MOVE },
	{ "slub_cpu_dead", JOB_MOVE },
	{ "sheaf_flush_unused", JOB_MOVE },
	{ "sheaf_flush_main", JOB_MOVE },
	{ "__sheaf_flush_main_batch", JOB_MOVE },
	{ "pcs_flush_all", JOB_MOVE },
	{ "__pcs_flush_all_cpu", JOB_MOVE },
	{ "rcu_free_sheaf", JOB_MOVE },
	{ "barn_get_empty_sheaf", JOB_MOVE },
	{ "barn_put_empty_sheaf", JOB_MOVE },
	{ "barn_put_full_sheaf", JOB_MOVE },
	{ "barn_get_full_or_empty_sheaf", JOB_MOVE },
	{ "barn_replace_empty_sheaf", JOB_MOVE },
	{ "barn_replace_full_sheaf", JOB_MOVE },
	{ "barn_shrink", JOB_MOVE },
	{ "free_partial", JOB_MOVE },
	{ "free_slab", JOB_MOVE },
	{ "__free_slab", JOB_MOVE },
	{ "discard_slab", JOB_MOVE },
	{ "rcu_free_slab", JOB_MOVE },
	{ "__kmem_cache_shrink", JOB_MOVE },
	{ "__kmem_cache_do_shrink", JOB_MOVE },
	{ "kmem_cache_shrink", JOB_MOVE },
	{ "__kmem_cache_shutdown", JOB_MOVE },

	{ "__check_heap_object", JOB_COPY }, /* 4.8 */

	{ "kmem_cache_create", JOB_CACHE },
	{ "kmem_cache_create_usercopy", JOB_CACHE },
	{ "__kmem_cache_create", JOB_CACHE },
	{ "__kmem_cache_create_args", JOB_CACHE },
	{ "do_kmem_cache_create", JOB_CACHE },
	{ "create_cache", JOB_CACHE },
	{ "kmem_cache_destroy", JOB_CACHE },
	{ "shutdown_cache", JOB_CACHE },
	{ "kmem_cache_release", JOB_CACHE },
	{ "slab_kmem_cache_release", JOB_CACHE },
};

enum allocator_job slub_job(const char *name)
{
	static const char noprof[] = "_noprof";
	size_t length = strcspn(name, ".");

	if (length > sizeof(noprof) - 1 &&
	    !strncmp(name + length - (sizeof(noprof) - 1), noprof, sizeof(noprof) - 1))
		length -= sizeof(noprof) - 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strncmp(rows[i].name, name, length) && !rows[i].name[length])
			return rows[i].job;
	return JOB_NONE;
}

bool slub_is_source(const struct bug *bug)
{
	static const char *const files[] = { "mm/slub.c", "mm/slab.h", "mm/slab_common.c" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (bug_in_file(bug, files[i]))
			return true;
	return false;
}
