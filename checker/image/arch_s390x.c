/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * s390x: big-endian, no frames known. With five levels of tables all 64 address bits are translated.
 */
#include "checker/image/arch.h"

enum { SP = 15, PSW_MASK = 16, PSW_ADDR = 17 };

/* struct pt_regs begins with an argument, the PSW of two words, and the registers; a note with the PSW. */
#define GPR(n, name) [n] = { name, "gprs", n, 24 + 8 * (n), 16 + 8 * (n) }

static const struct arch_reg regs[] = {
	GPR(0, "r0"),
	GPR(1, "r1"),
	GPR(2, "r2"),
	GPR(3, "r3"),
	GPR(4, "r4"),
	GPR(5, "r5"),
	GPR(6, "r6"),
	GPR(7, "r7"),
	GPR(8, "r8"),
	GPR(9, "r9"),
	GPR(10, "r10"),
	GPR(11, "r11"),
	GPR(12, "r12"),
	GPR(13, "r13"),
	GPR(14, "r14"),
	GPR(15, "r15"),
	[PSW_MASK] = { "psw.mask", "psw", 0, 8, 0 },
	[PSW_ADDR] = { "psw.addr", "psw", 1, 16, 8 },
};

const struct arch arch_s390x = {
	.name = "s390x",
	.va_bits = 64,
	.big_endian = true,
	.regs = regs,
	.nr_regs = PSW_ADDR + 1,
	.nr_general = PSW_MASK,
	.ip = PSW_ADDR,
	.sp = SP,
	.flags = PSW_MASK,
	.link = 14,
	.bug_trap_nr = ARCH_NONE,
};
