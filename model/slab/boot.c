/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kmem_cache_init(): the cache of kmem_caches comes first, then those that arrays and nodes are allocated
 * from, then the others; then what was a variable of the kernel is replaced, and all get their arrays.
 */
#include "model/slab/boot.h"

static bool in_image(uint64_t addr)
{
	return addr - MODEL_DATA < MODEL_DATA_BYTES;
}

/* MAKE_ALL_LISTS(): the slabs of a list get another head. */
static void list_replace(struct model *m, uint64_t from, uint64_t to)
{
	list_init(m, to);
	if (list_empty(m, from))
		return;
	put64(m, to, get64(m, from));
	put64(m, to + 8, get64(m, from + 8));
	put64(m, get64(m, from) + 8, to);
	put64(m, get64(m, from + 8), to);
}

/* init_list() */
static void node_replace(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t from = slab_get_node(m, s, node), to;

	if (!in_image(from))
		return;
	to = slab_kmalloc_node(m, m->shape.list3_bytes, model_gfp_kernel(m), (int)node);
	BUG_IF(m, !to);
	for (uint32_t i = 0; i < m->shape.list3_bytes; i += 8)
		put64(m, to + i, get64(m, from + i));
	list_replace(m, AT(m, from, l3_partial), AT(m, to, l3_partial));
	list_replace(m, AT(m, from, l3_full), AT(m, to, l3_full));
	list_replace(m, AT(m, from, l3_free), AT(m, to, l3_free));
	/* To allocate it may have changed the very lists and counters that it is to have. */
	put(m, to, l3_free_objects, get(m, from, l3_free_objects));
	put(m, to, l3_colour_next, get(m, from, l3_colour_next));
	put(m, to, l3_free_touched, get(m, from, l3_free_touched));
	slab_set_node(m, s, node, to);
}

static void array_replace(struct model *m, uint64_t s)
{
	uint64_t from, to;

	if (!slab_has(m, ARRAYS) || !in_image(slab_cpu_array(m, s, 0)))
		return;
	to = boot_array(m);
	from = slab_cpu_array(m, s, 0);
	for (uint32_t i = 0; i < m->shape.array_bytes + 8; i += 8)
		put64(m, to + i, get64(m, from + i));
	put64(m, AT(m, s, cache_array), to);
}

static void variables_replace(struct model *m)
{
	for (uint64_t entry = get64(m, m->slab_caches); entry != m->slab_caches;
	     entry = get64(m, entry)) {
		uint64_t s = slab_cache_of_link(m, entry);

		array_replace(m, s);
		for (unsigned int node = 0; node < m->nr_nodes; node++)
			node_replace(m, s, node);
	}
}

/* cache_cache, kmem_cache_boot: a variable for good. */
static void first_cache(struct model *m)
{
	struct slab_spec spec = {
		.size = slab_cache_bytes(m),
		.flags = m->era->flags->hwcache_align,
		.name = slab_literal(m, "kmem_cache"),
		.usersize = 0,
	};
	const char *name = slab_has(m, CACHE_CHAIN) ? "cache_cache" : "kmem_cache_boot";
	bool opened;

	m->cache_cache = data_get(m, name, slab_cache_bytes(m));
	if (!slab_has(m, CACHE_CHAIN))
		put64(m, data_get(m, "kmem_cache", 8), m->cache_cache);
	opened = slab_cache_open(m, m->cache_cache, &spec);
	BUG_IF(m, !opened);
	boot_setup(m, m->cache_cache);
}

static void percpu_variables(struct model *m)
{
	uint64_t stack = percpu_get(m, 16 + 16 * 32, 16), reaps = percpu_get(m, 4, 4);

	symbol_add(m, "stack_of_slab_lists", stack, 16 + 16 * 32);
	symbol_add(m, slab_has(m, CACHE_CHAIN) ? "reap_node" : "slab_reap_node", reaps, 4);
	/* Each CPU begins with the node after its own. */
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++)
		put32(m, reaps + m->cpu_offset[cpu], (cpu_node(m, cpu) + 1) % m->nr_nodes);
}

