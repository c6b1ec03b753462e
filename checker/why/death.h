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
#include "checker/image/arch.h"
#include "checker/why/complaints.h"
#include "checker/why/word.h"

#define DEATH_REGS_MAX ARCH_REGS_MAX

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
 * struct death_source - Where the pointer that was followed, or the function that was called, lay.
 * @address: of the word; 0: not known
 * @at:	    where that is; @at.cache is 0 when it is not in a slab
 * @what:   of one that was loaded: what lies there
 * @reg:    the register that it was addressed by, or that points into the object; NULL: none
 * @loaded: the instructions say so; else the object of a register holds the same word
 */
struct death_source {
	uint64_t address;
	struct location at;
	struct word what;
	const char *reg;
	bool loaded;
};

/**
 * struct death - See above.
 * @found: there is one; else nothing but @fault.cpu is set, and -1 when it is not known
 * @fault: the exception. A warning only on the CPU that panicked: panic_on_warn
 * @symbol: the function; of a jump the one that called
 * @target: of a fault: the address that was accessed or jumped to
 * @regs:  the general registers, in the order of the machine's
 * @source: of a fault: the word that the pointer lay in, the object that a link was stored in; see
 *	   struct death_source
 */
struct death {
	bool found;
	struct fault fault;
	struct target_symbol symbol;
	struct word target;
	struct death_reg regs[DEATH_REGS_MAX];
	size_t nr_regs;
	struct death_source source;
};

/**
 * death_find() - Find it on the stacks of the CPUs, that of the CPU that panicked first.
 * @complaints: what the kernel said, which may tell which frame it is; may be NULL
 */
void death_find(struct death *death, struct judged *j, const struct complaints *complaints);

#endif
