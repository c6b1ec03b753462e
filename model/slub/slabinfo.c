/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /proc/slabinfo, as the kernel counts: what CPUs have counts as active. */
#include "model/slub/cache.h"

/* 6.10 scans no more than that of a node's list, from both ends. */
#define PARTIAL_TO_SCAN 10000u

static unsigned int free_objects(struct model *m, uint64_t entry)
{
	uint64_t counters = slab_counters(m, entry - m->shape.slab_list.offset);

	return counters_objects(counters) - counters_inuse(counters);
}

/* Sums up to @most slabs, in either direction. */
static uint64_t count_free(struct model *m, uint64_t list, uint64_t direction, uint64_t most)
{
	uint64_t sum = 0, visited = 0;

	for (uint64_t entry = get64(m, list + direction); entry != list && most--;
	     entry = get64(m, entry + direction)) {
		endless(m, &visited, entry);
		sum += free_objects(m, entry);
	}
	return sum;
}

static uint64_t count_partial(struct model *m, uint64_t n)
{
	uint64_t list = AT(m, n, node_partial), nr = get(m, n, node_nr_partial), sum;
	uint64_t total = get(m, n, node_total_objects);

	if (!has(m, PAGE_TYPE) || nr <= PARTIAL_TO_SCAN)
		return count_free(m, list, 0, UINT64_MAX);
	sum = count_free(m, list, 0, PARTIAL_TO_SCAN / 2);
	sum += count_free(m, list, 8, PARTIAL_TO_SCAN / 2);
	sum = sum * nr / PARTIAL_TO_SCAN;
	return sum < total ? sum : total;
}

static void add_cache(struct model *m, uint64_t s, struct model_slabinfo *info)
{
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t n = get_node(m, s, node), objects;

		if (!n)
			continue;
		objects = get(m, n, node_total_objects);
		info->num_objs += objects;
		info->active_objs += objects - count_partial(m, n);
		info->num_slabs += get(m, n, node_nr_slabs);
		info->active_slabs += get(m, n, node_nr_slabs);
	}
}

static void cache_show(struct model *m, uint64_t s, struct model_slabinfo *info)
{
	model_text(m, get(m, s, cache_name), info->name, sizeof(info->name));
	info->objsize = cache_size(m, s);
	info->objperslab = oo_objects(cache_oo(m, s));
	info->pagesperslab = UINT64_C(1) << oo_order(cache_oo(m, s));
	add_cache(m, s, info);
	/* What the clones have is their root's. */
	for (uint32_t id = 0; has(m, MEMCG_CLONES) && id < memcg_clones(m, s); id++) {
		uint64_t clone = memcg_clone(m, s, id);

		if (clone)
			add_cache(m, clone, info);
	}
}

static enum model_end show_operation(struct model *m, uint64_t s, struct model_slabinfo *info)
{
	OPERATION(m, 0, cache_show(m, s, info));
}

bool model_slabinfo(struct model *m, uint64_t cache, struct model_slabinfo *info)
{
	struct model_oops before = m->oops;

	memset(info, 0, sizeof(*info));
	if (show_operation(m, cache, info) == MODEL_DONE)
		return true;
	/* A reader of /proc died, not the one that the caller is interested in. */
	m->oops = before;
	return false;
}
