/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_PROOF_H
#define SLUBCHECK_MODEL_SLAB_PROOF_H
/*
 * The checker held against the model's SLAB: as proof.h, for the other allocator. What legal operations made
 * gives no finding of severity corrupt; one planted fault gives its finding, and no other.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/proof.h"
#include "model/slab/fault.h"
#include "model/slab/history.h"

/* What became of planted faults of one kind. @excused: what goes on around explains that it is not corrupt.
 * @hidden: nothing that is looked at contradicts it. @said, @untrue: findings that were held against the heap,
 * and how many of them say something of a word, a place or an object that is not so. */
struct slab_proof_cell {
	uint64_t planted, found, excused, missed, other, hidden;
	uint64_t said, untrue;
	struct proof_causes causes;
};

struct slab_proof_era {
	uint64_t histories, concurrent, absent, false_alarms, transients, model_defects;
	struct slab_proof_cell cells[SLAB_FAULT_COUNT];
};

/* @common: its log, its memory, how often the checker ran, and the first thing that does not hold. */
struct slab_proof {
	struct proof *common;
	struct slab_history *history; /* in use while slab_proof_run() runs */
	struct verdict *verdict; /* the same */
	struct slab_proof_era eras[SLAB_ERAS];
};

/**
 * struct slab_proof_round - As struct proof_round.
 * @fault: only this one, -1: any
 */
struct slab_proof_round {
	enum slab_era era;
	uint64_t seed;
	unsigned int histories, operations, faults;
	int fault;
	FILE *verbose;
};

/** slab_proof_run() - A round, added to @proof. False: no memory. */
bool slab_proof_run(struct slab_proof *proof, const struct slab_proof_round *round);

/** slab_proof_abandon() - After a longjmp out of slab_proof_run(). */
void slab_proof_abandon(struct slab_proof *proof);

/** slab_proof_sum() - What became of the faults of an era, all kinds together. */
struct slab_proof_cell slab_proof_sum(const struct slab_proof_era *era);

/** slab_proof_causes() - As proof_causes_table(). Return: false: too few first causes are right. */
bool slab_proof_causes(const struct slab_proof *proof, FILE *out);

/** slab_proof_untrue() - How many findings say what is not so. Return: false: one does. */
bool slab_proof_untrue(const struct slab_proof *proof, FILE *out);

/** slab_proof_table() - Per era; with @faults: also per kind of fault. */
void slab_proof_table(const struct slab_proof *proof, FILE *out, bool faults);

#endif
