/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the next allocation would do is asked of damaged heaps: whatever they look like, there is an
 * answer, and the heap itself is as it was. Asked of good heaps, the answer is what the allocation
 * then does. And what is said for people is what is said for programs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/slab/fault.h"
#include "model/slab/history.h"
#include "model/slub/fault.h"
#include "model/slub/history.h"
#include "model/next.h"
#include "model/next_report.h"
#include "model/machine/journal.h"
#include "tests/unit/json_read.h"
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

/* What -n says; the caller frees it. */
static char *report_of(struct target *target, const char *cache, unsigned int cpu, bool json,
		       bool *answered)
{
	struct arena arena;
	struct model *dump = NULL;
	struct next_question question = { .cpu = cpu, .cache = cache, .json = json };
	char *text = NULL;
	size_t size;

	question.model = &dump;
	question.out = open_memstream(&text, &size);
	unit_check(question.out != NULL, "no memory");
	arena_init(&arena, (size_t)64 << 20);
	*answered = next_report(&question, target, &arena);
	arena_free(&arena);
	fclose(question.out);
	unit_check(!dump, "the model in the dump is given back");
	return text;
}

/* Each end, and the line that says the same to people. */
static const struct {
	const char *end, *line;
} ends[] = {
	{ "returns", "    returns         %s, object" },
	{ "again", "    returns         %s, which allocation" },
	{ "not-an-object", "    returns         %s, which is not an object of this cache" },
	{ "new-slab", "    asks            the page allocator for a new slab" },
	{ "stuck", "    waits           for a lock that is held, or in a cycle" },
	{ "absent", "    unknown         %s, which the dump does not hold" },
	{ "bug", "    dies            of a BUG() in the allocator" },
	{ "fault", "    dies            of a %s in the allocator" },
};

/* The number of an end in the table. The text has its line. */
static size_t end_said(const char *json, const char *which, const char *text)
{
	char path[32], end[32], value[64], line[160];
	uint64_t address;
	size_t i = 0;

	snprintf(path, sizeof(path), "%s/end", which);
	unit_check(json_member(json, path, end, sizeof(end)), "%s", json);
	while (i < UNIT_COUNT(ends) && strcmp(ends[i].end, end))
		i++;
	unit_check(i < UNIT_COUNT(ends), "unknown end %s", end);
	snprintf(path, sizeof(path), "%s/%s", which,
		 !strcmp(end, "fault")	  ? "death"
		 : !strcmp(end, "absent") ? "address"
					  : "object");
	json_member(json, path, value, sizeof(value));
	address = strtoull(value, NULL, 0);
	if (!strncmp(value, "0x", 2))
		snprintf(value, sizeof(value), "%016" PRIx64, address);
	snprintf(line, sizeof(line), ends[i].line, value);
	unit_check(strstr(text, line) != NULL, "no \"%s\" in\n%s", line, text);
	return i;
}

static uint64_t number_said(const char *json, const char *path)
{
	char value[64];

	unit_check(json_member(json, path, value, sizeof(value)), "%s: %s", path, json);
	return strtoull(value, NULL, 0);
}

/* One question, twice. Bits of the ends. */
static unsigned int said_twice(struct target *target, const char *cache, unsigned int cpu)
{
	bool one, other;
	char *json = report_of(target, cache, cpu, true, &one), value[32];
	char *text = report_of(target, cache, cpu, false, &other);
	unsigned int met = 0;

	unit_check(one == other, "%s", text);
	json[strcspn(json, "\n")] = '\0';
	unit_check(json_valid(json), "%s", json);
	if (one) {
		met = 1u << end_said(json, "first", text);
		if (json_member(json, "last/end", value, sizeof(value)))
			met |= 1u << end_said(json, "last", text);
		else
			unit_check(number_said(json, "good") == NEXT_LIMIT ||
					   !number_said(json, "good"),
				   "%s", json);
	}
	free(json);
	free(text);
	return met;
}

static struct history *history_of(const struct era *era, uint64_t seed, bool concurrent)
{
	const struct history_config config = {
		.era = era, .seed = seed, .operations = 300, .concurrent = concurrent
	};
	struct history *h = history_run(&config);

	unit_check(h != NULL && !history_failed(h), "%s: no heap", era->name);
	return h;
}

/* A heap with a fault, on the CPU that it is about. */
static unsigned int fault_said(struct history *h, const struct census *census,
			       enum model_fault fault, uint64_t seed)
{
	struct model *m = history_model(h);
	struct model_truth truth = { 0 };
	unsigned int met = 0;
	char name[32];

	unit_check(model_journal_start(m), "no memory");
	if (model_fault_plant(m, census, fault, NULL, seed, &truth)) {
		if (seed % 2 && truth.slab)
			model_absent(m, truth.object ? truth.object : truth.slab);
		snprintf(name, sizeof(name), "0x%" PRIx64, truth.cache);
		met = said_twice(model_target(m), name,
				 truth.cpu > 0 ? (unsigned int)truth.cpu : 0);
		model_absent_none(m);
	}
	unit_check(model_journal_undo(m), "no memory");
	return met;
}

