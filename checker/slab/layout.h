/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_LAYOUT_H
#define SLUBCHECK_CHECKER_SLAB_LAYOUT_H
/*
 * Which shape mm/slab.c has in this kernel, 2.6.32 to 6.7.
 *
 * Decided by the presence of members and symbols, never by a version number. What no type tells, and the
 * caches do (the width of an index up to 4.4, and where an index array lies), is added by
 * slab_layout_elect() when the caches are known.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/debug/debug_layout.h"
#include "checker/image/arena.h"
#include "checker/image/kernel.h"
#include "checker/image/memory.h"
#include "checker/image/target.h"

/* struct kmem_cache. Of two names the newer one is the member's. */
struct slab_cache_members {
	struct target_member cpu_cache; /* a per-CPU pointer, 3.18 */
	struct target_member array; /* array[]: a pointer for each CPU, before */
	struct target_member limit, batchcount, shared;
	struct target_member size; /* buffer_size until 3.5 */
	struct target_member reciprocal;
	struct target_member object_size; /* obj_size until 3.5, and then with DEBUG_SLAB only */
	struct target_member flags, num, order, colour, colour_off;
	struct target_member management; /* bytes: freelist_size, slab_size until 3.12 */
	struct target_member management_cache; /* freelist_cache to 5.17, slabp_cache until 3.12 */
	struct target_member ctor, name, list, refcount;
	struct target_member obj_offset; /* CONFIG_DEBUG_SLAB */
	struct target_member random_seq; /* CONFIG_SLAB_FREELIST_RANDOM, 4.8 */
	struct target_member nodes; /* node, nodelists until 3.6 */
};

/* struct array_cache */
struct slab_array_members {
	struct target_member avail, limit, batchcount, touched;
	uint32_t entries; /* where its array begins */
	uint32_t in_alien; /* offset of the array_cache in what alien[] leads to */
	struct target_member alien_locked; /* the word of its lock that tells, in the same */
};

/* struct kmem_cache_node, kmem_list3 until 3.6 */
struct slab_node_members {
	struct target_member partial, full, free;
	struct target_member num_slabs; /* 4.9 */
	struct target_member total_slabs, free_slabs; /* 4.14 */
	struct target_member free_objects, colour_next, shared, alien;
	struct target_member locked; /* the word of list_lock that tells */
	size_t size;
};

/* What describes a slab: struct slab to 3.12, struct page to 5.16, the struct slab over it. */
struct slab_members {
	struct target_member list, s_mem, used;
	struct target_member colouroff, free, nodeid; /* to 3.12 */
	struct target_member freelist; /* since 3.13 */
	struct target_member cache; /* of a page: slab_cache, or lru.next */
	struct target_member page_slab; /* of a page, to 3.12: slab_page, or lru.prev */
	size_t size; /* bytes of the descriptor; the bufctls follow those of struct slab */
};

/* Flags of a cache. The first two are internal, and the second means something only since 4.6. */
#define SLAB_OFF UINT64_C(0x80000000)
#define SLAB_OBJFREELIST UINT64_C(0x40000000)
#define SLAB_RED_ZONE UINT64_C(0x400)
#define SLAB_POISON UINT64_C(0x800)
#define SLAB_STORE_USER UINT64_C(0x10000)
#define SLAB_RECLAIM UINT64_C(0x20000)
#define SLAB_BY_RCU UINT64_C(0x80000)

/**
 * struct slab_layout - The allocator of an image.
 * @has_bufctl:	  free objects are a chain of bufctls behind a struct slab: to 3.12
 * @at_end:	  an index array lies at the end of its slab, or in one of its objects: since 4.6
 * @narrow:	  an index is not four bytes wide: since 3.15
 * @nodes_pointer: kmem_cache.node is a pointer to the array of node pointers: 3.2 to 3.15
 * @every_page:	  each page of a slab is marked and leads to it: to 3.12
 * @tagged:	  bit 0 of an entry is not part of the address: 3.6 to 4.4 (SLAB_OBJ_PFMEMALLOC)
 * @debug_slab:	  CONFIG_DEBUG_SLAB
 * @unmaps:	  CONFIG_DEBUG_PAGEALLOC: free objects may be unmapped instead of filled
 * @caches:	  address of the head of the list of caches
 * @caches_locked: the mutex of that list is held
 * @rcu_free:	  function that frees a slab after a grace period, or 0
 */
struct slab_layout {
	struct kernel kernel;
	struct debug_layout debug;
	struct slab_cache_members cache;
	struct slab_array_members array;
	struct slab_node_members node;
	struct slab_members slab;
	bool has_bufctl, at_end, narrow, nodes_pointer, every_page, tagged, debug_slab, unmaps;
	bool init_on_free, caches_locked;
	uint64_t pg_slab; /* mask of page->flags */
	uint64_t caches;
	uint64_t rcu_free;
	unsigned int nr_nodes;
};

/** slab_layout_recognise() - Whether this is a SLAB kernel, from its types alone; else @error says why not. */
bool slab_layout_recognise(struct target *t, char error[KERNEL_ERROR_MAX]);

/**
 * slab_layout_init() - Find out the shape of the allocator in an image.
 * @error: receives one clause on why, when the return value is false
 *
 * Return: false when this is not a SLAB kernel or its types cannot be resolved.
 */
bool slab_layout_init(struct slab_layout *layout, struct memory *memory, struct arena *arena,
		      char error[KERNEL_ERROR_MAX]);

/**
 * slab_layout_types() - The part of slab_layout_init() that needs no memory.
 */
bool slab_layout_types(struct slab_layout *layout, struct target *t, char error[KERNEL_ERROR_MAX]);

#endif
