/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * -o: who has which object. On legal heaps against the model, which knows; on damaged ones by hand:
 * what damage leaves open is unknown, never allocated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/check.h"
#include "model/slub/census.h"
#include "model/slub/history.h"
#include "tests/unit/json_read.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define HEAPS 12
#define STOPPED_HEAPS 60
#define ARENA_BYTES ((size_t)64 << 20)
#define ERA(i) ((enum image_era)(i))
#define H(value) ((unsigned long long)(value))

/* An object as it was listed. */
struct listed {
	uint64_t object;
	char state; /* its first letter */
	char where; /* the first letter of the freelist, '-': of no freelist */
	bool sheaf;
};

struct list {
	struct listed *objects;
	size_t nr;
};

static int listed_compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return x->object < y->object ? -1 : x->object > y->object;
}

static void line_take(struct list *list, const char *line)
{
	struct listed *l = &list->objects[list->nr];
	char value[64];

	unit_check(json_valid(line), "no JSON: %s", line);
	if (!json_member(line, "type", value, sizeof(value)) || strcmp(value, "object"))
		return;
	unit_check(json_member(line, "object", value, sizeof(value)), "no address: %s", line);
	l->object = strtoull(value, NULL, 16);
	unit_check(json_member(line, "state", value, sizeof(value)), "no state: %s", line);
	l->state = value[0];
	l->where = json_member(line, "freelist", value, sizeof(value)) ? value[0] : '-';
	l->sheaf = json_member(line, "sheaf", value, sizeof(value));
	list->nr++;
}

static struct list list_of(struct model *m)
{
	struct list list = { 0 };
	struct arena arena;
	size_t size, lines = 1;
	char *text, *rest = NULL;
	struct check_options options = { .format = CHECK_JSON,
					 .out = open_memstream(&text, &size) };

	arena_init(&arena, ARENA_BYTES);
	check_objects(model_target(m), &arena, &options);
	arena_free(&arena);
	fclose(options.out);
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	list.objects = calloc(lines, sizeof(*list.objects));
	ck_assert_ptr_nonnull(list.objects);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		line_take(&list, line);
	free(text);
	qsort(list.objects, list.nr, sizeof(*list.objects), listed_compare);
	return list;
}

static const struct listed *list_find(const struct list *list, uint64_t object)
{
	const struct listed key = { .object = object };

	return bsearch(&key, list->objects, list->nr, sizeof(key), listed_compare);
}

/* Nothing leads to a sheaf that waits for a grace period. */
static bool in_lone_sheaf(const struct census_cache *c, uint64_t object)
{
	for (size_t i = 0; i < c->nr_sheaves; i++)
		for (unsigned int j = 0; j < c->sheaves[i].nr; j++)
			if (c->sheaves[i].objects[j] == object)
				return c->sheaves[i].place == CENSUS_SHEAF_WAITS;
	return false;
}

static void object_compare(const struct census_cache *c, const struct census_slab *s,
			   unsigned int i, const struct list *list, const char *era)
{
	uint64_t object = census_object(c, s, i);
	const struct listed *l = list_find(list, object);
	bool sheaf = (s->on[i] & CENSUS_IN_SHEAF) && !in_lone_sheaf(c, object);
	bool list_free = s->on[i] & (CENSUS_ON_SLAB | CENSUS_ON_CPU);

	unit_check(l != NULL, "%s: object %u of %s is not listed", era, i, c->name);
	unit_check(l->state == (list_free || sheaf ? 'f' : 'a'), "%s: object %u of %s is %c", era,
		   i, c->name, l->state);
	unit_check(l->sheaf == sheaf, "%s: object %u of %s: sheaf", era, i, c->name);
	unit_check(l->where == (s->on[i] & CENSUS_ON_CPU    ? 'c'
				: s->on[i] & CENSUS_ON_SLAB ? 's'
							    : '-'),
		   "%s: object %u of %s is on %c", era, i, c->name, l->where);
}

