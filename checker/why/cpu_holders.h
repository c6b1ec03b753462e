/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_CPU_HOLDERS_H
#define SLUBCHECK_CHECKER_WHY_CPU_HOLDERS_H
/*
 * Which CPUs were at work on an object or its neighbours: those that have an address in it in a register.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/cpu_regs.h"
#include "checker/why/word.h"

#define CPU_HOLDERS_MAX 16u

/**
 * struct cpu_holder - A register of a CPU with an address in the object, or in the one before or after it.
 * @source: CPU_REGS_NOTE: as the CPU was stopped; CPU_REGS_FRAME: as it was interrupted before
 * @task_known, @pid, @comm: the task that it was running; @comm is raw bytes of the dump
 * @symbol: the function; its name is NULL when none is known
 * @reg, @value: without a tag
 * @which:  -1: in the object before, 0: in the object, 1: in the one after it
 * @offset: from the start of that one, bytes
 */
struct cpu_holder {
	int cpu;
	enum cpu_regs_source source;
	bool task_known;
	uint64_t pid;
	char comm[17];
	struct target_symbol symbol;
	const char *reg;
	uint64_t value;
	int which;
	uint64_t offset;
};

/**
 * struct cpu_holders - All of them, by CPU.
 * @dropped: more of them, for which there is no room
 * @asked:   CPUs that were online, but the one that was left out
 * @unknown: those of them whose registers the dump does not have
 */
struct cpu_holders {
	struct cpu_holder list[CPU_HOLDERS_MAX];
	size_t nr;
	unsigned int dropped, asked, unknown;
};

/**
 * cpu_holders_find() - Look into the registers of all CPUs.
 * @at:	     a location in an object of a judged cache
 * @without: a CPU that is left out, since its registers are told of already; -1: none
 */
void cpu_holders_find(struct cpu_holders *holders, struct judged *j, const struct location *at,
		      int without);

#endif
