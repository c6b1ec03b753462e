/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of /proc/slabinfo, and caches by name. */
#include "model/slab/slab.h"

/* Walked to 4.8: what is cached in arrays is active. */
static uint64_t list_count(struct model *m, uint64_t head, uint64_t *used)
{
	uint64_t nr = 0;

	*used = 0;
	for (uint64_t entry = get64(m, head); entry != head; entry = get64(m, entry)) {
		nr++;
		*used += slab_used(m, entry - m->shape.slab_link.offset);
	}
	return nr;
}

static void node_walk(struct model *m, uint64_t s, uint64_t n, struct slab_line *line)
{
	uint64_t full, partial, used, unused;

	full = list_count(m, AT(m, n, l3_full), &unused);
	partial = list_count(m, AT(m, n, l3_partial), &used);
	line->active_objs += full * slab_num(m, s) + used;
	line->active_slabs += full + partial;
	line->num_slabs += full + partial + list_count(m, AT(m, n, l3_free), &unused);
}

static void node_counts(struct model *m, uint64_t s, uint64_t n, struct slab_line *line)
{
	uint64_t total = get64(m, AT(m, n, l3_total_slabs));

	line->num_slabs += total;
	line->active_slabs += total - get64(m, AT(m, n, l3_free_slabs));
	line->active_objs += total * slab_num(m, s) - get64(m, AT(m, n, l3_free_objects));
}

static void show(struct model *m, uint64_t s, struct slab_line *line)
{
	for (unsigned int node = 0; node < m->nr_nodes; node++) {
		uint64_t n = slab_get_node(m, s, node), shared;

		if (!n)
			continue;
		if (has_member(m, l3_total_slabs))
			node_counts(m, s, n, line);
		else
			node_walk(m, s, n, line);
		shared = get(m, n, l3_shared);
		if (shared)
			line->shared_avail += slab_avail(m, shared);
	}
	line->objsize = slab_stride(m, s);
	line->objperslab = slab_num(m, s);
	line->pagesperslab = UINT64_C(1) << slab_order_of(m, s);
	line->num_objs = line->num_slabs * line->objperslab;
	line->limit = get32(m, AT(m, s, cache_limit));
	line->batchcount = get32(m, AT(m, s, cache_batchcount));
	line->shared = get32(m, AT(m, s, cache_shared));
	/* Nothing tried the name before. */
	m->doing = "prints the name of a cache";
	model_text(m, get(m, s, cache_name), line->name, sizeof(line->name));
}

static enum model_end info(struct model *m, uint64_t s, struct slab_line *line)
{
	OPERATION(m, 0, show(m, s, line));
}

bool slab_info(struct model *m, uint64_t cache, struct slab_line *line)
{
	*line = (struct slab_line){ .oops = false };
	line->oops = info(m, cache, line) == MODEL_OOPS;
	return !line->oops;
}

static uint64_t find(struct model *m, const char *name)
{
	char text[SLAB_NAME_ROOM];

	for (uint64_t entry = get64(m, m->slab_caches); entry != m->slab_caches;
	     entry = get64(m, entry)) {
		uint64_t s = slab_cache_of_link(m, entry);

		model_text(m, get(m, s, cache_name), text, sizeof(text));
		if (!strcmp(text, name))
			return s;
	}
	return 0;
}

static enum model_end find_cache(struct model *m, const char *name, uint64_t *cache)
{
	OPERATION(m, 0, *cache = find(m, name));
}

uint64_t slab_cache_named(struct model *m, const char *name)
{
	uint64_t cache = 0;

	return find_cache(m, name, &cache) == MODEL_DONE ? cache : 0;
}
