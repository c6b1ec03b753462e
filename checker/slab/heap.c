/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/heap.h"

#include <stdlib.h>
#include <string.h>

#define BUFCTL_END UINT32_MAX

bool slab_heap_init(struct slab_heap *heap, struct memory *memory, const struct slab_layout *layout,
		    const struct cache_list *caches, struct arena *arena)
{
	memset(heap, 0, sizeof(*heap));
	heap->memory = memory;
	heap->layout = layout;
	heap->caches = caches;
	heap->arena = arena;
	heap->page_limit = memory->target->nr_pages;
	heap->arrays.room = 256;
	heap->arrays.entries_room = 4096;
	heap->arrays.arrays = arena_array(arena, heap->arrays.room, sizeof(*heap->arrays.arrays));
	heap->arrays.entries =
		arena_array(arena, heap->arrays.entries_room, sizeof(*heap->arrays.entries));
	return heap->arrays.arrays && heap->arrays.entries;
}

/* A buffer of at least @n elements. What was in it is kept. */
static bool reserve(struct arena *arena, void **buffer, size_t *room, size_t n, size_t size)
{
	size_t more = *room ? *room : 64;
	void *fresh;

	if (n <= *room)
		return true;
	while (more < n)
		more *= 2;
	fresh = arena_array(arena, more, size);
	if (!fresh)
		return false;
	if (*room)
		memcpy(fresh, *buffer, *room * size);
	*buffer = fresh;
	*room = more;
	return true;
}

bool slab_heap_room(struct slab_heap *heap, const struct slab_cache *cache)
{
	return reserve(heap->arena, (void **)&heap->hops, &heap->hops_room, cache->num,
		       sizeof(*heap->hops)) &&
	       reserve(heap->arena, (void **)&heap->indexes, &heap->indexes_room, 4 * cache->num,
		       1);
}

/* --- Nodes --- */

/* Where the array of node pointers begins. */
static enum target_status nodes_at(const struct slab_heap *heap, const struct slab_cache *cache,
				   uint64_t *at)
{
	const struct slab_layout *layout = heap->layout;

	*at = cache->addr + layout->cache.nodes.offset;
	return layout->nodes_pointer ? memory_pointer(heap->memory, *at, at) : TARGET_OK;
}

void slab_heap_node(struct slab_heap *heap, const struct slab_cache *cache, unsigned int node,
		    struct slab_node *out)
{
	const struct slab_node_members *m = &heap->layout->node;
	uint64_t at, lock = 0;
	const struct memory_wanted wanted[] = {
		{ m->num_slabs, &out->num_slabs },
		{ m->total_slabs, &out->total_slabs },
		{ m->free_slabs, &out->free_slabs },
		{ m->free_objects, &out->free_objects },
		{ m->colour_next, &out->colour_next },
		{ m->shared, &out->shared },
		{ m->alien, &out->alien },
		{ m->locked, &lock },
	};

	memset(out, 0, sizeof(*out));
	out->node = (int)node;
	out->complete = true;
	out->status = nodes_at(heap, cache, &at);
	out->slot = at + 8 * (uint64_t)node;
	if (out->status == TARGET_OK)
		out->status = memory_pointer(heap->memory, out->slot, &out->addr);
	if (out->status != TARGET_OK || !out->addr)
		return;
	out->status =
		memory_members(heap->memory, out->addr, wanted, sizeof(wanted) / sizeof(wanted[0]));
	out->locked = lock_state(&heap->layout->kernel.lock, m->locked, lock) != LOCK_FREE;
}

/* --- Arrays --- */

static void entries_take(struct slab_heap *heap, struct slab_array *a, uint32_t index)
{
	struct slab_arrays *all = &heap->arrays;
	uint64_t from = a->addr + heap->layout->array.entries, value;

	if (!reserve(heap->arena, (void **)&all->entries, &all->entries_room,
		     all->nr_entries + a->taken, sizeof(*all->entries))) {
		all->failed = true;
		a->taken = 0;
		return;
	}
	for (uint64_t i = 0; i < a->taken; i++) {
		enum target_status status = memory_value(heap->memory, from + 8 * i, 8, &value);

		if (status != TARGET_OK) {
			a->status = status;
			a->taken = i;
			return;
		}
		if (heap->layout->tagged)
			value &= ~UINT64_C(1);
		all->entries[all->nr_entries++] =
			(struct slab_entry){ memory_untag(heap->memory, value), index, (uint32_t)i,
					     false };
	}
}

