/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an allocation takes its object from, and what it leaves behind. */
#include <stdlib.h>

#include "tests/unit/rig.h"

/* A machine with two CPUs, and a cache with so many objects in a slab. */
#define SIZE 64
#define TID_STEP 8

static struct rig *machine(enum model_era era)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2, .tid_step = TID_STEP });

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	return r;
}

static bool has_cpu_slabs(const struct rig *r)
{
	return r->era < MODEL_ERA_7_2;
}

/* How often tid is advanced when the CPU's slab has run empty: load_freelist does, and since 5.19
 * (eeaa345e1285, which 5.10.262 has) letting go of the old slab does as well. */
static unsigned int events_of_change(const struct rig *r)
{
	return r->era < MODEL_ERA_5_10 ? 1 : 2;
}

EACH_MODEL_ERA(last_freed_first)
{
	struct rig *r = machine(era);
	uint64_t o[4];

	rig_alloc_many(r, 0, 4, o);
	for (int i = 3; i >= 0; i--)
		rig_free(r, 0, o[i]);
	for (int i = 0; i < 4; i++)
		rig_eq(r, rig_alloc(r, 0), o[i], "object %d", i);
	rig_end(r);
}

/* Each fast path advances tid once. */
EACH_CPU_SLAB_ERA(tid_counts)
{
	struct rig *r = machine(era);
	uint64_t o[3], tid;

	rig_eq(r, rig_cpu_tid(r, 1), 1, "tid of a CPU that did nothing");
	rig_alloc(r, 0);
	tid = rig_cpu_tid(r, 0);
	rig_alloc_many(r, 0, 3, o);
	rig_eq(r, rig_cpu_tid(r, 0), tid + 3 * TID_STEP, "tid after three allocations");
	rig_free_many(r, 0, 3, o);
	rig_eq(r, rig_cpu_tid(r, 0), tid + 6 * TID_STEP, "tid after three frees");
	rig_end(r);
}

/* A new slab is all the CPU's; since 7.0 CPUs have none, and the node gets what is left of it. */
EACH_MODEL_ERA(new_slab_taken)
{
	struct rig *r = machine(era);
	uint64_t object = rig_alloc(r, 1), slab = rig_slab(r, object);
	unsigned int n = rig_objects(r);

	rig_eq(r, rig_nr_slabs(r, 0), 1, "nr_slabs");
	rig_eq(r, get(r->m, get_node(r->m, r->s, 0), node_total_objects), n, "total_objects");
	rig_is(r, rig_is_slab(r, slab), "the page is not marked");
	rig_eq(r, get(r->m, slab, slab_cache), r->s, "slab_cache");
	rig_eq(r, rig_inuse(r, slab), has_cpu_slabs(r) ? n : 1, "inuse");
	rig_eq(r, rig_frozen(r, slab), has_cpu_slabs(r), "frozen");
	rig_eq(r, rig_on_node(r, 0, slab), has_cpu_slabs(r) ? -1 : 0, "place on the node's list");
	rig_eq(r, rig_chain(r, slab_freelist(r->m, slab)), has_cpu_slabs(r) ? 0 : n - 1,
	       "free objects of the slab");
	if (has_cpu_slabs(r)) {
		rig_eq(r, rig_cpu_slab(r, 1), slab, "slab of the CPU");
		rig_eq(r, rig_chain(r, rig_cpu_freelist(r, 1)), n - 1, "its free objects");
		rig_eq(r, rig_cpu_tid(r, 1), 1 + TID_STEP, "its tid");
	}
	rig_end(r);
}

/* Without random_seq objects come as they lie. */
EACH_MODEL_ERA(linear_order)
{
	struct rig *r = rig_new(era, (struct model_config){ .without = MODEL_HAS(RANDOM_SEQ) });
	uint64_t *o, base;

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	o = rig_slabs(r, 0, 1);
	base = slab_base(r->m, rig_slab(r, o[0]));
	for (unsigned int i = 0; i < rig_objects(r); i++)
		rig_eq(r, o[i], base + i * SIZE, "object %u", i);
	free(o);
	rig_end(r);
}

