/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_SLUB_OWNER_VECTOR_H
#define SLUBCHECK_CHECKER_SLUB_OWNER_VECTOR_H
/*
 * The vectors of owners: for each object of a slab, which memory cgroup it is charged to, and which line
 * allocated it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/memory.h"
#include "checker/image/target.h"

/**
 * struct owner_layout - Where a slab keeps the address of its vector, and what that consists of.
 * @word:   the address with flags in its low bits, in the descriptor; does not exist: there are no vectors
 * @flags:  those bits
 * @stride: bytes from one entry to the next, in the descriptor; does not exist: @entry
 * @objcg, @tag: members of an entry; each may not exist
 * @entry:  size of an entry, bytes
 */
struct owner_layout {
	struct target_member word, stride, objcg, tag;
	uint64_t flags;
	size_t entry;
};

/** owner_layout_find() - Find out; without vectors all of it is zero. */
void owner_layout_find(struct owner_layout *o, struct target *t);

/**
 * struct owner_vector - The vector of a slab.
 * @addr:   of the entry of object 0; 0: the slab has no vector
 * @stride: bytes from one entry to the next
 */
struct owner_vector {
	uint64_t addr, stride;
};

/**
 * owner_vector_find() - The vector of the slab with the descriptor @page.
 * @base: where the slab's memory begins
 * @size: from one of its objects to the next, bytes
 *
 * Return: TARGET_OK, or how reading the descriptor ended.
 */
enum target_status owner_vector_find(const struct owner_layout *o, struct memory *memory,
				     uint64_t page, uint64_t base, uint64_t size,
				     struct owner_vector *v);

#endif
