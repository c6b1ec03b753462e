/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SLAB of the model. What a test expects of a release is written down here, from the source of that
 * release, by the era and not by its features.
 */
#include <stdlib.h>
#include <string.h>

#include "model/slab/census.h"
#include "model/slab/fault.h"
#include "model/slab/history.h"
#include "model/slab/slab.h"
#include "tests/unit/unit.h"

#define PLAIN MODEL_CACHE_NO_MERGE

struct bed {
	struct model *m;
	enum slab_era era;
	const char *name;
	uint64_t s; /* the latest cache */
};

static struct bed bed_new(enum slab_era era, struct model_config config)
{
	struct bed b = { .era = era, .name = slab_era(era)->name };

	config.era = slab_era(era);
	config.frames = config.frames ? config.frames : 3072;
	config.percpu_bytes = 0x10000;
	config.without_own |= SLAB_HAS(RANDOM_SEQ);
	b.m = model_new(&config);
	ck_assert_msg(b.m, "%s does not boot", b.name);
	return b;
}

static void bed_census(struct bed *b)
{
	struct slab_census *census = slab_census_take(b->m);
	const char *wrong = slab_census_check(census);

	unit_check(!wrong, "%s: %s", b->name, wrong);
	slab_census_free(census);
}

static void bed_end(struct bed *b)
{
	bed_census(b);
	model_free(b->m);
}

static uint64_t bed_cache(struct bed *b, struct model_cache_args args)
{
	/* Before 3.18 there is nothing to forbid. */
	if (b->m->era <= slab_era(SLAB_ERA_3_14))
		args.flags &= ~(unsigned int)PLAIN;
	args.name = args.name ? args.name : "bed";
	ck_assert_int_eq(slab_create(b->m, 0, &args, &b->s), MODEL_DONE);
	ck_assert_msg(b->s, "%s: %s", b->name, model_last_report(b->m));
	return b->s;
}

static uint64_t bed_alloc(struct bed *b, unsigned int cpu, int node)
{
	uint64_t object;

	ck_assert_int_eq(slab_alloc(b->m, cpu, b->s, model_gfp_kernel(b->m), node, &object),
			 MODEL_DONE);
	ck_assert_msg(object, "%s: no memory", b->name);
	return object;
}

static void bed_free(struct bed *b, unsigned int cpu, uint64_t object)
{
	ck_assert_int_eq(slab_free_one(b->m, cpu, b->s, object), MODEL_DONE);
}

static struct slab_line bed_line(struct bed *b)
{
	struct slab_line line;

	ck_assert_msg(slab_info(b->m, b->s, &line), "%s: no line", b->name);
	return line;
}

#define bed_eq(b, a, e, what, ...)                                                             \
	do {                                                                                   \
		uint64_t a_ = (uint64_t)(a), e_ = (uint64_t)(e);                               \
		unit_check(a_ == e_, "%s: " what ": %llu, not %llu", (b)->name, ##__VA_ARGS__, \
			   (unsigned long long)a_, (unsigned long long)e_);                    \
	} while (0)

#define EACH_ERA(name)                                         \
	static void name##_in(enum slab_era era);              \
	START_TEST(name)                                       \
	{                                                      \
		for (int era = 0; era < (int)SLAB_ERAS; era++) \
			name##_in((enum slab_era)era);         \
	}                                                      \
	END_TEST                                               \
	static void name##_in(enum slab_era era)

/*
 * What calculate_slab_order() makes of sizes: x86-64, pages of 4 KiB, no debugging. 337 objects of 8 bytes are
 * in a public note of RHEL 6.5; the rest is computed from the rules of each release.
 */
enum place { ON, OFF, OBJ };

struct vector {
	uint32_t object, align;
	bool ctor;
	struct {
		uint32_t size, num, order;
		enum place place;
		uint32_t colours;
	} in[3]; /* 2.6.32, 3.14, 4.14 and 6.1 */
};