/* A heap whose CPUs were stopped in the middle of operations: some hold locks. */
static unsigned int stopped_said(const struct era *era, uint64_t seed)
{
	struct history *h = history_of(era, seed, true);
	struct census *census = census_take(history_model(h), 0);
	unsigned int met = 0;
	char name[32];

	unit_check(census != NULL, "no memory");
	for (size_t i = 0; i < census->nr_caches; i++) {
		snprintf(name, sizeof(name), "0x%" PRIx64, census->caches[i].cache);
		for (unsigned int cpu = 0; cpu < census->nr_cpus; cpu++)
			met |= said_twice(model_target(history_model(h)), name, cpu);
	}
	census_free(census);
	history_free(h);
	return met;
}

#define SAID_HEAPS 2

START_TEST(said_of_damage)
{
	unsigned int met = 0;

	for (int e = 0; e < MODEL_ERAS; e++) {
		const struct era *era = model_era((enum model_era)e);
		struct history *h = history_of(era, 1, false);
		struct census *census = census_take(history_model(h), 0);

		unit_check(census != NULL, "no memory");
		for (unsigned int f = 0; f < MODEL_FAULT_COUNT; f++)
			if (model_fault_applies(era->features, (enum model_fault)f))
				met |= fault_said(h, census, (enum model_fault)f, 1 + f);
		census_free(census);
		history_free(h);
		for (uint64_t seed = 1; seed <= SAID_HEAPS; seed++)
			met |= stopped_said(era, 3 * seed);
	}
	for (size_t i = 0; i < UNIT_COUNT(ends); i++)
		unit_check(met & 1u << i, "no allocation ends as %s", ends[i].end);
}
END_TEST

/* What a good heap's allocation returns is what was said before. */
static unsigned int allocation_holds(struct model *m, const struct census_cache *s,
				     unsigned int cpu, const char *era)
{
	unsigned int compared = 0;
	uint64_t object = 0;
	bool answered;
	char name[32], end[32];
	char *json;

	snprintf(name, sizeof(name), "0x%" PRIx64, s->cache);
	json = report_of(model_target(m), name, cpu, true, &answered);
	unit_check(answered, "%s: %s", era, json);
	json_member(json, "first/end", end, sizeof(end));
	unit_check(!strcmp(end, "returns") || !strcmp(end, "new-slab"), "%s: %s", era, json);
	unit_check(model_journal_start(m), "no memory");
	if (!strcmp(end, "returns")) {
		unit_check_eq(model_alloc(m, cpu, s->cache, model_gfp_kernel(m), -1, &object),
			      MODEL_DONE);
		unit_check_eq(object, number_said(json, "first/object"));
		compared = 1;
	}
	unit_check(model_journal_undo(m), "no memory");
	free(json);
	return compared;
}

START_TEST(allocation_is_foretold)
{
	for (int e = 0; e < MODEL_ERAS; e++) {
		const struct era *era = model_era((enum model_era)e);
		unsigned int compared = 0;

		for (uint64_t seed = 1; seed <= SAID_HEAPS; seed++) {
			struct history *h = history_of(era, seed, false);
			struct census *census = census_take(history_model(h), 0);

			unit_check(census != NULL, "no memory");
			for (size_t i = 0; i < census->nr_caches; i++)
				for (unsigned int cpu = 0; cpu < census->nr_cpus; cpu++)
					compared += allocation_holds(history_model(h),
								     &census->caches[i], cpu,
								     era->name);
			census_free(census);
			history_free(h);
		}
		unit_check(compared > 10, "%s: %u allocations", era->name, compared);
	}
}
END_TEST

static void refused(struct target *target, const char *cache, unsigned int cpu, const char *why)
{
	bool answered;
	char *json = report_of(target, cache, cpu, true, &answered), value[128];
	char *text;

	unit_check(!answered, "%s", json);
	json_member(json, "message", value, sizeof(value));
	unit_check(strstr(value, why) != NULL, "%s", json);
	text = report_of(target, cache, cpu, false, &answered);
	unit_check(!answered && !strncmp(text, "slubcheck: ", 11) && strstr(text, why), "%s", text);
	free(json);
	free(text);
}

START_TEST(refusals)
{
	struct history *h = history_of(model_era(MODEL_ERA_6_1), 1, false);
	struct target *target = model_target(history_model(h));

	refused(target, "kmem_cache", 4096, "there is no such CPU");
	refused(target, "no-such-cache", 0, "no-such-cache");
	history_free(h);
}
END_TEST

/* --- SLAB --- */

static struct slab_history *slab_history_of(enum slab_era era, uint64_t seed, bool concurrent)
{
	const struct slab_history_config config = {
		.era = slab_era(era), .seed = seed, .operations = 300, .concurrent = concurrent
	};
	struct slab_history *h = slab_history_run(&config);

