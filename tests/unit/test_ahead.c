/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages that idle threads read before they are needed. */
#include "checker/image/ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "checker/image/team.h"
#include "tests/unit/unit.h"

#define PAGE 4096u
#define HELPERS 3
#define WAIT_MAX 20000 /* milliseconds */

static uint8_t bytes[AHEAD_STOPS * AHEAD_BYTES];
static struct ahead ahead;
static atomic_uint worked;
static atomic_bool held; /* helpers wait at their stop */
static atomic_uint_fast64_t stands; /* the stop where one waits; 0: none does */

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* A page's bytes tell its address. */
static void page_of(uint64_t addr, uint8_t page[PAGE])
{
	for (size_t i = 0; i < PAGE; i += 8)
		memcpy(page + i, &addr, 8);
}

/* Each stop has two pages. */
static void work(void *ctx, struct worker *helper, struct ahead_stop *stop)
{
	uint8_t page[PAGE];

	(void)ctx;
	(void)helper;
	for (uint64_t addr = stop->key; addr < stop->key + 2 * PAGE; addr += PAGE) {
		page_of(addr, page);
		ahead_put(&ahead, stop, addr, page);
	}
	atomic_store(&stands, stop->key);
	while (atomic_load(&held))
		nap();
	atomic_fetch_add(&worked, 1);
}

static uint64_t key(uint64_t number)
{
	return (number + 1) * 4 * PAGE;
}

static size_t plan(uint64_t first, size_t nr)
{
	uint64_t keys[2 * AHEAD_STOPS];

	for (size_t i = 0; i < nr; i++)
		keys[i] = key(first + i);
	return ahead_plan(&ahead, keys, nr);
}

static void setup(void)
{
	ahead_init(&ahead, bytes, PAGE, work, NULL);
	atomic_store(&worked, 0);
	atomic_store(&held, false);
	atomic_store(&stands, 0);
}

static void teardown(void)
{
	ahead_free(&ahead);
}

static void *helper_run(void *ctx)
{
	ahead_help(&ahead, ctx);
	return NULL;
}

static pthread_t helper_start(void)
{
	pthread_t id;

	unit_check(!pthread_create(&id, NULL, helper_run, NULL), "no thread");
	return id;
}

static void helper_end(pthread_t id)
{
	ahead_close(&ahead);
	pthread_join(id, NULL);
}

static void wait_for(unsigned int stops)
{
	for (int i = 0; i < WAIT_MAX && atomic_load(&worked) < stops; i++)
		nap();
	unit_check(atomic_load(&worked) >= stops, "%u stops, not %u", atomic_load(&worked), stops);
}

/* Whether the page is there, with its own bytes. */
static bool copied(uint64_t addr)
{
	uint8_t page[PAGE], wanted[PAGE];

	if (!ahead_copy(&ahead, addr, page, PAGE))
		return false;
	page_of(addr, wanted);
	unit_check(!memcmp(page, wanted, PAGE), "another page");
	return true;
}

START_TEST(pages_are_used)
{
	uint8_t both[2 * PAGE];
	pthread_t id;

	unit_check_eq(plan(0, 2 * AHEAD_STOPS), AHEAD_STOPS);
	unit_check_eq(plan(AHEAD_STOPS, 1), 0);
	unit_check(ahead_reach(&ahead, key(0)), "the first stop");
	id = helper_start();
	wait_for(AHEAD_STOPS - 1);
	/* The owner read it itself. */
	unit_check(!copied(key(0)), "nobody has read it");
	for (uint64_t i = 1; i < AHEAD_STOPS; i++) {
		unit_check(ahead_reach(&ahead, key(i)), "stop %u", (unsigned int)i);
		unit_check(copied(key(i)) && copied(key(i) + PAGE), "stop %u", (unsigned int)i);
		unit_check(ahead_copy(&ahead, key(i), both, sizeof(both)), "both at once");
		unit_check(!copied(key(i) + 2 * PAGE) && !copied(key(i) + 8) && !copied(key(i - 1)),
			   "what was not read");
		unit_check(!ahead_copy(&ahead, key(i) + PAGE, both, sizeof(both)), "half of it");
	}
	helper_end(id);
}
END_TEST

/* Helpers begin at the end of the half where the owner is. */
START_TEST(order)
{
	pthread_t id;

	plan(0, AHEAD_STOPS);
	ahead_reach(&ahead, key(0));
	atomic_store(&held, true);
	id = helper_start();
	for (int i = 0; i < WAIT_MAX && !atomic_load(&stands); i++)
		nap();
	unit_check_eq(atomic_load(&stands), key(AHEAD_HALF - 1));
	ahead_close(&ahead);
	atomic_store(&held, false);
	pthread_join(id, NULL);
	unit_check_eq(atomic_load(&worked), 1);
}
END_TEST

