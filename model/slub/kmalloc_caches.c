/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot makes the caches of kmalloc(). */
#include "model/slub/cache.h"

#include <stdio.h>

static uint32_t size_of(unsigned int index)
{
	return index == 1 ? 96 : index == 2 ? 192 : 1u << index;
}

/* "kmalloc-8k", "kmalloc-8192" until 4.19. */
static void size_text(const struct model *m, unsigned int index, char buf[16])
{
	uint32_t size = size_of(index);

	if (has(m, KMALLOC_2D) && size >= 1024)
		snprintf(buf, 16, "%uk", size / 1024);
	else
		snprintf(buf, 16, "%u", size);
}

static void name_text(struct model *m, unsigned int row, unsigned int index, bool dma,
		      char buf[CACHE_NAME_ROOM])
{
	struct kmalloc_rows rows = kmalloc_rows(m);
	char size[16];

	size_text(m, index, size);
	if (dma || (rows.dma && row == rows.dma))
		snprintf(buf, CACHE_NAME_ROOM, "dma-kmalloc-%s", size);
	else if (rows.reclaim && row == rows.reclaim)
		snprintf(buf, CACHE_NAME_ROOM, "kmalloc-rcl-%s", size);
	else if (rows.cgroup && row == rows.cgroup)
		snprintf(buf, CACHE_NAME_ROOM, "kmalloc-cg-%s", size);
	else if (row && row < rows.random) /* partitions since 7.2 */
		snprintf(buf, CACHE_NAME_ROOM, "kmalloc-%s-%02u-%s",
			 has(m, LAZY_LIST) ? "part" : "rnd", row, size);
	else
		snprintf(buf, CACHE_NAME_ROOM, "kmalloc-%s", size);
}

static uint64_t create_kmalloc_cache(struct model *m, uint64_t name, uint32_t size, uint64_t flags,
				     uint32_t usersize)
{
	uint64_t s = cache_alloc(m);

	BUG_IF(m, !s);
	flags |= m->era->flags->kmalloc | era_flags(m, m->kmalloc_flags);
	create_boot_cache(m, s, name, size, flags, usersize);
	list_add(m, AT(m, s, cache_list), m->slab_caches);
	cache_set_refcount(m, s, 1);
	return s;
}

static uint64_t row_flags(const struct model *m, const struct kmalloc_rows *rows, unsigned int row)
{
	const struct model_flags *f = m->era->flags;

	if (row < rows->random)
		/* Objects that are not accounted stay apart from those that are (5.14, then 6.5). */
		return has(m, KMALLOC_CGROUP) ? f->no_merge : 0;
	if (row == rows->reclaim)
		return f->reclaim_account;
	if (row == rows->cgroup)
		return f->account;
	return f->cache_dma;
}

/*
 * Nobody needs caches whose objects have no extensions, unless allocations are profiled: then the
 * usual ones are good enough.
 */
static bool row_is_alias(const struct kmalloc_rows *rows, unsigned int row)
{
	return rows->no_obj_ext && row == rows->no_obj_ext;
}

static void new_kmalloc_cache(struct model *m, unsigned int row, unsigned int index)
{
	struct kmalloc_rows rows = kmalloc_rows(m);
	uint32_t size = size_of(index);
	char name[CACHE_NAME_ROOM];
	uint64_t s;

	if (row_is_alias(&rows, row)) {
		put64(m, kmalloc_slot(m, row, index), get64(m, kmalloc_slot(m, 0, index)));
		return;
	}
	name_text(m, row, index, false, name);
	/* In 3.13 the name is printed into memory of kmalloc(), once there is any. */
	s = create_kmalloc_cache(m, has(m, COMPOUND_HEAD) ? text_literal(m, name) : 0, size,
				 row_flags(m, &rows, row), size);
	put64(m, kmalloc_slot(m, row, index), s);
	if (!row && has(m, KMALLOC_CGROUP) && !m->era->flags->no_merge)
		cache_set_refcount(m, s, -1);
}