static const struct vector vectors[] = {
	{ 8, 8, false, { { 8, 337, 0, ON, 0 }, { 8, 341, 0, ON, 0 }, { 16, 240, 0, ON, 0 } } },
	{ 32, 32, false, { { 32, 112, 0, ON, 0 }, { 32, 113, 0, ON, 0 }, { 32, 124, 0, ON, 0 } } },
	{ 64, 64, false, { { 64, 59, 0, ON, 0 }, { 64, 60, 0, ON, 0 }, { 64, 64, 0, OBJ, 0 } } },
	{ 64, 64, true, { { 64, 59, 0, ON, 0 }, { 64, 60, 0, ON, 0 }, { 64, 63, 0, ON, 0 } } },
	{ 96, 64, false, { { 128, 30, 0, ON, 1 }, { 128, 31, 0, ON, 0 }, { 128, 32, 0, OBJ, 0 } } },
	{ 96, 64, true, { { 128, 30, 0, ON, 1 }, { 128, 31, 0, ON, 0 }, { 128, 32, 0, OFF, 0 } } },
	{ 100, 8, false, { { 104, 37, 0, ON, 0 }, { 104, 37, 0, ON, 1 }, { 104, 39, 0, OBJ, 0 } } },
	{ 100, 8, true, { { 104, 37, 0, ON, 0 }, { 104, 37, 0, ON, 1 }, { 104, 39, 0, ON, 0 } } },
	{ 128,
	  64,
	  false,
	  { { 128, 30, 0, ON, 1 }, { 128, 31, 0, ON, 0 }, { 128, 32, 0, OBJ, 0 } } },
	{ 192,
	  64,
	  false,
	  { { 192, 20, 0, ON, 2 }, { 192, 20, 0, ON, 2 }, { 192, 21, 0, OBJ, 1 } } },
	{ 192, 64, true, { { 192, 20, 0, ON, 2 }, { 192, 20, 0, ON, 2 }, { 192, 21, 0, ON, 0 } } },
	{ 256,
	  64,
	  false,
	  { { 256, 15, 0, ON, 2 }, { 256, 15, 0, ON, 3 }, { 256, 16, 0, OBJ, 0 } } },
	{ 256, 64, true, { { 256, 15, 0, ON, 2 }, { 256, 15, 0, ON, 3 }, { 256, 16, 0, OFF, 0 } } },
	{ 512, 64, false, { { 512, 8, 0, OFF, 0 }, { 512, 8, 0, OFF, 0 }, { 512, 8, 0, OBJ, 0 } } },
	{ 700, 8, false, { { 704, 11, 1, ON, 5 }, { 704, 11, 1, ON, 6 }, { 704, 11, 1, OBJ, 7 } } },
	{ 1024,
	  64,
	  false,
	  { { 1024, 4, 0, OFF, 0 }, { 1024, 4, 0, OFF, 0 }, { 1024, 4, 0, OBJ, 0 } } },
	{ 1024,
	  64,
	  true,
	  { { 1024, 4, 0, OFF, 0 }, { 1024, 4, 0, OFF, 0 }, { 1024, 4, 0, OFF, 0 } } },
	{ 2048,
	  64,
	  false,
	  { { 2048, 2, 0, OFF, 0 }, { 2048, 2, 0, OFF, 0 }, { 2048, 2, 0, OBJ, 0 } } },
	{ 4096,
	  64,
	  false,
	  { { 4096, 1, 0, OFF, 0 }, { 4096, 1, 0, OFF, 0 }, { 4096, 1, 0, OBJ, 0 } } },
	{ 8192,
	  64,
	  false,
	  { { 8192, 1, 1, OFF, 0 }, { 8192, 1, 1, OFF, 0 }, { 8192, 1, 1, OBJ, 0 } } },
};

static void vector_check(struct bed *b, const struct vector *v)
{
	unsigned int i = b->era > SLAB_ERA_3_14 ? 2 : (unsigned int)b->era;
	struct slab_census *census;
	struct slab_census_cache *cache;
	bool error;

	bed_cache(b,
		  (struct model_cache_args){
			  .size = v->object, .align = v->align, .ctor = v->ctor, .flags = PLAIN });
	/* What forbids merging in 4.14 also forbids off-slab management. */
	if (b->era == SLAB_ERA_4_14 && v->in[i].place == OFF) {
		ck_assert_int_eq(slab_destroy_cache(b->m, 0, b->s, &error), MODEL_DONE);
		bed_cache(b, (struct model_cache_args){
				     .size = v->object, .align = v->align, .ctor = v->ctor });
	}
	census = slab_census_take(b->m);
	cache = slab_census_cache_at(census, b->s);
	bed_eq(b, cache->size, v->in[i].size, "%u bytes: size", v->object);
	bed_eq(b, cache->num, v->in[i].num, "%u bytes: num", v->object);
	bed_eq(b, cache->order, v->in[i].order, "%u bytes: gfporder", v->object);
	bed_eq(b, cache->management, v->in[i].place, "%u bytes: placement", v->object);
	bed_eq(b, cache->colour, v->in[i].colours, "%u bytes: colours", v->object);
	slab_census_free(census);
	ck_assert_int_eq(slab_destroy_cache(b->m, 0, b->s, &error), MODEL_DONE);
	unit_check(!error, "%s: an empty cache is not destroyed", b->name);
}

