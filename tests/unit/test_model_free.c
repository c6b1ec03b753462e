/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a free puts its object, and what becomes of the slab. */
#include <stdlib.h>

#include "tests/unit/rig.h"

#define SIZE 128
#define TID_STEP 8

static struct rig *machine_of(enum model_era era, unsigned int flags)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2, .tid_step = TID_STEP });

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN | flags });
	return r;
}

static struct rig *machine(enum model_era era)
{
	return machine_of(era, 0);
}

static void flush(struct rig *r)
{
	ck_assert_int_eq(model_cache_flush(r->m, 0, r->s), MODEL_DONE);
}

/* A free to the CPU's own slab is the CPU's business alone. */
EACH_CPU_SLAB_ERA(own_slab)
{
	struct rig *r = machine(era);
	uint64_t o[2], slab, counters, tid, head;

	rig_alloc_many(r, 0, 2, o);
	slab = rig_slab(r, o[0]);
	counters = slab_counters(r->m, slab);
	head = rig_cpu_freelist(r, 0);
	tid = rig_cpu_tid(r, 0);
	rig_free(r, 0, o[0]);
	rig_eq(r, rig_cpu_freelist(r, 0), o[0], "head of the CPU's freelist");
	rig_eq(r, get_freepointer(r->m, r->s, o[0]), head, "link of the object");
	rig_eq(r, slab_counters(r->m, slab), counters, "counters of the slab");
	rig_eq(r, slab_freelist(r->m, slab), 0, "freelist of the slab");
	rig_eq(r, rig_cpu_tid(r, 0), tid + TID_STEP, "tid");
	rig_end(r);
}

/*
 * A slab that was full goes to the partial list of the CPU that frees, frozen until 6.7; since 7.0
 * it goes to the end of its node's list.
 */
EACH_MODEL_ERA(full_slab)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 3), slab = rig_slab(r, o[0]);
	unsigned int n = rig_objects(r);

	rig_free(r, 1, o[1]);
	rig_eq(r, rig_inuse(r, slab), n - 1, "inuse");
	rig_eq(r, slab_freelist(r->m, slab), o[1], "freelist");
	rig_eq(r, get_freepointer(r->m, r->s, o[1]), 0, "link");
	rig_eq(r, rig_frozen(r, slab), era < MODEL_ERA_6_12, "frozen");
	if (era < MODEL_ERA_7_2) {
		rig_eq(r, rig_on_cpu(r, 1, slab), 0, "place on the list of the CPU that freed");
		rig_eq(r, get(r->m, slab, slab_slabs), 1, "slabs on that list");
		rig_eq(r, rig_nr_partial(r, 0), 0, "slabs on the node's list");
	} else {
		rig_eq(r, rig_on_node(r, 0, slab), 0, "place on the node's list");
		rig_free(r, 1, o[n]);
		rig_eq(r, rig_on_node(r, 0, rig_slab(r, o[n])), 1, "place of the next slab");
	}
	free(o);
	rig_end(r);
}

/*
 * When its partial list has enough, a CPU gives it to the node: until 5.15 when the slabs had more
 * than cpu_partial free objects as they came, then when there are cpu_partial_slabs.
 */
EACH_CPU_SLAB_ERA(cpu_partial_full)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 5), slab;
	unsigned int n = rig_objects(r);

	rig_set(r, cache_cpu_partial, 2);
	if (era >= MODEL_ERA_6_1)
		rig_set(r, cache_cpu_partial_slabs, 3);
	for (unsigned int i = 0; i < 3; i++)
		rig_free(r, 1, o[i * n]);
	rig_eq(r, rig_nr_on_cpu(r, 1), 3, "slabs of the CPU at its limit");
	rig_eq(r, rig_nr_partial(r, 0), 0, "slabs of the node");
	rig_free(r, 1, o[3 * n]);
	rig_eq(r, rig_nr_on_cpu(r, 1), 1, "slabs of the CPU beyond its limit");
	rig_eq(r, rig_nr_partial(r, 0), 3, "slabs of the node");
	for (unsigned int i = 0; i < 3; i++) {
		slab = rig_slab(r, o[i * n]);
		rig_is(r, !rig_frozen(r, slab), "a slab of the node is frozen");
		/* The list is given back from its head: what came last is first. */
		rig_eq(r, rig_on_node(r, 0, slab), 2 - i, "place of slab %u", i);
		/* 8a399e2f6003, 6.8 */
		if (era >= MODEL_ERA_6_12)
			rig_is(r, get(r->m, slab, slab_flags) & r->m->shape.pg_partial,
			       "it is not marked");
	}
	free(o);
	rig_end(r);
}

