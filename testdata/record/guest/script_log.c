// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * script_log: what a reader of the dump has to be told, and where it lies.
 */
#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/nodemask.h>
#include <linux/topology.h>
#include <asm/io.h>
#include <asm/pgtable.h>

#include "slubscript.h"

/* As mm/slub.c keeps them to itself. */
#define OBJECT_POISON 0x80000000u
#define CMPXCHG_DOUBLE 0x40000000u

struct track {
	unsigned long addr;
#ifdef CONFIG_STACKDEPOT
	u32 handle;
#endif
	int cpu;
	int pid;
	unsigned long when;
};

struct word {
	char name[40];
	u64 value;
};

#define OFFSET(type, member) #type "." #member, offsetof(struct type, member)
#define FLAG(name, flag) "flag." name, (u64)(flag)

static const struct word constants[] = {
	{ "page_size", PAGE_SIZE },
	{ "config_nr_cpus", CONFIG_NR_CPUS },
	{ "tid_step", TID_STEP },
	{ "hardened", IS_ENABLED(CONFIG_SLAB_FREELIST_HARDENED) },
	{ "freelist_random", IS_ENABLED(CONFIG_SLAB_FREELIST_RANDOM) },
	{ "cpu_partial", IS_ENABLED(CONFIG_SLUB_CPU_PARTIAL) },
	{ "slub_debug", IS_ENABLED(CONFIG_SLUB_DEBUG) },
	{ "minalign", ARCH_SLAB_MINALIGN },
	{ "max_order", MAX_ORDER },
	{ "costly_order", PAGE_ALLOC_COSTLY_ORDER },
	{ "track_size", sizeof(struct track) },
	{ FLAG("checks", SLAB_CONSISTENCY_CHECKS) },
	{ FLAG("red-zone", SLAB_RED_ZONE) },
	{ FLAG("poison", SLAB_POISON) },
	{ FLAG("hwcache-align", SLAB_HWCACHE_ALIGN) },
	{ FLAG("store-user", SLAB_STORE_USER) },
	{ FLAG("reclaim", SLAB_RECLAIM_ACCOUNT) },
	{ FLAG("rcu", SLAB_TYPESAFE_BY_RCU) },
	{ FLAG("object-poison", OBJECT_POISON) },
	{ FLAG("cmpxchg-double", CMPXCHG_DOUBLE) },
	{ "page.bytes", sizeof(struct page) },
	{ "page.slab_bit", PG_slab },
	{ "page.seen_bit", PG_seen },
	{ "page.node_shift", NODES_PGSHIFT },
	{ "page.node_mask", NODES_MASK },
	{ OFFSET(kmem_cache, flags) },
	{ OFFSET(kmem_cache, min_partial) },
	{ OFFSET(kmem_cache, size) },
	{ OFFSET(kmem_cache, object_size) },
	{ OFFSET(kmem_cache, offset) },
	{ OFFSET(kmem_cache, cpu_partial) },
	{ OFFSET(kmem_cache, cpu_partial_slabs) },
	{ OFFSET(kmem_cache, oo) },
	{ OFFSET(kmem_cache, min) },
	{ OFFSET(kmem_cache, refcount) },
	{ OFFSET(kmem_cache, inuse) },
	{ OFFSET(kmem_cache, align) },
	{ OFFSET(kmem_cache, red_left_pad) },
#ifdef CONFIG_SLAB_FREELIST_HARDENED
	{ OFFSET(kmem_cache, random) },
#endif
#ifdef CONFIG_NUMA
	{ OFFSET(kmem_cache, remote_node_defrag_ratio) },
#endif
#ifdef CONFIG_SLAB_FREELIST_RANDOM
	{ OFFSET(kmem_cache, random_seq) },
#endif
	{ OFFSET(kmem_cache, node) },
	{ OFFSET(kmem_cache_cpu, freelist) },
	{ OFFSET(kmem_cache_cpu, tid) },
	{ OFFSET(kmem_cache_cpu, slab) },
	{ OFFSET(kmem_cache_cpu, partial) },
	{ OFFSET(kmem_cache_node, nr_partial) },
	{ OFFSET(kmem_cache_node, partial) },
#ifdef CONFIG_SLUB_DEBUG
	{ OFFSET(kmem_cache_node, nr_slabs) },
	{ OFFSET(kmem_cache_node, total_objects) },
	{ OFFSET(kmem_cache_node, full) },
#endif
	{ OFFSET(slab, flags) },
	{ OFFSET(slab, slab_list) },
	{ OFFSET(slab, next) },
	{ OFFSET(slab, slabs) },
	{ OFFSET(slab, slab_cache) },
	{ OFFSET(slab, freelist) },
	{ OFFSET(slab, counters) },
};

#define MAX_WORDS (ARRAY_SIZE(constants) + 32)

static struct word *table;
static unsigned int nr_words;

static void word_add(const char *name, int index, u64 value)
{
	struct word *word = &table[nr_words];

	if (WARN_ON(nr_words == MAX_WORDS))
		return;
	snprintf(word->name, sizeof(word->name), name, index);
	word->value = value;
	nr_words++;
}

static void machine_add(void)
{
	int i;

	word_add("cache_line", 0, cache_line_size());
	word_add("nr_cpus", 0, num_present_cpus());
	word_add("nr_cpu_ids", 0, nr_cpu_ids);
	word_add("nr_node_ids", 0, nr_node_ids);
	for_each_online_cpu(i)
	{
		word_add("cpu.%d.node", i, cpu_to_mem(i));
	}
	for_each_node_state(i, N_NORMAL_MEMORY)
	{
		word_add("node.%d.memory", i, 1);
	}
	word_add("page_offset_base", 0, PAGE_OFFSET);
	word_add("vmemmap_base", 0, (u64)vmemmap);
}

/* What is said on the console: `slubscript: table ADDRESS WORDS`. */
int log_table(struct recording *recordings, unsigned int count)
{
	table = kcalloc(MAX_WORDS, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	memcpy(table, constants, sizeof(constants));
	nr_words = ARRAY_SIZE(constants);
	machine_add();
	word_add("recordings", 0, virt_to_phys(recordings));
	word_add("nr_recordings", 0, count);
	word_add("recording_bytes", 0, sizeof(*recordings));
	pr_info("slubscript: table 0x%llx %u\n", (u64)virt_to_phys(table), nr_words);
	return 0;
}

int log_begin(struct recording *recording, struct kmem_cache *s, unsigned int count)
{
	struct log_entry *log = kcalloc(max(count, 1u), sizeof(*log), GFP_KERNEL);
	unsigned int cpu;

	if (!log)
		return -ENOMEM;
	strscpy(recording->name, s->name, sizeof(recording->name));
	recording->cache = virt_to_phys(s);
	recording->log = virt_to_phys(log);
	for_each_online_cpu(cpu)
	{
		recording->cpu[cpu] = slow_virt_to_phys(per_cpu_ptr(s->cpu_slab, cpu));
	}
	return 0;
}

void log_object(struct recording *recording, void *object)
{
	struct log_entry *log = phys_to_virt(recording->log);
	struct slab *slab = (struct slab *)virt_to_head_page(object);

	log[recording->nr_log++] = (struct log_entry){
		.object = (u64)object,
		.pfn = page_to_pfn((struct page *)slab),
		.objects = slab->objects,
		.node = page_to_nid((struct page *)slab),
		.fresh = !test_and_set_bit(PG_seen, &slab->flags),
	};
}