static void heap_compare(const struct era *era, uint64_t seed)
{
	const struct history_config config = { .era = era, .seed = seed, .operations = 500 };
	struct history *h = history_run(&config);
	struct census *census;
	struct list list;
	size_t objects = 0;

	unit_check(h != NULL && !history_failed(h), "%s: no heap", era->name);
	census = census_take(history_model(h), 0);
	unit_check(census != NULL, "%s: no memory", era->name);
	list = list_of(history_model(h));
	for (size_t i = 0; i < census->nr_caches; i++) {
		const struct census_cache *c = &census->caches[i];

		for (size_t j = 0; j < c->nr_slabs; j++) {
			for (unsigned int k = 0; k < c->slabs[j].room; k++)
				object_compare(c, &c->slabs[j], k, &list, era->name);
			objects += c->slabs[j].room;
		}
	}
	unit_check(objects == list.nr, "%s: %zu objects, %zu listed", era->name, objects, list.nr);
	free(list.objects);
	census_free(census);
	history_free(h);
}

START_TEST(heaps_at_rest)
{
	for (int era = 0; era < MODEL_ERAS; era++)
		for (uint64_t seed = 1; seed <= HEAPS; seed++)
			heap_compare(model_era((enum model_era)era), seed);
}
END_TEST

/* Where CPUs were stopped in the middle, no object that somebody has is said to be free. */
static void owned_compare(const struct era *era, uint64_t seed)
{
	const struct history_config config = {
		.era = era, .seed = seed, .operations = 400, .concurrent = true
	};
	struct history *h = history_run(&config);
	uint64_t cache, object;
	struct list list;

	unit_check(h != NULL && !history_failed(h), "%s: no heap", era->name);
	list = list_of(history_model(h));
	for (size_t i = 0; history_allocated(h, i, &cache, &object); i++) {
		const struct listed *l = list_find(&list, object);

		unit_check(l != NULL, "%s %llu: %llx is not listed", era->name, H(seed), H(object));
		unit_check(l->state == 'a' || l->state == 'u', "%s %llu: %llx is %c", era->name,
			   H(seed), H(object), l->state);
	}
	free(list.objects);
	history_free(h);
}

START_TEST(heaps_stopped)
{
	for (uint64_t seed = 1; seed <= STOPPED_HEAPS; seed++)
		owned_compare(model_era((enum model_era)_i), seed);
}
END_TEST

/* Made-up heaps */

static struct run *objects_of(struct world *w, bool text)
{
	return run_check(w->image, (struct run_options){
					   .objects = true, .text = text, .names = { "alpha" } });
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

static void expect(struct run *run, const struct image_slab *slab, int index, const char *words)
{
	run_expect_type(run, "object", "object=0x%llx slab=0x%llx index=%d %s",
			H(image_object(slab, index)), H(slab->page), index, words);
}

EACH_CPU_ERA(lists)
{
	struct world *w = world_new(ERA(turn));
	struct run *run = objects_of(w, false);

	run_verdict(run, VERDICT_CLEAN);
	expect(run, w->cpu0, 9, "cache=alpha state=free freelist=cpu cpu=0 hop=2 sheaf=-");
	expect(run, w->cpu0, 2, "cache=alpha state=free freelist=slab hop=1 cpu=-");
	expect(run, w->cpu0, 4, "cache=alpha state=allocated freelist=- sheaf=-");
	expect(run, w->chain[1], 7, "cache=alpha state=free freelist=slab hop=0");
	expect(run, w->full1, 63, "cache=alpha state=allocated");
	run_expect_type(run, "objects", "cache=alpha listed=true unknown=0");
	done(w, run);
}

EACH_ERA(counts)
{
	struct world *w = world_new(ERA(turn));
	/* On freelists and, since 6.18, in sheaves: 3 to 36 and 40 to 55 of full0. */
	unsigned int in_sheaves = w->main0 ? 33 : 0;
	struct run *run = objects_of(w, false);

	run_expect_type(run, "objects", "cache=alpha slabs=11 allocated=%u free=%u unknown=0",
			11 * 64 - 20 - in_sheaves, 20 + in_sheaves);
	done(w, run);
}

EACH_ERA(sheaves)
{
	struct world *w = world_new(ERA(turn));
	struct run *run = objects_of(w, false);

	if (w->spare0) {
		expect(run, w->full0, 34,
		       "state=free freelist=- sheaf_place=sheaf-spare sheaf_cpu=0 entry=11");
		expect(run, w->full0, 35, "state=free sheaf_place=sheaf-rcu-free sheaf_cpu=1");
		expect(run, w->full0, 53, "state=free sheaf_place=barn-full sheaf_node=0 entry=1");
	}
	expect(run, w->full0, 19, "state=allocated sheaf=-");
	done(w, run);
}

/* What was behind a bad link is not on the list any more: nobody knows who has the others. */
EACH_ERA(broken_freelist)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, image_slot(w->node0[0], 6), 0x4141414141414141);
	run = objects_of(w, false);
	run_verdict(run, VERDICT_CORRUPT);
	expect(run, w->node0[0], 4, "state=free hop=0");
	expect(run, w->node0[0], 6, "state=free hop=1");
	expect(run, w->node0[0], 1, "state=unknown");
	expect(run, w->node0[1], 2, "state=allocated");
	done(w, run);
}

