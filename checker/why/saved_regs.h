/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_SAVED_REGS_H
#define SLUBCHECK_CHECKER_WHY_SAVED_REGS_H
/*
 * Which words of the stacks are registers that an exception or an interrupt saved: those of what a CPU did when it
 * died, or before it was stopped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"

#define SAVED_FRAMES_MAX 64u

/**
 * struct saved_regs - Frames of the CPUs.
 * @list, @nr: the first of them; @ip is the instruction that was interrupted
 * @offsets, @size: where registers lie in each, bytes
 */
struct saved_regs {
	struct saved_frame {
		int cpu;
		uint64_t at, ip;
	} list[SAVED_FRAMES_MAX];
	size_t nr;
	uint32_t offsets[ARCH_REGS_MAX];
	size_t size;
};

/** saved_regs_find() - Find them: those that lie where exceptions push them. */
void saved_regs_find(struct saved_regs *saved, const struct allocator *a);

/**
 * saved_regs_at() - The general register that an address holds.
 * @reg: set to its name
 *
 * Return: the frame that it is in, or NULL.
 */
const struct saved_frame *saved_regs_at(const struct saved_regs *saved, const struct arch *arch,
					uint64_t addr, const char **reg);

#endif
