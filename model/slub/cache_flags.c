/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flags of caches, and what they forbid. */
#include "model/slub/cache.h"

uint64_t debug_flags(const struct model *m)
{
	const struct model_flags *f = m->era->flags;

	return f->consistency_checks | f->red_zone | f->poison | f->store_user | f->trace;
}

bool kmem_cache_debug(struct model *m, uint64_t s)
{
	return (cache_flags(m, s) & debug_flags(m)) != 0;
}

bool kmem_cache_has_cpu_partial(struct model *m, uint64_t s)
{
	return has(m, CPU_PARTIAL) && !kmem_cache_debug(m, s);
}

uint64_t cache_never_merges(const struct model *m)
{
	const struct model_flags *f = m->era->flags;
	uint64_t flags = f->red_zone | f->poison | f->store_user | f->trace | f->typesafe_by_rcu |
			 f->noleaktrace | f->failslab | f->kasan | f->no_merge;

	/* 7.x: all of SLAB_DEBUG_FLAGS. */
	return has(m, SHEAVES_ALL) ? flags | f->consistency_checks | f->obj_ext_in_obj : flags;
}

bool cache_args_unmergeable(const struct model *m, const struct cache_spec *spec)
{
	return spec->ctor || spec->usersize || spec->flags & cache_never_merges(m);
}
