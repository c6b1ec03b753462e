/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_FUZZ_FUZZ_H
#define SLUBCHECK_TESTS_FUZZ_FUZZ_H
/* What all fuzzers are made of: libFuzzer, or replay.c in its place, calls them. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/** LLVMFuzzerTestOneInput() - Try one input; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it has to hold in every kind of build, and libFuzzer sees the abort. */
#define HOLDS(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#endif