/* Who is overtaken gets to write, and the place is not given to another stop before that. */
START_TEST(overtaken)
{
	pthread_t id;

	plan(0, 2);
	ahead_reach(&ahead, key(0));
	atomic_store(&held, true);
	id = helper_start();
	for (int i = 0; i < WAIT_MAX && !atomic_load(&stands); i++)
		nap();
	unit_check_eq(atomic_load(&stands), key(1));
	unit_check(ahead_reach(&ahead, key(1)), "the second stop");
	unit_check(!copied(key(1)), "it is not ready");
	unit_check_eq(plan(2, AHEAD_STOPS), AHEAD_STOPS - 1);
	unit_check(ahead_reach(&ahead, key(2)), "the third stop");
	/* Its place is that of the second, which is written to. */
	unit_check_eq(plan(2 + AHEAD_STOPS - 1, 1), 0);
	atomic_store(&held, false);
	wait_for(1);
	for (int i = 0; i < WAIT_MAX && !plan(2 + AHEAD_STOPS - 1, 1); i++)
		nap();
	helper_end(id);
}
END_TEST

START_TEST(another_way)
{
	plan(0, 8);
	unit_check(ahead_reach(&ahead, key(0)) && ahead_reach(&ahead, key(1)), "as planned");
	unit_check(ahead_reach(&ahead, key(1)), "once more");
	unit_check(!ahead_reach(&ahead, key(5)), "it was not planned to skip stops");
	unit_check(!copied(key(5)), "nothing is known there");
}
END_TEST

START_TEST(wants)
{
	unit_check(ahead_wants(&ahead), "all of it is empty");
	plan(0, AHEAD_HALF + 1);
	unit_check(!ahead_wants(&ahead), "more than half of it is planned");
	ahead_reach(&ahead, key(0));
	ahead_reach(&ahead, key(1));
	unit_check(ahead_wants(&ahead), "half of it is planned");
	unit_check(!ahead_reach(&ahead, key(AHEAD_STOPS)), "never planned");
}
END_TEST

/* More than a stop has room for is left to the owner. */
START_TEST(room)
{
	struct ahead_stop *stop = &ahead.stops[0];
	uint8_t page[PAGE];

	plan(0, 1);
	for (uint64_t i = 0; i < 3 * AHEAD_PAGES; i++) {
		page_of(i * PAGE, page);
		ahead_put(&ahead, stop, i * PAGE, page);
	}
	unit_check_eq(stop->nr, AHEAD_PAGES);
	ahead_free(&ahead);
	ahead_init(&ahead, bytes, AHEAD_BYTES, work, NULL);
	ahead_put(&ahead, stop, 0, bytes + AHEAD_BYTES);
	ahead_put(&ahead, stop, AHEAD_BYTES, bytes + AHEAD_BYTES);
	unit_check_eq(stop->nr, 1);
}
END_TEST

/* Many helpers, and an owner who is faster: every page that is there is the right one. */
START_TEST(race)
{
	pthread_t ids[HELPERS];
	uint64_t planned = 0;

	for (int i = 0; i < HELPERS; i++)
		ids[i] = helper_start();
	for (uint64_t i = 0; i < 20000; i++) {
		if (ahead_wants(&ahead))
			planned += plan(planned, AHEAD_HALF);
		/* Where a helper is still at a stop's place there is no room. */
		for (int n = 0; n < WAIT_MAX && i == planned; n++) {
			nap();
			planned += plan(planned, AHEAD_HALF);
		}
		unit_check(ahead_reach(&ahead, key(i)), "stop %u", (unsigned int)i);
		copied(key(i));
		copied(key(i) + PAGE);
	}
	ahead_close(&ahead);
	for (int i = 0; i < HELPERS; i++)
		pthread_join(ids[i], NULL);
}
END_TEST

Suite *suite_ahead(void)
{
	Suite *suite = suite_create("ahead");
	TCase *tcase = tcase_create("ahead");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, pages_are_used);
	tcase_add_test(tcase, order);
	tcase_add_test(tcase, overtaken);
	tcase_add_test(tcase, another_way);
	tcase_add_test(tcase, wants);
	tcase_add_test(tcase, room);
	tcase_add_test(tcase, race);
	suite_add_tcase(suite, tcase);
	return suite;
}
