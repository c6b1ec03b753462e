/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_PROOF_H
#define SLUBCHECK_MODEL_PROOF_H
/*
 * The checker held against the model: what only legal operations made must give no finding of
 * severity corrupt, and one planted fault its finding, on its object, and no other.
 *
 * proof*.c are the files of the model that know the checker.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "checker/arena.h"
#include "model/era.h"
#include "model/fault.h"
#include "model/history.h"

/*
 * How right the diagnosis of faults that were found is: of each the first cause of its main finding is
 * in the truth's list, or a real one is listed behind it, or neither, or nothing is said. Certain
 * is counted over all corrupt findings.
 */
struct proof_causes {
	uint64_t right, listed, wrong, silent;
	uint64_t certain_right, certain_wrong;
	uint64_t wrong_seed, certain_seed; /* an example of each */
	char wrong_said[24], certain_said[24]; /* and what was said */
};

/* What became of planted faults of one kind in one era. */
struct proof_cell {
	uint64_t planted; /* those that can be seen */
	uint64_t found; /* with all that the truth says */
	uint64_t missed;
	uint64_t other; /* found, and something that is not there */
	uint64_t invisible; /* nothing in memory contradicts them */
	struct proof_causes causes;
};

#define PROOF_TEXT_MAX 512

struct proof_era {
	uint64_t histories, concurrent; /* legal ones; of them stopped in the middle */
	uint64_t false_alarms; /* histories with a corrupt finding */
	uint64_t transients; /* findings that only a stopped CPU explains */
	uint64_t model_defects; /* histories that the model itself did not survive */
	struct proof_cell cells[MODEL_FAULT_COUNT];
};

/* @arena, @history: in use while proof_run() runs; proof_abandon() gives them back. */
struct proof {
	struct proof_era eras[MODEL_ERAS];
	struct arena arena;
	struct history *history;
	uint64_t runs; /* of the checker */
	uint64_t why_nr;
	char why[PROOF_TEXT_MAX]; /* the first thing that went wrong, with its seed */
};

/**
 * struct proof_round - What to do.
 * @era:       in which
 * @seed:      the first history's; the others follow
 * @histories: how many
 * @operations: each up to so many
 * @faults:    planted one after the other in each history that is at rest, each on a fresh copy
 * @fault:     only this one, -1: any
 * @verbose:   print the truth of each fault, and what the checker reports; NULL: do not
 */
struct proof_round {
	enum model_era era;
	uint64_t seed;
	unsigned int histories, operations, faults;
	int fault;
	FILE *verbose;
};

/**
 * proof_run() - A round, added to @proof.
 *
 * Return: false when there is no memory for it.
 */
bool proof_run(struct proof *proof, const struct proof_round *round);

/** proof_abandon() - After a longjmp out of proof_run(). */
void proof_abandon(struct proof *proof);

/**
 * proof_causes_table() - How right causes are, by fault and era.
 * @json: one object a line for each fault and era, and one of type "causes" behind them
 *
 * Return: false when the first cause is right in fewer than 90 % of the faults that were found, or
 * certain in fewer than 99 % of the findings that say so.
 */
bool proof_causes_table(const struct proof *proof, FILE *out, bool json);

/** proof_holds() - Whether nothing went wrong. */
bool proof_holds(const struct proof *proof);

#endif
