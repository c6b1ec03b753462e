/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLAB_FUNCTIONS_H
#define SLUBCHECK_CHECKER_SLAB_FUNCTIONS_H
/*
 * What the functions of mm/slab.c do.
 */

#include "checker/allocator.h"

/** slab_job() - See allocator_ops.job. */
enum allocator_job slab_job(const char *name);

/** slab_is_source() - See allocator_ops.is_source. */
bool slab_is_source(const struct bug *bug);

#endif
