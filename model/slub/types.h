/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_TYPES_H
#define SLUBCHECK_MODEL_SLUB_TYPES_H
/*
 * The structures of the allocator as the compiler of an x86-64 kernel lays them out, computed
 * from the members that an era has, in their order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "model/slub/era.h"

/* The three questions of checker/image/target.h. All return false when the era has no such thing. */
bool model_type_size(model_features features, const char *type, size_t *size);
bool model_type_member(model_features features, const char *type, const char *member,
		       struct target_member *out);
bool model_enumerator(model_features features, const char *name, int64_t *value);

/** slub_types() - All of them. */
const struct type_table *slub_types(void);

#endif
