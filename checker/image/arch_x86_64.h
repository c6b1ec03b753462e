/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_ARCH_X86_64_H
#define SLUBCHECK_CHECKER_IMAGE_ARCH_X86_64_H
/* Indexes of the registers of x86-64, for its table and for tests. */

#include "checker/image/arch.h"

/* In the order of struct pt_regs; the five last are what the hardware pushes. */
enum x86_64_reg {
	X86_64_R15,
	X86_64_R14,
	X86_64_R13,
	X86_64_R12,
	X86_64_BP,
	X86_64_BX,
	X86_64_R11,
	X86_64_R10,
	X86_64_R9,
	X86_64_R8,
	X86_64_AX,
	X86_64_CX,
	X86_64_DX,
	X86_64_SI,
	X86_64_DI,
	X86_64_ORIG_AX,
	X86_64_IP,
	X86_64_CS,
	X86_64_FLAGS,
	X86_64_SP,
	X86_64_SS,
	X86_64_REGS
};

#endif
