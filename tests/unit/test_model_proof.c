/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tests/model/prove found in the checker: each history and each fault stays right. And what
 * --selftest, the tables of causes and of untrue words say of a round. And the proof itself: a miss,
 * a false finding and an untrue word do not go unnoticed.
 */
#include <stdlib.h>
#include <string.h>

#include "model/proof.h"
#include "model/proof_parts.h"
#include "model/selftest.h"
#include "model/slab_proof.h"
#include "model/machine/journal.h"
#include "tests/unit/rig.h"

/* As of the options of prove: -e -s, and -f -m for a fault. */
struct found {
	enum model_era era;
	uint64_t seed;
	int fault; /* -1: the history alone */
	enum proof_mode mode;
};

static const struct found all[] = {
	/* A CPU that gives its slab back still has it when another one has taken it. */
	{ MODEL_ERA_3_13, 30885, -1, PROOF_REST },
	/* The lists that tell what is being given back are not in the dump. */
	{ MODEL_ERA_4_19, 21957, -1, PROOF_REST },
	{ MODEL_ERA_4_19, 40311, -1, PROOF_REST },
	/* The slab of a freelist that a CPU is letting go of is not in the dump. */
	{ MODEL_ERA_6_12, 1059, -1, PROOF_REST },
	/* slab_caches breaks off before the cache that kmem_cache_nodes are of. */
	{ MODEL_ERA_4_19, 113, -1, PROOF_REST },
	{ MODEL_ERA_4_19, 233, -1, PROOF_REST },
	/* list_add() has told the entry behind, and the new one still has what was there before. */
	{ MODEL_ERA_6_1, 41877, -1, PROOF_REST },
	{ MODEL_ERA_6_12, 23103, -1, PROOF_REST },
	{ MODEL_ERA_6_12, 29745, -1, PROOF_REST },
	{ MODEL_ERA_7_2, 4755, -1, PROOF_REST },
	/* init_on_free has wiped a track and orig_size, and the object is not on a list yet. */
	{ MODEL_ERA_7_2, 41715, -1, PROOF_REST },
	/* The memory of a full slab of a debug cache is not in the dump. */
	{ MODEL_ERA_3_13, 215, MODEL_FAULT_PADDING_SLAB, PROOF_ABSENT },
	{ MODEL_ERA_5_10, 209, MODEL_FAULT_REDZONE_LEFT, PROOF_ABSENT },
	/* The same of what init_on_free cleared. */
	{ MODEL_ERA_6_1, 18551, MODEL_FAULT_INIT_ON_FREE, PROOF_ABSENT },
};

START_TEST(found_once)
{
	struct proof *proof = calloc(1, sizeof(*proof));

	ck_assert_ptr_nonnull(proof);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct proof_round round = { .era = all[i].era,
						   .seed = all[i].seed,
						   .histories = 1,
						   .operations = 600,
						   .faults = all[i].fault >= 0,
						   .fault = all[i].fault,
						   .mode = all[i].mode };

		ck_assert(proof_run(proof, &round));
		unit_check(proof_holds(proof), "%s", proof->why);
		if (all[i].fault >= 0)
			ck_assert_uint_eq(proof->eras[all[i].era].modes[all[i].mode].faults, 1);
		else
			ck_assert_uint_gt(proof->eras[all[i].era].histories, 0);
	}
	free(proof);
}
END_TEST

/* SLAB: in each era what is legal is clean, and a fault is found, and nothing else. */
START_TEST(slab_rounds)
{
	struct proof *common = calloc(1, sizeof(*common));
	struct slab_proof *proof = calloc(1, sizeof(*proof));

	ck_assert(common && proof);
	proof->common = common;
	for (int i = 0; i < SLAB_ERAS; i++) {
		const struct slab_proof_round round = { .era = (enum slab_era)i,
							.seed = 1,
							.histories = 12,
							.operations = 600,
							.faults = 4,
							.fault = -1 };
		struct slab_proof_cell sum;

		ck_assert(slab_proof_run(proof, &round));
		unit_check(!common->why_nr, "%s", common->why);
		sum = slab_proof_sum(&proof->eras[i]);
		ck_assert_uint_gt(sum.found, 8);
		ck_assert_uint_eq(sum.missed + sum.other, 0);
		ck_assert_uint_eq(proof->eras[i].false_alarms, 0);
	}
	free(proof);
	free(common);
}
END_TEST

