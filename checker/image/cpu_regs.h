/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_CPU_REGS_H
#define SLUBCHECK_CHECKER_IMAGE_CPU_REGS_H
/*
 * The registers of the CPUs at the time of the crash.
 *
 * A dump has a note NT_PRSTATUS for each CPU that stopped. kdump's is what the CPU had when it panicked
 * or was stopped; that of a hypervisor is what it had when the dump was taken, after the panic. Where a
 * dump has none, what the first exception left on the CPU's stacks stands for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/arch.h"
#include "checker/image/arena.h"
#include "checker/image/kernel.h"
#include "checker/image/memory.h"

enum cpu_regs_source {
	CPU_REGS_NONE, /* nothing tells */
	CPU_REGS_NOTE, /* the dump's note */
	CPU_REGS_FRAME, /* what an exception in kernel mode pushed, at @frame */
};

/**
 * struct cpu_regs - The registers of a CPU.
 * @pid:   of the task that ran there, as the note says; 0: the idle task, or not said
 * @frame: address of the struct pt_regs, of CPU_REGS_FRAME
 * @known: a bit for each register that the source has
 * @regs:  those of memory->arch->regs
 */
struct cpu_regs {
	enum cpu_regs_source source;
	uint64_t pid, frame, known;
	uint64_t regs[ARCH_REGS_MAX];
};

/** cpu_regs_known() - Whether a register is known; @reg may be ARCH_NONE. */
static inline bool cpu_regs_known(const struct cpu_regs *regs, int reg)
{
	return reg >= 0 && regs->known >> reg & 1;
}

/**
 * cpu_regs_read() - Find the registers of a CPU.
 * @cpu: below kernel->nr_cpus
 *
 * Return: false, and CPU_REGS_NONE, when nothing tells.
 */
bool cpu_regs_read(struct cpu_regs *regs, struct memory *memory, const struct kernel *kernel,
		   struct arena *arena, unsigned int cpu);

/**
 * cpu_regs_of_note() - The registers in a struct elf_prstatus of a 64-bit machine.
 * @note: the descriptor of the note, @len bytes
 *
 * Return: false when it is too short, or the machine's are not known.
 */
bool cpu_regs_of_note(struct cpu_regs *regs, const struct arch *arch, const uint8_t *note,
		      size_t len);

#endif
