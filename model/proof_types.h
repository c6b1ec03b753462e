/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_PROOF_TYPES_H
#define SLUBCHECK_MODEL_PROOF_TYPES_H
/* What a proof is asked to do, what it counts, and the tables of that. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "checker/image/arena.h"
#include "model/slub/era.h"
#include "model/slub/fault.h"
#include "model/slub/history.h"

/*
 * How right the diagnosis of faults that were found is: of each the first cause of its main finding is
 * in the truth's list, or a real one is listed behind it, or neither, or nothing is said. Certain
 * is counted over all corrupt findings.
 */
struct proof_causes {
	uint64_t right, listed, wrong, silent;
	uint64_t certain_right, certain_wrong;
	uint64_t wrong_seed, certain_seed; /* an example of each, at rest */
	char wrong_said[24], certain_said[24]; /* and what was said */
};

#define PROOF_UNTRUE_MAX 120

/*
 * What goes on around a fault. X(NAME, "name", "what")
 */
#define PROOF_MODES(X)                                                                \
	X(REST, "rest", "all CPUs at rest, all pages in the dump")                    \
	X(STOPPED, "stopped", "another CPU is stopped in the middle of an operation") \
	X(ABSENT, "absent", "the dump lacks pages")                                   \
	X(PAIR, "pair", "two faults: in two caches, two slabs of one, or one slab")

enum proof_mode {
#define X(name, id, text) PROOF_##name,
	PROOF_MODES(X)
#undef X
		PROOF_MODE_COUNT
};

/** proof_mode_name() - "rest", "stopped", ... */
const char *proof_mode_name(enum proof_mode mode);

/*
 * Faults, by what goes on around them. Excused are those that were not found where what goes on
 * explains it: the lock is held under which such states come about, the cache is unknown, the
 * other fault hides it.
 */
struct proof_tally {
	uint64_t faults, found, excused, missed, other, unseen;
};

/*
 * What became of planted faults of one kind in one era.
 *
 * Corrupt findings that were held against the heap, how many of them say something of a word, a place
 * or a number that is not so, and the first of that.
 */
struct proof_cell {
	uint64_t planted; /* those that can be seen */
	uint64_t found; /* with all that the truth says */
	uint64_t excused; /* not found, and what goes on around explains it */
	uint64_t missed;
	uint64_t other; /* found, and something that is not there */
	uint64_t invisible; /* nothing in memory contradicts them */
	uint64_t said, untrue, untrue_seed;
	enum proof_mode untrue_mode;
	char untrue_said[PROOF_UNTRUE_MAX];
	struct proof_causes causes;
};

#define PROOF_TEXT_MAX 512

/* A kernel that goes on while it is read: what was looked at, and how. */
struct proof_live {
	uint64_t looks, passes, retries;
	uint64_t objects, verified;
	uint64_t turns; /* that CPUs had between reads */
	uint64_t repaired,
		seen_once; /* faults that were taken back in the middle; of them not reported */
};

struct proof_era {
	struct proof_live live;
	uint64_t histories, concurrent; /* legal ones; of them stopped in the middle */
	uint64_t absent; /* looked at once more with pages that are absent */
	uint64_t false_alarms; /* histories with a corrupt finding */
	uint64_t transients; /* findings that only a stopped CPU explains */
	uint64_t model_defects; /* histories that the model itself did not survive */
	struct proof_tally modes[PROOF_MODE_COUNT];
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
	FILE *log; /* where all that goes wrong is written to; NULL: nowhere */
};

/**
 * struct proof_round - What to do.
 * @era:       in which
 * @seed:      the first history's; the others follow
 * @histories: how many
 * @operations: each up to so many
 * @faults:    planted one after the other in each history that is at rest, each on a fresh copy
 * @fault:     only this one, -1: any
 * @mode:      what goes on around faults, -1: one after the other
 * @live:      the kernel goes on while it is read
 * @verbose:   print the truth of each fault, and what the checker reports; NULL: do not
 */
struct proof_round {
	enum model_era era;
	uint64_t seed;
	unsigned int histories, operations, faults;
	int fault, mode;
	bool live;
	FILE *verbose;
};

/**
 * proof_causes_table() - How right causes are, by fault and era.
 * @json: one object a line for each fault and era, and one of type "causes" behind them
 *
 * Return: false when the first cause is right in fewer than 90 % of the faults that were found, or
 * certain in fewer than 99 % of the findings that say so.
 */
bool proof_causes_table(const struct proof *proof, FILE *out, bool json);

/** proof_untrue_table() - What is said and is not so, by fault and era. Return: false: something is. */
bool proof_untrue_table(const struct proof *proof, FILE *out);

#endif
