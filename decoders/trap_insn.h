/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_TRAP_INSN_H
#define SLUBCHECK_DECODERS_TRAP_INSN_H
/*
 * Instructions of x86-64 that trap by themselves: behind them nothing goes on.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** insn_is_ud2() - Whether the bytes begin with ud2, which BUG() and, up to 6.18, WARN() are. */
bool insn_is_ud2(const uint8_t *code, size_t len);

/**
 * insn_is_ud1() - Whether they begin with ud1, which WARN() with a text is since 6.19, and a check of UBSAN
 * since 6.12.
 */
bool insn_is_ud1(const uint8_t *code, size_t len);

/**
 * insn_warn_reg() - Which register a WARN() has its entry of the table in: "ud1 (%edx), %reg" (6.19).
 * @reg: its number in the machine: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15
 *
 * Return: false for all other instructions.
 */
bool insn_warn_reg(const uint8_t *code, size_t len, unsigned int *reg);

/** insn_is_ubsan() - Whether they begin with "ud1 n(%eax), %eax", by which UBSAN traps. */
bool insn_is_ubsan(const uint8_t *code, size_t len);

/**
 * insn_is_fineibt() - Whether they begin with what FineIBT traps by: ea (6.15), udb (d6, 6.18), or a jump
 * with lock.
 */
bool insn_is_fineibt(const uint8_t *code, size_t len);

/** insn_is_undefined() - Whether they begin with another opcode that 64-bit mode does not have, ud0, ud1 or ud2. */
bool insn_is_undefined(const uint8_t *code, size_t len);

/**
 * insn_divides_by_zero() - Whether they begin with a div or idiv of a register that is 0.
 * @regs: by their numbers in the machine, as above
 *
 * A divisor in memory is not looked at, nor a quotient that is too large.
 */
bool insn_divides_by_zero(const uint8_t *code, size_t len, const uint64_t regs[16]);

#endif
