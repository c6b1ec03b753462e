/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A slab and which of its objects are free. */
#include "model/slab/slab.h"

/* The page of an object; to 3.12 each page of a slab tells, and must be one of a slab. */
static uint64_t object_page(struct model *m, uint64_t object)
{
	uint64_t page;

	if (!slab_has(m, BUFCTL))
		return head_page(m, object);
	m->doing = "looks for the page of an object";
	if (!page_of_virt(m, object, &page))
		model_oops_at(m, MODEL_OOPS_FAULT, object, m->doing);
	BUG_IF(m, !(get(m, page, slab_flags) & m->shape.pg_slab));
	return page;
}

uint64_t slab_of_object(struct model *m, uint64_t object)
{
	uint64_t page = object_page(m, object);

	return slab_has(m, BUFCTL) ? get64(m, AT(m, page, page_lru) + 8) : page;
}

uint64_t cache_of_slab_object(struct model *m, uint64_t object)
{
	uint64_t page = object_page(m, object);

	return slab_has(m, BUFCTL) ? get64(m, AT(m, page, page_lru)) : get(m, page, slab_cache);
}

uint64_t slab_page_of(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t page;

	(void)s;
	if (!slab_has(m, BUFCTL))
		return slab;
	if (!page_of_virt(m, slab_s_mem(m, slab) - get(m, slab, slab_colouroff), &page))
		model_oops_at(m, MODEL_OOPS_FAULT, slab, "looks for the pages of a slab");
	return page;
}

unsigned int slab_node_of(struct model *m, uint64_t slab)
{
	if (slab_has(m, BUFCTL))
		return (unsigned int)get(m, slab, slab_nodeid);
	return page_node(m, slab);
}

uint64_t slab_index_at(struct model *m, uint64_t slab, uint32_t i)
{
	if (slab_has(m, BUFCTL))
		return slab + BUFCTL_SLAB_BYTES + 4 * (uint64_t)i;
	return get(m, slab, slab_freelist) + slab_index_bytes(m) * (uint64_t)i;
}

uint32_t slab_index_get(struct model *m, uint64_t slab, uint32_t i)
{
	return (uint32_t)model_get(m, slab_index_at(m, slab, i), slab_index_bytes(m));
}

void slab_index_set(struct model *m, uint64_t slab, uint32_t i, uint32_t value)
{
	model_put(m, slab_index_at(m, slab, i), slab_index_bytes(m), value);
}

uint32_t obj_to_index_of(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	/* The distance is 32 bits wide in all releases. */
	return (uint32_t)(object - slab_s_mem(m, slab)) / slab_stride(m, s);
}

static uint64_t object_at(struct model *m, uint64_t s, uint64_t slab, uint32_t i)
{
	return slab_s_mem(m, slab) + (uint64_t)slab_stride(m, s) * i;
}

/* The head of the chain; with DEBUG_SLAB its bufctl says that it is not free any more. */
static uint64_t get_bufctl(struct model *m, uint64_t s, uint64_t slab)
{
	uint32_t index = get32(m, AT(m, slab, slab_free)), next;
	uint64_t object = object_at(m, s, slab, index);

	put(m, slab, slab_active, slab_used(m, slab) + 1);
	next = slab_index_get(m, slab, index);
	if (slab_has(m, DEBUG_SLAB))
		slab_index_set(m, slab, index, BUFCTL_FREE);
	put(m, slab, slab_free, next);
	return object;
}

uint64_t slab_get_obj(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t object;

	m->doing = "takes an object of a slab";
	if (slab_has(m, BUFCTL))
		return get_bufctl(m, s, slab);
	object = object_at(m, s, slab, slab_index_get(m, slab, slab_used(m, slab)));
	put(m, slab, slab_active, slab_used(m, slab) + 1);
	return object;
}

static void double_free(struct model *m, uint64_t object)
{
	model_report(m, MODEL_REPORT_SLAB_ERROR, "slab: double free detected, objp %#llx",
		     (unsigned long long)object);
	model_oops_at(m, MODEL_OOPS_BUG, object, "slab: double free detected");
}

/* DEBUG_SLAB: whether the object is free in its slab already. */
static void put_check(struct model *m, uint64_t slab, uint32_t index, uint64_t object, uint32_t num)
{
	if (!slab_has(m, DEBUG_SLAB))
		return;
	if (slab_has(m, BUFCTL)) {
		/* BUFCTL_FREE and what is above are not indices. */
		if (slab_index_get(m, slab, index) + 1 <= SLAB_LIMIT + 1)
			double_free(m, object);
		return;
	}
	for (uint32_t i = slab_used(m, slab); i < num; i++)
		if (slab_index_get(m, slab, i) == index)
			double_free(m, object);
}

static void put_bufctl(struct model *m, uint64_t slab, uint32_t index)
{
	slab_index_set(m, slab, index, get32(m, AT(m, slab, slab_free)));
	put(m, slab, slab_free, index);
	put(m, slab, slab_active, slab_used(m, slab) - 1);
}

void slab_put_obj(struct model *m, uint64_t s, uint64_t slab, uint64_t object)
{
	uint32_t index = obj_to_index_of(m, s, slab, object);

	m->doing = "puts an object back into its slab";
	put_check(m, slab, index, object, slab_num(m, s));
	if (slab_has(m, BUFCTL)) {
		put_bufctl(m, slab, index);
		return;
	}
	put(m, slab, slab_active, slab_used(m, slab) - 1);
	/* 4.6 (b03a017bebc4): a full slab of this kind has no array; the object becomes its place. */
	if (slab_has(m, ARRAY_AT_END) && !get(m, slab, slab_freelist))
		put(m, slab, slab_freelist, object + slab_offset(m, s));
	slab_index_set(m, slab, slab_used(m, slab), index);
}

bool slab_is_full(struct model *m, uint64_t s, uint64_t slab)
{
	if (slab_has(m, BUFCTL))
		return get32(m, AT(m, slab, slab_free)) == BUFCTL_END;
	return slab_used(m, slab) == slab_num(m, s);
}
