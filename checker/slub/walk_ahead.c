/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/walk_ahead.h"

/* Lists that are shorter are done before a helper is awake. */
#define SLABS_MIN 16

/* A helper's figures are of what it judges itself. */
struct figures {
	uint64_t slabs, links_good, links_bad, links_followed, reads, bytes;
};

static struct figures figures_of(const struct heap *heap)
{
	return (struct figures){ heap->slabs,	       heap->links_good,    heap->links_bad,
				 heap->links_followed, heap->memory->reads, heap->memory->bytes };
}

static void figures_set(struct heap *heap, const struct figures *f)
{
	heap->slabs = f->slabs;
	heap->links_good = f->links_good;
	heap->links_bad = f->links_bad;
	heap->links_followed = f->links_followed;
	heap->memory->reads = f->reads;
	heap->memory->bytes = f->bytes;
}

/* ahead_work: gather the slab as the walk will, and keep the pages that this took. */
static void slab_read(void *ctx, struct worker *helper, struct ahead_stop *stop)
{
	const struct walk_ahead *a = ctx;
	struct slab_place place = { stop->key, 0, ROLE_NODE_PARTIAL, -1, a->node };
	struct heap *heap = helper->state;
	struct figures before = figures_of(heap);
	struct slab_state slab;

	heap_slab(heap, a->cache, place, NULL, &slab);
	figures_set(heap, &before);
	for (size_t i = 0; slab.bytes && i < AHEAD_PAGES && i * slab.page_size < slab.bytes_len;
	     i++)
		if (slab.known_map >> i & 1)
			ahead_put(a->plan, stop, slab.base + i * slab.page_size,
				  slab.bytes + i * slab.page_size);
}

/* Fill the plan with what the next links lead to. They are not judged here: where one is wrong the walk
 * will go another way, and end the plan. */
static void plan_fill(struct walk_ahead *a)
{
	struct memory *memory = a->heap->memory;
	uint64_t offset = a->heap->layout->slab.list.offset;
	uint64_t keys[AHEAD_STOPS], entries[AHEAD_STOPS], next = a->last;
	size_t nr = 0, planned;

	while (nr < AHEAD_STOPS && memory_pointer(memory, next + LIST_NEXT, &next) == TARGET_OK &&
	       next != a->head) {
		entries[nr] = next;
		keys[nr++] = next - offset;
	}
	planned = nr ? ahead_plan(a->plan, keys, nr) : 0;
	if (planned)
		a->last = entries[planned - 1];
	else if (!nr)
		a->last = 0;
}

void walk_ahead_begin(struct walk_ahead *a, struct worker *owner, struct heap *heap,
		      const struct cache *cache, const struct node_state *node, uint64_t head)
{
	*a = (struct walk_ahead){ owner, heap, cache, NULL, node->node, head, head };
	/* What a running kernel's memory holds depends on the moment. */
	if (!owner || heap->memory->target->live || node->nr_partial < SLABS_MIN)
		return;
	a->plan = team_plan(owner, slab_read, a);
	if (!a->plan)
		return;
	plan_fill(a);
	heap->memory->ahead = a->plan;
	team_offer(owner, a->plan);
}

void walk_ahead_reach(struct walk_ahead *a, uint64_t page)
{
	if (!a->plan)
		return;
	if (!ahead_reach(a->plan, page))
		walk_ahead_end(a);
	else if (a->last && ahead_wants(a->plan))
		plan_fill(a);
}

void walk_ahead_end(struct walk_ahead *a)
{
	if (!a->plan)
		return;
	a->heap->memory->ahead = NULL;
	team_withdraw(a->owner);
	ahead_free(a->plan);
	a->plan = NULL;
}
