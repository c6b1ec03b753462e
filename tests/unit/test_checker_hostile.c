/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images made to break the reader: cycles, wild sizes, invalid names, and a run that is
 * stopped or starved anywhere. It ends, says so, and never calls clean what it has not judged.
 */
#include <string.h>

#include "tests/unit/json_read.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)((i) / 2))
#define SCAN(i) ((i) % 2 != 0)
#define H(value) ((unsigned long long)(value))

/* An honest run takes some hundred reads; the memmap of 16 MiB is among them. */
#define READS 5000

static uint64_t list_of(const struct image_cache *c)
{
	return image_field(c->image, c->addr, "kmem_cache", "list");
}

/* It must end without going over the same thing again and again, and find something. */
static struct run *judge(struct world *w, bool scan)
{
	struct run *run;

	w->image->read_limit = READS;
	run = run_check(w->image, (struct run_options){ .scan = scan });
	unit_check(run->nr_lines < 64, "%zu lines:\n%.3000s", run->nr_lines, run->text);
	return run;
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

/* The end of slab_caches leads back to one in the middle: to itself, to another. */
EACH(cycle_of_caches, 2 * ERAS)
{
	struct world *w = world_new(ERA(turn));
	struct image_cache *last = w->image->caches[w->image->nr_caches - 1];
	struct image_cache *to = SCAN(turn) ? last : w->alpha;
	struct run *run;

	image_set(w->image, list_of(last), list_of(to));
	run = judge(w, true);
	run_expect_type(run, "summary", "caches=%u caches_checked=%u", w->image->nr_caches,
			w->image->nr_caches);
	run_expect(run, "id=cache-list-link");
	run_nothing_else(run, "corrupt");
	done(w, run);
}

/* The same, and the other direction agrees, as if the list had been cut out whole. */
EACH_ERA(closed_cycle_of_caches)
{
	struct world *w = world_new((enum image_era)turn);
	struct image_cache *last = w->image->caches[w->image->nr_caches - 1];
	struct run *run;

	image_set(w->image, list_of(last), list_of(w->alpha));
	image_set(w->image, list_of(w->alpha) + 8, list_of(last));
	run = judge(w, true);
	run_expect_type(run, "summary", "caches=%u caches_checked=%u", w->image->nr_caches,
			w->image->nr_caches);
	run_expect(run, "id=cache-list-link");
	done(w, run);
}

EACH_CPU_ERA_AND_SCAN(cycle_of_partial_slabs)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	for (int i = 0; i < 3; i++) {
		image_slab_store(w->chain[2], "next", w->chain[i]->page);
		run = judge(w, SCAN(turn));
		run_expect(run,
			   "id=slab-duplicate severity=corrupt place=cpu-partial cpu=1 "
			   "slab=0x%llx",
			   H(w->chain[i]->page));
		run_nothing_else(run, "corrupt");
		run_free(run);
	}
	world_free(w);
}

/* No loop may last as long as a machine of 1 TiB has pages: Check would stop it. */
EACH_CPU_ERA(cycle_on_large_machine)
{
	const struct image_machine machine = {
		.direct_map = UINT64_C(0xffff888000000000),
		.frames = UINT64_C(1) << 28,
		.first_frame = 64,
		.percpu = UINT64_C(0xffff888000f00000),
		.nr_cpus = 2,
	};
	struct image *image = image_new_machine((enum image_era)turn, &machine);
	struct image_cache *c =
		image_cache(image, (struct image_spec){ .name = "large", .size = 64 });
	struct image_slab *slabs[3];
	struct run *run;

	for (int i = 0; i < 3; i++)
		slabs[i] = image_slab(c, ON_CPU_PARTIAL, 0, LIST(i), NULL);
	image_seal(image);
	image_slab_store(slabs[2], "next", slabs[1]->page);
	run = run_check(image, (struct run_options){ 0 });
	run_expect(run, "id=slab-duplicate slab=0x%llx", H(slabs[1]->page));
	run_nothing_else(run, "corrupt");
	run_free(run);
	image_free(image);
}

