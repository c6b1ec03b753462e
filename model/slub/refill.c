/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How objects leave slabs since 7.0, when CPUs own none: in bulk, to fill a sheaf. */
#include "model/slub/cache.h"
#include "model/slub/freepointer.h"
#include "model/slub/sheaf.h"

/* Partial slabs on their way from a node to whoever takes their objects. */
struct bulk {
	uint64_t slabs; /* list head */
	struct objects p; /* where they go */
	uint32_t gfp;
	size_t min, max; /* objects */
};

static uint64_t slab_of_entry(const struct model *m, uint64_t entry)
{
	return entry - m->shape.slab_list.offset;
}

static void set_node_partial_state(struct model *m, uint64_t n, uint64_t slab)
{
	bits_change(m, AT(m, slab, slab_flags), m->shape.pg_partial, 0);
	put(m, n, node_nr_partial, get(m, n, node_nr_partial) + 1);
}

static void clear_node_partial_state(struct model *m, uint64_t n, uint64_t slab)
{
	bits_change(m, AT(m, slab, slab_flags), 0, m->shape.pg_partial);
	put(m, n, node_nr_partial, get(m, n, node_nr_partial) - 1);
}

static bool node_trylock(struct model *m, uint64_t n, bool wait)
{
	if (wait) {
		node_lock(m, n);
		return true;
	}
	irq_save(m);
	if (lock_try(m, AT(m, n, node_list_lock)))
		return true;
	irq_restore(m);
	return false;
}

/* list_bulk_move_tail(): entries @first to @last leave their list for the end of another. */
static void list_bulk_move_tail(struct model *m, uint64_t head, uint64_t first, uint64_t last)
{
	uint64_t tail;

	put64(m, get64(m, first + 8), get64(m, last));
	put64(m, get64(m, last) + 8, get64(m, first + 8));
	tail = get64(m, head + 8);
	put64(m, tail, first);
	put64(m, first + 8, tail);
	put64(m, last, head);
	put64(m, head + 8, last);
}

static void list_splice_tail(struct model *m, uint64_t list, uint64_t head)
{
	uint64_t first = get64(m, list), last = get64(m, list + 8), prev = get64(m, head + 8);

	if (first == list)
		return;
	put64(m, first + 8, prev);
	put64(m, prev, first);
	put64(m, last, head);
	put64(m, head + 8, last);
}

/*
 * As many slabs from the head of the node's list as have the objects that are wanted. Those that
 * follow each other move together, once the next one does not match.
 */
static size_t take_partial_locked(struct model *m, uint64_t n, const struct bulk *bulk)
{
	uint64_t head = AT(m, n, node_partial), first = 0, last = 0, next, counters, slab;
	uint64_t visited = 0;
	size_t total = 0, room;

	for (uint64_t entry = get64(m, head); entry != head; entry = next) {
		endless(m, &visited, entry);
		m->doing = "walks the partial list of a node";
		next = get64(m, entry);
		slab = slab_of_entry(m, entry);
		if (!pfmemalloc_match(m, slab, bulk->gfp)) {
			if (first)
				list_bulk_move_tail(m, bulk->slabs, first, last);
			first = 0;
			continue;
		}
		counters = slab_counters(m, slab);
		room = counters_objects(counters) - counters_inuse(counters);
		if (total >= bulk->min && total + room > bulk->max)
			break;
		note(m, MODEL_NOTE_NODE_PARTIAL, slab, n);
		if (!first)
			first = entry;
		last = entry;
		clear_node_partial_state(m, n, slab);
		total += room;
		if (total >= bulk->max)
			break;
	}
	if (first)
		list_bulk_move_tail(m, bulk->slabs, first, last);
	return total;
}

static bool get_partial_node_bulk(struct model *m, uint64_t n, const struct bulk *bulk, bool wait)
{
	size_t total;

	if (!n || !get(m, n, node_nr_partial))
		return false;
	list_init(m, bulk->slabs);
	if (!node_trylock(m, n, wait))
		return false;
	total = take_partial_locked(m, n, bulk);
	node_unlock(m, n);
	return total > 0;
}

/* Take all free objects of a slab. */
static uint64_t get_freelist_nofreeze(struct model *m, uint64_t s, uint64_t slab, size_t *count)
{
	struct slab_words old, new;
	unsigned int objects;

	do {
		old = (struct slab_words){ slab_freelist(m, slab), slab_counters(m, slab) };
		objects = counters_objects(old.counters);
		new = (struct slab_words){ 0, counters_make(old.counters, objects, objects,
							    counters_frozen(old.counters)) };
	} while (!cmpxchg_double_slab(m, s, slab, old, new));
	*count = objects - counters_inuse(old.counters);
	return old.freelist;
}

/* Give a slab the objects back that were too many; false: others freed to it meanwhile. */
static bool slab_try_return_freelist(struct model *m, uint64_t s, uint64_t n, uint64_t slab,
				     uint64_t head, size_t count)
{
	struct slab_words old = { slab_freelist(m, slab), slab_counters(m, slab) }, new;
	uint64_t counters = old.counters;

	if (old.freelist)
		return false;
	new = (struct slab_words){
		head, counters_make(counters, counters_inuse(counters) - (unsigned int)count,
				    counters_objects(counters), counters_frozen(counters))
	};
	node_lock(m, n);
	if (!cmpxchg_double_slab(m, s, slab, old, new)) {
		node_unlock(m, n);
		return false;
	}
	add_partial(m, n, slab, true);
	node_unlock(m, n);
	return true;
}

