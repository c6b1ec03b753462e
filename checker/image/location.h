/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_LOCATION_H
#define SLUBCHECK_CHECKER_IMAGE_LOCATION_H
/*
 * What lies at an address, as far as that is the same with every allocator. Of pages of the direct map the
 * allocator says more.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/memory.h"

/* Bytes of a cache's name that are kept, with a NUL. */
#define CACHE_NAME_MAX 64

enum location_kind {
	LOCATION_NULL, /* below one page */
	LOCATION_USER, /* the lower half */
	LOCATION_INVALID, /* not canonical */
	LOCATION_UNMAPPED, /* a kernel address with no memory */
	LOCATION_ABSENT, /* memory that the dump lacks */
	LOCATION_NO_DESCRIPTOR, /* direct map; the dump lacks what says whether the page is a slab's */
	LOCATION_OBJECT, /* the start of an object of a slab */
	LOCATION_INSIDE, /* the inside of an object, or the padding of a slab */
	LOCATION_SLAB, /* a slab of a cache that is not on slab_caches */
	LOCATION_PAGE, /* direct map, not a slab page */
	LOCATION_MAPPED, /* any other kernel mapping: the image, modules, vmalloc space */
	LOCATION_KFENCE, /* KFENCE's pool */
};

/**
 * struct location - What lies at an address.
 * @kind:   see above
 * @addr:   the address
 * @page:   struct page of the address (of the head page in a slab), 0 when there is none
 * @cache:  kmem_cache of the slab, 0 when it is none
 * @base:   start of the slab's memory
 * @index:  object of the slab, -1 in its padding
 * @offset: bytes from the object's start
 * @unsure: LOCATION_INSIDE: nobody knows where the slab's objects begin. LOCATION_SLAB: slab_caches
 *	    is not whole in the dump, so that the cache may be on it
 * @if_levels: it is not canonical when the kernel has the fewest levels of page tables that the machine can have,
 *	    and the dump does not tell how many; @kind is what it is with the most
 */
struct location {
	enum location_kind kind;
	uint64_t addr;
	uint64_t page;
	uint64_t cache;
	uint64_t base;
	int32_t index;
	uint64_t offset;
	bool unsure;
	bool if_levels;
};

/** location_untold() - Whether the dump lacks what would say if an object lies there. */
static inline bool location_untold(const struct location *at)
{
	return at->kind == LOCATION_ABSENT || at->kind == LOCATION_NO_DESCRIPTOR || at->unsure;
}

/** location_is_memory() - Whether memory exists there, as far as the dump tells. */
static inline bool location_is_memory(const struct location *at)
{
	return at->kind == LOCATION_OBJECT || at->kind == LOCATION_INSIDE ||
	       at->kind == LOCATION_PAGE || at->kind == LOCATION_MAPPED ||
	       at->kind == LOCATION_KFENCE;
}

enum structure_kind {
	STRUCTURE_NONE,
	STRUCTURE_CACHE, /* struct kmem_cache */
	STRUCTURE_CPU, /* struct kmem_cache_cpu */
	STRUCTURE_CPU_SHEAVES, /* struct slub_percpu_sheaves */
	STRUCTURE_NODE, /* struct kmem_cache_node */
	STRUCTURE_BARN, /* struct node_barn */
	STRUCTURE_SHEAF, /* struct slab_sheaf */
	STRUCTURE_ARRAY, /* struct array_cache */
	STRUCTURE_PAGE, /* struct page, or the struct slab over it */
	STRUCTURE_PER_CPU, /* the per-CPU area of a CPU */
	STRUCTURE_STACK, /* the kernel stack of a task */
	STRUCTURE_IMAGE, /* the kernel's image */
	STRUCTURE_VMALLOC, /* vmalloc space */
	STRUCTURE_KINDS,
};

#define STRUCTURE_TEXT_MAX 192

/**
 * location_begin() - What an address is that no page of the direct map has.
 * @at: set; of a page of the direct map only its address and its struct page
 *
 * Returns false for those: what they are is not said yet.
 */
bool location_begin(struct location *at, struct memory *memory, uint64_t addr);

/**
 * location_in_slab_describe() - LOCATION_OBJECT and LOCATION_INSIDE in a clause, as "object 3 of kmalloc-64".
 * @name: of the cache, as the dump has it
 */
char *location_in_slab_describe(const struct location *at, const char *name, char *buf, size_t len);

/** location_describe_plain() - A clause on all other locations. Returns @buf. */
char *location_describe_plain(struct memory *memory, const struct location *at, char *buf,
			      size_t len);

#endif
