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

/*
 * The same in parts, for who asks about many objects of few owners: first who it is, then what that one is
 * called.
 */

/** owner_memcg() - The struct mem_cgroup that an object is charged to: @memcg, when that is known. */
enum owner_known owner_memcg(struct memory *memory, const struct owner_slots *slots,
			     uint64_t *memcg);

/** owner_memcg_read() - Fill in memcg_addr, path and removed. */
void owner_memcg_read(struct object_owner *owner, struct memory *memory, uint64_t memcg);

/** owner_tag() - The struct codetag of an object: @tag, when that is known. */
enum owner_known owner_tag(struct memory *memory, const struct owner_slots *slots, uint64_t *tag);

/** owner_tag_read() - Fill in file, line, function and module; false when they are not in the dump. */
bool owner_tag_read(struct object_owner *owner, struct memory *memory, uint64_t tag);

#endif
