/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_OWNER_H
#define SLUBCHECK_CHECKER_WHY_OWNER_H
/*
 * Whom an object is charged to: the memory cgroup, and the line of the kernel that allocated it, where the
 * kernel notes them.
 */

#include <stdint.h>

#include "checker/why/word.h"

enum owner_known {
	OWNER_NOT_KEPT, /* this kernel does not note it */
	OWNER_NOBODY, /* nothing is noted for this object */
	OWNER_KNOWN,
	OWNER_UNKNOWN, /* the dump lacks what tells, or it makes no sense */
};

#define OWNER_PATH_MAX 512u
#define OWNER_NAME_MAX 128u

/**
 * struct object_owner - See above. Texts are raw bytes of the dump.
 * @memcg, @memcg_addr: the struct mem_cgroup, when it is known
 * @path:     of its cgroup, below the root of its hierarchy; empty when the dump does not tell
 * @removed:  the cgroup has been removed; what it was charged for is left
 * @tag:      of the allocation (CONFIG_MEM_ALLOC_PROFILING, 6.10)
 * @file, @line, @function, @module: which it names; @module is empty for the kernel itself
 */
struct object_owner {
	enum owner_known memcg, tag;
	uint64_t memcg_addr;
	char path[OWNER_PATH_MAX];
	bool removed;
	char file[OWNER_NAME_MAX], function[OWNER_NAME_MAX], module[64];
	uint32_t line;
};

/** object_owner_find() - Ask for the object of a location in a slab of a judged cache. */
void object_owner_find(struct object_owner *owner, struct judged *j, const struct location *at);

#endif
