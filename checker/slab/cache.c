/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/cache.h"

#include <stdlib.h>
#include <string.h>

/* --- What the types do not tell --- */

void slab_layout_elect(struct slab_layout *layout, struct memory *memory,
		       const struct cache_list *list)
{
	uint64_t flags, num, bytes, step;
	size_t hosts = 0, narrow = 0, wide = 0;

	layout->narrow = layout->at_end = false;
	if (layout->has_bufctl)
		return;
	/* None of these came before the arrays at the end: 4.8, 4.9, 4.14. */
	layout->at_end = member_exists(layout->cache.random_seq) ||
			 member_exists(layout->node.num_slabs) ||
			 member_exists(layout->node.total_slabs);
	for (size_t i = 0; i < list->nr; i++) {
		const struct memory_wanted wanted[] = {
			{ layout->cache.flags, &flags },
			{ layout->cache.num, &num },
			{ layout->cache.management, &bytes },
			{ layout->cache.colour_off, &step },
		};

		if (memory_members(memory, list->addrs[i], wanted, 4) != TARGET_OK || !num)
			continue;
		hosts += (flags & SLAB_OBJFREELIST) && !(flags & SLAB_OFF);
		/* The array is made longer by its alignment, and until 4.6 by a byte for each object. */
		narrow += bytes && bytes < 4 * num;
		wide += bytes >= 2 * num + step && bytes >= 4 * num;
	}
	/* The bit was not used before 4.6 (b03a017bebc4). One cache that has it may be damaged. */
	layout->at_end |= 8 * hosts > list->nr;
	/* Four bytes an index in 3.13 and 3.14, for each cache (a41adfaa23df, 3.15). */
	layout->narrow = narrow > wide || layout->at_end;
}

/* Bytes of an index. */
static unsigned int index_width(const struct slab_cache *c, const struct slab_layout *layout,
				size_t page_size)
{
	uint64_t width;

	if (layout->has_bufctl || !layout->narrow)
		return 4;
	if (!layout->at_end)
		return page_size / 256 > 16 ? 2 : 1;
	/* The array is exactly as long as it has to be. */
	width = c->num ? c->management / c->num : 0;
	return (width == 1 || width == 2) && width * c->num == c->management ? (unsigned int)width
									     : 0;
}

/* --- One cache --- */

/*
 * reciprocal_buffer_size as reciprocal_value() makes it: one number until 3.13, a number and two shifts since
 * (809fa972fd90).
 */
static bool reciprocal_is(const struct slab_cache *c, unsigned int bytes)
{
	uint64_t size = c->size;
	unsigned int l;

	if (bytes == 4)
		return c->reciprocal == ((UINT64_C(1) << 32) + size - 1) / size;
	l = size > 1 ? 64 - (unsigned int)__builtin_clzll(size - 1) : 0;
	if ((c->reciprocal >> 32 & 0xff) != (l ? 1 : 0) ||
	    (c->reciprocal >> 40 & 0xff) != (l > 1 ? l - 1 : 0))
		return false;
	return (c->reciprocal & UINT32_MAX) ==
	       (((UINT64_C(1) << 32) * ((UINT64_C(1) << l) - size)) / size + 1);
}

/* All slabs of a cache have the same order and number of objects. */
static void sizes_judge(struct slab_cache *c, struct memory *memory,
			const struct slab_layout *layout)
{
	uint64_t bytes, room;

	if (c->order > SLAB_ORDER_MAX || !c->size || !c->num || c->size > UINT32_MAX) {
		c->defects |= SLAB_DEFECT_SIZES;
		return;
	}
	bytes = slab_cache_bytes(c, memory);
	room = slab_cache_placement(c, layout) == SLAB_MANAGED_ON ? c->management : 0;
	if (c->num > bytes / c->size || c->object_size > c->size || c->obj_offset >= c->size ||
	    c->obj_offset + c->object_size > c->size)
		c->defects |= SLAB_DEFECT_SIZES;
	else if (room > bytes - c->num * c->size)
		c->defects |= SLAB_DEFECT_MANAGEMENT;
	if (member_exists(layout->cache.reciprocal) && memory->arch &&
	    !reciprocal_is(c, layout->cache.reciprocal.size))
		c->defects |= SLAB_DEFECT_RECIPROCAL;
}

static void management_judge(struct slab_cache *c, const struct slab_layout *layout,
			     size_t page_size)
{
	uint64_t least = layout->has_bufctl ? layout->slab.size : 0;

	c->index_bytes = index_width(c, layout, page_size);
	if (!c->index_bytes || c->management < least + c->num * c->index_bytes)
		c->defects |= SLAB_DEFECT_MANAGEMENT;
	/* Nobody writes to a cache's colours once it is made. */
	if (c->colour > (UINT64_C(1) << 32) || (c->colour > 1 && !c->colour_off))
		c->defects |= SLAB_DEFECT_COLOUR;
}

static void flags_extend(struct slab_cache *c)
{
	/* An int, and -1 in the caches of the boot. */
	c->refcount = (int32_t)(uint32_t)c->refcount;
	c->flags &= UINT32_MAX;
}

