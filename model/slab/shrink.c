/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects go back from arrays to their slabs, and free slabs to the page allocator. */
#include "model/slab/slab.h"

static uint64_t list_begin(struct model *m)
{
	return slab_has(m, ONE_ITERATION) ? 0 : slab_list_head(m);
}

static void list_end(struct model *m, uint64_t s, uint64_t list)
{
	if (list)
		slabs_destroy(m, s, list);
}

/* do_drain(), on each CPU. */
static void drain_cpu(struct model *m, uint64_t s)
{
	unsigned int node = cpu_node(m, m->run->cpu);
	uint64_t ac = slab_cpu_array(m, s, m->run->cpu), n = slab_get_node(m, s, node), list;
	bool early = slab_has(m, AVAIL_FIRST_DROPPED);

	if (!ac)
		return;
	list = list_begin(m);
	l3_lock(m, n);
	free_block(m, s, slab_entry_at(m, ac, 0), slab_avail(m, ac), node, list);
	l3_unlock(m, n);
	if (early)
		put(m, ac, ac_avail, 0);
	list_end(m, s, list);
	if (!early)
		put(m, ac, ac_avail, 0);
}

static void drain_aliens(struct model *m, uint64_t s, uint64_t aliens)
{
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t alien = get64(m, aliens + 8 * (uint64_t)node), list;

		if (!alien)
			continue;
		list = list_begin(m);
		irq_save(m);
		lock_take(m, AT(m, alien, alien_lock));
		drain_alien(m, s, slab_alien_array(m, alien), node, list);
		lock_drop(m, AT(m, alien, alien_lock));
		irq_restore(m);
		list_end(m, s, list);
	}
}

void drain_array(struct model *m, uint64_t s, uint64_t n, uint64_t ac, bool force,
		 unsigned int node)
{
	uint32_t avail, tofree;
	uint64_t list;

	if (!ac || !slab_avail(m, ac))
		return;
	if (get32(m, AT(m, ac, ac_touched)) && !force) {
		put(m, ac, ac_touched, 0);
		return;
	}
	list = list_begin(m);
	l3_lock(m, n);
	avail = slab_avail(m, ac);
	tofree = force ? avail : (get32(m, AT(m, ac, ac_limit)) + 4) / 5;
	if (tofree > avail)
		tofree = (avail + 1) / 2;
	if (avail) {
		free_block(m, s, slab_entry_at(m, ac, 0), tofree, node, list);
		array_drop_count(m, ac, tofree);
		array_drop_move(m, ac, tofree);
	}
	l3_unlock(m, n);
	list_end(m, s, list);
}

static void drain_cpu_caches(struct model *m, uint64_t s)
{
	unsigned int home = m->run->cpu;
	uint64_t n;

	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		cpu_borrow(m, cpu, false);
		irq_save(m);
		drain_cpu(m, s);
		irq_restore(m);
		cpu_return(m, home);
	}
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = slab_get_node(m, s, node);
		if (n && get(m, n, l3_alien))
			drain_aliens(m, s, get(m, n, l3_alien));
	}
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = slab_get_node(m, s, node);
		if (n)
			drain_array(m, s, n, get(m, n, l3_shared), true, node);
	}
}

int slab_cache_shrink(struct model *m, uint64_t s)
{
	bool left = false;
	uint64_t n;

	drain_cpu_caches(m, s);
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		n = slab_get_node(m, s, node);
		if (!n)
			continue;
		drain_freelist(m, s, n, UINT64_MAX);
		left |= !list_empty(m, AT(m, n, l3_full)) || !list_empty(m, AT(m, n, l3_partial));
	}
	return left;
}

static void shrink(struct model *m, uint64_t s, int *ret)
{
	lock_take(m, m->slab_mutex);
	*ret = slab_cache_shrink(m, s);
	lock_drop(m, m->slab_mutex);
}

enum model_end slab_shrink(struct model *m, unsigned int cpu, uint64_t cache, int *ret)
{
	*ret = 0;
	OPERATION(m, cpu, shrink(m, cache, ret));
}

/* reap_alien(): that of one node, each time another. */
static void reap_alien(struct model *m, uint64_t s, uint64_t n, unsigned int node)
{
	uint64_t aliens = get(m, n, l3_alien), alien, list;

	alien = aliens ? get64(m, aliens + 8 * (uint64_t)node) : 0;
	if (!alien || !slab_avail(m, slab_alien_array(m, alien)))
		return;
	list = list_begin(m);
	irq_save(m);
	if (lock_try(m, AT(m, alien, alien_lock))) {
		drain_alien(m, s, slab_alien_array(m, alien), node, list);
		lock_drop(m, AT(m, alien, alien_lock));
	}
	irq_restore(m);
	list_end(m, s, list);
}

static void reap_one(struct model *m, uint64_t s, uint64_t now)
{
	unsigned int node = cpu_node(m, m->run->cpu);
	uint64_t n = slab_get_node(m, s, node);
	uint64_t reaps = this_cpu(
		m, kernel_symbol(m, slab_has(m, CACHE_CHAIN) ? "reap_node" : "slab_reap_node"));
	uint32_t num = slab_num(m, s), limit;

	reap_alien(m, s, n, get32(m, reaps));
	drain_array(m, s, n, slab_cpu_array(m, s, m->run->cpu), false, node);
	if ((int64_t)(get(m, n, l3_next_reap) - now) > 0)
		return;
	put(m, n, l3_next_reap, now + REAPTIMEOUT_LIST3);
	drain_array(m, s, n, get(m, n, l3_shared), false, node);
	if (get(m, n, l3_free_touched)) {
		put(m, n, l3_free_touched, 0);
		return;
	}
	limit = get32(m, AT(m, n, l3_free_limit));
	drain_freelist(m, s, n, (limit + 5 * num - 1) / (5 * num));
}

/* cache_reap(). It gives up when the mutex is busy, and comes back in two seconds. */
static void reap(struct model *m)
{
	uint64_t jiffies = kernel_symbol(m, "jiffies"), now, reaps;

	now = get64(m, jiffies) + 500;
	put64_now(m, jiffies, now);
	if (!lock_try(m, m->slab_mutex))
		return;
	preempt_disable(m);
	for (uint64_t entry = get64(m, m->slab_caches); entry != m->slab_caches;
	     entry = get64(m, entry))
		reap_one(m, slab_cache_of_link(m, entry), now);
	reaps = this_cpu(
		m, kernel_symbol(m, slab_has(m, CACHE_CHAIN) ? "reap_node" : "slab_reap_node"));
	put32(m, reaps, (get32(m, reaps) + 1) % m->nr_nodes);
	preempt_enable(m);
	lock_drop(m, m->slab_mutex);
}

enum model_end slab_reap(struct model *m, unsigned int cpu)
{
	OPERATION(m, cpu, reap(m));
}
