/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Doubly linked lists: cut from either side, into a cycle, out of the dump, in two places at a time, and
 * in the middle of each operation of list.h.
 */
#include <stdlib.h>
#include <string.h>

#include "checker/image/list_walk.h"
#include "checker/slub/rules_excuse.h"
#include "tests/unit/unit.h"

#define BASE UINT64_C(0xffff888000100000)
#define PAGE 4096u
#define PAGES 4u
#define NOWHERE UINT64_C(0xffff777700000000) /* no memory can be there */
#define ENTRIES 20u
#define FAULTS 8u

/* Each page holds a head or some entries, a word before the list_head says which entry it is. */
struct lists {
	struct target target;
	uint64_t words[PAGES * PAGE / 8];
	bool absent[PAGES];
	/* What came of a walk. */
	struct memory memory;
	struct arena arena;
	struct list_walk walk;
	struct list_fault faults[FAULTS];
	unsigned int nr_faults;
	unsigned int visits[ENTRIES]; /* the turn in which each was visited, from 1 */
	unsigned int nr_visits;
	unsigned int patience; /* steps until the user wants to stop */
};

/* The head, and one of a function's stack. */
#define HEAD (BASE + 64)
#define STACK (BASE + 128)

/* Entries 0 to 6 lie on page 1, the next seven on page 2, the rest on page 3. */
static uint64_t entry_at(unsigned int i)
{
	return BASE + PAGE * (1 + i / 7) + 128 * (i % 7) + 8;
}

static uint64_t *word(struct lists *l, uint64_t addr)
{
	ck_assert(addr - BASE < PAGES * PAGE && addr % 8 == 0);
	return &l->words[(addr - BASE) / 8];
}

static uint64_t *next_of(struct lists *l, uint64_t list_head)
{
	return word(l, list_head + LIST_NEXT);
}

static uint64_t *prev_of(struct lists *l, uint64_t list_head)
{
	return word(l, list_head + LIST_PREV);
}

static enum target_status lists_read(struct target *t, uint64_t addr, void *buf, size_t len)
{
	const struct lists *l = (struct lists *)t;

	if (addr < BASE || addr - BASE + len > PAGES * PAGE)
		return TARGET_UNMAPPED;
	for (uint64_t page = (addr - BASE) / PAGE; page * PAGE < addr - BASE + len; page++)
		if (l->absent[page])
			return TARGET_ABSENT;
	memcpy(buf, (const uint8_t *)l->words + (addr - BASE), len);
	return TARGET_OK;
}

static bool no_symbol(struct target *t, const char *name, uint64_t *value)
{
	(void)t;
	(void)name;
	(void)value;
	return false;
}

/* A list of the first @nr entries; the others are there, and on no list. */
static struct lists *lists_new(unsigned int nr)
{
	static const struct target_ops ops = { .read = lists_read, .symbol = no_symbol };
	struct lists *l = calloc(1, sizeof(*l));
	uint64_t last = HEAD;

	ck_assert(l);
	l->target = (struct target){ .ops = &ops, .page_shift = 12 };
	l->patience = 1000;
	*next_of(l, STACK) = *prev_of(l, STACK) = STACK;
	for (unsigned int i = 0; i < ENTRIES; i++) {
		*word(l, entry_at(i) - 8) = 0x100 + i;
		*next_of(l, entry_at(i)) = UINT64_C(0xdead000000000100);
		*prev_of(l, entry_at(i)) = UINT64_C(0xdead000000000122);
	}
	for (unsigned int i = 0; i < nr; i++) {
		*next_of(l, last) = entry_at(i);
		*prev_of(l, entry_at(i)) = last;
		last = entry_at(i);
	}
	*next_of(l, last) = HEAD;
	*prev_of(l, HEAD) = last;
	return l;
}

static void lists_free(struct lists *l)
{
	arena_free(&l->arena);
	free(l);
}

/* Which entry it is; ENTRIES: none, or nobody knows. */
static enum target_status entry_read(struct lists *l, uint64_t entry, unsigned int *index)
{
	uint64_t mark = 0;
	enum target_status status = memory_value(&l->memory, entry - 8, 8, &mark);

	*index = status == TARGET_OK && mark - 0x100 < ENTRIES ? (unsigned int)(mark - 0x100)
							       : ENTRIES;
	return status;
}

static enum list_verdict visit(void *ctx, struct list_step *step)
{
	struct lists *l = ctx;
	unsigned int i;

	step->status = entry_read(l, step->entry, &i);
	if (step->status != TARGET_OK || i == ENTRIES)
		return LIST_BROKEN;
	if (list_step_back(&l->memory, step) != TARGET_OK)
		return LIST_BROKEN;
	if (l->visits[i])
		return LIST_MET;
	l->visits[i] = ++l->nr_visits;
	return LIST_ENTRY;
}

