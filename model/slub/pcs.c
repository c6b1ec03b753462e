/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheaves from the creation of a cache to its end, and those that wait for a grace period. */
#include "model/slub/cache.h"
#include "model/slub/sheaf.h"

/* What the allocator calls after a grace period; call_rcu() tells them apart by their addresses. */
static void symbol_ensure(struct model *m, const char *name, uint64_t value)
{
	uint64_t there;

	if (!m->target.ops->symbol(&m->target, name, &there))
		symbol_add(m, name, value, 16);
}

/* What all caches without sheaves have as main sheaf: it has no room and no objects. */
static uint64_t bootstrap_sheaf(struct model *m)
{
	if (!m->bootstrap_sheaf)
		m->bootstrap_sheaf = data_get(m, "bootstrap_sheaf", m->shape.sheaf_bytes);
	return m->bootstrap_sheaf;
}

static uint64_t other_pcs(struct model *m, uint64_t s, unsigned int cpu)
{
	return get64(m, AT(m, s, cache_cpu_sheaves)) + m->cpu_offset[cpu];
}

static bool barns_new(struct model *m, uint64_t s)
{
	for (unsigned int node = 0; node < m->nr_nodes; node++)
		if (!barn_new(m, s, node))
			return false;
	return true;
}

/* init_percpu_sheaves() */
static bool main_sheaves_new(struct model *m, uint64_t s)
{
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		uint64_t pcs = other_pcs(m, s, cpu), main = bootstrap_sheaf(m);

		if (has_member(m, sheaves_lock))
			put(m, pcs, sheaves_lock, 0);
		if (cache_has_sheaves(m, s))
			main = alloc_empty_sheaf(m, s, model_gfp_kernel(m));
		pcs_set_main(m, pcs, main);
		if (!main)
			return false;
	}
	return true;
}

bool pcs_init(struct model *m, uint64_t s)
{
	uint64_t offset;

	if (!has(m, SHEAVES) || (!has(m, SHEAVES_ALL) && !cache_has_sheaves(m, s)))
		return true;
	symbol_ensure(m, "rcu_free_sheaf", TEXT_RCU_FREE_SHEAF);
	symbol_ensure(m, "rcu_free_sheaf_nobarn", TEXT_RCU_FREE_SHEAF_NOBARN);
	offset = percpu_get(m, m->shape.sheaves_bytes, 8);
	if (!offset)
		return false;
	put64(m, AT(m, s, cache_cpu_sheaves), offset);
	if (cache_has_sheaves(m, s) && !barns_new(m, s))
		return false;
	return main_sheaves_new(m, s);
}

void bootstrap_cache_sheaves(struct model *m, uint64_t s)
{
	uint32_t capacity;

	if (!has(m, SHEAVES_ALL) || cache_has_sheaves(m, s))
		return;
	capacity = sheaf_capacity_of(m, s, 0);
	if (!capacity)
		return;
	BUG_IF(m, !barns_new(m, s));
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		uint64_t main = sheaf_new(m, s, model_gfp_kernel(m), capacity);

		pcs_set_main(m, other_pcs(m, s, cpu), main);
		BUG_IF(m, !main);
	}
	/* Only now they are used. */
	put32(m, AT(m, s, cache_sheaf_capacity), capacity);
}

static void main_sheaf_free(struct model *m, uint64_t pcs)
{
	uint64_t main = pcs_main(m, pcs);

	/* With objects left in it the kernel warns, and leaves it where it is. */
	if (!main || sheaf_size(m, main))
		return;
	free_empty_sheaf(m, main);
	pcs_set_main(m, pcs, 0);
}

void pcs_destroy(struct model *m, uint64_t s)
{
	if (!has(m, SHEAVES) || !get64(m, AT(m, s, cache_cpu_sheaves)))
		return;
	for (unsigned int cpu = 0; cache_has_sheaves(m, s) && cpu < m->nr_cpus; cpu++)
		main_sheaf_free(m, other_pcs(m, s, cpu));
	put64(m, AT(m, s, cache_cpu_sheaves), 0);
	/* free_kmem_cache_nodes() begins with the barns. */
	for (unsigned int node = 0; node < m->nr_nodes; node++)
		barn_free(m, s, node);
}

