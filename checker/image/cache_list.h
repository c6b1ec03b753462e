/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_CACHE_LIST_H
#define SLUBCHECK_CHECKER_IMAGE_CACHE_LIST_H
/*
 * The list of all kmem_caches, which every allocator keeps alike: slab_caches, and cache_chain until 3.5
 * (18004c5d4084).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/list_walk.h"
#include "checker/image/memory.h"

#define CACHES_MAX \
	(1u << 20) /* a machine with many memory cgroups had tens of thousands (until 5.8) */
#define CACHE_LINK_FAULTS_MAX 8

/* The caches on the list, in its order. */
struct cache_list {
	uint64_t *addrs;
	uint64_t *sorted; /* the same, ascending, for lookups */
	size_t nr;
	bool full; /* there are more than CACHES_MAX; or no memory for more */
	struct list_fault faults[CACHE_LINK_FAULTS_MAX];
	size_t nr_faults;
	bool cut; /* so, or part of the list is not in the dump: there may be other caches */
};

/**
 * cache_list_read() - Walk the list of caches, from both ends where that is needed.
 * @head:   address of the list's struct list_head
 * @offset: of the list_head in a kmem_cache, bytes
 * @arena:  what the list is kept in
 *
 * Return: false when there is no memory for it; a broken list is not a failure.
 */
bool cache_list_read(struct cache_list *list, struct memory *memory, uint64_t head, uint64_t offset,
		     struct arena *arena);

/** cache_list_index() - Place of a kmem_cache in list->sorted; SIZE_MAX when it is not there. */
size_t cache_list_index(const struct cache_list *list, uint64_t addr);

/** cache_list_has() - Whether a kmem_cache is on the list. */
static inline bool cache_list_has(const struct cache_list *list, uint64_t addr)
{
	return cache_list_index(list, addr) != SIZE_MAX;
}

/* What a cache's name is. */
enum cache_name {
	CACHE_NAME_GOOD,
	CACHE_NAME_NOWHERE, /* the pointer leads to no memory */
	CACHE_NAME_NOT_TEXT, /* it leads to bytes that are not a name */
	CACHE_NAME_ABSENT, /* the dump does not have it */
};

/** cache_name_read() - Read a name; @name is always a string, of the raw bytes, perhaps cut to @room. */
enum cache_name cache_name_read(struct memory *memory, uint64_t addr, char *name, size_t room);

/** cache_name_why() - What is to be said of such a name; NULL: nothing. */
const char *cache_name_why(enum cache_name is);

#endif
