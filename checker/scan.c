/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/scan.h"

#include <stdlib.h>
#include <string.h>

#include "checker/kfence.h"

/* Descriptors per read: 2048 of 64 bytes are 128 KiB and describe 8 MiB of memory. */
#define CHUNK_FRAMES 2048
#define FIRST_ROOM 8192

/* One pass over the memmap and what it needs. */
struct pass {
	struct scan *scan;
	struct heap *heap;
	const struct layout *layout;
	uint8_t *bytes; /* the chunk's descriptors */
	uint64_t last_owner; /* neighbours mostly belong to the same cache */
	uint32_t last_index;
};

static uint32_t owner_index(struct pass *p, uint64_t owner)
{
	size_t index;

	/* A slab that is just being made has no owner yet. */
	if (!owner)
		return SCAN_NO_CACHE;
	if (owner == p->last_owner)
		return p->last_index;
	index = cache_list_index(p->heap->caches, owner);
	p->last_owner = owner;
	p->last_index = index == SIZE_MAX ? SCAN_NO_CACHE : (uint32_t)index;
	return p->last_index;
}

static struct scan_slab *slab_new(struct pass *p)
{
	struct scan *scan = p->scan;
	size_t room = scan->room ? scan->room * 2 : FIRST_ROOM;
	struct scan_slab *slabs;

	if (scan->nr == scan->room) {
		slabs = arena_array(p->heap->arena, room, sizeof(*slabs));
		if (!slabs) {
			scan->incomplete = true;
			return NULL;
		}
		if (scan->nr)
			memcpy(slabs, scan->slabs, scan->nr * sizeof(*slabs));
		scan->slabs = slabs;
		scan->room = room;
	}
	return &scan->slabs[scan->nr++];
}

/* A slab of an RCU cache that waits to be freed keeps its marks, and an rcu_head lies over its
 * list entry: its second word is the function. */
static bool waits_for_rcu(const struct pass *p, const uint8_t *descriptor)
{
	return p->layout->rcu_free_slab && value_get(descriptor + p->layout->slab.list.offset + 8,
						     8) == p->layout->rcu_free_slab;
}

static bool frame_is_kfence(const struct pass *p, uint64_t page)
{
	struct target *t = p->heap->memory->target;
	uint64_t virt;

	return p->layout->kfence.pool.end && t->ops->page_to_virt(t, page, &virt) &&
	       kfence_has(p->layout, virt);
}

static void descriptor_look(struct pass *p, uint64_t frame, const uint8_t *descriptor)
{
	const struct layout_slab *m = &p->layout->slab;
	uint64_t flags = value_get(descriptor + m->flags.offset, m->flags.size), type = 0;
	struct scan_slab *slab;

	if (member_exists(m->page_type))
		type = value_get(descriptor + m->page_type.offset, m->page_type.size);
	if (!layout_is_slab(p->layout, flags, type))
		return;
	slab = slab_new(p);
	if (!slab)
		return;
	slab->frame = (uint32_t)frame;
	slab->cache = owner_index(p, value_get(descriptor + m->cache.offset, 8));
	slab->counts = (uint32_t)value_get(descriptor + m->counters.offset, 4);
	slab->empty_list = !value_get(descriptor + m->freelist.offset, 8);
	slab->partial = flags & p->layout->slab_partial_mask;
	slab->rcu = waits_for_rcu(p, descriptor);
	slab->listed_by = SCAN_NO_CACHE;
}

static void descriptors_look(struct pass *p, uint64_t frame, size_t n, uint64_t page,
			     const uint8_t *bytes)
{
	size_t size = p->layout->page_struct_size;

	for (size_t i = 0; i < n && !p->scan->incomplete; i++) {
		descriptor_look(p, frame + i, bytes + i * size);
		if (p->scan->nr && p->scan->slabs[p->scan->nr - 1].frame == frame + i &&
		    frame_is_kfence(p, page + i * size))
			p->scan->nr--;
	}
}

