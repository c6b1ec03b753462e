/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caches: what they are like, which become one, how they end, and what shrinking does. */
#include <stdlib.h>
#include <string.h>

#include "model/slub/cache.h"
#include "tests/unit/rig.h"

/*
 * Geometry. What calculate_sizes() and calculate_order() make of a size; the columns are what they
 * had become in 3.13, by 4.19 (red_left_pad, 4.6), by 5.10 (freepointers in the middle, 5.7) and by
 * 6.12 (another calculate_order(), 6.8). 4 CPUs.
 */
struct geometry {
	uint32_t size, align;
	unsigned int flags;
	bool ctor;
	uint32_t inuse;
	uint32_t stride[2]; /* until, since 4.6 */
	uint32_t offset[2]; /* until, since 5.7 */
	unsigned int order[2], objects[2]; /* until, since 6.8; of the latter stride */
};

static const struct geometry geometries[] = {
	{ 64, 0, 0, false, 64, { 64, 64 }, { 0, 32 }, { 0, 0 }, { 64, 64 } },
	{ 100, 0, 0, false, 104, { 104, 104 }, { 0, 48 }, { 0, 0 }, { 39, 39 } },
	{ 4, 0, 0, false, 8, { 8, 8 }, { 0, 0 }, { 0, 0 }, { 512, 512 } },
	{ 17, 0, 0, false, 24, { 24, 24 }, { 0, 8 }, { 0, 0 }, { 170, 170 } },
	/* a constructor, or RCU: the link lies behind the object */
	{ 64, 0, 0, true, 64, { 72, 72 }, { 64, 64 }, { 0, 0 }, { 56, 56 } },
	{ 100, 0, MODEL_CACHE_RCU, false, 104, { 112, 112 }, { 104, 104 }, { 0, 0 }, { 36, 36 } },
	/* a cache line, or as much of one as is needed */
	{ 40,
	  0,
	  MODEL_CACHE_HWCACHE_ALIGN,
	  false,
	  40,
	  { 64, 64 },
	  { 0, 16 },
	  { 0, 0 },
	  { 64, 64 } },
	{ 20,
	  0,
	  MODEL_CACHE_HWCACHE_ALIGN,
	  false,
	  24,
	  { 32, 32 },
	  { 0, 8 },
	  { 0, 0 },
	  { 128, 128 } },
	{ 300, 256, 0, false, 304, { 512, 512 }, { 0, 144 }, { 1, 1 }, { 16, 16 } },
	/* a red zone of a word where there is no gap, a word behind, and since 4.6 one before */
	{ 64, 0, MODEL_CACHE_RED_ZONE, false, 72, { 80, 88 }, { 0, 32 }, { 0, 0 }, { 46, 46 } },
	{ 60, 0, MODEL_CACHE_RED_ZONE, false, 64, { 72, 80 }, { 0, 24 }, { 0, 0 }, { 51, 51 } },
	{ 64, 0, MODEL_CACHE_POISON, false, 64, { 72, 72 }, { 64, 64 }, { 0, 0 }, { 56, 56 } },
	/* order 3 is the most that is wanted: two with much waste, or one with less */
	{ 5000, 0, 0, false, 5000, { 5000, 5000 }, { 0, 2496 }, { 3, 3 }, { 6, 6 } },
	{ 12000, 0, 0, false, 12000, { 12000, 12000 }, { 0, 6000 }, { 2, 3 }, { 1, 2 } },
	{ 40000, 0, 0, false, 40000, { 40000, 40000 }, { 0, 20000 }, { 4, 4 }, { 1, 1 } },
};

static void geometry_check(struct rig *r, const struct geometry *g)
{
	uint32_t stride = g->stride[r->era >= MODEL_ERA_4_19];
	unsigned int late = r->era >= MODEL_ERA_6_12;
	uint64_t oo, min;

	rig_cache(r, (struct model_cache_args){
			     .size = g->size,
			     .align = g->align,
			     .flags = g->flags | RIG_PLAIN,
			     .ctor = g->ctor,
		     });
	oo = cache_oo(r->m, r->s);
	min = get(r->m, r->s, cache_min);
	rig_eq(r, get(r->m, r->s, cache_inuse), g->inuse, "inuse for %u, flags %#x", g->size,
	       g->flags);
	rig_eq(r, cache_size(r->m, r->s), stride, "size for %u, flags %#x", g->size, g->flags);
	rig_eq(r, get(r->m, r->s, cache_offset), g->offset[r->era >= MODEL_ERA_5_10],
	       "offset for %u, flags %#x", g->size, g->flags);
	rig_eq(r, oo_order(oo), g->order[late], "order for %u", g->size);
	if (stride == g->stride[1])
		rig_eq(r, oo_objects(oo), g->objects[late], "objects for %u", g->size);
	rig_eq(r, oo_order(min), get_order(stride), "order of min for %u", g->size);
	rig_eq(r, oo_objects(min), (MODEL_PAGE << oo_order(min)) / stride, "objects of min for %u",
	       g->size);
}

