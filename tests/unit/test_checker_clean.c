/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A heap at rest: nothing is found, and all of it is counted.
 */
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

/* Lists lead to 9 slabs of alpha and to 2 of beta and gamma each; of each slab every object is
 * verified. Of alpha are free: 5 and 1 on CPUs, 6 on the chain, 6 and 2 on the nodes. */
EACH_ERA(clean_lists)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ .all_caches = true });

	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	ck_assert_uint_eq(run->result.findings, 0);
	run_expect_type(run, "cache",
			"cache=alpha cache_address=0x%llx verdict=clean size=64 object_size=64 "
			"slabs=9 objects=576 objects_verified=576 objects_free=20 absent=0 "
			"slabs_counted=11 objects_counted=704",
			(unsigned long long)w->alpha->addr);
	run_expect_type(run, "cache",
			"cache=beta slabs=2 objects=64 objects_verified=64 "
			"objects_free=8 slabs_counted=2 objects_counted=64");
	run_expect_type(run, "cache",
			"cache=gamma slabs=2 objects=84 objects_verified=84 "
			"objects_free=5");
	run_expect_type(run, "cache", "cache=kmem_cache_node slabs=1 objects=64 objects_free=%d",
			64 - 2 * (turn == ERA_3_13 ? 5 : 6));
	run_expect_type(run, "cache", "cache=kmem_cache slabs=1 objects=32 objects_free=%d",
			32 - (turn == ERA_3_13 ? 5 : 6));
	if (turn != ERA_3_13)
		run_expect_type(run, "cache", "cache=delta slabs=1 objects=16 objects_free=2");
	run_free(run);
	world_free(w);
}

static void summary_expect(struct run *run, int era, unsigned int slabs, unsigned int objects)
{
	bool delta = era != ERA_3_13;

	if (delta) {
		slabs += 1;
		objects += 16;
	}
	run_expect_type(run, "summary",
			"caches=%d caches_checked=%d caches_corrupt=0 caches_unknown=0 corrupt=0 "
			"transient=0 notes=0 slabs=%u objects=%u objects_verified=%u",
			delta ? 6 : 5, delta ? 6 : 5, slabs, objects, objects);
}

EACH_ERA(clean_summary)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ 0 });

	/* A clean cache has no line of its own. */
	ck_assert_uint_eq(run->nr_lines, 1);
	summary_expect(run, turn, 9 + 2 + 2 + 2, 576 + 64 + 84 + 96);
	run_free(run);
	world_free(w);
}

/* The memmap shows the two full slabs too. */
EACH_ERA(clean_scan)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ .scan = true });

	run_nothing_else(run, NULL);
	ck_assert_int_eq(run->result.verdict, VERDICT_CLEAN);
	summary_expect(run, turn, 11 + 2 + 2 + 2, 704 + 64 + 84 + 96);
	run_free(run);
	world_free(w);
}

EACH_ERA(clean_text)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ .text = true });

	unit_check(!strncmp(run->text, turn == ERA_3_13 ? "CLEAN: 5 caches\n" : "CLEAN: 6 caches\n",
			    16),
		   "%s", run->text);
	ck_assert_ptr_nonnull(strstr(run->text, "2 slabs on no list"));
	run_free(run);
	world_free(w);
}

EACH_ERA(clean_named)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(
		w->image, (struct run_options){ .names = { "beta", "nonsense", "beta" } });

	run_expect_type(run, "message", "name=nonsense");
	run_expect_type(run, "summary", "caches_checked=1 slabs=2");
	run_free(run);
	world_free(w);
}

/* A kernel without CONFIG_SLUB_DEBUG counts no slabs; one without CONFIG_SLUB_CPU_PARTIAL has no
 * chains; neither is damage. */
EACH_ERA(clean_configurations)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	w->image->lacks[0] = "kmem_cache_node.nr_slabs";
	w->image->lacks[1] = "kmem_cache_node.total_objects";
	run = run_check(w->image, (struct run_options){ .scan = true, .all_caches = true });
	run_nothing_else(run, NULL);
	run_expect_type(run, "cache", "cache=alpha verdict=clean slabs=11 slabs_counted=-");
	run_free(run);
	w->image->lacks[0] = "kmem_cache_cpu.partial";
	w->image->lacks[1] = NULL;
	run = run_check(w->image, (struct run_options){ .all_caches = true });
	run_nothing_else(run, NULL);
	run_expect_type(run, "cache", "cache=alpha verdict=clean slabs=6");
	run_free(run);
	world_free(w);
}

/* Nothing of SLUB to be found is an answer too, and no crash. */
EACH_ERA(other_kernels)
{
	static const char *const lacking[] = {
		"kmem_cache",	   "kmem_cache.oo",	      "slab_caches",
		"kmem_cache.node", "kmem_cache_node.partial", "page"
	};
	struct world *w = world_new((enum image_era)turn);

	for (int i = 0; i < UNIT_COUNT(lacking); i++) {
		struct run *run;

		w->image->lacks[0] = lacking[i];
		run = run_check(w->image, (struct run_options){ 0 });
		unit_check(run->result.failed, "without %s:\n%s", lacking[i], run->text);
		run_verdict(run, VERDICT_UNKNOWN);
		ck_assert_ptr_nonnull(run_line(run, "type=message"));
		run_free(run);
	}
	world_free(w);
}

Suite *suite_checker_clean(void)
{
	Suite *suite = suite_create("checker_clean");
	TCase *tcase = tcase_create("clean");

	tcase_add_test(tcase, clean_lists);
	tcase_add_test(tcase, clean_summary);
	tcase_add_test(tcase, clean_scan);
	tcase_add_test(tcase, clean_text);
	tcase_add_test(tcase, clean_named);
	tcase_add_test(tcase, clean_configurations);
	tcase_add_test(tcase, other_kernels);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