EACH_ERA(geometry)
{
	struct bed b = bed_new(era, (struct model_config){ 0 });

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		vector_check(&b, &vectors[i]);
	bed_end(&b);
}

/* The caches of kmalloc() by size, as each release has them. */
EACH_ERA(kmalloc_sizes)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_nodes = 2 });
	static const struct {
		size_t size, ksize[4];
	} sizes[] = {
		{ 1, { 32, 32, 32, 32 } },
		{ 65, { 128, 96, 96, 96 } },
		{ 129, { 192, 192, 192, 192 } },
		{ 193, { 256, 256, 256, 256 } },
		{ 8192, { 8192, 8192, 8192, 8192 } },
		{ 8193, { 16384, 16384, 16384, 16384 } },
	};
	uint64_t object;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ck_assert_int_eq(
			slab_kmalloc(b.m, 0, sizes[i].size, model_gfp_kernel(b.m), 1, &object),
			MODEL_DONE);
		bed_eq(&b, slab_ksize(b.m, object), sizes[i].ksize[era], "ksize of %zu",
		       sizes[i].size);
		ck_assert_int_eq(slab_kfree(b.m, 1, object), MODEL_DONE);
	}
	/* Large ones are slabs, but in 6.1. */
	bed_eq(&b, slab_kmalloc_cache(b.m, 100000, 0) != 0, era != SLAB_ERA_6_1, "a cache of 128K");
	ck_assert_int_eq(slab_kmalloc(b.m, 0, 0, 0, MODEL_ANY_NODE, &object), MODEL_DONE);
	bed_eq(&b, object, 16, "ZERO_SIZE_PTR");
	unit_check(slab_cache_named(b.m, era ? "kmalloc-64" : "size-64"), "%s: no 64", b.name);
	bed_end(&b);
}

/* The first refill of an array that nobody touched is of 16 objects, the next of a batch. */
EACH_ERA(refill)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 2 });
	uint64_t first, second, ac;
	struct slab_line line;

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	first = bed_alloc(&b, 0, MODEL_ANY_NODE);
	second = bed_alloc(&b, 0, MODEL_ANY_NODE);
	/* In order of addresses in the slab, hence from the top of the array downwards. */
	bed_eq(&b, first - second, 64, "distance");
	ac = slab_cpu_array(b.m, b.s, 0);
	bed_eq(&b, slab_avail(b.m, ac), 14, "avail");
	bed_eq(&b, get32(b.m, AT(b.m, ac, ac_touched)), 1, "touched");
	line = bed_line(&b);
	/* Cached objects are active. */
	bed_eq(&b, line.active_objs, 16, "active_objs");
	bed_eq(&b, line.num_slabs, 1, "num_slabs");
	bed_eq(&b, line.limit, 120, "limit");
	bed_eq(&b, line.batchcount, 60, "batchcount");
	bed_eq(&b, line.shared, 8, "shared");
	for (int i = 0; i < 15; i++)
		bed_alloc(&b, 0, MODEL_ANY_NODE);
	/* The slab holds 59 to 64 objects, 16 are out: what is left of it, and more of a second one to 4.7;
	 * a new slab is asked for only when there is nothing. */
	line = bed_line(&b);
	bed_eq(&b, line.active_objs,
	       b.era == SLAB_ERA_2_6_32 ? 59
	       : b.era == SLAB_ERA_3_14 ? 60
					: line.objperslab,
	       "active_objs of a batch");
	bed_end(&b);
}

/* A full array gives its oldest batch to the shared array, as many as fit there. */
EACH_ERA(flush)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 2 });
	uint64_t objects[700], ac, shared, n;

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	for (int i = 0; i < 700; i++)
		objects[i] = bed_alloc(&b, 0, MODEL_ANY_NODE);
	ck_assert_int_eq(slab_reap(b.m, 1), MODEL_DONE);
	ac = slab_cpu_array(b.m, b.s, 0);
	n = slab_get_node(b.m, b.s, 0);
	shared = get(b.m, n, l3_shared);
	for (int i = 0; slab_avail(b.m, ac) < 120; i++)
		bed_free(&b, 0, objects[i]);
	bed_eq(&b, slab_avail(b.m, shared), 0, "shared before");
	bed_free(&b, 0, objects[200]);
	bed_eq(&b, slab_avail(b.m, ac), 61, "avail after a flush");
	bed_eq(&b, slab_avail(b.m, shared), 60, "shared after a flush");
	bed_eq(&b, bed_line(&b).shared_avail, 60, "sharedavail");
	bed_eq(&b, get64(b.m, slab_entry_at(b.m, ac, 60)), objects[200], "the newest entry");
	/* The next CPU takes from there, the top first. */
	n = get64(b.m, slab_entry_at(b.m, shared, 59));
	bed_eq(&b, bed_alloc(&b, 1, MODEL_ANY_NODE), n, "the other CPU's object");
	bed_end(&b);
}