EACH_MODEL_ERA(geometry)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });

	for (int i = 0; i < UNIT_COUNT(geometries); i++)
		geometry_check(r, &geometries[i]);
	rig_end(r);
}

/* Lines of /proc/slabinfo of real machines: size, CPUs, objects and pages per slab. */
static const struct {
	uint32_t size;
	unsigned int cpus, objects, pages;
} lines[] = {
	{ 192, 4, 21, 1 }, /* dentry */
	{ 192, 64, 42, 2 },  { 104, 4, 39, 1 }, /* buffer_head */
	{ 200, 8, 20, 1 }, /* vm_area_struct */
	{ 256, 8, 32, 2 }, /* kmalloc-256 and larger */
	{ 512, 4, 16, 2 },   { 512, 8, 32, 4 },	 { 1024, 4, 16, 4 },
	{ 1024, 64, 32, 8 }, { 2048, 4, 16, 8 }, { 4096, 4, 8, 8 },
	{ 8192, 4, 4, 8 },   { 584, 8, 28, 4 }, /* inode_cache, radix_tree_node */
	{ 680, 4, 24, 4 }, /* proc_inode_cache */
	{ 680, 2, 12, 2 },   { 1080, 8, 30, 8 }, /* ext4_inode_cache */
};

EACH_MODEL_ERA(slabs_of_real_machines)
{
	for (int i = 0; i < UNIT_COUNT(lines); i++) {
		struct rig *r = rig_new(
			era, (struct model_config){ .nr_cpus = lines[i].cpus, .frames = 2048 });
		struct model_slabinfo info;

		rig_cache(r,
			  (struct model_cache_args){ .size = lines[i].size, .flags = RIG_PLAIN });
		rig_is(r, model_slabinfo(r->m, r->s, &info), "no line");
		rig_eq(r, info.objsize, lines[i].size, "objsize");
		rig_eq(r, info.objperslab, lines[i].objects, "objperslab of %u with %u CPUs",
		       lines[i].size, lines[i].cpus);
		rig_eq(r, info.pagesperslab, lines[i].pages, "pagesperslab of %u with %u CPUs",
		       lines[i].size, lines[i].cpus);
		rig_end(r);
	}
}

/*
 * Limits: min_partial is half of log2(size), 5 to 10; a CPU keeps 30, 13, 6 or 2 objects, and since
 * 5.16 slabs of 120, 52, 24 or 6, taken to be half full.
 */
EACH_MODEL_ERA(limits)
{
	static const struct {
		uint32_t size;
		unsigned int min, objects_old, objects_new, slabs_new;
	} rows[] = {
		{ 64, 5, 30, 120, 4 }, /* 64 in a slab */
		{ 256, 5, 13, 52, 7 }, /* 16 */
		{ 1024, 5, 6, 24, 3 }, /* 16 */
		{ 4096, 6, 2, 6, 2 }, /* 8 */
		{ 65536, 8, 2, 6, 12 }, /* 1 */
	};
	struct rig *r = rig_new(era, (struct model_config){ 0 });

	for (int i = 0; i < UNIT_COUNT(rows); i++) {
		rig_cache(r, (struct model_cache_args){ .size = rows[i].size, .flags = RIG_PLAIN });
		rig_eq(r, get(r->m, r->s, cache_min_partial), rows[i].min, "min_partial of %u",
		       rows[i].size);
		if (era >= MODEL_ERA_7_2)
			continue;
		rig_eq(r, get(r->m, r->s, cache_cpu_partial),
		       era < MODEL_ERA_6_1 ? rows[i].objects_old : rows[i].objects_new,
		       "cpu_partial of %u", rows[i].size);
		if (era >= MODEL_ERA_6_1)
			rig_eq(r, get(r->m, r->s, cache_cpu_partial_slabs), rows[i].slabs_new,
			       "cpu_partial_slabs of %u", rows[i].size);
	}
	rig_cache(r,
		  (struct model_cache_args){ .size = 64, .flags = RIG_PLAIN | MODEL_CACHE_POISON });
	if (era < MODEL_ERA_7_2)
		rig_eq(r, get(r->m, r->s, cache_cpu_partial), 0, "cpu_partial with options");
	rig_end(r);
}