/* What is on the list of a node stays where it is; the last that was freed is its first object. */
EACH_MODEL_ERA(node_partial)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 3), slab = rig_slab(r, o[0]);
	unsigned int n = rig_objects(r);
	int place;

	for (unsigned int i = 0; i < 3; i++)
		rig_free(r, 0, o[i * n]);
	flush(r);
	place = rig_on_node(r, 0, slab);
	rig_is(r, place >= 0, "the slab is not on the node's list");
	rig_free(r, 1, o[1]);
	rig_eq(r, rig_on_node(r, 0, slab), place, "place on the node's list");
	rig_eq(r, slab_freelist(r->m, slab), o[1], "freelist");
	rig_eq(r, get_freepointer(r->m, r->s, o[1]), o[0], "link");
	rig_eq(r, rig_inuse(r, slab), n - 2, "inuse");
	free(o);
	rig_end(r);
}

static void empty(struct rig *r, unsigned int cpu, const uint64_t *objects)
{
	rig_free_many(r, cpu, rig_objects(r) - 1, objects + 1);
}

/* An empty slab is freed when the node has more than min_partial; since 3.16 when it has as many. */
EACH_MODEL_ERA(empty_slab)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 4), pages, a, b;
	unsigned int n = rig_objects(r);
	bool kept = era == MODEL_ERA_3_13;

	for (unsigned int i = 0; i < 4; i++)
		rig_free(r, 0, o[i * n]);
	flush(r);
	rig_set(r, cache_min_partial, 3);
	rig_eq(r, rig_nr_partial(r, 0), 4, "partial slabs");
	pages = model_pages_free(r->m);
	a = rig_slab(r, o[0]);
	empty(r, 1, o);
	rig_eq(r, rig_nr_partial(r, 0), 3, "partial slabs after one above min_partial was emptied");
	rig_is(r, !rig_is_slab(r, a), "its page still is a slab");
	rig_eq(r, rig_nr_slabs(r, 0), 3, "nr_slabs");
	rig_eq(r, model_pages_free(r->m), pages + 1, "free pages");
	b = rig_slab(r, o[n]);
	empty(r, 1, o + n);
	rig_eq(r, rig_nr_partial(r, 0), kept ? 3 : 2, "partial slabs after one at min_partial");
	rig_eq(r, rig_is_slab(r, b), kept, "its page is a slab");
	if (kept)
		rig_eq(r, rig_inuse(r, b), 0, "its inuse");
	free(o);
	rig_end(r);
}

/* On a CPU's partial list empty slabs stay; the node does not want them when they are given back. */
EACH_CPU_SLAB_ERA(cpu_partial_empty)
{
	struct rig *r = machine(era);
	uint64_t *o = rig_slabs(r, 0, 2), slab = rig_slab(r, o[0]);

	rig_free_many(r, 1, rig_objects(r), o);
	rig_eq(r, rig_on_cpu(r, 1, slab), 0, "place on the CPU's list");
	rig_eq(r, rig_inuse(r, slab), 0, "inuse");
	rig_eq(r, rig_frozen(r, slab), era < MODEL_ERA_6_12, "frozen");
	rig_set(r, cache_min_partial, 0);
	flush(r);
	/* Of no partial slabs there are not more than min_partial, but as many. */
	rig_eq(r, rig_is_slab(r, slab), era == MODEL_ERA_3_13, "the page is a slab");
	free(o);
	rig_end(r);
}