static bool possible(void *ctx, uint64_t entry)
{
	unsigned int i;

	return entry_read(ctx, entry, &i) == TARGET_ABSENT || i < ENTRIES;
}

static void fault(void *ctx, const struct list_fault *f)
{
	struct lists *l = ctx;

	ck_assert_uint_lt(l->nr_faults, FAULTS);
	l->faults[l->nr_faults++] = *f;
}

static bool stopped(void *ctx)
{
	struct lists *l = ctx;

	return !l->patience--;
}

static void lists_walk(struct lists *l)
{
	static const struct list_walk_ops ops = { visit, possible, fault, stopped };

	arena_free(&l->arena);
	arena_init(&l->arena, (size_t)8 << 20);
	ck_assert(memory_init(&l->memory, &l->target, &l->arena));
	memset(l->visits, 0, sizeof(l->visits));
	l->nr_faults = l->nr_visits = 0;
	l->walk = (struct list_walk){
		.memory = &l->memory, .ops = &ops, .ctx = l, .head = HEAD, .limit = ENTRIES + 1
	};
	list_walk(&l->walk);
	unit_check_eq(l->walk.counted, l->nr_visits);
}

/* A fault says where it is, what is there and what should be. */
static void is_fault(const struct lists *l, unsigned int i, uint64_t slot, uint64_t raw,
		     uint64_t expected)
{
	ck_assert_uint_lt(i, l->nr_faults);
	unit_check_eq(l->faults[i].slot, slot);
	unit_check_eq(l->faults[i].raw, raw);
	unit_check_eq(l->faults[i].expected, expected);
	ck_assert_int_eq(l->faults[i].in_head, slot - HEAD < 16);
	ck_assert_int_eq(l->faults[i].next, slot == l->faults[i].holder);
}

START_TEST(whole)
{
	static const unsigned int numbers[] = { 0, 1, 2, 20 };

	for (int n = 0; n < UNIT_COUNT(numbers); n++) {
		struct lists *l = lists_new(numbers[n]);

		lists_walk(l);
		ck_assert(l->walk.complete && !l->walk.absent && !l->walk.halted);
		ck_assert_uint_eq(l->nr_faults, 0);
		ck_assert_uint_eq(l->nr_visits, numbers[n]);
		for (unsigned int i = 0; i < numbers[n]; i++)
			ck_assert_uint_eq(l->visits[i], i + 1);
		lists_free(l);
	}
}
END_TEST

/* Each next link in turn leads nowhere: all entries are found, and what it should hold is known. */
START_TEST(cut_in_front)
{
	for (unsigned int cut = 0; cut <= ENTRIES; cut++) {
		struct lists *l = lists_new(ENTRIES);
		uint64_t holder = cut ? entry_at(cut - 1) : HEAD;
		uint64_t behind = cut < ENTRIES ? entry_at(cut) : HEAD;

		*next_of(l, holder) = NOWHERE;
		lists_walk(l);
		ck_assert(l->walk.complete && !l->walk.absent);
		ck_assert_uint_eq(l->nr_visits, ENTRIES);
		ck_assert_uint_eq(l->nr_faults, 1);
		is_fault(l, 0, holder + LIST_NEXT, NOWHERE, behind);
		ck_assert_int_eq(l->faults[0].status, TARGET_UNMAPPED);
		ck_assert(!l->faults[0].well_formed && !l->faults[0].to_head &&
			  !l->faults[0].behind);
		lists_free(l);
	}
}
END_TEST

/* Each prev link in turn leads nowhere: nothing is lost. The head's is looked at with tail_too only. */
START_TEST(cut_behind)
{
	for (unsigned int cut = 0; cut < ENTRIES; cut++) {
		struct lists *l = lists_new(ENTRIES);

		*prev_of(l, entry_at(cut)) = NOWHERE;
		lists_walk(l);
		ck_assert(l->walk.complete);
		ck_assert_uint_eq(l->nr_visits, ENTRIES);
		ck_assert_uint_eq(l->nr_faults, 1);
		is_fault(l, 0, entry_at(cut) + LIST_PREV, NOWHERE, cut ? entry_at(cut - 1) : HEAD);
		ck_assert(!l->faults[0].well_formed && !l->faults[0].behind);
		lists_free(l);
	}
}
END_TEST