/* The list ends well, but too early. */
EACH_ERA(short_freelist)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_link(w->node0[0], 6, -1);
	run = objects_of(w, false);
	expect(run, w->node0[0], 1, "state=unknown");
	expect(run, w->node0[1], 2, "state=allocated");
	done(w, run);
}

EACH_ERA(absent_page)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, w->node0[0]->base);
	run = objects_of(w, false);
	run_verdict(run, VERDICT_UNKNOWN);
	expect(run, w->node0[0], 4, "state=free hop=0");
	expect(run, w->node0[0], 6, "state=unknown");
	expect(run, w->node0[0], 1, "state=unknown");
	expect(run, w->full1, 1, "state=allocated");
	done(w, run);
}

/* Nobody can follow the freelist of a CPU that is not in the dump; its slab tells that it is one's. */
EACH_CPU_ERA(absent_cpu)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_absent(w->image, image_cpu(w->alpha, 0));
	run = objects_of(w, false);
	run_verdict(run, VERDICT_UNKNOWN);
	expect(run, w->cpu0, 10, "state=free freelist=slab hop=0");
	expect(run, w->cpu0, 5, "state=unknown");
	expect(run, w->cpu0, 1, "state=unknown");
	/* Sheaves, where there are some, lie on the page that is missing. */
	expect(run, w->full1, 1, w->main0 ? "state=unknown" : "state=allocated");
	done(w, run);
}

/* Between two stores of flush_slab(). */
EACH_CPU_ERA(cpu_lets_go)
{
	struct world *w = world_new(ERA(turn));
	const char *member = ERA(turn) >= ERA_6_1 ? "slab" : "page";
	struct run *run;

	image_set(w->image, image_cpu_field(w->alpha, 0, member), 0);
	run = objects_of(w, false);
	expect(run, w->cpu0, 5, "state=free freelist=cpu cpu=0 hop=0");
	expect(run, w->cpu0, 1, "state=allocated");
	run_free(run);
	image_set(w->image, image_cpu_field(w->alpha, 0, "freelist"), 0);
	run = objects_of(w, false);
	/* Until 6.7 it looks like one of a CPU's partial slabs. */
	if (!image_frozen_partial(w->image))
		expect(run, w->cpu0, 1, "state=unknown");
	done(w, run);
}

/* A CPU's slab with an empty list of its own that is nobody's: its freelist is in a register. */
EACH_CPU_ERA(taken_freelist)
{
	struct world *w = world_new(ERA(turn));
	const char *member = ERA(turn) >= ERA_6_1 ? "slab" : "page";
	struct run *run;

	image_set(w->image, image_cpu_field(w->alpha, 1, member), 0);
	image_set(w->image, image_cpu_field(w->alpha, 1, "freelist"), 0);
	run = objects_of(w, false);
	expect(run, w->cpu1, 1, "state=unknown");
	expect(run, w->cpu1, 2, "state=unknown");
	done(w, run);
}

/* Objects of a CPU's slab that look like a chain cut off its freelist, or taken by a bulk allocation. */
EACH_CPU_ERA(orphans)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;
	uint64_t key;

	if (ERA(turn) >= ERA_5_10) {
		key = image_data(w->image, 8);
		image_symbol(w->image, "init_on_alloc", key, 16);
		image_put(w->image, key, 1, 4);
		image_link(w->cpu0, 40, 41);
		image_link(w->cpu0, 41, -1);
		run = objects_of(w, false);
		expect(run, w->cpu0, 40, "state=unknown");
		expect(run, w->cpu0, 41, "state=unknown");
		expect(run, w->cpu0, 39, "state=allocated");
		expect(run, w->cpu0, 9, "state=free freelist=cpu");
		run_free(run);
	}
	world_free(w);
}

