/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_FUNCTIONS_H
#define SLUBCHECK_CHECKER_SLUB_FUNCTIONS_H
/*
 * The functions of the allocator, and what it means that the kernel died in one.
 */

#include <stdbool.h>

#include "checker/allocator.h"

/**
 * slub_job() - What a function does.
 * @name: a symbol; what compilers append (".cold", ".isra.0", ".part.0") and _noprof (6.10) are ignored
 */
enum allocator_job slub_job(const char *name);

/** slub_is_source() - See allocator_ops.is_source. */
bool slub_is_source(const struct bug *bug);

#endif