EACH_ERA_AND_SCAN(cycle_of_node_list)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, image_slab_field(w->node0[2], "slab_list"),
		  image_slab_field(w->node0[1], "slab_list"));
	run = judge(w, SCAN(turn));
	ck_assert_uint_ne(run_count(run, "corrupt"), 0);
	run_verdict(run, VERDICT_CORRUPT);
	done(w, run);
}

/* Cut out whole: all links agree, and none leads to the head. */
EACH_ERA_AND_SCAN(closed_cycle_of_node_list)
{
	struct world *w = world_new(ERA(turn));
	uint64_t first = image_slab_field(w->node0[0], "slab_list");
	uint64_t last = image_slab_field(w->node0[2], "slab_list");
	struct run *run;

	image_set(w->image, last, first);
	image_set(w->image, first + 8, last);
	run = judge(w, SCAN(turn));
	ck_assert_uint_ne(run_count(run, "corrupt"), 0);
	run_verdict(run, VERDICT_CORRUPT);
	done(w, run);
}

EACH_ERA_AND_SCAN(cycle_of_node_list_backwards)
{
	struct world *w = world_new(ERA(turn));
	uint64_t first = image_slab_field(w->node0[0], "slab_list");
	struct run *run;

	/* Forwards it breaks at once, backwards it follows a cycle. */
	image_set(w->image, first + 8, image_slab_field(w->node0[2], "slab_list"));
	image_store(w->image, w->alpha->node[0], "kmem_cache_node", "partial", 0xdead000000000100);
	run = judge(w, SCAN(turn));
	run_expect(run, "id=partial-link place=node node=0 raw=0xdead000000000100");
	done(w, run);
}

static uint64_t symbol_of(const struct image *image, const char *name)
{
	for (unsigned int i = 0; i < image->nr_symbols; i++)
		if (!strcmp(image->symbols[i].name, name))
			return image->symbols[i].value;
	ck_abort_msg("no %s", name);
}

EACH_ERA_AND_SCAN(wild_machine)
{
	static const uint32_t wild[] = { 0, 0x10000, 0x7fffffff, 0xffffffff };
	struct world *w = world_new(ERA(turn));
	struct run *run;

	for (int i = 0; i < 2 * UNIT_COUNT(wild); i++) {
		uint64_t addr = symbol_of(w->image, i % 2 ? "nr_cpu_ids" : "nr_node_ids");
		uint64_t good = image_get(w->image, addr, 4);

		image_put(w->image, addr, wild[i / 2], 4);
		run = judge(w, SCAN(turn));
		ck_assert(run->result.failed);
		run_verdict(run, VERDICT_UNKNOWN);
		run_free(run);
		image_put(w->image, addr, good, 4);
	}
	world_free(w);
}

/* Put a value into the image, run, and put back what was there. */
static void run_with(struct world *w, uint64_t addr, uint64_t value, unsigned int size, bool scan,
		     bool text)
{
	uint64_t good = image_get(w->image, addr, size);

	w->image->read_limit = 20 * READS;
	image_put(w->image, addr, value, size);
	run_free(run_check(w->image, (struct run_options){ .scan = scan, .text = text }));
	image_put(w->image, addr, good, size);
}

/* Any word of a kmem_cache may hold anything. The turns share the values among them. */
EACH_ERA_AND_SCAN(wild_cache)
{
	static const uint64_t wild[] = {
		0, 1, 0x7fffffff, UINT64_MAX, 0x4141414141414141, UINT64_C(0xffff888000044008)
	};
	struct world *w = world_new(ERA(turn));
	int n = turn;

	for (uint64_t at = 0; at < w->image->caches[1]->object_size; at += 4, n++)
		run_with(w, w->beta->addr + at, wild[n % UNIT_COUNT(wild)], 4 + n % 2 * 4,
			 SCAN(turn), n % 3 == 0);
	world_free(w);
}

