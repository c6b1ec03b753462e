/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab_proof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker/check.h"
#include "model/machine/machine.h"
#include "model/machine/random.h"
#include "model/proof_parts.h"
#include "model/slab_said.h"

/* What goes on around a fault. */
enum around { AROUND_REST, AROUND_STOPPED, AROUND_ABSENT, AROUNDS };

static const char *const around_names[AROUNDS] = { "rest", "stopped", "absent" };

/* One fault, and what the checker says. */
struct slab_trial {
	struct slab_proof *proof;
	const struct slab_proof_round *round;
	struct model *m;
	const struct slab_census *census; /* from before the fault */
	uint64_t seed;
	enum around around;
	enum slab_fault fault;
	struct slab_truth truth;
	struct verdict *verdict;
	bool told, locked;
};

/* Legal histories. */

/* A dump lacks pages: of memory, of the memmap, or the free ones. */
static void pages_hide(struct model *m, uint64_t seed)
{
	uint64_t kind = random_next(&seed) % 3, n = 2 + random_next(&seed) % 30;
	uint64_t bytes = m->frames * m->shape.page_bytes;

	for (uint64_t i = 0; kind == 0 && i < m->frames; i++)
		if (!(random_next(&seed) % n))
			model_absent(m, m->direct_map + (m->first_frame + i) * MODEL_PAGE);
	for (uint64_t at = 0; kind == 1 && at < bytes; at += MODEL_PAGE)
		if (!(random_next(&seed) % (n / 4 + 1)))
			model_absent(m, m->memmap + m->first_frame * m->shape.page_bytes + at);
	for (uint64_t i = 0; kind == 2 && i < m->frames; i++)
		if (!m->frame_state[i])
			model_absent(m, m->direct_map + (m->first_frame + i) * MODEL_PAGE);
}

static void history_check(struct slab_proof *proof, const struct slab_proof_round *round,
			  struct slab_history *h, uint64_t seed, struct verdict *v)
{
	struct slab_proof_era *era = &proof->eras[round->era];
	struct model *m = slab_history_model(h);
	bool concurrent = seed % 3 == 0;

	proof_check(proof->common, m, 0, v);
	era->histories++;
	era->concurrent += concurrent;
	era->transients += v->transients;
	proof->eras[round->era].false_alarms += proof_alarm(
		proof->common, slab_era(round->era)->name, seed, concurrent ? ", stopped" : "", v);
	if (seed % 2)
		return;
	pages_hide(m, seed);
	proof_check(proof->common, m, 0, v);
	model_absent_none(m);
	era->absent++;
	/* A dump that lacks its first variables cannot be looked at. */
	v->failed = false;
	proof->eras[round->era].false_alarms +=
		proof_alarm(proof->common, slab_era(round->era)->name, seed,
			    concurrent ? ", stopped, absent" : ", absent", v);
}

/* Faults. */

static bool id_in(const char *const ids[SLAB_TRUTH_IDS], enum finding_id id)
{
	for (int i = 0; i < SLAB_TRUTH_IDS && ids[i]; i++)
		if (!strcmp(ids[i], finding_info(id)->id))
			return true;
	return false;
}

/* Whether a finding is the fault: its id, and each place that both name. */
static bool is_it(const struct slab_truth *t, const struct finding *f)
{
	if (!id_in(t->must, f->id) || (t->cache && f->cache && f->cache != t->cache))
		return false;
	if (t->slab && f->has & FINDING_HAS_SLAB && f->slab != t->slab)
		return false;
	return !(t->array && f->has & FINDING_HAS_SHEAF && f->sheaf != t->array);
}

static void one_show(const struct slab_trial *trial)
{
	const struct check_options options = { .scan = true,
					       .verbose = true,
					       .out = trial->round->verbose };
	struct arena *arena = &trial->proof->common->arena;

	fprintf(trial->round->verbose,
		"era %s, seed %" PRIu64 ", %s, %s: cache 0x%" PRIx64 ", slab 0x%" PRIx64
		", array 0x%" PRIx64 "\n",
		slab_era(trial->round->era)->name, trial->seed, slab_fault_name(trial->fault),
		around_names[trial->around], trial->truth.cache, trial->truth.slab,
		trial->truth.array);
	arena_init(arena, PROOF_ARENA_LIMIT);
	check_run(model_target(trial->m), arena, &options);
	arena_free(arena);
}

