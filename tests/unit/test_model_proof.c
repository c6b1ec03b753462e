/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests/model/prove found in the checker: each history and each fault stays right. */
#include <stdlib.h>

#include "model/proof.h"
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

Suite *suite_model_proof(void)
{
	Suite *suite = suite_create("model_proof");
	TCase *tc = tcase_create("found");

	tcase_set_timeout(tc, RIG_TIMEOUT);
	tcase_add_test(tc, found_once);
	suite_add_tcase(suite, tc);
	return suite;
}
