/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_INSN_ARM64_H
#define SLUBCHECK_DECODERS_INSN_ARM64_H
/*
 * The instructions of an arm64 function, one after the other: what each does to the general registers. So
 * it can be told from where a register was loaded, as insn.h does for x86-64.
 *
 * What is not known here is taken for the worst: an instruction that may write any register.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARM64_INSN_SIZE 4
#define ARM64_INSN_SP 31 /* as the number of a register that holds an address */
#define ARM64_INSN_START 32 /* instead of a register: where the function starts */

/**
 * struct arm64_word - A word of memory.
 * @base: the number of a register, ARM64_INSN_SP or ARM64_INSN_START
 * @displacement: bytes from there
 */
struct arm64_word {
	unsigned int base;
	int64_t displacement;
};

/**
 * arm64_load_find() - From where a register was loaded before an instruction.
 * @code: a function, from its first byte on
 * @at:	  bytes to the instruction
 * @reg:  the register: 0 to 30
 * @word: set to the eight bytes that it was loaded from; the base has the same value at the instruction
 *
 * Return: false when it was not a load, when something may have changed the register or the base since,
 * or when the instruction can be reached without the load.
 */
bool arm64_load_find(const uint8_t *code, size_t at, unsigned int reg, struct arm64_word *word);

/**
 * arm64_call_find() - The register that the call before a return address called by: blr.
 * @code: the function that called, from its first byte on
 * @end:  bytes to where it returns to
 * @at:	  set to how many bytes the call is from the start
 * @reg:  set to the register
 *
 * Return: false when the instruction before is not such a call.
 */
bool arm64_call_find(const uint8_t *code, size_t end, size_t *at, unsigned int *reg);

#endif
