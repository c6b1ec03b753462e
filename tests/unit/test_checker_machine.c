/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What machines and configurations differ in beside the allocator: locks, CPUs, nodes.
 */
#include <string.h>

#include "checker/image/lock.h"
#include "tests/unit/fixture_target.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

struct lock_row {
	const char *fixture;
	uint64_t rest[3], held[3];
};

/* Locks at rest after many turns, and taken. */
static const struct lock_row locks[] = {
	{ "v3_2", { 0, 0x0101, 0xffff }, { 0x0100, 0x0201, 0x00ff } },
	{ "v3_13", { 0, 0x12341234, 0xffffffff }, { 0x10000, 0x12351234, 0x0000ffff } },
	{ "v4_14_arm64", { 0, 0x12341234, 0xffffffff }, { 0x10000, 0x12361234, 0x0000ffff } },
	{ "v4_14", { 0, 0, 0 }, { 1, 0x101, 0x40001 } },
	{ "v5_15_rt", { 0, 0, 0 }, { UINT64_C(0xffff888001234560), 1, 3 } },
};

static struct target_member list_lock(struct target *t)
{
	struct target_member m = { 0 };

	unit_check(t->ops->member(t, "kmem_cache_node", "list_lock", &m), "no list_lock");
	return m;
}

START_TEST(lock_states)
{
	const struct lock_row *row = &locks[_i];
	struct fixture_target *t = fixture_target_new(row->fixture);
	struct lock_layout layout = lock_layout_find(&t->target);
	struct target_member word = lock_word(&layout, &t->target, list_lock(&t->target));

	for (int i = 0; i < 3; i++) {
		unit_check(lock_state(&layout, word, row->rest[i]) == LOCK_FREE, "%s: %d is held",
			   row->fixture, i);
		unit_check(lock_state(&layout, word, row->held[i]) == LOCK_HELD, "%s: %d is free",
			   row->fixture, i);
	}
	fixture_target_free(t);
}
END_TEST

START_TEST(lock_odd)
{
	struct fixture_target *t = fixture_target_new("v4_14_odd");
	struct lock_layout layout = lock_layout_find(&t->target);
	struct target_member word = lock_word(&layout, &t->target, list_lock(&t->target));
	struct target_member none = { 0 };

	ck_assert_int_eq(lock_state(&layout, word, 0), LOCK_DOUBTFUL);
	ck_assert_int_eq(lock_state(&layout, word, 1), LOCK_DOUBTFUL);
	/* Without SMP there is no word. */
	none = lock_word(&layout, &t->target, none);
	ck_assert_int_eq(lock_state(&layout, none, 0), LOCK_FREE);
	fixture_target_free(t);
}
END_TEST

/* The lowest bit of a ticket of CONFIG_PARAVIRT_SPINLOCKS may stay. */
START_TEST(lock_slowpath)
{
	const struct lock_layout layout = { LOCK_FORM_TICKETS, 2, 1 };
	const struct target_member word = { 0, 4 };

	ck_assert_int_eq(lock_state(&layout, word, 0x00060007), LOCK_FREE);
	ck_assert_int_eq(lock_state(&layout, word, 0x00080006), LOCK_HELD);
}
END_TEST

/* A count that a held list_lock explains is neither damage nor clean when nobody knows about the lock. */
EACH(lock_unknown_count, ERAS - 1)
{
	struct world *w = world_new((enum image_era)(1 + turn));
	struct run *run;

	image_store(w->image, w->alpha->node[1], "kmem_cache_node", "nr_partial", 77);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=partial-count severity=corrupt doubt=-");
	run_free(run);
	w->image->lacks[0] = "qspinlock";
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=partial-count severity=transient");
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(run->text, "whether somebody holds the lock is not known"));
	run_free(run);
	image_store(w->image, w->alpha->node[1], "kmem_cache_node", "nr_partial", 1);
	world_free(w);
}

