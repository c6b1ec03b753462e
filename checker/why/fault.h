/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_FAULT_H
#define SLUBCHECK_CHECKER_WHY_FAULT_H
/*
 * Which frames on the stacks are those of an exception that the kernel dies of.
 *
 * The instruction distinguishes an exception from an interrupt in the same place: that of a BUG() can do
 * nothing but trap, and so can the rows of arch->traps, one whose operand, computed from the registers, has no
 * memory, and one that does not lie in code. What no instruction tells is told by the kernel's own report, which
 * names the stack pointer.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/findings/trap_evidence.h"
#include "checker/image/exception.h"

/** fault_faults() - Whether an access to an address faults; what is not in the dump may be there. */
bool fault_faults(const struct allocator *a, uint64_t address);

/**
 * fault_of() - The exception that left a frame.
 * @fault: filled in; undefined when the return value is false
 *
 * Without the kernel's table of BUG() one is told from a WARN() by what the task died of.
 *
 * Return: false for an interrupt, for a frame that may be left over, and where nothing is known of the
 * machine's instructions.
 */
bool fault_of(struct fault *fault, const struct allocator *a, const struct exception *e);

/**
 * fault_of_report() - The same of a frame that the kernel's own report is about.
 * @kind: what it calls the exception
 *
 * What is accessed is told where the instruction does.
 *
 * Return: false where nothing is known of the machine's instructions.
 */
bool fault_of_report(struct fault *fault, const struct allocator *a, const struct exception *e,
		     enum trap_kind kind);

#endif