/* Objects of another node go to the alien array, 12 of them; then to their node's shared array. */
EACH_ERA(alien)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 2, .nr_nodes = 2 });
	uint64_t objects[20], n, aliens, ac;

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	for (int i = 0; i < 20; i++)
		objects[i] = bed_alloc(&b, 0, 1);
	bed_eq(&b, slab_node_of(b.m, slab_of_object(b.m, objects[0])), 1, "node of an object");
	for (int i = 0; i < 13; i++)
		bed_free(&b, 0, objects[i]);
	n = slab_get_node(b.m, b.s, 0);
	aliens = get(b.m, n, l3_alien);
	bed_eq(&b, get64(b.m, aliens), 0, "alien of the own node");
	ac = slab_alien_array(b.m, get64(b.m, aliens + 8));
	bed_eq(&b, slab_avail(b.m, ac), 1, "alien after 13");
	bed_eq(&b, bed_line(&b).shared_avail, 12, "sharedavail");
	bed_end(&b);
}

/* One CPU's share of an idle array goes back every two seconds; free slabs every four. */
EACH_ERA(reap)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 1 });
	uint64_t o, ac;

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	o = bed_alloc(&b, 0, MODEL_ANY_NODE);
	bed_free(&b, 0, o);
	ac = slab_cpu_array(b.m, b.s, 0);
	bed_eq(&b, slab_avail(b.m, ac), 16, "avail");
	ck_assert_int_eq(slab_reap(b.m, 0), MODEL_DONE);
	bed_eq(&b, slab_avail(b.m, ac), 16, "avail of a touched array");
	ck_assert_int_eq(slab_reap(b.m, 0), MODEL_DONE);
	/* (120 + 4) / 5 is more than there are: half of them. */
	bed_eq(&b, slab_avail(b.m, ac), 8, "avail after the second round");
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(slab_reap(b.m, 0), MODEL_DONE);
	bed_eq(&b, slab_avail(b.m, ac), 0, "avail in the end");
	bed_eq(&b, bed_line(&b).num_slabs, 0, "slabs in the end");
	bed_end(&b);
}

/* kmem_cache_shrink() says whether slabs are left, and no object of the cache is in an array then. */
EACH_ERA(shrink)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 2, .nr_nodes = 2 });
	uint64_t here, there, before = model_pages_unreclaimable(b.m);
	int ret;

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	here = bed_alloc(&b, 0, MODEL_ANY_NODE);
	there = bed_alloc(&b, 1, MODEL_ANY_NODE);
	bed_free(&b, 0, there);
	ck_assert_int_eq(slab_shrink(b.m, 0, b.s, &ret), MODEL_DONE);
	bed_eq(&b, ret, 1, "shrinking with an object out");
	bed_eq(&b, bed_line(&b).active_objs, 1, "active_objs");
	bed_eq(&b, bed_line(&b).num_slabs, 1, "num_slabs");
	bed_free(&b, 0, here);
	ck_assert_int_eq(slab_shrink(b.m, 1, b.s, &ret), MODEL_DONE);
	bed_eq(&b, ret, 0, "shrinking with none out");
	bed_eq(&b, bed_line(&b).num_slabs, 0, "num_slabs of none");
	unit_check(model_pages_unreclaimable(b.m) >= before, "%s: SUnreclaim", b.name);
	bed_end(&b);
}

/* Pages count as the cache says, and all of them come back. */
EACH_ERA(accounting)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 1 });
	uint64_t o, r = model_pages_reclaimable(b.m), u, kept;
	bool error;

	bed_cache(&b,
		  (struct model_cache_args){ .size = 8192, .flags = PLAIN | MODEL_CACHE_RECLAIM });
	u = model_pages_unreclaimable(b.m);
	o = bed_alloc(&b, 0, MODEL_ANY_NODE);
	/* 8 objects of two pages in a batch of 4 of 8, a slab each: to 4.7 until the array has all, later one. */
	kept = model_pages_reclaimable(b.m) - r;
	bed_eq(&b, kept, 2 * bed_line(&b).num_slabs, "SReclaimable");
	unit_check(model_pages_unreclaimable(b.m) >= u, "%s: SUnreclaim", b.name);
	bed_free(&b, 0, o);
	ck_assert_int_eq(slab_destroy_cache(b.m, 0, b.s, &error), MODEL_DONE);
	bed_eq(&b, model_pages_reclaimable(b.m), r, "SReclaimable in the end");
	bed_end(&b);
}

