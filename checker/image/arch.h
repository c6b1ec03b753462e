/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_ARCH_H
#define SLUBCHECK_CHECKER_IMAGE_ARCH_H
/*
 * Machines, as far as they differ in what a pointer is: one row of a table each.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/target.h"

/**
 * struct arch - A machine.
 * @name:	for reports
 * @va_bits:	an address has so many bits that count; those above repeat the highest of them
 * @tag_mask:	bits of a kernel pointer that KASAN can keep a tag in; 0: it cannot
 */
struct arch {
	const char *name;
	unsigned int va_bits;
	uint64_t tag_mask;
};

/** arch_of() - The machine of an image; one that is not known is like the most permissive. */
const struct arch *arch_of(const struct target *t);

/**
 * arch_tags() - Bits that pointers of this kernel have tags in; 0: it keeps none.
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
