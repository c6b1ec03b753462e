/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory cgroups: clones of caches until 5.8, vectors of owners since 5.9. */
#include <stdlib.h>
#include <string.h>

#include "model/slub/cache.h"
#include "tests/unit/rig.h"

#define SIZE 200

static struct rig *machine(enum model_era era)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2,
							    .kmalloc = true,
							    .frames = 2048,
							    .without = MODEL_HAS(KMALLOC_RANDOM) });

	rig_cache(r, (struct model_cache_args){ .size = SIZE, .flags = RIG_PLAIN });
	return r;
}

static uint64_t alloc(struct rig *r, uint32_t gfp)
{
	uint64_t object;

	ck_assert_int_eq(
		model_alloc(r->m, 0, r->s, model_gfp_kernel(r->m) | gfp, MODEL_ANY_NODE, &object),
		MODEL_DONE);
	rig_is(r, object != 0, "no object");
	return object;
}

static uint64_t cache_of(struct rig *r, uint64_t object)
{
	return get(r->m, rig_slab(r, object), slab_cache);
}

/*
 * 3.8 to 5.8: the first allocation of a cgroup makes its clone, the next are served by it. Until
 * 4.4 that goes for all caches; since, __GFP_ACCOUNT or SLAB_ACCOUNT is needed.
 */
EACH_MODEL_ERA_UNTIL(cloned, MODEL_ERA_5_10)
{
	struct rig *r = machine(era);
	uint32_t account = era < MODEL_ERA_4_19 ? 0 : model_gfp(r->m)->account;
	uint64_t root = r->s, object, clone;
	bool error;
	char name[64];

	rig_eq(r, cache_of(r, alloc(r, account)), root, "cache of an object without a cgroup");
	model_memcg(r->m, 0, 3);
	rig_eq(r, cache_of(r, alloc(r, account)), root, "cache of the first object");
	object = alloc(r, account);
	clone = cache_of(r, object);
	rig_is(r, clone != root, "the clone does not serve");
	model_text(r->m, get(r->m, clone, cache_name), name, sizeof(name));
	rig_is(r, !strncmp(name, "rig(3:", 6), "its name is %s", name);
	rig_eq(r, model_cache_find(r->m, name), clone, "the clone on slab_caches");
	rig_eq(r, cache_size(r->m, clone), cache_size(r->m, root), "its size");
	rig_eq(r, cache_of(r, alloc(r, account)), clone, "cache of the third object");
	if (account)
		rig_eq(r, cache_of(r, alloc(r, 0)), root, "cache of one that is not accounted");
	model_memcg(r->m, 0, 0);
	rig_eq(r, cache_of(r, alloc(r, account)), root, "cache of an object of the root cgroup");
	/* Whoever frees names the root; the slab knows better (cache_from_obj()). */
	r->s = root;
	rig_free(r, 1, object);
	r->s = clone;
	rig_eq(r, rig_inuse(r, rig_slab(r, object)), rig_objects(r) - 1,
	       "inuse of the clone's slab");
	ck_assert_int_eq(model_cache_destroy(r->m, 0, root, &error), MODEL_DONE);
	rig_is(r, error, "the clone's objects are forgotten");
	model_free(r->m);
	free(r);
}

/* Without objects a clone goes with its root. */
EACH_MODEL_ERA_UNTIL(clones_destroyed, MODEL_ERA_5_10)
{
	struct rig *r = machine(era);
	uint32_t account = era < MODEL_ERA_4_19 ? 0 : model_gfp(r->m)->account;
	uint64_t o[2];
	bool error;

	model_memcg(r->m, 0, 1);
	for (int i = 0; i < 2; i++)
		o[i] = alloc(r, account);
	rig_is(r, cache_of(r, o[0]) != cache_of(r, o[1]), "there is no clone");
	model_memcg(r->m, 0, 0);
	rig_free(r, 0, o[0]);
	rig_free(r, 0, o[1]);
	ck_assert_int_eq(model_cache_destroy(r->m, 0, r->s, &error), MODEL_DONE);
	rig_is(r, !error, "objects remain");
	rig_eq(r, model_cache_find(r->m, "rig"), 0, "the root");
	rig_eq(r, model_cache_find(r->m, "rig(1:group1)"), 0, "the clone");
	rig_end(r);
}

/* Entry of an object in the vector of its slab; the vector's word has bits 0 to 2 for marks. */
static uint64_t vector_of(struct rig *r, uint64_t slab)
{
	return get(r->m, slab, slab_owners) & ~UINT64_C(7);
}

static uint64_t owner_of(struct rig *r, uint64_t object)
{
	uint64_t slab = rig_slab(r, object);
	uint64_t index = (object - slab_base(r->m, slab)) / cache_size(r->m, r->s);
	uint64_t stride = has(r->m, SHEAVES_ALL) ? get(r->m, slab, slab_stride) : 8;

	return get64(r->m, vector_of(r, slab) + stride * index);
}

