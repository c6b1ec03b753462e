/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory cgroups get their clones of caches when they first use them, 3.8 to 5.8. */
#include "model/slub/cache.h"

#include <stdio.h>

static struct cache_spec clone_spec(struct model *m, uint64_t root, unsigned int memcg)
{
	const struct model_flags *f = m->era->flags;
	bool has_user_area = has_member(m, cache_usersize);
	char of[CACHE_NAME_ROOM], name[2 * CACHE_NAME_ROOM];

	model_text(m, get(m, root, cache_name), of, sizeof(of));
	snprintf(name, sizeof(name), "%s(%u:group%u)", of, memcg, memcg);
	return (struct cache_spec){
		.name = text_get(m, name),
		.object_size = cache_object_size(m, root),
		.align = (uint32_t)get(m, root, cache_align),
		.flags = cache_flags(m, root) & ~(f->object_poison | f->cmpxchg_double | f->panic),
		.ctor = get(m, root, cache_ctor),
		.useroffset = has_user_area ? (uint32_t)get(m, root, cache_useroffset) : 0,
		.usersize = has_user_area ? (uint32_t)get(m, root, cache_usersize) : 0,
	};
}

static void clone_link(struct model *m, uint64_t s, uint64_t root, unsigned int memcg)
{
	cache_set_refcount(m, s, 1);
	list_add(m, AT(m, s, cache_list), m->slab_caches);
	memcg_add_clone(m, root, memcg, s);
}

/* memcg_create_kmem_cache(). Who fails does not complain: the root serves as well. */
static void clone_make(struct model *m, uint64_t root, unsigned int memcg)
{
	struct cache_spec spec;
	uint64_t s;

	if (!memcg_clones_make(m, root))
		return;
	spec = clone_spec(m, root, memcg);
	s = spec.name ? cache_alloc(m) : 0;
	if (s && memcg_clone_params(m, s, root, memcg) && cache_open(m, s, &spec)) {
		clone_link(m, s, root, memcg);
		return;
	}
	memory_put(m, spec.name);
	if (s)
		cache_free_object(m, m->cache_cache, head_page(m, s), s);
}

/*
 * The kernel leaves this to a worker, so that it can sleep and is in no cgroup. Here it is done at
 * once if that is possible, and otherwise the next time.
 */
static void clone_later(struct model *m, uint64_t root, unsigned int memcg)
{
	unsigned int cpu = m->run->cpu;

	if (m->atomic[cpu] || m->run->irqs_off || m->run->preempt_off ||
	    !lock_try(m, m->slab_mutex))
		return;
	m->memcg[cpu] = 0;
	clone_make(m, root, memcg);
	m->memcg[cpu] = memcg;
	lock_drop(m, m->slab_mutex);
}

/* All caches until 4.4; since, those that ask for it, or whoever allocates does. */
static bool is_accounted(struct model *m, uint64_t s, uint32_t gfp)
{
	const struct model_gfp *g = m->era->gfp;

	if (!g->account)
		return !(gfp & g->nofail);
	return gfp & g->account || cache_flags(m, s) & m->era->flags->account;
}

uint64_t memcg_cache(struct model *m, uint64_t s, uint32_t gfp)
{
	unsigned int memcg = m->memcg[m->run->cpu];
	uint64_t clone;

	/* The caches that caches come from stay whole. */
	if (!memcg || memcg > MEMCG_CLONES_MAX || !has_clones(m) || s == m->cache_cache ||
	    s == m->node_cache || !is_accounted(m, s, gfp) || !is_root_cache(m, s))
		return s;
	clone = memcg_clone(m, s, memcg - 1);
	if (clone)
		return clone;
	clone_later(m, s, memcg);
	return s;
}
