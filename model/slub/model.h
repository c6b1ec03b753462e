/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_MODEL_H
#define SLUBCHECK_MODEL_SLUB_MODEL_H
/* What a machine whose allocator is SLUB can be asked to do. */

#include "model/machine/model.h"
#include "model/slub/era.h"

/**
 * model_attach() - Go on where a dump stopped: a model in the memory of another target.
 * @encoding, @tid_step: what the target's data elected
 * @error: receives one clause when this fails
 *
 * The target is never written to: what the model stores it keeps beside.
 *
 * Return: NULL when the target's types are not enough. The target must outlive the model.
 */
struct model *model_attach(struct target *target, enum freeptr_encoding encoding, uint64_t tid_step,
			   const char **error);

/*
 * Caches. All return how the operation ended; what it returns goes to the last argument.
 * A cache is the address of its kmem_cache.
 */
enum model_end model_cache_create(struct model *m, unsigned int cpu,
				  const struct model_cache_args *args, uint64_t *cache);
/** model_cache_destroy() - @error: -EBUSY's place: objects remained, and what the era does then. */
enum model_end model_cache_destroy(struct model *m, unsigned int cpu, uint64_t cache, bool *error);
/** model_cache_shrink() - @freed: slabs that went back to the page allocator. */
enum model_end model_cache_shrink(struct model *m, unsigned int cpu, uint64_t cache,
				  uint64_t *freed);
/** model_cache_flush() - Each CPU gives back what it holds of a cache. */
enum model_end model_cache_flush(struct model *m, unsigned int cpu, uint64_t cache);
/** model_cache_orphan() - The module that owned it leaves: the memory of its name is reused. */
enum model_end model_cache_orphan(struct model *m, unsigned int cpu, uint64_t cache);
/** model_cache_find() - The first on slab_caches of that name, or 0. */
uint64_t model_cache_find(struct model *m, const char *name);

/**
 * model_alloc() - kmem_cache_alloc_node().
 * @gfp:    GFP flags as the era numbers them: model_gfp()
 * @object: set to 0 when there is no memory
 */
enum model_end model_alloc(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp,
			   int node, uint64_t *object);
/** model_free_object() - kmem_cache_free(). */
enum model_end model_free_object(struct model *m, unsigned int cpu, uint64_t cache,
				 uint64_t object);
/** model_alloc_bulk() - kmem_cache_alloc_bulk(): all or nothing. @got: how many. */
enum model_end model_alloc_bulk(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp,
				size_t nr, uint64_t *objects, size_t *got);
/** model_free_bulk() - kmem_cache_free_bulk(); changes the order of @objects as the kernel does. */
enum model_end model_free_bulk(struct model *m, unsigned int cpu, uint64_t cache, size_t nr,
			       uint64_t *objects);
/** model_free_rcu() - kfree_rcu(): free after a grace period; where the era has rcu_free sheaves. */
enum model_end model_free_rcu(struct model *m, unsigned int cpu, uint64_t object);

/** model_kmalloc() - kmalloc_node(); @caller decides which of the random copies serves it. */
enum model_end model_kmalloc(struct model *m, unsigned int cpu, size_t size, uint32_t gfp, int node,
			     uint64_t caller, uint64_t *object);
enum model_end model_kfree(struct model *m, unsigned int cpu, uint64_t object);
/** model_kmalloc_cache() - The cache that serves such a kmalloc(); 0: pages, or none. */
uint64_t model_kmalloc_cache(struct model *m, size_t size, uint32_t gfp, uint64_t caller);
/** model_ksize() - Bytes that may be used of what kmalloc() returned. */
size_t model_ksize(struct model *m, uint64_t object);

/** model_memcg() - Operations of a CPU are charged to a memory cgroup; 0: to the root. */
void model_memcg(struct model *m, unsigned int cpu, unsigned int memcg);
/** model_slabinfo() - A line of /proc/slabinfo. */
struct model_slabinfo {
	char name[64];
	uint64_t active_objs, num_objs, objsize, objperslab, pagesperslab, active_slabs, num_slabs;
};
bool model_slabinfo(struct model *m, uint64_t cache, struct model_slabinfo *info);

#endif
