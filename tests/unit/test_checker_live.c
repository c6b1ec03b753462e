/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A running kernel changes while it is read, so nothing is judged harder than unknown.
 */
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

/* What would be four kinds of damage in a dump. */
static struct world *damaged(enum image_era era)
{
	struct world *w = world_new(era);

	w->image->target.live = true;
	image_set(w->image, image_slot(w->node0[0], 4), UINT64_C(0x4141414141414141));
	image_set(w->image, w->image->slab_caches + 8, IMAGE_DATA + 0x100);
	image_store(w->image, w->alpha->node[1], "kmem_cache_node", "nr_partial", 77);
	image_slab_store(w->node0[1], "slab_cache", w->beta->addr);
	return w;
}

EACH_ERA_AND_SCAN(nothing_is_corrupt)
{
	struct world *w = damaged((enum image_era)(turn / 2));
	struct run *run = run_check(w->image, (struct run_options){ .scan = turn % 2 });

	run_verdict(run, VERDICT_UNKNOWN);
	ck_assert_uint_eq(run_count(run, "corrupt"), 0);
	run_expect(run, "id=freelist-wild severity=transient");
	run_expect(run, "id=cache-list-link severity=transient");
	run_expect(run, "id=partial-count severity=transient node=1");
	run_expect_type(run, "summary", "live=true verdict=unknown corrupt=0");
	run_free(run);
	w->image->target.live = false;
	run = run_check(w->image, (struct run_options){ .scan = turn % 2 });
	run_verdict(run, VERDICT_CORRUPT);
	run_expect_type(run, "summary", "live=-");
	run_free(run);
	world_free(w);
}

/* Nothing is clean either: what was read is gone by now. */
EACH_ERA(nothing_is_clean)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	w->image->target.live = true;
	run = run_check(w->image, (struct run_options){ .text = true, .terse = true });
	run_verdict(run, VERDICT_UNKNOWN);
	ck_assert_ptr_nonnull(
		strstr(run->text, "UNKNOWN: a running kernel changes while it is read\n"));
	run_free(run);
	run = run_check(w->image, (struct run_options){ .is_address = true,
							.address = image_object(w->full0, 3) });
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	run = run_check(w->image,
			(struct run_options){ .is_address = true, .address = IMAGE_DATA });
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	world_free(w);
}

/* Only -v lists what was seen. */
EACH_ERA(listed_with_v)
{
	struct world *w = damaged((enum image_era)turn);
	struct run *terse =
		run_check(w->image, (struct run_options){ .text = true, .terse = true });
	struct run *all = run_check(w->image, (struct run_options){ .text = true });

	ck_assert_ptr_null(strstr(terse->text, "freelist-wild"));
	ck_assert_ptr_null(strstr(terse->text, "alpha"));
	ck_assert_ptr_nonnull(strstr(terse->text, "seen on a running kernel (-v shows them)"));
	ck_assert_ptr_nonnull(strstr(all->text, "freelist-wild (seen on a running kernel)"));
	run_free(terse);
	run_free(all);
	world_free(w);
}

Suite *suite_checker_live(void)
{
	Suite *suite = suite_create("checker_live");
	TCase *tcase = tcase_create("live");

	tcase_add_test(tcase, nothing_is_corrupt);
	tcase_add_test(tcase, nothing_is_clean);
	tcase_add_test(tcase, listed_with_v);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