/* How right the first cause is of the finding that is the fault. */
static void cause_score(const struct slab_trial *trial, const struct finding *f,
			struct proof_causes *causes)
{
	const char *first = cause_id(diagnosis_cause(f->diagnosis));
	const struct diagnosis *d = f->diagnosis;
	bool right = slab_fault_is_cause(trial->fault, first), listed = false;

	for (unsigned int i = 0; d && i < d->nr; i++)
		listed |= slab_fault_is_cause(trial->fault, cause_id(d->opinions[i].cause));
	causes->right += right;
	causes->listed += !right && listed;
	causes->silent += !right && !listed && !strcmp(first, "unknown");
	if (!right && !listed && strcmp(first, "unknown")) {
		causes->wrong++;
		causes->wrong_seed = trial->seed;
		snprintf(causes->wrong_said, sizeof(causes->wrong_said), "%s", first);
	}
	if (!d || !d->nr || d->opinions[0].certainty != CERTAINTY_CERTAIN)
		return;
	causes->certain_right += right;
	causes->certain_wrong += !right;
}

/* What findings say is held against the heap. */
static void said_score(const struct slab_trial *trial, struct slab_proof_cell *cell)
{
	char why[160];

	for (size_t i = 0; i < verdict_nr(trial->verdict); i++) {
		const struct finding *f = &trial->verdict->findings[i];

		cell->said++;
		if (slab_said_holds(trial->m, trial->census, trial->fault, f, why, sizeof(why)))
			continue;
		cell->untrue++;
		if (trial->proof->common->log)
			fprintf(trial->proof->common->log,
				"era %s, seed %" PRIu64 ", %s, %s: %s says what is not so: %s\n",
				slab_era(trial->round->era)->name, trial->seed,
				slab_fault_name(trial->fault), around_names[trial->around],
				finding_info(f->id)->id, why);
	}
}

/* What was found, and what should not have been. */
static void one_judge(const struct slab_trial *trial)
{
	const struct verdict *v = trial->verdict;
	struct slab_proof_cell *cell = &trial->proof->eras[trial->round->era].cells[trial->fault];
	const struct finding *other = NULL, *it = NULL;
	bool found = false, excused;

	for (size_t i = 0; i < verdict_nr(v); i++) {
		const struct finding *f = &v->findings[i];

		found |= is_it(&trial->truth, f);
		it = !it && is_it(&trial->truth, f) ? f : it;
		if (!id_in(trial->truth.must, f->id) && !id_in(trial->truth.may, f->id))
			other = other ? other : f;
	}
	/* Nobody knows where the CPUs were, or a lock is held under which such states come about. */
	excused = !found && ((v->transients && ((trial->truth.near && !trial->told) ||
						trial->around == AROUND_STOPPED)) ||
			     (trial->around == AROUND_ABSENT && v->verdict != VERDICT_CLEAN));
	if (trial->truth.hidden && !found && !other) {
		cell->hidden++;
		return;
	}
	if (it && trial->around == AROUND_REST)
		cause_score(trial, it, &cell->causes);
	said_score(trial, cell);
	cell->planted++;
	cell->found += found;
	cell->excused += excused;
	cell->missed += !found && !excused;
	cell->other += other != NULL;
	if (!found && !excused)
		proof_why(trial->proof->common, "era %s, seed %" PRIu64 ", %s, %s: missed%s%s",
			  slab_era(trial->round->era)->name, trial->seed,
			  slab_fault_name(trial->fault), around_names[trial->around],
			  v->nr_corrupt ? "; found is " : "",
			  v->nr_corrupt ? finding_info(v->findings[0].id)->id : "");
	if (other)
		proof_why(trial->proof->common, "era %s, seed %" PRIu64 ", %s, %s: also %s: %s",
			  slab_era(trial->round->era)->name, trial->seed,
			  slab_fault_name(trial->fault), around_names[trial->around],
			  finding_info(other->id)->id, other->message);
}

static void one_end(struct slab_trial *trial)
{
	proof_check(trial->proof->common, trial->m, 0, trial->verdict);
	one_judge(trial);
	if (trial->round->verbose)
		one_show(trial);
}

