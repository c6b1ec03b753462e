/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kmem_cache_init(): the allocator allocates its own structures.
 *
 * Two caches come first, in structures that are variables of the kernel: that of kmem_cache_node,
 * whose first objects are taken from its first slab by hand, and that of kmem_cache. Then both
 * structures move into objects.
 */
#include "model/slub/cache.h"
#include "model/slub/types.h"

static void adopt_slabs(struct model *m, uint64_t s, uint64_t head)
{
	for (uint64_t entry = get64(m, head); entry != head; entry = get64(m, entry))
		put(m, entry - m->shape.slab_list.offset, slab_cache, s);
}

/* Move a cache from a variable into an object. */
static uint64_t bootstrap(struct model *m, uint64_t from)
{
	uint64_t s = cache_alloc(m);

	BUG_IF(m, !s);
	for (uint32_t i = 0; i < m->shape.cache_bytes; i += 8)
		put64(m, s + i, get64(m, from + i));
	/* The CPU's slab is on no list, so it goes to one first. */
	if (has(m, CPU_SLAB))
		flush_cpu(m, s);
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t n = get_node(m, s, node);

		adopt_slabs(m, s, AT(m, n, node_partial));
		adopt_slabs(m, s, AT(m, n, node_full));
	}
	if (has(m, MEMCG_CLONES))
		memcg_init_params(m, s);
	list_add(m, AT(m, s, cache_list), m->slab_caches);
	return s;
}

static void bootstrap_caches(struct model *m)
{
	const struct model_flags *f = m->era->flags;
	uint64_t flags = f->hwcache_align | f->no_obj_ext | f->no_sheaves;
	uint64_t kmem_cache = data_get(m, "kmem_cache", 8);
	uint64_t kmem_cache_node = data_get(m, "kmem_cache_node", 8);

	m->node_cache = data_get(m, NULL, m->shape.cache_bytes);
	m->cache_cache = data_get(m, NULL, m->shape.cache_bytes);
	put64(m, kmem_cache_node, m->node_cache);
	put64(m, kmem_cache, m->cache_cache);
	create_boot_cache(m, m->node_cache, text_literal(m, "kmem_cache_node"), m->shape.node_bytes,
			  flags, 0);
	set_slab_state(m, SLAB_PARTIAL);
	create_boot_cache(m, m->cache_cache, text_literal(m, "kmem_cache"), m->shape.cache_bytes,
			  flags, 0);
	m->cache_cache = bootstrap(m, m->cache_cache);
	put64(m, kmem_cache, m->cache_cache);
	m->node_cache = bootstrap(m, m->node_cache);
	put64(m, kmem_cache_node, m->node_cache);
}

static void init_freelist_randomization(struct model *m)
{
	lock_take(m, m->slab_mutex);
	for (uint64_t entry = get64(m, m->slab_caches); entry != m->slab_caches;
	     entry = get64(m, entry))
		init_cache_random_seq(m, cache_entry(m, entry));
	lock_drop(m, m->slab_mutex);
}

static void kmalloc_tables_make(struct model *m)
{
	uint32_t row = 8 * (KMALLOC_INDEX_HIGH + 1);

	m->kmalloc_caches = data_get(m, "kmalloc_caches", row * kmalloc_rows(m).nr);
	if (!has(m, KMALLOC_2D))
		data_get(m, "kmalloc_dma_caches", row);
	if (!has(m, KMALLOC_RANDOM))
		return;
	m->random_kmalloc_seed = model_random(m);
	put64(m, data_get(m, "random_kmalloc_seed", 8), m->random_kmalloc_seed);
}

/* CONFIG_HZ_250: a tick is 4 ms. The variable that says so is a constant in 7.2. */
static void tick_make(struct model *m)
{
	uint64_t clock;

	if (!has(m, LAZY_LIST)) {
		put64(m, data_get(m, "tick_nsec", 8), 4000000);
		return;
	}
	clock = data_get(m, "clocksource_jiffies", 64);
	put(m, clock, clock_mult, 4000000 << 8);
	put(m, clock, clock_shift, 8);
}

/* What tracks are read by: who calls the allocator, and when. */
static void debug_variables_make(struct model *m)
{
	symbol_add(m, "_text", MODEL_TEXT, 0);
	symbol_add(m, "_stext", MODEL_TEXT, 0);
	symbol_add(m, "_etext", MODEL_TEXT + MODEL_TEXT_BYTES, 0);
	symbol_add(m, "_end", MODEL_DATA + MODEL_DATA_BYTES, 0);
	/* What it frees it does not clear. */
	if (has(m, SHEAVES))
		symbol_add(m, "kfree_nolock", MODEL_TEXT + 0x30000, 0x100);
	symbol_add(m, "owner_allocates", TEXT_ALLOCATES, 0x100);
	symbol_add(m, "owner_frees", TEXT_FREES, 0x100);
	symbol_add(m, "owner_is_called", TEXT_OUTER, 0x100);
	stack_depot_init(m);
	put64(m, data_get(m, "jiffies", 8), MODEL_JIFFIES);
	tick_make(m);
	/* A static key: whether it is on comes first. 5.3 (6471384af2a6). */
	if (has(m, ZERO_0X100))
		put32(m, data_get(m, "init_on_free", 16), m->init_on_free);
}

static void variables_make(struct model *m)
{
	rcu_init(m);
	m->slab_caches = data_get(m, "slab_caches", 16);
	list_init(m, m->slab_caches);
	mutex_make(m, "slab_mutex");
	data_get(m, "slab_state", 4);
	kmalloc_tables_make(m);
	/* 3.13 destroys caches of type-safe objects on the spot, and so does 6.12. */
	if (!has(m, DESTROY_RELISTS) && !has(m, DESTROY_UNLINKS))
		list_init(m, data_get(m, "slab_caches_to_rcu_destroy", 16));
	if (has(m, MEMCG_VECTOR))
		data_get(m, "obj_cgroups", MEMCG_OWNERS * MEMCG_OWNER_BYTES);
	debug_variables_make(m);
	symbol_add(m, "rcu_free_slab", TEXT_RCU_FREE_SLAB, 0x40);
	symbol_add(m, "init_once", TEXT_CTOR, 0x20);
}

static void kmem_cache_init(struct model *m)
{
	/* per_node[] and node[] have room for all nodes that there could be. */
	m->shape.cache_bytes = m->shape.cache_node.offset +
			       m->nr_nodes * (has(m, PER_NODE) ? m->shape.per_node_bytes : 8);
	variables_make(m);
	bootstrap_caches(m);
	if (m->wants_kmalloc)
		create_kmalloc_caches(m);
	set_slab_state(m, SLAB_UP);
	init_freelist_randomization(m);
	set_slab_state(m, SLAB_FULL);
}

const struct model_allocator slub_model = {
	.types = slub_types,
	.missing = slub_missing,
	.boot = kmem_cache_init,
};
