/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many objects the sheaves of a cache hold. */
#include "model/slub/sheaf.h"

static size_t sheaf_room(const struct model *m, uint32_t capacity)
{
	return m->shape.sheaf_objects.offset + 8 * (size_t)capacity;
}

/* Since 7.0: what suits the objects' size, and as much more as fits into what kmalloc() gives. */
static uint32_t default_capacity(struct model *m, uint64_t s)
{
	uint32_t size = cache_size(m, s);
	uint32_t capacity = size >= MODEL_PAGE ? 4 : size >= 1024 ? 12 : size >= 256 ? 26 : 60;
	uint64_t from = kmalloc_slab(m, sheaf_room(m, capacity), model_gfp_kernel(m), SHEAF_CALLER);

	if (!from)
		return capacity;
	return (uint32_t)((get(m, from, cache_object_size) - sheaf_room(m, 0)) / 8);
}

uint32_t sheaf_capacity_of(struct model *m, uint64_t s, uint32_t wanted)
{
	const struct model_flags *f = m->era->flags;
	uint64_t without = f->no_sheaves | f->noleaktrace;
	uint32_t capacity;

	if (!has(m, SHEAVES) || kmem_cache_debug(m, s))
		return 0;
	if (!has(m, SHEAVES_ALL))
		return wanted;
	/* Until 7.1 the caches of extension vectors had a flag of their own for that. */
	if (!f->no_sheaves)
		without |= f->no_obj_ext;
	if (cache_flags(m, s) & without)
		return 0;
	capacity = default_capacity(m, s);
	return capacity > wanted ? capacity : wanted;
}

uint32_t calculate_sheaf_capacity(struct model *m, uint64_t s, uint32_t wanted)
{
	/* The caches of kmalloc() get theirs when all of them are there. */
	if (has(m, SHEAVES) && cache_flags(m, s) & m->era->flags->kmalloc)
		return 0;
	return sheaf_capacity_of(m, s, wanted);
}
