/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheaves and barns of 7.2: which sheaf an object comes from and goes to. */
#include <stdlib.h>

#include "model/slub/sheaf.h"
#include "tests/unit/rig.h"

/* A slab holds eight of these, a sheaf four. */
#define SIZE 4096
#define CAPACITY 4

static struct rig *machine(void)
{
	struct rig *r = rig_new(MODEL_ERA_7_2, (struct model_config){
						       .nr_cpus = 2,
						       .frames = 2048,
						       .tid_step = 8,
						       .without = MODEL_HAS(RANDOM_SEQ),
					       });

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = MODEL_CACHE_NO_MERGE });
	return r;
}

/* The sheaves of CPU 0. */
static uint64_t main_of(struct rig *r)
{
	return pcs_main(r->m, rig_pcs(r, 0));
}

static uint64_t spare_of(struct rig *r)
{
	return pcs_spare(r->m, rig_pcs(r, 0));
}

static uint32_t size_of(struct rig *r, uint64_t sheaf)
{
	return get32(r->m, AT(r->m, sheaf, sheaf_size));
}

static uint64_t barn_of(struct rig *r)
{
	return get_barn_node(r->m, r->s, 0);
}

/* How many objects main and spare have; spare -1: there is none. The barn's sheaves. */
#define sheaves_are(r, main, spare, full, empty, when)                                    \
	do {                                                                              \
		rig_eq(r, size_of(r, main_of(r)), main, "objects of main " when);         \
		rig_eq(r, spare_of(r) ? (int)size_of(r, spare_of(r)) : -1, spare,         \
		       "objects of spare " when);                                         \
		rig_eq(r, barn_nr_full(r->m, barn_of(r)), full, "full sheaves " when);    \
		rig_eq(r, barn_nr_empty(r->m, barn_of(r)), empty, "empty sheaves " when); \
	} while (0)

START_TEST(created)
{
	struct rig *r = machine();

	rig_eq(r, get(r->m, r->s, cache_sheaf_capacity), CAPACITY, "capacity");
	sheaves_are(r, 0, -1, 0, 0, "of a new cache");
	rig_eq(r, get64(r->m, AT(r->m, main_of(r), sheaf_cache)), r->s, "cache of main");
	rig_eq(r, pcs_rcu_free(r->m, rig_pcs(r, 0)), 0, "rcu_free");
	rig_is(r, main_of(r) != pcs_main(r->m, rig_pcs(r, 1)), "two CPUs have the same sheaf");
	rig_end(r);
}
END_TEST

/* 60, 26, 12 or 4 objects, and what more fits into the memory that kmalloc() gives for them. */
START_TEST(capacities)
{
	static const struct {
		uint32_t size, wanted;
		unsigned int flags;
		uint32_t capacity;
	} rows[] = {
		{ 64, 0, 0, 60 },
		{ 255, 0, 0, 28 }, /* 256 bytes */
		{ 240, 0, 0, 60 },
		{ 256, 0, 0, 28 },
		{ 1024, 0, 0, 12 },
		{ 4096, 0, 0, 4 },
		{ 4096, 100, 0, 100 },
		{ 64, 0, MODEL_CACHE_NOLEAKTRACE, 0 },
		{ 64, 0, MODEL_CACHE_CHECKS, 0 },
		{ 64, 32, MODEL_CACHE_POISON, 0 },
	};
	struct rig *r = machine();
	uint64_t bootstrap;

	for (int i = 0; i < UNIT_COUNT(rows); i++) {
		rig_cache(r, (struct model_cache_args){ .size = rows[i].size,
							.sheaf_capacity = rows[i].wanted,
							.flags = rows[i].flags |
								 MODEL_CACHE_NO_MERGE });
		rig_eq(r, get(r->m, r->s, cache_sheaf_capacity), rows[i].capacity,
		       "capacity for %u", rows[i].size);
	}
	rig_is(r,
	       model_target(r->m)->ops->symbol(model_target(r->m), "bootstrap_sheaf", &bootstrap),
	       "there is no bootstrap_sheaf");
	rig_eq(r, main_of(r), bootstrap, "main of a cache without sheaves");
	rig_end(r);
}
END_TEST

