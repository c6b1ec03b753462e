/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_EXCEPTION_H
#define SLUBCHECK_CHECKER_IMAGE_EXCEPTION_H
/*
 * Exceptions in the kernel: the registers that they left on the stacks of the CPUs, where the machine's
 * frames are known (arch.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arch.h"
#include "checker/image/arena.h"
#include "checker/image/kernel.h"
#include "checker/image/memory.h"

/**
 * struct exception - Registers that an exception or an interrupt pushed in kernel mode.
 * @cpu:   where
 * @task, @pid, @comm: the task that ran there; comm is raw bytes of the dump
 * @trap_nr: the exception that it last died of, or -1 when the dump does not say
 * @frame: address of the struct pt_regs
 * @exact: it is where exceptions push it: directly below the stack pointer in it
 * @double_fault: it lies on the stack of double faults, and the task died of one; @exact, too
 * @stack: lowest address of the task's stack
 * @arch:  the machine
 * @regs:  its registers
 * @above: the stack from the stack pointer on, valid during the visit
 * @nr_above: bytes there
 */
struct exception {
	int cpu;
	uint64_t task, pid;
	char comm[17];
	int trap_nr;
	uint64_t frame;
	bool exact, double_fault;
	uint64_t stack;
	const struct arch *arch;
	uint64_t regs[ARCH_REGS_MAX];
	const uint8_t *above;
	size_t nr_above;
};

/**
 * exceptions_visit() - Call @visit with each frame on the stacks of the online CPUs, of each CPU the
 * oldest first: it is the exception itself, later ones come from the kernel's own report. The stacks are
 * those of double faults where the task died of one, those of the running tasks, and those for interrupts.
 * @visit: returns true to end the visits
 *
 * What is below a stack's end is left over. So a frame is proof only when the exception that left
 * it can be distinguished from an interrupt.
 *
 * Return: whether @visit did.
 */
bool exceptions_visit(struct memory *memory, const struct kernel *kernel, struct arena *arena,
		      bool (*visit)(void *ctx, const struct exception *e), void *ctx);

/** exceptions_visit_cpu() - The same of one CPU, below kernel->nr_cpus. */
bool exceptions_visit_cpu(struct memory *memory, const struct kernel *kernel, struct arena *arena,
			  unsigned int cpu, bool (*visit)(void *ctx, const struct exception *e),
			  void *ctx);

/**
 * struct cpu_task - The task that a CPU was running.
 * @addr: its task_struct
 * @comm: raw bytes of the dump
 */
struct cpu_task {
	uint64_t addr, pid;
	char comm[17];
};

/** cpu_task_read() - Find it; false when the dump does not tell. */
bool cpu_task_read(struct cpu_task *task, struct memory *memory, const struct kernel *kernel,
		   unsigned int cpu);

/**
 * exceptions_died() - Whether the kernel reported an exception of its own (die()) before the dump:
 * die_counter.
 *
 * Return: true also when the dump does not tell.
 */
bool exceptions_died(struct memory *memory);

#endif
