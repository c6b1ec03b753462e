/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/locate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/escape.h"
#include "checker/kfence.h"
#include "checker/symbol.h"
#include "decoders/slab.h"

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

/* What a tail page says is its head; 0 when it is none, or does not tell. */
static uint64_t head_link(struct memory *memory, const struct layout *layout, uint64_t page)
{
	uint64_t head = 0, flags = 0;

	/* Bit 0 marks a tail page (1d798ca3f164, 4.4); before, there was a flag. */
	if (member_exists(layout->compound_head)) {
		memory_member(memory, page, layout->compound_head, &head);
		if (!(head & 1))
			return 0;
		return is_mask(head - 1) ? page & (head - 1) : head - 1;
	}
	memory_member(memory, page, layout->slab.flags, &flags);
	if (flags & layout->page_tail_mask)
		memory_member(memory, page, layout->first_page, &head);
	return head;
}

uint64_t page_head(struct memory *memory, const struct layout *layout, uint64_t page)
{
	uint64_t head = head_link(memory, layout, page), virt;

	if (!head)
		return page;
	if (!memory->target->ops->page_to_virt(memory->target, head, &virt))
		return page;
	return head;
}

bool page_order(struct memory *memory, const struct layout *layout, uint64_t page, uint64_t flags,
		unsigned int *order)
{
	uint64_t value;

	/* A slab of one page is not compound. */
	*order = 0;
	if (!(flags & layout->page_head_mask))
		return layout->page_head_mask != 0;
	if (layout->order_store == ORDER_UNKNOWN ||
	    memory_value(memory, page + layout->order_offset, layout->order_size, &value) !=
		    TARGET_OK)
		return false;
	if (value > SLAB_MAX_ORDER)
		value = SLAB_MAX_ORDER + 1;
	*order = (unsigned int)value;
	return true;
}

static void locate_in_slab(struct location *at, struct memory *memory, const struct layout *layout,
			   const struct cache_list *caches, uint64_t addr)
{
	struct cache cache;
	struct object_position pos;
	uint64_t owner;
	unsigned int order;
	uint64_t flags = 0;

	if (memory_pointer(memory, at->page + layout->slab.cache.offset, &owner) != TARGET_OK ||
	    !cache_list_has(caches, owner))
		return;
	at->cache = owner;
	at->kind = LOCATION_INSIDE;
	at->index = -1;
	cache_read(&cache, memory, layout, owner, FREEPTR_PLAIN);
	if (!cache_walkable(&cache))
		return;
	memory_member(memory, at->page, layout->slab.flags, &flags);
	if (!page_order(memory, layout, at->page, flags, &order) ||
	    !cache_order_legal(&cache, order))
		order = oo_order(cache.oo);
	pos = object_locate(at->base + cache.first, cache.size,
			    order_objects(order, cache.size, memory->page_size, cache.reserved),
			    addr);
	at->index = pos.index;
	at->offset = pos.index < 0 ? addr - at->base : pos.offset;
	if (pos.index >= 0 && !pos.offset)
		at->kind = LOCATION_OBJECT;
}

static bool page_is_slab(struct memory *memory, const struct layout *layout, uint64_t page)
{
	uint64_t flags, type = 0;

	if (memory_member(memory, page, layout->slab.flags, &flags) != TARGET_OK)
		return false;
	if (member_exists(layout->slab.page_type))
		memory_member(memory, page, layout->slab.page_type, &type);
	return layout_is_slab(layout, flags, type);
}