EACH_ERA_AND_SCAN(wild_descriptor)
{
	static const uint64_t wild[] = {
		0, 1, UINT64_MAX, 0x4141414141414141, UINT64_C(0xffffea0000001108), 2
	};
	struct world *w = world_new(ERA(turn));
	struct image_slab *slabs[] = { w->cpu0, w->chain[0], w->node0[0], w->big_node, w->full0 };

	for (int n = 0; n < 5 * 16; n++)
		run_with(w, slabs[n % 5]->page + (uint64_t)(n / 5) * 8,
			 wild[(n + turn) % UNIT_COUNT(wild)], 8, SCAN(turn), n % 3 == 0);
	world_free(w);
}

/* Names */

/* Of the cache's name, its output has to hold @expected. */
static void name_expect(struct world *w, const char *expected)
{
	for (int text = 0; text < 2; text++) {
		struct run *run = run_check(
			w->image, (struct run_options){ .text = text, .all_caches = true });

		if (text)
			ck_assert_ptr_nonnull(strstr(run->text, expected));
		else
			run_expect(run, "id=cache-name");
		run_free(run);
	}
}

EACH_ERA(hostile_name)
{
	struct world *w = world_new((enum image_era)turn);
	uint64_t name =
		image_word(w->image, image_field(w->image, w->alpha->addr, "kmem_cache", "name"));

	image_text(w->image, name, "a\"b\\c\n\t\r\033[31m\177\200\377");
	/* In text a backslash is escaped like the rest, or \x0a could be forged. */
	name_expect(w, "a\"b\\x5cc\\x0a\\x09");
	for (unsigned int i = 1 + (unsigned int)turn; i < 32; i += ERAS) {
		image_put(w->image, name, i | 0x8000 | 0x41 << 16, 4);
		name_expect(w, "A");
	}
	world_free(w);
}

/* Text to the end of the page, and no memory behind it. */
EACH_ERA(endless_name)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	for (unsigned int i = 0; i < IMAGE_PAGE; i++)
		image_put(w->image, IMAGE_VMALLOC + i, 'a', 1);
	image_store(w->image, w->alpha->addr, "kmem_cache", "name", IMAGE_VMALLOC);
	run = run_check(w->image, (struct run_options){ 0 });
	run_free(run);
	image_store(w->image, w->alpha->addr, "kmem_cache", "name", IMAGE_VMALLOC + IMAGE_PAGE - 7);
	run = run_check(w->image, (struct run_options){ .all_caches = true });
	run_expect(run, "id=cache-name cache=aaaaaaa");
	run_nothing_else(run, "corrupt");
	done(w, run);
}

/* As after a module went away without destroying its cache: the name is other people's data. */
EACH_ERA(lost_name)
{
	struct world *w = world_new((enum image_era)turn);
	struct run *run;

	image_store(w->image, w->alpha->addr, "kmem_cache", "name", image_object(w->big_node, 5));
	run = run_check(w->image, (struct run_options){ 0 });
	run_expect(run, "id=cache-name severity=corrupt place=cache cache_address=0x%llx",
		   H(w->alpha->addr));
	run_nothing_else(run, "corrupt");
	done(w, run);
}

/* Stopped and starved */

static struct world *damaged_world(enum image_era era)
{
	struct world *w = world_new(era);

	image_set(w->image, image_slot(w->cpu0, 3), 0x4141414141414141);
	image_link(w->big_node, 30, 3);
	if (image_has_cpu_slabs(w->image))
		image_slab_store(w->chain[0], "slabs", 9);
	return w;
}

