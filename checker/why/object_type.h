/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_OBJECT_TYPE_H
#define SLUBCHECK_CHECKER_WHY_OBJECT_TYPE_H
/*
 * Which type the objects of a cache with a name of its own are of.
 */

#include <stdbool.h>

#include "checker/allocator.h"

#define OBJECT_TYPE_MAX 96u

/**
 * object_type_find() - Find the structure that is named as the cache is, and has just the size of its objects.
 * @type: receives its name without the word struct; empty when the return value is false
 *
 * The name alone proves nothing, since caches are merged and names are free; the caches of kmalloc() have
 * objects of all types.
 *
 * Return: false when there is none, or the image's types do not tell.
 */
bool object_type_find(struct target *t, const struct cache_view *cache, char type[OBJECT_TYPE_MAX]);

/* Sets the bytes of a structure; false when there is none of that name. */
typedef bool type_size_fn(void *ctx, const char *type, uint64_t *size);

/** object_type_by_name() - object_type_find() of another source of types. */
bool object_type_by_name(const struct cache_view *cache, type_size_fn *type_size, void *ctx,
			 char type[OBJECT_TYPE_MAX]);

/** object_type_is_mixed() - Whether a cache is one of kmalloc(), whose objects are of all types. */
bool object_type_is_mixed(const struct cache_view *cache);

#endif
