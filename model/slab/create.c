/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmem_cache_create(). */
#include "model/slab/slab.h"

/* cache_random_seq_create(), 4.8: indices, for SLUB offsets. */
bool slab_random_seq(struct model *m, uint64_t s)
{
	uint32_t num = slab_num(m, s);
	uint64_t seq;

	if (!slab_has(m, RANDOM_SEQ) || num < 2 || get(m, s, cache_random_seq))
		return true;
	seq = slab_kmalloc_node(m, 4 * num, model_gfp_kernel(m) | m->era->gfp->zero,
				MODEL_ANY_NODE);
	if (!seq)
		return false;
	put(m, s, cache_random_seq, seq);
	for (uint32_t i = 0; i < num; i++)
		put32(m, seq + 4 * (uint64_t)i, i);
	for (uint32_t i = num - 1; i > 0; i--) {
		uint64_t here = seq + 4 * (uint64_t)i, there = seq + 4 * model_below(m, i + 1);
		uint32_t index = get32(m, here);

		put32(m, here, get32(m, there));
		put32(m, there, index);
	}
	return true;
}

void slab_cache_release(struct model *m, uint64_t s)
{
	if (slab_has(m, RANDOM_SEQ) && get(m, s, cache_random_seq)) {
		slab_kfree_object(m, get(m, s, cache_random_seq));
		put(m, s, cache_random_seq, 0);
	}
	slab_free_arrays(m, s);
	if (!slab_has(m, CACHE_CHAIN)) {
		uint64_t page, name = get(m, s, cache_name);

		/* Names of the kernel's own are constants. */
		if (page_of_virt(m, name, &page))
			slab_kfree_object(m, name);
	}
	slab_free_object(m, m->cache_cache, s);
}

/* 2.6.32: whose name is it? One byte of it is tried first. Return: false: the name is taken. */
static bool name_check(struct model *m, const char *name)
{
	for (uint64_t entry = get64(m, m->slab_caches); entry != m->slab_caches;
	     entry = get64(m, entry)) {
		uint64_t s = slab_cache_of_link(m, entry), at = get(m, s, cache_name);
		char text[SLAB_NAME_ROOM], byte;

		if (!model_peek(m, at, &byte, 1)) {
			model_report(m, MODEL_REPORT_LOST_NAME,
				     "SLAB: cache with size %u has lost its name",
				     slab_stride(m, s));
			continue;
		}
		m->doing = "compares the names of caches";
		model_text(m, at, text, sizeof(text));
		if (!strcmp(text, name)) {
			model_report(m, MODEL_REPORT_CREATE_FAILED,
				     "kmem_cache_create: duplicate cache %s", name);
			return false;
		}
	}
	return true;
}

/* CREATE_MASK: flags that a caller may have. */
static bool flags_are_sane(const struct model *m, uint64_t flags)
{
	const struct model_flags *f = m->era->flags;
	uint64_t mask = f->hwcache_align | f->cache_dma | f->reclaim_account | f->panic |
			f->typesafe_by_rcu | f->mem_spread | f->noleaktrace;

	if (slab_has(m, DEBUG_SLAB))
		mask |= f->red_zone | f->poison | f->store_user;
	return !(flags & ~mask);
}

static struct slab_spec spec_of(struct model *m, const struct model_cache_args *args)
{
	struct slab_spec spec = {
		.size = args->size,
		.align = args->align,
		.flags = era_flags(m, args->flags & ~MODEL_CACHE_DEBUG),
		.ctor = args->ctor ? SLAB_TEXT_CTOR : 0,
		.useroffset = args->useroffset,
		.usersize = args->usersize,
	};

	/* Who does not want to be merged says so by a usersize since 4.16, and could not before. */
	if (args->flags & MODEL_CACHE_NO_MERGE) {
		if (has_member(m, cache_usersize))
			spec.usersize = args->size;
		else
			spec.flags |= m->era->flags->noleaktrace;
	}
	return spec;
}

static uint64_t cache_new(struct model *m, struct slab_spec *spec, const char *name)
{
	uint64_t s = slab_alloc_object(m, m->cache_cache, model_gfp_kernel(m) | m->era->gfp->zero,
				       MODEL_ANY_NODE);

	if (!s)
		return 0;
	spec->name = slab_text(m, name);
	if (!spec->name || !slab_cache_open(m, s, spec)) {
		model_report(m, MODEL_REPORT_CREATE_FAILED,
			     "kmem_cache_create: couldn't create cache %s.", name);
		if (spec->name && !slab_has(m, CACHE_CHAIN))
			slab_kfree_object(m, spec->name);
		slab_free_object(m, m->cache_cache, s);
		return 0;
	}
	if (!enable_cpucache(m, s) || !slab_random_seq(m, s)) {
		slab_cache_release(m, s);
		return 0;
	}
	if (has_member(m, cache_refcount))
		put(m, s, cache_refcount, 1);
	list_add(m, AT(m, s, cache_link), m->slab_caches);
	return s;
}

/* 3.6: kmem_cache_sanity_check() and what follows in slab_common.c, without DEBUG_VM. */
static bool args_are_sane(struct model *m, const struct model_cache_args *args)
{
	if (slab_has(m, CACHE_CHAIN)) {
		BUG_IF(m, !args->name || m->irqs_off[m->run->cpu] || args->size < 8 ||
				  args->size > SLAB_SIZE_MAX);
		BUG_IF(m, !flags_are_sane(m, era_flags(m, args->flags & ~MODEL_CACHE_DEBUG)));
		return name_check(m, args->name);
	}
	/* Without DEBUG_VM nothing but the mask is checked; a size of 0 finds no order. */
	return args->name && args->size && args->size <= SLAB_SIZE_MAX;
}

static uint64_t create(struct model *m, const struct model_cache_args *args)
{
	struct slab_spec spec = spec_of(m, args);
	uint64_t s = 0;

	lock_take(m, m->slab_mutex);
	if (args_are_sane(m, args)) {
		s = slab_has(m, MERGES) ? slab_alias(m, &spec) : 0;
		if (!s)
			s = cache_new(m, &spec, args->name);
	}
	lock_drop(m, m->slab_mutex);
	BUG_IF(m, !s && args->flags & MODEL_CACHE_PANIC);
	return s;
}

enum model_end slab_create(struct model *m, unsigned int cpu, const struct model_cache_args *args,
			   uint64_t *cache)
{
	*cache = 0;
	OPERATION(m, cpu, *cache = create(m, args));
}