/* With it, as it says, from a random position on (shuffle_freelist(), 4.7). */
EACH_MODEL_ERA(random_order)
{
	static const uint32_t start = 5;
	struct rig *r = machine(era);
	uint64_t *o, base, seq;
	unsigned int n = rig_objects(r);

	if (era < MODEL_ERA_4_19) {
		rig_end(r);
		return;
	}
	model_freelist_starts(r->m, &start, 1);
	o = rig_slabs(r, 0, 1);
	base = slab_base(r->m, rig_slab(r, o[0]));
	seq = get(r->m, r->s, cache_random_seq);
	for (unsigned int i = 0; i < n; i++)
		rig_eq(r, o[i], base + get32(r->m, seq + 4 * ((start + i) % n)), "object %u", i);
	free(o);
	rig_end(r);
}

/* get_freelist(): what others freed to the CPU's slab becomes the CPU's, at once. */
EACH_CPU_SLAB_ERA(remote_frees_taken)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 1), slab = rig_slab(r, o[0]), tid;
	unsigned int n = rig_objects(r);

	for (int i = 0; i < 3; i++)
		rig_free(r, 1, o[i]);
	rig_eq(r, rig_inuse(r, slab), n - 3, "inuse after the frees");
	rig_is(r, rig_frozen(r, slab), "the CPU has lost its slab");
	rig_eq(r, rig_chain(r, slab_freelist(r->m, slab)), 3, "freelist after the frees");
	rig_eq(r, rig_cpu_freelist(r, 0), 0, "the CPU's freelist");
	rig_eq(r, rig_on_cpu(r, 1, slab), -1, "place on the list of the CPU that freed");
	tid = rig_cpu_tid(r, 0);
	rig_eq(r, rig_alloc(r, 0), o[2], "object");
	rig_eq(r, rig_cpu_freelist(r, 0), o[1], "the CPU's freelist behind it");
	rig_eq(r, slab_freelist(r->m, slab), 0, "the slab's freelist");
	rig_eq(r, rig_inuse(r, slab), n, "inuse");
	rig_is(r, rig_frozen(r, slab), "the slab is not frozen");
	rig_eq(r, rig_cpu_tid(r, 0), tid + TID_STEP, "tid");
	free(o);
	rig_end(r);
}

/* A slab of which nothing is left is let go of: it is on no list, and not frozen. */
EACH_CPU_SLAB_ERA(empty_slab_let_go)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 1), slab = rig_slab(r, o[0]), tid = rig_cpu_tid(r, 0);
	unsigned int n = rig_objects(r);
	uint64_t object;

	rig_is(r, rig_frozen(r, slab), "the slab is let go of too soon");
	object = rig_alloc(r, 0);
	rig_is(r, rig_slab(r, object) != slab, "an object of the slab that has none");
	rig_is(r, !rig_frozen(r, slab), "it still is frozen");
	rig_eq(r, rig_inuse(r, slab), n, "inuse");
	rig_eq(r, rig_on_node(r, 0, slab), -1, "place on the node's list");
	rig_eq(r, rig_cpu_tid(r, 0), tid + events_of_change(r) * TID_STEP, "tid");
	free(o);
	rig_end(r);
}

/* Before it asks the node, a CPU takes the slab that came last to its partial list. */
EACH_CPU_SLAB_ERA(cpu_partial_taken)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 3), tid;
	unsigned int n = rig_objects(r);
	uint64_t first = rig_slab(r, o[0]), second = rig_slab(r, o[n]);

	rig_free(r, 0, o[0]);
	rig_free(r, 0, o[n]);
	rig_eq(r, rig_on_cpu(r, 0, second), 0, "place of the slab that came last");
	rig_eq(r, rig_on_cpu(r, 0, first), 1, "place of the slab that came first");
	tid = rig_cpu_tid(r, 0);
	rig_eq(r, rig_alloc(r, 0), o[n], "object");
	rig_eq(r, rig_cpu_slab(r, 0), second, "slab of the CPU");
	rig_is(r, rig_frozen(r, second), "it is not frozen");
	rig_eq(r, rig_inuse(r, second), n, "its inuse");
	rig_eq(r, rig_cpu_partial(r, 0), first, "the rest of the list");
	rig_eq(r, rig_cpu_tid(r, 0), tid + events_of_change(r) * TID_STEP, "tid");
	free(o);
	rig_end(r);
}

