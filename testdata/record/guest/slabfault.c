// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * slabfault: the faults of kernels with SLAB. Arranges a cache with slabs on all lists and objects in arrays,
 * plants the fault that the parameters name, tells the truth and stays loaded.
 */
#include "slabfault.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

static char *param_fault = "none";
module_param_named(fault, param_fault, charp, 0444);
MODULE_PARM_DESC(fault, "what to plant");
static char *param_where = "";
module_param_named(where, param_where, charp, 0444);
MODULE_PARM_DESC(where, "not used");

static char line[960];
static unsigned int used;

__printf(1, 2) static void put(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	used += vscnprintf(line + used, sizeof(line) - used, format, args);
	va_end(args);
}

static u64 word_read(const struct slab_truth *t)
{
	switch (t->width) {
	case 1:
		return READ_ONCE(*(u8 *)t->slot);
	case 2:
		return READ_ONCE(*(u16 *)t->slot);
	case 4:
		return READ_ONCE(*(u32 *)t->slot);
	default:
		return READ_ONCE(*(u64 *)t->slot);
	}
}

static void truth_print(const char *fault, const struct slab_truth *t)
{
	used = 0;
	put("{\"fault\": \"%s\"", fault);
	if (t->cache)
		put(", \"cache\": \"%s\", \"cache_address\": \"0x%llx\"", t->cache->name,
		    (u64)t->cache);
	if (t->slab)
		put(", \"slab\": \"0x%llx\", \"slab_base\": \"0x%llx\"", (u64)t->slab,
		    (u64)page_address((struct page *)t->slab));
	if (t->object)
		put(", \"object\": \"0x%llx\"", (u64)t->object);
	if (t->slot)
		put(", \"slot\": \"0x%llx\", \"slot_phys\": \"0x%llx\", \"slot_bytes\": %u, "
		    "\"raw_before\": \"0x%llx\", \"raw\": \"0x%llx\"",
		    (u64)t->slot, (u64)slow_virt_to_phys(t->slot), t->width, t->before,
		    word_read(t));
	put(", \"node\": %d, \"cpu\": %d}", t->node, t->cpu);
	pr_info("slubfault: truth %s\n", line);
}

/* --- The cache that is damaged --- */

static unsigned long (*lookup)(const char *name);

static int lookup_find(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	int err = register_kprobe(&probe);

	if (err)
		return err;
	lookup = (void *)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

/* The reaper comes by every two seconds and would drain, or trip over, what is planted. */
static int reaper_stop(void)
{
	unsigned long work = lookup("slab_reap_work");
	int cpu;

	if (!work)
		return -ENOENT;
	for_each_online_cpu(cpu)
		cancel_delayed_work_sync(per_cpu_ptr((struct delayed_work __percpu *)work, cpu));
	return 0;
}

static struct bed victim, other;

static int bed_make(struct bed *bed, const char *name, unsigned int size, void (*ctor)(void *))
{
	unsigned int i, wanted;

	bed->s = kmem_cache_create_usercopy(name, size, 0, 0, 0, size, ctor);
	if (!bed->s)
		return -ENOMEM;
	wanted = min_t(unsigned int, BED_OBJECTS, 6 * bed->s->num);
	for (i = 0; i < wanted; i++) {
		bed->objects[i] = kmem_cache_alloc_node(bed->s, GFP_KERNEL, numa_mem_id());
		if (!bed->objects[i])
			return -ENOMEM;
		bed->nr++;
	}
	/* Every third object of the first half back to its slab, and a few into this CPU's array. */
	for (i = 0; i < wanted / 2; i += 3) {
		kmem_cache_free(bed->s, bed->objects[i]);
		bed->objects[i] = NULL;
	}
	kmem_cache_shrink(bed->s);
	for (i = wanted / 2; i < wanted / 2 + 6 && i < wanted; i++) {
		kmem_cache_free(bed->s, bed->objects[i]);
		bed->objects[i] = NULL;
	}
	return 0;
}

struct array_cache *bed_array(struct bed *bed)
{
	return (struct array_cache *)this_cpu_ptr(bed->s->cpu_cache);
}

struct kmem_cache_node *bed_node(struct bed *bed)
{
	return bed->s->node[numa_mem_id()];
}

/* A slab on the partial list; NULL: there is none. */
struct slab *bed_partial(struct bed *bed)
{
	struct kmem_cache_node *n = bed_node(bed);

	return list_empty(&n->slabs_partial)
		       ? NULL
		       : list_first_entry(&n->slabs_partial, struct slab, slab_list);
}

/* An object that has an owner. */
void *bed_owned(struct bed *bed, unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < bed->nr; i++)
		if (bed->objects[i] && !nth--)
			return bed->objects[i];
	return NULL;
}

void truth_slot(struct slab_truth *t, void *slot, unsigned int width)
{
	t->slot = slot;
	t->width = width;
	t->before = word_read(t);
}

static void ctor(void *object)
{
	memset(object, 0x33, 16);
}

static int __init slabfault_init(void)
{
	const struct slab_fault *fault = slab_fault_find(param_fault);
	struct slab_truth t = { .width = 8, .node = -1, .cpu = -1 };
	int err = -EINVAL;

	set_cpus_allowed_ptr(current, cpumask_of(cpumask_last(cpu_online_mask)));
	if (fault)
		err = lookup_find();
	if (!err && fault->still)
		err = reaper_stop();
	if (!err)
		err = bed_make(&other, "slubfault_other", 128, NULL);
	if (!err)
		err = bed_make(&victim, "slubfault_victim", fault->size, fault->ctor ? ctor : NULL);
	if (!err) {
		t.cache = victim.s;
		t.node = numa_mem_id();
		err = fault->plant ? fault->plant(&victim, &other, &t) : 0;
	}
	if (err) {
		pr_err("slubfault: failed: %d\n", err);
		return 0;
	}
	truth_print(fault->name, &t);
	if (!fault->leaves)
		pr_info("slubfault: ready\n");
	return 0;
}

/* A module that did not free its objects: what kmem_cache_destroy() says of it is on the console. */
static void __exit slabfault_exit(void)
{
	kmem_cache_destroy(victim.s);
}

module_init(slabfault_init);
module_exit(slabfault_exit);
MODULE_DESCRIPTION("plants one fault into the SLAB allocator");
MODULE_LICENSE("GPL");
