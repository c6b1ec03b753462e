/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_DAMAGE_H
#define SLUBCHECK_CHECKER_WHY_DAMAGE_H
/*
 * What was done to a pointer in an allocated object, by what is there in its place.
 */

#include <stdint.h>

#include "checker/findings/diagnosis.h"
#include "checker/why/word.h"

/**
 * damage_opine() - Say what may have overwritten the word.
 * @object: the object's start
 * @word:   the word's address
 * @value:  what is there
 */
void damage_opine(struct diagnosis *opinions, struct judged *j, uint64_t object, uint64_t word,
		  uint64_t value);

#endif
