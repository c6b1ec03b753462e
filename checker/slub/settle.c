/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/settle.h"

#include <string.h>

#define FIRST_ROOM 64

struct settle *settle_new(struct heap *heap)
{
	struct settle *s = arena_alloc(heap->arena, sizeof(*s));

	if (!s || !witness_init(&s->words, heap->memory, heap->arena))
		return NULL;
	s->heap = heap;
	slab_set_init(&s->met, heap->arena);
	return s;
}

static void begin(struct settle *s)
{
	s->nr = s->nr_faults = 0;
	s->counted = 0;
	s->complete = s->full = false;
	s->broken = TARGET_OK;
	slab_set_clear(&s->met);
	witness_back(&s->words, 0);
}

static bool slabs_reserve(struct settle *s)
{
	struct settled_slab *slabs =
		arena_more(s->heap->arena, s->slabs, s->nr, &s->room, FIRST_ROOM, sizeof(*slabs));

	s->full |= !slabs;
	if (slabs)
		s->slabs = slabs;
	return slabs != NULL;
}

static void slab_add(struct settle *s, const struct slab_place *place,
		     const struct slab_state *slab)
{
	if (slabs_reserve(s))
		s->slabs[s->nr++] = (struct settled_slab){ *place, slab->next, slab->slabs };
}

/* Whether this list has led to the page before; it has from now on. */
static bool met_before(struct settle *s, const struct slab_place *place)
{
	const struct slab_seen now = { .role = place->role,
				       .cpu = place->cpu,
				       .node = place->node };
	struct slab_seen unused;

	return !slab_set_add(&s->met, place->page, now, &unused);
}

/* struct list_walk_ops.visit: what node_visit() in judge.c decides, by the descriptor alone. */
static enum list_verdict node_visit(void *ctx, struct list_step *step)
{
	struct settle *s = ctx;
	uint64_t slot = step->from + (step->backwards ? LIST_PREV : LIST_NEXT);
	uint64_t back = step->entry + (step->backwards ? LIST_NEXT : LIST_PREV);
	struct slab_place place = { step->entry - s->heap->layout->slab.list.offset, slot,
				    ROLE_NODE_PARTIAL, -1, s->node };
	struct slab_state slab;

	witness_note(&s->words, slot, 8, step->entry);
	heap_descriptor(s->heap, place.page, &slab);
	if (step->backwards && slab_set_has(&s->met, place.page))
		return LIST_END;
	step->status = slab.status;
	if (slab.status != TARGET_OK)
		return LIST_BROKEN;
	step->back = step->backwards ? slab.list_next : slab.list_prev;
	witness_note(&s->words, back, 8, step->back);
	slab_add(s, &place, &slab);
	if (met_before(s, &place) || (!slab.is_slab && step->back != step->from) || s->full)
		return LIST_END;
	return LIST_ENTRY;
}

/* struct list_walk_ops.possible: a slab of the cache. */
static bool node_possible(void *ctx, uint64_t entry)
{
	struct settle *s = ctx;
	struct slab_state slab;

	heap_descriptor(s->heap, entry - s->heap->layout->slab.list.offset, &slab);
	return slab.status == TARGET_ABSENT ||
	       (slab.status == TARGET_OK && slab.is_slab && slab.cache == s->cache->addr);
}

/* struct list_walk_ops.fault */
static void node_fault(void *ctx, const struct list_fault *fault)
{
	struct settle *s = ctx;

	if (s->nr_faults < SETTLE_FAULTS_MAX)
		s->faults[s->nr_faults++] = *fault;
}

/* struct list_walk_ops.stopped */
static bool node_stopped(void *ctx)
{
	return heap_cancelled(((struct settle *)ctx)->heap);
}

/* The counter, and the lock, which is free. */
static void node_note(struct settle *s, const struct node_state *node)
{
	const struct layout_node *m = &s->heap->layout->node;

	witness_member(&s->words, node->addr, m->nr_partial, node->nr_partial);
	witness_member(&s->words, node->addr, m->locked, node->lock_word);
}

static void node_gather(struct settle *s, const struct node_state *node)
{
	static const struct list_walk_ops ops = { node_visit, node_possible, node_fault,
						  node_stopped };
	struct list_walk walk = {
		.memory = s->heap->memory,
		.ops = &ops,
		.ctx = s,
		.head = node->addr + s->heap->layout->node.partial.offset,
		.limit = s->heap->page_limit,
	};
	uint64_t last = walk.head;

	node_note(s, node);
	list_walk(&walk);
	s->counted = walk.counted;
	s->complete = walk.complete;
	/* The walk does not show the link that ends it. */
	if (s->complete && !s->nr_faults && s->nr)
		last = s->slabs[s->nr - 1].place.page + s->heap->layout->slab.list.offset;
	if (s->complete && !s->nr_faults)
		witness_note(&s->words, last + LIST_NEXT, 8, walk.head);
}

bool settle_node(struct settle *s, const struct cache *cache, struct node_state *node)
{
	struct node_state now;

	s->cache = cache;
	s->node = node->node;
	for (unsigned int i = 0; i < HEAP_TRIES && !heap_cancelled(s->heap); i++) {
		heap_node(s->heap, node->addr, (unsigned int)node->node, &now);
		begin(s);
		node_gather(s, &now);
		node->nr_partial = now.nr_partial;
		node->locked = now.locked;
		if (!s->full && now.status == TARGET_OK && !now.locked &&
		    witness_holds(&s->words, 0, s->words.nr))
			return true;
		s->heap->retries++;
	}
	return false;
}

static void chain_gather(struct settle *s, const struct cpu_state *cpu)
{
	const struct layout *layout = s->heap->layout;
	struct slab_place place = { 0, cpu->addr + layout->cpu.partial.offset, ROLE_CPU_PARTIAL,
				    cpu->cpu, -1 };
	struct slab_state slab;

	if (memory_pointer(s->heap->memory, place.slot, &place.page) != TARGET_OK)
		return;
	for (uint64_t n = 0; n < s->heap->page_limit && !heap_cancelled(s->heap); n++) {
		witness_note(&s->words, place.slot, 8, place.page);
		s->complete = !place.page;
		if (!place.page)
			return;
		heap_descriptor(s->heap, place.page, &slab);
		if (slab.status != TARGET_OK) {
			s->broken = slab.status;
			s->broken_page = place.page;
			s->broken_slot = place.slot;
			return;
		}
		slab_add(s, &place, &slab);
		if (met_before(s, &place) || !slab.is_slab || s->full)
			return;
		witness_member(&s->words, place.page, layout->slab.slabs, slab.slabs);
		place.slot = place.page + layout->slab.next.offset;
		place.page = slab.next;
	}
}

bool settle_chain(struct settle *s, const struct cache *cache, const struct cpu_state *cpu)
{
	s->cache = cache;
	for (unsigned int i = 0; i < HEAP_TRIES && !heap_cancelled(s->heap); i++) {
		begin(s);
		chain_gather(s, cpu);
		if (!s->full && witness_holds(&s->words, 0, s->words.nr))
			return true;
		s->heap->retries++;
	}
	return false;
}
