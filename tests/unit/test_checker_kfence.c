/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KFENCE: how far its pool reaches, and what of the allocator may lie in it. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/image_types.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define POOL_FRAME 3000u
#define METADATA 192u /* bytes of a struct kfence_metadata */

struct pool {
	struct world *w;
	uint64_t start, metadata;
	unsigned int objects;
};

static void metadata_set(struct pool *p, unsigned int index, const char *member, uint64_t value)
{
	struct target_member m;

	ck_assert(image_types_member(p->w->image->era, "kfence_metadata", member, &m));
	image_put(p->w->image, p->metadata + index * METADATA + m.offset, value, m.size);
}

static uint64_t object_page(const struct pool *p, unsigned int index)
{
	return p->start + 2 * (index + 1) * IMAGE_PAGE;
}

/* A pool for so many objects. kfence_metadata is the array of 6.1, or a pointer to one. */
static struct pool pool_new(enum image_era era, unsigned int objects)
{
	struct pool p = { .w = world_new(era), .objects = objects };
	struct image *image = p.w->image;
	uint64_t pointer = image_data(image, 8);

	p.start = image->direct_map + POOL_FRAME * IMAGE_PAGE;
	p.metadata = image_data(image, objects * METADATA + 8);
	image_symbol(image, "__kfence_pool", pointer, 8);
	image_set(image, pointer, p.start);
	if (era == ERA_6_1) {
		image_symbol(image, "kfence_metadata", p.metadata, 8);
	} else {
		pointer = image_data(image, 8);
		image_symbol(image, "kfence_metadata", pointer, 8);
		image_set(image, pointer, p.metadata);
	}
	for (unsigned int i = 0; i < objects; i++)
		metadata_set(&p, i, "addr", object_page(&p, i) + (i % 3) * 64);
	return p;
}

/* A page that is marked as a slab of alpha, but is on none of its lists. */
static void slab_at(struct pool *p, uint64_t addr, bool on)
{
	uint64_t page = image_page_of(p->w->image, addr);
	struct image_slab fake = *p->w->full0;

	fake.page = page;
	image_mark_slab(p->w->image, page, on);
	image_slab_store(&fake, "slab_cache", p->w->alpha->addr);
}

static size_t findings_with(struct pool *p, uint64_t addr)
{
	struct run *run;
	size_t nr;

	slab_at(p, addr, true);
	run = run_check(p->w->image, (struct run_options){ .scan = true });
	nr = run_count(run, NULL);
	run_free(run);
	slab_at(p, addr, false);
	return nr;
}

static bool has_kfence(enum image_era era)
{
	return era >= ERA_6_1;
}

/* CONFIG_KFENCE_NUM_OBJECTS is a constant that only the metadata tell. */
EACH_ERA(pool_ends)
{
	static const unsigned int sizes[] = { 1, 2, 5, 8, 255, 300 };

	for (int i = 0; has_kfence((enum image_era)turn) && i < UNIT_COUNT(sizes); i++) {
		struct pool p = pool_new((enum image_era)turn, sizes[i]);

		ck_assert_uint_eq(findings_with(&p, object_page(&p, 0)), 0);
		ck_assert_uint_eq(findings_with(&p, object_page(&p, sizes[i] - 1)), 0);
		unit_check(findings_with(&p, object_page(&p, sizes[i])) != 0,
			   "the page behind a pool for %u objects is taken for one of it",
			   sizes[i]);
		world_free(p.w);
	}
}

/* Metadata that are not in the dump, or of another kernel: the default is 255 objects. */
EACH_ERA(pool_of_default_size)
{
	struct pool p;

	if (!has_kfence((enum image_era)turn))
		return;
	p = pool_new((enum image_era)turn, 4);
	metadata_set(&p, 0, "addr", 0);
	ck_assert_uint_eq(findings_with(&p, object_page(&p, 254)), 0);
	ck_assert_uint_ne(findings_with(&p, object_page(&p, 255)), 0);
	world_free(p.w);
}

