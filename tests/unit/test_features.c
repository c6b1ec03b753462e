/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of features that checker and model share: what it says of releases, what names tell,
 * and what the checker finds in the image of each era.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/slub/layout.h"
#include "tests/unit/rig.h"

static const struct feature_info *row(int i)
{
	return feature_info((enum feature)i);
}

/* 6.12 is later than 6.2. */
static unsigned int release(const char *text)
{
	unsigned int major = 0, minor = 0;

	ck_assert_msg(sscanf(text, "%u.%u", &major, &minor) == 2, "release %s", text);
	return major * 1000 + minor;
}

/* Each era has what is there in its release, and what its stable releases brought back. */
START_TEST(releases)
{
	for (int e = 0; e < MODEL_ERAS; e++) {
		const struct era *era = model_era((enum model_era)e);
		unsigned int now = release(era->name);

		for (int i = 0; i < FEATURE_COUNT; i++) {
			bool since = !*row(i)->since || release(row(i)->since) <= now;
			bool until = !*row(i)->until || now <= release(row(i)->until);
			bool has = era->features >> i & 1;

			if (has && !since && strstr(row(i)->text, "backported"))
				continue;
			unit_check(has == (since && until), "%s in %s", row(i)->name, era->name);
		}
	}
}
END_TEST

static bool never(void *ctx, enum name_kind kind, const char *type, const char *name,
		  uint32_t *offset)
{
	(void)kind, (void)type, (void)name, (void)offset;
	++*(unsigned int *)ctx;
	return false;
}

/* A kernel whose names are written down: "type.member@offset", "struct x", ... one a line. */
static bool written(void *ctx, enum name_kind kind, const char *type, const char *name,
		    uint32_t *offset)
{
	static const char *const words[] = { "", "struct ", "enumerator ", "symbol " };
	char wanted[96];
	const char *at;

	if (kind == NAME_MEMBER)
		snprintf(wanted, sizeof(wanted), "\n%s.%s@", type, name);
	else
		snprintf(wanted, sizeof(wanted), "\n%s%s\n", words[kind], name);
	at = strstr(ctx, wanted);
	if (at && kind == NAME_MEMBER)
		*offset = (uint32_t)strtoul(at + strlen(wanted), NULL, 10);
	return at != NULL;
}

static feature_set found(const char *names)
{
	return features_find(features_told(), written, (void *)(uintptr_t)names);
}

/* Names of kernels, as their sources have them, and what they have to be taken for. */
START_TEST(names_tell)
{
	/* 4.19: CPUs own slabs and chains, the links are keyed, struct page is the slab. */
	feature_set old = found("\nkmem_cache.cpu_slab@0\nkmem_cache_cpu.freelist@0\n"
				"\nkmem_cache_cpu.tid@8\n\nkmem_cache_cpu.partial@24\n"
				"\nkmem_cache.random@176\n\npage.slab_cache@24\n");
	/* 6.12 and later, without the CPUs' slabs of 7.2. */
	feature_set new = found("\nslab.slab_cache@8\n\nslab.slab_list@16\n\nenumerator PGTY_slab\n"
				"\nkmem_cache.cpu_sheaves@0\n\nstruct kmem_cache_per_node_ptrs\n");

	unit_check(old & FEATURE(CPU_SLAB) && old & FEATURE(CPU_PARTIAL), "slabs of CPUs");
	unit_check(old & FEATURE(HARDENED), "a key");
	unit_check(old & FEATURE(COMPOUND_HEAD), "no first_page");
	unit_check(old & FEATURE(DRAIN_ONE_BY_ONE), "no slub_flush_work");
	unit_check(!(old & (FEATURE(STRUCT_SLAB) | FEATURE(UNFROZEN_PARTIAL) |
			    FEATURE(DEBUG_UNDER_LOCK) | FEATURE(SLAB_CACHE_FIRST))),
		   "nothing newer");
	unit_check(new &FEATURE(STRUCT_SLAB) && new &FEATURE(SLAB_CACHE_FIRST), "struct slab");
	unit_check(new &FEATURE(SHEAVES_ALL) && new &FEATURE(LAZY_LIST), "sheaves for all");
	unit_check(new &FEATURE(UNFROZEN_PARTIAL) && new &FEATURE(DEBUG_UNDER_LOCK),
		   "no slabs of CPUs that could be frozen");
	unit_check(!(new &(FEATURE(CPU_SLAB) | FEATURE(CLEARS_FIRST) | FEATURE(HARDENED))),
		   "nothing of CPUs' slabs, and no key");
}
END_TEST

/* 6.2 (130d4df57390): the order of two members tells, and both have to be there. */
START_TEST(order_tells)
{
	unit_check(found("\nslab.slab_cache@8\n\nslab.slab_list@16\n") & FEATURE(SLAB_CACHE_FIRST),
		   "slab_cache first");
	unit_check(
		!(found("\nslab.slab_cache@24\n\nslab.slab_list@8\n") & FEATURE(SLAB_CACHE_FIRST)),
		"the list first");
	unit_check(!(found("\nslab.slab_cache@8\n") & FEATURE(SLAB_CACHE_FIRST)), "no list");
}
END_TEST

/* Nobody is asked for features that are not wanted: such questions are expensive. */
START_TEST(asks_no_more)
{
	unsigned int asked = 0;

	unit_check(!features_find(0, never, &asked), "found unasked");
	unit_check_eq(asked, 0);
	features_find(FEATURE(HARDENED), never, &asked);
	unit_check_eq(asked, 1);
	/* The first name that is not there ends it. */
	features_find(FEATURE(CPU_SLAB), never, &asked);
	unit_check_eq(asked, 2);
	/* What no name tells is not found, whatever there is. */
	features_find(FEATURE(SWAB), never, &asked);
	unit_check_eq(asked, 2);
	unit_check(!(features_told() & FEATURE(SWAB)), "the swap is elected");
}
END_TEST

