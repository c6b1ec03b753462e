/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/slab.h"

#define OBJECTS_SHIFT 16
#define OBJECTS_MASK 0x7fffu
#define FROZEN_SHIFT 31

/*
 * Shifts and not a bit-field: the order of bit-fields is the compiler's business, and the dump may
 * come from another machine than the one that reads it.
 */
struct slab_counters slab_counters_decode(uint64_t word)
{
	return (struct slab_counters){
		.inuse = (uint16_t)word,
		.objects = (uint16_t)(word >> OBJECTS_SHIFT & OBJECTS_MASK),
		.frozen = word >> FROZEN_SHIFT & 1,
	};
}

uint32_t slab_counters_encode(struct slab_counters c)
{
	uint32_t objects = c.objects & OBJECTS_MASK;

	return c.inuse | objects << OBJECTS_SHIFT | (uint32_t)c.frozen << FROZEN_SHIFT;
}

uint64_t slab_counters_replace(uint64_t word, struct slab_counters c)
{
	return (word & ~(uint64_t)UINT32_MAX) | slab_counters_encode(c);
}

unsigned int order_objects(unsigned int order, uint64_t size, uint64_t page_size, uint64_t reserved)
{
	uint64_t bytes, objects;

	if (order > SLAB_MAX_ORDER || !size || page_size > UINT64_MAX >> order)
		return 0;
	bytes = page_size << order;
	if (reserved > bytes)
		return 0;
	objects = (bytes - reserved) / size;
	return objects < SLAB_MAX_OBJECTS ? (unsigned int)objects : SLAB_MAX_OBJECTS;
}

struct object_position object_locate(uint64_t first, uint64_t size, uint32_t objects, uint64_t addr)
{
	struct object_position outside = { .index = -1, .offset = 0 };
	uint64_t distance, index;

	/* The end of the slab is never computed: with values from a broken dump it could wrap. */
	if (!size || size > UINT32_MAX || addr < first)
		return outside;
	distance = addr - first;
	index = distance / size;
	if (index >= objects || index > INT32_MAX)
		return outside;
	return (struct object_position){
		.index = (int32_t)index,
		.offset = (uint32_t)(distance % size),
	};
}
