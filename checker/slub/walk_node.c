/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/walk.h"

#include "checker/slub/rules_excuse.h"
#include "checker/slub/walk_ahead.h"

/* The walk over a node's partial list. */
struct node_walk {
	struct walk *walk;
	struct node_state *node;
	struct walk_ahead ahead;
};

static uint64_t entry_page(const struct walk *w, uint64_t entry)
{
	return entry - w->judge->heap->layout->slab.list.offset;
}

/* struct list_walk_ops.possible: a slab of the cache. */
static bool node_possible(void *ctx, uint64_t entry)
{
	struct walk *w = ((struct node_walk *)ctx)->walk;
	struct slab_state slab;

	heap_descriptor(w->judge->heap, entry_page(w, entry), &slab);
	return slab.status == TARGET_ABSENT ||
	       (slab.status == TARGET_OK && slab.is_slab && slab.cache == w->cache->addr);
}

/* struct list_walk_ops.visit */
static enum list_verdict node_visit(void *ctx, struct list_step *step)
{
	struct node_walk *n = ctx;
	struct walk *w = n->walk;
	struct slab_place place = { entry_page(w, step->entry),
				    step->from + (step->backwards ? LIST_PREV : LIST_NEXT),
				    ROLE_NODE_PARTIAL, -1, n->node->node };
	struct slab_state slab;
	enum taken taken;

	heap_descriptor(w->judge->heap, place.page, &slab);
	if (step->backwards && slab_set_has(&w->seen, place.page))
		return LIST_END;
	step->status = slab.status;
	if (slab.status != TARGET_OK)
		return LIST_BROKEN;
	step->back = step->backwards ? slab.list_next : slab.list_prev;
	walk_ahead_reach(&n->ahead, place.page);
	taken = walk_slab_take(w, place, NULL, n->node, &slab);
	/* What is not (or not only) on this list is on it when its other link says so. */
	if (taken == TAKEN_FOLLOWED || (taken != TAKEN && step->back != step->from))
		return LIST_END;
	return LIST_ENTRY;
}

/* struct list_walk_ops.fault */
static void node_fault(void *ctx, const struct list_fault *fault)
{
	static const char *const names[2][2] = { { "slab_list.prev", "slab_list.next" },
						 { "partial.prev", "partial.next" } };
	struct node_walk *n = ctx;
	struct link_fault link = {
		.link = *fault,
		.slot_name = names[fault->in_head][fault->next],
		.holder = fault->in_head ? 0 : entry_page(n->walk, fault->holder),
	};

	rules_node_link(&n->walk->rules, n->node, &link);
}

/* struct list_walk_ops.stopped */
static bool node_stopped(void *ctx)
{
	return walk_stopped(((struct node_walk *)ctx)->walk);
}

static void node_list_take(struct walk *w, struct node_state *node)
{
	static const struct list_walk_ops ops = { node_visit, node_possible, node_fault,
						  node_stopped };
	struct heap *heap = w->judge->heap;
	struct node_walk n = { .walk = w, .node = node };
	struct list_walk walk = {
		.memory = heap->memory,
		.ops = &ops,
		.ctx = &n,
		.head = node->addr + heap->layout->node.partial.offset,
		.limit = heap->page_limit,
	};

	walk_ahead_begin(&n.ahead, w->judge->worker, heap, w->cache, node, walk.head);
	list_walk(&walk);
	walk_ahead_end(&n.ahead);
	node->counted = walk.counted;
	node->complete = walk.complete;
	w->result->broken |= !node->complete;
}

/* The same of a kernel that runs, as cpu_partial_settle(). */
static void node_list_settle(struct walk *w, struct node_state *node)
{
	struct node_walk n = { .walk = w, .node = node };
	struct settle *s = w->settle;
	bool settled = settle_node(s, w->cache, node);
	struct slab_state slab;

	for (size_t i = 0; i < s->nr && !walk_stopped(w); i++)
		walk_slab_take(w, s->slabs[i].place, NULL, node, &slab);
	node->counted = s->counted;
	node->complete = settled && s->complete;
	w->result->broken |= !s->complete;
	if (!settled)
		walk_list_busy(w);
	w->evidence = &s->words;
	for (size_t i = 0; settled && i < s->nr_faults; i++)
		node_fault(&n, &s->faults[i]);
}

static bool node_expected(const struct judge *judge, unsigned int node)
{
	const struct rules rules = { .layout = judge->heap->layout };

	return judge->election->node_present && judge->election->node_present[node] &&
	       !excuse_find(&(struct excuse_case){ .breach = BREACH_NODE, .rules = &rules });
}

bool walk_node_gather(struct walk *w, unsigned int i, struct node_state *node)
{
	struct heap *heap = w->judge->heap;
	uint64_t addr = 0;
	enum target_status status = cache_node_addr(w->cache, heap->memory, heap->layout, i, &addr);

	if (status == TARGET_OK && !addr && !node_expected(w->judge, i))
		return false;
	if (status == TARGET_OK && !addr)
		*node = (struct node_state){ .node = (int)i, .status = TARGET_UNMAPPED };
	else if (status == TARGET_OK)
		heap_node(heap, addr, i, node);
	else
		*node = (struct node_state){ .node = (int)i, .status = status };
	node->slot = cache_node_slot(w->cache, heap->layout, i);
	node->genuine = node->status == TARGET_OK && heap_node_genuine(heap, addr);
	return true;
}

void walk_nodes(struct walk *w)
{
	const struct layout *layout = w->judge->heap->layout;
	struct coverage *c = &w->result->common.coverage;
	struct node_state node;

	for (unsigned int i = 0; i < layout->nr_nodes && !walk_stopped(w); i++) {
		if (!walk_node_gather(w, i, &node))
			continue;
		w->result->broken |= !node.genuine;
		if (w->suspects)
			witness_back(w->judge->heap->witness, 0);
		if (node.genuine && cache_walkable(w->cache) && w->suspects)
			node_list_settle(w, &node);
		else if (node.genuine && cache_walkable(w->cache))
			node_list_take(w, &node);
		if (w->stopped)
			return;
		rules_node(&w->rules, &node);
		w->evidence = NULL;
		if (!node.genuine || !member_exists(layout->node.total_objects))
			continue;
		c->said = true;
		c->said_slabs += node.nr_slabs;
		c->said_objects += node.total_objects;
	}
}
