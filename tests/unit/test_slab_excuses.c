/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each excuse of SLAB on its own: a state that it explains, and the same state with the one word changed without
 * which it explains nothing. A row of SLAB_EXCUSES that lacks one of the two does not compile.
 */
#include "checker/slab/excuse.h"
#include "tests/unit/unit.h"

#define AVAIL 30u
#define BATCH 16u

/* A state of an ordinary cache of 6.1, at rest: nothing about it is excused. */
struct scene {
	struct slab_layout layout;
	struct slab_cache cache;
	struct slab_array array;
	struct slab_found slab;
	struct list_fault link;
	struct slab_breach_case c;
};

static void scene_init(struct scene *s)
{
	*s = (struct scene){
		.layout = { .at_end = true, .narrow = true },
		.cache = { .size = 64, .num = 64 },
		.array = { .kind = SLAB_ARRAY_CPU,
			   .online = true,
			   .avail = AVAIL,
			   .limit = 120,
			   .batchcount = BATCH },
		.slab = { .list = SLAB_PARTIAL, .used = 3, .owner = UINT64_C(0xffff888000100000) },
		.link = { .well_formed = true },
	};
	s->c = (struct slab_breach_case){
		.layout = &s->layout,
		.cache = &s->cache,
		.array = &s->array,
		.slab = &s->slab,
		.link = &s->link,
		.position = BATCH + 2,
		.cpu_at = SLAB_CPU_ELSEWHERE,
	};
}

/* WITH() makes a scene one that the excuse explains; WITHOUT() then takes what it hangs on away. */
#define WITH(id) static void with_##id(struct scene *s)
#define WITHOUT(id) static void without_##id(struct scene *s)

WITH(array_push)
{
	s->c.cpu_at = SLAB_CPU_INSIDE;
	s->c.position = AVAIL - 1;
}
WITHOUT(array_push)
{
	s->c.position = AVAIL - 2;
}

WITH(array_flush)
{
	s->c.cpu_at = SLAB_CPU_UNTOLD;
	s->c.position = BATCH - 1;
}
WITHOUT(array_flush)
{
	s->c.cpu_at = SLAB_CPU_ELSEWHERE;
}

WITH(array_transfer)
{
	s->array.kind = SLAB_ARRAY_SHARED;
	s->array.locked = true;
}
WITHOUT(array_transfer)
{
	s->array.locked = false;
}

WITH(arrays_replaced)
{
	s->layout.caches_locked = true;
}
WITHOUT(arrays_replaced)
{
	s->layout.caches_locked = false;
}

/* A link that leads nowhere is not one that list_del() or list_add() leaves. */
WITH(slab_moving)
{
	s->c.locked = true;
}
WITHOUT(slab_moving)
{
	s->link.well_formed = false;
	s->link.raw = UINT64_C(0x4141414141414141);
}

WITH(object_moving)
{
	s->c.locked = s->c.next = true;
}
WITHOUT(object_moving)
{
	s->c.locked = false;
}

WITH(slab_counted)
{
	s->c.locked = true;
}
WITHOUT(slab_counted)
{
	s->c.locked = false;
}

WITH(slab_destroyed)
{
	s->slab.used = 0;
}
WITHOUT(slab_destroyed)
{
	s->slab.used = 1;
}

WITH(slab_waiting)
{
	s->slab.waits = true;
}
WITHOUT(slab_waiting)
{
	s->slab.waits = false;
}

WITH(slab_grown)
{
	s->c.cpu_at = SLAB_CPU_INSIDE;
}
WITHOUT(slab_grown)
{
	s->c.cpu_at = SLAB_CPU_ELSEWHERE;
}

WITH(slab_pages_set)
{
	s->slab.owner = 0;
}
WITHOUT(slab_pages_set)
{
	s->slab.owner = 1;
}

WITH(caches_changing)
{
	s->layout.caches_locked = true;
}
WITHOUT(caches_changing)
{
	s->layout.caches_locked = false;
}

WITH(cpu_going)
{
	s->layout.kernel.hotplug_busy = true;
}
WITHOUT(cpu_going)
{
	s->layout.kernel.hotplug_busy = false;
}