/* A link leads to an entry that came before, or to the one that holds it. */
START_TEST(cycle)
{
	for (unsigned int to = 0; to <= 9; to++) {
		struct lists *l = lists_new(ENTRIES);

		*next_of(l, entry_at(9)) = entry_at(to);
		lists_walk(l);
		ck_assert(l->walk.complete);
		ck_assert_uint_eq(l->nr_visits, ENTRIES);
		ck_assert_uint_eq(l->nr_faults, 1);
		is_fault(l, 0, entry_at(9) + LIST_NEXT, entry_at(to), entry_at(10));
		ck_assert(l->faults[0].well_formed && l->faults[0].status == TARGET_OK);
		lists_free(l);
	}
}
END_TEST

/* A page that the dump lacks: what is before and behind it is found, and nothing is called wrong. */
START_TEST(absent_page)
{
	struct lists *l = lists_new(ENTRIES);

	l->absent[2] = true;
	lists_walk(l);
	ck_assert(!l->walk.complete && l->walk.absent);
	ck_assert_uint_eq(l->nr_visits, 7 + 6);
	ck_assert_uint_eq(l->nr_faults, 2);
	is_fault(l, 0, entry_at(6) + LIST_NEXT, entry_at(7), 0);
	is_fault(l, 1, entry_at(14) + LIST_PREV, entry_at(13), 0);
	for (unsigned int i = 0; i < 2; i++)
		ck_assert_int_eq(l->faults[i].status, TARGET_ABSENT);
	lists_free(l);
}
END_TEST

START_TEST(absent_head)
{
	struct lists *l = lists_new(ENTRIES);

	l->absent[0] = true;
	lists_walk(l);
	ck_assert(!l->walk.complete && l->walk.absent);
	ck_assert_uint_eq(l->nr_visits, 0);
	ck_assert_uint_eq(l->nr_faults, 0);
	lists_free(l);
}
END_TEST

/* A prev link leads into what the dump lacks: that may be anything. */
START_TEST(absent_neighbour)
{
	struct lists *l = lists_new(7);

	l->absent[3] = true;
	*prev_of(l, entry_at(3)) = entry_at(17);
	lists_walk(l);
	ck_assert(l->walk.complete);
	ck_assert_uint_eq(l->nr_faults, 1);
	is_fault(l, 0, entry_at(3) + LIST_PREV, entry_at(17), entry_at(2));
	ck_assert(l->faults[0].well_formed && l->faults[0].to_head);
	lists_free(l);
}
END_TEST

/* Two cuts: what lies between them cannot be reached, and no link is guessed. */
START_TEST(two_faults)
{
	struct lists *l = lists_new(ENTRIES);

	*next_of(l, entry_at(4)) = NOWHERE;
	*prev_of(l, entry_at(15)) = NOWHERE + 64;
	lists_walk(l);
	ck_assert(!l->walk.complete && !l->walk.absent);
	ck_assert_uint_eq(l->nr_visits, 5 + 5);
	ck_assert_uint_eq(l->nr_faults, 2);
	is_fault(l, 0, entry_at(4) + LIST_NEXT, NOWHERE, 0);
	is_fault(l, 1, entry_at(15) + LIST_PREV, NOWHERE + 64, 0);
	ck_assert(!l->faults[0].behind && l->faults[1].behind);
	lists_free(l);
}
END_TEST

/* Both links of one gap are wrong: nothing bridges it, and all entries are found. */
START_TEST(both_links)
{
	struct lists *l = lists_new(ENTRIES);

	*next_of(l, entry_at(4)) = NOWHERE;
	*prev_of(l, entry_at(5)) = NOWHERE;
	lists_walk(l);
	ck_assert(!l->walk.complete);
	ck_assert_uint_eq(l->nr_visits, ENTRIES);
	ck_assert_uint_eq(l->nr_faults, 2);
	is_fault(l, 0, entry_at(4) + LIST_NEXT, NOWHERE, 0);
	is_fault(l, 1, entry_at(5) + LIST_PREV, NOWHERE, 0);
	lists_free(l);
}
END_TEST

/* The list ends too early, which only the head's prev link tells. */
START_TEST(short_cut)
{
	struct lists *l = lists_new(ENTRIES);
	struct list_walk again;

	*next_of(l, entry_at(4)) = HEAD;
	lists_walk(l);
	ck_assert_uint_eq(l->nr_visits, 5);
	again = l->walk;
	again.tail_too = true;
	again.counted = 0;
	again.complete = false;
	memset(l->visits, 0, sizeof(l->visits));
	list_walk(&again);
	ck_assert_uint_eq(again.counted, ENTRIES);
	lists_free(l);
}
END_TEST

START_TEST(bounded)
{
	struct lists *l = lists_new(ENTRIES);

	l->patience = 6;
	lists_walk(l);
	ck_assert(l->walk.halted && !l->walk.complete);
	ck_assert_uint_eq(l->nr_visits, 6);
	l->patience = 1000;
	lists_walk(l);
	l->walk.counted = 0;
	l->walk.complete = false;
	l->walk.limit = 9;
	memset(l->visits, 0, sizeof(l->visits));
	list_walk(&l->walk);
	ck_assert_uint_eq(l->walk.counted, 9);
	ck_assert(!l->walk.complete);
	lists_free(l);
}
END_TEST

