/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_OPERAND_ARM64_H
#define SLUBCHECK_DECODERS_OPERAND_ARM64_H
/*
 * The memory operand of an arm64 instruction: where it reads or writes.
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * arm64_address() - The address that an instruction accesses.
 * @insn: the instruction
 * @pc:	  its address
 * @x:	  the registers x0 to x30 before it
 * @sp:	  the stack pointer before it
 * @address: set to the lowest address of the access
 *
 * Return: false when the instruction accesses no memory, as prefetches do not, or is not one that is
 * known here: loads and stores of structures of vectors, and of tags, are not.
 */
bool arm64_address(uint32_t insn, uint64_t pc, const uint64_t x[31], uint64_t sp,
		   uint64_t *address);

#endif
