/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/vmap.h"

#include <string.h>

/* What a dump may make us believe. */
#define AREAS_MAX (UINT32_C(1) << 24)
#define NODES_MAX 4096

struct vmap_walk {
	struct memory *memory;
	struct target_member start, end, list, vm, caller;
	bool (*visit)(void *ctx, const struct vmap_area *area);
	void *ctx;
	uint32_t left;
	bool ended;
};

static bool members_find(struct vmap_walk *w, struct target *t)
{
	static const char type[] = "vmap_area";

	if (!target_find(t, "vm_struct", "caller", &w->caller))
		w->caller.size = 0;
	target_find(t, type, "vm", &w->vm);
	return target_find(t, type, "va_start", &w->start) &&
	       target_find(t, type, "va_end", &w->end) && target_find(t, type, "list", &w->list);
}

/* Areas of vm_map_ram() have no vm_struct; vm shares its place with other members then (5.4). */
static void area_hand(struct vmap_walk *w, uint64_t addr)
{
	struct vmap_area area = { 0 };
	uint64_t vm = 0;
	const struct memory_wanted wanted[] = { { w->start, &area.start },
						{ w->end, &area.end },
						{ w->vm, &vm } };

	if (memory_members(w->memory, addr, wanted, 3) != TARGET_OK || area.start >= area.end)
		return;
	if (w->caller.size && vm >> 63 &&
	    memory_member(w->memory, vm, w->caller, &area.caller) != TARGET_OK)
		area.caller = 0;
	w->ended = w->visit(w->ctx, &area);
}

/* A list of areas; false when it does not end. */
static bool list_visit(struct vmap_walk *w, uint64_t head)
{
	uint64_t entry = head;

	while (memory_value(w->memory, entry, 8, &entry) == TARGET_OK && w->left) {
		if (entry == head)
			return true;
		w->left--;
		area_hand(w, entry - w->list.offset);
		if (w->ended)
			return true;
	}
	return false;
}

/* Areas are spread over nodes, each with a list of its own (6.9, d093602919ad). */
static bool nodes_visit(struct vmap_walk *w)
{
	struct target *t = w->memory->target;
	struct target_member busy, head;
	uint64_t nodes, nr = 0, at;
	size_t size;
	bool whole = true;

	if (!target_variable(t, "vmap_nodes", &nodes) || !t->ops->symbol(t, "nr_vmap_nodes", &at) ||
	    memory_value(w->memory, at, 4, &nr) != TARGET_OK || nr > NODES_MAX ||
	    !t->ops->type_size(t, "vmap_node", &size) ||
	    !target_find(t, "vmap_node", "busy", &busy) ||
	    !target_find(t, "rb_list", "head", &head))
		return false;
	for (uint64_t i = 0; i < nr && !w->ended; i++)
		whole &= list_visit(w, nodes + i * size + busy.offset + head.offset);
	return whole;
}

bool vmap_visit(struct memory *memory, bool (*visit)(void *ctx, const struct vmap_area *area),
		void *ctx)
{
	struct vmap_walk w = { .memory = memory, .visit = visit, .ctx = ctx, .left = AREAS_MAX };
	struct target *t = memory->target;
	uint64_t head;

	if (!members_find(&w, t))
		return false;
	if (t->ops->symbol(t, "vmap_area_list", &head))
		return list_visit(&w, head);
	return nodes_visit(&w);
}
