/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmalloc(): which cache serves a size, and what is too large for any. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/rig.h"

#define CALLER (MODEL_TEXT + 0x1234)

static struct rig *machine(enum model_era era, model_features without)
{
	return rig_new(
		era, (struct model_config){ .kmalloc = true, .frames = 2048, .without = without });
}

static uint64_t kmalloc(struct rig *r, size_t size, uint32_t gfp, uint64_t caller)
{
	uint64_t object;

	ck_assert_int_eq(model_kmalloc(r->m, 0, size, model_gfp_kernel(r->m) | gfp, MODEL_ANY_NODE,
				       caller, &object),
			 MODEL_DONE);
	return object;
}

static void kfree(struct rig *r, uint64_t object)
{
	ck_assert_int_eq(model_kfree(r->m, 0, object), MODEL_DONE);
}

/* The name of the cache that an object is of. */
static const char *cache_name(struct rig *r, uint64_t object)
{
	static char name[64];
	uint64_t s = get(r->m, head_page(r->m, object), slab_cache);

	model_text(r->m, get(r->m, s, cache_name), name, sizeof(name));
	return name;
}

/* "kmalloc-1k", since 4.20: before, "kmalloc-1024". */
static const char *class_name(enum model_era era, const char *prefix, uint32_t class)
{
	static char name[64];

	if (class >= 1024 && era >= MODEL_ERA_5_10)
		snprintf(name, sizeof(name), "%skmalloc-%uk", prefix, class / 1024);
	else
		snprintf(name, sizeof(name), "%skmalloc-%u", prefix, class);
	return name;
}

EACH_MODEL_ERA(classes)
{
	static const uint32_t rows[][2] = {
		{ 1, 8 },	{ 8, 8 },	{ 9, 16 },	{ 17, 32 },	{ 33, 64 },
		{ 64, 64 },	{ 65, 96 },	{ 96, 96 },	{ 97, 128 },	{ 128, 128 },
		{ 129, 192 },	{ 192, 192 },	{ 193, 256 },	{ 257, 512 },	{ 600, 1024 },
		{ 1025, 2048 }, { 4096, 4096 }, { 4097, 8192 }, { 8192, 8192 },
	};
	struct rig *r = machine(era, MODEL_HAS(KMALLOC_RANDOM));
	const char *name;
	uint64_t object;

	for (int i = 0; i < UNIT_COUNT(rows); i++) {
		object = kmalloc(r, rows[i][0], 0, CALLER);
		name = class_name(era, "", rows[i][1]);
		rig_is(r, !strcmp(cache_name(r, object), name), "%u bytes from %s, not %s",
		       rows[i][0], cache_name(r, object), name);
		rig_eq(r, model_ksize(r->m, object), rows[i][1], "ksize of %u", rows[i][0]);
		kfree(r, object);
	}
	rig_end(r);
}

/* ZERO_SIZE_PTR is not an object; nor is NULL. */
EACH_MODEL_ERA(no_bytes)
{
	struct rig *r = machine(era, 0);

	rig_eq(r, kmalloc(r, 0, 0, CALLER), 16, "of no bytes");
	rig_eq(r, model_ksize(r->m, 16), 0, "its ksize");
	kfree(r, 16);
	kfree(r, 0);
	rig_end(r);
}

/* More than two pages come from the page allocator, which SLUB has nothing to do with. */
EACH_MODEL_ERA(large)
{
	struct rig *r = machine(era, 0);
	uint64_t pages = model_pages_free(r->m), object, byte = 0x41;

	object = kmalloc(r, 8193, 0, CALLER);
	rig_eq(r, object % MODEL_PAGE, 0, "offset in a page");
	rig_is(r, !rig_is_slab(r, head_page(r->m, object)), "the pages are a slab");
	rig_eq(r, model_pages_free(r->m), pages - 4, "free pages");
	rig_eq(r, model_ksize(r->m, object), 16384, "ksize");
	/* PGTY_large_kmalloc, 6.15 */
	if (era >= MODEL_ERA_7_2)
		rig_eq(r, get(r->m, head_page(r->m, object), page_type) >> 24, 0xf8, "page type");
	model_poke(r->m, object + 9000, &byte, 8);
	kfree(r, object);
	rig_eq(r, model_pages_free(r->m), pages, "free pages after kfree()");
	object = kmalloc(r, 16384, model_gfp(r->m)->zero, CALLER);
	for (uint64_t at = object; at < object + 16384; at += 8)
		rig_eq(r, get64(r->m, at), 0, "word of cleared pages");
	kfree(r, object);
	rig_eq(r, kmalloc(r, 8 << 20, model_gfp(r->m)->nowarn, CALLER), 0, "8 MiB");
	rig_end(r);
}

