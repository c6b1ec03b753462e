/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/scan.h"

#include <stdlib.h>
#include <string.h>

#include "checker/debug/kfence.h"

/* Descriptors per read: 2048 of 64 bytes are 128 KiB and describe 8 MiB of memory. */
#define CHUNK_FRAMES 2048
#define FIRST_ROOM 8192

/* Parts of the memmap for each thread: enough that all end at about the same time. */
#define PARTS_A_WORKER 8

/* One pass over a part of the memmap and what it needs. */
struct pass {
	struct scan *scan; /* of the part */
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
	return p->layout->rcu_free_slab &&
	       value_get(p->heap->memory->arch, descriptor + p->layout->slab.list.offset + 8, 8) ==
		       p->layout->rcu_free_slab;
}

static bool frame_is_kfence(const struct pass *p, uint64_t page)
{
	struct target *t = p->heap->memory->target;
	uint64_t virt;

	return p->layout->debug.kfence.pool.end && t->ops->page_to_virt(t, page, &virt) &&
	       kfence_has(&p->layout->debug.kfence, virt);
}

static void descriptor_look(struct pass *p, uint64_t frame, const uint8_t *descriptor)
{
	const struct layout_slab *m = &p->layout->slab;
	uint64_t flags = value_get(p->heap->memory->arch, descriptor + m->flags.offset,
				   m->flags.size),
		 type = 0;
	struct scan_slab *slab;

	if (member_exists(m->page_type))
		type = value_get(p->heap->memory->arch, descriptor + m->page_type.offset,
				 m->page_type.size);
	if (!layout_is_slab(p->layout, flags, type))
		return;
	slab = slab_new(p);
	if (!slab)
		return;
	slab->frame_low = (uint32_t)frame;
	slab->frame_high = (uint8_t)(frame >> 32);
	slab->cache = owner_index(
		p, memory_untag(p->heap->memory,
				value_get(p->heap->memory->arch, descriptor + m->cache.offset, 8)));
	slab->counts =
		(uint32_t)value_get(p->heap->memory->arch, descriptor + m->counters.offset, 4);
	slab->empty_list = !value_get(p->heap->memory->arch, descriptor + m->freelist.offset, 8);
	slab->partial = flags & p->layout->slab_partial_mask;
	slab->rcu = waits_for_rcu(p, descriptor);
	slab->unheld = member_exists(m->refcount) &&
		       !value_get(p->heap->memory->arch, descriptor + m->refcount.offset,
				  m->refcount.size);
	slab->listed = 0;
}

static void descriptors_look(struct pass *p, uint64_t frame, size_t n, uint64_t page,
			     const uint8_t *bytes)
{
	size_t size = p->layout->kernel.page.struct_size;

	for (size_t i = 0; i < n && !p->scan->incomplete; i++) {
		descriptor_look(p, frame + i, bytes + i * size);
		if (p->scan->nr && scan_frame(&p->scan->slabs[p->scan->nr - 1]) == frame + i &&
		    frame_is_kfence(p, page + i * size))
			p->scan->nr--;
	}
}

/* Descriptors that can be read at once; where the dump or the memmap has holes, one page of them
 * at a time. */
