/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page frames, and the struct pages that describe them. */
#include "model/machine/machine.h"

/* States of a frame: what is not listed here is 1 + the order of the pages that start there. */
#define FRAME_FREE 0
#define FRAME_INSIDE 0xfe
#define FRAME_KERNEL 0xff

/* NODES_SHIFT bits at the top of page->flags name the node: CONFIG_SPARSEMEM_VMEMMAP. */
static unsigned int node_shift(const struct model *m)
{
	uint32_t entry = has(m, PER_NODE) ? m->shape.per_node_bytes : 8;
	uint32_t nodes = entry ? m->shape.cache_node.size / entry : 1;
	unsigned int bits = 0;

	/* SLAB's kmem_cache does not always tell how many nodes there could be. */
	if (m->own)
		nodes = MODEL_MAX_NODES;
	while (nodes >> 1 >> bits)
		bits++;
	return bits;
}

unsigned int page_node(struct model *m, uint64_t page)
{
	unsigned int bits = node_shift(m);

	if (m->nr_nodes == 1 || !bits)
		return 0;
	return (unsigned int)(get(m, page, slab_flags) >> (64 - bits));
}

unsigned int cpu_node(const struct model *m, unsigned int cpu)
{
	return m->cpu_home[cpu];
}

/*
 * Here frames are counted without the holes between ranges of memory; what the machine numbers them
 * by is frame_number().
 */
static const struct model_range *frame_range(const struct model *m, uint64_t *frame)
{
	const struct model_range *range = m->ranges;

	for (; *frame >= range->frames; range++)
		*frame -= range->frames;
	return range;
}

static uint64_t frame_number(const struct model *m, uint64_t frame)
{
	const struct model_range *range = frame_range(m, &frame);

	return range->first + frame;
}

static bool frame_find(const struct model *m, uint64_t number, uint64_t *frame)
{
	*frame = 0;
	for (unsigned int i = 0; i < m->nr_ranges; i++) {
		if (number - m->ranges[i].first < m->ranges[i].frames) {
			*frame += number - m->ranges[i].first;
			return true;
		}
		*frame += m->ranges[i].frames;
	}
	return false;
}

static uint64_t frame_page(const struct model *m, uint64_t frame)
{
	return m->memmap + frame_number(m, frame) * m->shape.page_bytes;
}

static unsigned int frame_node(const struct model *m, uint64_t frame)
{
	return frame_range(m, &frame)->node;
}

/* flags of a page that nobody has: its node and zone. */
static uint64_t frame_flags(const struct model *m, uint64_t frame)
{
	unsigned int bits = node_shift(m);
	uint64_t node = bits ? (uint64_t)frame_node(m, frame) << (64 - bits) : 0;

	return node | UINT64_C(1) << (64 - bits - 2); /* zone: ZONE_DMA32 */
}

static void page_reset(struct model *m, uint64_t frame, uint32_t count)
{
	uint64_t page = frame_page(m, frame);

	model_fill(m, page, 0, m->shape.page_bytes);
	put(m, page, slab_flags, frame_flags(m, frame));
	/* _mapcount is -1; where it has a name of its own it is page_type. */
	if (has_member(m, page_type))
		put(m, page, page_type, 0xffffffff);
	put(m, page, page_refcount, count);
}

void pages_init(struct model *m)
{
	for (uint64_t i = 0; i < m->frames; i++)
		page_reset(m, i, 0);
}

/* prep_compound_page(). */
static void compound_make(struct model *m, uint64_t frame, unsigned int order)
{
	uint64_t head = frame_page(m, frame), first = frame_page(m, frame + 1);

	put(m, head, slab_flags, get(m, head, slab_flags) | m->shape.pg_head);
	for (uint64_t i = 1; i < UINT64_C(1) << order; i++) {
		uint64_t tail = frame_page(m, frame + i);

		if (has(m, COMPOUND_INFO)) {
			/* With CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP a mask of the tail's own address. */
			put(m, tail, page_head, -((uint64_t)m->shape.page_bytes << order) | 1);
		} else if (has(m, COMPOUND_HEAD)) {
			put(m, tail, page_head, head | 1);
		} else {
			put(m, tail, slab_flags, get(m, tail, slab_flags) | m->shape.pg_tail);
			put(m, tail, page_head, head);
		}
	}
	/* page[1] holds the order, in four ways. */
	if (has(m, ORDER_IN_LRU))
		put64(m, AT(m, first, page_lru) + 8, order);
	else if (has(m, ORDER_IN_FLAGS_1))
		put64(m, AT(m, head, folio_flags_1),
		      (get64(m, AT(m, head, folio_flags_1)) & ~UINT64_C(0xff)) | order);
	else if (has(m, ORDER_IN_FOLIO))
		put(m, head, folio_order, order);
	else
		put(m, first, page_order, order);
}

unsigned int compound_order(struct model *m, uint64_t page)
{
	uint64_t first = page + m->shape.page_bytes;

	if (!(get(m, page, slab_flags) & m->shape.pg_head))
		return 0;
	if (has(m, ORDER_IN_LRU))
		return (unsigned int)get64(m, AT(m, first, page_lru) + 8);
	if (has(m, ORDER_IN_FLAGS_1))
		return get64(m, AT(m, page, folio_flags_1)) & 0xff;
	if (has(m, ORDER_IN_FOLIO))
		return (unsigned int)get(m, page, folio_order);
	return (unsigned int)get(m, first, page_order);
}

