// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * script_flush: gives a flush of all CPUs an order. flush_all() has each CPU
 * flush itself, all at once, and whoever gets the node's list_lock first puts
 * its slabs first. Here each CPU waits at the door of flush_cpu_slab() until the
 * CPUs before it have left, which is one of the orders that can happen anyway.
 */
#include <linux/cpumask.h>
#include <linux/kprobes.h>

#include "slubscript.h"

static bool ordered;
static struct cpumask waiting;

/*
 * Nobody waits for ever: flush_all_cpus_locked() gave the CPUs before this one
 * their work first, and nothing but this keeps them from it.
 */
static int flush_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (!READ_ONCE(ordered))
		return 1;
	while (cpumask_first(&waiting) != raw_smp_processor_id())
		cpu_relax();
	return 0;
}

static int flush_leave(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	smp_mb__before_atomic();
	cpumask_clear_cpu(raw_smp_processor_id(), &waiting);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "flush_cpu_slab",
	.entry_handler = flush_enter,
	.handler = flush_leave,
	.maxactive = 4 * MAX_CPUS,
};

int flush_order_init(void)
{
	return register_kretprobe(&probe);
}

/* As has_cpu_slab() does: the others are not asked to flush. */
void flush_order_begin(struct kmem_cache *s)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		struct kmem_cache_cpu *c = per_cpu_ptr(s->cpu_slab, cpu);

		if (c->slab || c->partial)
			cpumask_set_cpu(cpu, &waiting);
	}
	smp_store_release(&ordered, true);
}

void flush_order_end(void)
{
	ordered = false;
	WARN_ON(!cpumask_empty(&waiting));
}
