/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_KERNEL_TYPES_H
#define SLUBCHECK_CHECKER_IMAGE_KERNEL_TYPES_H
/*
 * All types of a kernel and its modules, out of the BTF that it keeps in its memory.
 *
 * A target answers questions about a type whose name is known. This is for who does not know the name. It is the
 * same through every door, and needs no debug information: distributions' kernels have BTF since 2020.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/memory.h"
#include "decoders/btf.h"

/**
 * struct kernel_types - See above.
 * @blocks, @nr: that of the kernel first, then those of modules
 * @names, @room: functions and structures by name: a hash table; @room is a power of two
 */
struct kernel_types {
	struct btf_block *blocks;
	size_t nr;
	struct kernel_type_name *names;
	uint32_t room;
};

/**
 * kernel_types_read() - Read them. What @types refers to is the arena's.
 *
 * Return: false when the kernel has none, or they are not in the dump; @types is empty then.
 */
bool kernel_types_read(struct kernel_types *types, struct memory *memory, struct arena *arena);

/**
 * kernel_types_function() - Find a function by name.
 * @block: set to the block that has it
 *
 * Return: the type of the function, a BTF_FUNC_PROTO; 0: there is none of that name.
 */
uint32_t kernel_types_function(const struct kernel_types *types, const char *name,
			       const struct btf_block **block);

/** kernel_types_struct() - Find a structure by name, as kernel_types_function() does. */
uint32_t kernel_types_struct(const struct kernel_types *types, const char *name,
			     const struct btf_block **block);

#endif
