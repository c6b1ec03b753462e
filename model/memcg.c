/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose objects are: since 5.9 (10befea91b61) each slab that has objects of memory cgroups has a
 * vector of their owners.
 *
 * From 7.0 on a vector may also lie in what is left of a slab, or in the objects. Here it is always
 * a piece of memory of its own, which the kernel has as well.
 */
#include "model/cache.h"

/* obj_cgroups has bit 0 set, memcg_data MEMCG_DATA_OBJCGS, obj_exts MEMCG_DATA_OBJEXTS. */
#define VECTOR_MARK UINT64_C(1)
#define VECTOR_FLAGS UINT64_C(7)

void model_memcg(struct model *m, unsigned int cpu, unsigned int memcg)
{
	m->memcg[cpu] = memcg;
}

static uint64_t vector_of(struct model *m, uint64_t slab)
{
	if (!has(m, MEMCG_VECTOR) || !has_member(m, slab_owners))
		return 0;
	return get(m, slab, slab_owners) & ~VECTOR_FLAGS;
}

/* obj_to_index(): the left red zone makes no difference. */
static uint64_t entry_of(struct model *m, uint64_t s, uint64_t slab, uint64_t vector,
			 uint64_t object)
{
	return vector + 8 * ((object - slab_base(m, slab)) / cache_size(m, s));
}

/* memcg_alloc_slab_cgroups(), alloc_slab_obj_exts(). */
static uint64_t vector_new(struct model *m, uint64_t slab, uint32_t gfp)
{
	const struct model_gfp *g = m->era->gfp;
	uint64_t vector;

	gfp &= ~(g->dma | g->reclaimable | g->account | g->nofail); /* OBJCGS_CLEAR_MASK */
	vector = memory_zalloc(m, 8 * slab_objects(m, slab), gfp, (int)slab_nid(m, slab),
			       CALLER_OF_VECTORS);
	if (!vector)
		return 0;
	/* Somebody else may have been faster: cmpxchg(). */
	step(m);
	if (vector_of(m, slab)) {
		memory_put(m, vector);
		return vector_of(m, slab);
	}
	put(m, slab, slab_owners, vector | VECTOR_MARK);
	return vector;
}

static uint64_t owner_of(struct model *m, unsigned int memcg)
{
	uint64_t owners = kernel_symbol(m, "obj_cgroups");

	if (!owners) /* that of a dump are nobody knows where */
		owners = m->direct_map + MODEL_PAGE;
	return owners + (uint64_t)(memcg % MEMCG_OWNERS) * MEMCG_OWNER_BYTES;
}

void memcg_charge(struct model *m, uint64_t s, uint64_t object, uint32_t gfp)
{
	unsigned int memcg = m->memcg[m->run->cpu];
	uint64_t slab, vector;

	if (!memcg || !object || !has(m, MEMCG_VECTOR) || !has_member(m, slab_owners) ||
	    !((gfp & m->era->gfp->account) || (cache_flags(m, s) & m->era->flags->account)))
		return;
	slab = head_page(m, object);
	vector = vector_of(m, slab);
	if (!vector)
		vector = vector_new(m, slab, gfp);
	if (vector)
		put64(m, entry_of(m, s, slab, vector, object), owner_of(m, memcg));
}

void memcg_uncharge(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	uint64_t vector = vector_of(m, slab), entry;

	if (!vector)
		return;
	entry = entry_of(m, s, slab, vector, object);
	if (get64(m, entry))
		put64(m, entry, 0);
}

void memcg_free_vector(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t vector = vector_of(m, slab);

	(void)s;
	if (!vector)
		return;
	memory_put(m, vector);
	put(m, slab, slab_owners, 0);
}
