/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The incident that this project exists for, as the model relives it: what the checker has to make
 * of the dump that came of it.
 */
#include <stdlib.h>
#include <string.h>

#include "model/slub/census.h"
#include "model/slub/incident.h"
#include "model/next.h"
#include "tests/unit/json_read.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"

#define H(value) ((unsigned long long)(value))

/* For the text of failures. */
#define ERA_NAME "3.13"

/* Offsets of that kernel, as published. */
#define CACHE_CPU_SLAB 0
#define CACHE_OFFSET 0x20
#define CPU_FREELIST 0
#define CPU_TID 8
#define CPU_PAGE 0x10

static struct model *booted(void)
{
	struct model *m = incident_new();

	unit_check(m != NULL, "the history did not come to the incident");
	return m;
}

static struct run *check(struct model *m, struct run_options options)
{
	return run_check_target(model_target(m), ERA_NAME, options);
}

static uint64_t word_at(struct model *m, uint64_t addr)
{
	uint64_t word;

	unit_check(model_peek(m, addr, &word, sizeof(word)), "nothing at %#llx", H(addr));
	return word;
}

static void word_set(struct model *m, uint64_t addr, uint64_t word)
{
	unit_check(model_poke(m, addr, &word, sizeof(word)), "nothing at %#llx", H(addr));
}

/* The numbers of the dump that are not in the findings. */
START_TEST(numbers)
{
	struct model *m = booted();
	struct target *t = model_target(m);
	uint64_t c = INCIDENT_KMEM_CACHE_CPU, base;
	struct target_member offset;
	size_t size;

	ck_assert(t->ops->type_size(t, "kmem_cache", &size));
	unit_check_eq(size, 0x2c8);
	ck_assert(t->ops->member(t, "kmem_cache", "offset", &offset));
	unit_check_eq(offset.offset, CACHE_OFFSET);
	unit_check_eq(model_kmalloc_cache(m, 32, model_gfp_kernel(m), 0), INCIDENT_CACHE);
	unit_check_eq(word_at(m, INCIDENT_CACHE + CACHE_CPU_SLAB), INCIDENT_CPU_SLAB);
	unit_check_eq((uint32_t)word_at(m, INCIDENT_CACHE + CACHE_OFFSET), 0);
	unit_check_eq(INCIDENT_GFP, model_gfp_kernel(m) | model_gfp(m)->zero);
	unit_check_eq(word_at(m, c + CPU_FREELIST), INCIDENT_BAD);
	unit_check_eq(word_at(m, c + CPU_TID), INCIDENT_TID);
	ck_assert(t->ops->page_to_virt(t, word_at(m, c + CPU_PAGE), &base));
	unit_check_eq(base, INCIDENT_BASE);
	unit_check_eq(INCIDENT_BAD ^ INCIDENT_GOOD, UINT64_C(0x88) << 40);
	unit_check_eq(INCIDENT_OTHER_BAD ^ INCIDENT_OTHER_GOOD, UINT64_C(0x88) << 40);
	model_free(m);
}
END_TEST

/* Without the two bad words everything is as it should be. */
START_TEST(mended)
{
	struct model *m = booted();
	struct census *census;
	const char *wrong;
	struct run *run;

	word_set(m, INCIDENT_KMEM_CACHE_CPU + CPU_FREELIST, INCIDENT_GOOD);
	word_set(m, INCIDENT_OTHER_SLOT, INCIDENT_OTHER_GOOD);
	run = check(m, (struct run_options){ .scan = true });
	run_nothing_else(run, NULL);
	run_verdict(run, VERDICT_CLEAN);
	run_free(run);
	census = census_take(m, 0);
	ck_assert_ptr_nonnull(census);
	wrong = census_check(census);
	unit_check(!wrong, "%s", wrong);
	census_free(census);
	model_free(m);
}
END_TEST

/* The sentence that gives the reasons. */
static void why_expect(const struct run *run, unsigned int cpu, const char *text)
{
	const char *line = run_line(run, "type=finding id=freelist-wild cpu=%u", cpu);
	char why[512];

	ck_assert_ptr_nonnull(line);
	json_member(line, "evidence", why, sizeof(why));
	unit_check(strstr(why, text) != NULL, "no \"%s\" in: %s", text, line);
}

static void head_expect(struct run *run)
{
	run_expect(run,
		   "id=freelist-wild severity=corrupt cache=kmalloc-32 cache_address=0x%llx "
		   "place=cpu-freelist cpu=%d slab_base=0x%llx slot=0x%llx slot_name=c->freelist "
		   "raw=0x%llx expected=0x%llx repair=0x%llx cause=short-store",
		   H(INCIDENT_CACHE), INCIDENT_CPU, H(INCIDENT_BASE), H(INCIDENT_KMEM_CACHE_CPU),
		   H(INCIDENT_BAD), H(INCIDENT_GOOD), H(INCIDENT_GOOD));
	why_expect(
		run, INCIDENT_CPU,
		"Object 40 (0xffff88088fec6500) is on no list and starts a chain "
		"of length 3: the rest of this list. Compared with the expected value, byte 5 was zeroed.");
}

