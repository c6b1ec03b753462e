/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_ARCH_H
#define SLUBCHECK_CHECKER_IMAGE_ARCH_H
/*
 * Machines, as far as their pointers differ: one row of a table for each.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/target.h"

/**
 * struct arch - A machine.
 * @name:	for reports
 * @va_bits:	number of significant address bits; the bits above repeat the highest of them
 * @tag_mask:	bits of a kernel pointer that can hold a tag of KASAN; 0: none
 */
struct arch {
	const char *name;
	unsigned int va_bits;
	uint64_t tag_mask;
};

/** arch_of() - The machine of an image; an unknown machine is like the most permissive one. */
const struct arch *arch_of(const struct target *t);

/**
 * arch_tags() - The bits that hold tags in pointers of this kernel; 0: none.
 *
 * CONFIG_KASAN_SW_TAGS (arm64, 5.0) and CONFIG_KASAN_HW_TAGS (5.11, with MTE) tag what objects are
 * handed out as, so that heads, links, list entries and pointers to kmem_caches have tags. Without them
 * the same bits are part of the address, and a change of them is damage.
 */
uint64_t arch_tags(struct target *t);

/** arch_is_canonical() - Whether an address is one that the machine can translate. */
static inline bool arch_is_canonical(const struct arch *arch, uint64_t addr)
{
	int64_t above = (int64_t)addr >> (arch->va_bits - 1);

	return !above || above == -1;
}

/**
 * arch_untag() - A pointer without its tag, as the kernel's own address of the same memory.
 * @tags: as arch_tags() says
 *
 * Bit 55 tells the halves of the address space apart; user space is left alone.
 */
static inline uint64_t arch_untag(uint64_t tags, uint64_t pointer)
{
	return pointer >> 55 & 1 ? pointer | tags : pointer;
}

#endif