static void array_words(struct slab_heap *heap, struct slab_array *a)
{
	const struct slab_array_members *m = &heap->layout->array;
	const struct memory_wanted wanted[] = {
		{ m->avail, &a->avail },
		{ m->limit, &a->limit },
		{ m->batchcount, &a->batchcount },
		{ m->touched, &a->touched },
	};

	if (a->status == TARGET_OK && a->addr)
		a->status = memory_members(heap->memory, a->addr, wanted, 4);
}

/* Reads an array whose place is known. An array has room for as many entries as its limit, or its cache's when
 * that was overwritten. */
static void array_take(struct slab_heap *heap, const struct slab_cache *cache,
		       const struct slab_array *found)
{
	struct slab_arrays *all = &heap->arrays;
	struct slab_array *a;
	uint64_t most;

	if (!reserve(heap->arena, (void **)&all->arrays, &all->room, all->nr + 1,
		     sizeof(*all->arrays))) {
		all->failed = true;
		return;
	}
	a = &all->arrays[all->nr];
	*a = *found;
	array_words(heap, a);
	most = a->limit;
	if (a->kind == SLAB_ARRAY_CPU && most != cache->limit && cache->limit < most)
		most = cache->limit;
	if (most > SLAB_ENTRIES_MAX)
		most = SLAB_ENTRIES_MAX;
	a->taken = 0;
	if (a->status == TARGET_OK && a->addr) {
		/* Nobody knows how many of them are there when avail was overwritten. */
		all->failed |= a->avail > most;
		a->taken = a->avail <= most ? a->avail : 0;
		entries_take(heap, a, (uint32_t)all->nr);
	}
	all->nr++;
}

static void cpu_arrays(struct slab_heap *heap, const struct slab_cache *cache)
{
	const struct slab_layout *layout = heap->layout;
	const struct kernel *kernel = &layout->kernel;

	for (unsigned int i = 0; i < kernel->nr_cpus; i++) {
		struct slab_array a = { .kind = SLAB_ARRAY_CPU,
					.cpu = (int)i,
					.node = -1,
					.of = -1,
					.online = kernel->cpu_online[i] };

		if (!kernel->cpu_possible[i])
			continue;
		if (member_exists(layout->cache.cpu_cache)) {
			a.addr = cache->cpu_cache + kernel->cpu_offset[i];
		} else {
			a.slot = slab_array_slot(cache, layout, i);
			a.status = memory_pointer(heap->memory, a.slot, &a.addr);
		}
		array_take(heap, cache, &a);
	}
}

static void alien_arrays(struct slab_heap *heap, const struct slab_cache *cache,
			 const struct slab_node *node)
{
	const struct slab_array_members *m = &heap->layout->array;

	for (unsigned int i = 0; i < heap->layout->nr_nodes; i++) {
		struct slab_array a = { .kind = SLAB_ARRAY_ALIEN,
					.cpu = -1,
					.node = node->node,
					.of = (int)i,
					.slot = node->alien + 8 * (uint64_t)i };
		uint64_t wrapper = 0, lock = 0;

		a.status = memory_pointer(heap->memory, a.slot, &wrapper);
		if (a.status == TARGET_OK && !wrapper)
			continue;
		a.addr = wrapper ? wrapper + m->in_alien : 0;
		if (a.status == TARGET_OK && member_exists(m->alien_locked) &&
		    memory_member(heap->memory, wrapper, m->alien_locked, &lock) == TARGET_OK)
			a.locked = lock_state(&heap->layout->kernel.lock, m->alien_locked, lock) !=
				   LOCK_FREE;
		a.locked |= node->locked;
		array_take(heap, cache, &a);
	}
}

