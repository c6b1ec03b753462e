// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * script_flush: gives a flush of all CPUs an order. flush_all() has each CPU
 * flush itself, all at once, and whoever gets the node's list_lock first puts
 * its slabs first. Here each CPU waits at the door until the CPUs before it have
 * left, which is one of the orders that can happen anyway.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/kprobes.h>

#include "slubscript.h"

#ifdef HAS_kmem_cache__cpu_sheaves
#define DOOR "flush_cpu_sheaves"
#else
#define DOOR "flush_cpu_slab"
#endif

static bool ordered;
static struct cpumask waiting;

/*
 * Nobody waits for ever: each CPU before this one has or gets its work, and
 * nothing but this keeps it from it. Until 5.14 a CPU that asks by interrupts for
 * a flush comes last itself; it has to be the last CPU (script_steps.c).
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
	.kp.symbol_name = DOOR,
	.entry_handler = flush_enter,
	.handler = flush_leave,
	.maxactive = 4 * MAX_CPUS,
};

#ifdef HAS_kmem_cache__cpu_sheaves
static void (*flush_all_cpus_locked)(struct kmem_cache *s);

/* A probe is told where its function is. */
static int flush_find(void)
{
	struct kprobe where = { .symbol_name = "flush_all_cpus_locked" };
	int err = register_kprobe(&where);

	if (err)
		return err;
	flush_all_cpus_locked = (void *)where.addr;
	unregister_kprobe(&where);
	return 0;
}

void flush_all_cpus(struct kmem_cache *s)
{
	cpus_read_lock();
	flush_all_cpus_locked(s);
	cpus_read_unlock();
}
#else
static int flush_find(void)
{
	return 0;
}
#endif

int flush_order_init(void)
{
	int err = flush_find();

	return err ? err : register_kretprobe(&probe);
}

/* As has_cpu_slab() and has_pcs_used() do: the others are not asked to flush. */
static bool has_to_flush(struct kmem_cache *s, unsigned int cpu)
{
#ifdef HAS_kmem_cache__cpu_sheaves
	struct slub_percpu_sheaves *pcs = per_cpu_ptr(s->cpu_sheaves, cpu);

	return s->sheaf_capacity && (pcs->spare || pcs->rcu_free || pcs->main->size);
#else
	struct kmem_cache_cpu *c = per_cpu_ptr(s->cpu_slab, cpu);

	return c->slab || c->partial;
#endif
}

void flush_order_begin(struct kmem_cache *s)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
	{
		if (has_to_flush(s, cpu))
			cpumask_set_cpu(cpu, &waiting);
	}
	smp_store_release(&ordered, true);
}

void flush_order_end(void)
{
	ordered = false;
	WARN_ON(!cpumask_empty(&waiting));
}
