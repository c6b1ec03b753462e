/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_DIAGNOSE_H
#define SLUBCHECK_CHECKER_DIAGNOSE_H
/*
 * From a finding to what most likely did it.
 *
 * A diagnosis is an inference: it says what speaks for it, and says nothing rather than guess.
 */

#include "checker/cache.h"
#include "checker/findings.h"
#include "checker/heap.h"

/**
 * diagnose() - Fill in cause, repair and evidence of a finding.
 * @cache: the finding's cache, may be NULL
 * @slab:  the slab it is about with its contents, may be NULL
 */
void diagnose(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
	      struct finding *finding);

/** neighbour_of() - What is known of the object of that index; it may be none of the slab. */
enum neighbour neighbour_of(const struct cache *cache, const struct slab_state *slab,
			    int32_t index);

#endif