/* Move alpha's node 1, with its list, to an object of the pool. */
static void node_move(struct pool *p, uint64_t to)
{
	struct image *image = p->w->image;
	uint64_t slot = image_node_slot(p->w->alpha, 1), from = image_word(image, slot);
	uint64_t head = image_field(image, to, "kmem_cache_node", "partial");

	image_page_at(image, to);
	for (unsigned int at = 0; at < 64; at += 8)
		image_set(image, to + at, image_word(image, from + at));
	image_set(image, image_word(image, head) + 8, head);
	image_set(image, image_word(image, head + 8), head);
	image_set(image, slot, to);
	image_mark_slab(image, image_page_of(image, to & ~(uint64_t)(IMAGE_PAGE - 1)), true);
}

/* Any cache may be served by KFENCE, that of kmem_cache_nodes too. */
EACH_ERA(node_in_pool)
{
	struct pool p;
	struct run *run;
	uint64_t node;

	if (!has_kfence((enum image_era)turn))
		return;
	p = pool_new((enum image_era)turn, 4);
	node = object_page(&p, 2) + IMAGE_PAGE - 64;
	node_move(&p, node);
	metadata_set(&p, 2, "addr", node);
	metadata_set(&p, 2, "size", 64);
	metadata_set(&p, 2, "state", 1);
	metadata_set(&p, 2, "cache", image_cache_named(p.w->image, "kmem_cache_node")->addr);
	run = run_check(p.w->image, (struct run_options){ .scan = true });
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	/* Of another cache, free, or elsewhere in its page it is none. */
	metadata_set(&p, 2, "cache", p.w->beta->addr);
	run = run_check(p.w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=cache-node cache=alpha node=1 raw=0x%llx", (unsigned long long)node);
	run_free(run);
	metadata_set(&p, 2, "cache", image_cache_named(p.w->image, "kmem_cache_node")->addr);
	metadata_set(&p, 2, "state", 3);
	run = run_check(p.w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=cache-node cache=alpha node=1");
	run_free(run);
	metadata_set(&p, 2, "state", 1);
	metadata_set(&p, 2, "addr", node - 64);
	run = run_check(p.w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=cache-node cache=alpha node=1");
	run_free(run);
	world_free(p.w);
}

static void expect_where(struct pool *p, uint64_t address, const char *text)
{
	struct run *run = run_check(p->w->image,
				    (struct run_options){ .is_address = true, .address = address });

	unit_check(strstr(run->text, text), "%s: no \"%s\" in:\n%s", run->era, text, run->text);
	run_free(run);
}

EACH_ERA(address_in_pool)
{
	struct pool p;

	if (!has_kfence((enum image_era)turn))
		return;
	p = pool_new((enum image_era)turn, 4);
	metadata_set(&p, 1, "addr", object_page(&p, 1) + 128);
	metadata_set(&p, 1, "size", 60);
	metadata_set(&p, 1, "state", 1);
	metadata_set(&p, 1, "cache", p.w->alpha->addr);
	image_mark_slab(p.w->image, image_page_of(p.w->image, object_page(&p, 1)), true);
	expect_where(&p, object_page(&p, 1) + 140, "an object of alpha that is in use: 60 bytes");
	metadata_set(&p, 1, "state", 2);
	expect_where(&p, object_page(&p, 1) + 140, "an object of alpha that is free: 60 bytes");
	metadata_set(&p, 1, "cache", 0);
	expect_where(&p, object_page(&p, 1), "an object of an unknown cache");
	expect_where(&p, object_page(&p, 0), "that was never used");
	expect_where(&p, object_page(&p, 0) + IMAGE_PAGE, "(a guard page)");
	expect_where(&p, p.start, "(a guard page)");
	world_free(p.w);
}

/* --- The card of an address --- */

#define CALLER (IMAGE_TEXT + 0x5010)
#define FREED_BY (IMAGE_TEXT + 0x5020)

/* Two frames; the first one is the allocator's own. */
static void track_set(struct pool *p, unsigned int index, const char *member, uint64_t caller)
{
	struct image *image = p->w->image;
	struct target_member m;
	uint64_t at;

	ck_assert(image_types_member(image->era, "kfence_metadata", member, &m));
	at = p->metadata + index * METADATA + m.offset;
	image_store(image, at, "kfence_track", "pid", 4711);
	image_store(image, at, "kfence_track", "cpu", 1);
	image_store(image, at, "kfence_track", "ts_nsec", 21470312000);
	image_store(image, at, "kfence_track", "num_stack_entries", 2);
	image_set(image, at + 24, IMAGE_TEXT + 0x1010);
	image_set(image, at + 32, caller);
}

static struct pool pool_used(enum image_era era, uint64_t state)
{
	struct pool p = pool_new(era, 4);

	image_symbol(p.w->image, "kmem_cache_free", IMAGE_TEXT + 0x1000, 0x100);
	image_symbol(p.w->image, "bed_alloc", IMAGE_TEXT + 0x5000, 0x100);
	metadata_set(&p, 2, "state", state);
	metadata_set(&p, 2, "size", 64);
	metadata_set(&p, 2, "cache", p.w->alpha->addr);
	track_set(&p, 2, "alloc_track", CALLER);
	track_set(&p, 2, "free_track", FREED_BY);
	return p;
}

static struct run *card_of(struct pool *p, uint64_t addr, bool text)
{
	return run_check(p->w->image, (struct run_options){ .scan = true,
							    .why = true,
							    .text = text,
							    .terse = text,
							    .is_address = true,
							    .address = addr });
}

EACH_ERA(card)
{
	for (uint64_t state = 1; has_kfence((enum image_era)turn) && state < 3; state++) {
		struct pool p = pool_used((enum image_era)turn, state);
		struct run *run = card_of(&p, object_page(&p, 2) + 0x90, false);
		const char *line;

		run_expect_type(run, "object-card",
				"object/address=0x%llx object/cache=alpha object/size=64 "
				"object/state=%s object/kfence/page=object object/kfence/index=2 "
				"object/kfence/metadata=0x%llx object/kfence/allocated/pid=4711 "
				"object/kfence/allocated/microseconds=21470312 "
				"object/kfence/freed/cpu=%s",
				(unsigned long long)object_page(&p, 2) + 128,
				state == 1 ? "allocated" : "free",
				(unsigned long long)(p.metadata + 2 * METADATA),
				state == 1 ? "-" : "1");
		line = strstr(run->text, "bed_alloc+0x10");
		ck_assert_ptr_nonnull(line);
		run_free(run);
		run = card_of(&p, object_page(&p, 2), true);
		run_unfold(run);
		unit_check(strstr(run->text, "kfence-#2") &&
				   strstr(run->text, "64 bytes of alpha") &&
				   strstr(run->text, "by pid 4711, CPU 1, 21.470312 s after boot"),
			   "%s", run->text);
		unit_check(!strstr(run->text, "bed_alloc+0x20") == (state == 1), "%s", run->text);
		unit_check(!strstr(run->text, "kmem_cache_free+0x10"), "%s", run->text);
		run_free(run);
		world_free(p.w);
	}
}

EACH_ERA(card_without_object)
{
	struct pool p;
	struct run *run;

	if (!has_kfence((enum image_era)turn))
		return;
	p = pool_used((enum image_era)turn, 2);
	run = card_of(&p, object_page(&p, 2) + IMAGE_PAGE + 8, false);
	run_expect_type(run, "object-card",
			"object/address=0x%llx object/state=- object/kfence/page=guard "
			"object/kfence/index=2",
			(unsigned long long)object_page(&p, 2) + IMAGE_PAGE + 8);
	run_free(run);
	run = card_of(&p, p.start, false);
	run_expect_type(run, "object-card", "object/kfence/page=guard object/kfence/index=-");
	run_free(run);
	run = card_of(&p, object_page(&p, 1), false);
	run_expect_type(run, "object-card",
			"object/cache=- object/kfence/page=unused object/kfence/index=1 "
			"object/kfence/allocated=-");
	run_free(run);
	world_free(p.w);
}

Suite *suite_checker_kfence(void)
{
	Suite *suite = suite_create("checker_kfence");
	TCase *tcase = tcase_create("kfence");

	tcase_set_timeout(tcase, RUN_TIMEOUT);
	tcase_add_test(tcase, pool_ends);
	tcase_add_test(tcase, pool_of_default_size);
	tcase_add_test(tcase, node_in_pool);
	tcase_add_test(tcase, address_in_pool);
	tcase_add_test(tcase, card);
	tcase_add_test(tcase, card_without_object);
	suite_add_tcase(suite, tcase);
	return suite;
}