/* Take the sheaf of objects that wait for a grace period from the running CPU. */
static uint64_t take_rcu_free(struct model *m, uint64_t pcs)
{
	uint64_t sheaf = pcs_rcu_free(m, pcs);

	pcs_set_rcu_free(m, pcs, 0);
	return sheaf;
}

/* pcs_flush_all() on the running CPU. */
static void flush_this_cpu(struct model *m, uint64_t s)
{
	uint64_t pcs, spare, rcu_free;

	pcs_lock(m, s);
	pcs = this_pcs(m, s);
	spare = pcs_spare(m, pcs);
	pcs_set_spare(m, pcs, 0);
	rcu_free = take_rcu_free(m, pcs);
	pcs_unlock(m, s);
	if (spare) {
		sheaf_flush_unused(m, s, spare);
		free_empty_sheaf(m, spare);
	}
	if (rcu_free)
		call_rcu(m, AT(m, rcu_free, sheaf_list), "rcu_free_sheaf_nobarn");
	sheaf_flush_main(m, s);
}

static bool has_pcs_used(struct model *m, uint64_t pcs)
{
	return pcs_spare(m, pcs) || pcs_rcu_free(m, pcs) || sheaf_size(m, pcs_main(m, pcs));
}

void pcs_flush_all(struct model *m, uint64_t s)
{
	unsigned int here = m->run->cpu;

	if (!cache_has_sheaves(m, s))
		return;
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		if (!has_pcs_used(m, other_pcs(m, s, cpu)))
			continue;
		/* A work item on each CPU, for all of which this one waits. */
		cpu_borrow(m, cpu, true);
		flush_this_cpu(m, s);
		cpu_return(m, here);
	}
}

void flush_rcu_sheaves(struct model *m, uint64_t s)
{
	unsigned int here = m->run->cpu;
	uint64_t sheaf;

	if (!cache_has_sheaves(m, s))
		return;
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		cpu_borrow(m, cpu, true);
		pcs_lock(m, s);
		sheaf = take_rcu_free(m, this_pcs(m, s));
		pcs_unlock(m, s);
		if (sheaf)
			call_rcu(m, AT(m, sheaf, sheaf_list), "rcu_free_sheaf_nobarn");
		cpu_return(m, here);
	}
}

/* The lock is held. A sheaf for objects that wait; 0: none without allocating one. */
static uint64_t find_rcu_sheaf(struct model *m, uint64_t s, uint64_t pcs)
{
	uint64_t sheaf = pcs_rcu_free(m, pcs), spare = pcs_spare(m, pcs), barn;

	if (sheaf)
		return sheaf;
	if (spare && !sheaf_size(m, spare)) {
		pcs_set_rcu_free(m, pcs, spare);
		pcs_set_spare(m, pcs, 0);
		return spare;
	}
	barn = get_barn(m, s);
	sheaf = barn ? barn_get_empty_sheaf(m, barn) : 0;
	if (sheaf)
		pcs_set_rcu_free(m, pcs, sheaf);
	return sheaf;
}

/* The lock is not held, and is when this returns true. */
static bool new_rcu_sheaf(struct model *m, uint64_t s)
{
	uint64_t empty, pcs;

	/* Without a barn there is nowhere to put it afterwards. */
	empty = get_barn(m, s) ? alloc_empty_sheaf(m, s, model_gfp(m)->nowarn) : 0;
	if (!empty)
		return false;
	if (!pcs_trylock(m, s)) {
		free_empty_sheaf(m, empty);
		return false;
	}
	pcs = this_pcs(m, s);
	if (pcs_rcu_free(m, pcs))
		free_empty_sheaf(m, empty);
	else
		pcs_set_rcu_free(m, pcs, empty);
	return true;
}