/* Any one that the era has; where the heap has no place for it, the next one. */
static bool fault_plant(struct slab_trial *trial, struct slab_census *census, unsigned int nth)
{
	uint64_t state = trial->seed * 64 + nth;
	unsigned int first = (unsigned int)(random_next(&state) % SLAB_FAULT_COUNT);
	int only = trial->round->fault;

	for (unsigned int i = 0; i < SLAB_FAULT_COUNT; i++) {
		trial->fault = only >= 0 ? (enum slab_fault)only
					 : (enum slab_fault)((first + i) % SLAB_FAULT_COUNT);
		if (slab_fault_applies(trial->m->own, trial->fault) &&
		    slab_fault_plant(census, trial->fault, trial->seed + nth, &trial->truth))
			return true;
		/* What was tried in vain may have left something. */
		if (!model_journal_back(trial->m) || only >= 0)
			return false;
	}
	return false;
}

/* An operation that another CPU is in the middle of. */
struct stop {
	struct model_task *task;
	uint64_t cache, object;
	unsigned int cpu;
	bool frees;
};

static void stop_run(struct model *m, void *ctx)
{
	struct stop *s = ctx;

	if (s->frees)
		slab_free_one(m, s->cpu, s->cache, s->object);
	else
		slab_alloc(m, s->cpu, s->cache, model_gfp_atomic(m), MODEL_ANY_NODE, &s->object);
}

static bool stop_begin(struct slab_trial *trial, struct slab_history *h, struct stop *s)
{
	uint64_t state = trial->seed, n = random_next(&state) % 200;

	*s = (struct stop){ .cpu = (unsigned int)(random_next(&state) % trial->m->nr_cpus),
			    .frees = random_next(&state) % 2 };
	while (n && !slab_history_allocated(h, n, &s->cache, &s->object))
		n /= 2;
	if (!slab_history_allocated(h, n, &s->cache, &s->object) || !s->cache)
		return false;
	s->task = model_task_new(trial->m, s->cpu, stop_run, s);
	if (!s->task)
		return false;
	model_task_run(s->task, 1 + random_next(&state) % 40);
	if (trial->told)
		model_cpu_note(trial->m, s->cpu, MODEL_TEXT + 0x200010);
	return true;
}

static void prove_around(struct slab_trial *trial, struct slab_history *h, unsigned int nth)
{
	struct stop stop = { NULL, 0, 0, 0, false };
	const struct model_change *changes;
	struct slab_census *census;
	size_t nr;

	if (trial->around == AROUND_STOPPED && !stop_begin(trial, h, &stop))
		return;
	trial->census = census = slab_census_take(trial->m);
	if (census) {
		changes = model_journal_changes(trial->m, &nr);
		slab_census_mark(census, changes, nr);
		model_journal_mark(trial->m);
	}
	if (census && fault_plant(trial, census, nth)) {
		if (trial->around == AROUND_ABSENT)
			pages_hide(trial->m, trial->seed + nth);
		one_end(trial);
		model_absent_none(trial->m);
	}
	slab_census_free(census);
	if (stop.task)
		model_task_end(stop.task);
}

static bool one_prove(struct slab_proof *proof, const struct slab_proof_round *round,
		      struct slab_history *h, uint64_t seed, unsigned int nth, struct verdict *v)
{
	struct slab_trial trial = { .proof = proof,
				    .round = round,
				    .m = slab_history_model(h),
				    .seed = seed,
				    .around = (enum around)((nth - 1) % AROUNDS),
				    .verdict = v,
				    .told = seed % 4 != 0 };

	if (!model_journal_start(trial.m))
		return false;
	prove_around(&trial, h, nth);
	return model_journal_undo(trial.m);
}

static bool history_prove(struct slab_proof *proof, const struct slab_proof_round *round,
			  uint64_t seed, bool concurrent, struct verdict *v)
{
	const struct slab_history_config config = {
		.era = slab_era(round->era),
		.seed = seed,
		.operations = 1 + (unsigned int)(seed * 2654435761u % round->operations),
		.concurrent = concurrent,
	};
	struct slab_history *h = proof->history = slab_history_run(&config);
	bool good = h != NULL;

	if (h && slab_history_failed(h)) {
		proof->eras[round->era].model_defects++;
		proof_why(proof->common, "era %s, seed %" PRIu64 ": %s", config.era->name, seed,
			  slab_history_failed(h));
	} else if (h) {
		if (seed % 4)
			slab_history_tell(h);
		if (round->fault < 0)
			history_check(proof, round, h, seed, v);
		for (unsigned int n = 1; good && !concurrent && n <= round->faults; n++)
			good = one_prove(proof, round, h, seed, n, v);
	}
	slab_history_free(h);
	proof->history = NULL;
	return good;
}

void slab_proof_abandon(struct slab_proof *proof)
{
	slab_history_free(proof->history);
	proof->history = NULL;
	free(proof->verdict);
	proof->verdict = NULL;
}

