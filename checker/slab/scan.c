/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/scan.h"

#include <stdlib.h>
#include <string.h>

#include "checker/debug/kfence.h"

/* Descriptors per read: 2048 of 64 bytes are 128 KiB and describe 8 MiB of memory. */
#define CHUNK_FRAMES 2048

struct pass {
	struct slab_scan *scan;
	struct slab_heap *heap;
	uint8_t *bytes;
};

static bool slab_add(struct pass *p, uint64_t slab, uint64_t owner)
{
	struct slab_scan *scan = p->scan;
	size_t index = owner ? cache_list_index(p->heap->caches, owner) : SIZE_MAX;
	struct slab_scanned *slabs = arena_more(p->heap->arena, scan->slabs, scan->nr, &scan->room,
						4096, sizeof(*slabs));

	if (!slabs) {
		scan->incomplete = true;
		return false;
	}
	scan->slabs = slabs;
	scan->slabs[scan->nr].slab = slab;
	scan->slabs[scan->nr++].cache = index == SIZE_MAX ? SLAB_NO_CACHE : (uint32_t)index;
	return true;
}

static void descriptor_look(struct pass *p, uint64_t page, const uint8_t *d)
{
	const struct slab_layout *layout = p->heap->layout;
	struct memory *memory = p->heap->memory;
	struct target_member flags = layout->kernel.page.flags;
	uint64_t virt, slab = page, owner;

	if (!(value_get(memory->arch, d + flags.offset, flags.size) & layout->pg_slab))
		return;
	if (layout->debug.kfence.pool.end &&
	    memory->target->ops->page_to_virt(memory->target, page, &virt) &&
	    kfence_has(&layout->debug.kfence, virt))
		return;
	owner = memory_untag(memory, value_get(memory->arch, d + layout->slab.cache.offset, 8));
	if (layout->every_page)
		slab = value_get(memory->arch, d + layout->slab.page_slab.offset, 8);
	slab_add(p, slab, owner);
}

static void descriptors_look(struct pass *p, uint64_t page, size_t n, const uint8_t *bytes)
{
	size_t size = p->heap->layout->kernel.page.struct_size;

	for (size_t i = 0; i < n && !p->scan->incomplete; i++)
		descriptor_look(p, page + i * size, bytes + i * size);
}

/* Descriptors that can be read at once; where the dump or the memmap has holes, one page of them at a time. */
static void chunk_look(struct pass *p, uint64_t page, size_t n)
{
	struct memory *memory = p->heap->memory;
	size_t size = p->heap->layout->kernel.page.struct_size;
	size_t step = memory->page_size / size;
	enum target_status status = memory_bulk(memory, page, p->bytes, n * size);

	if (status == TARGET_OK) {
		descriptors_look(p, page, n, p->bytes);
		return;
	}
	for (size_t i = 0; i < n; i += step) {
		size_t some = n - i < step ? n - i : step;

		status = memory_bulk(memory, page + i * size, p->bytes, some * size);
		if (status == TARGET_OK)
			descriptors_look(p, page + i * size, some, p->bytes);
		else if (status == TARGET_ABSENT)
			p->scan->absent_bytes += some * size;
	}
}

static int slab_compare(const void *a, const void *b)
{
	const struct slab_scanned *x = a, *y = b;

	return x->slab < y->slab ? -1 : x->slab > y->slab;
}

/* The pages of a slab are one entry. */
static void unite(struct slab_scan *scan)
{
	size_t kept = 0;

	if (!scan->nr)
		return;
	qsort(scan->slabs, scan->nr, sizeof(*scan->slabs), slab_compare);
	for (size_t i = 1; i < scan->nr; i++)
		if (scan->slabs[i].slab != scan->slabs[kept].slab) {
			scan->slabs[++kept].slab = scan->slabs[i].slab;
			scan->slabs[kept].cache = scan->slabs[i].cache;
		}
	scan->nr = kept + 1;
}

bool slab_scan_run(struct slab_scan *scan, struct slab_heap *heap)
{
	struct target *t = heap->memory->target;
	size_t size = heap->layout->kernel.page.struct_size;
	struct pass p = { .scan = scan, .heap = heap };
	uint64_t page, last;

	memset(scan, 0, sizeof(*scan));
	if (!t->ops->frame_to_page(t, 0, &page))
		return false;
	p.bytes = arena_array(heap->arena, CHUNK_FRAMES, size);
	if (!p.bytes)
		return false;
	for (uint64_t f = 0; f < t->nr_pages && !memory_cancelled(heap->memory);
	     f += CHUNK_FRAMES) {
		uint64_t left = t->nr_pages - f;
		size_t n = left < CHUNK_FRAMES ? (size_t)left : CHUNK_FRAMES;

		if (t->ops->frame_to_page(t, f, &page) &&
		    t->ops->frame_to_page(t, f + n - 1, &last) && last - page == (n - 1) * size)
			chunk_look(&p, page, n);
	}
	unite(scan);
	return true;
}

void slab_scan_mark(struct slab_scan *scan, uint64_t slab)
{
	const struct slab_scanned key = { .slab = slab };
	struct slab_scanned *found =
		scan->nr ? bsearch(&key, scan->slabs, scan->nr, sizeof(key), slab_compare) : NULL;

	if (found)
		atomic_store_explicit(&found->listed, true, memory_order_relaxed);
}
