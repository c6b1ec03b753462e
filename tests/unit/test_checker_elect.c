/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What no type tells is asked of many witnesses, and one damaged word does not decide it.
 */
#include <stdio.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define H(value) ((unsigned long long)(value))

static const char *const encoding_names[] = { "plain", "xor", "xor-swab" };

/* A world with more voters: CPUs 0 to 3 each have a slab of three caches. */
static struct world *crowd(enum image_era era, enum freeptr_encoding encoding, uint64_t tid_step)
{
	static const char *const names[] = { "crowd-a", "crowd-b", "crowd-c" };
	struct world *w = world_unsealed(era);

	w->image->encoding = encoding;
	w->image->tid_step = tid_step;
	for (int i = 0; i < 3; i++) {
		struct image_cache *c =
			image_cache(w->image, (struct image_spec){ .name = names[i], .size = 128 });

		for (int cpu = 0; cpu < 4; cpu++)
			image_slab(c, ON_CPU, cpu, LIST(1, 2), LIST(20 + cpu, 9));
	}
	image_seal(w->image);
	return w;
}

static void encoding_expect(struct world *w, enum freeptr_encoding encoding, bool damaged)
{
	struct run *run = run_check(w->image, (struct run_options){ .scan = true });

	run_expect_type(run, "summary", "encoding=%s", encoding_names[encoding]);
	/* Under a wrong encoding every list of the image would break. */
	ck_assert_uint_eq(run_count(run, "corrupt"), damaged);
	run_free(run);
}

EACH(encoding, 3)
{
	/* 5.10 can be either: 1ad53d9fa3f6 went into stable trees, and no type tells. */
	const enum image_era eras[] = { ERA_3_13, ERA_5_10, ERA_5_10 };
	const enum freeptr_encoding encodings[] = { FREEPTR_PLAIN, FREEPTR_XOR, FREEPTR_XOR_SWAB };
	struct world *w = crowd(eras[turn], encodings[turn], 8192);
	int other = turn == 1 ? FREEPTR_XOR_SWAB : FREEPTR_XOR;
	uint64_t slot = image_slot(w->cpu0, 5);

	encoding_expect(w, encodings[turn], false);
	/* The first link of the first cache, as if it were of the other encoding. */
	image_set(w->image, slot,
		  freeptr_encode((enum freeptr_encoding)other, image_object(w->cpu0, 3),
				 w->alpha->random, slot));
	encoding_expect(w, encodings[turn], true);
	world_free(w);
}

static void step_expect(struct world *w, uint64_t step, bool damaged)
{
	struct run *run = run_check(w->image, (struct run_options){ 0 });

	run_expect_type(run, "summary", "tid_step=%llu", H(step));
	ck_assert_uint_eq(run_count(run, "corrupt"), damaged);
	if (damaged)
		run_expect(run, "id=cpu-tid cpu=1");
	run_free(run);
}

EACH(tid_step, 3)
{
	const uint64_t steps[] = { 1, 4, 8192 };
	struct world *w = crowd(ERA_6_1, FREEPTR_XOR_SWAB, steps[turn]);
	uint64_t slot = image_cpu_field(w->alpha, 1, "tid");

	step_expect(w, steps[turn], false);
	image_set(w->image, slot, image_word(w->image, slot) ^ 2);
	/* Where the step is 1 every tid is right. */
	step_expect(w, steps[turn], steps[turn] > 1);
	world_free(w);
}

/* Tids that never moved fit every step, so they are no witnesses. */
EACH_CPU_ERA(tid_unmoved)
{
	struct world *w = world_new((enum image_era)turn);

	for (unsigned int i = 0; i < w->image->nr_caches; i++)
		for (int cpu = 0; cpu < 4; cpu++)
			image_set(w->image, image_cpu_field(w->image->caches[i], cpu, "tid"),
				  (uint64_t)cpu);
	step_expect(w, 1, false);
	world_free(w);
}

Suite *suite_checker_elect(void)
{
	Suite *suite = suite_create("checker_elect");
	TCase *tcase = tcase_create("elect");

	tcase_add_test(tcase, encoding);
	tcase_add_test(tcase, tid_step);
	tcase_add_test(tcase, tid_unmoved);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