EACH_ERA(cancelled)
{
	struct world *clean = world_new((enum image_era)turn);
	struct world *damaged = damaged_world((enum image_era)turn);

	/* Each era is stopped at every fourth question. */
	for (uint64_t n = 1 + (uint64_t)turn; n <= 200; n += ERAS) {
		struct world *w = n % 3 ? clean : damaged;
		struct run *run;

		w->image->cancel_at = n;
		run = run_check(w->image, (struct run_options){ .scan = n / ERAS % 2 == 0,
								.text = n % 5 == 0 });
		if (w->image->cancel_calls < n) {
			unit_check(!run->result.interrupted, "at %d: not asked to", (int)n);
		} else {
			unit_check(run->result.interrupted && run->result.verdict != VERDICT_CLEAN,
				   "at %d:\n%s", (int)n, run->text);
			if (n % 5)
				run_expect_type(run, "summary", "interrupted=true");
			else
				ck_assert_ptr_nonnull(strstr(run->text, "interrupted"));
		}
		run_free(run);
	}
	world_free(clean);
	world_free(damaged);
}

/* With less memory than the run needs, up to a byte less. */
static void starve(struct world *w, size_t limit, bool scan, bool is_clean)
{
	struct run *run =
		run_check(w->image, (struct run_options){ .scan = scan, .arena_limit = limit });
	bool whole = run_line(run, "type=summary caches_checked=%u", w->image->nr_caches) &&
		     (!scan || run_line(run, "type=summary memmap_scanned=true"));

	unit_check(run->result.verdict != VERDICT_CLEAN || (is_clean && whole),
		   "clean with %zu bytes:\n%s", limit, run->text);
	run_free(run);
}

/* An arena fills what its limit leaves, so each step ends another allocation. */
static void starve_all(enum image_era era, bool scan, size_t step)
{
	struct world *clean = world_new(era), *damaged = damaged_world(era);
	size_t need, fixed = (size_t)4 << 20;
	struct run *run = run_check(damaged->image, (struct run_options){ .scan = scan });

	need = run->arena_peak;
	run_free(run);
	for (size_t limit = 1; limit < fixed; limit += fixed / 16)
		starve(clean, limit, scan, true);
	for (size_t limit = fixed; limit < need; limit += step) {
		starve(clean, limit, scan, true);
		starve(damaged, limit, scan, false);
	}
	world_free(clean);
	world_free(damaged);
}

START_TEST(starved)
{
	starve_all(ERA_3_13, false, 48 << 10);
	starve_all(ERA_6_12, true, 24 << 10);
	starve_all(ERA_7_2, true, 48 << 10);
}
END_TEST

Suite *suite_checker_hostile(void)
{
	Suite *suite = suite_create("checker_hostile");
	TCase *lists = tcase_create("cycles"), *words = tcase_create("words");
	TCase *stopped = tcase_create("stopped");

	tcase_add_test(lists, cycle_of_caches);
	tcase_add_test(lists, closed_cycle_of_caches);
	tcase_add_test(lists, cycle_of_partial_slabs);
	tcase_add_test(lists, cycle_on_large_machine);
	tcase_add_test(lists, cycle_of_node_list);
	tcase_add_test(lists, closed_cycle_of_node_list);
	tcase_add_test(lists, cycle_of_node_list_backwards);
	tcase_set_timeout(lists, RUN_TIMEOUT);
	suite_add_tcase(suite, lists);
	tcase_add_test(words, wild_machine);
	tcase_add_test(words, wild_cache);
	tcase_add_test(words, wild_descriptor);
	tcase_add_test(words, hostile_name);
	tcase_add_test(words, endless_name);
	tcase_add_test(words, lost_name);
	tcase_set_timeout(words, RUN_TIMEOUT);
	suite_add_tcase(suite, words);
	tcase_add_test(stopped, cancelled);
	tcase_add_test(stopped, starved);
	tcase_set_timeout(stopped, RUN_TIMEOUT);
	suite_add_tcase(suite, stopped);
	return suite;
}
