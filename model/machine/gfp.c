/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of GFP flags that callers pass. */
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