/* The first allocation fills a sheaf, whose last object it takes. */
START_TEST(refilled)
{
	struct rig *r = machine();
	uint64_t before = main_of(r), object = rig_alloc(r, 0), slab = rig_slab(r, object);
	uint64_t base = slab_base(r->m, slab);

	rig_eq(r, object, base + 3 * SIZE, "object");
	rig_eq(r, spare_of(r), before, "spare: the main that was empty");
	sheaves_are(r, 3, 0, 0, 0, "after it");
	rig_eq(r, rig_inuse(r, slab), CAPACITY, "inuse: what is in sheaves counts");
	rig_eq(r, rig_on_node(r, 0, slab), 0, "place of the slab");
	for (uint64_t i = 3; i--;)
		rig_eq(r, rig_alloc(r, 0), base + i * SIZE, "object");
	sheaves_are(r, 0, 0, 0, 0, "when it is empty");
	/* The next one takes the rest of the slab; spare is what it is filled into. */
	rig_alloc(r, 0);
	rig_eq(r, rig_inuse(r, slab), 2 * CAPACITY, "inuse");
	rig_eq(r, rig_nr_partial(r, 0), 0, "partial slabs");
	sheaves_are(r, 3, 0, 0, 0, "after the second refill");
	rig_end(r);
}
END_TEST

/* Main full, or empty: it changes places with the spare one. */
START_TEST(swapped)
{
	struct rig *r = machine();
	uint64_t o[8], first, second;

	rig_alloc_many(r, 0, 8, o);
	sheaves_are(r, 0, 0, 0, 0, "at first");
	first = main_of(r);
	second = spare_of(r);
	rig_free_many(r, 0, 5, o);
	rig_eq(r, main_of(r), second, "main: the spare that was empty");
	rig_eq(r, spare_of(r), first, "spare: the main that was full");
	sheaves_are(r, 1, CAPACITY, 0, 0, "after five frees");
	rig_eq(r, rig_alloc(r, 0), o[4], "the last that was freed");
	rig_eq(r, rig_alloc(r, 0), o[3], "the one before it");
	rig_eq(r, main_of(r), first, "main: the spare that was full");
	sheaves_are(r, 3, 0, 0, 0, "in the end");
	rig_end(r);
}
END_TEST

/* Both full: one goes to the barn. Both empty: it comes back. */
START_TEST(barn)
{
	struct rig *r = machine();
	uint64_t o[12], full;

	rig_alloc_many(r, 0, 12, o);
	sheaves_are(r, 0, 0, 0, 0, "at first");
	rig_free_many(r, 0, 8, o);
	sheaves_are(r, CAPACITY, CAPACITY, 0, 0, "when both are full");
	full = main_of(r);
	rig_free(r, 0, o[8]);
	sheaves_are(r, 1, CAPACITY, 1, 0, "after one more");
	rig_eq(r, get64(r->m, AT(r->m, barn_of(r), barn_full)), AT(r->m, full, sheaf_list),
	       "the full sheaf of the barn");
	rig_alloc_many(r, 0, 5, o);
	sheaves_are(r, 0, 0, 1, 0, "when both are empty");
	rig_alloc(r, 0);
	rig_eq(r, main_of(r), full, "main: the barn's");
	sheaves_are(r, 3, 0, 0, 1, "when it came back");
	/* Its empty sheaves are used before new ones are made. */
	rig_free_many(r, 0, 5, o);
	rig_free_many(r, 0, 1, o + 9);
	sheaves_are(r, 1, CAPACITY, 1, 0, "after six frees");
	rig_free_many(r, 0, 2, o + 10);
	rig_end(r);
}
END_TEST

/* A barn takes ten full sheaves; then the spare one goes back to the slabs. */
START_TEST(barn_full)
{
	struct rig *r = machine();
	uint64_t o[64];
	unsigned int nr = 0;

	rig_alloc_many(r, 0, 52, o);
	sheaves_are(r, 0, 0, 0, 0, "at first");
	while (barn_nr_full(r->m, barn_of(r)) < 10)
		rig_free(r, 0, o[nr++]);
	rig_eq(r, nr, 41 + CAPACITY, "frees until the barn is full");
	for (; size_of(r, main_of(r)) < CAPACITY; nr++)
		rig_free(r, 0, o[nr]);
	sheaves_are(r, CAPACITY, CAPACITY, 10, 0, "when all is full");
	rig_eq(r, rig_nr_partial(r, 0), 1, "partial slabs before"); /* 52 are 6 and a half slabs */
	rig_free(r, 0, o[nr++]);
	sheaves_are(r, 1, CAPACITY, 10, 0, "after one more");
	rig_is(r, rig_nr_partial(r, 0) > 1, "no object went back to its slab");
	rig_end(r);
}
END_TEST

