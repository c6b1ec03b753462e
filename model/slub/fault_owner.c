/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stores to vectors of owners. */
#include "model/slub/fault_plant.h"

#define VECTOR_FLAGS UINT64_C(7)
#define OWNER_BYTES 8u /* of an entry, where nothing says how far they are apart */

static uint64_t vector_of(const struct planting *p, const struct census_slab *slab)
{
	return WORD(p, slab->slab, slab_owners) & ~VECTOR_FLAGS;
}

static bool fits_owned(struct planting *p, const struct list_ref *ref)
{
	return fits_nonempty(p, ref) && vector_of(p, ref->slab);
}

static uint64_t entry_of(const struct planting *p, const struct census_slab *slab,
			 unsigned int index)
{
	bool strides = p->m->shape.slab_stride.size != 0;

	return vector_of(p, slab) +
	       index * (strides ? WORD(p, slab->slab, slab_stride) : OWNER_BYTES);
}

/*
 * Up to 5.14 deactivate_slab() unfreezes a slab while c->freelist still leads into it: others may have what
 * that leads to by then.
 */
static bool may_be_others(const struct planting *p, const struct list_ref *ref)
{
	return ref->slab->place == CENSUS_CPU_SLAB && !has(p->m, CLEARS_FIRST) &&
	       !ref->slab->frozen;
}

bool fault_owner_left(struct planting *p)
{
	uint64_t owners = 0, entry;
	struct list_ref ref;
	unsigned int index;

	if (!choose_list(p, LISTS_ALL, fits_owned, &ref))
		return false;
	index = ref.chain->objects[fault_below(p, ref.chain->nr)];
	entry = entry_of(p, ref.slab, index);
	model_target(p->m)->ops->symbol(model_target(p->m), "obj_cgroups", &owners);
	if (!owners || !fault_store(p, entry, 8, owners))
		return false;
	list_of_slab(p, &ref);
	p->truth->object = census_object(ref.s, ref.slab, index);
	p->truth->object_index = (int)index;
	p->truth->slot = entry;
	MAY(p, "freelist-owned");
	if (may_be_others(p, &ref))
		return fault_invisible(p, "as when the CPU is giving the slab back");
	fault_must(p, "freelist-owned");
	return true;
}
