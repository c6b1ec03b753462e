/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_PAGE_H
#define SLUBCHECK_CHECKER_IMAGE_PAGE_H
/*
 * struct page: which pages belong together.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/memory.h"
#include "checker/image/target.h"

/* Where a compound page keeps its order. */
enum order_store {
	ORDER_IN_FOLIO, /* folio._folio_order: 6.1 to 6.5 */
	ORDER_IN_FLAGS_1, /* low byte of folio._flags_1: 6.6 */
	ORDER_IN_PAGE, /* page[1].compound_order: 4.2 to 6.0 */
	ORDER_IN_LRU_PREV, /* page[1].lru.prev as a number: up to 3.19 */
	ORDER_UNKNOWN,
};

/* Orders above it make no sense: MAX_PAGE_ORDER is at most this on all machines that are known. */
#define PAGE_ORDER_MAX 25u

/**
 * struct page_layout - What this kernel's struct page looks like.
 * @struct_size: its size, bytes
 * @flags:	 page->flags
 * @head_mask:	 bit PG_head of the flags; 0 when it has none
 * @tail_mask:	 bit PG_tail; 0 when it has none
 * @lock_mask:	 bit PG_locked
 * @compound_head: 4.4; compound_info since 7.1
 * @first_page:	 of a tail page, which @tail_mask marks: before
 * @order_store: where a compound page keeps its order
 * @order_offset, @order_size: the same from the head page, bytes
 */
struct page_layout {
	size_t struct_size;
	struct target_member flags;
	uint64_t head_mask, tail_mask, lock_mask;
	struct target_member compound_head, first_page;
	enum order_store order_store;
	uint32_t order_offset, order_size;
};

/** page_layout_find() - Find out; false when the types do not tell. */
bool page_layout_find(struct page_layout *layout, struct target *t);

/**
 * page_head() - Head page of the compound page that @page belongs to.
 * @head: set to @page itself when that is not a tail page, and when the return value is not TARGET_OK
 *
 * Return: how reading the descriptor ended.
 */
enum target_status page_head(struct memory *memory, const struct page_layout *layout, uint64_t page,
			     uint64_t *head);

/**
 * page_order() - Order of the compound page whose head is @page.
 * @flags: the flags word of @page
 *
 * Return: false when the image does not tell.
 */
bool page_order(struct memory *memory, const struct page_layout *layout, uint64_t page,
		uint64_t flags, unsigned int *order);

#endif
