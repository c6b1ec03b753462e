/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/proof.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/slub/census.h"
#include "model/proof_modes.h"
#include "model/proof_parts.h"

/* Legal histories. */

static void clean_judge(struct proof *proof, const struct proof_round *round, uint64_t seed,
			bool concurrent, const struct verdict *v)
{
	struct proof_era *era = &proof->eras[round->era];

	era->histories++;
	era->concurrent += concurrent;
	era->transients += v->transients;
	proof->eras[round->era].false_alarms += proof_alarm(proof, model_era(round->era)->name,
							    seed, concurrent ? ", stopped" : "", v);
}

/* A dump that lacks its first variables cannot be looked at. */
static void absent_judge(struct proof *proof, const struct proof_round *round, uint64_t seed,
			 bool concurrent, struct verdict *v)
{
	proof->eras[round->era].absent++;
	v->failed = false;
	proof->eras[round->era].false_alarms +=
		proof_alarm(proof, model_era(round->era)->name, seed,
			    concurrent ? ", stopped, pages absent" : ", pages absent", v);
}

static struct history *history_make(struct proof *proof, const struct proof_round *round,
				    uint64_t seed, bool concurrent)
{
	struct history_config config = { .era = model_era(round->era),
					 .seed = seed,
					 .operations = 1 + (unsigned int)(seed * 2654435761u %
									  round->operations),
					 .concurrent = concurrent };

	return proof->history = history_run(&config);
}

static void history_check(struct proof *proof, const struct proof_round *round, struct history *h,
			  uint64_t seed, bool concurrent)
{
	struct model *m = history_model(h);
	struct census *census;
	struct verdict v;

	proof_check(proof, m, 0, &v);
	clean_judge(proof, round, seed, concurrent, &v);
	/* Once more, with pages that are absent. */
	census = seed % 2 ? census_take(m, 0) : NULL;
	if (!census)
		return;
	pages_hide(m, census, 0, seed);
	proof_check(proof, m, 0, &v);
	model_absent_none(m);
	census_free(census);
	absent_judge(proof, round, seed, concurrent, &v);
}

/* Faults need a heap at rest: one that ended whole. */
static bool history_prove(struct proof *proof, const struct proof_round *round, uint64_t seed,
			  bool concurrent)
{
	struct history *h = history_make(proof, round, seed, concurrent);
	bool good = h != NULL;

	if (h && history_failed(h)) {
		proof->eras[round->era].model_defects++;
		proof_why(proof, "era %s, seed %" PRIu64 ": %s", model_era(round->era)->name, seed,
			  history_failed(h));
	} else if (h) {
		if (round->fault < 0)
			history_check(proof, round, h, seed, concurrent);
		for (unsigned int n = 1; good && !concurrent && n <= round->faults; n++)
			good = fault_prove(proof, round, h, seed, n);
	}
	history_free(h);
	proof->history = NULL;
	return good;
}

void proof_abandon(struct proof *proof)
{
	history_free(proof->history);
	proof->history = NULL;
	arena_free(&proof->arena);
}

bool proof_run(struct proof *proof, const struct proof_round *round)
{
	for (unsigned int i = 0; i < round->histories; i++) {
		uint64_t seed = round->seed + i;
		bool concurrent = round->fault < 0 && seed % 3 == 0;

		if (round->live) {
			if (!live_prove(proof, round, seed))
				return false;
			continue;
		}

		if (!history_prove(proof, round, seed, concurrent))
			return false;
	}
	return true;
}

bool proof_holds(const struct proof *proof)
{
	return !proof->why_nr;
}