/* kfree_rcu(): a sheaf of objects that wait; when it is full, for a grace period, then to the barn. */
START_TEST(after_grace_period)
{
	struct rig *r = machine();
	uint64_t o[8], pcs = rig_pcs(r, 0), sheaf;

	rig_alloc_many(r, 0, 8, o);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(model_free_rcu(r->m, 0, o[i]), MODEL_DONE);
	sheaf = pcs_rcu_free(r->m, pcs);
	rig_eq(r, size_of(r, sheaf), 3, "objects that wait");
	rig_is(r, !spare_of(r), "the empty spare sheaf is not used for that");
	ck_assert_int_eq(model_free_rcu(r->m, 0, o[3]), MODEL_DONE);
	rig_eq(r, pcs_rcu_free(r->m, pcs), 0, "the sheaf when it is full");
	rig_eq(r, barn_nr_full(r->m, barn_of(r)), 0, "full sheaves before the grace period");
	ck_assert_int_eq(model_grace_period(r->m, 0), MODEL_DONE);
	rig_eq(r, barn_nr_full(r->m, barn_of(r)), 1, "full sheaves after it");
	rig_eq(r, rig_alloc(r, 0), o[3], "the next object");
	rig_eq(r, main_of(r), sheaf, "main");
	rig_end(r);
}
END_TEST

/* Many at once come in the order in which they lie in the sheaf. */
START_TEST(bulk)
{
	struct rig *r = machine();
	uint64_t o[8], b[8];
	size_t got;

	rig_alloc_many(r, 0, 8, o);
	rig_free_many(r, 0, 8, o); /* o[0] to o[3] are in spare now */
	ck_assert_int_eq(model_alloc_bulk(r->m, 0, r->s, model_gfp_kernel(r->m), 3, b, &got),
			 MODEL_DONE);
	rig_eq(r, got, 3, "objects");
	for (int i = 0; i < 3; i++)
		rig_eq(r, b[i], o[5 + i], "object %d", i);
	sheaves_are(r, 1, CAPACITY, 0, 0, "after three");
	ck_assert_int_eq(model_alloc_bulk(r->m, 0, r->s, model_gfp_kernel(r->m), 5, b + 3, &got),
			 MODEL_DONE);
	rig_eq(r, b[3], o[4], "the rest of main");
	for (int i = 0; i < 4; i++)
		rig_eq(r, b[4 + i], o[i], "object %d of spare", i);
	sheaves_are(r, 0, 0, 0, 0, "after five more");
	ck_assert_int_eq(model_free_bulk(r->m, 0, r->s, 8, b), MODEL_DONE);
	sheaves_are(r, CAPACITY, CAPACITY, 0, 0, "after all were freed");
	rig_eq(r, rig_alloc(r, 0), b[7], "the next object");
	rig_end(r);
}
END_TEST

/* What no sheaf has room for goes to the slabs, also when a sheaf could be allocated. */
START_TEST(bulk_overflows)
{
	struct rig *r = machine();
	uint64_t o[16];

	rig_alloc_many(r, 0, 16, o);
	rig_eq(r, rig_nr_slabs(r, 0), 2, "slabs");
	ck_assert_int_eq(model_free_bulk(r->m, 0, r->s, 16, o), MODEL_DONE);
	sheaves_are(r, CAPACITY, CAPACITY, 0, 0, "afterwards");
	rig_eq(r, rig_inuse(r, rig_slab(r, o[8])) + rig_inuse(r, rig_slab(r, o[0])), 8,
	       "objects that are not in their slabs");
	rig_end(r);
}
END_TEST