/* Kernels that go on while they are read: what is legal is clean, a fault is found, and one that is taken
 * back in the middle is not reported. And enough of each was verified, by several passes. */
START_TEST(live_kernels)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	uint64_t faults = 0, repaired = 0, passes = 0, looks = 0;

	ck_assert_ptr_nonnull(proof);
	for (int era = 0; era < MODEL_ERAS; era++) {
		const struct proof_round round = { .era = (enum model_era)era,
						   .seed = 1,
						   .histories = 6,
						   .operations = 300,
						   .faults = 1,
						   .fault = -1,
						   .mode = -1,
						   .live = true };
		const struct proof_live *live = &proof->eras[era].live;

		ck_assert(proof_run(proof, &round));
		unit_check(proof_holds(proof), "%s", proof->why);
		passes += live->passes;
		looks += live->looks;
		ck_assert_uint_gt(live->verified, live->objects / 2);
		ck_assert_uint_gt(live->retries, 0);
		repaired += live->repaired;
		for (int f = 0; f < MODEL_FAULT_COUNT; f++)
			faults += proof->eras[era].cells[f].found;
	}
	ck_assert_uint_gt(passes, looks);
	ck_assert_uint_gt(faults, 0);
	ck_assert_uint_gt(repaired, 0);
	free(proof);
}
END_TEST

static uint64_t untrue_said(const struct proof *proof)
{
	uint64_t untrue = 0;

	for (int i = 0; i < MODEL_ERAS; i++)
		for (int f = 0; f < MODEL_FAULT_COUNT; f++)
			untrue += proof->eras[i].cells[f].untrue;
	return untrue;
}

/* In every era, whatever goes on around a fault: nothing is missed, and nothing found that is not there. */
START_TEST(every_mode)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	char *shown = NULL, *table = NULL;
	FILE *out;
	size_t size;

	ck_assert_ptr_nonnull(proof);
	out = open_memstream(&shown, &size);
	for (int era = 0; era < MODEL_ERAS; era++) {
		const struct proof_round round = { .era = (enum model_era)era,
						   .seed = 7,
						   .histories = 3,
						   .operations = 400,
						   .faults = 3 * PROOF_MODE_COUNT,
						   .fault = -1,
						   .mode = -1,
						   .verbose = era == MODEL_ERA_6_12 ? out : NULL };

		ck_assert(proof_run(proof, &round));
		unit_check(proof_holds(proof), "%s", proof->why);
		for (int mode = 0; mode < PROOF_MODE_COUNT; mode++) {
			const struct proof_tally *t = &proof->eras[era].modes[mode];

			unit_check(t->faults > 0, "era %d: %s", era,
				   proof_mode_name((enum proof_mode)mode));
			unit_check_eq(t->found + t->excused + t->unseen, t->faults);
			unit_check_eq(t->missed + t->other, 0);
		}
	}
	fclose(out);
	/* Each fault that was planted is shown, with what the checker reports. */
	ck_assert_ptr_nonnull(strstr(shown, "== era 6.12, seed 7: "));
	ck_assert_ptr_nonnull(strstr(shown, "\n== stores: 0x"));
	ck_assert_ptr_nonnull(strstr(shown, "CORRUPT: "));
	free(shown);
	out = open_memstream(&table, &size);
	selftest_table(proof, out, true);
	unit_check(proof_untrue_table(proof, out) == (untrue_said(proof) == 0), "untrue words");
	proof_causes_table(proof, out, false);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(table, "Found of planted, + those that nothing in memory"));
	ck_assert_ptr_nonnull(strstr(table, " findings say something that is not so\n"));
	free(table);
	free(proof);
}
END_TEST

/* A trial of the proof by hand: a fault in a heap, and what the checker says of it. */
struct tried {
	struct proof *proof;
	struct history *h;
	struct census *census;
	struct verdict *verdict;
	struct proof_round round;
	struct trial trial;
};

