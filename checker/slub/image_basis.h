/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_IMAGE_BASIS_H
#define SLUBCHECK_CHECKER_SLUB_IMAGE_BASIS_H
/*
 * What the checker knows before it judges anything, for who does something else with it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/slub/cache.h"
#include "checker/slub/layout.h"
#include "checker/image/target.h"
#include "decoders/freeptr.h"

/**
 * struct image_basis - An image, as its data elected it to be read.
 * @encoding, @tid_step: elected
 * @nr_cpus:  CPU ids are below this
 * @cache:    the cache that was asked for
 */
struct image_basis {
	enum freeptr_encoding encoding;
	uint64_t tid_step;
	unsigned int nr_cpus;
	struct cache cache;
};

/**
 * image_basis_find() - Find out how an image is to be read, and a cache in it.
 * @name:  name, alias or address of the cache
 * @error: receives one clause when the return value is false
 */
bool image_basis_find(struct image_basis *basis, struct target *target, struct arena *arena,
		      const char *name, char error[LAYOUT_ERROR_MAX]);

#endif
