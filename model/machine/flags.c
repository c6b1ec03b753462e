/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of flags: of allocations, and of caches. */
#include "model/machine/machine.h"

const struct model_gfp *model_gfp(const struct model *m)
{
	return m->era->gfp;
}

/* 4.4 (d0164adc89f6) split __GFP_WAIT in two, of which GFP_ATOMIC got one. */
uint32_t model_gfp_kernel(const struct model *m)
{
	const struct model_gfp *g = m->era->gfp;

	return g->direct_reclaim | g->kswapd_reclaim | g->io | g->fs;
}

uint32_t model_gfp_atomic(const struct model *m)
{
	const struct model_gfp *g = m->era->gfp;

	return g->high | g->atomic | g->kswapd_reclaim;
}

uint32_t model_gfp_noio(const struct model *m)
{
	const struct model_gfp *g = m->era->gfp;

	return g->direct_reclaim | g->kswapd_reclaim;
}

bool gfp_may_block(const struct model *m, uint32_t gfp)
{
	return gfp & m->era->gfp->direct_reclaim;
}

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