static uint64_t first_of_list(struct bed *b)
{
	return slab_cache_of_link(b->m, get64(b->m, b->m->slab_caches));
}

/* What is left of a cache that is destroyed with an object out, by release. */
EACH_ERA(destroy_with_objects)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 2 });
	uint64_t left, object;
	bool error, first;

	left = bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	object = bed_alloc(&b, 0, MODEL_ANY_NODE);
	bed_cache(&b, (struct model_cache_args){ .name = "later", .size = 72, .flags = PLAIN });
	ck_assert_int_eq(slab_destroy_cache(b.m, 0, left, &error), MODEL_DONE);
	bed_eq(&b, error, true, "error");
	bed_eq(&b, model_reports(b.m, MODEL_REPORT_OBJECTS_REMAINING), 1, "complaints");
	unit_check(strstr(model_last_report(b.m), era == SLAB_ERA_2_6_32
							  ? "Can't free all objects"
							  : "Slab cache still has objects"),
		   "%s: %s", b.name, model_last_report(b.m));
	/* To 3.17 it becomes the first of the list, later it stays where it was. */
	first = first_of_list(&b) == left;
	bed_eq(&b, first, era <= SLAB_ERA_3_14, "first of the list");
	bed_eq(&b, slab_cache_named(b.m, "bed"), left, "still there");
	if (era > SLAB_ERA_2_6_32)
		bed_eq(&b, get(b.m, left, cache_refcount), 0, "refcount");
	b.s = left;
	bed_eq(&b, bed_line(&b).active_objs, 1, "active_objs: the arrays are empty");
	bed_free(&b, 1, object);
	bed_end(&b);
}

/* The origin of this project: a module that is gone, and its cache is not. */
START_TEST(lost_name)
{
	struct bed b = bed_new(SLAB_ERA_2_6_32, (struct model_config){ .nr_cpus = 2 });
	struct model_cache_args next = { .name = "next", .size = 72 };
	struct slab_line line;
	uint64_t left, cache;
	bool error;

	left = bed_cache(&b, (struct model_cache_args){ .size = 64 });
	bed_alloc(&b, 0, MODEL_ANY_NODE);
	ck_assert_int_eq(slab_destroy_cache(b.m, 0, left, &error), MODEL_DONE);
	ck_assert_int_eq(slab_orphan(b.m, 0, left), MODEL_DONE);
	/* The next one to create a cache is told, and gets it. */
	ck_assert_int_eq(slab_create(b.m, 0, &next, &cache), MODEL_DONE);
	ck_assert(cache);
	ck_assert_uint_eq(model_reports(b.m, MODEL_REPORT_LOST_NAME), 1);
	ck_assert_str_eq(model_last_report(b.m), "SLAB: cache with size 64 has lost its name");
	/* Reading /proc/slabinfo kills. */
	ck_assert(!slab_info(b.m, left, &line));
	ck_assert(line.oops);
	ck_assert(strstr(model_oops(b.m)->what, "name"));
	bed_end(&b);
}
END_TEST

/* Later releases keep a copy of the name, and no list of caches dies of it. */
EACH_ERA(name_is_copied)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 2 });
	struct slab_line line;

	if (era != SLAB_ERA_2_6_32) {
		bed_cache(&b, (struct model_cache_args){ .size = 64, .ctor = true });
		bed_alloc(&b, 0, MODEL_ANY_NODE);
		ck_assert_int_eq(slab_orphan(b.m, 0, b.s), MODEL_DONE);
		ck_assert(slab_info(b.m, b.s, &line));
		ck_assert_str_eq(line.name, "bed");
		ck_assert(get(b.m, b.s, cache_ctor) >> 32 == 0xffffffff);
	}
	bed_end(&b);
}

static void create_dies(struct model_cache_args args)
{
	struct bed b = bed_new(SLAB_ERA_2_6_32, (struct model_config){ 0 });
	uint64_t cache;

	ck_assert_int_eq(slab_create(b.m, 0, &args, &cache), MODEL_OOPS);
	ck_assert_int_eq(model_oops(b.m)->kind, MODEL_OOPS_BUG);
	model_free(b.m);
}