static void tried_begin(struct tried *t, enum model_era era, uint64_t seed)
{
	const struct history_config config = { .era = model_era(era),
					       .seed = seed,
					       .operations = 300 };

	*t = (struct tried){ .proof = calloc(1, sizeof(*t->proof)),
			     .h = history_run(&config),
			     .verdict = calloc(1, sizeof(*t->verdict)),
			     .round = { .era = era, .fault = -1, .mode = -1 } };
	ck_assert(t->proof && t->h && t->verdict && !history_failed(t->h));
	t->census = census_take(history_model(t->h), 0);
	ck_assert_ptr_nonnull(t->census);
	ck_assert(model_journal_start(history_model(t->h)));
	t->trial = (struct trial){ .proof = t->proof,
				   .round = &t->round,
				   .m = history_model(t->h),
				   .census = t->census,
				   .seed = seed,
				   .mode = PROOF_REST,
				   .verdict = t->verdict };
	t->trial.truth = &t->trial.planted[0];
}

/* False: the heap has no place for it. */
static bool tried_plant(struct tried *t, enum model_fault fault)
{
	ck_assert(model_journal_undo(t->trial.m));
	memset(t->proof, 0, sizeof(*t->proof));
	t->trial.fault = fault;
	if (!model_fault_applies(model_era(t->round.era)->features, fault) ||
	    !model_fault_plant(t->trial.m, t->census, fault, NULL, t->trial.seed,
			       &t->trial.planted[0]))
		return false;
	proof_check(t->proof, t->trial.m, 0, t->verdict);
	return true;
}

static void tried_end(struct tried *t)
{
	census_free(t->census);
	history_free(t->h);
	free(t->verdict);
	free(t->proof);
}

/* What the checker said is taken back, or something is added to it. */
START_TEST(proof_notices)
{
	struct verdict *nothing = calloc(1, sizeof(*nothing));

	ck_assert_ptr_nonnull(nothing);
	for (int era = 0; era < MODEL_ERAS; era++) {
		struct tried t;

		tried_begin(&t, (enum model_era)era, 5);
		for (int f = 0; f < MODEL_FAULT_COUNT; f++) {
			struct proof_cell *cell = &t.proof->eras[era].cells[f];

			if (!tried_plant(&t, (enum model_fault)f) || t.trial.planted[0].invisible)
				continue;
			trial_judge(&t.trial);
			unit_check(cell->found == 1 && proof_holds(t.proof), "%s", t.proof->why);
			t.trial.verdict = nothing;
			trial_judge(&t.trial);
			t.trial.verdict = t.verdict;
			unit_check_eq(cell->missed, 1);
			unit_check(!proof_holds(t.proof), "a miss");
			unit_check_eq(t.verdict->nr_corrupt < FINDINGS_MAX, 1);
			/* Nothing that is planted explains what a CPU's exception tells. */
			t.verdict->findings[t.verdict->nr_corrupt++] =
				(struct finding){ .id = FINDING_ALLOCATOR_TRAP };
			trial_judge(&t.trial);
			unit_check_eq(cell->other, 1);
			unit_check_eq(cell->planted, cell->found + cell->missed + cell->other);
		}
		tried_end(&t);
	}
	free(nothing);
}
END_TEST

/* Ways to make a finding say what is not so; false: it does not say such a thing. */
static bool lie_raw(struct finding *f)
{
	f->raw ^= 0x40;
	return f->has & FINDING_HAS_RAW && f->has & FINDING_HAS_SLOT;
}

static bool lie_node(struct finding *f)
{
	f->node++;
	return f->place == PLACE_NODE_PARTIAL;
}

static bool lie_cpu(struct finding *f)
{
	f->cpu++;
	return f->place == PLACE_CPU_FREELIST || f->place == PLACE_CPU_SLAB;
}

static bool lie_object(struct finding *f)
{
	f->object_index++;
	return f->has & FINDING_HAS_OBJECT;
}

static bool lie_hop(struct finding *f)
{
	f->hop += 3;
	return f->has & FINDING_HAS_HOP;
}