/* Since 5.9 a slab has a vector once the first object in it is accounted. */
START_TEST(owners)
{
	for (enum model_era era = MODEL_ERA_5_10; era < MODEL_ERAS; era++) {
		struct rig *r = machine(era);
		uint64_t plain, a, b, slab;

		model_memcg(r->m, 0, 2);
		plain = alloc(r, 0);
		slab = rig_slab(r, plain);
		rig_eq(r, get(r->m, slab, slab_owners), 0, "vector without __GFP_ACCOUNT");
		a = alloc(r, model_gfp(r->m)->account);
		rig_eq(r, rig_slab(r, a), slab, "slab");
		rig_is(r, get(r->m, slab, slab_owners) & 1, "the vector is not marked");
		rig_is(r, owner_of(r, a) != 0, "nobody owns the object");
		rig_eq(r, owner_of(r, plain), 0, "owner of the one that is not accounted");
		model_memcg(r->m, 0, 5);
		b = alloc(r, model_gfp(r->m)->account);
		rig_is(r, owner_of(r, b) && owner_of(r, b) != owner_of(r, a),
		       "two cgroups are one");
		rig_free(r, 1, a);
		rig_eq(r, owner_of(r, a), 0, "owner of the object that was freed");
		rig_is(r, owner_of(r, b) != 0, "the other one has lost its owner");
		model_memcg(r->m, 0, 0);
		a = alloc(r, model_gfp(r->m)->account);
		rig_eq(r, owner_of(r, a), 0, "owner of one of the root cgroup");
		rig_end(r);
	}
}
END_TEST

/* SLAB_ACCOUNT accounts all objects; a vector goes with its slab. */
START_TEST(vector_freed)
{
	for (enum model_era era = MODEL_ERA_5_10; era < MODEL_ERAS; era++) {
		struct rig *r = machine(era);
		uint64_t object, slab, kmalloc;
		bool error;

		rig_cache(r, (struct model_cache_args){ .name = "accounted",
							.size = SIZE,
							.flags = RIG_PLAIN | MODEL_CACHE_ACCOUNT });
		model_memcg(r->m, 0, 1);
		object = alloc(r, 0);
		slab = rig_slab(r, object);
		rig_is(r, vector_of(r, slab) != 0, "there is no vector");
		kmalloc = head_page(r->m, vector_of(r, slab));
		rig_is(r, rig_is_slab(r, kmalloc), "the vector is not of kmalloc()");
		model_memcg(r->m, 0, 0);
		rig_free(r, 0, object);
		rig_is(r, vector_of(r, slab) != 0, "the vector goes with the last object");
		ck_assert_int_eq(model_cache_destroy(r->m, 0, r->s, &error), MODEL_DONE);
		rig_is(r, !error, "objects remain");
		rig_eq(r, get(r->m, slab, slab_owners), 0, "vector of the freed slab");
		rig_end(r);
	}
}
END_TEST

/*
 * 7.0: of a cache that accounts all objects the vector lies behind the objects when there is room, or
 * else in their padding. Of one that others may come to share, never there.
 */
START_TEST(owners_inside)
{
	static const struct {
		uint32_t size;
		unsigned int flags;
		bool flag; /* SLAB_OBJ_EXT_IN_OBJ */
		uint64_t vector, stride; /* 0: the vector lies elsewhere */
	} cases[] = {
		/* 14 of them leave 144 bytes of four pages. */
		{ 1160, RIG_PLAIN, false, 16240, 8 },
		/* 32 of 128 bytes leave nothing of a page, and 56 bytes of each are nobody's. */
		{ 72, RIG_PLAIN | MODEL_CACHE_HWCACHE_ALIGN, true, 72, 128 },
		{ 72, MODEL_CACHE_HWCACHE_ALIGN, false, 0, 8 },
		{ 128, RIG_PLAIN | MODEL_CACHE_HWCACHE_ALIGN, false, 0, 8 },
	};

	for (int i = 0; i < UNIT_COUNT(cases); i++) {
		struct rig *r = machine(MODEL_ERA_7_2);
		uint64_t object, slab, vector;

		rig_cache(r, (struct model_cache_args){ .name = "accounted",
							.size = cases[i].size,
							.flags = cases[i].flags |
								 MODEL_CACHE_ACCOUNT });
		rig_is(r, cases[i].flag == !!(cache_flags(r->m, r->s) & 0x100000),
		       "flags of %u bytes", cases[i].size);
		model_memcg(r->m, 0, 1);
		object = alloc(r, 0);
		slab = rig_slab(r, object);
		vector = vector_of(r, slab);
		rig_eq(r, get(r->m, slab, slab_stride), cases[i].stride, "stride");
		if (cases[i].vector)
			rig_eq(r, vector - slab_base(r->m, slab), cases[i].vector, "vector");
		else
			rig_is(r, vector && head_page(r->m, vector) != slab, "it is in the slab");
		rig_is(r, owner_of(r, object) != 0, "nobody owns the object");
		rig_free(r, 0, object);
		rig_eq(r, owner_of(r, object), 0, "owner of a free object");
		rig_end(r);
	}
}
END_TEST

Suite *suite_model_memcg(void)
{
	Suite *suite = suite_create("model_memcg");
	TCase *clones = tcase_create("clones"), *vectors = tcase_create("vectors");

	tcase_set_timeout(clones, RIG_TIMEOUT);
	tcase_add_test(clones, cloned);
	tcase_add_test(clones, clones_destroyed);
	suite_add_tcase(suite, clones);
	tcase_set_timeout(vectors, RIG_TIMEOUT);
	tcase_add_test(vectors, owners);
	tcase_add_test(vectors, vector_freed);
	tcase_add_test(vectors, owners_inside);
	suite_add_tcase(suite, vectors);
	return suite;
}
