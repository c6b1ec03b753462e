/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_STORY_TRAP_H
#define SLUBCHECK_CHECKER_WHY_STORY_TRAP_H
/*
 * Stories of exceptions that are neither a failed check nor about an address.
 */

#include "checker/why/story_parts.h"

/** story_of_trap() - Tell of an instruction that trapped. */
void story_of_trap(struct story *s);

#endif