static void chunk_look(struct pass *p, uint64_t frame, size_t n, uint64_t page)
{
	size_t size = p->layout->kernel.page.struct_size;
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

/* The descriptors of the frames from @first to @end. */
static void part_look(struct pass *p, uint64_t first, uint64_t end)
{
	struct target *t = p->heap->memory->target;
	uint64_t page, last;

	p->bytes = arena_array(p->heap->arena, CHUNK_FRAMES, p->layout->kernel.page.struct_size);
	if (!p->bytes) {
		p->scan->incomplete = true;
		return;
	}
	for (uint64_t f = first; f < end && !heap_cancelled(p->heap); f += CHUNK_FRAMES) {
		size_t n = end - f < CHUNK_FRAMES ? (size_t)(end - f) : CHUNK_FRAMES;

		/* The memmap of x86-64 and arm64 is one virtual array (SPARSEMEM_VMEMMAP); the
		 * last descriptor of the chunk has to be where the first says. */
		if (!t->ops->frame_to_page(t, f, &page) ||
		    !t->ops->frame_to_page(t, f + n - 1, &last) ||
		    last - page != (n - 1) * p->layout->kernel.page.struct_size)
			continue;
		chunk_look(p, f, n, page);
	}
}

/* The parts of one scan. */
struct division {
	struct scan *parts;
	size_t nr;
	uint64_t frames; /* of the machine */
};

/* First frame of a part, on a chunk's boundary. */
static uint64_t part_first(const struct division *d, size_t part)
{
	uint64_t chunks = (d->frames + CHUNK_FRAMES - 1) / CHUNK_FRAMES;
	uint64_t first = chunks * part / d->nr * CHUNK_FRAMES;

	return first < d->frames ? first : d->frames;
}

static void part_job(void *ctx, struct worker *w, size_t part)
{
	struct division *d = ctx;
	struct heap *heap = w->state;
	struct pass p = { .scan = &d->parts[part], .heap = heap, .layout = heap->layout };

	part_look(&p, part_first(d, part), part_first(d, part + 1));
}

/* Put the parts' tables one behind the other. */
static bool parts_join(struct scan *scan, const struct division *d, struct arena *arena)
{
	size_t nr = 0;

	for (size_t i = 0; i < d->nr; i++) {
		nr += d->parts[i].nr;
		scan->absent_bytes += d->parts[i].absent_bytes;
		scan->incomplete |= d->parts[i].incomplete;
	}
	scan->slabs = arena_array(arena, nr, sizeof(*scan->slabs));
	if (!scan->slabs)
		return false;
	for (size_t i = 0; i < d->nr; i++) {
		if (d->parts[i].nr)
			memcpy(scan->slabs + scan->nr, d->parts[i].slabs,
			       d->parts[i].nr * sizeof(*scan->slabs));
		scan->nr += d->parts[i].nr;
	}
	return true;
}

/* What the workers allocate for their parts is theirs again when the table is whole. */
static bool scan_divided(struct scan *scan, struct heap *heap, struct team *team)
{
	struct division d = { .nr = (size_t)team->nr * PARTS_A_WORKER,
			      .frames = heap->memory->target->nr_pages };
	struct arena_mark *marks = arena_array(heap->arena, team->nr, sizeof(*marks));
	bool joined;

	d.parts = arena_array(heap->arena, d.nr, sizeof(*d.parts));
	if (!marks || !d.parts)
		return false;
	for (unsigned int i = 0; i < team->nr; i++)
		marks[i] = arena_mark(team->workers[i].arena);
	team_run(team, d.nr, part_job, &d);
	joined = parts_join(scan, &d, heap->arena);
	for (unsigned int i = 0; i < team->nr; i++)
		arena_release(team->workers[i].arena, marks[i]);
	return joined;
}

/*
 * Pages of slabs are allocated frozen, with a reference count of 0, since 6.14 (9aec2fb0fd5e), which changed
 * no type. Until then each has a reference for as long as it is a slab, so the slabs vote.
 */
static bool pages_are_held(const struct scan *scan, const struct layout *layout)
{
	size_t unheld = 0;

	for (size_t i = 0; i < scan->nr; i++)
		unheld += scan->slabs[i].unheld;
	return member_exists(layout->slab.refcount) && unheld < scan->nr / 8;
}

bool scan_run(struct scan *scan, struct heap *heap, struct team *team)
{
	struct target *t = heap->memory->target;
	struct pass p = { .scan = scan, .heap = heap, .layout = heap->layout };

	memset(scan, 0, sizeof(*scan));
	if (!t->ops->frame_to_page(t, 0, &scan->memmap))
		return false;
	if (team->nr == 1)
		part_look(&p, 0, t->nr_pages);
	else if (!scan_divided(scan, heap, team))
		return false;
	scan->pages_held = pages_are_held(scan, heap->layout);
	return group(scan, heap);
}

void scan_mark(struct scan *scan, const struct layout *layout, uint64_t page, size_t cache)
{
	uint64_t frame = (page - scan->memmap) / layout->kernel.page.struct_size;
	size_t low = 0, high = scan->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (scan_frame(&scan->slabs[middle]) < frame)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < scan->nr && scan_frame(&scan->slabs[low]) == frame)
		atomic_fetch_or_explicit(&scan->slabs[low].listed,
					 scan->slabs[low].cache == cache ? SCAN_BY_OWNER
									 : SCAN_BY_ANOTHER,
					 memory_order_relaxed);
}

uint64_t scan_page(const struct scan *scan, const struct layout *layout,
		   const struct scan_slab *slab)
{
	return scan->memmap + scan_frame(slab) * layout->kernel.page.struct_size;
}
