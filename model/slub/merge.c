/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caches of objects that are alike enough share their slabs. */
#include "model/slub/cache.h"

/* SLUB_MERGE_SAME, SLAB_MERGE_SAME. */
static uint64_t same_flags(const struct model *m)
{
	const struct model_flags *f = m->era->flags;
	uint64_t flags = f->reclaim_account | f->cache_dma | f->account;

	/* As of 3.13 caches with checks merged only among themselves. */
	return has(m, RED_LEFT_PAD) ? flags : flags | f->consistency_checks;
}

static bool slab_unmergeable(struct model *m, uint64_t s)
{
	if (cache_flags(m, s) & cache_never_merges(m) || get64(m, AT(m, s, cache_ctor)))
		return true;
	if (has(m, MEMCG_CLONES) && !is_root_cache(m, s))
		return true;
	/* 4.16 (8eb8284b4129) */
	if (has_member(m, cache_usersize) && get(m, s, cache_usersize))
		return true;
	return cache_refcount(m, s) < 0;
}

static bool fits(struct model *m, uint64_t s, uint64_t flags, uint32_t size, uint32_t align)
{
	uint32_t theirs = cache_size(m, s);

	return size <= theirs && (flags & same_flags(m)) == (cache_flags(m, s) & same_flags(m)) &&
	       !(theirs & (align - 1)) && theirs - size < 8;
}

static uint64_t find_mergeable(struct model *m, const struct cache_spec *spec)
{
	uint32_t size = (uint32_t)round_up(spec->object_size, 8);
	uint32_t align = calculate_alignment(m, spec->flags, spec->align, size);
	/* The oldest first; until 4.1 the newest. */
	uint64_t step_by = has(m, SHRINK_PROMOTES) ? 8 : 0;
	uint64_t visited = 0, entry, s;

	size = (uint32_t)round_up(size, align);
	for (entry = get64(m, m->slab_caches + step_by); entry != m->slab_caches;
	     entry = get64(m, entry + step_by)) {
		endless(m, &visited, entry);
		s = cache_entry(m, entry);
		if (!slab_unmergeable(m, s) && fits(m, s, spec->flags, size, align))
			return s;
	}
	return 0;
}

/* Who clears objects has to clear the largest of them. */
static void grow(struct model *m, uint64_t s, uint32_t object_size)
{
	uint32_t inuse = (uint32_t)round_up(object_size, 8);

	if (cache_object_size(m, s) < object_size)
		put(m, s, cache_object_size, object_size);
	if (get(m, s, cache_inuse) < inuse)
		put(m, s, cache_inuse, inuse);
}

uint64_t cache_alias(struct model *m, const struct cache_spec *spec)
{
	uint64_t s, clone;

	if (cache_args_unmergeable(m, spec))
		return 0;
	s = find_mergeable(m, spec);
	if (!s)
		return 0;
	cache_set_refcount(m, s, cache_refcount(m, s) + 1);
	grow(m, s, spec->object_size);
	for (uint32_t id = 0; has(m, MEMCG_EMBEDDED) && id < memcg_clones(m, s); id++) {
		clone = memcg_clone(m, s, id);
		if (clone)
			grow(m, clone, spec->object_size);
	}
	return s;
}
