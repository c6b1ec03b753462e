/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SLAB in the memory of a dump. What it is like is found out by what its types have. */
#include "model/machine/attach.h"

#include <stddef.h>

#include "model/slab/slab.h"

/* What types and symbols tell; where the indices lie, and how long they are, the dump's caches do. */
static model_features own_of(const struct model *m, const struct slab_found_out *known)
{
	const struct model_shape *shape = &m->shape;
	struct target *t = m->under;
	model_features own = SLAB_HAS(SLAB);
	uint64_t addr;

	own |= shape->slab_colouroff.size ? SLAB_HAS(BUFCTL) : 0;
	own |= shape->cache_array.size ? SLAB_HAS(ARRAYS) : 0;
	own |= shape->cache_obj_offset.size ? SLAB_HAS(DEBUG_SLAB) : 0;
	own |= shape->l3_total_slabs.size ? SLAB_HAS(SLAB_COUNTS) : 0;
	own |= t->ops->symbol(t, "cache_chain", &addr) ? SLAB_HAS(CACHE_CHAIN) : 0;
	own |= known->nodes_pointer ? SLAB_HAS(NODE_POINTER) : 0;
	own |= known->index_bytes == 1 ? SLAB_HAS(BYTE_INDEX) : 0;
	own |= known->at_end ? SLAB_HAS(ARRAY_AT_END) : 0;
	/* Between 4.6 and 4.8 only these functions differ; nobody allocates otherwise from what there is. */
	if (!known->at_end ||
	    !(t->ops->symbol(t, "cache_grow_begin", &addr) ||
	      t->ops->symbol(t, "cache_grow_end", &addr) || shape->l3_total_slabs.size))
		own |= SLAB_HAS(ONE_ITERATION);
	if (own & SLAB_HAS(CACHE_CHAIN) && !known->nodes_pointer)
		own |= SLAB_HAS(RECEIVER_TOUCHED);
	return own;
}

/* The row of the table whose flags have the values of this one's time. */
static const struct era *era_of(model_features own, bool struct_slab)
{
	if (struct_slab)
		return slab_era(SLAB_ERA_6_1);
	if (own & SLAB_HAS(ARRAY_AT_END))
		return slab_era(SLAB_ERA_4_14);
	return slab_era(own & SLAB_HAS(BUFCTL) ? SLAB_ERA_2_6_32 : SLAB_ERA_3_14);
}

struct model *slab_attach(struct target *target, const struct slab_found_out *known,
			  const char **error)
{
	struct model *m = machine_attach(target, error);

	if (!m)
		return NULL;
	*error = slab_model.missing(&m->shape);
	if (!*error && known->index_bytes != 1 && known->index_bytes != 4)
		*error = "indices of one or of four bytes";
	if (!*error) {
		m->features = target_features(target, features_told());
		m->own = own_of(m, known);
		m->era = era_of(m->own, has(m, STRUCT_SLAB));
		if (!slab_has(m, ONE_ITERATION))
			m->features |= MODEL_HAS(BAD_GFP_WARNS);
		m->features |= m->era->features & MODEL_HAS(DIRECT_RECLAIM);
		m->slab_state = SLAB_READY;
		*error = machine_cpus(m);
	}
	if (!*error)
		return m;
	model_free(m);
	return NULL;
}

static void place_find(struct model *m, uint64_t s, uint64_t object, struct slab_place *place)
{
	uint64_t slab = slab_of_object(m, object), first = slab_s_mem(m, slab);
	uint64_t slot = object - slab_offset(m, s), size = slab_stride(m, s);

	place->slab = slab;
	if (size && slot >= first && (slot - first) % size == 0 &&
	    (slot - first) / size < slab_num(m, s) && cache_of_slab_object(m, object) == s)
		place->index = (int64_t)((slot - first) / size);
}

enum model_end slab_place_find(struct model *m, unsigned int cpu, uint64_t cache, uint64_t object,
			       struct slab_place *place)
{
	*place = (struct slab_place){ .index = -1 };
	OPERATION(m, cpu, place_find(m, cache, object, place));
}

uint32_t slab_usual_gfp(struct model *m, uint64_t cache)
{
	uint64_t flags = 0;

	/* Until 4.7 who allocates from a cache for DMA has to say so. */
	model_peek(m, AT(m, cache, cache_gfp), &flags, 4);
	return model_gfp_kernel(m) | (uint32_t)(flags & m->era->gfp->dma);
}
