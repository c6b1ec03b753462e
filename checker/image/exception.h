/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_EXCEPTION_H
#define SLUBCHECK_CHECKER_IMAGE_EXCEPTION_H
/*
 * Exceptions in the kernel: the registers that they left on the stacks of the CPUs.
 *
 * Only x86-64 is supported. On other machines no frame is found.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arena.h"
#include "checker/image/kernel.h"
#include "checker/image/memory.h"

/* struct pt_regs of x86-64 in memory order; the five last are what the hardware pushes. */
enum exception_reg {
	REG_R15,
	REG_R14,
	REG_R13,
	REG_R12,
	REG_BP,
	REG_BX,
	REG_R11,
	REG_R10,
	REG_R9,
	REG_R8,
	REG_AX,
	REG_CX,
	REG_DX,
	REG_SI,
	REG_DI,
	REG_ORIG_AX,
	REG_IP,
	REG_CS,
	REG_FLAGS,
	REG_SP,
	REG_SS,
	REG_COUNT
};

/* The registers that a program computes with are those before this one. */
#define REG_GENERAL REG_ORIG_AX

/**
 * struct exception - Registers that an exception or an interrupt pushed in kernel mode.
 * @cpu:   where
 * @task, @pid, @comm: the task that ran there; comm is raw bytes of the dump
 * @trap_nr: the exception that it last died of, or -1 when the dump does not say
 * @frame: address of the struct pt_regs
 * @exact: it is where the hardware pushes it: directly below the stack pointer in it
 * @regs:  the registers
 * @above: the stack from the stack pointer on, valid during the visit
 * @nr_above: bytes there
 */
struct exception {
	int cpu;
	uint64_t task, pid;
	char comm[17];
	int trap_nr;
	uint64_t frame;
	bool exact;
	uint64_t regs[REG_COUNT];
	const uint8_t *above;
	size_t nr_above;
};

/** exception_reg_name() - "r15", ..., "rdi", "rip". */
const char *exception_reg_name(enum exception_reg reg);

/** exception_machine_regs() - The general registers by their numbers in the machine: see operand.h. */
void exception_machine_regs(const struct exception *e, uint64_t regs[16]);

/**
 * exceptions_visit() - Call @visit with each frame on the stacks of the online CPUs, of each CPU the
 * oldest first: it is the exception itself, later ones come from the kernel's own report. The stacks are
 * those of the running tasks, and those for interrupts.
 * @visit: returns true to end the visits
 *
 * What is below a stack's end is left over. So a frame is proof only when the exception that left
 * it can be distinguished from an interrupt.
 *
 * Return: whether @visit did.
 */
bool exceptions_visit(struct memory *memory, const struct kernel *kernel, struct arena *arena,
		      bool (*visit)(void *ctx, const struct exception *e), void *ctx);

/**
 * exceptions_died() - Whether the kernel reported an exception of its own (die()) before the dump:
 * die_counter.
 *
 * Return: true also when the dump does not tell.
 */
bool exceptions_died(struct memory *memory);

#endif
