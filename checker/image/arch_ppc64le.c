/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ppc64le: no frames known.
 */
#include "checker/image/arch.h"

enum { NIP = 32, MSR = 33, SP = 1, LINK = 36 };

#define GPR(n, name) [n] = { name, "gpr", n, 8 * (n), 8 * (n) }
#define REG(n, name) [n] = { name, name, 0, 8 * (n), 8 * (n) }

/* Of notes too: elf_gregset_t begins like struct pt_regs. */
static const struct arch_reg regs[] = {
	GPR(0, "r0"),	GPR(1, "r1"),	   GPR(2, "r2"),    GPR(3, "r3"),    GPR(4, "r4"),
	GPR(5, "r5"),	GPR(6, "r6"),	   GPR(7, "r7"),    GPR(8, "r8"),    GPR(9, "r9"),
	GPR(10, "r10"), GPR(11, "r11"),	   GPR(12, "r12"),  GPR(13, "r13"),  GPR(14, "r14"),
	GPR(15, "r15"), GPR(16, "r16"),	   GPR(17, "r17"),  GPR(18, "r18"),  GPR(19, "r19"),
	GPR(20, "r20"), GPR(21, "r21"),	   GPR(22, "r22"),  GPR(23, "r23"),  GPR(24, "r24"),
	GPR(25, "r25"), GPR(26, "r26"),	   GPR(27, "r27"),  GPR(28, "r28"),  GPR(29, "r29"),
	GPR(30, "r30"), GPR(31, "r31"),	   REG(NIP, "nip"), REG(MSR, "msr"), REG(34, "orig_gpr3"),
	REG(35, "ctr"), REG(LINK, "link"),
};

/* User space, the kernel's linear map and, with radix page tables or since 5.2 (0034d395f89d), all of
 * the kernel; before that and with hash tables vmalloc space and the memmap have regions of their own. */
static bool is_canonical(uint64_t addr)
{
	uint64_t region = addr >> 60;

	return !region || region == 0xc || region == 0xd || region == 0xf;
}

const struct arch arch_ppc64le = {
	.name = "ppc64le",
	.va_bits = 64,
	.is_canonical = is_canonical,
	.regs = regs,
	.nr_regs = LINK + 1,
	.nr_general = NIP,
	.ip = NIP,
	.sp = SP,
	.flags = MSR,
	.link = LINK,
	.bug_trap_nr = ARCH_NONE,
};