bool kfree_rcu_sheaf(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t pcs, sheaf;
	uint32_t size;

	if (!cache_has_pcs(m, s) || page_node(m, head_page(m, object)) != numa_node(m) ||
	    !pcs_trylock(m, s))
		return false;
	if (!cache_has_sheaves(m, s)) {
		pcs_unlock(m, s);
		return false;
	}
	if (!find_rcu_sheaf(m, s, this_pcs(m, s))) {
		pcs_unlock(m, s);
		if (!new_rcu_sheaf(m, s))
			return false;
	}
	pcs = this_pcs(m, s);
	sheaf = pcs_rcu_free(m, pcs);
	size = sheaf_size(m, sheaf);
	sheaf_set_size(m, sheaf, size + 1);
	put64(m, sheaf_slot(m, sheaf, size), object);
	if (size + 1 >= cache_sheaf_capacity(m, s)) {
		pcs_set_rcu_free(m, pcs, 0);
		put(m, sheaf, sheaf_node, numa_node(m));
		call_rcu(m, AT(m, sheaf, sheaf_list), "rcu_free_sheaf");
	}
	pcs_unlock(m, s);
	return true;
}

/* __rcu_free_sheaf_prepare(): what other frees do at once. Return: some are from the reserves. */
static bool retire_all(struct model *m, uint64_t s, uint64_t sheaf)
{
	bool pfmemalloc = false;

	for (uint32_t i = 0; i < sheaf_size(m, sheaf); i++) {
		uint64_t object = get64(m, sheaf_slot(m, sheaf, i));
		uint64_t slab = head_page(m, object);

		memcg_uncharge(m, s, slab, object);
		object_retire(m, s, object);
		pfmemalloc |= (get(m, slab, slab_flags) & m->shape.pg_pfmemalloc) != 0;
	}
	return pfmemalloc;
}

static bool is_nobarn(struct model *m, uint64_t head)
{
	uint64_t nobarn = 0;

	return m->target.ops->symbol(&m->target, "rcu_free_sheaf_nobarn", &nobarn) &&
	       get64(m, AT(m, head, rcu_head_func)) == nobarn;
}

/* Also rcu_free_sheaf_nobarn(), for sheaves that were flushed. */
void rcu_free_sheaf(struct model *m, uint64_t head)
{
	uint64_t sheaf = head - m->shape.sheaf_list.offset;
	uint64_t s = get64(m, AT(m, sheaf, sheaf_cache)), barn = 0;
	bool flush = is_nobarn(m, head);

	flush |= retire_all(m, s, sheaf);
	if (!flush)
		barn = get_barn_node(m, s, (unsigned int)get(m, sheaf, sheaf_node));
	if (barn && sheaf_size(m, sheaf) && barn_nr_full(m, barn) < MAX_FULL_SHEAVES) {
		barn_put_full_sheaf(m, barn, sheaf);
		return;
	}
	sheaf_flush_unused(m, s, sheaf);
	if (barn && barn_nr_empty(m, barn) < MAX_EMPTY_SHEAVES)
		barn_put_empty_sheaf(m, barn, sheaf);
	else
		free_empty_sheaf(m, sheaf);
}

/* Frees without unlinking: the lists are the caller's own. */
static void free_sheaves(struct model *m, uint64_t s, uint64_t head, bool full)
{
	uint64_t visited = 0, next;

	for (uint64_t entry = get64(m, head); entry != head; entry = next) {
		uint64_t sheaf = entry - m->shape.sheaf_list.offset;

		endless(m, &visited, entry);
		m->doing = "walks the list of a barn";
		next = get64(m, entry);
		if (full)
			sheaf_flush_unused(m, s, sheaf);
		free_empty_sheaf(m, sheaf);
	}
}

void barn_shrink(struct model *m, uint64_t s, uint64_t barn)
{
	uint64_t empty_list = stack_get(m), full_list = empty_list + 16;

	list_init(m, empty_list);
	list_init(m, full_list);
	barn_take_all(m, barn, full_list, empty_list);
	free_sheaves(m, s, full_list, true);
	free_sheaves(m, s, empty_list, false);
	stack_put(m, empty_list);
}