/* A CPU's partial list may have slabs of other nodes, which go to those. */
EACH_CPU_SLAB_ERA(other_node)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2, .nr_nodes = 2 });
	uint64_t *o, slab;

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	o = rig_slabs(r, 1, 2);
	slab = rig_slab(r, o[0]);
	rig_eq(r, slab_nid(r->m, slab), 1, "node of the slab");
	rig_free(r, 0, o[0]);
	rig_eq(r, rig_on_cpu(r, 0, slab), 0, "place on the CPU's list");
	flush(r);
	rig_eq(r, rig_on_node(r, 0, slab), -1, "place on the list of the CPU's node");
	rig_is(r, rig_on_node(r, 1, slab) >= 0, "it is not on the list of its node");
	free(o);
	rig_end(r);
}

/* set_freepointer() notices an object that would lead to itself, since 4.14. */
EACH_MODEL_ERA(twice_in_a_row)
{
	struct rig *r = machine(era);
	uint64_t o[2];
	enum model_end end;

	rig_alloc_many(r, 0, 2, o);
	rig_free(r, 0, o[0]);
	end = model_free_object(r->m, 0, r->s, o[0]);
	rig_eq(r, end, era < MODEL_ERA_4_19 ? MODEL_DONE : MODEL_OOPS, "how the second free ended");
	if (end == MODEL_OOPS)
		rig_eq(r, model_oops(r->m)->kind, MODEL_OOPS_BUG, "kind of oops");
	else
		rig_eq(r, get_freepointer(r->m, r->s, o[0]), o[0], "link");
	model_free(r->m);
	free(r);
}

/* Not in a row, nobody notices: two owners get the same object. */
EACH_MODEL_ERA(twice)
{
	struct rig *r = machine(era);
	uint64_t o[2];

	rig_alloc_many(r, 0, 2, o);
	rig_free(r, 0, o[0]);
	rig_free(r, 0, o[1]);
	rig_free(r, 0, o[0]);
	rig_eq(r, rig_alloc(r, 0), o[0], "first object");
	rig_eq(r, rig_alloc(r, 0), o[1], "second object");
	rig_eq(r, rig_alloc(r, 0), o[0], "third object");
	model_free(r->m);
	free(r);
}

/*
 * cache_from_obj(): hardened kernels since 5.3 free it where it belongs and complain; since 7.0 it
 * is leaked; before, it went to the slab that it lies in as an object of the wrong cache.
 */
EACH_MODEL_ERA(wrong_cache)
{
	struct rig *r = machine(era);
	uint64_t first = r->s, object, slab;
	bool looks = era >= MODEL_ERA_5_10;

	object = rig_alloc(r, 0);
	slab = rig_slab(r, object);
	flush(r);
	rig_cache(r,
		  (struct model_cache_args){ .name = "other", .size = SIZE, .flags = RIG_PLAIN });
	rig_free(r, 0, object);
	rig_eq(r, model_reports(r->m, MODEL_REPORT_WRONG_CACHE), looks, "reports");
	rig_eq(r, rig_inuse(r, slab), era == MODEL_ERA_7_2, "inuse");
	/* The link is encoded with the key of the cache that was given. */
	r->s = looks ? first : r->s;
	if (era < MODEL_ERA_7_2)
		rig_is(r, get_freepointer(r->m, r->s, object) != 0,
		       "the link is not of that cache");
	model_free(r->m);
	free(r);
}

