/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Slabs that the kernel took out of use itself, after a check of slub_debug had failed: what
 * alloc_debug_processing() leaves in each era, and what only looks like that.
 */
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define H(value) ((unsigned long long)(value))
#define TAINT_BAD_PAGE (1u << 5)
#define TAINT_WARN (1u << 9)
#define SL_PARTIAL (1u << 9)
#define NO_TAINT UINT64_MAX /* the kernel's tainted_mask is not known */

/* debug_node of the world, marked as used. Its objects 0 and 5 were free, and look so. */
static struct world *disabled_new(enum image_era era, bool frozen, uint64_t taint)
{
	struct world *w = world_new(era);
	struct image_slab *slab = w->debug_node;
	uint64_t flags = image_field(w->image, slab->page, "page", "flags");

	image_slab_unlink(slab);
	if (era >= ERA_6_12)
		image_set(w->image, flags, image_word(w->image, flags) & ~(uint64_t)SL_PARTIAL);
	image_slab_store(slab, "freelist", 0);
	image_slab_store(slab, "counters",
			 image_counters(w->image, slab->objects, slab->objects, frozen));
	if (taint != NO_TAINT) {
		uint64_t addr = image_data(w->image, 8);

		image_set(w->image, addr, taint);
		image_symbol(w->image, "tainted_mask", addr, 8);
	}
	return w;
}

static void expect(struct world *w, const char *id, const char *severity, const char *cause)
{
	struct run *run = run_check(w->image, (struct run_options){ .scan = true });

	run_expect(run, "id=%s severity=%s place=no-list cache=delta slab=0x%llx cause=%s", id,
		   severity, H(w->debug_node->page), cause);
	run_nothing_else(run, "corrupt");
	run_nothing_else(run, "transient");
	run_free(run);
	world_free(w);
}

/* The mark of 6.12, which stable 6.1 has too: with the taint, and where that is not known. */
EACH_ERA(frozen_after_check)
{
	if (turn < ERA_6_1)
		return;
	expect(disabled_new((enum image_era)turn, true, TAINT_BAD_PAGE), "slab-disabled", "corrupt",
	       "kernel-disabled");
	expect(disabled_new((enum image_era)turn, true, NO_TAINT), "slab-disabled", "corrupt",
	       "kernel-disabled");
}

/* The kernel never complained: then the bit is what is wrong. */
EACH_ERA(frozen_without_check)
{
	struct world *w;
	struct run *run;

	if (turn < ERA_6_1)
		return;
	w = disabled_new((enum image_era)turn, true, TAINT_WARN);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=slab-frozen severity=corrupt slab=0x%llx", H(w->debug_node->page));
	run_nothing_else(run, "corrupt");
	run_free(run);
	world_free(w);
}

/* Before 6.1 the slab stays frozen as its CPU had it: only the taint tells it from one in flight. */
EACH_ERA(frozen_by_cpu)
{
	if (turn != ERA_5_10)
		return;
	expect(disabled_new(ERA_5_10, true, TAINT_BAD_PAGE), "slab-disabled", "corrupt",
	       "kernel-disabled");
	expect(disabled_new(ERA_5_10, true, 0), "slab-inflight", "transient", "unknown");
	expect(disabled_new(ERA_5_10, true, NO_TAINT), "slab-inflight", "transient", "unknown");
}

/* 6.1 as it was released marks nothing, and the objects still look free. */
EACH_ERA(looks_full)
{
	if (turn < ERA_6_1)
		return;
	expect(disabled_new((enum image_era)turn, false, TAINT_BAD_PAGE), "slab-disabled",
	       "corrupt", "kernel-disabled");
	expect(disabled_new((enum image_era)turn, false, 0), "freelist-orphans", "transient",
	       "unknown");
}

/* What is damaged in it is reported, once, and counted in the text. */
EACH_ERA(damage_beside)
{
	struct world *w;
	struct run *run;

	if (turn < ERA_6_1)
		return;
	w = disabled_new((enum image_era)turn, true, TAINT_BAD_PAGE);
	image_put(w->image, image_object(w->debug_node, 5) + 8, 0x6a, 1);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=slab-disabled severity=corrupt slab=0x%llx", H(w->debug_node->page));
	ck_assert_ptr_nonnull(strstr(run->text, "; 1 check fails now (see below)"));
	run_expect(run, "id=poison-overwritten severity=corrupt object=0x%llx",
		   H(image_object(w->debug_node, 5)));
	run_nothing_else(run, "corrupt");
	run_nothing_else(run, "transient");
	run_free(run);
	world_free(w);
}

/* A slab that really is full, in a kernel that complained about another one. */
EACH_ERA(full_slab)
{
	struct world *w;
	struct run *run;

	if (turn == ERA_3_13)
		return;
	w = world_unsealed((enum image_era)turn);
	image_slab(w->delta, ON_NO_LIST, 0, NONE, NULL);
	image_symbol(w->image, "tainted_mask", image_data(w->image, 8), 8);
	image_seal(w->image);
	for (unsigned int i = 0; i < w->image->nr_symbols; i++)
		if (!strcmp(w->image->symbols[i].name, "tainted_mask"))
			image_set(w->image, w->image->symbols[i].value, TAINT_BAD_PAGE);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	world_free(w);
}

Suite *suite_checker_disabled(void)
{
	Suite *suite = suite_create("checker_disabled");
	TCase *tcase = tcase_create("disabled");

	tcase_add_test(tcase, frozen_after_check);
	tcase_add_test(tcase, frozen_without_check);
	tcase_add_test(tcase, frozen_by_cpu);
	tcase_add_test(tcase, looks_full);
	tcase_add_test(tcase, damage_beside);
	tcase_add_test(tcase, full_slab);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
