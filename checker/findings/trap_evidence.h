/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_TRAP_EVIDENCE_H
#define SLUBCHECK_CHECKER_FINDINGS_TRAP_EVIDENCE_H
/*
 * The evidence of allocator-trap: the exception that stopped the kernel. why/trap.h finds it.
 */

#include <stddef.h>
#include <stdint.h>

#include "checker/findings/diagnosis.h"
#include "checker/image/bug_table.h"
#include "checker/image/target.h"

enum trap_kind {
	TRAP_BUG, /* a BUG() */
	TRAP_PAGE_FAULT,
	TRAP_GENERAL_PROTECTION,
};

/** trap_kind_id() - "bug", "page-fault" or "general-protection". */
const char *trap_kind_id(enum trap_kind kind);

#define TRAP_WORDS_MAX 8
#define TRAP_CODE_MAX 8

/* A register that holds something of the allocator's. */
struct trap_word {
	const char *reg;
	uint64_t value;
	char what[96];
};

/**
 * struct trap - The exception that is the evidence of a finding.
 * @symbol: the function; with a name
 * @caller: that which called a check of list_del(), list_add() or of a copy; or without a name
 * @code:   the bytes of the instruction, and @nr_code of them
 * @bug:    of TRAP_BUG; without a file where the kernel keeps none
 * @address: of a fault: where memory was read or written
 * @words:  what the registers hold
 * @opinion: on what did it
 * @rest:   evidence for the findings that it explains
 */
struct trap {
	enum trap_kind kind;
	int cpu;
	uint64_t pid;
	char comm[17];
	uint64_t frame, ip;
	struct target_symbol symbol, caller;
	uint8_t code[TRAP_CODE_MAX];
	unsigned int nr_code;
	struct bug bug;
	uint64_t address;
	struct trap_word words[TRAP_WORDS_MAX];
	size_t nr_words;
	struct diagnosis opinion, rest;
};

#endif