/* The checks of 2.6.32's kmem_cache_create(). */
START_TEST(create_checks)
{
	struct bed b = bed_new(SLAB_ERA_2_6_32, (struct model_config){ 0 });
	struct model_cache_args args = { .name = "bed", .size = 64 };
	uint64_t cache;

	bed_cache(&b, args);
	ck_assert_int_eq(slab_create(b.m, 0, &args, &cache), MODEL_DONE);
	ck_assert_uint_eq(cache, 0);
	ck_assert_str_eq(model_last_report(b.m), "kmem_cache_create: duplicate cache bed");
	bed_end(&b);
	create_dies((struct model_cache_args){ .name = "small", .size = 4 });
	create_dies((struct model_cache_args){ .name = "large", .size = (1 << 22) + 1 });
	create_dies((struct model_cache_args){ .size = 64 });
}
END_TEST

/* Caches that are alike are one since 3.18. */
EACH_ERA(merging)
{
	struct bed b = bed_new(era, (struct model_config){ 0 });
	uint64_t first, second, third;
	bool error;

	first = bed_cache(&b, (struct model_cache_args){ .name = "a", .size = 296 });
	second = bed_cache(&b, (struct model_cache_args){ .name = "b", .size = 290 });
	third = bed_cache(&b, (struct model_cache_args){ .name = "c", .size = 290, .ctor = true });
	bed_eq(&b, first == second, era >= SLAB_ERA_4_14, "merged");
	bed_eq(&b, first == third, false, "merged with a constructor");
	if (era >= SLAB_ERA_4_14) {
		bed_eq(&b, get(b.m, first, cache_refcount), 2, "refcount");
		ck_assert_int_eq(slab_destroy_cache(b.m, 0, second, &error), MODEL_DONE);
		bed_eq(&b, get(b.m, first, cache_refcount), 1, "refcount");
	}
	bed_end(&b);
}

/* Objects of a type-safe cache keep their pages until a grace period has ended. */
EACH_ERA(typesafe)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 1 });
	uint64_t o, page, flags;
	int ret;

	bed_cache(&b, (struct model_cache_args){ .size = 640, .flags = PLAIN | MODEL_CACHE_RCU });
	o = bed_alloc(&b, 0, MODEL_ANY_NODE);
	ck_assert(page_of_virt(b.m, o, &page));
	bed_free(&b, 0, o);
	ck_assert_int_eq(slab_shrink(b.m, 0, b.s, &ret), MODEL_DONE);
	flags = get64(b.m, AT(b.m, page, slab_flags));
	ck_assert(flags & b.m->shape.pg_slab);
	bed_eq(&b, bed_line(&b).num_slabs, 0, "num_slabs");
	ck_assert_int_eq(model_grace_period(b.m, 0), MODEL_DONE);
	flags = get64(b.m, AT(b.m, page, slab_flags));
	ck_assert(!(flags & b.m->shape.pg_slab));
	bed_end(&b);
}

/* Writing to /proc/slabinfo replaces the arrays, and their objects go back. */
EACH_ERA(tune)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 2, .nr_nodes = 2 });
	uint64_t o;
	bool done;

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	o = bed_alloc(&b, 0, MODEL_ANY_NODE);
	ck_assert_int_eq(slab_tune(b.m, 1, b.s, 4, 5, 1, &done), MODEL_DONE);
	bed_eq(&b, done, false, "batchcount above limit");
	ck_assert_int_eq(slab_tune(b.m, 1, b.s, 4, 2, 1, &done), MODEL_DONE);
	bed_eq(&b, done, true, "tuned");
	bed_eq(&b, bed_line(&b).active_objs, 1, "active_objs");
	bed_eq(&b, bed_line(&b).limit, 4, "limit");
	bed_free(&b, 0, o);
	bed_end(&b);
}

/* The second free of an object puts it into the array again; nobody looks. 6.1 hardened sees two in a row. */
EACH_ERA(double_free)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 1 });
	uint64_t a, ac, before;

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	a = bed_alloc(&b, 0, MODEL_ANY_NODE);
	ac = slab_cpu_array(b.m, b.s, 0);
	before = slab_avail(b.m, ac);
	bed_free(&b, 0, a);
	bed_free(&b, 0, a);
	bed_eq(&b, slab_avail(b.m, ac) - before, era == SLAB_ERA_6_1 ? 1 : 2, "entries");
	bed_eq(&b, model_reports(b.m, MODEL_REPORT_SLAB_ERROR), era == SLAB_ERA_6_1, "warnings");
	model_free(b.m);
}

