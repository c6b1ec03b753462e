/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What no type tells is asked of many witnesses, and one damaged word does not decide it.
 */
#include <stdio.h>
#include <string.h>

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

/* No slab of the caches that an image has already has a free object. */
static void others_fill(struct image *image)
{
	for (unsigned int i = 0; i < image->nr_caches; i++)
		for (unsigned int j = 0; j < image->caches[i]->nr_slabs; j++) {
			image->caches[i]->slabs[j]->nr_own = 0;
			image->caches[i]->slabs[j]->place = ON_NO_LIST;
		}
}

/* slub_debug on all caches: CPUs have no freelists, and only slabs of nodes' lists have links. */
static struct image *debugged(enum image_era era, enum freeptr_encoding how)
{
	struct image *image = image_new(era);
	struct image_cache *c =
		image_cache(image, (struct image_spec){ .name = "debugged", .size = 256 });

	image->encoding = how;
	others_fill(image);
	image_slab(c, ON_NODE_PARTIAL, 0, LIST(1, 2, 7), NULL);
	image_slab(c, ON_NODE_PARTIAL, 1, LIST(5), NULL);
	image_seal(image);
	return image;
}

/* The hardened kernels before the byte swap are 4.14 to 5.6 with an allocator like that of 5.10. */
EACH(encoding_of_nodes, 2 * (ERAS - 1))
{
	enum image_era era = (enum image_era)(1 + turn / 2);
	enum freeptr_encoding how = turn % 2 ? FREEPTR_XOR : FREEPTR_XOR_SWAB;
	struct image *image = debugged(era, how);
	struct run *run = run_check(image, (struct run_options){ .scan = true });

	run_expect_type(run, "summary", "encoding=%s encoding_proven=true", encoding_names[how]);
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	image_free(image);
}

/* Without any witness the report says so, and no word is called damaged for how it was decoded. */
EACH(encoding_unproven, 2 * (ERAS - 1))
{
	enum image_era era = (enum image_era)(1 + turn / 2);
	struct image *image = debugged(era, FREEPTR_XOR_SWAB);
	struct image_cache *c = image_cache_named(image, "debugged");
	struct run *run;

	/* Both heads are garbage under either encoding, or not in the dump. */
	for (int i = 0; i < 2; i++) {
		uint64_t slot = image_slot(c->slabs[i], i ? 5 : 1);

		if (turn % 2)
			image_absent(image, slot);
		else
			image_set(image, slot, UINT64_C(0x1234567812345678) + slot);
	}
	run = run_check(image, (struct run_options){ .scan = true });
	run_expect_type(run, "summary", "encoding=xor-swab encoding_proven=false encoding_votes=%d",
			turn % 2 ? 0 : 2);
	run_nothing_else(run, "corrupt");
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	run = run_check(image, (struct run_options){ .text = true, .terse = true });
	ck_assert_ptr_nonnull(strstr(
		run->text,
		turn % 2 ? "freepointer encoding: not proven, since there is no list head to "
			   "try; xor-swab is assumed\n"
			 : "freepointer encoding: not proven: xor-swab (0 of 2 "
			   "list heads agree)\n"));
	run_free(run);
	image_free(image);
}

/* A head that is garbage itself needs no decoding. */
START_TEST(unproven_head)
{
	struct image *image = debugged(ERA_6_1, FREEPTR_XOR_SWAB);
	struct image_cache *c = image_cache_named(image, "debugged");
	struct run *run;

	image_absent(image, image_slot(c->slabs[1], 5));
	image_slab_store(c->slabs[0], "freelist", UINT64_C(0x4141414141414141));
	run = run_check(image, (struct run_options){ 0 });
	run_expect_type(run, "summary", "encoding_proven=false encoding_votes=0");
	run_expect(run, "id=freelist-wild severity=corrupt doubt=-");
	run_free(run);
	image_free(image);
}
END_TEST

/* The dump lacks the pages of all slabs on lists: those of a scan vote. */
EACH(encoding_of_scan, 2)
{
	enum freeptr_encoding how = turn ? FREEPTR_XOR : FREEPTR_XOR_SWAB;
	struct image *image = debugged(ERA_6_1, how);
	struct image_cache *c = image_cache_named(image, "debugged");
	struct run *run;

	for (int i = 0; i < 2; i++)
		image_absent(image, image_slot(c->slabs[i], i ? 5 : 1));
	run = run_check(image, (struct run_options){ .scan = true });
	run_expect_type(run, "summary", "encoding_proven=false");
	run_free(run);
	image_free(image);
	image = image_new(ERA_6_1);
	c = image_cache(image, (struct image_spec){ .name = "debugged", .size = 256 });
	image->encoding = how;
	others_fill(image);
	image_slab(c, ON_NO_LIST, 0, LIST(1, 2, 7), NULL);
	image_seal(image);
	run = run_check(image, (struct run_options){ .scan = true });
	run_expect_type(run, "summary", "encoding=%s encoding_proven=true encoding_votes=1",
			encoding_names[how]);
	run_free(run);
	image_free(image);
}

/* What -v says, and nothing of tids where there are none. */
EACH_ERA(words)
{
	struct world *w =
		crowd((enum image_era)turn, turn == ERA_3_13 ? FREEPTR_PLAIN : FREEPTR_XOR_SWAB,
		      turn == ERA_3_13 ? 1 : 8192);
	struct run *run = run_check(w->image, (struct run_options){ .text = true });

	if (turn == ERA_3_13)
		ck_assert_ptr_nonnull(strstr(run->text, "freepointer encoding: plain ("));
	else
		ck_assert_ptr_nonnull(strstr(run->text, "freepointer encoding: xor-swab ("));
	ck_assert(!strstr(run->text, "tids") == (turn == ERA_7_2));
	ck_assert(!strstr(run->text, "tids cannot be checked (TID_STEP 1)") != (turn == ERA_3_13));
	run_free(run);
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
	tcase_add_test(tcase, encoding_of_nodes);
	tcase_add_test(tcase, encoding_unproven);
	tcase_add_test(tcase, unproven_head);
	tcase_add_test(tcase, encoding_of_scan);
	tcase_add_test(tcase, words);
	tcase_add_test(tcase, tid_step);
	tcase_add_test(tcase, tid_unmoved);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
