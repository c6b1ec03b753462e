/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which cache serves a kmalloc(). */
#include "model/slab/kmalloc.h"

static uint64_t find_in_rows(struct model *m, uint64_t size, bool dma)
{
	uint64_t row = m->kmalloc_caches;

	while (get64(m, row) < size)
		row += ROW_BYTES;
	return get64(m, row + (dma ? 16 : 8));
}

uint64_t slab_kmalloc_find(struct model *m, uint64_t size, uint32_t gfp)
{
	bool dma = gfp & m->era->gfp->dma;

	if (!m->kmalloc_caches || size > size_of(index_last(m)))
		return 0;
	if (slab_has(m, CACHE_CHAIN))
		return find_in_rows(m, size, dma);
	return get64(m, slot_of(m, dma ? TYPE_DMA : TYPE_NORMAL, index_of(size)));
}

void slab_kmalloc_tables(struct model *m)
{
	uint64_t at;
	unsigned int row;

	if (!slab_has(m, CACHE_CHAIN)) {
		m->kmalloc_caches =
			data_get(m, "kmalloc_caches",
				 8 * (index_last(m) + 1) * (slab_has(m, KMALLOC_ALIGNED) ? 4 : 1));
		if (!slab_has(m, KMALLOC_ALIGNED))
			data_get(m, "kmalloc_dma_caches", 8 * (index_last(m) + 1));
		return;
	}
	m->kmalloc_caches = at = data_get(m, "malloc_sizes", ROW_BYTES * 24);
	for (row = 0; size_of_row(row); row++)
		put64(m, at + ROW_BYTES * row, size_of_row(row));
	put64(m, at + ROW_BYTES * row, UINT64_MAX);
}
