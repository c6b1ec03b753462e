/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_IMAGE_TYPES_H
#define SLUBCHECK_TESTS_UNIT_IMAGE_TYPES_H
/*
 * The debug information of the kernels that image.h builds.
 */

#include <stdbool.h>
#include <stddef.h>

#include "checker/image/target.h"
#include "tests/unit/image.h"

bool image_types_size(enum image_era era, const char *type, size_t *size);
bool image_types_member(enum image_era era, const char *type, const char *member,
			struct target_member *out);
bool image_types_enumerator(enum image_era era, const char *name, int64_t *value);

struct image_type_member {
	const char *type, *member;
	struct target_member place;
};

/*
 * All that there is in an era, one after the other: @at is 0 before the first, NULL comes after the
 * last. What is returned is valid until the next call.
 */
const struct image_type_member *image_types_next(enum image_era era, size_t *at);
const char *image_types_next_type(enum image_era era, size_t *at);
const char *image_types_next_enumerator(enum image_era era, size_t *at, int64_t *value);

#endif
