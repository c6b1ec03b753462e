/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_DIAGNOSE_H
#define SLUBCHECK_CHECKER_SLAB_DIAGNOSE_H
/*
 * From a finding to the causes that explain it, as far as mm/slab.c leaves evidence.
 */

#include "checker/findings/diagnosis.h"
#include "checker/slab/rules.h"

/**
 * slab_diagnose() - Name the causes of a finding, and what is around its object.
 * @slab: that it is about, gathered; or NULL
 */
void slab_diagnose(const struct slab_rules *rules, const struct slab_found *slab,
		   struct finding *finding, struct diagnosis *diagnosis);

/** slab_object_state() - What is known of an object of a gathered slab. */
enum object_state slab_object_state(const struct slab_heap *heap, const struct slab_cache *cache,
				    const struct slab_found *slab, int64_t index);

#endif
