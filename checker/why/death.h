/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_DEATH_H
#define SLUBCHECK_CHECKER_WHY_DEATH_H
/*
 * The exception that the kernel died of, wherever it struck, word by word.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/findings/trap_evidence.h"
#include "checker/why/word.h"

#define DEATH_REGS_MAX 34

/**
 * struct death_reg - A register of the exception.
 * @word: what it holds
 * @encoded: of WORD_LINK: it is stored with a key, so that nothing else is such a word
 * @holder, @offset: where the same word lies: in the object that register @from points into; @from is NULL
 *	   when it lies in none of them
 */
struct death_reg {
	const char *name;
	struct word word;
	bool encoded;
	const char *from;
	uint64_t holder;
	uint32_t offset;
};

/**
 * struct death - See above.
 * @found: there is one; else only @cpu is set, and -1 when it is not known
 * @kind:  of the exception
 * @symbol, @bug, @code, @nr_code: as in struct trap
 * @target: of a fault: the address that was accessed
 * @base:  of a fault: the register that the address was computed from; -1: none, or not known
 * @displacement: from it
 * @jumped: the fault is that of fetching an instruction: @target is where the kernel jumped to, @base a
 *	   register that holds it, and @symbol the function that called it
 * @warned: nothing but a WARN() was found, on the CPU that panicked: panic_on_warn
 */
struct death {
	bool found;
	enum trap_kind kind;
	int cpu;
	uint64_t pid;
	char comm[17];
	uint64_t frame, ip;
	struct target_symbol symbol;
	struct bug bug;
	uint8_t code[TRAP_CODE_MAX];
	unsigned int nr_code;
	struct word target;
	int base;
	int64_t displacement;
	bool jumped, warned;
	struct death_reg regs[DEATH_REGS_MAX];
	size_t nr_regs;
};

/** death_find() - Find it on the stacks of the CPUs, that of the CPU that panicked first. */
void death_find(struct death *death, struct judged *j);

#endif
