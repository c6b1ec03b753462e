/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caches of objects that are alike enough share their slabs: 3.18 (12220dea07f1). */
#include "model/slab/slab.h"

/* SLAB_NEVER_MERGE; the debugging flags are in it, and all caches of a DEBUG_SLAB build have some. */
static bool never(const struct model *m, uint64_t flags)
{
	const struct model_flags *f = m->era->flags;

	return flags & (f->red_zone | f->poison | f->store_user | f->trace | f->typesafe_by_rcu |
			f->noleaktrace);
}

static bool unmergeable(struct model *m, uint64_t s)
{
	return never(m, slab_flags_of(m, s)) || get(m, s, cache_ctor) ||
	       (has_member(m, cache_usersize) && get(m, s, cache_usersize)) ||
	       (int32_t)get(m, s, cache_refcount) < 0;
}

static bool fits(struct model *m, uint64_t s, uint64_t flags, uint32_t size, uint32_t align)
{
	const struct model_flags *f = m->era->flags;
	uint64_t same = f->reclaim_account | f->cache_dma | f->account;
	uint32_t theirs = slab_stride(m, s);

	if (size > theirs || (flags & same) != (slab_flags_of(m, s) & same) ||
	    theirs & (align - 1) || theirs - size >= 8)
		return false;
	/* Alignments that are not multiples of each other lie at the same places only by chance. */
	return !align || get(m, s, cache_align) >= align ||
	       !(align > get(m, s, cache_align) || get(m, s, cache_align) % align);
}

uint64_t slab_alias(struct model *m, const struct slab_spec *spec)
{
	uint32_t size = (uint32_t)round_up(spec->size, 8), align;
	uint64_t entry, s;

	if (spec->ctor || spec->usersize || never(m, spec->flags) || slab_has(m, DEBUG_SLAB))
		return 0;
	align = slab_alignment(m, spec->flags, spec->align, size);
	size = (uint32_t)round_up(size, align);
	/* The oldest first. */
	for (entry = get64(m, m->slab_caches + 8); entry != m->slab_caches;
	     entry = get64(m, entry + 8)) {
		s = slab_cache_of_link(m, entry);
		if (unmergeable(m, s) || !fits(m, s, spec->flags, size, align))
			continue;
		put(m, s, cache_refcount, get(m, s, cache_refcount) + 1);
		/* Who clears objects has to clear the largest of them. */
		if (get32(m, AT(m, s, cache_user_size)) < spec->size)
			put(m, s, cache_user_size, spec->size);
		return s;
	}
	return 0;
}
