/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_ARCH_ARM64_H
#define SLUBCHECK_CHECKER_IMAGE_ARCH_ARM64_H
/* Indexes of the registers of arm64, for its table and for tests. */

#include "checker/image/arch.h"

/* As in struct user_pt_regs, which struct pt_regs begins with. */
enum arm64_reg { ARM64_X0, ARM64_LR = 30, ARM64_SP, ARM64_PC, ARM64_PSTATE, ARM64_REGS };

#endif
