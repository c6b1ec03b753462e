/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What /proc says of the heap. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rig.h"

/*
 * Objects that are free on a node's partial list are not active; whatever a CPU has is, whether
 * somebody uses it or not.
 */
EACH_MODEL_ERA(line)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });
	struct model_slabinfo info;
	unsigned int n, listed;
	uint64_t *o;

	rig_cache(r, (struct model_cache_args){ .size = 100, .flags = RIG_PLAIN });
	n = rig_objects(r);
	o = rig_slabs(r, 0, 3);
	rig_free_many(r, 0, 5, o); /* of the first slab: the CPU's, and the node's since 7.0 */
	rig_is(r, model_slabinfo(r->m, r->s, &info), "no line");
	rig_is(r, !strcmp(info.name, "rig"), "name %s", info.name);
	listed = era < MODEL_ERA_7_2 ? 0 : 5;
	rig_eq(r, info.num_objs, 3 * n, "num_objs");
	rig_eq(r, info.active_objs, 3 * n - listed, "active_objs");
	rig_eq(r, info.objsize, 104, "objsize");
	rig_eq(r, info.objperslab, n, "objperslab");
	rig_eq(r, info.pagesperslab, 1, "pagesperslab");
	rig_eq(r, info.num_slabs, 3, "num_slabs");
	rig_eq(r, info.active_slabs, 3, "active_slabs");
	ck_assert_int_eq(model_cache_flush(r->m, 0, r->s), MODEL_DONE);
	rig_is(r, model_slabinfo(r->m, r->s, &info), "no line");
	rig_eq(r, info.active_objs, 3 * n - 5, "active_objs after a flush");
	free(o);
	rig_end(r);
}

/* The line of a cache with a random life agrees with where the census finds its objects. */
static void agrees(struct rig *r)
{
	struct census *census = census_take(r->m, r->s);
	const struct census_cache *cache = census_cache(census, r->s);
	struct model_slabinfo info;
	uint64_t objects = 0, listed = 0;

	for (size_t i = 0; i < cache->nr_slabs; i++) {
		const struct census_slab *slab = &cache->slabs[i];

		objects += slab->objects;
		listed += slab->place == CENSUS_NODE_PARTIAL ? slab->own.nr : 0;
	}
	rig_is(r, model_slabinfo(r->m, r->s, &info), "no line");
	rig_eq(r, info.num_slabs, cache->nr_slabs, "num_slabs");
	rig_eq(r, info.num_objs, objects, "num_objs");
	rig_eq(r, info.active_objs, objects - listed, "active_objs");
	census_free(census);
}

EACH_MODEL_ERA(random_life)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 3, .nr_nodes = 2 });
	uint64_t o[400], state = 5;
	unsigned int nr = 0, at;

	rig_cache(r, (struct model_cache_args){ .size = 200, .flags = MODEL_CACHE_NO_MERGE });
	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int cpu = unit_random(&state) % 3;

		if (nr < 400 && (!nr || unit_random(&state) % 100 < (i / 500 % 2 ? 35u : 65u))) {
			o[nr++] = rig_alloc(r, cpu);
		} else {
			at = unit_random(&state) % nr;
			rig_free(r, cpu, o[at]);
			o[at] = o[--nr];
		}
		if (i % 250 == 0)
			agrees(r);
	}
	rig_end(r);
}

/* SReclaimable and SUnreclaim, in pages. */
EACH_MODEL_ERA(pages)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	uint64_t reclaimable, unreclaimable, o[2];
	bool error;

	for (int reclaim = 0; reclaim < 2; reclaim++) {
		rig_cache(r, (struct model_cache_args){
				     .size = 2000,
				     .flags = RIG_PLAIN | (reclaim ? MODEL_CACHE_RECLAIM : 0),
			     });
		rig_eq(r, oo_order(cache_oo(r->m, r->s)), 3, "order");
		reclaimable = model_pages_reclaimable(r->m);
		unreclaimable = model_pages_unreclaimable(r->m);
		rig_alloc_many(r, 0, 2, o);
		rig_eq(r, model_pages_reclaimable(r->m), reclaimable + (reclaim ? 8 : 0),
		       "SReclaimable");
		rig_eq(r, model_pages_unreclaimable(r->m), unreclaimable + (reclaim ? 0 : 8),
		       "SUnreclaim");
		rig_free_many(r, 0, 2, o);
		ck_assert_int_eq(model_cache_destroy(r->m, 0, r->s, &error), MODEL_DONE);
		rig_eq(r, model_pages_reclaimable(r->m), reclaimable, "SReclaimable in the end");
	}
	rig_end(r);
}

Suite *suite_model_slabinfo(void)
{
	Suite *suite = suite_create("model_slabinfo");
	TCase *proc = tcase_create("proc");

	tcase_set_timeout(proc, RIG_TIMEOUT);
	tcase_add_test(proc, line);
	tcase_add_test(proc, random_life);
	tcase_add_test(proc, pages);
	suite_add_tcase(suite, proc);
	return suite;
}