static void variables_make(struct model *m)
{
	m->rcu_call = slab_rcu_free;
	m->slab_caches = data_get(m, slab_has(m, CACHE_CHAIN) ? "cache_chain" : "slab_caches", 16);
	list_init(m, m->slab_caches);
	mutex_make(m, slab_has(m, CACHE_CHAIN) ? "cache_chain_mutex" : "slab_mutex");
	data_get(m, slab_has(m, CACHE_CHAIN) ? "g_cpucache_up" : "slab_state", 4);
	if (slab_has(m, RCU_LATER))
		list_init(m, data_get(m, "slab_caches_to_rcu_destroy", 16));
	symbol_add(m, "_text", MODEL_TEXT, 0);
	symbol_add(m, "_stext", MODEL_TEXT, 0);
	symbol_add(m, "_etext", MODEL_TEXT + MODEL_TEXT_BYTES, 0);
	symbol_add(m, "_end", MODEL_DATA + MODEL_DATA_BYTES, 0);
	symbol_add(m, "owner_allocates", SLAB_TEXT_ALLOCATES, 0x100);
	symbol_add(m, "owner_frees", SLAB_TEXT_FREES, 0x100);
	symbol_add(m, "kmem_cache_alloc", SLAB_TEXT_ALLOCATOR, 0x100);
	symbol_add(m, "kmem_rcu_free", SLAB_TEXT_RCU_FREE, 0x40);
	symbol_add(m, "init_once", SLAB_TEXT_CTOR, 0x20);
	put64(m, data_get(m, "jiffies", 8), MODEL_JIFFIES);
	put64(m, data_get(m, "tick_nsec", 8), 4000000);
	/* A static key: whether it is on comes first. 5.3 (6471384af2a6). */
	if (has(m, ZERO_0X100))
		put32(m, data_get(m, "init_on_free", 16), m->init_on_free);
	percpu_variables(m);
	slab_kmalloc_tables(m);
}

/* What enum slab_state, or g_cpucache_up, calls the end of boot. */
static void state_tell(struct model *m)
{
	put32(m, kernel_symbol(m, slab_has(m, CACHE_CHAIN) ? "g_cpucache_up" : "slab_state"),
	      slab_has(m, CACHE_CHAIN) ? 4
	      : has(m, COMPOUND_HEAD)  ? 4
				       : 5);
}

static void late(struct model *m)
{
	for (uint64_t entry = get64(m, m->slab_caches); entry != m->slab_caches;
	     entry = get64(m, entry)) {
		bool enabled = enable_cpucache(m, slab_cache_of_link(m, entry)) &&
			       slab_random_seq(m, slab_cache_of_link(m, entry));

		BUG_IF(m, !enabled);
	}
}

static void boot(struct model *m)
{
	m->shape.cache_bytes = slab_cache_bytes(m);
	variables_make(m);
	m->slab_state = SLAB_NONE;
	first_cache(m);
	if (slab_has(m, ARRAYS))
		slab_kmalloc_sizes(m, m->shape.array_bytes + 8);
	m->slab_state = SLAB_PARTIAL_NODE;
	slab_kmalloc_sizes(m, m->shape.list3_bytes);
	m->slab_state = SLAB_EARLY;
	if (!slab_has(m, ARRAYS))
		variables_replace(m);
	slab_kmalloc_sizes(m, 0);
	if (slab_has(m, ARRAYS))
		variables_replace(m);
	late(m);
	m->slab_state = SLAB_READY;
	state_tell(m);
}

/* What no SLAB does without. */
static const char *missing(const struct model_shape *shape)
{
	const struct {
		const char *what;
		const struct target_member *member;
	} needed[] = {
		{ "kmem_cache.num", &shape->cache_num },
		{ "kmem_cache.gfporder", &shape->cache_gfporder },
		{ "kmem_cache.batchcount", &shape->cache_batchcount },
		{ "array_cache.avail", &shape->ac_avail },
		{ "slabs_partial of a node", &shape->l3_partial },
		{ "s_mem of a slab", &shape->slab_s_mem },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!needed[i].member->size)
			return needed[i].what;
	return NULL;
}

const struct model_allocator slab_model = {
	.types = slab_types,
	.missing = missing,
	.boot = boot,
};