/* A store of an operation. */
struct store {
	uint64_t addr, value;
};

/* __list_add() and __list_del() as list.h has them: the order of the stores is the kernel's. */
static unsigned int list_add_stores(struct store *s, uint64_t entry, uint64_t prev, uint64_t next)
{
	s[0] = (struct store){ next + LIST_PREV, entry };
	s[1] = (struct store){ entry + LIST_NEXT, next };
	s[2] = (struct store){ entry + LIST_PREV, prev };
	s[3] = (struct store){ prev + LIST_NEXT, entry };
	return 4;
}

static unsigned int list_del_stores(struct store *s, uint64_t prev, uint64_t next)
{
	s[0] = (struct store){ next + LIST_PREV, prev };
	s[1] = (struct store){ prev + LIST_NEXT, next };
	return 2;
}

static bool is_excused(const struct list_fault *link, bool locked)
{
	return excuse_find(
		&(struct excuse_case){ .breach = BREACH_LINK, .link = link, .locked = locked });
}

/* After each store, all that the walk calls wrong is excused while the lock is held. */
static void stores_are_excused(struct lists *l, const struct store *s, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		*word(l, s[i].addr) = s[i].value;
		lists_walk(l);
		for (unsigned int f = 0; f < l->nr_faults; f++) {
			unit_check(is_excused(&l->faults[f], true), "store %u: slot %#llx", i,
				   (unsigned long long)l->faults[f].slot);
			ck_assert(!is_excused(&l->faults[f], false));
		}
	}
	ck_assert_uint_eq(l->nr_faults, 0);
	ck_assert(l->walk.complete);
}

START_TEST(held_lock)
{
	for (unsigned int at = 0; at <= 10; at++) {
		struct lists *l = lists_new(10);
		uint64_t prev = at ? entry_at(at - 1) : HEAD;
		uint64_t next = at < 10 ? entry_at(at) : HEAD;
		struct store s[4] = { 0 };

		stores_are_excused(l, s, list_add_stores(s, entry_at(15), prev, next));
		stores_are_excused(l, s, list_del_stores(s, prev, next));
		lists_free(l);
	}
}
END_TEST

/* barn_shrink() and __kmem_cache_do_shrink() move entries to a head on their stack. */
START_TEST(held_lock_and_stack)
{
	struct lists *l = lists_new(3);
	struct store s[4] = { 0 };

	*next_of(l, STACK) = *prev_of(l, STACK) = entry_at(2);
	*next_of(l, entry_at(2)) = *prev_of(l, entry_at(2)) = STACK;
	lists_walk(l);
	/* The list still leads to it, and it leads to the stack. */
	ck_assert_uint_gt(l->nr_faults, 0);
	for (unsigned int f = 0; f < l->nr_faults; f++)
		ck_assert(is_excused(&l->faults[f], true));
	stores_are_excused(l, s, list_del_stores(s, entry_at(1), HEAD));
	lists_free(l);
}
END_TEST

/* No operation stores a link that leads nowhere, lock or not. */
START_TEST(damage_under_lock)
{
	struct lists *l = lists_new(ENTRIES);

	*next_of(l, entry_at(4)) = NOWHERE;
	*prev_of(l, entry_at(2)) = NOWHERE;
	lists_walk(l);
	ck_assert_uint_eq(l->nr_faults, 2);
	for (unsigned int f = 0; f < l->nr_faults; f++)
		ck_assert(!is_excused(&l->faults[f], true));
	lists_free(l);
}
END_TEST

Suite *suite_list_walk(void)
{
	Suite *suite = suite_create("list_walk");
	TCase *tcase = tcase_create("list_walk");

	tcase_add_test(tcase, whole);
	tcase_add_test(tcase, cut_in_front);
	tcase_add_test(tcase, cut_behind);
	tcase_add_test(tcase, cycle);
	tcase_add_test(tcase, absent_page);
	tcase_add_test(tcase, absent_head);
	tcase_add_test(tcase, absent_neighbour);
	tcase_add_test(tcase, two_faults);
	tcase_add_test(tcase, both_links);
	tcase_add_test(tcase, short_cut);
	tcase_add_test(tcase, bounded);
	tcase_add_test(tcase, held_lock);
	tcase_add_test(tcase, held_lock_and_stack);
	tcase_add_test(tcase, damage_under_lock);
	suite_add_tcase(suite, tcase);
	return suite;
}