static bool is_feature(const char *name, size_t length)
{
	for (int i = 0; i < FEATURE_COUNT; i++)
		if (strlen(row(i)->name) == length && !strncmp(row(i)->name, name, length))
			return true;
	return false;
}

/* An expression that names a feature names one that there is, and that names tell. */
START_TEST(expressions)
{
	static const char *const kinds[] = { "enumerator ", "symbol ", "struct " };

	for (int i = 0; i < FEATURE_COUNT; i++) {
		for (const char *at = row(i)->told; *at;) {
			size_t length = strcspn(at, " ");

			for (int k = 0; k < UNIT_COUNT(kinds); k++)
				if (!strncmp(at, kinds[k], strlen(kinds[k])))
					length = strlen(kinds[k]) +
						 strcspn(at + strlen(kinds[k]), " ");
			if (*at == '!')
				at++, length--;
			if (isupper((unsigned char)*at))
				unit_check(is_feature(at, length), "%s: %s", row(i)->name, at);
			at += length;
			at += strspn(at, " &|<");
		}
	}
}
END_TEST

static void layout_of(struct rig *r, struct arena *arena, struct layout *layout)
{
	char error[LAYOUT_ERROR_MAX];
	struct memory memory;

	arena_init(arena, (size_t)64 << 20);
	ck_assert(memory_init(&memory, model_target(r->m), arena));
	rig_is(r, layout_init(layout, &memory, arena, error), "%s", error);
}

/* What names tell of the image of an era is what the era has. */
EACH_MODEL_ERA(eras_are_told)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	feature_set has = model_era(era)->features, told = features_told();
	feature_set seen = target_features(model_target(r->m), told);

	for (int i = 0; i < FEATURE_COUNT; i++)
		if (told >> i & 1)
			rig_eq(r, seen >> i & 1, has >> i & 1, "%s", row(i)->name);
	rig_end(r);
}

/* And so is what the checker goes by: its flags are those of the table. */
EACH_MODEL_ERA(layout_is_the_eras)
{
	struct rig *r = rig_new(era, (struct model_config){ 0 });
	feature_set has = model_era(era)->features;
	bool cpus = has & FEATURE(CPU_SLAB);
	struct layout l;
	struct arena arena;

	layout_of(r, &arena, &l);
	rig_eq(r, l.hardened, (has & FEATURE(HARDENED)) != 0, "hardened");
	rig_eq(r, l.has_cpu_slabs, cpus, "slabs of CPUs");
	rig_eq(r, l.has_sheaves, (has & FEATURE(SHEAVES)) != 0, "sheaves");
	rig_eq(r, l.has_barns, (has & FEATURE(SHEAVES)) != 0, "barns");
	rig_eq(r, l.sheaf.barn_in_pair, (has & FEATURE(PER_NODE)) != 0, "pairs");
	rig_eq(r, l.cpu_partial_frozen, cpus && !(has & FEATURE(UNFROZEN_PARTIAL)), "frozen");
	rig_eq(r, l.slab_partial_mask != 0, (has & FEATURE(UNFROZEN_PARTIAL)) != 0, "a mark");
	rig_eq(r, l.deactivates_in_place, cpus && !(has & FEATURE(CLEARS_FIRST)), "in place");
	rig_eq(r, l.debug_under_lock, (has & FEATURE(DEBUG_UNDER_LOCK)) != 0, "debug caches");
	rig_eq(r, l.kmalloc_zones, (has & FEATURE(SLAB_CACHE_FIRST)) != 0, "kmalloc's red zones");
	rig_eq(r, l.slab_test == SLAB_TEST_TYPE_BYTE, (has & FEATURE(PAGE_TYPE)) != 0, "types");
	rig_eq(r, l.cache.max.size != 0, (has & FEATURE(MAX_OO)) != 0, "kmem_cache.max");
	rig_eq(r, l.cache.reserved.size != 0, (has & FEATURE(RESERVED)) != 0, "reserved");
	rig_eq(r, l.cache.red_left_pad.size != 0, (has & FEATURE(RED_LEFT_PAD)) != 0, "left");
	rig_eq(r, l.debug.track.handle.size != 0, (has & FEATURE(TRACK_HANDLE)) != 0, "handles");
	rig_eq(r, l.kmalloc_copies != NULL, (has & FEATURE(KMALLOC_RANDOM)) != 0, "copies");
	arena_free(&arena);
	rig_end(r);
}

/* A build without an option shows it: the key of hardened kernels is one. */
EACH_MODEL_ERA(build_without)
{
	struct rig *r = rig_new(era, (struct model_config){ .without = FEATURE(HARDENED) });
	struct layout l;
	struct arena arena;

	layout_of(r, &arena, &l);
	rig_is(r, !l.hardened, "hardened");
	arena_free(&arena);
	rig_end(r);
}

Suite *suite_features(void)
{
	Suite *suite = suite_create("features");
	TCase *table = tcase_create("table"), *images = tcase_create("images");

	tcase_add_test(table, releases);
	tcase_add_test(table, names_tell);
	tcase_add_test(table, order_tells);
	tcase_add_test(table, asks_no_more);
	tcase_add_test(table, expressions);
	suite_add_tcase(suite, table);
	tcase_add_test(images, eras_are_told);
	tcase_add_test(images, layout_is_the_eras);
	tcase_add_test(images, build_without);
	suite_add_tcase(suite, images);
	return suite;
}
