/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tests/model/prove found in the checker: each history and each fault stays right. And what
 * --selftest, the tables of causes and of untrue words say of a round.
 */
#include <stdlib.h>
#include <string.h>

#include "model/proof.h"
#include "model/selftest.h"
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

/* What a function prints; the caller frees it. */
static char *round_text(struct selftest test, struct proof *proof, bool *holds)
{
	char *text = NULL;
	size_t size;

	test.out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(test.out);
	*holds = selftest_run(&test, proof);
	fclose(test.out);
	return text;
}

static bool at_once(void *ctx)
{
	++*(unsigned int *)ctx;
	return true;
}

static uint64_t untrue_said(const struct proof *proof)
{
	uint64_t untrue = 0;

	for (int i = 0; i < MODEL_ERAS; i++)
		for (int f = 0; f < MODEL_FAULT_COUNT; f++)
			untrue += proof->eras[i].cells[f].untrue;
	return untrue;
}

/* One round of all eras, with faults in all of them, and what is said of it adds up. */
START_TEST(selftest_round)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	bool holds;
	char *text, *causes = NULL, *untrue = NULL;
	FILE *out;
	size_t size;

	ck_assert_ptr_nonnull(proof);
	text = round_text((struct selftest){ .seed = 1, .json = true }, proof, &holds);
	ck_assert_msg(holds, "%s", proof->why);
	ck_assert_ptr_nonnull(strstr(text, "\"type\":\"selftest\",\"holds\":true"));
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
	free(proof);
}
END_TEST

/* Whoever waits can stop it after an era; what was checked until then is said. */
START_TEST(selftest_stopped)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	unsigned int asked = 0;
	bool holds;
	char *text;

	ck_assert_ptr_nonnull(proof);
	text = round_text((struct selftest){ .seed = 1, .cancelled = at_once, .ctx = &asked },
			  proof, &holds);
	ck_assert(holds);
	unit_check_eq(asked, 1);
	ck_assert_ptr_nonnull(strstr(text, "interrupted\n"));
	ck_assert_ptr_nonnull(strstr(text, "The checks hold: "));
	unit_check(proof->eras[0].histories > 0, "the first era was begun");
	unit_check_eq(proof->eras[1].histories, 0);
	free(text);
	/* And when something was wrong, that is what is said. */
	proof->why_nr = 1;
	snprintf(proof->why, sizeof(proof->why), "a miss");
	text = round_text((struct selftest){ .seed = 1, .cancelled = at_once, .ctx = &asked },
			  proof, &holds);
	ck_assert(!holds);
	ck_assert_ptr_nonnull(strstr(text, "DO NOT HOLD. First: a miss\n"));
	free(text);
	free(proof);
}
END_TEST

Suite *suite_model_proof(void)
{
	Suite *suite = suite_create("model_proof");
	TCase *tc = tcase_create("found"), *selftest = tcase_create("selftest");

	tcase_set_timeout(tc, RIG_TIMEOUT);
	tcase_add_test(tc, found_once);
	suite_add_tcase(suite, tc);
	tcase_set_timeout(selftest, RIG_TIMEOUT);
	tcase_add_test(selftest, selftest_round);
	tcase_add_test(selftest, selftest_stopped);
	suite_add_tcase(suite, selftest);
	return suite;
}
