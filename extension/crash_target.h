/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_EXTENSION_CRASH_TARGET_H
#define SLUBCHECK_EXTENSION_CRASH_TARGET_H
/*
 * A crash session as a target.
 *
 * Types and symbols are asked of crash by name, nothing of crash's own tables of offsets is used.
 * Memory is read by physical address after a translation of our own (see kernel_map.h).
 *
 * Known limits:
 * - Of a dump that makedumpfile wrote as ELF (-E) crash fills in excluded pages with zeros, and
 *   nothing tells them from real ones. (`set zero_excluded` on is overridden while we read.)
 * - symbol_at() names the closest symbol below: crash keeps no sizes.
 * - A bit-field has the offset of its first byte and the size of its declared type.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "checker/image/target.h"
#include "extension/kernel_map.h"

struct crash_target {
	struct target target;
	struct kernel_map map;

	size_t page_struct_size;
	bool memmap_linear; /* as map.linear has it; else every question about it goes to crash */

	/* Where each read is noted, "address length" as slubfloor takes it: the file that the
	 * environment variable SLUBCHECK_READS names. NULL without one. */
	FILE *reads;
};

/*
 * Answers that gdb takes long to give: values of enumerators, and that there is no such enumerator
 * or type (30 to 150 ms each in 8.0.2, 25 ms in 9.0.2; other lookups take 10 us). They are kept as
 * long as the extension is loaded: types of the kernel proper do not change under a session.
 */
struct lookup {
	char name[40];
	bool is_type;
	bool found;
	int64_t value;
};

#define LOOKUPS_MAX 64

struct lookups {
	struct lookup entries[LOOKUPS_MAX];
	size_t nr;
};

/**
 * crash_target_init() - Learn what is constant about the session's image.
 *
 * What cannot be learned (a truncated dump) makes the questions that need it fail, later.
 */
void crash_target_init(struct crash_target *ct);

/** crash_target_end() - Give up what crash_target_init() opened; harmless when that is nothing. */
void crash_target_end(struct crash_target *ct);

#endif