static void link_expect(struct run *run)
{
	run_expect(run,
		   "id=freelist-wild severity=corrupt cache=kmalloc-32 cache_address=0x%llx "
		   "place=cpu-freelist cpu=%d slab_base=0x%llx object=0x%llx index=20 hop=1 "
		   "previous=0x%llx previous_index=8 slot=0x%llx slot_name=freepointer "
		   "raw=0x%llx expected=0x%llx repair=0x%llx cause=short-store certainty=certain",
		   H(INCIDENT_CACHE), INCIDENT_OTHER_CPU, H(INCIDENT_OTHER_BASE),
		   H(INCIDENT_OTHER_SLOT), H(INCIDENT_OTHER_PREVIOUS), H(INCIDENT_OTHER_SLOT),
		   H(INCIDENT_OTHER_BAD), H(INCIDENT_OTHER_GOOD), H(INCIDENT_OTHER_GOOD));
	why_expect(run, INCIDENT_OTHER_CPU,
		   "Object 45 (0xffff8808569645a0) is on no list and starts a chain "
		   "of length 65: the rest of this list. ");
	why_expect(run, INCIDENT_OTHER_CPU, "byte 5 was zeroed.");
}

static void panic_expect(struct run *run)
{
	run_expect_type(run, "panic",
			"cpu=%d pid=%d comm=make symbol=kmem_cache_alloc_trace offset=124 "
			"finding=freelist-wild cache=kmalloc-32 registers/r13=0x%llx "
			"registers/r12=0x%llx registers/r15=0x%llx registers/r8=0x%llx "
			"registers/rdx=- registers/rdi=-",
			INCIDENT_CPU, INCIDENT_PID, H(INCIDENT_BAD), H(INCIDENT_CACHE),
			H(INCIDENT_CACHE), H(INCIDENT_KMEM_CACHE_CPU));
}

static void meaning_expect(const struct run *run, const char *reg, const char *text)
{
	const char *line = run_line(run, "type=panic");
	char path[32], meaning[128] = "";

	ck_assert_ptr_nonnull(line);
	snprintf(path, sizeof(path), "meanings/%s", reg);
	json_member(line, path, meaning, sizeof(meaning));
	ck_assert_str_eq(meaning, text);
}

/* A tid grows by one where the kernel cannot be preempted, and says nothing of its CPU. */
static void findings_expect(struct model *m, bool scan)
{
	struct run *run = check(m, (struct run_options){ .scan = scan });

	head_expect(run);
	link_expect(run);
	why_expect(run, INCIDENT_CPU,
		   "The freepointer of object 77 (0xffff88088fec69a0) still points there: "
		   "that word was damaged, and the object has been handed out since.");
	run_nothing_else(run, NULL);
	panic_expect(run);
	meaning_expect(run, "r13", "the address in the damaged head");
	meaning_expect(run, "r12", "the kmem_cache");
	meaning_expect(run, "r15", "the kmem_cache");
	meaning_expect(run, "r8", "the kmem_cache_cpu of that CPU");
	run_expect_type(run, "summary", "tid_step=1 encoding=plain caches_corrupt=1");
	run_verdict(run, VERDICT_CORRUPT);
	run_free(run);
}

START_TEST(findings)
{
	struct model *m = booted();

	findings_expect(m, false);
	findings_expect(m, true);
	model_free(m);
}
END_TEST

/* Whoever got the object before may have cleared it, as AppArmor would have. */
START_TEST(previous_cleared)
{
	struct model *m = booted();
	struct run *run;

	word_set(m, INCIDENT_PREVIOUS, 0);
	run = check(m, (struct run_options){ 0 });
	head_expect(run);
	link_expect(run);
	why_expect(run, INCIDENT_CPU, "either that freepointer or this head was overwritten.");
	run_nothing_else(run, NULL);
	panic_expect(run);
	run_free(run);
	model_free(m);
}
END_TEST

/* Before the object with the bad word was handed out, it was on the list: 77 -> bad. */
START_TEST(before_the_load)
{
	struct model *m = booted();
	struct run *run;

	word_set(m, INCIDENT_KMEM_CACHE_CPU + CPU_FREELIST, INCIDENT_PREVIOUS);
	run = check(m, (struct run_options){ 0 });
	run_expect(run,
		   "id=freelist-wild place=cpu-freelist cpu=%d object=0x%llx index=77 hop=0 "
		   "slot=0x%llx raw=0x%llx expected=0x%llx repair=0x%llx cause=short-store "
		   "certainty=certain",
		   INCIDENT_CPU, H(INCIDENT_PREVIOUS), H(INCIDENT_PREVIOUS), H(INCIDENT_BAD),
		   H(INCIDENT_GOOD), H(INCIDENT_GOOD));
	link_expect(run);
	run_nothing_else(run, NULL);
	panic_expect(run);
	run_free(run);
	model_free(m);
}
END_TEST