/* Objects of other nodes are not for the sheaves of this one. */
START_TEST(other_node)
{
	struct rig *r =
		rig_new(MODEL_ERA_7_2,
			(struct model_config){ .nr_cpus = 2, .nr_nodes = 2, .frames = 4096 });
	uint64_t object;

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = MODEL_CACHE_NO_MERGE });
	ck_assert_int_eq(model_alloc(r->m, 0, r->s, model_gfp_kernel(r->m), 1, &object),
			 MODEL_DONE);
	rig_eq(r, slab_nid(r->m, rig_slab(r, object)), 1, "node of the object");
	sheaves_are(r, 0, -1, 0, 0, "after it was allocated");
	rig_eq(r, rig_on_node(r, 1, rig_slab(r, object)), 0, "place of its slab");
	rig_free(r, 0, object);
	sheaves_are(r, 0, -1, 0, 0, "after it was freed");
	rig_eq(r, rig_inuse(r, rig_slab(r, object)), 0, "inuse");
	rig_end(r);
}
END_TEST

/* Flushing leaves an empty main sheaf; shrinking empties the barns as well. */
START_TEST(flushed)
{
	struct rig *r = machine();
	uint64_t o[12], freed, slabs;

	rig_alloc_many(r, 0, 12, o);
	rig_free_many(r, 0, 12, o);
	sheaves_are(r, CAPACITY, CAPACITY, 1, 0, "at first");
	slabs = rig_nr_slabs(r, 0);
	ck_assert_int_eq(model_cache_flush(r->m, 1, r->s), MODEL_DONE);
	sheaves_are(r, 0, -1, 1, 0, "after a flush");
	ck_assert_int_eq(model_cache_shrink(r->m, 1, r->s, &freed), MODEL_DONE);
	sheaves_are(r, 0, -1, 0, 0, "after shrinking");
	rig_eq(r, freed, slabs, "slabs that were freed");
	rig_eq(r, rig_nr_slabs(r, 0), 0, "slabs");
	rig_end(r);
}
END_TEST

struct job {
	struct rig *r;
	uint64_t object;
};

static void run_free(struct model *m, void *ctx)
{
	struct job *j = ctx;

	model_free_object(m, 0, j->r->s, j->object);
}

/* An interrupt does not wait for the lock that its own CPU holds: it goes to the slabs. */
START_TEST(interrupted)
{
	struct rig *r = machine();
	struct job j = { .r = r };
	struct model_task *task;
	uint64_t lock = AT(r->m, rig_pcs(r, 0), sheaves_lock), o[5], object, byte = 0;

	rig_alloc_many(r, 0, 5, o);
	sheaves_are(r, 3, 0, 0, 0, "at first");
	j.object = o[0];
	task = model_task_new(r->m, 0, run_free, &j);
	while (!byte) {
		rig_eq(r, model_task_run(task, 1), MODEL_TASK_READY, "the lock is not taken");
		model_peek(r->m, lock, &byte, 1);
	}
	rig_is(r, model_task_interruptible(task), "interrupts are off under the lock");
	rig_is(r, !model_task_migrate(task, 1), "it can be migrated under the lock");
	object = rig_alloc(r, 0);
	rig_eq(r, size_of(r, main_of(r)), 3, "objects of main after the interrupt's allocation");
	rig_eq(r, rig_inuse(r, rig_slab(r, object)) % 8, 1, "inuse of the slab that it is from");
	rig_free(r, 0, object);
	rig_eq(r, size_of(r, main_of(r)), 3, "objects of main after the interrupt's free");
	rig_eq(r, model_task_run(task, UINT64_MAX), MODEL_TASK_ENDED, "the task");
	sheaves_are(r, 4, 0, 0, 0, "in the end");
	model_task_end(task);
	rig_end(r);
}
END_TEST

Suite *suite_model_sheaf(void)
{
	Suite *suite = suite_create("model_sheaf");
	TCase *sheaves = tcase_create("sheaves");

	tcase_set_timeout(sheaves, RIG_TIMEOUT);
	tcase_add_test(sheaves, created);
	tcase_add_test(sheaves, capacities);
	tcase_add_test(sheaves, refilled);
	tcase_add_test(sheaves, swapped);
	tcase_add_test(sheaves, barn);
	tcase_add_test(sheaves, barn_full);
	tcase_add_test(sheaves, after_grace_period);
	tcase_add_test(sheaves, bulk);
	tcase_add_test(sheaves, bulk_overflows);
	tcase_add_test(sheaves, other_node);
	tcase_add_test(sheaves, flushed);
	tcase_add_test(sheaves, interrupted);
	suite_add_tcase(suite, sheaves);
	return suite;
}