/* Whether a run of frames is free, on one node, and aligned. */
static bool run_is_free(const struct model *m, uint64_t frame, unsigned int order, int node)
{
	uint64_t n = UINT64_C(1) << order, at = frame;
	const struct model_range *range = frame_range(m, &at);

	if (n > range->frames - at || (range->first + at) % n ||
	    (node >= 0 && range->node != (unsigned int)node))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (m->frame_state[frame + i] != FRAME_FREE)
			return false;
	return true;
}

/* Frames from this one to the end of its range when none of them is on the node; 0: they may be. */
static uint64_t frames_elsewhere(const struct model *m, uint64_t frame, int node)
{
	const struct model_range *range = frame_range(m, &frame);

	return node < 0 || range->node == (unsigned int)node ? 0 : range->frames - frame;
}

/* Start anywhere, so that slabs do not lie in the order in which they were made. */
static bool run_find(struct model *m, unsigned int order, int node, uint64_t *frame)
{
	uint64_t start, skipped;

	if (m->nr_places) {
		if (!frame_find(m, m->places[0], frame) || !run_is_free(m, *frame, order, node))
			return false;
		m->places++;
		m->nr_places--;
		return true;
	}
	start = model_below(m, m->frames);
	for (uint64_t i = 0; i < m->frames; i += skipped ? skipped : 1) {
		*frame = (start + i) % m->frames;
		skipped = frames_elsewhere(m, *frame, node);
		if (!skipped && run_is_free(m, *frame, order, node))
			return true;
	}
	return false;
}

/* An attached model does not know the free lists of its kernel. */
static uint64_t run_take(struct model *m, int node, unsigned int order)
{
	int preferred = node == MODEL_ANY_NODE ? (int)cpu_node(m, m->run->cpu) : node;
	uint64_t frame, n = UINT64_C(1) << order;

	m->wanted_pages |= m->under != NULL;
	if (m->under || (m->fail_order >= 0 && order >= (unsigned int)m->fail_order))
		return UINT64_MAX;
	if (!run_find(m, order, preferred, &frame) &&
	    (node != MODEL_ANY_NODE || !run_find(m, order, -1, &frame)))
		return UINT64_MAX;
	m->frame_state[frame] = (uint8_t)(1 + order);
	for (uint64_t i = 1; i < n; i++)
		m->frame_state[frame + i] = FRAME_INSIDE;
	m->frames_free -= n;
	return frame;
}

uint64_t pages_get(struct model *m, int node, unsigned int order, bool compound)
{
	uint64_t frame = run_take(m, node, order);
	uint64_t page;

	if (frame == UINT64_MAX)
		return 0;
	page = frame_page(m, frame);
	/* Slabs are frozen pages since 6.14 (9aec2fb0fd5e). */
	put(m, page, page_refcount, has(m, SHEAVES) ? 0 : 1);
	if (compound && order)
		compound_make(m, frame, order);
	return page;
}

void pages_put(struct model *m, uint64_t page, unsigned int order)
{
	uint64_t frame;
	bool found;

	if (m->under)
		return;
	found = frame_find(m, (page - m->memmap) / m->shape.page_bytes, &frame);
	/* __free_pages() of what was not allocated: bad_page() in the kernel. */
	BUG_IF(m, !found || m->frame_state[frame] != 1 + order);
	/* init_on_free: free_pages_prepare(). */
	if (m->init_on_free)
		model_fill(m, slab_base(m, page), 0, (uint64_t)MODEL_PAGE << order);
	for (uint64_t i = 0; i < UINT64_C(1) << order; i++) {
		page_reset(m, frame + i, 0);
		m->frame_state[frame + i] = FRAME_FREE;
	}
	m->frames_free += UINT64_C(1) << order;
}

uint64_t frames_reserve(struct model *m, uint64_t n)
{
	uint64_t frame = m->frames - n;

	/* From the end, as memblock hands out memory. */
	while (frame && (m->frame_state[frame + n - 1] != FRAME_FREE ||
			 frame_number(m, frame) + n - 1 != frame_number(m, frame + n - 1)))
		frame--;
	for (uint64_t i = 0; i < n; i++) {
		m->frame_state[frame + i] = FRAME_KERNEL;
		put(m, frame_page(m, frame + i), page_refcount, 1);
	}
	m->frames_free -= n;
	return m->direct_map + frame_number(m, frame) * MODEL_PAGE;
}

uint64_t slab_base(struct model *m, uint64_t slab)
{
	uint64_t virt;

	if (!m->target.ops->page_to_virt(&m->target, slab, &virt))
		model_oops_at(m, MODEL_OOPS_FAULT, slab, "converts a slab to its address");
	return virt;
}

uint64_t head_page(struct model *m, uint64_t addr)
{
	uint64_t off = addr - m->windows[0].base, page, head;

	if (off < m->windows[0].size)
		page = m->windows[1].base + off / MODEL_PAGE * m->shape.page_bytes;
	else if (!page_of_virt(m, addr, &page))
		model_oops_at(m, MODEL_OOPS_FAULT, addr, "looks for the page of an address");
	if (has(m, COMPOUND_HEAD)) {
		head = get(m, page, page_head);
		/* A mask is not an address of the memmap: its upper half is all ones. */
		if (head & 1 && head >> 32 == 0xffffffff)
			return page & head;
		return head & 1 ? head - 1 : page;
	}
	if (has_member(m, page_head) && get(m, page, slab_flags) & m->shape.pg_tail)
		return get(m, page, page_head);
	return page;
}