static enum target_status words_read(struct slab_cache *c, struct memory *memory,
				     const struct slab_layout *layout)
{
	const struct slab_cache_members *m = &layout->cache;
	uint64_t refcount = 1;
	const struct memory_wanted wanted[] = {
		{ m->name, &c->name_addr },
		{ m->ctor, &c->ctor },
		{ m->flags, &c->flags },
		{ m->size, &c->size },
		{ m->object_size, &c->object_size },
		{ m->obj_offset, &c->obj_offset },
		{ m->num, &c->num },
		{ m->order, &c->order },
		{ m->limit, &c->limit },
		{ m->batchcount, &c->batchcount },
		{ m->shared, &c->shared },
		{ m->colour, &c->colour },
		{ m->colour_off, &c->colour_off },
		{ m->management, &c->management },
		{ m->management_cache, &c->management_cache },
		{ m->cpu_cache, &c->cpu_cache },
		{ m->random_seq, &c->random_seq },
		{ m->refcount, &refcount },
	};
	enum target_status status =
		memory_members(memory, c->addr, wanted, sizeof(wanted) / sizeof(wanted[0]));

	c->refcount = (int64_t)refcount;
	if (status == TARGET_OK && member_exists(m->reciprocal))
		status = memory_value(memory, c->addr + m->reciprocal.offset, 4, &c->reciprocal);
	return status;
}

/* The two shifts of a struct reciprocal_value lie behind its number. */
static enum target_status reciprocal_read(struct slab_cache *c, struct memory *memory,
					  const struct slab_layout *layout)
{
	struct target_member m = layout->cache.reciprocal;
	uint64_t sh1 = 0, sh2 = 0;
	enum target_status status;

	if (m.size < 8)
		return TARGET_OK;
	status = memory_value(memory, c->addr + m.offset + 4, 1, &sh1);
	if (status == TARGET_OK)
		status = memory_value(memory, c->addr + m.offset + 5, 1, &sh2);
	c->reciprocal |= sh1 << 32 | sh2 << 40;
	return status;
}

void slab_cache_read(struct slab_cache *c, struct memory *memory, const struct slab_layout *layout,
		     uint64_t addr)
{
	uint64_t byte;

	memset(c, 0, sizeof(*c));
	c->addr = addr;
	c->status = words_read(c, memory, layout);
	if (c->status == TARGET_OK)
		c->status = reciprocal_read(c, memory, layout);
	if (c->status != TARGET_OK)
		return;
	flags_extend(c);
	/* Before 3.6 it exists with DEBUG_SLAB only, and the whole object is the user's without. */
	if (!member_exists(layout->cache.object_size))
		c->object_size = c->size;
	c->name_is = cache_name_read(memory, c->name_addr, c->name, sizeof(c->name));
	sizes_judge(c, memory, layout);
	management_judge(c, layout, memory->page_size);
	if (c->ctor)
		c->ctor_status = memory_value(memory, c->ctor, 1, &byte);
}

enum slab_placement slab_cache_placement(const struct slab_cache *c,
					 const struct slab_layout *layout)
{
	if (c->flags & SLAB_OFF)
		return SLAB_MANAGED_OFF;
	if (layout->at_end && c->flags & SLAB_OBJFREELIST)
		return SLAB_MANAGED_OBJECT;
	return SLAB_MANAGED_ON;
}

/* s_mem is the start of the slab, a colour, and what is managed there. */
bool slab_cache_colour(const struct slab_cache *c, const struct slab_layout *layout,
		       uint64_t offset)
{
	bool before = slab_cache_placement(c, layout) == SLAB_MANAGED_ON && !layout->at_end;
	uint64_t colour = offset - (before ? c->management : 0);
	uint64_t colours = c->colour ? c->colour : 1;

	return colour == 0 ||
	       (c->colour_off && colour % c->colour_off == 0 && colour / c->colour_off < colours);
}

struct cache_view slab_cache_view(const struct slab_cache *c)
{
	struct cache_view view = {
		.addr = c->addr,
		.status = c->status,
		.size = c->size,
		.object_size = c->object_size,
		.objects_per_slab = (unsigned int)c->num,
		.walkable = slab_cache_walkable(c),
		.debugged = (c->flags & (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)) != 0,
	};

	memcpy(view.name, c->name, sizeof(view.name));
	view.pages_per_slab = c->order <= SLAB_ORDER_MAX ? 1u << c->order : 0;
	return view;
}

uint64_t slab_cache_find(struct memory *memory, const struct slab_layout *layout,
			 const struct cache_list *list, const char *text)
{
	char name[CACHE_NAME_MAX];
	uint64_t pointer;
	char *end;

	for (size_t i = 0; i < list->nr; i++)
		if (memory_member(memory, list->addrs[i], layout->cache.name, &pointer) ==
			    TARGET_OK &&
		    memory_string(memory, pointer, name, sizeof(name)) == TARGET_OK &&
		    !strcmp(name, text))
			return list->addrs[i];
	pointer = strtoull(text, &end, 16);
	return end != text && !*end && cache_list_has(list, pointer) ? pointer : 0;
}
