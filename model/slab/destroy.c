/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmem_cache_destroy(), and what is left of a cache that still has objects. */
#include "model/slab/slab.h"

static bool is_rcu(struct model *m, uint64_t s)
{
	return slab_flags_of(m, s) & m->era->flags->typesafe_by_rcu;
}

static void complain(struct model *m, uint64_t s)
{
	char name[SLAB_NAME_ROOM];

	m->doing = "prints the name of a cache";
	model_text(m, get(m, s, cache_name), name, sizeof(name));
	if (slab_has(m, CACHE_CHAIN))
		model_report(m, MODEL_REPORT_OBJECTS_REMAINING,
			     "slab error in kmem_cache_destroy(): cache `%s': "
			     "Can't free all objects",
			     name);
	else
		model_report(m, MODEL_REPORT_OBJECTS_REMAINING,
			     "kmem_cache_destroy %s: Slab cache still has objects", name);
}

/* To 3.17: it leaves the list first, and what cannot be destroyed becomes the first of it. */
static bool destroy_or_relist(struct model *m, uint64_t s)
{
	list_del(m, AT(m, s, cache_link));
	if (slab_cache_shrink(m, s)) {
		if (slab_has(m, CACHE_CHAIN))
			complain(m, s);
		list_add(m, AT(m, s, cache_link), m->slab_caches);
		if (!slab_has(m, CACHE_CHAIN))
			complain(m, s);
		return false;
	}
	if (is_rcu(m, s))
		rcu_run(m);
	slab_cache_release(m, s);
	return true;
}

/* A work item ends these once their slabs are gone: 4.12 (657dc2f97220). */
static void release_later(struct model *m, uint64_t s)
{
	uint64_t list = kernel_symbol(m, "slab_caches_to_rcu_destroy");

	list_add_tail(m, AT(m, s, cache_link), list);
	lock_drop(m, m->slab_mutex);
	rcu_run(m);
	lock_take(m, m->slab_mutex);
	list_del(m, AT(m, s, cache_link));
	lock_drop(m, m->slab_mutex);
	slab_cache_release(m, s);
	lock_take(m, m->slab_mutex);
}

/* 3.18: it stays where it is, with a refcount of 0. */
static bool destroy_or_keep(struct model *m, uint64_t s)
{
	if (slab_cache_shrink(m, s)) {
		complain(m, s);
		return false;
	}
	list_del(m, AT(m, s, cache_link));
	if (is_rcu(m, s))
		release_later(m, s);
	else
		slab_cache_release(m, s);
	return true;
}

static void destroy(struct model *m, uint64_t s, bool *error)
{
	lock_take(m, m->slab_mutex);
	if (has_member(m, cache_refcount)) {
		put(m, s, cache_refcount, get(m, s, cache_refcount) - 1);
		if (get(m, s, cache_refcount)) {
			lock_drop(m, m->slab_mutex);
			return;
		}
	}
	*error = slab_has(m, DESTROY_RELISTS) ? !destroy_or_relist(m, s) : !destroy_or_keep(m, s);
	lock_drop(m, m->slab_mutex);
}

enum model_end slab_destroy_cache(struct model *m, unsigned int cpu, uint64_t cache, bool *error)
{
	*error = false;
	OPERATION(m, cpu, destroy(m, cache, error));
}

/*
 * The module's memory is unmapped: the constructor was there, and to 3.9 the name. Later the name is a copy
 * that lives on, and the caller's pointer is not kept.
 */
static void orphan(struct model *m, uint64_t s)
{
	uint64_t module = SLAB_MODULES + (model_below(m, 1 << 16) << 4);

	if (slab_has(m, CACHE_CHAIN))
		put(m, s, cache_name, module);
	if (get(m, s, cache_ctor))
		put(m, s, cache_ctor, module + 0x1000);
}

enum model_end slab_orphan(struct model *m, unsigned int cpu, uint64_t cache)
{
	OPERATION(m, cpu, orphan(m, cache));
}