/* CONFIG_DEBUG_SLAB: red zones and poison as SLAB-ERAS describes a slot of 100 bytes. */
EACH_ERA(debug)
{
	struct bed b = bed_new(
		era, (struct model_config){ .nr_cpus = 1, .with_own = SLAB_HAS(DEBUG_SLAB) });
	uint64_t o, red[2], user;
	uint8_t byte;

	bed_cache(&b, (struct model_cache_args){ .size = 100, .flags = PLAIN });
	bed_eq(&b, slab_stride(b.m, b.s), 128, "stride");
	bed_eq(&b, bed_line(&b).limit, 32, "limit");
	o = bed_alloc(&b, 0, MODEL_ANY_NODE);
	ck_assert(model_peek(b.m, o - 8, &red[0], 8) && model_peek(b.m, o + 104, &red[1], 8));
	bed_eq(&b, red[0], UINT64_C(0xd84156c5635688c0), "red zone 1");
	bed_eq(&b, red[1], red[0], "red zone 2");
	ck_assert(model_peek(b.m, o + 112, &user, 8) && model_peek(b.m, o + 99, &byte, 1));
	bed_eq(&b, user, SLAB_TEXT_ALLOCATES + 0x10, "last user");
	/* 2.6.32 rounds the object up to 104 bytes. */
	bed_eq(&b, byte, era == SLAB_ERA_2_6_32 ? 0x5a : 0xa5, "the last byte");
	bed_free(&b, 0, o);
	ck_assert(model_peek(b.m, o - 8, &red[0], 8) && model_peek(b.m, o, &byte, 1));
	bed_eq(&b, red[0], UINT64_C(0x09f911029d74e35b), "red zone 1 of a free one");
	bed_eq(&b, byte, 0x6b, "the first byte of a free one");
	bed_free(&b, 0, o);
	bed_eq(&b, model_reports(b.m, MODEL_REPORT_SLAB_ERROR), 1 + (era == SLAB_ERA_6_1),
	       "double free");
	model_free(b.m);
}

/* In a slab that nobody used the indices are a rotation of random_seq: 4.8. */
START_TEST(random_order)
{
	for (int era = SLAB_ERA_4_14; era < SLAB_ERAS; era++) {
		struct model_config config = { .era = slab_era((enum slab_era)era),
					       .frames = 3072,
					       .percpu_bytes = 0x10000,
					       .seed = 5 };
		struct bed b = { .m = model_new(&config), .name = "random" };
		uint64_t o, slab, seq, start = UINT64_MAX;

		bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
		o = bed_alloc(&b, 0, MODEL_ANY_NODE);
		slab = slab_of_object(b.m, o);
		seq = get(b.m, b.s, cache_random_seq);
		for (uint32_t i = 0; i < 64; i++)
			if (get32(b.m, seq + 4 * i) == slab_index_get(b.m, slab, 20))
				start = i;
		ck_assert(start < 64);
		for (uint32_t i = 20; i < 64; i++)
			ck_assert_uint_eq(get32(b.m, seq + 4 * ((start + i - 20) % 64)),
					  slab_index_get(b.m, slab, i));
		bed_end(&b);
	}
}
END_TEST

/* What a history leaves agrees with itself, whatever the order of its operations. */
START_TEST(histories)
{
	for (int era = 0; era < SLAB_ERAS; era++) {
		for (uint64_t seed = 1; seed <= 40; seed++) {
			const struct slab_history_config config = {
				.era = slab_era((enum slab_era)era),
				.seed = seed,
				.operations = 1500,
				.concurrent = seed % 4 == 0,
			};
			struct slab_history *h = slab_history_run(&config);
			struct slab_census *census = slab_census_take(slab_history_model(h));
			const char *wrong = config.concurrent ? NULL : slab_census_check(census);

			unit_check(!slab_history_failed(h), "%s, seed %u: %s", config.era->name,
				   (unsigned int)seed, slab_history_failed(h));
			unit_check(!wrong, "%s, seed %u: %s", config.era->name, (unsigned int)seed,
				   wrong);
			slab_census_free(census);
			slab_history_free(h);
		}
	}
}
END_TEST

