/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot makes the caches of kmalloc(). */
#include <stdio.h>

#include "model/slab/kmalloc.h"

/* A cache of a size, in boot: its arrays come from caches that are there already. */
static uint64_t size_cache(struct model *m, uint32_t size, bool dma)
{
	static const char *const forms[2][2] = { { "kmalloc-%u", "dma-kmalloc-%u" },
						 { "size-%u", "size-%u(DMA)" } };
	const struct model_flags *f = m->era->flags;
	struct slab_spec spec = {
		.size = size,
		.flags = f->hwcache_align | (dma ? f->cache_dma : 0) | f->kmalloc,
		.usersize = has_member(m, cache_usersize) ? size : 0,
	};
	const char *form = forms[slab_has(m, CACHE_CHAIN)][dma];
	char name[32];

	/* 5.4 (59bb47985c1d) */
	if (slab_has(m, KMALLOC_ALIGNED) && !(size & (size - 1)))
		spec.align = size;
	snprintf(name, sizeof(name), form, size);
	spec.name = slab_literal(m, name);
	return slab_boot_cache(m, &spec);
}

static void sizes_make_old(struct model *m, uint32_t only)
{
	for (unsigned int row = 0; size_of_row(row); row++) {
		uint64_t at = m->kmalloc_caches + ROW_BYTES * row;
		uint32_t size = size_of_row(row);

		if (only && size != only)
			continue;
		if (!get64(m, at + 8))
			put64(m, at + 8, size_cache(m, size, false));
		if (!only)
			put64(m, at + 16, size_cache(m, size, true));
	}
}

static void sizes_make(struct model *m, uint32_t only)
{
	for (unsigned int index = 1; index <= index_last(m); index++) {
		uint64_t at = slot_of(m, TYPE_NORMAL, index);

		if ((index > 2 && index < 5) || (only && size_of(index) != only))
			continue;
		if (!get64(m, at))
			put64(m, at, size_cache(m, size_of(index), false));
	}
	/* Abridged, to boot fast: of ZONE_DMA the kernel has all sizes. */
	for (unsigned int index = 5; !only && index <= 9; index++)
		put64(m, slot_of(m, TYPE_DMA, index), size_cache(m, size_of(index), true));
}

void slab_kmalloc_sizes(struct model *m, uint32_t only)
{
	unsigned int row = 0;

	if (!slab_has(m, CACHE_CHAIN)) {
		sizes_make(m, only ? size_of(index_of(only)) : 0);
		return;
	}
	while (size_of_row(row) < only)
		row++;
	sizes_make_old(m, only ? size_of_row(row) : 0);
}