/* The last object of a slab of type-safe objects: it waits, but does not count any more. */
EACH_MODEL_ERA(after_grace_period)
{
	struct rig *r = machine_of(era, MODEL_CACHE_RCU);
	uint64_t *o = rig_slabs(r, 0, 3), slab = rig_slab(r, o[0]), pages, func = 0;

	rig_free(r, 0, o[0]);
	rig_free(r, 0, o[rig_objects(r)]);
	flush(r);
	rig_set(r, cache_min_partial, 0);
	pages = model_pages_free(r->m);
	empty(r, 1, o);
	rig_is(r, rig_is_slab(r, slab), "its page is not a slab any more");
	rig_eq(r, get(r->m, slab, slab_cache), r->s, "slab_cache");
	rig_eq(r, rig_nr_slabs(r, 0), 2, "nr_slabs");
	rig_eq(r, model_pages_free(r->m), pages, "free pages");
	model_target(r->m)->ops->symbol(model_target(r->m), "rcu_free_slab", &func);
	rig_eq(r, get64(r->m, AT(r->m, AT(r->m, slab, slab_rcu_head), rcu_head_func)), func,
	       "what is called after the grace period");
	ck_assert_int_eq(model_grace_period(r->m, 0), MODEL_DONE);
	rig_is(r, !rig_is_slab(r, slab), "its page still is a slab");
	rig_is(r, model_pages_free(r->m) > pages, "no page is free");
	free(o);
	rig_end(r);
}

/* kmem_cache_free_bulk() gives all objects of a slab to it at once. */
EACH_MODEL_ERA(bulk)
{
	struct rig *r = machine(era);
	uint64_t *o, a, b, objects[6];
	unsigned int n = rig_objects(r);

	if (era < MODEL_ERA_4_19) {
		rig_end(r);
		return;
	}
	o = rig_slabs(r, 0, 3);
	a = rig_slab(r, o[0]);
	b = rig_slab(r, o[n]);
	for (unsigned int i = 0; i < 6; i++)
		objects[i] = o[i / 2 + i % 2 * n]; /* of the two slabs in turn */
	ck_assert_int_eq(model_free_bulk(r->m, 1, r->s, 6, objects), MODEL_DONE);
	rig_eq(r, rig_inuse(r, a), n - 3, "inuse of the first slab");
	rig_eq(r, rig_inuse(r, b), n - 3, "inuse of the second slab");
	rig_eq(r, rig_chain(r, slab_freelist(r->m, a)), 3, "freelist of the first slab");
	rig_eq(r, rig_chain(r, slab_freelist(r->m, b)), 3, "freelist of the second slab");
	free(o);
	rig_end(r);
}

/* init_on_free, 5.3: nothing but the link is left in a free object, and nothing in a new one. */
EACH_MODEL_ERA(cleared)
{
	struct rig *r = rig_new(era, (struct model_config){ .init_on_free = true });
	uint64_t object, word = UINT64_C(0x1122334455667788), at, slot;

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	if (era < MODEL_ERA_5_10) {
		rig_end(r);
		return;
	}
	object = rig_alloc(r, 0);
	slot = object + get(r->m, r->s, cache_offset);
	for (at = object; at < object + SIZE; at += 8)
		model_poke(r->m, at, &word, 8);
	rig_free(r, 0, object);
	for (at = object; at < object + SIZE; at += 8)
		rig_is(r, at == slot || !get64(r->m, at), "a free object has old contents");
	rig_eq(r, rig_alloc(r, 0), object, "object");
	rig_eq(r, get64(r->m, slot), 0, "its link");
	rig_end(r);
}

Suite *suite_model_free(void)
{
	Suite *suite = suite_create("model_free");
	TCase *paths = tcase_create("paths"), *misuse = tcase_create("misuse");

	tcase_set_timeout(paths, RIG_TIMEOUT);
	tcase_add_test(paths, own_slab);
	tcase_add_test(paths, full_slab);
	tcase_add_test(paths, cpu_partial_full);
	tcase_add_test(paths, node_partial);
	tcase_add_test(paths, empty_slab);
	tcase_add_test(paths, cpu_partial_empty);
	tcase_add_test(paths, other_node);
	tcase_add_test(paths, after_grace_period);
	tcase_add_test(paths, bulk);
	tcase_add_test(paths, cleared);
	suite_add_tcase(suite, paths);
	tcase_set_timeout(misuse, RIG_TIMEOUT);
	tcase_add_test(misuse, twice_in_a_row);
	tcase_add_test(misuse, twice);
	tcase_add_test(misuse, wrong_cache);
	suite_add_tcase(suite, misuse);
	return suite;
}
