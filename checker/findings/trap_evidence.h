/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_TRAP_EVIDENCE_H
#define SLUBCHECK_CHECKER_FINDINGS_TRAP_EVIDENCE_H
/*
 * The evidence of allocator-trap: the exception that stopped the kernel. why/trap.h finds it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/findings/diagnosis.h"
#include "checker/image/bug_table.h"
#include "checker/image/target.h"
#include "checker/image/trap_kind.h"

#define TRAP_WORDS_MAX 8
#define FAULT_CODE_MAX 8

/**
 * struct fault - An exception of the kernel that is not an interrupt.
 * @kind:   what raised it
 * @cpu, @pid, @comm: where, and of which task; comm is raw bytes of the dump: escape before printing
 * @frame:  address of the struct pt_regs
 * @ip:	    of the instruction; where a jump led to
 * @code:   the bytes of the instruction, and @nr_code of them
 * @bug:    of TRAP_BUG; without a file where the kernel keeps none
 * @warned: of TRAP_BUG: it is a WARN(), after which the kernel continues
 * @jumped: a call or a jump led to what is not code, or not code any more
 * @caller: of a jump: where it would have returned to; 0: not known
 * @accessed: it is about an address: that of memory, or where a jump led to
 * @address: that: where memory was read or written; where a jump led to
 * @base:   likewise: the register that the address was computed from, or that held the target of the
 *	    jump; -1: none, or not known
 * @displacement: from it
 */
struct fault {
	enum trap_kind kind;
	int cpu;
	uint64_t pid;
	char comm[17];
	uint64_t frame, ip;
	uint8_t code[FAULT_CODE_MAX];
	unsigned int nr_code;
	struct bug bug;
	bool warned, jumped, accessed;
	uint64_t caller;
	uint64_t address;
	int base;
	int64_t displacement;
};

/* A register that holds something of the allocator's. */
struct trap_word {
	const char *reg;
	uint64_t value;
	char what[96];
};

/**
 * struct trap - The exception that is the evidence of a finding.
 * @fault:  the exception: a BUG(), or an access to memory
 * @symbol: the function; with a name
 * @caller: that which called a check of list_del(), list_add() or of a copy; or without a name
 * @words:  what the registers hold
 * @opinion: on what did it
 * @rest:   evidence for the findings that it explains
 */
struct trap {
	struct fault fault;
	struct target_symbol symbol, caller;
	struct trap_word words[TRAP_WORDS_MAX];
	size_t nr_words;
	struct diagnosis opinion, rest;
};

#endif