/* -s of both addresses that crash could not read, and of those that they were. */
START_TEST(addresses)
{
	struct model *m = booted();
	struct run *run;

	run = check(m, (struct run_options){ .is_address = true, .address = INCIDENT_GOOD });
	run_expect_type(run, "address", "cache=kmalloc-32 slab_base=0x%llx index=40 state=lost",
			H(INCIDENT_BASE));
	run_free(run);
	run = check(m, (struct run_options){ .is_address = true, .address = INCIDENT_OTHER_GOOD });
	run_expect_type(run, "address", "cache=kmalloc-32 slab_base=0x%llx index=45 state=lost",
			H(INCIDENT_OTHER_BASE));
	run_free(run);
	model_free(m);
}
END_TEST

START_TEST(text)
{
	static const char *const words[] = {
		"kmalloc-32: corrupt, 2 findings",
		"freelist of CPU 14",
		"c->freelist ffff88203f896240 holds ffff00088fec6500",
		"expected ffff88088fec6500",
		"byte 5 was zeroed",
		"(object 20), number 2 on the list after object 8",
		"freepointer ffff880856964280 holds ffff0008569645a0",
		"expected ffff8808569645a0",
		"CPU 14, task make (47656), at kmem_cache_alloc_trace+0x7c",
		"r13 ffff00088fec6500 the address in the damaged head",
		"r12 ffff880fff403c00 the kmem_cache",
		"r8 ffff88203f896240 the kmem_cache_cpu of that CPU",
		"CORRUPT: 2 findings in 1 of 28 caches",
	};
	struct model *m = booted();
	struct run *run = check(m, (struct run_options){ .text = true, .terse = true });

	run_unfold(run);
	for (int n = 0; n < UNIT_COUNT(words); n++)
		unit_check(strstr(run->text, words[n]) != NULL, "no %s in:\n%s", words[n],
			   run->text);
	run_free(run);
	model_free(m);
}
END_TEST

/* The model in the memory of the dump, from the state that CPU 14 died in. */
static void next_of(struct model *m, unsigned int cpu, struct next *next)
{
	struct next_seen *seen;
	const char *error;
	struct model *dump = model_attach(model_target(m), FREEPTR_PLAIN, 1, &error);

	unit_check(dump != NULL, "%s", error);
	seen = calloc(NEXT_SEEN_ROOM, sizeof(*seen));
	ck_assert_ptr_nonnull(seen);
	next_find(dump, cpu, INCIDENT_CACHE, next, seen);
	free(seen);
	model_free(dump);
}

static void death_expect(const struct next_allocation *a, uint64_t address)
{
	ck_assert_int_eq(a->end, MODEL_OOPS);
	ck_assert_int_eq(a->oops.kind, MODEL_OOPS_FAULT);
	unit_check_eq(a->oops.address, address);
	ck_assert_str_eq(a->oops.what, "loads the freepointer of the object");
	ck_assert_str_eq(next_death(&a->oops), "general protection fault");
}

START_TEST(next_allocation)
{
	struct model *m = booted();
	struct next next;

	/* It died there when it happened, too. */
	ck_assert_int_eq(model_oops(m)->kind, MODEL_OOPS_FAULT);
	unit_check_eq(model_oops(m)->cpu, INCIDENT_CPU);
	unit_check_eq(model_oops(m)->address, INCIDENT_BAD);
	next_of(m, INCIDENT_CPU, &next);
	unit_check_eq(next.good, 0);
	death_expect(&next.first, INCIDENT_BAD);
	/* CPU 5 would have been the next: it hands out 8 and 20 first. */
	next_of(m, INCIDENT_OTHER_CPU, &next);
	unit_check_eq(next.good, 2);
	unit_check_eq(next.first.object, INCIDENT_OTHER_PREVIOUS);
	unit_check_eq(next.first.index, 8);
	death_expect(&next.last, INCIDENT_OTHER_BAD);
	/* The others are fine until they need pages. */
	next_of(m, 6, &next);
	ck_assert(next.good > 0 && next.last.wants_pages);
	model_free(m);
}
END_TEST

Suite *suite_model_incident(void)
{
	Suite *suite = suite_create("model_incident");
	TCase *incident = tcase_create("incident");

	tcase_add_test(incident, numbers);
	tcase_add_test(incident, mended);
	tcase_add_test(incident, findings);
	tcase_add_test(incident, previous_cleared);
	tcase_add_test(incident, before_the_load);
	tcase_add_test(incident, addresses);
	tcase_add_test(incident, text);
	tcase_add_test(incident, next_allocation);
	tcase_set_timeout(incident, RUN_TIMEOUT);
	suite_add_tcase(suite, incident);
	return suite;
}
