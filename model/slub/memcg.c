/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose objects are: since 5.9 (10befea91b61) each slab that has objects of memory cgroups has a
 * vector of their owners.
 *
 * From 7.0 on a vector may also lie in what is left of a slab behind its objects, or an entry in the
 * padding of each. slab->stride says how far one entry is from the next.
 */
#include "model/slub/cache.h"

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
	uint64_t stride = has_member(m, slab_stride) ? get(m, slab, slab_stride) : OWNER_BYTES;

	return vector + stride * ((object - slab_base(m, slab)) / cache_size(m, s));
}

/* obj_exts_in_slab() */
static bool vector_is_inside(struct model *m, uint64_t slab, uint64_t vector)
{
	return has(m, SHEAVES_ALL) &&
	       vector - slab_base(m, slab) < (uint64_t)MODEL_PAGE << compound_order(m, slab);
}

/* need_slab_obj_exts(): once there is a memory cgroup. */
static bool vector_is_needed(struct model *m, uint64_t s)
{
	bool online = false;

	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++)
		online |= m->memcg[cpu] != 0;
	return online && cache_flags(m, s) & m->era->flags->account &&
	       !(cache_flags(m, s) & m->era->flags->no_obj_ext);
}

/* Behind the objects of a slab that nobody else knows yet. */
static void vector_behind(struct model *m, uint64_t slab, uint64_t vector)
{
	model_fill(m, vector, 0, OWNER_BYTES * (uint64_t)slab_objects(m, slab));
	put(m, slab, slab_owners, vector | VECTOR_MARK);
}

/* In the padding of each object. */
static void vector_among(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t vector = slab_base(m, slab) + get(m, s, cache_red_left_pad) + metadata_end(m, s);
	uint64_t size = cache_size(m, s);

	for (unsigned int i = 0; i < slab_objects(m, slab); i++)
		model_fill(m, vector + i * size, 0, OWNER_BYTES);
	put(m, slab, slab_owners, vector | VECTOR_MARK);
	put(m, slab, slab_stride, size);
}

void memcg_vector_early(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t objects = slab_objects(m, slab), at = round_up(cache_size(m, s) * objects, 8);

	put(m, slab, slab_stride, OWNER_BYTES);
	if (!vector_is_needed(m, s))
		return;
	if (at + OWNER_BYTES * objects <= (uint64_t)MODEL_PAGE << compound_order(m, slab))
		vector_behind(m, slab, slab_base(m, slab) + at);
	else if (cache_flags(m, s) & m->era->flags->obj_ext_in_obj)
		vector_among(m, s, slab);
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
	if (!vector_is_inside(m, slab, vector))
		memory_put(m, vector);
	put(m, slab, slab_owners, 0);
}
