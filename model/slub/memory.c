/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory for names, orders of freelists and vectors of owners.
 *
 * The kernel gets all of it from kmalloc(). A machine without the caches of kmalloc() has room for
 * some of it among the kernel's variables, and gives whole pages away after that.
 */
#include "model/slub/cache.h"

/* What is left of the kernel's data for variables of others. */
#define DATA_SPARE 0x2000u

static uint64_t without_kmalloc(struct model *m, uint32_t bytes, int node)
{
	uint64_t page;

	if (!m->under && m->next_data + bytes < MODEL_DATA + MODEL_DATA_BYTES - DATA_SPARE)
		return data_get(m, NULL, bytes);
	page = pages_get(m, node, get_order(bytes), true);
	return page ? slab_base(m, page) : 0;
}

uint64_t memory_zalloc(struct model *m, uint32_t bytes, uint32_t gfp, int node, uint64_t caller)
{
	uint64_t addr;

	if (bytes > KMALLOC_CACHE_MAX || kmalloc_slab(m, bytes, gfp, caller))
		return kmalloc_node(m, bytes, gfp | m->era->gfp->zero, node, caller);
	addr = without_kmalloc(m, bytes, node);
	if (addr)
		model_fill(m, addr, 0, bytes);
	return addr;
}

uint64_t memory_get(struct model *m, uint32_t bytes, uint64_t caller)
{
	uint32_t gfp = model_gfp_kernel(m);

	if (bytes > KMALLOC_CACHE_MAX || kmalloc_slab(m, bytes, gfp, caller))
		return kmalloc_node(m, bytes, gfp, MODEL_ANY_NODE, caller);
	return without_kmalloc(m, bytes, MODEL_ANY_NODE);
}

void memory_put(struct model *m, uint64_t addr)
{
	uint64_t page;

	/* What is not in the direct map is a constant or a variable. */
	if (!addr || !page_of_virt(m, addr, &page))
		return;
	if (kmalloc_slab(m, 8, model_gfp_kernel(m), CALLER_OF_NAMES))
		kfree_object(m, addr);
	else
		pages_put(m, page, compound_order(m, page));
}

uint64_t text_literal(struct model *m, const char *text)
{
	uint64_t addr = data_get(m, NULL, (uint32_t)strlen(text) + 1);

	model_copy_in(m, addr, text, strlen(text) + 1);
	return addr;
}

uint64_t text_get(struct model *m, const char *text)
{
	uint64_t addr = memory_get(m, (uint32_t)strlen(text) + 1, CALLER_OF_NAMES);

	if (addr)
		model_copy_in(m, addr, text, strlen(text) + 1);
	return addr;
}
