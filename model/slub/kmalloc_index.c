/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which cache serves a kmalloc(): by size, GFP flags and caller. */
#include "model/slub/cache.h"

#define RANDOM_COPIES_SHIFT 4u

/* The caches of a size: 96 and 192 have indices of their own, and the others their logarithm. */
static unsigned int size_index(size_t size)
{
	if (size <= 8)
		return KMALLOC_INDEX_LOW;
	if (size > 64 && size <= 96)
		return 1;
	if (size > 128 && size <= 192)
		return 2;
	return log2_of(size - 1) + 1;
}

/* A dump says itself in which order its rows are. */
static unsigned int row_of(struct model *m, const char *enumerator, unsigned int row)
{
	int64_t value;

	if (m->under && m->under->ops->enumerator(m->under, enumerator, &value))
		return (unsigned int)value;
	return row;
}

/*
 * enum kmalloc_cache_type, of a kernel with ZONE_DMA and MEMCG: 4.20 had NORMAL, RECLAIM and DMA,
 * 5.14 put CGROUP before RECLAIM, 6.3 last; KMALLOC_NO_OBJ_EXT came in 7.2 and to 6.12.
 */
struct kmalloc_rows kmalloc_rows(struct model *m)
{
	bool cgroup_first = has(m, KMALLOC_CGROUP) && !has(m, FLAG_ENUM);
	unsigned int nr = has(m, KMALLOC_RANDOM) ? 1u << RANDOM_COPIES_SHIFT : 1;
	struct kmalloc_rows rows = { .random = nr };

	if (!has(m, KMALLOC_2D)) {
		rows.nr = 1;
		return rows;
	}
	if (cgroup_first)
		rows.cgroup = row_of(m, "KMALLOC_CGROUP", nr++);
	rows.reclaim = row_of(m, "KMALLOC_RECLAIM", nr++);
	rows.dma = row_of(m, "KMALLOC_DMA", nr++);
	if (has(m, KMALLOC_CGROUP) && !cgroup_first)
		rows.cgroup = row_of(m, "KMALLOC_CGROUP", nr++);
	if (has(m, OBJ_EXTS))
		rows.no_obj_ext = row_of(m, "KMALLOC_NO_OBJ_EXT", nr++);
	rows.nr = nr;
	return rows;
}

uint64_t kmalloc_slot(struct model *m, unsigned int row, unsigned int index)
{
	return m->kmalloc_caches + 8 * ((uint64_t)row * (KMALLOC_INDEX_HIGH + 1) + index);
}

static unsigned int random_row(const struct model *m, uint64_t caller)
{
	/* hash_64(); GOLDEN_RATIO_64 */
	return (unsigned int)((caller ^ m->random_kmalloc_seed) * UINT64_C(0x61c8864680b583eb) >>
			      (64 - RANDOM_COPIES_SHIFT));
}

/* kmalloc_type(): DMA before RECLAIMABLE before ACCOUNT. */
static unsigned int kmalloc_type(struct model *m, uint32_t gfp, uint64_t caller)
{
	const struct model_gfp *g = m->era->gfp;
	struct kmalloc_rows rows = kmalloc_rows(m);

	if (gfp & g->dma)
		return rows.dma;
	if (gfp & g->reclaimable)
		return rows.reclaim;
	if (gfp & g->account && rows.cgroup)
		return rows.cgroup;
	return has(m, KMALLOC_RANDOM) ? random_row(m, caller) : 0;
}

uint64_t kmalloc_slab(struct model *m, size_t size, uint32_t gfp, uint64_t caller)
{
	uint64_t dma;

	if (!m->kmalloc_caches || !size || size > KMALLOC_CACHE_MAX)
		return 0;
	if (has(m, KMALLOC_2D))
		return get64(m, kmalloc_slot(m, kmalloc_type(m, gfp, caller), size_index(size)));
	/* Until 4.19 only caches for DMA had an array of their own. */
	dma = gfp & m->era->gfp->dma ? kernel_symbol(m, "kmalloc_dma_caches") : 0;
	if (dma)
		return get64(m, dma + 8 * size_index(size));
	return get64(m, kmalloc_slot(m, 0, size_index(size)));
}
