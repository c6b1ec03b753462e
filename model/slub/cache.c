/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmem_cache_create(). */
#include "model/slub/cache.h"

uint64_t cache_alloc(struct model *m)
{
	return slab_alloc_node(m, m->cache_cache, model_gfp_kernel(m) | m->era->gfp->zero,
			       MODEL_ANY_NODE, cache_object_size(m, m->cache_cache));
}

/* freelist_randomize(): Fisher-Yates; then 4.7 and later keep bytes instead of indices. */
static void randomize(struct model *m, uint64_t seq, uint32_t count, uint32_t size)
{
	for (uint32_t i = 0; i < count; i++)
		put32(m, seq + 4 * (uint64_t)i, i);
	for (uint32_t i = count - 1; i > 0; i--) {
		uint64_t here = seq + 4 * (uint64_t)i, there = seq + 4 * model_below(m, i + 1);
		uint32_t index = get32(m, here);

		put32(m, here, get32(m, there));
		put32(m, there, index);
	}
	for (uint32_t i = 0; i < count; i++)
		put32(m, seq + 4 * (uint64_t)i, get32(m, seq + 4 * (uint64_t)i) * size);
}

bool init_cache_random_seq(struct model *m, uint64_t s)
{
	uint32_t count = oo_objects(cache_oo(m, s));
	uint64_t seq;

	if (!has(m, RANDOM_SEQ) || count < 2 || get(m, s, cache_random_seq))
		return true;
	seq = memory_zalloc(m, count * 4, model_gfp_kernel(m), MODEL_ANY_NODE, CALLER_OF_SEQUENCES);
	if (!seq)
		return false;
	put(m, s, cache_random_seq, seq);
	randomize(m, seq, count, cache_size(m, s));
	return true;
}

/* alloc_kmem_cache_cpus(), init_kmem_cache_cpus(). */
static bool cpus_init(struct model *m, uint64_t s)
{
	uint64_t place;

	if (has(m, CPU_SLAB)) {
		place = percpu_get(m, m->shape.cpu_bytes, 16);
		if (!place)
			return false;
		put(m, s, cache_cpu_slab, place);
		for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++)
			put64(m, AT(m, place + m->cpu_offset[cpu], cpu_tid), cpu);
	}
	return !has(m, SHEAVES) || pcs_init(m, s);
}

static void set_identity(struct model *m, uint64_t s, const struct cache_spec *spec)
{
	put(m, s, cache_name, spec->name);
	put(m, s, cache_object_size, spec->object_size);
	put(m, s, cache_size, spec->object_size);
	put(m, s, cache_flags, spec->flags);
	if (has(m, HARDENED))
		put(m, s, cache_random, model_random(m));
	put(m, s, cache_align, spec->align);
	put(m, s, cache_ctor, spec->ctor);
	if (has_member(m, cache_usersize)) {
		put(m, s, cache_useroffset, spec->useroffset);
		put(m, s, cache_usersize, spec->usersize);
	}
}

/* SLAB_NO_CMPXCHG: debug caches need their slabs locked. 4.6 let go of some. */
static void set_cmpxchg(struct model *m, uint64_t s)
{
	const struct model_flags *f = m->era->flags;
	uint64_t flags = cache_flags(m, s);
	uint64_t needs_lock = has(m, RED_LEFT_PAD)
				      ? f->consistency_checks | f->store_user | f->trace
				      : debug_flags(m);

	if (!(flags & needs_lock))
		put(m, s, cache_flags, flags | f->cmpxchg_double);
}

bool cache_open(struct model *m, uint64_t s, const struct cache_spec *spec)
{
	set_identity(m, s, spec);
	if (!calculate_sizes(m, s, spec))
		return false;
	set_cmpxchg(m, s);
	set_partial_limits(m, s);
	if (has_member(m, cache_defrag_ratio))
		put(m, s, cache_defrag_ratio, 1000);
	if ((m->slab_state < SLAB_UP || init_cache_random_seq(m, s)) &&
	    init_kmem_cache_nodes(m, s) && cpus_init(m, s))
		return true;
	cache_close(m, s);
	return false;
}

void cache_close(struct model *m, uint64_t s)
{
	if (has(m, RANDOM_SEQ)) {
		memory_put(m, get(m, s, cache_random_seq));
		put(m, s, cache_random_seq, 0);
	}
	if (has(m, SHEAVES))
		pcs_destroy(m, s);
	free_kmem_cache_nodes(m, s);
}

void cache_free(struct model *m, uint64_t s)
{
	memory_put(m, get(m, s, cache_name));
	cache_free_object(m, m->cache_cache, head_page(m, s), s);
}

