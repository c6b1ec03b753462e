/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_SLAB_H
#define SLUBCHECK_DECODERS_SLAB_H
/*
 * The packed words of the allocator and the arithmetic of a slab.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * slab->counters: inuse:16 objects:15 frozen:1 in the low half on little-endian machines, in
 * every kernel since 3.1. The upper half belongs to others and is ignored.
 */
struct slab_counters {
	uint16_t inuse;
	uint16_t objects;
	bool frozen;
};

/** slab_counters_decode() - Take the word of slab->counters apart. */
struct slab_counters slab_counters_decode(uint64_t word);

/** slab_counters_encode() - The low half of the word that holds @c; objects is cut to 15 bits. */
uint32_t slab_counters_encode(struct slab_counters c);

/**
 * slab_counters_replace() - The word with the fields of @c and everything else as it was.
 *
 * The upper half is others': page->_count up to 4.17, the stride of slabobj_exts in 7.0.
 */
uint64_t slab_counters_replace(uint64_t word, struct slab_counters c);

/*
 * kmem_cache_order_objects.x: order << 16 | objects (OO_SHIFT, same in every kernel). It is an
 * unsigned long up to 4.16 and an unsigned int since; nothing is ever above bit 31.
 */
static inline unsigned int oo_order(uint64_t x)
{
	return (unsigned int)(x >> 16) & 0xffff;
}

static inline unsigned int oo_objects(uint64_t x)
{
	return (unsigned int)x & 0xffff;
}

/*
 * The buddy allocator's largest order with pages of 4 KiB. arm64 has larger ones with pages of
 * 16 and 64 KiB (11 and 13), but no cache has slabs of that size.
 */
#define SLAB_MAX_ORDER 10

/* MAX_OBJS_PER_PAGE: objects has 15 bits (210b5c0613a6). */
#define SLAB_MAX_OBJECTS 32767u

/**
 * order_objects() - Objects that fit into a slab, as the kernel's function of that name.
 * @order:     log2 of the pages
 * @size:      stride in bytes, not 0
 * @page_size: bytes
 * @reserved:  bytes kept free at the end (kernels up to 4.17), else 0
 *
 * Return: at most SLAB_MAX_OBJECTS; 0 for impossible arguments: an order above SLAB_MAX_ORDER, no
 * size, more reserved than there is, a slab that does not fit into 64 bits.
 */
unsigned int order_objects(unsigned int order, uint64_t size, uint64_t page_size,
			   uint64_t reserved);

/* Where an address lies in a slab. */
struct object_position {
	int32_t index; /* object whose stride holds the address; -1 outside of all objects */
	uint32_t offset; /* bytes from that object's start; 0 is the object itself, or outside */
};

/**
 * object_locate() - Find an address in a slab.
 * @first:   address of object 0: slab address + red_left_pad
 * @size:    stride in bytes, not 0
 * @objects: how many there are
 * @addr:    the address
 *
 * The stride of an object ends where the next object begins, so it holds the next one's left red
 * zone. A size of 0 or beyond 32 bits (kmem_cache.size never had more) has no objects.
 */
struct object_position object_locate(uint64_t first, uint64_t size, uint32_t objects,
				     uint64_t addr);

/**
 * tid_cpu() - CPU that a kmem_cache_cpu.tid belongs to.
 * @step: TID_STEP, a power of two: CONFIG_NR_CPUS rounded up; 1 on kernels without preemption,
 *	  whose tids do not name their CPU (the answer is always 0)
 */
static inline uint64_t tid_cpu(uint64_t tid, uint64_t step)
{
	return tid & (step - 1);
}

/** tid_event() - Operations that a tid has counted. */
static inline uint64_t tid_event(uint64_t tid, uint64_t step)
{
	return tid / step;
}

#endif