/* Slabs with one free object each, all on the node's list. */
static uint64_t *node_list_make(struct rig *r, unsigned int nr)
{
	uint64_t *o = rig_slabs(r, 0, nr);

	for (unsigned int i = 0; i < nr; i++)
		rig_free(r, 0, o[i * rig_objects(r)]);
	ck_assert_int_eq(model_cache_flush(r->m, 0, r->s), MODEL_DONE);
	rig_eq(r, rig_nr_partial(r, 0), nr, "partial slabs of the node");
	return o;
}

/*
 * The first slab of the node's list becomes the CPU's, and some more go to its partial list: until
 * 5.15 until those have more than half of cpu_partial objects, the first included; then until there
 * are more than half of cpu_partial_slabs, the first not included.
 */
EACH_CPU_SLAB_ERA(node_partial_taken)
{
	struct rig *r = machine(era);
	uint64_t *o = node_list_make(r, 12), slab, tid;
	unsigned int chain = era < MODEL_ERA_6_1 ? 3 : 4;

	rig_set(r, cache_cpu_partial, 6);
	if (era >= MODEL_ERA_6_1)
		rig_set(r, cache_cpu_partial_slabs, 6);
	slab = get64(r->m, AT(r->m, get_node(r->m, r->s, 0), node_partial)) -
	       r->m->shape.slab_list.offset;
	tid = rig_cpu_tid(r, 1);
	rig_eq(r, rig_slab(r, rig_alloc(r, 1)), slab, "slab of the object");
	rig_eq(r, rig_cpu_slab(r, 1), slab, "slab of the CPU");
	rig_is(r, rig_frozen(r, slab), "it is not frozen");
	rig_eq(r, rig_cpu_tid(r, 1), tid + TID_STEP, "tid");
	rig_eq(r, rig_nr_on_cpu(r, 1), chain, "slabs on the CPU's partial list");
	rig_eq(r, rig_nr_partial(r, 0), 12 - 1 - chain, "slabs on the node's list");
	for (slab = rig_cpu_partial(r, 1); slab; slab = get(r->m, slab, slab_next), chain--) {
		rig_eq(r, get(r->m, slab, slab_slabs), chain, "slabs from this one on");
		if (era < MODEL_ERA_6_1)
			rig_eq(r, get(r->m, slab, slab_pobjects), chain, "their free objects");
		/* 8cd3fa428b56, 6.8 */
		rig_eq(r, rig_frozen(r, slab), era < MODEL_ERA_6_12, "frozen");
	}
	free(o);
	rig_end(r);
}

/* Since 7.0 an object is taken where its slab is, which leaves the list when it was the last. */
START_TEST(node_partial_taken_in_place)
{
	struct rig *r = machine(MODEL_ERA_7_2);
	uint64_t *o = node_list_make(r, 2), first;

	rig_free(r, 0, o[1]);
	first = rig_on_node(r, 0, rig_slab(r, o[0])) == 0 ? 1 : 0;
	rig_eq(r, rig_slab(r, rig_alloc(r, 1)), rig_slab(r, first ? o[0] : o[rig_objects(r)]),
	       "slab of the object");
	rig_eq(r, rig_nr_partial(r, 0), first ? 2 : 1, "slabs on the node's list");
	free(o);
	rig_end(r);
}
END_TEST

static uint64_t alloc_on(struct rig *r, unsigned int cpu, uint32_t gfp, int node)
{
	uint64_t object;

	ck_assert_int_eq(model_alloc(r->m, cpu, r->s, gfp, node, &object), MODEL_DONE);
	return object;
}

