/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_CPU_SLAB_H
#define SLUBCHECK_MODEL_SLUB_CPU_SLAB_H
/* kmem_cache_cpu, until 6.19: what the files share that take from a CPU's slab, and give it back. */

#include "model/slub/freepointer.h"

static inline uint64_t next_tid(const struct model *m, uint64_t tid)
{
	return tid + m->tid_step;
}

static inline void tid_advance(struct model *m, uint64_t c)
{
	put64(m, AT(m, c, cpu_tid), next_tid(m, get64(m, AT(m, c, cpu_tid))));
}

static inline bool node_match(struct model *m, uint64_t slab, int node)
{
	return node == MODEL_ANY_NODE || page_node(m, slab) == (unsigned int)node;
}

/* The kmem_cache_cpu of the running CPU. */
static inline uint64_t cpu_of(struct model *m, uint64_t s)
{
	return this_cpu(m, get64(m, AT(m, s, cache_cpu_slab)));
}

/* deactivate.c */
/** cpu_clear() - The CPU lets go of its slab. Until 5.14 that comes after giving it back. */
void cpu_clear(struct model *m, uint64_t c);
/** cpu_slab_give() - It gives its slab back: deactivate_slab(), and what that does to @c. */
void cpu_slab_give(struct model *m, uint64_t s, uint64_t c);
/** flush_slab() - The same, as flushing and a new slab do it. */
void flush_slab(struct model *m, uint64_t s, uint64_t c);

#endif