/* The left red zone is a word, or as much as the objects are aligned to. */
EACH_MODEL_ERA(left_red_zone)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	uint64_t object, base;

	rig_cache(r, (struct model_cache_args){
			     .size = 100, .align = 64, .flags = RIG_PLAIN | MODEL_CACHE_RED_ZONE });
	object = rig_alloc(r, 0);
	base = slab_base(r->m, rig_slab(r, object));
	if (era >= MODEL_ERA_4_19)
		rig_eq(r, get(r->m, r->s, cache_red_left_pad), 64, "red_left_pad");
	rig_eq(r, (object - base) % cache_size(r->m, r->s), era < MODEL_ERA_4_19 ? 0 : 64,
	       "place of an object");
	/* 104 + 8, and the pad */
	rig_eq(r, cache_size(r->m, r->s), era < MODEL_ERA_4_19 ? 128 : 192, "size");
	rig_end(r);
}

/* Merging. */

static uint64_t create(struct rig *r, const char *name, uint32_t size, unsigned int flags)
{
	return rig_cache(r,
			 (struct model_cache_args){ .name = name, .size = size, .flags = flags });
}

EACH_MODEL_ERA(merged)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	uint64_t first = create(r, "first", 1500, 0);
	bool error;

	rig_eq(r, cache_size(r->m, first), 1504, "size");
	rig_eq(r, create(r, "second", 1504, 0), first, "cache of the second");
	rig_eq(r, get(r->m, first, cache_refcount), 2, "refcount");
	rig_eq(r, get(r->m, first, cache_object_size), 1504, "object_size");
	rig_eq(r, get(r->m, first, cache_inuse), 1504, "inuse");
	rig_eq(r, cache_size(r->m, first), 1504, "size when merged");
	rig_is(r, create(r, "third", 1496, 0) != first, "a word less is merged, too");
	rig_eq(r, model_cache_find(r->m, "second"), 0, "a cache of the second's name");
	ck_assert_int_eq(model_cache_destroy(r->m, 0, first, &error), MODEL_DONE);
	rig_eq(r, get(r->m, first, cache_refcount), 1, "refcount after one left");
	rig_eq(r, model_cache_find(r->m, "first"), first, "the cache after one left");
	rig_end(r);
}

/* Which options keep a cache for itself. */
EACH_MODEL_ERA(never_merged)
{
	static const unsigned int alone[] = {
		MODEL_CACHE_RED_ZONE, MODEL_CACHE_POISON,      MODEL_CACHE_STORE_USER,
		MODEL_CACHE_RCU,      MODEL_CACHE_NOLEAKTRACE, MODEL_CACHE_NO_MERGE,
	};
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	uint64_t plain = create(r, "plain", 1504, 0), a, b;
	struct model_cache_args constructed = { .name = "ctor", .size = 1504, .ctor = true };

	for (int i = 0; i < UNIT_COUNT(alone); i++) {
		a = create(r, "a", 1504, alone[i]);
		b = create(r, "b", 1504, alone[i]);
		rig_is(r, a != plain && b != plain && a != b, "flag %#x is merged", alone[i]);
		rig_eq(r, get(r->m, a, cache_refcount), 1, "refcount with flag %#x", alone[i]);
	}
	rig_is(r, rig_cache(r, constructed) != plain, "one with a constructor is merged");
	rig_eq(r, create(r, "again", 1504, 0), plain, "a plain one");
	rig_end(r);
}

/* Those that have to be the same for both; checks were one of them until 4.6, and keep a cache for
 * itself since 7.0. */
EACH_MODEL_ERA(merged_among_themselves)
{
	static const unsigned int same[] = { MODEL_CACHE_RECLAIM, MODEL_CACHE_DMA,
					     MODEL_CACHE_ACCOUNT, MODEL_CACHE_CHECKS };
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	uint64_t plain = create(r, "plain", 1504, 0), a, b;

	for (int i = 0; i < UNIT_COUNT(same); i++) {
		bool checks = same[i] == MODEL_CACHE_CHECKS;
		bool apart = checks ? era == MODEL_ERA_3_13 || era == MODEL_ERA_7_2
				    : same[i] != MODEL_CACHE_ACCOUNT || era > MODEL_ERA_3_13;
		bool alike = !checks || era < MODEL_ERA_7_2;

		a = create(r, "a", 1504, same[i]);
		b = create(r, "b", 1504, same[i]);
		rig_eq(r, a != plain, apart, "flag %#x is kept apart", same[i]);
		rig_eq(r, a == b, alike, "two with flag %#x are one", same[i]);
	}
	rig_end(r);
}

