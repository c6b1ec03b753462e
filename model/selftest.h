/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SELFTEST_H
#define SLUBCHECK_MODEL_SELFTEST_H
/*
 * The checks of this build, held against the model, while somebody waits: seconds, not minutes.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/proof.h"
#include "model/slab_proof.h"

/* How long a command starts parts of it, which take some tenths of a second each. */
#define SELFTEST_SECONDS 2.5

/**
 * struct selftest - What to do, and who wants to know.
 * @seed:      of the first history
 * @seconds:   start nothing more after that long; at least one round is made
 * @json:      one JSON object instead of the table
 * @cancelled: asked between histories; NULL: never
 */
struct selftest {
	uint64_t seed;
	double seconds;
	bool json;
	bool (*cancelled)(void *ctx);
	void *ctx;
	FILE *out;
};

enum selftest_end {
	SELFTEST_HOLDS,
	SELFTEST_BROKEN, /* the checks do not hold */
	SELFTEST_STOPPED, /* cancelled() ended it; they held so far */
};

/** struct selftest_proofs - What it counts, of SLUB and of SLAB. */
struct selftest_proofs {
	struct proof slub;
	struct slab_proof slab;
};

/** selftest_run() - Returns whether the checks hold. @proofs: of the caller, zeroed. */
enum selftest_end selftest_run(const struct selftest *test, struct selftest_proofs *proofs);

/** selftest_abandon() - After a longjmp out of selftest_run(). */
void selftest_abandon(struct selftest_proofs *proofs);

/** selftest_table() - Per era; with @faults: also per kind of fault, with its sensitivity. */
void selftest_table(const struct proof *proof, FILE *out, bool faults);

#endif
