/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_STORY_CHECK_H
#define SLUBCHECK_CHECKER_WHY_STORY_CHECK_H
/*
 * Stories of checks that failed: BUG() and WARN(), and what the kernel said of them.
 */

#include "checker/why/complaints.h"
#include "checker/why/story_parts.h"

/**
 * story_of_check() - Tell of a BUG() or a WARN().
 * @said: the kernel's own report of it; NULL: the log does not have it
 */
void story_of_check(struct story *s, struct judged *j, const struct complaint *said);

#endif
