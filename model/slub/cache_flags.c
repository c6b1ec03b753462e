/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flags of caches, and what they forbid. */
#include "model/slub/cache.h"

uint64_t era_flags(const struct model *m, unsigned int flags)
{
	const struct model_flags *f = m->era->flags;
	const struct {
		unsigned int from;
		uint64_t to;
	} table[] = {
		{ MODEL_CACHE_HWCACHE_ALIGN, f->hwcache_align },
		{ MODEL_CACHE_DMA, f->cache_dma },
		{ MODEL_CACHE_RECLAIM, f->reclaim_account },
		{ MODEL_CACHE_RCU, f->typesafe_by_rcu },
		{ MODEL_CACHE_CHECKS, f->consistency_checks },
		{ MODEL_CACHE_RED_ZONE, f->red_zone },
		{ MODEL_CACHE_POISON, f->poison },
		{ MODEL_CACHE_STORE_USER, f->store_user },
		{ MODEL_CACHE_ACCOUNT, f->account },
		{ MODEL_CACHE_NO_MERGE, f->no_merge },
		{ MODEL_CACHE_NOLEAKTRACE, f->noleaktrace },
		{ MODEL_CACHE_KMALLOC, f->kmalloc },
		{ MODEL_CACHE_FAILSLAB, f->failslab },
		{ MODEL_CACHE_PANIC, f->panic },
	};
	uint64_t result = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (flags & table[i].from)
			result |= table[i].to;
	return result;
}

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