/* Objects that may be copied to user space are kept apart since 4.16; before, nobody said. */
EACH_MODEL_ERA(user_area_not_merged)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	struct model_cache_args args = { .name = "user", .size = 1504, .usersize = 8 };
	uint64_t plain = create(r, "plain", 1504, 0);

	rig_is(r, rig_cache(r, args) != plain, "it is merged");
	if (era >= MODEL_ERA_4_19)
		rig_eq(r, get(r->m, r->s, cache_usersize), 8, "usersize");
	rig_end(r);
}

/* Caches merge with those of kmalloc() until 4.15; these say since then that their objects may be
 * copied. So the victim of 3.13's corrupt kmalloc-32 could be anybody. */
EACH_MODEL_ERA(merged_with_kmalloc)
{
	struct rig *r = rig_new(era, (struct model_config){ .kmalloc = true, .frames = 2048 });
	uint64_t kmalloc = model_cache_find(r->m, "kmalloc-32");

	rig_is(r, kmalloc != 0, "there is no kmalloc-32");
	rig_eq(r, create(r, "apparmor_context", 32, 0) == kmalloc, era == MODEL_ERA_3_13, "merged");
	rig_end(r);
}

/* The end. */

static bool destroy(struct rig *r)
{
	bool error;

	ck_assert_int_eq(model_cache_destroy(r->m, 0, r->s, &error), MODEL_DONE);
	return !error;
}

EACH_MODEL_ERA(destroyed)
{
	static const unsigned int flags[] = { RIG_PLAIN, MODEL_CACHE_NO_MERGE,
					      RIG_PLAIN | MODEL_CACHE_RCU,
					      RIG_PLAIN | MODEL_CACHE_DEBUG };
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2, .nr_nodes = 2 });
	uint64_t o[50];

	for (int i = 0; i < UNIT_COUNT(flags); i++) {
		create(r, "victim", 640, flags[i]);
		rig_alloc_many(r, 0, 50, o);
		rig_free_many(r, 1, 50, o);
		rig_is(r, destroy(r), "flags %#x: objects remain", flags[i]);
		rig_eq(r, model_cache_find(r->m, "victim"), 0, "flags %#x: the cache", flags[i]);
		for (int k = 0; k < 50; k++)
			rig_is(r,
			       !rig_is_slab(r, rig_slab(r, o[k])) ||
				       get(r->m, rig_slab(r, o[k]), slab_cache) != r->s,
			       "flags %#x: a slab remains", flags[i]);
		rig_census(r);
	}
	rig_eq(r, model_reports(r->m, MODEL_REPORT_OBJECTS_REMAINING), 0, "reports");
	rig_end(r);
}

/*
 * A cache that still has objects: it stays on the list (until 3.18 it returns there) with a
 * refcount of 0; since 6.12 it has left the list, and only its slabs lead to it.
 */
EACH_MODEL_ERA(destroyed_too_early)
{
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });
	uint64_t object, slab, *o;

	create(r, "victim", 640, RIG_PLAIN);
	o = rig_slabs(r, 0, 2);
	object = o[0];
	slab = rig_slab(r, object);
	rig_free_many(r, 1, 2 * rig_objects(r) - 1, o + 1);
	rig_is(r, !destroy(r), "nobody minds the object");
	rig_eq(r, model_reports(r->m, MODEL_REPORT_OBJECTS_REMAINING), 1, "reports");
	rig_eq(r, model_cache_find(r->m, "victim"), era < MODEL_ERA_6_12 ? r->s : 0, "the cache");
	rig_eq(r, get(r->m, r->s, cache_refcount), 0, "refcount");
	rig_is(r, rig_is_slab(r, slab), "the object's slab is gone");
	rig_eq(r, get(r->m, slab, slab_cache), r->s, "slab_cache");
	rig_eq(r, rig_inuse(r, slab), 1, "its inuse");
	rig_eq(r, rig_nr_partial(r, 0), 1, "slabs of the node: the empty one is freed");
	rig_eq(r, rig_nr_slabs(r, 0), 1, "nr_slabs");
	free(o);
	model_free(r->m);
	free(r);
}

/* A module that leaves without destroying its cache leaves a name that nobody can read, or that is
 * something else by now. */
