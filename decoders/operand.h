/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_OPERAND_H
#define SLUBCHECK_DECODERS_OPERAND_H
/*
 * The memory operand of an x86-64 instruction: where it reads or writes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No instruction is longer. */
#define INSN_MAX 15

/**
 * insn_address() - The address that an instruction accesses.
 * @code: its bytes, and what follows them
 * @len:  how many bytes there are
 * @ip:	  its address
 * @regs: the registers before it, by their numbers in the machine: rax, rcx, rdx, rbx, rsp, rbp, rsi,
 *	  rdi, r8 to r15
 * @address: set to the address
 *
 * Of a copy or a comparison of strings it is where is read from.
 *
 * Return: false when the instruction accesses no memory, as prefetches and lea do not, when a
 * segment has a part in the address, or when the instruction is not one that is known here.
 */
bool insn_address(const uint8_t *code, size_t len, uint64_t ip, const uint64_t regs[16],
		  uint64_t *address);

/**
 * insn_second_address() - The other address of a copy or a comparison of strings.
 *
 * The parameters are those of insn_address(); false: the instruction has no second one.
 */
bool insn_second_address(const uint8_t *code, size_t len, const uint64_t regs[16],
			 uint64_t *address);

#endif