struct location locate(struct memory *memory, const struct layout *layout,
		       const struct cache_list *caches, uint64_t addr)
{
	struct target *t = memory->target;
	struct location at = { .addr = memory_untag(memory, addr), .index = -1 };
	uint8_t byte;
	enum target_status status;

	addr = at.addr;
	if (addr < memory->page_size) {
		at.kind = LOCATION_NULL;
		return at;
	}
	if (!arch_is_canonical(arch_of(t), addr) || !(addr >> 63)) {
		at.kind = arch_is_canonical(arch_of(t), addr) ? LOCATION_USER : LOCATION_INVALID;
		return at;
	}
	if (t->ops->virt_to_page(t, addr, &at.page)) {
		at.kind = LOCATION_PAGE;
		/* The first page of a slab shares the word of compound_head with list links. */
		if (!page_is_slab(memory, layout, at.page))
			at.page = page_head(memory, layout, at.page);
		if (!t->ops->page_to_virt(t, at.page, &at.base))
			at.kind = LOCATION_UNMAPPED;
		else if (kfence_has(layout, addr))
			at.kind = LOCATION_KFENCE;
		else if (page_is_slab(memory, layout, at.page))
			locate_in_slab(&at, memory, layout, caches, addr);
		return at;
	}
	status = memory_read(memory, addr, &byte, 1);
	if (status == TARGET_OK)
		at.kind = LOCATION_MAPPED;
	else
		at.kind = status == TARGET_ABSENT ? LOCATION_ABSENT : LOCATION_UNMAPPED;
	return at;
}

static void describe_in_slab(struct memory *memory, const struct layout *layout,
			     const struct location *at, char *buf, size_t len)
{
	char name[4 * CACHE_NAME_MAX];
	struct cache cache;

	cache_read(&cache, memory, layout, at->cache, FREEPTR_PLAIN);
	text_escape(cache.name, name, sizeof(name));
	if (at->kind == LOCATION_OBJECT)
		snprintf(buf, len, "object %d of %s", at->index, name);
	else if (at->index >= 0)
		snprintf(buf, len, "%s object %d + 0x%" PRIx64, name, at->index, at->offset);
	else
		snprintf(buf, len, "the padding of a slab of %s", name);
}

static const char *kfence_state(const struct kfence_object *object)
{
	return object->state == KFENCE_IN_USE ? "in use" : "free";
}

static void describe_kfence(struct memory *memory, const struct layout *layout,
			    const struct location *at, char *buf, size_t len)
{
	char name[4 * CACHE_NAME_MAX] = "a cache that is gone";
	struct kfence_object object;
	struct cache cache;

	if (!kfence_find(memory, layout, at->base, &object)) {
		snprintf(buf, len, "a page of KFENCE's pool%s",
			 layout->kfence.metadata ? " that guards others" : "");
		return;
	}
	if (!object.state) {
		snprintf(buf, len, "a page of KFENCE's pool that was never used");
		return;
	}
	if (object.cache) {
		cache_read(&cache, memory, layout, object.cache, FREEPTR_PLAIN);
		text_escape(cache.name, name, sizeof(name));
	}
	snprintf(buf, len,
		 "a page of KFENCE's pool with an object of %s that is %s: %" PRIu64
		 " bytes at 0x%" PRIx64,
		 name, kfence_state(&object), object.size, object.addr);
}

char *location_describe(struct memory *memory, const struct layout *layout,
			const struct location *at, char *buf, size_t len)
{
	switch (at->kind) {
	case LOCATION_OBJECT:
	case LOCATION_INSIDE:
		describe_in_slab(memory, layout, at, buf, len);
		break;
	case LOCATION_NULL:
		snprintf(buf, len, "the first page of the address space");
		break;
	case LOCATION_USER:
		snprintf(buf, len, "user space");
		break;
	case LOCATION_INVALID:
		snprintf(buf, len, "no canonical address");
		break;
	case LOCATION_UNMAPPED:
		snprintf(buf, len, "no memory");
		break;
	case LOCATION_ABSENT:
		snprintf(buf, len, "memory that is not in the dump");
		break;
	case LOCATION_PAGE:
		snprintf(buf, len, "a page that is no slab");
		break;
	case LOCATION_KFENCE:
		describe_kfence(memory, layout, at, buf, len);
		break;
	case LOCATION_MAPPED:
		if (!symbol_describe(memory, at->addr, buf, len))
			snprintf(buf, len, "mapped memory that is no slab");
		break;
	}
	return buf;
}
