/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * riscv64: no frames known. Sv57 has 57 address bits, Sv48 and Sv39 have fewer; all are sign-extended.
 */
#include "checker/image/arch.h"

enum { EPC = 31, SP = 1, STATUS = 32 };

/* Notes begin with the program counter, as struct pt_regs does. */
#define REG(name, member, number)                           \
	{                                                   \
		name, member, 0, 8 * (number), 8 * (number) \
	}

static const struct arch_reg regs[] = {
	REG("ra", "ra", 1),  REG("sp", "sp", 2),    REG("gp", "gp", 3),
	REG("tp", "tp", 4),  REG("t0", "t0", 5),    REG("t1", "t1", 6),
	REG("t2", "t2", 7),  REG("s0", "s0", 8),    REG("s1", "s1", 9),
	REG("a0", "a0", 10), REG("a1", "a1", 11),   REG("a2", "a2", 12),
	REG("a3", "a3", 13), REG("a4", "a4", 14),   REG("a5", "a5", 15),
	REG("a6", "a6", 16), REG("a7", "a7", 17),   REG("s2", "s2", 18),
	REG("s3", "s3", 19), REG("s4", "s4", 20),   REG("s5", "s5", 21),
	REG("s6", "s6", 22), REG("s7", "s7", 23),   REG("s8", "s8", 24),
	REG("s9", "s9", 25), REG("s10", "s10", 26), REG("s11", "s11", 27),
	REG("t3", "t3", 28), REG("t4", "t4", 29),   REG("t5", "t5", 30),
	REG("t6", "t6", 31), REG("epc", "epc", 0),  { "status", "status", 0, 8 * 32, ARCH_NONE },
};

const struct arch arch_riscv64 = {
	.name = "riscv64",
	.va_bits = 57,
	.regs = regs,
	.nr_regs = STATUS + 1,
	.nr_general = EPC,
	.ip = EPC,
	.sp = SP,
	.flags = STATUS,
	.link = 0,
	.bug_trap_nr = ARCH_NONE,
};