static bool lie_neighbour(struct finding *f)
{
	bool has = f->has & FINDING_HAS_OBJECT &&
		   (f->left == OBJECT_FREE || f->left == OBJECT_ALLOCATED);

	f->left = f->left == OBJECT_FREE ? OBJECT_ALLOCATED : OBJECT_FREE;
	return has;
}

static bool lie_number(struct finding *f)
{
	snprintf(f->message, sizeof(f->message), "there are 7919 of them");
	return true;
}

static bool lie_address(struct finding *f)
{
	snprintf(f->message, sizeof(f->message), "points to 0xffff123456789abc");
	return true;
}

static const struct {
	const char *name;
	bool (*tell)(struct finding *f);
} lies[] = {
	{ "raw", lie_raw },	  { "node", lie_node },	      { "cpu", lie_cpu },
	{ "object", lie_object }, { "hop", lie_hop },	      { "neighbour", lie_neighbour },
	{ "number", lie_number }, { "address", lie_address },
};

/* How many of the lies of a kind are found out; of how many. */
static void lie_try(struct tried *t, struct verdict *lied, size_t kind, unsigned int *told,
		    unsigned int *found)
{
	struct proof_cell *cell = &t->proof->eras[t->round.era].cells[t->trial.fault];
	uint64_t untrue = cell->untrue;

	*lied = *t->verdict;
	if (!lied->nr_corrupt || !lies[kind].tell(&lied->findings[0]))
		return;
	t->trial.verdict = lied;
	truth_score(&t->trial);
	t->trial.verdict = t->verdict;
	++*told;
	*found += cell->untrue > untrue;
}

/* What findings say is held against the heap: of what is made up most is found out. */
START_TEST(untrue_noticed)
{
	unsigned int told[UNIT_COUNT(lies)] = { 0 }, found[UNIT_COUNT(lies)] = { 0 };
	struct verdict *lied = malloc(sizeof(*lied));

	ck_assert_ptr_nonnull(lied);
	for (int era = 0; era < MODEL_ERAS; era++) {
		struct tried t;

		tried_begin(&t, (enum model_era)era, 11);
		for (int f = 0; f < MODEL_FAULT_COUNT; f++) {
			if (!tried_plant(&t, (enum model_fault)f))
				continue;
			/* Of what is untrue already nothing can be learned. */
			truth_score(&t.trial);
			if (t.proof->eras[era].cells[f].untrue)
				continue;
			for (size_t kind = 0; kind < UNIT_COUNT(lies); kind++)
				lie_try(&t, lied, kind, &told[kind], &found[kind]);
		}
		tried_end(&t);
	}
	for (size_t kind = 0; kind < UNIT_COUNT(lies); kind++)
		unit_check(told[kind] > 20 && found[kind] * 4 >= told[kind] * 3,
			   "%s: %u of %u found out", lies[kind].name, found[kind], told[kind]);
	free(lied);
}
END_TEST

/* What a function prints; the caller frees it. */
static char *round_text(struct selftest test, struct selftest_proofs *proofs,
			enum selftest_end *end)
{
	char *text = NULL;
	size_t size;

	test.out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(test.out);
	*end = selftest_run(&test, proofs);
	fclose(test.out);
	return text;
}

static bool at_once(void *ctx)
{
	++*(unsigned int *)ctx;
	return true;
}