static void served_by(struct rig *r, uint32_t gfp, const char *name)
{
	uint64_t object = kmalloc(r, 60, gfp, CALLER);

	rig_is(r, !strcmp(cache_name(r, object), name), "%s serves, not %s", cache_name(r, object),
	       name);
	kfree(r, object);
}

/* Rows of caches: for DMA always; reclaimable 4.20; for memory cgroups 5.14. DMA comes first. */
EACH_MODEL_ERA(rows)
{
	struct rig *r = machine(era, MODEL_HAS(KMALLOC_RANDOM));
	const struct model_gfp *g = model_gfp(r->m);
	bool cgroups = era >= MODEL_ERA_6_1;

	served_by(r, 0, "kmalloc-64");
	served_by(r, g->dma, "dma-kmalloc-64");
	served_by(r, g->reclaimable, era >= MODEL_ERA_5_10 ? "kmalloc-rcl-64" : "kmalloc-64");
	if (g->account)
		served_by(r, g->account, cgroups ? "kmalloc-cg-64" : "kmalloc-64");
	served_by(r, g->dma | g->reclaimable | g->account, "dma-kmalloc-64");
	if (cgroups)
		served_by(r, g->reclaimable | g->account, "kmalloc-rcl-64");
	rig_end(r);
}

/* CONFIG_RANDOM_KMALLOC_CACHES, 6.6: one of 16 copies, by the caller; renamed in 7.2. */
EACH_MODEL_ERA(copies)
{
	struct rig *r = machine(era, 0);
	uint64_t seed, seen[16] = { 0 }, object, caller;
	unsigned int row;
	char name[64];

	if (era < MODEL_ERA_6_12) {
		rig_end(r);
		return;
	}
	rig_is(r, model_target(r->m)->ops->symbol(model_target(r->m), "random_kmalloc_seed", &seed),
	       "there is no random_kmalloc_seed");
	seed = get64(r->m, seed);
	for (unsigned int i = 0; i < 200; i++) {
		caller = CALLER + 16 * i;
		row = (unsigned int)((caller ^ seed) * UINT64_C(0x61c8864680b583eb) >> 60);
		snprintf(name, sizeof(name), "kmalloc-%s-%02u-64",
			 era >= MODEL_ERA_7_2 ? "part" : "rnd", row);
		object = kmalloc(r, 64, 0, caller);
		rig_is(r, !strcmp(cache_name(r, object), row ? name : "kmalloc-64"),
		       "%s serves, not %s", cache_name(r, object), row ? name : "kmalloc-64");
		seen[row]++;
		rig_eq(r, model_kmalloc_cache(r->m, 64, model_gfp_kernel(r->m), caller),
		       get(r->m, head_page(r->m, object), slab_cache), "cache for that caller");
	}
	for (row = 0; row < 16; row++)
		rig_is(r, seen[row], "copy %u is never used", row);
	rig_end(r);
}

/* Powers of two are aligned to their size since 5.4, and since 6.11 other sizes to the largest power
 * of two that divides them; before, to a word. */
EACH_MODEL_ERA(alignment)
{
	static const uint32_t sizes[] = { 8, 64, 96, 192, 256, 1024 };
	struct rig *r = machine(era, MODEL_HAS(KMALLOC_RANDOM));
	uint32_t size, align;
	uint64_t s;

	for (int i = 0; i < UNIT_COUNT(sizes); i++) {
		size = sizes[i];
		align = size & -size;
		if (era < MODEL_ERA_5_10 || (align != size && era < MODEL_ERA_6_12))
			align = 8;
		s = model_kmalloc_cache(r->m, size, model_gfp_kernel(r->m), CALLER);
		rig_eq(r, get(r->m, s, cache_align), align, "align of kmalloc-%u", size);
	}
	rig_end(r);
}

Suite *suite_model_kmalloc(void)
{
	Suite *suite = suite_create("model_kmalloc");
	TCase *kinds = tcase_create("kinds");

	tcase_set_timeout(kinds, RIG_TIMEOUT);
	tcase_add_test(kinds, classes);
	tcase_add_test(kinds, no_bytes);
	tcase_add_test(kinds, large);
	tcase_add_test(kinds, rows);
	tcase_add_test(kinds, copies);
	tcase_add_test(kinds, alignment);
	suite_add_tcase(suite, kinds);
	return suite;
}
