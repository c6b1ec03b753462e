/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_STORY_FAULT_H
#define SLUBCHECK_CHECKER_WHY_STORY_FAULT_H
/*
 * Stories of pointers that were followed, and of functions that were called.
 */

#include "checker/why/story_parts.h"

/** story_of_fault() - Tell of a pointer that was followed, or of a function that was called. */
void story_of_fault(struct story *s, struct judged *j);

#endif
