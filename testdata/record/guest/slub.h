/* SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later */
/*
 * slub: what mm/slub.c keeps to itself, declared anew. layout.py writes layout.h: the
 * structs with the members that the modules use, where this kernel has them, and
 * HAS_struct__member for each. A slab is a struct slab also where the kernel still
 * calls it a struct page.
 */
#ifndef SLUBFAULT_SLUB_H
#define SLUBFAULT_SLUB_H

#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/page-flags.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/version.h>

#include "layout.h"

static inline void *slab_address(const struct slab *slab)
{
	return page_address((struct page *)slab);
}

static inline struct kmem_cache_node **node_slot(struct kmem_cache *s, int node)
{
#ifdef HAS_kmem_cache__per_node
	return &s->per_node[node].node;
#else
	return &s->node[node];
#endif
}

static inline struct kmem_cache_node *node_of(struct kmem_cache *s, int node)
{
	return *node_slot(s, node);
}

/* Since 6.8 it says that a slab is on a node's partial list. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define PG_partial PG_workingset
#endif

#ifdef HAS_kmem_cache_cpu__tid
#ifdef CONFIG_PREEMPTION
#define TID_STEP roundup_pow_of_two(CONFIG_NR_CPUS)
#else
#define TID_STEP 1
#endif
#endif

#endif
