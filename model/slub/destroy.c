/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmem_cache_destroy(), and what happens to a cache whose owner forgets it. */
#include "model/slub/cache.h"

/* free_partial(): empty slabs go. As of 3.13 nobody thought that a lock was needed. */
static void free_partial(struct model *m, uint64_t s, uint64_t n)
{
	uint64_t list = AT(m, n, node_partial), visited = 0, next, slab, head;
	bool locks = has(m, SHRINK_PROMOTES);

	/* The list head is the CPU's: see list_heads(). */
	preempt_disable(m);
	head = list_heads(m);
	list_init(m, head);
	if (locks)
		lock_take(m, AT(m, n, node_list_lock));
	for (uint64_t entry = get64(m, list); entry != list; entry = next) {
		endless(m, &visited, entry);
		next = get64(m, entry);
		slab = entry - m->shape.slab_list.offset;
		if (counters_inuse(slab_counters(m, slab)))
			continue; /* "Objects remaining in %s on __kmem_cache_shutdown()" */
		remove_partial(m, n, slab);
		if (locks)
			list_add(m, entry, head);
		else
			discard_slab(m, s, slab);
	}
	if (locks)
		lock_drop(m, AT(m, n, node_list_lock));
	for (uint64_t entry = get64(m, head); entry != head; entry = next) {
		next = get64(m, entry);
		discard_slab(m, s, entry - m->shape.slab_list.offset);
	}
	preempt_enable(m);
}

/* __kmem_cache_shutdown(); false: it still has objects. */
static bool shutdown(struct model *m, uint64_t s)
{
	uint64_t n, barn;

	flush_all(m, s);
	/* Sheaves of objects that wait for a grace period come back to the barn. */
	if (cache_has_sheaves(m, s))
		rcu_run(m);
	for (unsigned int node = 0; has(m, SHEAVES) && node < m->nr_nodes; node++) {
		barn = get_barn_node(m, s, node);
		if (barn)
			barn_shrink(m, s, barn);
	}
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = get_node(m, s, node);
		if (!n)
			continue;
		free_partial(m, s, n);
		if (get(m, n, node_nr_partial) || get(m, n, node_nr_slabs))
			return false;
	}
	return true;
}

static void release(struct model *m, uint64_t s)
{
	cache_close(m, s);
	memcg_free_params(m, s);
	cache_free(m, s);
}

static bool is_rcu(struct model *m, uint64_t s)
{
	return cache_flags(m, s) & m->era->flags->typesafe_by_rcu;
}

/*
 * 3.13: called and left with the mutex held. A cache that has objects returns to the list, with a
 * refcount of 0, so that it can never be destroyed any more.
 */
static bool destroy_or_relist(struct model *m, uint64_t s)
{
	list_del(m, AT(m, s, cache_list));
	if (!shutdown(m, s)) {
		list_add(m, AT(m, s, cache_list), m->slab_caches);
		return false;
	}
	cache_close(m, s);
	lock_drop(m, m->slab_mutex);
	if (is_rcu(m, s))
		rcu_run(m);
	memcg_free_params(m, s);
	cache_free(m, s);
	lock_take(m, m->slab_mutex);
	return true;
}

/* A worker ends these once their slabs are gone. */
static void destroy_after_rcu(struct model *m, uint64_t s)
{
	uint64_t list = kernel_symbol(m, "slab_caches_to_rcu_destroy");

	if (list)
		list_add_tail(m, AT(m, s, cache_list), list);
	lock_drop(m, m->slab_mutex);
	rcu_run(m);
	if (list) {
		lock_take(m, m->slab_mutex);
		list_del(m, AT(m, s, cache_list));
		lock_drop(m, m->slab_mutex);
	}
	release(m, s);
	lock_take(m, m->slab_mutex);
}

