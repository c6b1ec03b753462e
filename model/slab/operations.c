/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What callers ask for. */
#include "model/slab/slab.h"

enum model_end slab_alloc(struct model *m, unsigned int cpu, uint64_t cache, uint32_t gfp, int node,
			  uint64_t *object)
{
	*object = 0;
	OPERATION(m, cpu, *object = slab_alloc_object(m, cache, gfp, node));
}

enum model_end slab_free_one(struct model *m, unsigned int cpu, uint64_t cache, uint64_t object)
{
	OPERATION(m, cpu, slab_free_object(m, cache, object));
}

enum model_end slab_kmalloc(struct model *m, unsigned int cpu, size_t size, uint32_t gfp, int node,
			    uint64_t *object)
{
	*object = 0;
	OPERATION(m, cpu, *object = slab_kmalloc_node(m, size, gfp, node));
}

enum model_end slab_kfree(struct model *m, unsigned int cpu, uint64_t object)
{
	OPERATION(m, cpu, slab_kfree_object(m, object));
}

static enum model_end find(struct model *m, size_t size, uint32_t gfp, uint64_t *cache)
{
	OPERATION(m, 0, *cache = slab_kmalloc_find(m, size, gfp));
}

uint64_t slab_kmalloc_cache(struct model *m, size_t size, uint32_t gfp)
{
	uint64_t cache = 0;

	return find(m, size, gfp, &cache) == MODEL_DONE ? cache : 0;
}

static enum model_end size_ask(struct model *m, uint64_t object, uint64_t *size)
{
	OPERATION(m, 0, *size = slab_ksize_of(m, object));
}

size_t slab_ksize(struct model *m, uint64_t object)
{
	uint64_t size = 0;

	return size_ask(m, object, &size) == MODEL_DONE ? (size_t)size : 0;
}
