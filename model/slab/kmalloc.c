/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmalloc(): its caches, and which of them serves a size. */
#include "model/slab/kmalloc.h"

uint64_t slab_kmalloc_node(struct model *m, uint64_t size, uint32_t gfp, int node)
{
	uint64_t s, page;

	if (!size)
		return 16; /* ZERO_SIZE_PTR */
	if (size > size_of(index_last(m)) && !slab_has(m, SMALL_KMALLOC))
		return 0;
	if (size > size_of(index_last(m))) {
		unsigned int order = log2_of((size - 1) >> 12) + 1;

		page = order <= SLAB_ORDER_LAST ? pages_get(m, node, order, true) : 0;
		return page ? slab_base(m, page) : 0;
	}
	s = slab_kmalloc_find(m, size, gfp);
	return s ? slab_alloc_object(m, s, gfp, node) : 0;
}

void slab_kfree_object(struct model *m, uint64_t object)
{
	uint64_t page;

	if (object <= 16)
		return;
	if (slab_has(m, SMALL_KMALLOC)) {
		page = head_page(m, object);
		if (!(get(m, page, slab_flags) & m->shape.pg_slab)) {
			pages_put(m, page, compound_order(m, page));
			return;
		}
	}
	slab_free_object(m, cache_of_slab_object(m, object), object);
}

uint64_t slab_ksize_of(struct model *m, uint64_t object)
{
	uint64_t page;

	if (object <= 16)
		return 0;
	if (slab_has(m, SMALL_KMALLOC)) {
		page = head_page(m, object);
		if (!(get(m, page, slab_flags) & m->shape.pg_slab))
			return (uint64_t)MODEL_PAGE << compound_order(m, page);
	}
	return slab_user_size(m, cache_of_slab_object(m, object));
}
