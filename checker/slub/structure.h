/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_STRUCTURE_H
#define SLUBCHECK_CHECKER_SLUB_STRUCTURE_H
/*
 * Which structure of the allocator an address lies in.
 *
 * Where lists lead to a structure, they are followed: nothing is recognised by what it looks like.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/slub/heap.h"
#include "checker/slub/locate.h"

/**
 * structure_find() - Find the structure of an address.
 * @heap: what it gathered of a cache's sheaves is replaced
 */
void structure_find(struct structure *s, struct heap *heap, uint64_t addr);

/** structure_describe() - As "tid of the kmem_cache_cpu of kmalloc-64, CPU 1". Returns @buf. */
char *structure_describe(const struct structure *s, struct memory *memory,
			 const struct layout *layout, char *buf, size_t len);

#endif
