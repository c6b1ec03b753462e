/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The less usual operations on lists. */
#include "model/slub/cache.h"

void list_move(struct model *m, uint64_t entry, uint64_t head)
{
	uint64_t next = get64(m, entry), prev = get64(m, entry + 8);

	put64(m, next + 8, prev);
	put64(m, prev, next);
	list_add(m, entry, head);
}

void list_splice(struct model *m, uint64_t list, uint64_t head)
{
	uint64_t first = get64(m, list), last = get64(m, list + 8), next;

	if (first == list)
		return;
	next = get64(m, head);
	put64(m, first + 8, head);
	put64(m, head, first);
	put64(m, last, next);
	put64(m, next + 8, last);
}

void endless(struct model *m, uint64_t *visited, uint64_t entry)
{
	/* No list of slabs or caches is longer than there are frames. */
	if (++*visited > m->target.nr_pages)
		model_oops_at(m, MODEL_OOPS_BUG, entry, "follows a list that never ends");
}

/*
 * Lists that belong to nobody but the running function have their heads on its stack, and what is
 * on such a list points there. The stack of the model is the host's, so there is room in each
 * CPU's area instead.
 */
uint64_t list_heads(struct model *m)
{
	uint64_t room = kernel_symbol(m, "stack_list_heads");

	if (!room) {
		room = percpu_get(m, LIST_HEADS * 16, 16);
		BUG_IF(m, !room);
		symbol_add(m, "stack_list_heads", room, 0);
	}
	return this_cpu(m, room);
}
