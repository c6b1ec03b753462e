/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_MODEL_H
#define SLUBCHECK_MODEL_SLAB_MODEL_H
/*
 * What a machine whose allocator is SLAB can be asked to do. As model/slub/model.h: all return how the
 * operation ended; what it returns goes to the last argument; a cache is the address of its kmem_cache.
 */

#include "model/machine/model.h"
#include "model/slab/era.h"

/**
 * struct slab_found_out - What no type tells of a dump's SLAB.
 * @nodes_pointer: kmem_cache.node points to an array
 * @at_end: arrays of indices lie at the end of a slab, or in one of its objects
 * @index_bytes: of an index or a bufctl
 */
struct slab_found_out {
	bool nodes_pointer, at_end;
	unsigned int index_bytes;
};

/**
 * slab_attach() - Go on where a dump stopped, as model_attach() does with SLUB.
 * @error: receives one clause when this fails
 *
 * Return: NULL when the target's types are not enough. The target must outlive the model.
 */
struct model *slab_attach(struct target *target, const struct slab_found_out *known,
			  const char **error);

/** struct slab_place - Where an object lies. @index: -1: it is not an object of the cache */
struct slab_place {
	uint64_t slab;
	int64_t index;
};

/** slab_place_find() - Look for an object's slab; MODEL_OOPS: its address leads to none. */
enum model_end slab_place_find(struct model *m, unsigned int cpu, uint64_t cache, uint64_t object,
			       struct slab_place *place);

/** slab_usual_gfp() - Flags with which a task allocates from a cache. */
uint32_t slab_usual_gfp(struct model *m, uint64_t cache);

/** slab_create() - kmem_cache_create(). @cache: 0 when it failed. */
enum model_end slab_create(struct model *m, unsigned int cpu, const struct model_cache_args *args,
			   uint64_t *cache);
/**
 * slab_destroy_cache() - kmem_cache_destroy().
 * @error: objects remained, and the cache does
 */
enum model_end slab_destroy_cache(struct model *m, unsigned int cpu, uint64_t cache, bool *error);
/** slab_shrink() - kmem_cache_shrink(). @ret: what it returns: 1 when slabs are left, else 0. */
enum model_end slab_shrink(struct model *m, unsigned int cpu, uint64_t cache, int *ret);
/** slab_reap() - cache_reap() of a CPU: what its work item does every two seconds. */
enum model_end slab_reap(struct model *m, unsigned int cpu);
/** slab_tune() - "NAME LIMIT BATCHCOUNT SHARED" is written to /proc/slabinfo. @done: false: refused. */
enum model_end slab_tune(struct model *m, unsigned int cpu, uint64_t cache, uint32_t limit,
			 uint32_t batchcount, uint32_t shared, bool *done);
/** slab_orphan() - The module that made a cache is gone: what the name and ctor point to, is not there. */
enum model_end slab_orphan(struct model *m, unsigned int cpu, uint64_t cache);

/** slab_alloc() - kmem_cache_alloc_node(). @object: 0 when there is no memory. */
enum model_end slab_alloc(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp, int node,
			  uint64_t *object);
/** slab_free_one() - kmem_cache_free(). */
enum model_end slab_free_one(struct model *m, unsigned int cpu, uint64_t cache, uint64_t object);
/** slab_kmalloc() - kmalloc_node(); 0: no memory, 16: ZERO_SIZE_PTR. */
enum model_end slab_kmalloc(struct model *m, unsigned int cpu, size_t size, uint32_t gfp, int node,
			    uint64_t *object);
enum model_end slab_kfree(struct model *m, unsigned int cpu, uint64_t object);
/** slab_kmalloc_cache() - The cache that serves such a kmalloc(); 0: pages, or none. */
uint64_t slab_kmalloc_cache(struct model *m, size_t size, uint32_t gfp);
/** slab_ksize() - Bytes that may be used of what kmalloc() returned. */
size_t slab_ksize(struct model *m, uint64_t object);
/** slab_cache_named() - The first on the list of caches of that name, or 0. */
uint64_t slab_cache_named(struct model *m, const char *name);

/** struct slab_line - A line of /proc/slabinfo. @oops: the kernel dies of reading it. */
struct slab_line {
	char name[64];
	uint64_t active_objs, num_objs, objsize, objperslab, pagesperslab;
	uint64_t limit, batchcount, shared;
	uint64_t active_slabs, num_slabs, shared_avail;
	bool oops;
};
bool slab_info(struct model *m, uint64_t cache, struct slab_line *line);

#endif