WITH(host_filled)
{
	s->cache.flags = SLAB_OBJFREELIST;
	s->c.cpu_at = SLAB_CPU_INSIDE;
	s->c.start = true;
}
WITHOUT(host_filled)
{
	s->cache.flags = SLAB_OFF;
}

WITH(object_handed)
{
	s->layout.debug_slab = true;
}
WITHOUT(object_handed)
{
	s->layout.debug_slab = false;
}

#define BREACHES 32

static const char *found_id(const struct scene *s)
{
	const struct excuse *found = slab_excuse_find(&s->c);

	return found ? found->id : "none";
}

static void check(enum slab_excuse_id id, unsigned int breaches, void (*with)(struct scene *s),
		  void (*without)(struct scene *s))
{
	const struct excuse *row = slab_excuse_of(id);

	for (unsigned int bit = 0; bit < BREACHES; bit++) {
		struct scene s;

		if (!(breaches >> bit & 1))
			continue;
		scene_init(&s);
		s.c.breach = (enum slab_breach)(1u << bit);
		unit_check(!slab_excuse_find(&s.c), "%s: %s at rest", row->id, found_id(&s));
		with(&s);
		unit_check(slab_excuse_find(&s.c) == row, "%s: %s instead", row->id, found_id(&s));
		without(&s);
		unit_check(!slab_excuse_find(&s.c), "%s: %s without it", row->id, found_id(&s));
	}
}

START_TEST(with_and_without)
{
#define X(id, text, breaches, since, functions, what) \
	check(SLAB_EXCUSE_##id, breaches, with_##id, without_##id);
	SLAB_EXCUSES(X)
#undef X
}
END_TEST

/* An array of an offline CPU is nobody's, and a flush moves the oldest entries only. */
START_TEST(not_excused)
{
	struct scene s;

	scene_init(&s);
	s.c.breach = SLAB_BREACH_TWICE;
	s.c.cpu_at = SLAB_CPU_INSIDE;
	unit_check(!slab_excuse_find(&s.c), "an entry in the middle: %s", found_id(&s));
	s.c.position = 0;
	ck_assert_ptr_nonnull(slab_excuse_find(&s.c));
	s.array.online = false;
	unit_check(!slab_excuse_find(&s.c), "an offline CPU: %s", found_id(&s));
}
END_TEST

/* A free object in its slab is filled, unless the lock is held and its place is the one that is being stored. */
START_TEST(contents)
{
	struct scene s;

	scene_init(&s);
	s.c.breach = SLAB_BREACH_POISON;
	s.c.locked = true;
	unit_check(!slab_excuse_find(&s.c), "not the next: %s", found_id(&s));
	s.c.next = true;
	ck_assert_ptr_nonnull(slab_excuse_find(&s.c));
	s.layout.has_bufctl = true;
	unit_check(!slab_excuse_find(&s.c), "a chain: %s", found_id(&s));

	scene_init(&s);
	s.c.breach = SLAB_BREACH_POISON;
	s.c.cpu_at = SLAB_CPU_INSIDE;
	s.cache.flags = SLAB_OBJFREELIST;
	unit_check(!slab_excuse_find(&s.c), "behind the indexes: %s", found_id(&s));
	s.c.start = true;
	ck_assert_ptr_nonnull(slab_excuse_find(&s.c));
	s.c.array = NULL;
	unit_check(!slab_excuse_find(&s.c), "in its slab: %s", found_id(&s));
}
END_TEST

/* Each breach has an excuse, and no two excuses have one id. */
START_TEST(ids)
{
	unsigned int all = 0;

#define X(id, text, breaches, since, functions, what) all |= (breaches);
	SLAB_EXCUSES(X)
#undef X
	for (int i = 0; i < SLAB_EXCUSE_COUNT; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(slab_excuse_of((enum slab_excuse_id)i)->id,
					 slab_excuse_of((enum slab_excuse_id)j)->id);
	ck_assert_uint_eq(all, SLAB_BREACH_USED * 2u - 1);
}
END_TEST

Suite *suite_slab_excuses(void)
{
	Suite *suite = suite_create("slab_excuses");
	TCase *tcase = tcase_create("slab_excuses");

	tcase_add_test(tcase, with_and_without);
	tcase_add_test(tcase, not_excused);
	tcase_add_test(tcase, contents);
	tcase_add_test(tcase, ids);
	suite_add_tcase(suite, tcase);
	return suite;
}
