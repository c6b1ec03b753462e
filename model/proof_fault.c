/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults, and what goes on around them: one after the other in one heap, which is put back each time. */
#include <stdlib.h>
#include <string.h>

#include "model/machine/journal.h"
#include "model/proof_modes.h"
#include "model/proof_parts.h"

/* One of the faults that an era has, each as often as any other. */
static unsigned int fault_draw(model_features features, uint64_t seed)
{
	unsigned int nr = 0, fault = 0;

	for (unsigned int i = 0; i < MODEL_FAULT_COUNT; i++)
		nr += model_fault_applies(features, (enum model_fault)i);
	seed = (seed ^ seed >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	for (uint64_t left = (seed >> 32) % nr;; fault++)
		if (model_fault_applies(features, (enum model_fault)fault) && !left--)
			return fault;
}

/*
 * Any one that the era has; where the heap has no place for it, the next one. The fault is planted behind
 * the journal's mark.
 */
static bool fault_plant(struct trial *trial, const struct fault_aim *aim, int only,
			unsigned int nth, struct model_truth *truth, enum model_fault *fault)
{
	model_features features = model_era(trial->round->era)->features;
	unsigned int first = fault_draw(features, trial->seed * 64 + nth);

	for (unsigned int i = 0; i < MODEL_FAULT_COUNT; i++) {
		*fault = only >= 0 ? (enum model_fault)only
				   : (enum model_fault)((first + i) % MODEL_FAULT_COUNT);
		if (!model_fault_applies(features, *fault))
			continue;
		if (model_fault_plant(trial->m, trial->census, *fault, aim, trial->seed, truth))
			return true;
		/* What was tried in vain may have left something. */
		if (!model_journal_back(trial->m) || only >= 0)
			return false;
	}
	return false;
}

/* The heap as it is now, with what was stored to since @before marked as busy. */
static struct census *census_since(struct model *m, const struct census *before)
{
	struct census *census = census_take(m, 0);
	const struct model_change *changes;
	size_t nr;

	if (!census)
		return NULL;
	changes = model_journal_changes(m, &nr);
	census_compare(census, before, changes, nr);
	model_journal_mark(m);
	return census;
}

/* Look, judge, and hold what is said against the heap. */
static void trial_end(struct trial *trial, struct verdict *v)
{
	proof_check(trial->proof, trial->m, 0, v);
	trial->verdict = v;
	trial_judge(trial);
	if (trial->round->verbose)
		trial_show(trial);
	if (trial->mode == PROOF_REST)
		causes_score(trial);
	if (trial->mode == PROOF_REST || trial->mode == PROOF_STOPPED)
		truth_score(trial);
}

static void prove_at_rest(struct trial *trial, struct verdict *v, unsigned int nth)
{
	struct model_truth *truth = &trial->planted[0];

	trial->truth = truth;
	if (fault_plant(trial, NULL, trial->round->fault, nth, truth, &trial->fault))
		trial_end(trial, v);
}

static void prove_absent(struct trial *trial, struct verdict *v, unsigned int nth)
{
	struct model_truth *truth = &trial->planted[0];

	trial->truth = truth;
	if (!fault_plant(trial, NULL, trial->round->fault, nth, truth, &trial->fault))
		return;
	pages_hide(trial->m, trial->census, truth->slab, trial->seed);
	trial_end(trial, v);
	model_absent_none(trial->m);
}

static void prove_stopped(struct trial *trial, const struct history *h, struct verdict *v,
			  unsigned int nth, struct stop **stop)
{
	const struct census *rest = trial->census;
	struct model_truth *truth = &trial->planted[0];
	struct census *census;

	*stop = stop_begin(trial->m, h, trial->seed);
	if (!*stop)
		return;
	census = census_since(trial->m, rest);
	trial->truth = truth;
	trial->census = census;
	if (census && fault_plant(trial, NULL, trial->round->fault, nth, truth, &trial->fault)) {
		trial->locked = stop_holds_lock(trial->m, census, truth->cache);
		trial_end(trial, v);
	}
	census_free(census);
	trial->census = rest;
}

/* A fault that makes the checker doubt, or lose sight of, more than one slab. */
static bool is_wide(const struct model_truth *t)
{
	static const char *const wide[] = { "slab-lost",       "cache-unreadable", "cache-geometry",
					    "cache-list-link", "cache-random",	   "cache-percpu",
					    "slab-cache",      "cache-node",	   "cpu-offline" };

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (is_listed(t->must, MODEL_TRUTH_MUST, wide[i]) ||
		    is_listed(t->any, MODEL_TRUTH_MUST, wide[i]) ||
		    is_listed(t->may, MODEL_TRUTH_MAY, wide[i]))
			return true;
	return false;
}

/* Faults that are made by running the allocator, which would run into another one's damage. */
static bool runs_kernel(enum model_fault fault)
{
	static const enum model_fault runs[] = {
		MODEL_FAULT_DOUBLE_FREE,       MODEL_FAULT_TWO_LISTS,
		MODEL_FAULT_WRONG_CACHE_FREE,  MODEL_FAULT_WRONG_CACHE_FREE_NATURAL,
		MODEL_FAULT_SHEAF_DOUBLE_FREE, MODEL_FAULT_CACHE_ORPHAN,
		MODEL_FAULT_INNER_FREE,	       MODEL_FAULT_FREE_IN_A_ROW,
		MODEL_FAULT_FREE_REFUSED,      MODEL_FAULT_FREE_ON_CPU,
		MODEL_FAULT_HANDED_OUT_TWICE,  MODEL_FAULT_FLUSHED_TWICE,
	};

	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		if (runs[i] == fault)
			return true;
	return false;
}

static struct fault_aim aim_beside(const struct model_truth *t, uint64_t seed)
{
	switch (seed % 3) {
	case 0:
		return (struct fault_aim){ .cache = t->cache, .not_it = true };
	case 1:
		return (struct fault_aim){ .cache = t->cache };
	default:
		return (struct fault_aim){ .slab = t->slab, .cache = t->slab ? 0 : t->cache };
	}
}

/*
 * Whether a fault takes away what led to another one: a slab that names another cache has no objects to
 * tell of, and a CPU that names another slab leads to none of its own.
 */
static bool hides(const struct model_truth *t, enum model_fault fault,
		  const struct model_truth *other)
{
	if (fault == MODEL_FAULT_CPU_SLAB_PAGE)
		return t->cache == other->cache;
	return t->slab == other->slab && is_listed(t->must, MODEL_TRUTH_MUST, "slab-cache");
}

static void prove_pair(struct trial *trial, struct verdict *v, unsigned int nth)
{
	const struct census *rest = trial->census;
	struct model_truth *first = &trial->planted[0], *second = &trial->planted[1];
	enum model_fault other;
	struct census *census;
	struct fault_aim aim;

	if (!fault_plant(trial, NULL, trial->round->fault, nth, first, &trial->fault))
		return;
	aim = aim_beside(first, trial->seed);
	/* A slab that names another cache has no objects to tell of. */
	if (aim.slab && is_listed(first->must, MODEL_TRUTH_MUST, "slab-cache"))
		aim = (struct fault_aim){ .cache = first->cache, .not_it = true };
	census = census_since(trial->m, rest);
	trial->census = census;
	trial->truth = first;
	trial->also = second;
	if (census && fault_plant(trial, &aim, -1, nth + 17, second, &other) &&
	    !runs_kernel(other) && !hides(second, other, first)) {
		/* Of a page that is overwritten there are more findings than are kept. */
		trial->apart = !aim.slab && !is_wide(first) && !is_wide(second) &&
			       trial->fault != MODEL_FAULT_PAGE_OVERWRITE &&
			       other != MODEL_FAULT_PAGE_OVERWRITE;
		trial_end(trial, v);
	}
	census_free(census);
	trial->census = rest;
}

bool fault_prove(struct proof *proof, const struct proof_round *round, struct history *h,
		 uint64_t seed, unsigned int nth)
{
	struct census *census = census_take(history_model(h), 0);
	struct verdict *v = malloc(sizeof(*v));
	struct trial trial = { .proof = proof,
			       .round = round,
			       .m = history_model(h),
			       .census = census,
			       .seed = seed,
			       .mode = round->mode >= 0 ? (enum proof_mode)round->mode
							: (nth - 1) % PROOF_MODE_COUNT };
	struct stop *stop = NULL;
	bool good = census && v && model_journal_start(trial.m);

	if (good && trial.mode == PROOF_REST)
		prove_at_rest(&trial, v, nth);
	else if (good && trial.mode == PROOF_STOPPED)
		prove_stopped(&trial, h, v, nth, &stop);
	else if (good && trial.mode == PROOF_ABSENT)
		prove_absent(&trial, v, nth);
	else if (good)
		prove_pair(&trial, v, nth);
	good = good && model_journal_undo(trial.m);
	stop_end(stop);
	census_free(census);
	free(v);
	return good;
}
