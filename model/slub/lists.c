/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The less usual operations on lists, and list heads on the stack of the kernel. */
#include <stdlib.h>

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

/*
 * The kernel's stack, as far as lists lead there: pairs of list heads, and in front of them a word
 * of bits that says which of them are in use. Of an operation that died its pair remains. A machine
 * has it where stacks are; in the memory of a dump it must not hide anything, so that it lies in
 * the hole between user space and the kernel.
 */
#define STACK_BASE UINT64_C(0xffffc90000000000)
#define STACK_BASE_IN_DUMP UINT64_C(0xffff800000000000)
#define STACK_PAIRS 64u
#define STACK_PAIR_BYTES 32u
#define STACK_BYTES MODEL_PAGE /* whole pages are mapped */

_Static_assert(16 + STACK_PAIRS * STACK_PAIR_BYTES <= STACK_BYTES, "the pairs fit");

static uint64_t stack_room(struct model *m)
{
	uint64_t base = m->under ? STACK_BASE_IN_DUMP : STACK_BASE;
	uint8_t *bytes;

	for (unsigned int i = 0; i < m->nr_windows; i++)
		if (m->windows[i].base == base)
			return base;
	bytes = m->nr_windows < MODEL_WINDOWS_MAX ? calloc(1, STACK_BYTES) : NULL;
	BUG_IF(m, !bytes);
	m->windows[m->nr_windows++] = (struct window){ base, STACK_BYTES, bytes, NULL };
	return base;
}

uint64_t stack_get(struct model *m)
{
	uint64_t room = stack_room(m), used = get64(m, room);
	unsigned int i = 0;

	/* When all are in use: the last one, whose owner is most likely dead. */
	while (i < STACK_PAIRS - 1 && used >> i & 1)
		i++;
	put64_now(m, room, used | UINT64_C(1) << i);
	return room + 16 + i * STACK_PAIR_BYTES;
}

void stack_put(struct model *m, uint64_t heads)
{
	uint64_t room = stack_room(m);
	unsigned int i = (unsigned int)((heads - room - 16) / STACK_PAIR_BYTES);

	put64_now(m, room, get64(m, room) & ~(UINT64_C(1) << i));
}
