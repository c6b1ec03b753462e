/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_SLAB_BASIS_H
#define SLUBCHECK_CHECKER_SLAB_SLAB_BASIS_H
/*
 * What the checker knows of a SLAB kernel before it judges anything, for who does something else with it.
 */

#include "checker/slab/cache.h"

/**
 * struct slab_basis - An image, as it is to be read.
 * @nodes_pointer, @at_end: as in struct slab_layout
 * @nr_cpus: CPU ids are below this
 * @cache:   the cache that was asked for
 */
struct slab_basis {
	bool nodes_pointer, at_end;
	unsigned int nr_cpus;
	struct slab_cache cache;
};

/**
 * slab_basis_find() - Find out how an image is to be read, and a cache in it.
 * @name:  name or address of the cache
 * @error: receives one clause when the return value is false
 */
bool slab_basis_find(struct slab_basis *basis, struct target *target, struct arena *arena,
		     const char *name, char error[KERNEL_ERROR_MAX]);

#endif
