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
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define OBJECT_POISON BIT(_SLAB_OBJECT_POISON)
#define CMPXCHG_DOUBLE BIT(_SLAB_CMPXCHG_DOUBLE)
#else
#define OBJECT_POISON 0x80000000u
#define CMPXCHG_DOUBLE 0x40000000u
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define ORDERS (MAX_PAGE_ORDER + 1)
#else
#define ORDERS MAX_ORDER
#endif

struct word {
	char name[40];
	u64 value;
};

#define FLAG(name, flag) "flag." name, (u64)(flag)

static const struct word constants[] = {
	{ "page_size", PAGE_SIZE },
	{ "config_nr_cpus", CONFIG_NR_CPUS },
#ifdef HAS_kmem_cache_cpu__tid
	{ "tid_step", TID_STEP },
#endif
	{ "hardened", IS_ENABLED(CONFIG_SLAB_FREELIST_HARDENED) },
	{ "freelist_random", IS_ENABLED(CONFIG_SLAB_FREELIST_RANDOM) },
	{ "cpu_partial", IS_ENABLED(CONFIG_SLUB_CPU_PARTIAL) },
	{ "slub_debug", IS_ENABLED(CONFIG_SLUB_DEBUG) },
	{ "minalign", ARCH_SLAB_MINALIGN },
	{ "max_order", ORDERS },
	{ "costly_order", PAGE_ALLOC_COSTLY_ORDER },
	{ "track_size", TRACK_SIZE },
	{ FLAG("checks", SLAB_CONSISTENCY_CHECKS) },
	{ FLAG("red-zone", SLAB_RED_ZONE) },
	{ FLAG("poison", SLAB_POISON) },
	{ FLAG("hwcache-align", SLAB_HWCACHE_ALIGN) },
	{ FLAG("store-user", SLAB_STORE_USER) },
	{ FLAG("reclaim", SLAB_RECLAIM_ACCOUNT) },
	{ FLAG("rcu", SLAB_TYPESAFE_BY_RCU) },
	{ FLAG("object-poison", OBJECT_POISON) },
	{ FLAG("cmpxchg-double", CMPXCHG_DOUBLE) },
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	{ FLAG("obj-ext-in-obj", SLAB_OBJ_EXT_IN_OBJ) },
#endif
	{ "page.bytes", sizeof(struct page) },
	{ "page.seen_bit", PG_seen },
#ifdef PG_partial
	{ "page.partial_bit", PG_partial },
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	{ "page.slab_type", PGTY_slab },
#else
	{ "page.slab_bit", PG_slab },
#endif
	{ "page.node_shift", NODES_PGSHIFT },
	{ "page.node_mask", NODES_MASK },
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

static phys_addr_t percpu_of(struct kmem_cache *s, unsigned int cpu)
{
#ifdef HAS_kmem_cache__cpu_sheaves
	return slow_virt_to_phys(per_cpu_ptr(s->cpu_sheaves, cpu));
#else
	return slow_virt_to_phys(per_cpu_ptr(s->cpu_slab, cpu));
#endif
}

/* What a log has room for beside the objects: slabs that did not give one at once. */
#define MORE_ENTRIES 4096

int log_begin(struct recording *recording, struct kmem_cache *s, unsigned int count)
{
	unsigned int size = (count + MORE_ENTRIES) * sizeof(struct log_entry);
	struct log_entry *log = kzalloc(size, GFP_KERNEL);
	unsigned int cpu;

	if (!log)
		return -ENOMEM;
	strscpy(recording->name, s->name, sizeof(recording->name));
	recording->cache = virt_to_phys(s);
	recording->log = virt_to_phys(log);
	recording->room = count + MORE_ENTRIES;
	for_each_online_cpu(cpu)
	{
		recording->cpu[cpu] = percpu_of(s, cpu);
	}
	return 0;
}

bool log_is_full(struct recording *recording)
{
	return recording->nr_log == recording->room;
}

static void log_add(struct recording *recording, struct slab *slab, u64 object, u8 kind)
{
	struct log_entry *log = phys_to_virt(recording->log);

	if (log_is_full(recording))
		return;
	log[recording->nr_log++] = (struct log_entry){
		.object = object,
		.pfn = page_to_pfn((struct page *)slab),
		.objects = slab->objects,
		.node = page_to_nid((struct page *)slab),
		.kind = kind,
	};
}

static bool is_fresh(struct slab *slab)
{
	return !test_and_set_bit(PG_seen, &slab->flags);
}

void log_object(struct recording *recording, void *object)
{
	struct slab *slab = (struct slab *)virt_to_head_page(object);

	log_add(recording, slab, (u64)object, is_fresh(slab) ? FRESH_OBJECT : OBJECT);
}

void log_slab(struct recording *recording, struct slab *slab, u32 start)
{
	if (is_fresh(slab))
		log_add(recording, slab, start, FRESH_SLAB);
}
