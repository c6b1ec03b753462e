/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_ORIGIN_H
#define SLUBCHECK_CHECKER_WHY_ORIGIN_H
/*
 * Where the pointer that a kernel died of was loaded from, by the instructions before the one that faulted.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/findings/trap_evidence.h"

/**
 * struct origin - A word of memory.
 * @address: where it lies
 * @reg:     the register that it was addressed by; ARCH_NONE: none, it is a variable
 */
struct origin {
	uint64_t address;
	int reg;
};

/**
 * origin_of() - The word that the base of a fault, or the target of a jump, was loaded from.
 * @fault: not a BUG()
 * @regs:  the registers, in the order of the machine's
 *
 * Return: false when the instructions do not tell, and when the word does not hold that value any more.
 */
bool origin_of(struct origin *origin, const struct allocator *a, const struct fault *fault,
	       const uint64_t *regs);

#endif