/* The audit is not blind: each of these words, changed, is noticed. */
EACH_ERA(audit_sees)
{
	struct bed b = bed_new(era, (struct model_config){ .nr_cpus = 1 });
	uint64_t o, slab, n, ac, words[6];

	bed_cache(&b, (struct model_cache_args){ .size = 64, .flags = PLAIN });
	o = bed_alloc(&b, 0, MODEL_ANY_NODE);
	slab = slab_of_object(b.m, o);
	n = slab_get_node(b.m, b.s, 0);
	ac = slab_cpu_array(b.m, b.s, 0);
	words[0] = AT(b.m, slab, slab_active);
	words[1] = AT(b.m, slab, slab_s_mem);
	words[2] = AT(b.m, n, l3_free_objects);
	words[3] = AT(b.m, ac, ac_avail);
	words[4] = slab_entry_at(b.m, ac, 3);
	words[5] = AT(b.m, b.s, cache_reciprocal);
	for (int i = 0; i < 6; i++) {
		uint32_t was = get32(b.m, words[i]), now = i == 3 ? 200 : was + 1;
		struct slab_census *census;

		ck_assert(model_poke(b.m, words[i], &now, 4));
		census = slab_census_take(b.m);
		unit_check(slab_census_check(census), "%s: word %d is not missed", b.name, i);
		slab_census_free(census);
		ck_assert(model_poke(b.m, words[i], &was, 4));
	}
	bed_end(&b);
}

/* Which faults found a place in the heap of a history; each is taken back. */
static void faults_plant(enum slab_era era, uint64_t seed, bool planted[SLAB_FAULT_COUNT])
{
	const struct slab_history_config config = { .era = slab_era(era),
						    .seed = seed,
						    .operations = 900 };
	struct slab_history *h = slab_history_run(&config);
	struct model *m = slab_history_model(h);
	struct slab_truth truth;

	for (int f = 0; f < SLAB_FAULT_COUNT; f++) {
		struct slab_census *census;

		if (planted[f] || !slab_fault_applies(m->own, (enum slab_fault)f))
			continue;
		ck_assert(model_journal_start(m));
		census = slab_census_take(m);
		planted[f] = slab_fault_plant(census, (enum slab_fault)f, seed, &truth);
		if (planted[f])
			unit_check(truth.must[0], "%s has no truth", slab_fault_name(f));
		slab_census_free(census);
		ck_assert(model_journal_undo(m));
	}
	slab_history_free(h);
}

/* Whether any history has a place: not one that needs an option of the build, or an owner's mistake. */
static bool is_usual(int fault)
{
	return fault < SLAB_FAULT_CACHE_ORPHAN && fault != SLAB_FAULT_DOUBLE_FREE &&
	       fault != SLAB_FAULT_WRONG_CACHE;
}

/* Each fault has a place somewhere. */
START_TEST(faults_have_places)
{
	for (int era = 0; era < SLAB_ERAS; era++) {
		bool planted[SLAB_FAULT_COUNT] = { false };

		for (uint64_t seed = 1; seed <= 60; seed++)
			faults_plant((enum slab_era)era, seed, planted);
		for (int f = 0; f < SLAB_FAULT_COUNT; f++)
			unit_check(
				planted[f] || !is_usual(f) ||
					!slab_fault_applies(slab_era(era)->own, (enum slab_fault)f),
				"%s: no place for %s", slab_era(era)->name, slab_fault_name(f));
	}
}
END_TEST

Suite *suite_slab_model(void)
{
	Suite *suite = suite_create("slab_model");
	TCase *tcase = tcase_create("slab_model");

	tcase_set_timeout(tcase, UNIT_TIMEOUT);
	tcase_add_test(tcase, geometry);
	tcase_add_test(tcase, kmalloc_sizes);
	tcase_add_test(tcase, refill);
	tcase_add_test(tcase, flush);
	tcase_add_test(tcase, alien);
	tcase_add_test(tcase, reap);
	tcase_add_test(tcase, shrink);
	tcase_add_test(tcase, accounting);
	tcase_add_test(tcase, destroy_with_objects);
	tcase_add_test(tcase, lost_name);
	tcase_add_test(tcase, name_is_copied);
	tcase_add_test(tcase, create_checks);
	tcase_add_test(tcase, merging);
	tcase_add_test(tcase, typesafe);
	tcase_add_test(tcase, tune);
	tcase_add_test(tcase, double_free);
	tcase_add_test(tcase, debug);
	tcase_add_test(tcase, random_order);
	tcase_add_test(tcase, histories);
	tcase_add_test(tcase, audit_sees);
	tcase_add_test(tcase, faults_have_places);
	suite_add_tcase(suite, tcase);
	return suite;
}
