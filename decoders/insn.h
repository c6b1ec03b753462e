/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_INSN_H
#define SLUBCHECK_DECODERS_INSN_H
/*
 * The instructions of an x86-64 function, one after the other: how long each is, and what it does to the
 * registers. So it can be told from where a register was loaded.
 *
 * What is not known here is taken for the worst: an instruction that may write any register.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of registers are those of the machine: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15. */
#define INSN_REGS 16
#define INSN_IP 16
#define INSN_NO_REG 17

enum insn_flow {
	INSN_NEXT, /* goes on behind itself */
	INSN_BRANCH, /* may also go elsewhere */
	INSN_CALL,
	INSN_LEAVES, /* never goes on behind itself: a jump, a return, ud2 */
};

/**
 * struct insn_memory - A word of memory by registers: @base + @displacement.
 * @base: INSN_IP: the end of the instruction; INSN_NO_REG: there is no such word, or it has an index
 */
struct insn_memory {
	unsigned int base;
	int64_t displacement;
};

/**
 * struct insn - An instruction.
 * @length: bytes
 * @flow:   where it goes
 * @target: of a branch, a jump or a call: bytes from the instruction's start; 0: not known
 * @writes: a bit for each register that it may write
 * @loads:  the register that it only loads from @memory, all eight bytes of it; INSN_NO_REG: none
 * @calls:  of a call by register: which; INSN_NO_REG: otherwise. Of one by memory it is @memory
 */
struct insn {
	size_t length;
	enum insn_flow flow;
	int64_t target;
	uint16_t writes;
	unsigned int loads, calls;
	struct insn_memory memory;
};

/** insn_read() - Read the instruction at @code, of @len bytes at most; false: it is not known here. */
bool insn_read(struct insn *insn, const uint8_t *code, size_t len);

/**
 * insn_load_find() - From where a register was loaded before an instruction.
 * @code:   a function, from its first byte on
 * @at:	    bytes to the instruction
 * @reg:    the register
 * @memory: set to the word. Its base has the same value at the instruction; INSN_IP: @displacement is
 *	    from the function's start
 *
 * Return: false when it was not a load, when something may have changed the register or the base since,
 * or when the instruction can be reached without the load.
 */
bool insn_load_find(const uint8_t *code, size_t at, unsigned int reg, struct insn_memory *memory);

/**
 * insn_call_find() - The call before a return address.
 * @code: the function that called, from its first byte on
 * @end:  bytes to where it returns to
 * @at:	  set to how many bytes the call is from the start
 *
 * Return: false when no instruction ends there that is a call by a register or by memory.
 */
bool insn_call_find(const uint8_t *code, size_t end, size_t *at, struct insn *call);

#endif
