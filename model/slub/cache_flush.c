/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All CPUs give back what they hold of a cache. */
#include "model/slub/cpu_slab.h"

static uint64_t other_cpu_of(struct model *m, uint64_t s, unsigned int cpu)
{
	return get64(m, AT(m, s, cache_cpu_slab)) + m->cpu_offset[cpu];
}

void flush_all(struct model *m, uint64_t s)
{
	unsigned int here = m->run->cpu;

	if (cache_has_sheaves(m, s))
		pcs_flush_all(m, s);
	if (!has(m, CPU_SLAB))
		return;
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		uint64_t c = other_cpu_of(m, s, cpu);

		if (!get64(m, AT(m, c, cpu_slab)) &&
		    (!has_member(m, cpu_partial) || !get64(m, AT(m, c, cpu_partial))))
			continue;
		cpu_borrow(m, cpu, has(m, CLEARS_FIRST));
		flush_cpu(m, s);
		cpu_return(m, here);
	}
}