	unit_check(h != NULL && !slab_history_failed(h), "%s: no heap", slab_era(era)->name);
	return h;
}

/* What an allocation returns is what was said before. Return: whether it was an object. */
static bool slab_allocation_holds(struct model *m, uint64_t cache, unsigned int cpu,
				  const char *era)
{
	char name[32], end[32] = "", *json;
	uint64_t object = 0;
	bool answered;

	snprintf(name, sizeof(name), "0x%" PRIx64, cache);
	json = report_of(model_target(m), name, cpu, true, &answered);
	unit_check(answered, "%s: %s", era, json);
	json_member(json, "first/end", end, sizeof(end));
	unit_check(!strcmp(end, "returns") || !strcmp(end, "new-slab"), "%s: %s", era, json);
	unit_check(model_journal_start(m), "no memory");
	if (!strcmp(end, "returns")) {
		unit_check_eq(slab_alloc(m, cpu, cache, slab_usual_gfp(m, cache), -1, &object),
			      MODEL_DONE);
		unit_check_eq(object, number_said(json, "first/object"));
	}
	unit_check(model_journal_undo(m), "no memory");
	free(json);
	return !strcmp(end, "returns");
}

START_TEST(slab_allocation_is_foretold)
{
	for (int e = 0; e < SLAB_ERAS; e++) {
		const char *era = slab_era((enum slab_era)e)->name;
		unsigned int compared = 0;

		for (uint64_t seed = 1; seed <= 2 * SAID_HEAPS; seed++) {
			struct slab_history *h = slab_history_of((enum slab_era)e, seed, false);
			struct model *m = slab_history_model(h);
			struct slab_census *census = slab_census_take(m);

			unit_check(census != NULL, "no memory");
			for (size_t i = 0; i < census->nr_caches; i++)
				for (unsigned int cpu = 0; cpu < census->nr_cpus; cpu++)
					compared += slab_allocation_holds(
						m, census->caches[i].cache, cpu, era);
			slab_census_free(census);
			slab_history_free(h);
		}
		unit_check(compared > 10, "%s: %u allocations", era, compared);
	}
}
END_TEST

/* Each fault once, some of them with a page that is absent. Bits of the ends. */
static unsigned int slab_faults_said(struct model *m, struct slab_census *census, uint64_t seed)
{
	unsigned int met = 0;
	char name[32];

	for (unsigned int f = 0; f < SLAB_FAULT_COUNT; f++) {
		struct slab_truth truth = { 0 };

		unit_check(model_journal_start(m), "no memory");
		if (slab_fault_applies(model_era_of(m)->own, (enum slab_fault)f) &&
		    slab_fault_plant(census, (enum slab_fault)f, seed, &truth) && truth.cache) {
			if (f % 4 == 3 && truth.slab)
				model_absent(m, truth.slab);
			snprintf(name, sizeof(name), "0x%" PRIx64, truth.cache);
			for (unsigned int cpu = 0; cpu < census->nr_cpus; cpu++)
				met |= said_twice(model_target(m), name, cpu);
			model_absent_none(m);
		}
		unit_check(model_journal_undo(m), "no memory");
	}
	return met;
}

START_TEST(slab_said_of_damage)
{
	unsigned int met = 0;

	for (int e = 0; e < SLAB_ERAS; e++)
		for (uint64_t seed = 1; seed <= 3; seed++) {
			struct slab_history *h =
				slab_history_of((enum slab_era)e, seed, seed % 3 == 0);
			struct model *m = slab_history_model(h);
			struct slab_census *census = slab_census_take(m);

			unit_check(census != NULL, "no memory");
			met |= slab_faults_said(m, census, seed);
			slab_census_free(census);
			slab_history_free(h);
		}
	for (size_t i = 0; i < UNIT_COUNT(ends); i++)
		unit_check(met & 1u << i || !strcmp(ends[i].end, "stuck"),
			   "no allocation ends as %s", ends[i].end);
}
END_TEST

START_TEST(slab_refusals)
{
	struct slab_history *h = slab_history_of(SLAB_ERA_6_1, 1, false);
	struct target *target = model_target(slab_history_model(h));

	refused(target, "kmem_cache", 4096, "there is no such CPU");
	refused(target, "no-such-cache", 0, "no-such-cache");
	slab_history_free(h);
}
END_TEST

Suite *suite_model_next(void)
{
	Suite *suite = suite_create("model_next");
	TCase *tcase = tcase_create("next");

	tcase_add_test(tcase, damaged_heaps);
	tcase_add_test(tcase, ordinals);
	tcase_add_test(tcase, said_of_damage);
	tcase_add_test(tcase, allocation_is_foretold);
	tcase_add_test(tcase, refusals);
	tcase_add_test(tcase, slab_allocation_is_foretold);
	tcase_add_test(tcase, slab_said_of_damage);
	tcase_add_test(tcase, slab_refusals);
	tcase_set_timeout(tcase, UNIT_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