/* Whoever wants an object of another node makes the CPU give its slab back. */
EACH_MODEL_ERA(node_wanted)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2, .nr_nodes = 2 });
	uint64_t here, there, slab;
	unsigned int n;

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	n = rig_objects(r);
	here = rig_alloc(r, 0);
	slab = rig_slab(r, here);
	rig_eq(r, slab_nid(r->m, slab), 0, "node of CPU 0");
	there = alloc_on(r, 0, model_gfp_kernel(r->m), 1);
	rig_eq(r, slab_nid(r->m, rig_slab(r, there)), 1, "node of the object");
	rig_eq(r, rig_on_node(r, 0, slab), 0, "place of the slab on its node's list");
	rig_is(r, !rig_frozen(r, slab), "it is frozen");
	rig_eq(r, rig_inuse(r, slab), 1, "its inuse");
	rig_eq(r, rig_chain(r, slab_freelist(r->m, slab)), n - 1, "its free objects");
	if (has_cpu_slabs(r))
		rig_eq(r, rig_cpu_slab(r, 0), rig_slab(r, there), "slab of the CPU");
	rig_end(r);
}

/* A new slab of the usual order cannot be had: then of the least that holds an object. */
EACH_MODEL_ERA(smaller_order)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 4 });
	uint64_t o[8], min;

	rig_cache(r, (struct model_cache_args){ .size = 1000, .flags = RIG_PLAIN });
	min = get(r->m, r->s, cache_min);
	rig_is(r, oo_order(cache_oo(r->m, r->s)) > 0, "the usual order is 0");
	rig_eq(r, oo_order(min), 0, "order of min");
	rig_eq(r, oo_objects(min), 4, "objects of min");
	model_fail_pages(r->m, 1);
	rig_alloc_many(r, 0, 8, o);
	for (int i = 0; i < 8; i++) {
		rig_eq(r, slab_objects(r->m, rig_slab(r, o[i])), 4, "objects of the slab");
		rig_eq(r, compound_order(r->m, rig_slab(r, o[i])), 0, "order of the slab");
		for (int k = 0; k < i; k++)
			rig_is(r, o[i] != o[k], "objects %d and %d are the same", k, i);
	}
	rig_eq(r, rig_nr_slabs(r, 0), 2, "slabs");
	rig_end(r);
}

/* Nothing can be had: NULL and a report, except for who does not want one. */
EACH_MODEL_ERA(no_memory)
{
	struct rig *r = machine(era);
	uint32_t gfp = model_gfp_kernel(r->m);

	model_fail_pages(r->m, 0);
	rig_eq(r, alloc_on(r, 0, gfp, MODEL_ANY_NODE), 0, "object");
	rig_eq(r, model_reports(r->m, MODEL_REPORT_NO_MEMORY), 1, "reports");
	rig_eq(r, alloc_on(r, 0, gfp | model_gfp(r->m)->nowarn, MODEL_ANY_NODE), 0, "object");
	rig_eq(r, model_reports(r->m, MODEL_REPORT_NO_MEMORY), 1, "reports");
	rig_eq(r, rig_nr_slabs(r, 0), 0, "nr_slabs");
	model_fail_pages(r->m, -1);
	rig_alloc(r, 0);
	rig_end(r);
}

/*
 * A slab from the reserves is for those who may use them. The fast path does not look, so that what
 * a CPU has of it goes to anybody; the slow path makes it give such a slab back.
 */