static int entry_compare(const void *a, const void *b)
{
	const struct slab_entry *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (x->array != y->array)
		return x->array < y->array ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

void slab_heap_arrays(struct slab_heap *heap, const struct slab_cache *cache,
		      const struct slab_node *nodes)
{
	struct slab_arrays *all = &heap->arrays;

	all->nr = all->nr_entries = 0;
	all->failed = false;
	cpu_arrays(heap, cache);
	for (unsigned int i = 0; i < heap->layout->nr_nodes; i++) {
		const struct slab_node *n = &nodes[i];
		struct slab_array shared = { .kind = SLAB_ARRAY_SHARED,
					     .cpu = -1,
					     .node = n->node,
					     .of = -1,
					     .slot = n->addr + heap->layout->node.shared.offset,
					     .addr = n->shared,
					     .locked = n->locked };

		if (n->status != TARGET_OK || !n->addr)
			continue;
		if (n->shared)
			array_take(heap, cache, &shared);
		if (n->alien)
			alien_arrays(heap, cache, n);
	}
	if (all->nr_entries)
		qsort(all->entries, all->nr_entries, sizeof(*all->entries), entry_compare);
}

/* The first entry of at least that address. */
static size_t entry_from(const struct slab_arrays *all, uint64_t object)
{
	size_t low = 0, high = all->nr_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all->entries[middle].object < object)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct slab_entry *slab_entry_find(const struct slab_heap *heap, const struct slab_cache *cache,
				   const struct slab_found *slab, uint32_t index)
{
	const struct slab_arrays *all = &heap->arrays;
	uint64_t slot = slab_slot(cache, slab, index);
	size_t at = entry_from(all, slot);

	return at < all->nr_entries && all->entries[at].object == slot ? &all->entries[at] : NULL;
}

/* --- Slabs --- */

/* The page of a slab, and what it says. */
static void page_take(struct slab_heap *heap, struct slab_found *out)
{
	const struct slab_layout *layout = heap->layout;
	struct target *t = heap->memory->target;
	const struct memory_wanted wanted[] = {
		{ layout->kernel.page.flags, &out->flags },
		{ layout->slab.cache, &out->owner },
		{ layout->slab.page_slab, &out->page_slab },
	};
	enum target_status status;

	if (!layout->has_bufctl)
		out->page = out->addr;
	else if (!t->ops->virt_to_page(t, out->s_mem - out->colouroff, &out->page))
		out->page = 0;
	if (!out->page || !t->ops->page_to_virt(t, out->page, &out->base)) {
		out->page = out->base = 0;
		/* What describes a slab is in the memmap. */
		if (!layout->has_bufctl)
			out->status = TARGET_UNMAPPED;
		return;
	}
	status = memory_members(heap->memory, out->page, wanted, 3);
	if (status != TARGET_OK && (out->status == TARGET_OK || !layout->has_bufctl))
		out->status = status;
	out->owner = memory_untag(heap->memory, out->owner);
	out->marked = out->flags & layout->pg_slab;
}

void slab_heap_descriptor(struct slab_heap *heap, uint64_t addr, struct slab_found *out)
{
	const struct slab_members *m = &heap->layout->slab;
	struct target_member link = { m->list.offset + LIST_NEXT, 8 };
	struct target_member back = { m->list.offset + LIST_PREV, 8 };
	enum slab_list list = out->list;
	int node = out->node;
	const struct memory_wanted wanted[] = {
		{ link, &out->next },
		{ back, &out->prev },
		{ m->s_mem, &out->s_mem },
		{ m->used, &out->used },
		{ m->freelist, &out->freelist },
		{ m->colouroff, &out->colouroff },
		{ m->free, &out->free },
		{ m->nodeid, &out->nodeid },
	};

	memset(out, 0, sizeof(*out));
	out->addr = addr;
	out->list = list;
	out->node = node;
	out->own.end = SLAB_WALK_NOT_DONE;
	out->status =
		memory_members(heap->memory, addr, wanted, sizeof(wanted) / sizeof(wanted[0]));
	if (heap->layout->rcu_free && out->prev == heap->layout->rcu_free)
		out->waits = true;
	if (out->status == TARGET_OK)
		page_take(heap, out);
}

static void walk_ends(struct slab_free *f, enum slab_walk_end end, uint64_t at, uint64_t value,
		      uint32_t position)
{
	f->wrong++;
	if (f->end != SLAB_WALK_END)
		return;
	f->end = end;
	f->at = at;
	f->value = value;
	f->position = position;
}

/* The chain of bufctls: each holds the index of the next free object. */
static void chain_walk(struct slab_heap *heap, const struct slab_cache *cache,
		       struct slab_found *out)
{
	struct slab_free *f = &out->own;
	uint64_t at = out->addr + heap->layout->slab.free.offset, index = out->free & UINT32_MAX;
	enum target_status status;

	f->array = out->addr + heap->layout->slab.size;
	for (uint32_t n = 0; index != BUFCTL_END; n++) {
		if (index >= cache->num) {
			walk_ends(f, SLAB_WALK_WILD, at, index, n);
			return;
		}
		if (f->hop[index]) {
			walk_ends(f, SLAB_WALK_CYCLE, at, index, n);
			return;
		}
		f->hop[index] = n + 1;
		f->length++;
		at = f->array + 4 * index;
		status = memory_value(heap->memory, at, 4, &index);
		if (status != TARGET_OK) {
			walk_ends(f,
				  status == TARGET_ABSENT ? SLAB_WALK_ABSENT : SLAB_WALK_UNMAPPED,
				  at, 0, n);
			return;
		}
	}
}

/* The array of indexes: those from @used on are of free objects. */
static void indexes_walk(struct slab_heap *heap, const struct slab_cache *cache,
			 struct slab_found *out)
{
	struct slab_free *f = &out->own;
	unsigned int width = cache->index_bytes;
	enum target_status status;

	f->array = memory_untag(heap->memory, out->freelist);
	if (out->used >= cache->num)
		return;
	status = memory_bulk(heap->memory, f->array + out->used * width, heap->indexes,
			     (size_t)(cache->num - out->used) * width);
	if (status != TARGET_OK) {
		walk_ends(f, status == TARGET_ABSENT ? SLAB_WALK_ABSENT : SLAB_WALK_UNMAPPED,
			  out->addr + heap->layout->slab.freelist.offset, out->freelist, 0);
		return;
	}
	for (uint32_t i = (uint32_t)out->used; i < cache->num; i++) {
		uint64_t index = value_get(heap->memory->arch,
					   heap->indexes + (size_t)(i - out->used) * width, width);

		if (index >= cache->num) {
			walk_ends(f, SLAB_WALK_WILD, f->array + (uint64_t)i * width, index, i);
		} else if (f->hop[index]) {
			walk_ends(f, SLAB_WALK_CYCLE, f->array + (uint64_t)i * width, index, i);
		} else {
			f->hop[index] = i - (uint32_t)out->used + 1;
			f->length++;
		}
	}
}

/* Entries that lead into the slab are those of its objects, wherever these begin. */
static void entries_claim(struct slab_heap *heap, const struct slab_cache *cache,
			  const struct slab_found *slab)
{
	struct slab_arrays *all = &heap->arrays;
	uint64_t end = slab->base + slab_cache_bytes(cache, heap->memory);

	for (size_t i = entry_from(all, slab->base);
	     i < all->nr_entries && all->entries[i].object < end; i++)
		all->entries[i].placed = true;
}

/* Which entries of arrays are the slab's objects. */
static void entries_place(struct slab_heap *heap, const struct slab_cache *cache,
			  struct slab_found *out)
{
	struct slab_arrays *all = &heap->arrays;
	uint64_t end = out->s_mem + cache->num * cache->size, before = 0;

	if (out->misplaced) {
		entries_claim(heap, cache, out);
		return;
	}
	out->first_entry = entry_from(all, out->s_mem);
	for (size_t i = out->first_entry; i < all->nr_entries && all->entries[i].object < end;
	     i++) {
		struct slab_entry *e = &all->entries[i];

		out->entries++;
		if ((e->object - out->s_mem) % cache->size)
			continue;
		e->placed = true;
		out->cached += e->object != before;
		before = e->object;
	}
}

/* Whether the objects of a slab can be where it says. */
static bool objects_fit(const struct slab_heap *heap, const struct slab_cache *cache,
			const struct slab_found *slab)
{
	uint64_t bytes = slab_cache_bytes(cache, heap->memory);

	return slab->base && slab->s_mem - slab->base < bytes &&
	       cache->num * cache->size <= bytes - (slab->s_mem - slab->base);
}

void slab_heap_slab(struct slab_heap *heap, const struct slab_cache *cache, struct slab_found *out)
{
	heap->slabs++;
	if (out->status != TARGET_OK || !slab_cache_walkable(cache) || !cache->index_bytes ||
	    !out->base || !slab_heap_room(heap, cache))
		return;
	out->misplaced = !objects_fit(heap, cache, out) ||
			 !slab_cache_colour(cache, heap->layout, out->s_mem - out->base);
	memset(heap->hops, 0, cache->num * sizeof(*heap->hops));
	out->own = (struct slab_free){ .end = SLAB_WALK_END, .hop = heap->hops };
	if (heap->layout->has_bufctl)
		chain_walk(heap, cache, out);
	else
		indexes_walk(heap, cache, out);
	entries_place(heap, cache, out);
}

void slab_heap_contents(struct slab_heap *heap, const struct slab_cache *cache,
			struct slab_found *slab)
{
	size_t bytes = (size_t)slab_cache_bytes(cache, heap->memory);
	size_t page = heap->memory->page_size;

	slab->bytes = NULL;
	if (!reserve(heap->arena, (void **)&heap->bytes, &heap->bytes_room, bytes, 1))
		return;
	for (size_t at = 0; at < bytes; at += page)
		if (memory_bulk(heap->memory, slab->base + at, heap->bytes + at, page) != TARGET_OK)
			slab->absent_pages++;
	slab->bytes = slab->absent_pages ? NULL : heap->bytes;
}