/* CONFIG_FORCE_NR_CPUS: nr_cpu_ids is a macro. Damage on CPU 1 is seen all the same. */
EACH_CPU_ERA(cpus_of_mask)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	image_set(w->image, image_cpu_field(w->alpha, 1, "freelist"), UINT64_C(0x4141414141414141));
	w->image->lacks[0] = "nr_cpu_ids";
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=freelist-wild cpu=1");
	run_free(run);
	/* Nothing tells: one CPU would be a guess. */
	w->image->lacks[1] = "cpumask";
	run = run_check(w->image, (struct run_options){ 0 });
	ck_assert(run->result.failed);
	run_verdict(run, VERDICT_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(run->text, "cannot tell how many CPUs there are"));
	run_free(run);
	/* Without SMP there is one. */
	w->image->lacks[2] = "__per_cpu_offset";
	run = run_check(w->image, (struct run_options){ 0 });
	ck_assert(!run->result.failed);
	run_free(run);
	world_free(w);
}

/* Masks until 4.4: a bitmap, and a constant pointer to it. CPU 1 does not exist. */
EACH(masks_of_old, 2)
{
	struct world *w = world_new(ERA_3_13);
	uint64_t bits = image_data(w->image, 8), pointer = image_data(w->image, 8);
	struct run *run;

	image_set(w->image, image_cpu_field(w->alpha, 1, "freelist"), UINT64_C(0x4141414141414141));
	w->image->lacks[0] = "__cpu_possible_mask";
	image_set(w->image, bits, 0xd);
	image_set(w->image, pointer, bits);
	image_symbol(w->image, turn ? "cpu_possible_mask" : "cpu_possible_bits",
		     turn ? pointer : bits, 8);
	run = run_check(w->image, (struct run_options){ 0 });
	run_nothing_else(run, "corrupt");
	run_free(run);
	image_set(w->image, bits, 0xf);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=freelist-wild cpu=1");
	run_free(run);
	world_free(w);
}

/* Until 4.12 the lock of CPU hotplug was a structure without a name, that began with its owner. */
START_TEST(hotplug_of_old)
{
	struct world *w = world_new(ERA_3_13);
	uint64_t lock = image_data(w->image, 64), online;
	struct run *run;

	ck_assert(w->image->target.ops->symbol(&w->image->target, "__cpu_online_mask", &online));
	image_set(w->image, online, 0xd);
	image_symbol(w->image, "cpu_hotplug", lock, 64);
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=cpu-offline severity=corrupt cpu=1");
	run_free(run);
	image_set(w->image, lock, UINT64_C(0xffff880012345640));
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=cpu-offline severity=transient cpu=1");
	run_free(run);
	world_free(w);
}
END_TEST

/* nr_node_ids is a macro where there is one node; else the cache of kmem_caches knows. */
EACH_ERA(nodes_of_cache)
{
	struct world *w = world_new((enum image_era)turn);
	struct image_cache *caches = image_cache_named(w->image, "kmem_cache");
	uint64_t pointer = image_data(w->image, 8);
	struct run *run;

	image_store(w->image, w->alpha->node[1], "kmem_cache_node", "nr_partial", 77);
	w->image->lacks[0] = "nr_node_ids";
	run = run_check(w->image, (struct run_options){ 0 });
	ck_assert(run->result.failed);
	ck_assert_ptr_nonnull(strstr(run->text, "cannot tell how many nodes there are"));
	run_free(run);
	image_set(w->image, pointer, caches->addr);
	image_symbol(w->image, "kmem_cache", pointer, 8);
	image_store(w->image, caches->addr, "kmem_cache", "object_size",
		    image_node_slot(caches, 2) - image_node_slot(caches, 0) +
			    (image_field(w->image, 0, "kmem_cache",
					 turn == ERA_7_2 ? "per_node" : "node")));
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=partial-count node=1");
	run_free(run);
	world_free(w);
}

Suite *suite_checker_machine(void)
{
	Suite *suite = suite_create("checker_machine");
	TCase *tcase = tcase_create("machine");

	tcase_add_loop_test(tcase, lock_states, 0, UNIT_COUNT(locks));
	tcase_add_test(tcase, lock_odd);
	tcase_add_test(tcase, lock_slowpath);
	tcase_add_test(tcase, lock_unknown_count);
	tcase_add_test(tcase, cpus_of_mask);
	tcase_add_test(tcase, masks_of_old);
	tcase_add_test(tcase, hotplug_of_old);
	tcase_add_test(tcase, nodes_of_cache);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