/* 5 3 9: what a damaged link led to is told by the seven bytes that are left of it, and by nothing when none is. */
EACH_CPU_ERA(behind_a_damaged_link)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->cpu0, 5), link = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, link ^ UINT64_C(0x55) << 48);
	run = objects_of(w, false);
	expect(run, w->cpu0, 5, "state=free freelist=cpu");
	expect(run, w->cpu0, 3, "state=lost freelist=-");
	expect(run, w->cpu0, 9, "state=lost freelist=-");
	expect(run, w->cpu0, 4, "state=unknown");
	run_free(run);
	image_set(w->image, slot, link ^ UINT64_C(0x5555555555555555));
	run = objects_of(w, false);
	expect(run, w->cpu0, 3, "state=unknown");
	expect(run, w->cpu0, 9, "state=unknown");
	done(w, run);
}

/* Any object may be in a sheaf that cannot be found. */
EACH_ERA(lost_sheaves)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	if (!w->main0) {
		world_free(w);
		return;
	}
	image_set(w->image, image_barn_slot(w->alpha, 0), 0xdead000000000100);
	run = objects_of(w, false);
	run_verdict(run, VERDICT_CORRUPT);
	expect(run, w->full0, 23, "state=free sheaf_place=sheaf-spare");
	expect(run, w->full0, 53, "state=unknown");
	expect(run, w->full1, 1, "state=unknown");
	expect(run, w->node0[0], 4, "state=free freelist=slab");
	run_expect_type(run, "objects", "cache=alpha allocated=0");
	done(w, run);
}

EACH_ERA(senseless_sizes)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_store(w->image, w->alpha->addr, "kmem_cache", "size", 0);
	run = objects_of(w, false);
	run_verdict(run, VERDICT_CORRUPT);
	run_expect_type(run, "objects", "cache=alpha listed=false slabs=0 allocated=0 free=0");
	done(w, run);
}

/* Ctrl-C at any moment: a list that ends early says so, and is unknown. */
EACH_ERA(interrupted)
{
	for (uint64_t at = 1;; at++) {
		struct world *w = world_new(ERA(turn));
		struct run *run;
		bool ended;

		w->image->cancel_at = at;
		run = objects_of(w, false);
		ended = !run->result.interrupted;
		if (ended)
			run_verdict(run, VERDICT_CLEAN);
		else
			run_expect_type(run, "summary", "verdict=unknown interrupted=true");
		done(w, run);
		if (ended) {
			ck_assert_uint_gt(at, 3);
			return;
		}
	}
}

EACH_ERA(texts)
{
	struct world *w = world_new(ERA(turn));
	struct run *run = objects_of(w, true);
	char line[64];

	snprintf(line, sizeof(line), "  %llx allocated\n", H(image_object(w->full1, 63)));
	unit_check(strstr(run->text, line) != NULL, "no %s in %.999s", line, run->text);
	snprintf(line, sizeof(line), "  %llx free, number 1 on the freelist of the slab\n",
		 H(image_object(w->node1, 11)));
	unit_check(strstr(run->text, line) != NULL, "no %s in %.999s", line, run->text);
	unit_check(strstr(run->text, "11 slabs: ") != NULL, "no sum in %.999s", run->text);
	done(w, run);
}

Suite *suite_checker_objects(void)
{
	Suite *suite = suite_create("checker_objects");
	TCase *tcase = tcase_create("objects");

	tcase_add_test(tcase, heaps_at_rest);
	/* By era, since a turn takes a minute under the sanitizers on a busy machine. */
	tcase_add_loop_test(tcase, heaps_stopped, 0, MODEL_ERAS);
	tcase_add_test(tcase, lists);
	tcase_add_test(tcase, counts);
	tcase_add_test(tcase, sheaves);
	tcase_add_test(tcase, broken_freelist);
	tcase_add_test(tcase, short_freelist);
	tcase_add_test(tcase, absent_page);
	tcase_add_test(tcase, absent_cpu);
	tcase_add_test(tcase, cpu_lets_go);
	tcase_add_test(tcase, taken_freelist);
	tcase_add_test(tcase, orphans);
	tcase_add_test(tcase, behind_a_damaged_link);
	tcase_add_test(tcase, lost_sheaves);
	tcase_add_test(tcase, senseless_sizes);
	tcase_add_test(tcase, interrupted);
	tcase_add_test(tcase, texts);
	suite_add_tcase(suite, tcase);
	return suite;
}
