/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/proof.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/census.h"
#include "model/journal.h"
#include "model/proof_parts.h"

#define ARENA_LIMIT ((size_t)256 << 20)

static void finding_take(void *ctx, const struct finding *finding)
{
	struct verdict *v = ctx;

	if (finding->severity == SEVERITY_TRANSIENT)
		v->transients++;
	if (finding->severity != SEVERITY_CORRUPT)
		return;
	if (v->nr_corrupt < FINDINGS_MAX) {
		struct finding *kept = &v->findings[v->nr_corrupt];

		*kept = *finding;
		if (finding->diagnosis) {
			v->diagnoses[v->nr_corrupt] = *finding->diagnosis;
			kept->diagnosis = &v->diagnoses[v->nr_corrupt];
		}
		snprintf(v->names[v->nr_corrupt], sizeof(v->names[0]), "%s",
			 kept->cache_name ? kept->cache_name : "no cache");
		kept->cache_name = v->names[v->nr_corrupt];
	}
	v->nr_corrupt++;
}

static void check(struct proof *proof, struct target *target, bool scan, struct verdict *v)
{
	struct check_options options = {
		.format = CHECK_CALLBACK, .scan = scan, .finding = finding_take, .finding_ctx = v
	};
	struct check_result result;

	memset(v, 0, sizeof(*v));
	arena_init(&proof->arena, ARENA_LIMIT);
	result = check_run(target, &proof->arena, &options);
	v->failed = result.failed;
	arena_free(&proof->arena);
	proof->runs++;
}

void proof_why(struct proof *proof, const char *format, ...)
{
	va_list args;

	if (proof->why_nr++)
		return;
	va_start(args, format);
	vsnprintf(proof->why, sizeof(proof->why), format, args);
	va_end(args);
}

/* Legal histories. */

static void clean_judge(struct proof *proof, const struct proof_round *round, uint64_t seed,
			bool concurrent, const struct verdict *v)
{
	struct proof_era *era = &proof->eras[round->era];
	const struct finding *f = &v->findings[0];

	era->histories++;
	era->concurrent += concurrent;
	era->transients += v->transients;
	if (!v->nr_corrupt && !v->failed)
		return;
	era->false_alarms++;
	if (v->failed)
		proof_why(proof, "era %s, seed %" PRIu64 ": the checker gives up",
			  model_era(round->era)->name, seed);
	else
		proof_why(proof, "era %s, seed %" PRIu64 "%s: %s in %s: %s",
			  model_era(round->era)->name, seed, concurrent ? ", stopped" : "",
			  finding_info(f->id)->id, f->cache_name, f->message);
}

/* Faults. */

bool is_listed(const char *const *ids, size_t max, const char *id)
{
	for (size_t i = 0; i < max && ids[i]; i++)
		if (!strcmp(ids[i], id))
			return true;
	return false;
}

bool is_fault(const struct finding *f, const struct model_truth *t, const char *id)
{
	if (strcmp(finding_info(f->id)->id, id))
		return false;
	if (t->cache && f->cache != t->cache)
		return false;
	if (t->slab && f->has & FINDING_HAS_SLAB && f->slab != t->slab)
		return false;
	if (t->object && f->has & FINDING_HAS_OBJECT && f->object != t->object)
		return false;
	if (t->slot && f->has & FINDING_HAS_SLOT && f->slot != t->slot)
		return false;
	if (t->sheaf && f->has & FINDING_HAS_SHEAF && f->sheaf != t->sheaf)
		return false;
	return true;
}

static bool is_met(const struct verdict *v, const struct model_truth *t, const char *id)
{
	for (size_t i = 0; i < v->nr_corrupt && i < FINDINGS_MAX; i++)
		if (is_fault(&v->findings[i], t, id))
			return true;
	return false;
}

static bool any_is_met(const struct verdict *v, const struct model_truth *t)
{
	if (!t->any[0])
		return true;
	for (size_t i = 0; i < MODEL_TRUTH_MUST && t->any[i]; i++)
		if (is_met(v, t, t->any[i]))
			return true;
	return false;
}

/* What had to be found and was not, or NULL. */
static const char *missed(const struct verdict *v, const struct model_truth *t)
{
	for (size_t i = 0; i < MODEL_TRUTH_MUST && t->must[i]; i++)
		if (!is_met(v, t, t->must[i]))
			return t->must[i];
	return any_is_met(v, t) ? NULL : t->any[0];
}

static const struct finding *stranger(const struct verdict *v, const struct model_truth *t)
{
	for (size_t i = 0; i < v->nr_corrupt && i < FINDINGS_MAX; i++) {
		const char *id = finding_info(v->findings[i].id)->id;

		if (!is_listed(t->must, MODEL_TRUTH_MUST, id) &&
		    !is_listed(t->any, MODEL_TRUTH_MUST, id) &&
		    !is_listed(t->may, MODEL_TRUTH_MAY, id))
			return &v->findings[i];
	}
	return NULL;
}

