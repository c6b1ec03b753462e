/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_ALIAS_H
#define SLUBCHECK_CHECKER_SLUB_ALIAS_H
/*
 * A cache by what people call it.
 *
 * Caches of equal size are merged, and the names of those that gave way live on only as links in
 * /sys/kernel/slab.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/slub/cache.h"
#include "checker/slub/layout.h"
#include "checker/image/memory.h"

/**
 * cache_by_name() - Find a cache by name, by alias, or by address.
 * @name: as the user typed it
 *
 * A name goes before an alias, and an alias before an address.
 *
 * Return: address of the kmem_cache, 0 when there is none.
 */
uint64_t cache_by_name(struct memory *memory, const struct layout *layout,
		       const struct cache_list *caches, const char *name);

/** cache_by_address() - The kmem_cache at the address that @text is in hexadecimal, or 0. */
uint64_t cache_by_address(const struct cache_list *caches, const char *text);

/**
 * cache_aliases() - All names that /sys/kernel/slab has for caches; a cache's own may be among them.
 * @visit: called with each; @name is raw bytes of the dump, and gone when it returns. False: it has enough
 *
 * Return: false when not all of them could be read.
 */
bool cache_aliases(struct memory *memory, const struct layout *layout,
		   const struct cache_list *caches,
		   bool (*visit)(void *ctx, uint64_t cache, const char *name), void *ctx);

#endif
