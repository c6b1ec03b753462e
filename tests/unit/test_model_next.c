/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the next allocation would do is asked of damaged heaps: whatever they look like, there is an
 * answer, and the heap itself is as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "model/slub/fault.h"
#include "model/slub/history.h"
#include "model/next.h"
#include "tests/unit/unit.h"

#define HEAPS 40

static struct next_seen seen[NEXT_SEEN_ROOM];

static void ask(struct model *dump, unsigned int cpu, uint64_t cache, const char *fault)
{
	struct next next;

	memset(seen, 0, sizeof(seen));
	next_find(dump, cpu, cache, &next, seen);
	unit_check(next.bounded || !next_is_good(&next.last), "%s: good for ever", fault);
	unit_check(next.good <= NEXT_LIMIT, "%s: more than was asked for", fault);
	model_oops_clear(dump);
}

/* Each question goes to a model of its own: the first answer changes what it is attached to. */
static void ask_all(struct model *m, const struct census *census, const char *fault)
{
	for (size_t i = 0; i < census->nr_caches; i += 1 + i / 4) {
		const char *error;
		struct model *dump = model_attach(model_target(m), FREEPTR_XOR_SWAB, 8, &error);

		unit_check(dump != NULL, "%s: %s", fault, error);
		for (unsigned int cpu = 0; cpu < census->nr_cpus; cpu++)
			ask(dump, cpu, census->caches[i].cache, fault);
		model_free(dump);
	}
}

static void heap_ask(const struct era *era, uint64_t seed)
{
	const struct history_config config = { .era = era, .seed = seed, .operations = 300 };
	struct history *h = history_run(&config);
	struct model_truth truth = { 0 };
	struct census *census;

	unit_check(h != NULL && !history_failed(h), "%s: no heap", era->name);
	census = census_take(history_model(h), 0);
	unit_check(census != NULL, "%s: no memory", era->name);
	for (unsigned int i = 0; i < MODEL_FAULT_COUNT; i++)
		if (model_fault_plant(history_model(h), census,
				      (enum model_fault)((seed * 5 + i) % MODEL_FAULT_COUNT), NULL,
				      seed, &truth))
			break;
	ask_all(history_model(h), census, truth.fault ? truth.fault : "nothing");
	census_free(census);
	history_free(h);
}

START_TEST(damaged_heaps)
{
	for (int era = 0; era < MODEL_ERAS; era++)
		for (uint64_t seed = 1; seed <= HEAPS; seed++)
			heap_ask(model_era((enum model_era)era), seed);
}
END_TEST

START_TEST(ordinals)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = { { 1, "the next" },  { 2, "the 2nd" },    { 3, "the 3rd" },
		      { 4, "the 4th" },	  { 11, "the 11th" },  { 12, "the 12th" },
		      { 21, "the 21st" }, { 113, "the 113th" } };
	char buf[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(next_ordinal(cases[i].n, buf), cases[i].text);
}
END_TEST

Suite *suite_model_next(void)
{
	Suite *suite = suite_create("model_next");
	TCase *tcase = tcase_create("next");

	tcase_add_test(tcase, damaged_heaps);
	tcase_add_test(tcase, ordinals);
	suite_add_tcase(suite, tcase);
	return suite;
}
