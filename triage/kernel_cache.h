/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_KERNEL_CACHE_H
#define SLUBCHECK_TRIAGE_KERNEL_CACHE_H
/*
 * Answers about a kernel that were given before, and the file that keeps them.
 *
 * A line an answer: a letter and the name that was asked for, then what was found, in hexadecimal;
 * nothing when there is no such thing. The file is of one build of a kernel and named after its
 * build-id and the kind of the source. Addresses in it are those that the kernel was linked to.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/names.h"

#define KERNEL_CACHE_FROM_MAX 4224

struct answer {
	char *question;
	bool found;
	uint64_t value; /* or an offset */
	uint64_t size; /* of members */
};

/* All zero is an empty collection. */
struct kernel_cache {
	struct answer *list;
	size_t nr, room;
	struct names names; /* places in list[] */
	bool changed; /* since it was read */
	char source[32]; /* what they were taken from, as "BTF"; one line */
	char from
		[KERNEL_CACHE_FROM_MAX]; /* a packed file that was found to be of this build, or "" */
};

/** kernel_cache_find() - NULL when nobody asked. */
const struct answer *kernel_cache_find(const struct kernel_cache *c, const char *question);

/** kernel_cache_add() - Remember; without memory it is forgotten. @answer's question is copied. */
void kernel_cache_add(struct kernel_cache *c, const struct answer *answer);

/**
 * kernel_cache_load() - Read those of a build.
 * @build_id: in hexadecimal
 * @kind:     of the source, as "dump": what one does not know another may; goes into the name
 *
 * Return: false when there is no such file; a damaged file is used as far as it goes.
 */
bool kernel_cache_load(struct kernel_cache *c, const char *build_id, const char *kind);

/** kernel_cache_save() - Write them, when there are new ones; failures are nobody's concern. */
void kernel_cache_save(struct kernel_cache *c, const char *build_id, const char *kind);

/** kernel_cache_free() - The collection is empty afterwards. */
void kernel_cache_free(struct kernel_cache *c);

#endif
