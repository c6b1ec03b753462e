/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Barns: the full and the empty sheaves of a node. */
#include "model/slub/cache.h"
#include "model/slub/sheaf.h"

static uint64_t barn_place(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t pair;

	if (!has(m, PER_NODE)) {
		uint64_t n = get_node(m, s, node);

		return n ? AT(m, n, node_barn) : 0;
	}
	pair = AT(m, s, cache_node) + (uint64_t)node * m->shape.per_node_bytes;
	return AT(m, pair, per_node_barn);
}

uint64_t get_barn_node(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t place;

	if (!has(m, SHEAVES))
		return 0;
	place = barn_place(m, s, node);
	return place ? get64(m, place) : 0;
}

uint64_t get_barn(struct model *m, uint64_t s)
{
	return get_barn_node(m, s, numa_node(m));
}

unsigned int barn_nr_full(struct model *m, uint64_t barn)
{
	return get32(m, AT(m, barn, barn_nr_full));
}

unsigned int barn_nr_empty(struct model *m, uint64_t barn)
{
	return get32(m, AT(m, barn, barn_nr_empty));
}

static void set_nr_full(struct model *m, uint64_t barn, unsigned int nr)
{
	put32(m, AT(m, barn, barn_nr_full), nr);
}

static void set_nr_empty(struct model *m, uint64_t barn, unsigned int nr)
{
	put32(m, AT(m, barn, barn_nr_empty), nr);
}

static void barn_lock(struct model *m, uint64_t barn)
{
	irq_save(m);
	lock_take(m, AT(m, barn, barn_lock));
}

static void barn_unlock(struct model *m, uint64_t barn)
{
	lock_drop(m, AT(m, barn, barn_lock));
	irq_restore(m);
}

/* list_first_entry() and list_del(). */
static uint64_t list_pop(struct model *m, uint64_t head)
{
	uint64_t entry = get64(m, head);

	m->doing = "takes a sheaf off the barn's list";
	list_del(m, entry);
	return entry - m->shape.sheaf_list.offset;
}

static uint64_t pop_full(struct model *m, uint64_t barn)
{
	return list_pop(m, AT(m, barn, barn_full));
}

static uint64_t pop_empty(struct model *m, uint64_t barn)
{
	return list_pop(m, AT(m, barn, barn_empty));
}

static void push_full(struct model *m, uint64_t barn, uint64_t sheaf)
{
	list_add(m, AT(m, sheaf, sheaf_list), AT(m, barn, barn_full));
}

static void push_empty(struct model *m, uint64_t barn, uint64_t sheaf)
{
	list_add(m, AT(m, sheaf, sheaf_list), AT(m, barn, barn_empty));
}

uint64_t barn_get_empty_sheaf(struct model *m, uint64_t barn)
{
	uint64_t empty = 0;

	if (!barn_nr_empty(m, barn))
		return 0;
	barn_lock(m, barn);
	if (barn_nr_empty(m, barn)) {
		empty = pop_empty(m, barn);
		set_nr_empty(m, barn, barn_nr_empty(m, barn) - 1);
	}
	barn_unlock(m, barn);
	return empty;
}

/* The following two go beyond the barn's limits where the kernel finds it too rare to matter. */
void barn_put_empty_sheaf(struct model *m, uint64_t barn, uint64_t sheaf)
{
	barn_lock(m, barn);
	push_empty(m, barn, sheaf);
	set_nr_empty(m, barn, barn_nr_empty(m, barn) + 1);
	barn_unlock(m, barn);
}

void barn_put_full_sheaf(struct model *m, uint64_t barn, uint64_t sheaf)
{
	barn_lock(m, barn);
	push_full(m, barn, sheaf);
	set_nr_full(m, barn, barn_nr_full(m, barn) + 1);
	barn_unlock(m, barn);
}

uint64_t barn_replace_empty_sheaf(struct model *m, uint64_t barn, uint64_t empty)
{
	uint64_t full = 0;

	if (!barn_nr_full(m, barn))
		return 0;
	barn_lock(m, barn);
	if (barn_nr_full(m, barn)) {
		full = pop_full(m, barn);
		push_empty(m, barn, empty);
		set_nr_full(m, barn, barn_nr_full(m, barn) - 1);
		set_nr_empty(m, barn, barn_nr_empty(m, barn) + 1);
	}
	barn_unlock(m, barn);
	if (full)
		note(m, MODEL_NOTE_BARN, barn, full);
	return full;
}

uint64_t barn_replace_full_sheaf(struct model *m, uint64_t barn, uint64_t full, bool *too_many)
{
	uint64_t empty = 0;

	*too_many = barn_nr_full(m, barn) >= MAX_FULL_SHEAVES;
	if (*too_many || !barn_nr_empty(m, barn))
		return 0;
	barn_lock(m, barn);
	if (barn_nr_empty(m, barn)) {
		empty = pop_empty(m, barn);
		push_full(m, barn, full);
		set_nr_empty(m, barn, barn_nr_empty(m, barn) - 1);
		set_nr_full(m, barn, barn_nr_full(m, barn) + 1);
	}
	barn_unlock(m, barn);
	return empty;
}

bool barn_new(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t barn =
		kmalloc_node(m, m->shape.barn_bytes, model_gfp_kernel(m), (int)node, SHEAF_CALLER);

	if (!barn)
		return false;
	put32(m, AT(m, barn, barn_lock), 0);
	list_init(m, AT(m, barn, barn_full));
	list_init(m, AT(m, barn, barn_empty));
	set_nr_full(m, barn, 0);
	set_nr_empty(m, barn, 0);
	put64(m, barn_place(m, s, node), barn);
	return true;
}

void barn_free(struct model *m, uint64_t s, unsigned int node)
{
	uint64_t barn = get_barn_node(m, s, node);

	if (!barn)
		return;
	kfree_object(m, barn);
	put64(m, barn_place(m, s, node), 0);
}

static void list_splice_init(struct model *m, uint64_t list, uint64_t head)
{
	if (list_empty(m, list))
		return;
	list_splice(m, list, head);
	list_init(m, list);
}

void barn_take_all(struct model *m, uint64_t barn, uint64_t full, uint64_t empty)
{
	barn_lock(m, barn);
	list_splice_init(m, AT(m, barn, barn_full), full);
	set_nr_full(m, barn, 0);
	list_splice_init(m, AT(m, barn, barn_empty), empty);
	set_nr_empty(m, barn, 0);
	barn_unlock(m, barn);
}