/* Until 6.5 the two odd sizes were created after the power of two below them. */
static void new_row(struct model *m, unsigned int row)
{
	bool odd_first = has(m, FLAG_ENUM);

	for (unsigned int i = 1; odd_first && i <= 2; i++)
		new_kmalloc_cache(m, row, i);
	for (unsigned int i = KMALLOC_INDEX_LOW; i <= KMALLOC_INDEX_HIGH; i++) {
		new_kmalloc_cache(m, row, i);
		if (!odd_first && i == 6)
			new_kmalloc_cache(m, row, 1);
		if (!odd_first && i == 7)
			new_kmalloc_cache(m, row, 2);
	}
}

/* The row for DMA came last, and from the smallest index on, until 5.13. */
static void new_dma_row(struct model *m, uint64_t array)
{
	char name[CACHE_NAME_ROOM];
	uint64_t at, s;
	uint32_t size;

	for (unsigned int i = 1; i <= KMALLOC_INDEX_HIGH; i++) {
		size = size_of(i);
		name_text(m, 0, i, true, name);
		at = has(m, KMALLOC_2D) ? text_literal(m, name) : text_get(m, name);
		BUG_IF(m, !at);
		s = create_kmalloc_cache(m, at, size, m->era->flags->cache_dma,
					 has(m, KMALLOC_2D) ? size : 0);
		put64(m, array + 8 * (uint64_t)i, s);
	}
}

static void name_caches(struct model *m)
{
	char name[CACHE_NAME_ROOM];
	uint64_t at;

	for (unsigned int i = 1; i <= KMALLOC_INDEX_HIGH; i++) {
		name_text(m, 0, i, false, name);
		at = text_get(m, name);
		BUG_IF(m, !at);
		put(m, get64(m, kmalloc_slot(m, 0, i)), cache_name, at);
	}
}

static void one_array(struct model *m)
{
	new_row(m, 0);
	set_slab_state(m, SLAB_UP);
	if (!has(m, COMPOUND_HEAD))
		name_caches(m);
	new_dma_row(m, kernel_symbol(m, "kmalloc_dma_caches"));
}

static void rows_of_arrays(struct model *m)
{
	struct kmalloc_rows rows = kmalloc_rows(m);

	for (unsigned int row = 0; row < rows.nr; row++)
		if (has(m, KMALLOC_CGROUP) || row != rows.dma)
			new_row(m, row);
	set_slab_state(m, SLAB_UP);
	if (!has(m, KMALLOC_CGROUP))
		new_dma_row(m, kmalloc_slot(m, rows.dma, 0));
}

/* 7.0: they can have sheaves only when there is something to get sheaves from. */
static void bootstrap_kmalloc_sheaves(struct model *m)
{
	struct kmalloc_rows rows = kmalloc_rows(m);

	for (unsigned int row = 0; row < rows.nr; row++) {
		for (unsigned int i = 1; i <= KMALLOC_INDEX_HIGH; i++) {
			uint64_t s = get64(m, kmalloc_slot(m, row, i));

			if (s && !cache_has_sheaves(m, s))
				bootstrap_cache_sheaves(m, s);
		}
	}
}

/* b32801d1255b, 6.11: what arrays of dedicated caches come from. */
static void create_buckets_cache(struct model *m)
{
	struct model_cache_args args = {
		.name = "kmalloc_buckets",
		.size = 8 * (KMALLOC_INDEX_HIGH + 1),
		.flags = MODEL_CACHE_NO_MERGE,
	};

	m->buckets_cache = create_cache(m, &args);
}

void create_kmalloc_caches(struct model *m)
{
	if (!has(m, KMALLOC_2D))
		one_array(m);
	else
		rows_of_arrays(m);
	if (has(m, FREEPTR_OFFSET))
		create_buckets_cache(m);
	if (has(m, SHEAVES_ALL))
		bootstrap_kmalloc_sheaves(m);
}