/* The name is copied after the struct is allocated until 3.18, and before since. */
static uint64_t cache_new(struct model *m, struct cache_spec *spec, const char *name)
{
	bool name_first = has(m, SHRINK_PROMOTES);
	uint64_t s = name_first ? 0 : cache_alloc(m);

	spec->name = s || name_first ? text_get(m, name) : 0;
	if (name_first && spec->name)
		s = cache_alloc(m);
	if (s && spec->name) {
		if (has(m, MEMCG_CLONES))
			memcg_init_params(m, s);
		if (cache_open(m, s, spec)) {
			cache_set_refcount(m, s, 1);
			list_add(m, AT(m, s, cache_list), m->slab_caches);
			return s;
		}
	}
	memory_put(m, spec->name);
	if (s)
		cache_free_object(m, m->cache_cache, head_page(m, s), s);
	return 0;
}

/*
 * Who does not want a cache to be merged says so with a flag since 6.5 (d0bf7d5759c1). Before,
 * since 4.16, an area that may be copied to user space had the same effect. Before that there was
 * no good way; of the bad ones, SLAB_NOLEAKTRACE does not change anything else.
 */
static void forbid_merging(struct model *m, struct cache_spec *spec)
{
	if (m->era->flags->no_merge)
		spec->flags |= m->era->flags->no_merge;
	else if (!has_member(m, cache_usersize))
		spec->flags |= m->era->flags->noleaktrace;
	else if (!spec->usersize)
		spec->usersize = spec->object_size;
}

static struct cache_spec spec_of(struct model *m, const struct model_cache_args *args)
{
	struct cache_spec spec = {
		.object_size = args->size,
		.align = args->align,
		.flags = era_flags(m, args->flags),
		.ctor = args->ctor ? TEXT_CTOR : 0,
		.sheaf_capacity = args->sheaf_capacity,
	};

	/* An area that does not fit is as good as none. */
	if (args->usersize <= args->size && args->useroffset <= args->size - args->usersize &&
	    args->usersize) {
		spec.useroffset = args->useroffset;
		spec.usersize = args->usersize;
	}
	if (args->flags & MODEL_CACHE_NO_MERGE || (has(m, SHEAVES) && args->sheaf_capacity))
		forbid_merging(m, &spec);
	return spec;
}

static bool args_are_sane(const struct model_cache_args *args)
{
	return args->name && args->size && args->size <= KMALLOC_SIZE_MAX &&
	       args->align <= MODEL_PAGE && !(args->align & (args->align - 1));
}

static uint64_t create_locked(struct model *m, const struct model_cache_args *args)
{
	struct cache_spec spec = spec_of(m, args);
	uint64_t s = cache_alias(m, &spec);

	if (s)
		return s;
	spec.align = calculate_alignment(m, spec.flags, spec.align, spec.object_size);
	return cache_new(m, &spec, args->name);
}

uint64_t create_cache(struct model *m, const struct model_cache_args *args)
{
	uint64_t s = 0;

	if (args_are_sane(args)) {
		lock_take(m, m->slab_mutex);
		s = create_locked(m, args);
		lock_drop(m, m->slab_mutex);
	}
	if (s)
		return s;
	if (args->flags & MODEL_CACHE_PANIC)
		model_oops_at(m, MODEL_OOPS_BUG, 0, "panics as a cache cannot be created");
	model_report(m, MODEL_REPORT_CREATE_FAILED, "kmem_cache_create(%s) failed",
		     args->name ? args->name : "(null)");
	return 0;
}

enum model_end model_cache_create(struct model *m, unsigned int cpu,
				  const struct model_cache_args *args, uint64_t *cache)
{
	*cache = 0;
	OPERATION(m, cpu, *cache = create_cache(m, args));
}

enum model_end model_cache_flush(struct model *m, unsigned int cpu, uint64_t cache)
{
	OPERATION(m, cpu, flush_all(m, cache));
}

static uint64_t find_by_name(struct model *m, const char *wanted)
{
	uint64_t head = m->slab_caches ? m->slab_caches : kernel_symbol(m, "slab_caches");
	uint64_t visited = 0, entry;
	char name[CACHE_NAME_ROOM];

	for (entry = get64(m, head); entry != head; entry = get64(m, entry)) {
		uint64_t s = cache_entry(m, entry), at;

		endless(m, &visited, entry);
		/* Orphans have names that nobody can read. */
		at = get(m, s, cache_name);
		memset(name, 0, sizeof(name));
		for (size_t i = 0; i + 1 < sizeof(name); i++)
			if (!model_peek(m, at + i, name + i, 1) || !name[i])
				break;
		if (!strcmp(name, wanted))
			return s;
	}
	return 0;
}

static enum model_end find_operation(struct model *m, const char *name, uint64_t *cache)
{
	OPERATION(m, 0, *cache = find_by_name(m, name));
}

uint64_t model_cache_find(struct model *m, const char *name)
{
	uint64_t cache = 0;

	return find_operation(m, name, &cache) == MODEL_DONE ? cache : 0;
}
