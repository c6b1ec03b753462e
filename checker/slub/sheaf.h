/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_SHEAF_H
#define SLUBCHECK_CHECKER_SLUB_SHEAF_H
/*
 * Gathering the sheaves of a cache: those of its CPUs, those on the lists of its barns, and the objects
 * in them. As in heap.h nothing is judged here.
 */

#include "checker/slub/cache.h"
#include "checker/slub/heap.h"
#include "checker/slub/sheaf_set.h"

/** sheaves_gather() - Gather the sheaves of a cache; what was gathered before is forgotten. */
void sheaves_gather(struct sheaves *s, struct heap *heap, const struct cache *cache);

#endif