/* 3.19 to 6.11: one that has objects stays where it is, with a refcount of 0. */
static bool destroy_or_keep(struct model *m, uint64_t s)
{
	if (!shutdown(m, s))
		return false;
	list_del(m, AT(m, s, cache_list));
	if (is_rcu(m, s)) {
		destroy_after_rcu(m, s);
	} else if (!has(m, DEBUG_UNDER_LOCK)) {
		release(m, s);
	} else {
		/* 0495e337b703, 6.0: without the mutex. */
		lock_drop(m, m->slab_mutex);
		release(m, s);
		lock_take(m, m->slab_mutex);
	}
	return true;
}

/* 6.12 (4ec10268ed98): it leaves the list in any case. What is left of it can only be found through
 * its slabs. */
static bool destroy_or_unlink(struct model *m, uint64_t s)
{
	bool empty = shutdown(m, s);

	list_del(m, AT(m, s, cache_list));
	if (!empty)
		return false;
	lock_drop(m, m->slab_mutex);
	if (is_rcu(m, s))
		rcu_run(m);
	release(m, s);
	lock_take(m, m->slab_mutex);
	return true;
}

static bool destroy_locked(struct model *m, uint64_t s)
{
	if (has(m, DESTROY_RELISTS))
		return destroy_or_relist(m, s);
	if (has(m, DESTROY_UNLINKS))
		return destroy_or_unlink(m, s);
	return destroy_or_keep(m, s);
}

/* shutdown_memcg_caches(); false: one of the clones has objects. */
static bool destroy_clones(struct model *m, uint64_t root)
{
	bool all = true;

	for (uint32_t id = 0; id < memcg_clones(m, root); id++) {
		uint64_t clone = memcg_clone(m, root, id);

		if (!clone)
			continue;
		if (has(m, DESTROY_RELISTS))
			cache_set_refcount(m, clone, 0);
		if (destroy_locked(m, clone))
			memcg_forget_clone(m, root, id);
		else
			all = false;
	}
	return all;
}

static void complain(struct model *m, uint64_t s)
{
	char name[CACHE_NAME_ROOM];

	model_text(m, get(m, s, cache_name), name, sizeof(name));
	model_report(m, MODEL_REPORT_OBJECTS_REMAINING,
		     "kmem_cache_destroy %s: Slab cache still has objects", name);
}

static void cache_destroy(struct model *m, uint64_t s, bool *error)
{
	int32_t count;

	lock_take(m, m->slab_mutex);
	count = cache_refcount(m, s) - 1;
	cache_set_refcount(m, s, count);
	if (!count) {
		bool clones = !has(m, MEMCG_CLONES) || destroy_clones(m, s);

		/* 3.13 goes on when a clone has objects. */
		*error = (!clones && has(m, MEMCG_EMBEDDED)) || !destroy_locked(m, s);
		if (*error)
			complain(m, s);
	}
	lock_drop(m, m->slab_mutex);
}

enum model_end model_cache_destroy(struct model *m, unsigned int cpu, uint64_t cache, bool *error)
{
	*error = false;
	OPERATION(m, cpu, cache_destroy(m, cache, error));
}

/* Where a module's text and data were, and no memory is any more. */
#define MODULES UINT64_C(0xffffffffc0000000)

/*
 * The name of such a cache points to where its module was, as 2.6.32 kept the caller's pointer:
 * there is nothing any more, or what came there later.
 */
static void orphan(struct model *m, uint64_t s)
{
	uint64_t name = MODULES + (model_below(m, 1 << 16) << 4);

	if (!m->under && !m->orphan_name)
		m->orphan_name = data_get(m, NULL, CACHE_NAME_ROOM);
	if (m->orphan_name && model_below(m, 2)) {
		name = m->orphan_name;
		for (uint32_t i = 0; i < CACHE_NAME_ROOM; i += 8)
			put64(m, name + i, model_random(m) | UINT64_C(0x8080808080808080));
	}
	memory_put(m, get(m, s, cache_name));
	put(m, s, cache_name, name);
}

enum model_end model_cache_orphan(struct model *m, unsigned int cpu, uint64_t cache)
{
	OPERATION(m, cpu, orphan(m, cache));
}