/* Descriptors that can be read at once; where the dump or the memmap has holes, one page of them
 * at a time. */
static void chunk_look(struct pass *p, uint64_t frame, size_t n, uint64_t page)
{
	size_t size = p->layout->page_struct_size;
	size_t step = p->heap->memory->page_size / size;
	enum target_status status = memory_bulk(p->heap->memory, page, p->bytes, n * size);

	if (status == TARGET_OK) {
		descriptors_look(p, frame, n, page, p->bytes);
		return;
	}
	for (size_t i = 0; i < n; i += step) {
		size_t some = n - i < step ? n - i : step;

		status = memory_bulk(p->heap->memory, page + i * size, p->bytes, some * size);
		if (status == TARGET_OK)
			descriptors_look(p, frame + i, some, page + i * size, p->bytes);
		else if (status == TARGET_ABSENT)
			p->scan->absent_bytes += some * size;
	}
}

/* Group the slabs by cache, by counting. */
static bool group(struct scan *scan, struct heap *heap)
{
	size_t nr_caches = heap->caches->nr;
	size_t *next;

	scan->first = arena_array(heap->arena, nr_caches + 2, sizeof(*scan->first));
	next = arena_array(heap->arena, nr_caches + 1, sizeof(*next));
	scan->by_cache = arena_array(heap->arena, scan->nr + 1, sizeof(*scan->by_cache));
	if (!scan->first || !next || !scan->by_cache)
		return false;
	/* Slabs of no cache make the last group. */
	for (size_t i = 0; i < scan->nr; i++) {
		uint32_t c = scan->slabs[i].cache;

		scan->first[(c == SCAN_NO_CACHE ? nr_caches : c) + 1]++;
	}
	for (size_t c = 0; c <= nr_caches; c++) {
		scan->first[c + 1] += scan->first[c];
		next[c] = scan->first[c];
	}
	for (size_t i = 0; i < scan->nr; i++) {
		uint32_t c = scan->slabs[i].cache;

		scan->by_cache[next[c == SCAN_NO_CACHE ? nr_caches : c]++] = (uint32_t)i;
	}
	return true;
}

bool scan_run(struct scan *scan, struct heap *heap)
{
	struct target *t = heap->memory->target;
	struct pass p = { .scan = scan, .heap = heap, .layout = heap->layout };
	uint64_t page, last;

	memset(scan, 0, sizeof(*scan));
	if (!t->ops->frame_to_page(t, 0, &scan->memmap))
		return false;
	p.bytes = arena_array(heap->arena, CHUNK_FRAMES, heap->layout->page_struct_size);
	if (!p.bytes)
		return false;
	for (uint64_t f = 0; f < t->nr_pages && !heap_cancelled(heap); f += CHUNK_FRAMES) {
		size_t n =
			t->nr_pages - f < CHUNK_FRAMES ? (size_t)(t->nr_pages - f) : CHUNK_FRAMES;

		/* The memmap of x86-64 and arm64 is one virtual array (SPARSEMEM_VMEMMAP); the
		 * last descriptor of the chunk has to be where the first says. */
		if (!t->ops->frame_to_page(t, f, &page) ||
		    !t->ops->frame_to_page(t, f + n - 1, &last) ||
		    last - page != (n - 1) * heap->layout->page_struct_size)
			continue;
		chunk_look(&p, f, n, page);
	}
	return group(scan, heap);
}

void scan_mark(struct scan *scan, const struct layout *layout, uint64_t page, size_t cache)
{
	uint64_t frame = (page - scan->memmap) / layout->page_struct_size;
	size_t low = 0, high = scan->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (scan->slabs[middle].frame < frame)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < scan->nr && scan->slabs[low].frame == frame)
		scan->slabs[low].listed_by = (uint32_t)cache;
}

uint64_t scan_page(const struct scan *scan, const struct layout *layout,
		   const struct scan_slab *slab)
{
	return scan->memmap + slab->frame * (uint64_t)layout->page_struct_size;
}