EACH_MODEL_ERA(reserves)
{
	struct rig *r = machine(era);
	uint32_t gfp = model_gfp_kernel(r->m);
	uint64_t reserve, slab, object;

	model_pfmemalloc(r->m, true);
	reserve = rig_alloc(r, 0);
	slab = rig_slab(r, reserve);
	rig_eq(r, rig_on_node(r, 0, slab), 0, "place of the slab on the node's list");
	model_pfmemalloc(r->m, false);
	object = alloc_on(r, 1, gfp | model_gfp(r->m)->memalloc, MODEL_ANY_NODE);
	rig_eq(r, rig_slab(r, object), slab, "slab for who may use the reserves");
	object = rig_alloc(r, 1);
	rig_eq(r, rig_slab(r, object) == slab, has_cpu_slabs(r), "GFP_KERNEL gets an object of it");
	while (has_cpu_slabs(r) && rig_cpu_freelist(r, 1))
		rig_alloc(r, 1);
	rig_free(r, 0, reserve);
	object = rig_alloc(r, 1);
	rig_is(r, rig_slab(r, object) != slab, "the slow path takes an object of it");
	rig_is(r, rig_on_node(r, 0, slab) >= 0, "it is not given back");
	rig_end(r);
}

/* All or nothing; without an interface of the kind before 4.3. */
EACH_MODEL_ERA(bulk)
{
	struct rig *r = machine(era);
	uint64_t o[40];
	size_t got;

	if (era < MODEL_ERA_4_19) {
		rig_end(r);
		return;
	}
	rig_alloc(r, 0);
	ck_assert_int_eq(model_alloc_bulk(r->m, 0, r->s, model_gfp_kernel(r->m), 40, o, &got),
			 MODEL_DONE);
	rig_eq(r, got, 40, "objects");
	for (int i = 0; i < 40; i++)
		for (int k = 0; k < i; k++)
			rig_is(r, o[i] != o[k], "objects %d and %d are the same", k, i);
	model_fail_pages(r->m, 0);
	ck_assert_int_eq(model_alloc_bulk(r->m, 0, r->s, model_gfp_kernel(r->m), 40, o, &got),
			 MODEL_DONE);
	rig_eq(r, got, 0, "objects when there are not enough");
	rig_eq(r, rig_nr_slabs(r, 0), 1, "slabs");
	rig_end(r);
}

/* The objects of a bulk come off the CPU's freelist one after the other; that counts once. */
EACH_CPU_SLAB_ERA(bulk_counts_once)
{
	struct rig *r = machine(era);
	uint64_t o[5], b[5], tid;
	size_t got;

	if (era < MODEL_ERA_4_19) {
		rig_end(r);
		return;
	}
	rig_alloc_many(r, 0, 5, o);
	for (int i = 4; i >= 0; i--)
		rig_free(r, 0, o[i]);
	tid = rig_cpu_tid(r, 0);
	ck_assert_int_eq(model_alloc_bulk(r->m, 0, r->s, model_gfp_kernel(r->m), 5, b, &got),
			 MODEL_DONE);
	for (int i = 0; i < 5; i++)
		rig_eq(r, b[i], o[i], "object %d", i);
	rig_eq(r, rig_cpu_tid(r, 0), tid + TID_STEP, "tid");
	rig_end(r);
}

Suite *suite_model_alloc(void)
{
	Suite *suite = suite_create("model_alloc");
	TCase *paths = tcase_create("paths"), *memory = tcase_create("memory");

	tcase_set_timeout(paths, RIG_TIMEOUT);
	tcase_add_test(paths, last_freed_first);
	tcase_add_test(paths, tid_counts);
	tcase_add_test(paths, new_slab_taken);
	tcase_add_test(paths, linear_order);
	tcase_add_test(paths, random_order);
	tcase_add_test(paths, remote_frees_taken);
	tcase_add_test(paths, empty_slab_let_go);
	tcase_add_test(paths, cpu_partial_taken);
	tcase_add_test(paths, node_partial_taken);
	tcase_add_test(paths, node_partial_taken_in_place);
	tcase_add_test(paths, bulk);
	tcase_add_test(paths, bulk_counts_once);
	suite_add_tcase(suite, paths);
	tcase_set_timeout(memory, RIG_TIMEOUT);
	tcase_add_test(memory, node_wanted);
	tcase_add_test(memory, smaller_order);
	tcase_add_test(memory, no_memory);
	tcase_add_test(memory, reserves);
	suite_add_tcase(suite, memory);
	return suite;
}
