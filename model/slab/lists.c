/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists of a node: partial, full and free slabs. */
#include "model/slab/slab.h"

static void count(struct model *m, uint64_t at, int64_t more)
{
	put64(m, at, get64(m, at) + (uint64_t)more);
}

/* To 4.7: each object is counted, and a slab that is too many is destroyed at once. */
static void put_one(struct model *m, uint64_t s, uint64_t n, uint64_t slab)
{
	uint64_t link = AT(m, slab, slab_link), objects = AT(m, n, l3_free_objects);

	count(m, objects, 1);
	if (slab_used(m, slab)) {
		/* It is unlikely to run empty soon, so it is taken from last. */
		list_add_tail(m, link, AT(m, n, l3_partial));
		return;
	}
	if (get64(m, objects) > get32(m, AT(m, n, l3_free_limit))) {
		count(m, objects, -(int64_t)slab_num(m, s));
		slab_destroy(m, s, slab);
		return;
	}
	list_add(m, link, AT(m, n, l3_free));
}

static void put_later(struct model *m, uint64_t n, uint64_t slab)
{
	uint64_t link = AT(m, slab, slab_link);

	if (slab_used(m, slab)) {
		list_add_tail(m, link, AT(m, n, l3_partial));
		return;
	}
	list_add(m, link, AT(m, n, l3_free));
	if (has_member(m, l3_free_slabs))
		count(m, AT(m, n, l3_free_slabs), 1);
}

/* The oldest free slabs go while there are too many free objects. */
static void trim(struct model *m, uint64_t s, uint64_t n, uint64_t list)
{
	uint64_t head = AT(m, n, l3_free), objects = AT(m, n, l3_free_objects), entry;

	while (get64(m, objects) > get32(m, AT(m, n, l3_free_limit)) && !list_empty(m, head)) {
		count(m, objects, -(int64_t)slab_num(m, s));
		entry = get64(m, head + 8);
		/* list_move() */
		list_unlink(m, entry);
		list_add(m, entry, list);
		if (has_member(m, l3_free_slabs)) {
			count(m, AT(m, n, l3_free_slabs), -1);
			count(m, AT(m, n, l3_total_slabs), -1);
		}
	}
}

void free_block(struct model *m, uint64_t s, uint64_t entries, uint32_t nr, unsigned int node,
		uint64_t list)
{
	bool one = slab_has(m, ONE_ITERATION);
	uint64_t n = slab_get_node(m, s, node);

	if (!one)
		count(m, AT(m, n, l3_free_objects), nr);
	for (uint32_t i = 0; i < nr; i++) {
		uint64_t object = get64(m, entries + 8 * (uint64_t)i);
		uint64_t slab = slab_of_object(m, object);

		m->doing = "takes a slab off its list";
		list_del(m, AT(m, slab, slab_link));
		slab_put_obj(m, s, slab, object);
		if (one)
			put_one(m, s, n, slab);
		else
			put_later(m, n, slab);
	}
	if (!one)
		trim(m, s, n, list);
}

uint64_t first_slab(struct model *m, uint64_t n)
{
	uint64_t head = AT(m, n, l3_partial), entry = get64(m, head);

	if (entry == head) {
		put(m, n, l3_free_touched, 1);
		head = AT(m, n, l3_free);
		entry = get64(m, head);
		if (entry == head)
			return 0;
		if (has_member(m, l3_free_slabs))
			count(m, AT(m, n, l3_free_slabs), -1);
	}
	note(m, head == AT(m, n, l3_partial) ? MODEL_NOTE_NODE_PARTIAL : MODEL_NOTE_NODE_FREE,
	     entry - m->shape.slab_link.offset, 0);
	return entry - m->shape.slab_link.offset;
}

void fixup_slab_list(struct model *m, uint64_t s, uint64_t n, uint64_t slab, uint64_t *hosts)
{
	uint64_t link = AT(m, slab, slab_link);

	m->doing = "takes a slab off its list";
	list_del(m, link);
	if (!slab_is_full(m, s, slab)) {
		list_add(m, link, AT(m, n, l3_partial));
		return;
	}
	list_add(m, link, AT(m, n, l3_full));
	/* The last object to be handed out was the one that held the indices. */
	if (!objfreelist_slab(m, s))
		return;
	if (slab_has(m, DEBUG_SLAB) && slab_flags_of(m, s) & m->era->flags->poison) {
		uint64_t host = get(m, slab, slab_freelist);

		put64(m, host, *hosts);
		*hosts = host;
	}
	put(m, slab, slab_freelist, 0);
}

void drain_freelist(struct model *m, uint64_t s, uint64_t n, uint64_t tofree)
{
	uint64_t head = AT(m, n, l3_free), entry;

	for (uint64_t freed = 0; freed < tofree && !list_empty(m, head); freed++) {
		l3_lock(m, n);
		entry = get64(m, head + 8);
		if (entry == head) {
			l3_unlock(m, n);
			return;
		}
		list_del(m, entry);
		if (has_member(m, l3_free_slabs)) {
			count(m, AT(m, n, l3_free_slabs), -1);
			count(m, AT(m, n, l3_total_slabs), -1);
		}
		count(m, AT(m, n, l3_free_objects), -(int64_t)slab_num(m, s));
		l3_unlock(m, n);
		slab_destroy(m, s, entry - m->shape.slab_link.offset);
	}
}
