/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A heap at rest: nothing is found, and all of it is counted.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

/* What differs between eras. Where CPUs own no slabs, three that have free objects on a CPU only are
 * full, and those objects are in sheaves. */
struct totals {
	unsigned int caches, slabs, full, objects, full_objects;
	unsigned int alpha, alpha_free, beta_free, gamma, gamma_free;
};

static struct totals totals_of(const struct world *w)
{
	bool cpus = image_has_cpu_slabs(w->image);
	struct totals t = { .caches = w->image->nr_caches, .full = 2, .full_objects = 2 * 64 };

	t.alpha = cpus ? 9 : 8;
	t.alpha_free = cpus ? 20 : 16;
	t.beta_free = cpus ? 8 : 5;
	t.gamma = cpus ? 2 : 1;
	t.gamma_free = cpus ? 5 : 3;
	t.slabs = t.alpha + 2 + t.gamma + 2;
	t.objects = t.alpha * 64 + 64 + t.gamma * 42 + 96;
	if (!cpus) {
		t.full += 2;
		t.full_objects += 64 + 42;
	}
	if (w->delta) {
		t.slabs += 1;
		t.objects += 16;
	}
	if (w->image->kmalloc) {
		t.slabs += 1;
		t.objects += 256;
	}
	return t;
}

/* Lists lead to 9 slabs of alpha and to 2 of beta and gamma each; of each slab every object is
 * verified. Of alpha are free: 5 and 1 on CPUs, 6 on the chain, 6 and 2 on the nodes. */
EACH_ERA(clean_lists)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ .all_caches = true });
	struct totals t = totals_of(w);

	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	ck_assert_uint_eq(run->result.findings, 0);
	/* That could cost a target all of the kernel's symbols. */
	ck_assert_uint_eq(w->image->names_asked, 0);
	run_expect_type(run, "cache",
			"cache=alpha cache_address=0x%llx verdict=clean size=64 object_size=64 "
			"slabs=%u objects=%u objects_verified=%u objects_free=%u absent=0 "
			"slabs_counted=11 objects_counted=704",
			(unsigned long long)w->alpha->addr, t.alpha, t.alpha * 64, t.alpha * 64,
			t.alpha_free);
	run_expect_type(run, "cache",
			"cache=beta slabs=2 objects=64 objects_verified=64 "
			"objects_free=%u slabs_counted=2 objects_counted=64",
			t.beta_free);
	run_expect_type(run, "cache",
			"cache=gamma slabs=%u objects=%u objects_verified=%u "
			"objects_free=%u",
			t.gamma, t.gamma * 42, t.gamma * 42, t.gamma_free);
	run_expect_type(run, "cache", "cache=kmem_cache_node slabs=1 objects=64 objects_free=%u",
			64 - 2 * t.caches);
	run_expect_type(run, "cache", "cache=kmem_cache slabs=1 objects=32 objects_free=%u",
			32 - t.caches);
	if (w->delta)
		run_expect_type(run, "cache", "cache=delta slabs=1 objects=16 objects_free=2");
	run_free(run);
	world_free(w);
}

static void summary_expect(struct run *run, const struct totals *t, unsigned int slabs,
			   unsigned int objects)
{
	run_expect_type(run, "summary",
			"caches=%u caches_checked=%u caches_corrupt=0 caches_unknown=0 corrupt=0 "
			"transient=0 notes=0 slabs=%u objects=%u objects_verified=%u",
			t->caches, t->caches, slabs, objects, objects);
}

EACH_ERA(clean_summary)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ 0 });
	struct totals t = totals_of(w);

	/* A clean cache has no line of its own. */
	ck_assert_uint_eq(run->nr_lines, 1);
	summary_expect(run, &t, t.slabs, t.objects);
	run_free(run);
	world_free(w);
}

/* The memmap shows the full slabs too. */
EACH_ERA(clean_scan)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ .scan = true });
	struct totals t = totals_of(w);

	run_nothing_else(run, NULL);
	ck_assert_int_eq(run->result.verdict, VERDICT_CLEAN);
	summary_expect(run, &t, t.slabs + t.full, t.objects + t.full_objects);
	run_free(run);
	world_free(w);
}

EACH_ERA(clean_text)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run = run_check(w->image, (struct run_options){ .text = true });
	char text[64];

	snprintf(text, sizeof(text), "CLEAN (lists only): %u caches\n", w->image->nr_caches);
	unit_check(!strncmp(run->text, text, strlen(text)), "%s", run->text);
	snprintf(text, sizeof(text), "%u slabs on no list", totals_of(w).full);
	ck_assert_ptr_nonnull(strstr(run->text, text));
	run_free(run);
	run = run_check(w->image, (struct run_options){ .text = true, .scan = true });
	snprintf(text, sizeof(text), "CLEAN: %u caches\n", w->image->nr_caches);
	unit_check(!strncmp(run->text, text, strlen(text)), "%s", run->text);
	run_free(run);
	world_free(w);
}

/* Part of the memmap is absent: unknown when that was asked for, else said of what was judged. */
EACH_ERA(clean_without_memmap)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t far = IMAGE_MEMMAP + (w->image->target.nr_pages - 64) * 64;
	struct run *run;

	image_absent(w->image, far);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	run = run_check(w->image, (struct run_options){ .scan = true, .scan_optional = true });
	run_verdict(run, VERDICT_CLEAN);
	run_expect_type(run, "summary", "memmap_scanned=false");
	run_free(run);
	run = run_check(w->image,
			(struct run_options){ .scan = true, .scan_optional = true, .text = true });
	ck_assert_ptr_nonnull(strstr(run->text, "CLEAN (lists only): "));
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
	run_expect_type(run, "cache", "cache=alpha verdict=clean slabs=%d",
			image_has_cpu_slabs(w->image) ? 6 : 8);
	run_free(run);
	world_free(w);
}

/* Nothing of SLUB to be found is an answer too, and no crash. */
EACH_ERA(other_kernels)
{
	static const char *const lacking[] = {
		"kmem_cache", "kmem_cache.oo",		 "slab_caches",
		NULL,	      "kmem_cache_node.partial", "page"
	};
	struct world *w = world_new((enum image_era)turn);

	for (int i = 0; i < UNIT_COUNT(lacking); i++) {
		struct run *run;

		w->image->lacks[0] = lacking[i] ? lacking[i] : "kmem_cache.node";
		w->image->lacks[1] = lacking[i] ? NULL : "kmem_cache.per_node";
		run = run_check(w->image, (struct run_options){ 0 });
		unit_check(run->result.failed, "without %s:\n%s", w->image->lacks[0], run->text);
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
	tcase_add_test(tcase, clean_without_memmap);
	tcase_add_test(tcase, clean_named);
	tcase_add_test(tcase, clean_configurations);
	tcase_add_test(tcase, other_kernels);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