/* One round of all eras, with faults in all of them, and what is said of it adds up. */
START_TEST(selftest_round)
{
	struct selftest_proofs *proofs = calloc(1, sizeof(*proofs));
	struct proof *proof = &proofs->slub;
	enum selftest_end end;
	char *text, *causes = NULL, *untrue = NULL;
	FILE *out;
	size_t size;

	ck_assert_ptr_nonnull(proofs);
	text = round_text((struct selftest){ .seed = 1, .json = true }, proofs, &end);
	ck_assert_msg(end == SELFTEST_HOLDS, "%s", proof->why);
	ck_assert_ptr_nonnull(
		strstr(text, "\"type\":\"selftest\",\"holds\":true,\"interrupted\":false"));
	for (int i = 0; i < MODEL_ERAS; i++) {
		const struct proof_era *era = &proof->eras[i];
		uint64_t planted = 0, around = 0;

		unit_check(strstr(text, model_era((enum model_era)i)->name), "era %d", i);
		unit_check_eq(era->histories, 3);
		for (int f = 0; f < MODEL_FAULT_COUNT; f++)
			planted += era->cells[f].planted + era->cells[f].invisible;
		for (int mode = 0; mode < PROOF_MODE_COUNT; mode++)
			around += era->modes[mode].faults;
		unit_check(planted > 0, "faults in era %d", i);
		unit_check_eq(planted, around);
	}
	for (int i = 0; i < SLAB_ERAS; i++) {
		const struct slab_proof_era *era = &proofs->slab.eras[i];
		struct slab_proof_cell sum = slab_proof_sum(era);

		unit_check(strstr(text, slab_era((enum slab_era)i)->name), "SLAB era %d", i);
		unit_check_eq(era->histories, 3);
		unit_check(sum.found > 0, "faults in SLAB era %d", i);
		unit_check_eq(sum.found + sum.excused, sum.planted);
	}
	free(text);
	/* What findings said that is not so is listed; and causes were judged. */
	out = open_memstream(&untrue, &size);
	unit_check(proof_untrue_table(proof, out) == (untrue_said(proof) == 0), "untrue words");
	fclose(out);
	out = open_memstream(&causes, &size);
	proof_causes_table(proof, out, true);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(causes, "\"type\":\"causes\""));
	free(untrue);
	free(causes);
	free(proofs);
}
END_TEST

/* Whoever waits can stop it after an era; what was checked until then is said. */
START_TEST(selftest_stopped)
{
	struct selftest_proofs *proofs = calloc(1, sizeof(*proofs));
	struct proof *proof = &proofs->slub;
	unsigned int asked = 0;
	enum selftest_end end;
	char *text;

	ck_assert_ptr_nonnull(proofs);
	text = round_text((struct selftest){ .seed = 1, .cancelled = at_once, .ctx = &asked },
			  proofs, &end);
	unit_check_eq(end, SELFTEST_STOPPED);
	unit_check_eq(asked, 1);
	ck_assert_ptr_nonnull(strstr(text, "Interrupted: the checks held so far: "));
	ck_assert_ptr_null(strstr(text, "The checks hold: "));
	unit_check(proof->eras[0].histories > 0, "the first era was begun");
	unit_check_eq(proof->eras[1].histories, 0);
	unit_check_eq(proofs->slab.eras[0].histories, 0);
	free(text);
	/* And when something was wrong, that is what is said. */
	proof->why_nr = 1;
	snprintf(proof->why, sizeof(proof->why), "a miss");
	text = round_text((struct selftest){ .seed = 1, .cancelled = at_once, .ctx = &asked },
			  proofs, &end);
	unit_check_eq(end, SELFTEST_BROKEN);
	ck_assert_ptr_nonnull(strstr(text, "DO NOT HOLD. First: a miss\n"));
	free(text);
	free(proofs);
}
END_TEST

Suite *suite_model_proof(void)
{
	Suite *suite = suite_create("model_proof");
	TCase *tc = tcase_create("found"), *selftest = tcase_create("selftest");
	TCase *itself = tcase_create("itself");

	tcase_set_timeout(tc, RIG_TIMEOUT);
	tcase_add_test(tc, found_once);
	tcase_add_test(tc, slab_rounds);
	suite_add_tcase(suite, tc);
	tcase_set_timeout(selftest, RIG_TIMEOUT);
	tcase_add_test(selftest, selftest_round);
	tcase_add_test(selftest, selftest_stopped);
	suite_add_tcase(suite, selftest);
	tcase_set_timeout(itself, RIG_TIMEOUT);
	tcase_add_test(itself, every_mode);
	tcase_add_test(itself, proof_notices);
	tcase_add_test(itself, untrue_noticed);
	tcase_add_test(itself, live_kernels);
	suite_add_tcase(suite, itself);
	return suite;
}