EACH_MODEL_ERA(orphaned)
{
	unsigned int unreadable = 0;

	for (uint64_t seed = 1; seed <= 16; seed++) {
		struct rig *r = rig_new(era, (struct model_config){ .seed = seed });
		struct model_slabinfo info;

		create(r, "orphan", 4104, RIG_PLAIN);
		rig_alloc(r, 0);
		ck_assert_int_eq(model_cache_orphan(r->m, 0, r->s), MODEL_DONE);
		rig_eq(r, model_cache_find(r->m, "orphan"), 0, "a cache of that name");
		if (!model_slabinfo(r->m, r->s, &info))
			unreadable++; /* who reads /proc/slabinfo dies */
		else
			rig_is(r, strcmp(info.name, "orphan") != 0, "the name is still there");
		rig_alloc(r, 0);
		rig_end(r);
	}
	unit_check(unreadable > 0 && unreadable < 16, "%s: %u of 16 names cannot be read",
		   model_era(era)->name, unreadable);
}

/* Shrinking. */

/* Slabs on the node's list, from its head, with so many free objects each. */
#define SHRINK_SLABS 6
static const unsigned int shrink_free[SHRINK_SLABS] = { 40, 2, 64, 50, 5, 33 };

static uint64_t *partial_make(struct rig *r, uint64_t slabs[SHRINK_SLABS])
{
	unsigned int n = rig_objects(r);
	uint64_t *o = rig_slabs(r, 0, SHRINK_SLABS + 1);

	/* Slabs go to the end of the node's list as the CPU's list is given back. */
	for (unsigned int i = 0; i < SHRINK_SLABS; i++) {
		slabs[i] = rig_slab(r, o[i * n]);
		rig_free_many(r, 1, shrink_free[i], o + i * n);
		ck_assert_int_eq(model_cache_flush(r->m, 0, r->s), MODEL_DONE);
		rig_eq(r, rig_on_node(r, 0, slabs[i]), i, "place of slab %u", i);
	}
	return o;
}

/*
 * Empty slabs go, however few there are. The others are sorted until 4.1, the fullest first; since
 * 4.2 those with up to 32 free objects come first, sorted, and the rest stays as it was.
 */
EACH_MODEL_ERA(shrunk)
{
	static const unsigned int sorted[] = { 1, 4, 5, 0, 3 }, promoted[] = { 1, 4, 0, 3, 5 };
	const unsigned int *order = era == MODEL_ERA_3_13 ? sorted : promoted;
	struct rig *r = rig_new(era, (struct model_config){ .nr_cpus = 2 });
	uint64_t slabs[SHRINK_SLABS], *o, freed;

	create(r, "rig", 64, RIG_PLAIN);
	o = partial_make(r, slabs);
	ck_assert_int_eq(model_cache_shrink(r->m, 0, r->s, &freed), MODEL_DONE);
	rig_eq(r, freed, 1, "slabs that were freed");
	rig_is(r, !rig_is_slab(r, slabs[2]), "the empty slab is still there");
	rig_eq(r, rig_nr_partial(r, 0), SHRINK_SLABS - 1, "partial slabs");
	for (unsigned int i = 0; i < SHRINK_SLABS - 1; i++)
		rig_eq(r, rig_on_node(r, 0, slabs[order[i]]), i, "place of the one with %u free",
		       shrink_free[order[i]]);
	free(o);
	rig_end(r);
}

Suite *suite_model_cache(void)
{
	Suite *suite = suite_create("model_cache");
	TCase *sizes = tcase_create("sizes"), *merge = tcase_create("merge");
	TCase *end = tcase_create("end");

	tcase_set_timeout(sizes, RIG_TIMEOUT);
	tcase_add_test(sizes, geometry);
	tcase_add_test(sizes, slabs_of_real_machines);
	tcase_add_test(sizes, limits);
	tcase_add_test(sizes, left_red_zone);
	suite_add_tcase(suite, sizes);
	tcase_set_timeout(merge, RIG_TIMEOUT);
	tcase_add_test(merge, merged);
	tcase_add_test(merge, never_merged);
	tcase_add_test(merge, merged_among_themselves);
	tcase_add_test(merge, user_area_not_merged);
	tcase_add_test(merge, merged_with_kmalloc);
	suite_add_tcase(suite, merge);
	tcase_set_timeout(end, RIG_TIMEOUT);
	tcase_add_test(end, destroyed);
	tcase_add_test(end, destroyed_too_early);
	tcase_add_test(end, orphaned);
	tcase_add_test(end, shrunk);
	suite_add_tcase(suite, end);
	return suite;
}