static void why_missed(struct proof *proof, const char *where, const struct model_truth *t,
		       const struct verdict *v, const char *id)
{
	proof_why(proof,
		  "%s: fault %s on %s of %s, slab 0x%" PRIx64 " object %d slot 0x%" PRIx64
		  " 0x%" PRIx64 " -> 0x%" PRIx64 ": no %s, but %s: %s",
		  where, t->fault, t->place, t->cache_name, t->slab, t->object_index, t->slot,
		  t->before, t->now, id,
		  v->nr_corrupt ? finding_info(v->findings[0].id)->id : "nothing",
		  v->nr_corrupt ? v->findings[0].message : "-");
}

static void fault_judge(const struct trial *trial)
{
	struct proof *proof = trial->proof;
	struct proof_cell *cell = &proof->eras[trial->round->era].cells[trial->fault];
	const struct model_truth *t = trial->truth;
	const struct verdict *v = trial->verdict;
	const struct finding *other = stranger(v, t);
	const char *id = t->invisible ? NULL : missed(v, t);
	char where[64];

	snprintf(where, sizeof(where), "era %s, seed %" PRIu64, model_era(trial->round->era)->name,
		 trial->seed);
	cell->invisible += t->invisible;
	cell->planted += !t->invisible;
	if (id) {
		cell->missed++;
		why_missed(proof, where, t, v, id);
	} else if (other) {
		cell->other++;
		proof_why(proof,
			  "%s: fault %s on %s of %s, slot 0x%" PRIx64 ": beside it %s in %s: %s",
			  where, t->fault, t->place, t->cache_name, t->slot,
			  finding_info(other->id)->id, other->cache_name, other->message);
	} else if (!t->invisible) {
		cell->found++;
	}
	causes_score(trial);
}

/* What was done, and the whole report. */
static void trial_show(struct proof *proof, const struct trial *trial, struct target *target)
{
	struct check_options options = {
		.format = CHECK_TEXT, .scan = true, .verbose = true, .out = trial->round->verbose
	};
	const struct model_truth *t = trial->truth;
	FILE *out = trial->round->verbose;

	fprintf(out,
		"== era %s, seed %" PRIu64 ": %s on %s of %s, cpu %d, node %d\n"
		"== slab 0x%" PRIx64 " object %d (0x%" PRIx64 ") slot 0x%" PRIx64 "\n"
		"== stored at 0x%" PRIx64 ": 0x%" PRIx64 " -> 0x%" PRIx64 "\n== %s:",
		model_era(trial->round->era)->name, trial->seed, t->fault, t->place, t->cache_name,
		t->cpu, t->node, t->slab, t->object_index, t->object, t->slot, t->written,
		t->before, t->now, t->invisible ? t->why_invisible : "causes");
	for (unsigned int i = 0; i < MODEL_TRUTH_CAUSES && t->causes[i]; i++)
		fprintf(out, "%s%s", i == t->nr_real ? "; also " : " ", t->causes[i]);
	fputc('\n', out);
	arena_init(&proof->arena, ARENA_LIMIT);
	check_run(target, &proof->arena, &options);
	arena_free(&proof->arena);
}

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

/* Any one that the era has; where the heap has no place for it, the next one. */
static bool fault_plant(struct model *m, const struct proof_round *round, uint64_t seed,
			unsigned int n, enum model_fault *fault, struct model_truth *truth)
{
	struct census *census = census_take(m, 0);
	unsigned int first = fault_draw(model_era(round->era)->features, seed * 64 + n);
	bool planted = false;

	for (unsigned int i = 0; census && !planted && i < MODEL_FAULT_COUNT; i++) {
		*fault = round->fault >= 0 ? (enum model_fault)round->fault
					   : (enum model_fault)((first + i) % MODEL_FAULT_COUNT);
		if (!model_fault_applies(model_era(round->era)->features, *fault))
			continue;
		memset(truth, 0, sizeof(*truth));
		planted = model_fault_plant(m, census, *fault, seed, truth);
		/* What was tried in vain may have left something. */
		if (!planted && !model_journal_undo(m))
			break;
		if (round->fault >= 0)
			break;
	}
	census_free(census);
	return planted;
}

/* One fault in a heap that is as it was afterwards. False: the heap is of no use any more. */
static bool fault_prove(struct proof *proof, const struct proof_round *round, struct history *h,
			uint64_t seed, unsigned int nth)
{
	struct model *m = history_model(h);
	struct model_truth truth;
	struct verdict v;
	struct trial trial = {
		.proof = proof, .round = round, .seed = seed, .truth = &truth, .verdict = &v
	};

	if (!model_journal_start(m))
		return false;
	if (fault_plant(m, round, seed, nth, &trial.fault, &truth)) {
		check(proof, model_target(m), true, &v);
		fault_judge(&trial);
		if (round->verbose)
			trial_show(proof, &trial, model_target(m));
	}
	return model_journal_undo(m);
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
	struct verdict v;

	check(proof, model_target(history_model(h)), true, &v);
	clean_judge(proof, round, seed, concurrent, &v);
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
		bool concurrent = round->fault < 0 && i % 3 == 2;

		if (!history_prove(proof, round, seed, concurrent))
			return false;
	}
	return true;
}

bool proof_holds(const struct proof *proof)
{
	return !proof->why_nr;
}
