/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_DIAGNOSE_H
#define SLUBCHECK_CHECKER_SLUB_DIAGNOSE_H
/*
 * From a finding to what most likely did it.
 *
 * A diagnosis is an inference: it says what speaks for it, and says nothing rather than guess.
 */

#include "checker/slub/cache.h"
#include "checker/findings/findings.h"
#include "checker/slub/heap.h"
#include "checker/findings/diagnosis.h"

/**
 * diagnose() - Form an opinion on a finding.
 * @cache: the finding's cache, may be NULL
 * @slab:  the slab it is about with its contents, may be NULL
 * @finding: the objects beside its own and their tracks are filled in; where a chain was cut, the
 *	   word that cuts it is what it is about
 * @diagnosis: filled in; empty for what is not damage
 */
void diagnose(struct heap *heap, const struct cache *cache, const struct slab_state *slab,
	      struct finding *finding, struct diagnosis *diagnosis);

/** object_state_of() - What is known of the object of that index; the slab may have no such object. */
enum object_state object_state_of(const struct cache *cache, const struct slab_state *slab,
				  int32_t index);

#endif