static void return_rest(struct model *m, uint64_t s, uint64_t n, uint64_t slab, uint64_t head,
			size_t count)
{
	uint64_t tail, object = head, visited = 0;

	if (slab_try_return_freelist(m, s, n, slab, head, count))
		return;
	do {
		tail = object;
		object = freepointer_load(m, s, object);
		/* A cycle has no end: the real CPU would follow it for ever. */
		if (++visited > SLAB_MAX_OBJECTS) {
			m->run->end = MODEL_STUCK;
			longjmp(*m->run->out, 1);
		}
	} while (object);
	slab_free_slow(m, s, slab, head, tail, (unsigned int)count);
}

/* Slabs that were not needed after all go back to the node. */
static void return_slabs(struct model *m, uint64_t n, uint64_t slabs)
{
	uint64_t visited = 0;

	if (list_empty(m, slabs))
		return;
	node_lock(m, n);
	for (uint64_t entry = get64(m, slabs); entry != slabs; entry = get64(m, entry)) {
		endless(m, &visited, entry);
		set_node_partial_state(m, n, slab_of_entry(m, entry));
	}
	list_splice_tail(m, slabs, AT(m, n, node_partial));
	node_unlock(m, n);
}

/* Objects of the slabs on a list, up to @max. */
static size_t take_objects(struct model *m, uint64_t s, uint64_t n, const struct bulk *bulk)
{
	size_t refilled = 0, count;
	uint64_t next, slab, object, taken;

	for (uint64_t entry = get64(m, bulk->slabs); entry != bulk->slabs; entry = next) {
		next = get64(m, entry);
		slab = slab_of_entry(m, entry);
		list_del(m, entry);
		object = get_freelist_nofreeze(m, s, slab, &count);
		for (; count && refilled < bulk->max; count--) {
			taken = object;
			objects_set(m, bulk->p, refilled++, taken);
			object = freepointer_load(m, s, taken);
			maybe_wipe_obj_freeptr(m, s, taken);
		}
		if (count)
			return_rest(m, s, n, slab, object, count);
		if (refilled >= bulk->max)
			break;
	}
	return refilled;
}

static size_t refill_objects_node(struct model *m, uint64_t s, uint64_t n, struct bulk *bulk,
				  bool wait)
{
	size_t refilled = 0;

	bulk->slabs = stack_get(m);
	if (get_partial_node_bulk(m, n, bulk, wait)) {
		refilled = take_objects(m, s, n, bulk);
		return_slabs(m, n, bulk->slabs);
	}
	stack_put(m, bulk->slabs);
	return refilled;
}

static size_t refill_objects_any(struct model *m, uint64_t s, struct objects p, uint32_t gfp,
				 size_t min, size_t max)
{
	unsigned int here = numa_node(m);
	size_t refilled = 0;
	struct bulk bulk;

	if (!may_defragment(m, s))
		return 0;
	for (unsigned int i = 0; i < m->nr_nodes && refilled < min; i++) {
		uint64_t n = get_node(m, s, (here + i) % m->nr_nodes);

		if (!n || get(m, n, node_nr_partial) <= get(m, s, cache_min_partial))
			continue;
		bulk = (struct bulk){ 0, objects_from(p, refilled), gfp, min - refilled,
				      max - refilled };
		refilled += refill_objects_node(m, s, n, &bulk, false);
	}
	return refilled;
}

/* 6.18 and 6.19: as other allocations, from the CPU's slab. */
static size_t refill_from_cpu_slab(struct model *m, uint64_t s, struct objects p, uint32_t gfp,
				   size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t object = slab_alloc_slow(m, s, gfp, MODEL_ANY_NODE,
						  (uint32_t)get(m, s, cache_object_size));

		if (!object)
			return i;
		objects_set(m, p, i, object);
		maybe_wipe_obj_freeptr(m, s, object);
	}
	return nr;
}

size_t refill_objects(struct model *m, uint64_t s, struct objects p, uint32_t gfp, size_t min,
		      size_t max)
{
	struct bulk bulk = { 0, p, gfp, min, max };
	uint64_t slab;
	size_t done;

	if (has(m, CPU_SLAB))
		return refill_from_cpu_slab(m, s, p, gfp, max);
	done = refill_objects_node(m, s, get_node(m, s, numa_node(m)), &bulk, true);
	if (done < min)
		done += refill_objects_any(m, s, objects_from(p, done), gfp, min - done,
					   max - done);
	while (done < min) {
		/* From this CPU's node, or the nearest that has pages. */
		slab = new_slab(m, s, gfp, MODEL_ANY_NODE);
		if (!slab)
			break;
		done += alloc_from_new_slab(m, s, slab, objects_from(p, done), max - done);
	}
	return done;
}
