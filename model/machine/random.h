/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_RANDOM_H
#define SLUBCHECK_MODEL_MACHINE_RANDOM_H
/*
 * Random numbers of which a seed is all the state, so that it says all of a history or a fault.
 *
 * A seed is the same history whatever compiled this: no two draws stand in one list of arguments, since
 * C does not say which comes first, and gcc and clang differ.
 */

#include <stdint.h>

/** random_next() - The next number of a sequence (splitmix64). */
static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** random_brief() - As random_next(), of a sequence that is mixed once: for a few choices of a proof. */
static inline uint64_t random_brief(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ z >> 29;
}

#endif
