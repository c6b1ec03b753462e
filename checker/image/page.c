/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/page.h"

static void order_layout(struct page_layout *layout, struct target *t)
{
	struct target_member m;
	uint32_t next_page = (uint32_t)layout->struct_size;

	layout->order_size = 1;
	if (target_find(t, "folio", "_folio_order", &m)) {
		layout->order_store = ORDER_IN_FOLIO;
		layout->order_offset = m.offset;
	} else if (target_find(t, "folio", "_flags_1", &m)) {
		layout->order_store = ORDER_IN_FLAGS_1;
		layout->order_offset = m.offset;
	} else if (target_find(t, "page", "compound_order", &m)) {
		layout->order_store = ORDER_IN_PAGE;
		layout->order_offset = next_page + m.offset;
		layout->order_size = m.size;
	} else if (target_find(t, "page", "lru", &m)) {
		layout->order_store = ORDER_IN_LRU_PREV;
		layout->order_offset = next_page + m.offset + 8;
		layout->order_size = 8;
	} else {
		layout->order_store = ORDER_UNKNOWN;
	}
}

bool page_layout_find(struct page_layout *layout, struct target *t)
{
	*layout = (struct page_layout){ 0 };
	if (!t->ops->type_size(t, "page", &layout->struct_size) ||
	    !target_find(t, "page", "flags", &layout->flags))
		return false;
	layout->head_mask = target_bit(t, "PG_head");
	/* Bit 0 on all kernels whose types have no name for it. */
	layout->lock_mask = target_bit(t, "PG_locked");
	if (!layout->lock_mask)
		layout->lock_mask = 1;
	if (!target_find(t, "page", "compound_head", &layout->compound_head) &&
	    !target_find(t, "page", "compound_info", &layout->compound_head) &&
	    target_find(t, "page", "first_page", &layout->first_page))
		layout->tail_mask = target_bit(t, "PG_tail");
	order_layout(layout, t);
	return true;
}

/*
 * compound_info holds the address of the head or, with the optimised vmemmap of HugeTLB, a mask that
 * makes it of the tail's own (7.1). A mask is ones above zeros, and as an address would be that
 * of a descriptor which the mask leads to as well.
 */
static bool is_mask(uint64_t info)
{
	uint64_t below = ~info;

	return info && !(below & (below + 1));
}

/* What a tail page says is its head; 0 when it is not a tail page. */
static enum target_status head_link(struct memory *memory, const struct page_layout *layout,
				    uint64_t page, uint64_t *head)
{
	uint64_t flags = 0;
	enum target_status status;

	*head = 0;
	/* Bit 0 marks a tail page (1d798ca3f164, 4.4); before, there was a flag. */
	if (member_exists(layout->compound_head)) {
		status = memory_member(memory, page, layout->compound_head, head);
		if (!(*head & 1))
			*head = 0;
		else if (is_mask(*head - 1))
			*head = page & (*head - 1);
		else
			*head -= 1;
		return status;
	}
	status = memory_member(memory, page, layout->flags, &flags);
	if (flags & layout->tail_mask)
		status = memory_member(memory, page, layout->first_page, head);
	return status;
}

enum target_status page_head(struct memory *memory, const struct page_layout *layout, uint64_t page,
			     uint64_t *head)
{
	uint64_t virt;
	enum target_status status = head_link(memory, layout, page, head);

	if (!*head || !memory->target->ops->page_to_virt(memory->target, *head, &virt))
		*head = page;
	return status;
}

bool page_order(struct memory *memory, const struct page_layout *layout, uint64_t page,
		uint64_t flags, unsigned int *order)
{
	uint64_t value;

	/* A slab of one page is not compound. */
	*order = 0;
	if (!(flags & layout->head_mask))
		return layout->head_mask != 0;
	if (layout->order_store == ORDER_UNKNOWN ||
	    memory_value(memory, page + layout->order_offset, layout->order_size, &value) !=
		    TARGET_OK)
		return false;
	if (value > PAGE_ORDER_MAX)
		value = PAGE_ORDER_MAX + 1;
	*order = (unsigned int)value;
	return true;
}
