/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the flags of an allocation allow, and what happens before one. */
#include "model/slub/sheaf.h"

/* GFP_RECLAIM_MASK | GFP_CONSTRAINT_MASK: what a slab's pages are asked for with. */
static uint32_t gfp_of_pages(const struct model_gfp *g)
{
	return g->direct_reclaim | g->kswapd_reclaim | g->high | g->atomic | g->io | g->fs |
	       g->nowarn | g->retry_mayfail | g->nofail | g->noretry | g->memalloc | g->nomemalloc |
	       g->nolockdep | g->hardwall | g->thisnode;
}

uint32_t gfp_fix(struct model *m, uint64_t s, uint32_t gfp)
{
	const struct model_gfp *g = m->era->gfp;
	uint32_t bad;

	(void)s;
	if (has(m, SHEAVES))
		gfp &= ~GFP_NO_RECURSE;
	bad = gfp & (g->dma32 | g->highmem | ~g->bits);
	BUG_IF(m, bad && !has(m, BAD_GFP_WARNS));
	if (bad)
		model_report(m, MODEL_REPORT_BAD_GFP, "Unexpected gfp: %#x. Fixing up to gfp: %#x.",
			     bad, gfp & ~bad);
	return gfp & ~bad & gfp_of_pages(g);
}

/*
 * should_failslab() of CONFIG_FAILSLAB, told to fail the nth (/proc/self/fail-nth): in all caches,
 * also for who may wait. That of the caches themselves is left alone.
 */
static bool should_failslab(struct model *m, uint64_t s, uint32_t gfp)
{
	if (!m->fail_slab || gfp & m->era->gfp->nofail || s == m->cache_cache)
		return false;
	return --m->fail_slab == 0;
}

bool slab_pre_alloc_hook(struct model *m, uint64_t s, uint32_t gfp)
{
	if (m->atomic[m->run->cpu] && gfp_may_block(m, gfp))
		model_report(m, MODEL_REPORT_SLEEPING,
			     "BUG: sleeping function called from invalid context: gfp %#x",
			     gfp & m->era->gfp->bits);
	return !should_failslab(m, s, gfp);
}
