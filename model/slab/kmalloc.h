/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_KMALLOC_H
#define SLUBCHECK_MODEL_SLAB_KMALLOC_H
/* The sizes of kmalloc(), and where the pointers to their caches lie. */

#include "model/slab/slab.h"

/* Indices of kmalloc_caches[]: 96 and 192 have their own, the others their logarithm. */
#define INDEX_LAST 22u /* 4 MiB */
#define INDEX_SMALL 13u /* two pages: KMALLOC_SHIFT_HIGH of 6.1 */

/* 2.6.32: malloc_sizes[] of { cs_size, cs_cachep, cs_dmacachep }, ascending, its end has a size of all ones. */
#define ROW_BYTES 24u

static inline unsigned int index_last(const struct model *m)
{
	return slab_has(m, SMALL_KMALLOC) ? INDEX_SMALL : INDEX_LAST;
}

static inline unsigned int index_of(uint64_t size)
{
	if (size <= 32)
		return 5;
	if (size > 64 && size <= 96)
		return 1;
	if (size > 128 && size <= 192)
		return 2;
	return log2_of(size - 1) + 1;
}

static inline uint32_t size_of(unsigned int index)
{
	return index == 1 ? 96 : index == 2 ? 192 : UINT32_C(1) << index;
}

/* Sizes of malloc_sizes[], in their order; 0: no more. */
static inline uint32_t size_of_row(unsigned int row)
{
	static const uint16_t small[] = { 32, 64, 128, 192 };

	if (row < 4)
		return small[row];
	return row <= 4 + INDEX_LAST - 8 ? UINT32_C(1) << (8 + row - 4) : 0;
}

static inline uint64_t array_slot(struct model *m, unsigned int type, unsigned int index)
{
	return m->kmalloc_caches + 8 * ((uint64_t)type * (index_last(m) + 1) + index);
}

/* Rows of kmalloc_caches: of 4.14 there are two arrays of their own. 6.1: NORMAL, CGROUP, RECLAIM, DMA. */
enum { TYPE_NORMAL, TYPE_DMA };

static inline unsigned int row_of(const struct model *m, unsigned int type)
{
	return type == TYPE_DMA && slab_has(m, KMALLOC_ALIGNED) ? 3 : 0;
}

static inline uint64_t slot_of(struct model *m, unsigned int type, unsigned int index)
{
	if (type == TYPE_DMA && !slab_has(m, KMALLOC_ALIGNED))
		return kernel_symbol(m, "kmalloc_dma_caches") + 8 * (uint64_t)index;
	return array_slot(m, row_of(m, type), index);
}

#endif