bool slab_proof_run(struct slab_proof *proof, const struct slab_proof_round *round)
{
	struct verdict *v = proof->verdict = malloc(sizeof(*v));
	bool good = v != NULL;

	for (unsigned int i = 0; good && i < round->histories; i++) {
		uint64_t seed = round->seed + i;

		good = history_prove(proof, round, seed, round->fault < 0 && seed % 3 == 0, v);
	}
	free(v);
	proof->verdict = NULL;
	return good;
}

struct slab_proof_cell slab_proof_sum(const struct slab_proof_era *era)
{
	struct slab_proof_cell sum = { 0 };

	for (int f = 0; f < SLAB_FAULT_COUNT; f++) {
		sum.planted += era->cells[f].planted;
		sum.found += era->cells[f].found;
		sum.excused += era->cells[f].excused;
		sum.missed += era->cells[f].missed;
		sum.other += era->cells[f].other;
		sum.hidden += era->cells[f].hidden;
	}
	return sum;
}

static void table_eras(const struct slab_proof *proof, FILE *out)
{
	fprintf(out, "%-12s %9s %8s %6s %8s %8s %8s %7s %6s\n", "ERA", "HISTORIES", "STOPPED",
		"FALSE", "FAULTS", "FOUND", "EXCUSED", "MISSED", "OTHER");
	for (int i = 0; i < SLAB_ERAS; i++) {
		const struct slab_proof_era *era = &proof->eras[i];
		struct slab_proof_cell sum = slab_proof_sum(era);

		if (!era->histories && !sum.planted)
			continue;
		fprintf(out,
			"%-12s %9" PRIu64 " %8" PRIu64 " %6" PRIu64 " %8" PRIu64 " %8" PRIu64
			" %8" PRIu64 " %7" PRIu64 " %6" PRIu64 "\n",
			slab_era((enum slab_era)i)->name, era->histories, era->concurrent,
			era->false_alarms, sum.planted, sum.found, sum.excused, sum.missed,
			sum.other);
	}
}

void slab_proof_table(const struct slab_proof *proof, FILE *out, bool faults)
{
	table_eras(proof, out);
	if (!faults)
		return;
	fprintf(out,
		"\nFound of planted, + excused, + what nothing that is looked at contradicts:\n%-18s",
		"FAULT");
	for (int i = 0; i < SLAB_ERAS; i++)
		fprintf(out, " %14s", slab_era((enum slab_era)i)->name);
	fputc('\n', out);
	for (int f = 0; f < SLAB_FAULT_COUNT; f++) {
		fprintf(out, "%-18s", slab_fault_name((enum slab_fault)f));
		for (int i = 0; i < SLAB_ERAS; i++) {
			const struct slab_proof_cell *c = &proof->eras[i].cells[f];
			char text[48];

			snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64 "+%" PRIu64 "+%" PRIu64,
				 c->found, c->planted - c->excused, c->excused, c->hidden);
			fprintf(out, " %14s", c->planted + c->hidden ? text : "-");
		}
		fputc('\n', out);
	}
}

bool slab_proof_causes(const struct slab_proof *proof, FILE *out)
{
	struct proof_causes sum = { 0 };
	double first, certain;
	bool holds;

	causes_head(out);
	for (int f = 0; f < SLAB_FAULT_COUNT; f++)
		for (int i = 0; i < SLAB_ERAS; i++) {
			const struct proof_causes *c = &proof->eras[i].cells[f].causes;

			if (!c->right && !c->listed && !c->wrong && !c->silent)
				continue;
			causes_add(&sum, c);
			causes_row(out, slab_fault_name((enum slab_fault)f),
				   slab_era((enum slab_era)i)->name, c);
		}
	causes_row(out, "all", "", &sum);
	holds = causes_hold(&sum, &first, &certain);
	fprintf(out, "first cause right: %.1f %%, certain and right: %.1f %%\n", first, certain);
	return holds;
}

bool slab_proof_untrue(const struct slab_proof *proof, FILE *out)
{
	uint64_t said = 0, untrue = 0;

	for (int i = 0; i < SLAB_ERAS; i++)
		for (int f = 0; f < SLAB_FAULT_COUNT; f++) {
			said += proof->eras[i].cells[f].said;
			untrue += proof->eras[i].cells[f].untrue;
		}
	fprintf(out, "%" PRIu64 " of %" PRIu64 " findings say something that is not so\n", untrue,
		said);
	return !untrue;
}
