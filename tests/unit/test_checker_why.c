/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a kernel died (-w), also when all lists are healthy. */
#include <string.h>

#include "tests/unit/dead_kernel.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"

/* Of node0[0]: 4 6 8 are free. */
#define FREE_INDEX 4
#define USED_INDEX 30

#define H(value) ((unsigned long long)(value))

/* mov 0x30(%rbx),%rax, in a function that is not the allocator's. */
static const uint8_t load[] = { 0x48, 0x8b, 0x43, 0x30 };

static struct dead_kernel faulted(enum image_era era, uint64_t base)
{
	struct dead_kernel d = dead_new(era);

	dead_code_set(&d, OTHER_AT + AT, load, sizeof(load));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, base);
	return d;
}

static struct run *asked(struct dead_kernel *d)
{
	return run_check(d->image, (struct run_options){ .scan = true, .why = true });
}

/* The task loaded the freepointer of a free object, and followed it: the lists are healthy. */
EACH_ERA(freepointer_followed)
{
	struct dead_kernel d = dead_new((enum image_era)turn);
	uint64_t object = image_object(d.w->node0[0], FREE_INDEX);
	uint64_t slot = image_slot(d.w->node0[0], FREE_INDEX);
	uint64_t raw = image_word(d.image, slot);
	struct run *run;

	dead_code_set(&d, OTHER_AT + AT, load, sizeof(load));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, raw);
	dead_reg_set(&d, X86_64_DI, object);
	run = asked(&d);
	/* A plain link is an object's address, and that can be read. */
	if (turn != ERA_3_13) {
		run_expect_type(run, "why",
				"story=freed-object-used cause=use-after-free certainty=certain "
				"allocator_innocent=true death/base=rbx death/displacement=48 "
				"death/symbol=list_lru_del object/address=0x%llx "
				"object/state=free object/wrong_first=0x%llx",
				H(object), H(slot));
		run_verdict(run, VERDICT_CLEAN);
	}
	run_free(run);
	dead_free(&d);
}

START_TEST(null_pointer)
{
	struct dead_kernel d = faulted(ERA_6_1, 0);
	struct run *run = asked(&d);

	run_expect_type(
		run, "why",
		"story=null-pointer cause=unknown allocator_innocent=true "
		"death/exception=page-fault death/accessed=0x%x death/accessed_kind=null-offset",
		0x30);
	run_free(run);
	dead_free(&d);
}
END_TEST

START_TEST(poison)
{
	struct dead_kernel d = faulted(ERA_6_1, UINT64_C(0x6b6b6b6b6b6b6b6b));
	struct run *run = asked(&d);

	run_expect_type(run, "why",
			"story=freed-object-used cause=use-after-free certainty=likely "
			"death/exception=general-protection death/base=rbx");
	run_free(run);
	dead_free(&d);
}
END_TEST

/* The bad pointer lies in an object that is allocated: something wrote there. */
START_TEST(word_of_an_object)
{
	struct dead_kernel d = faulted(ERA_6_1, UINT64_C(0x00db000000001234));
	int32_t index = USED_INDEX;
	uint64_t object = image_object(d.w->node0[0], index);
	struct run *run;

	image_set(d.image, object + 8, UINT64_C(0x00db000000001234));
	dead_reg_set(&d, X86_64_DI, object);
	run = asked(&d);
	run_expect_type(run, "why",
			"story=object-damaged object/address=0x%llx object/state=allocated "
			"object/wrong_first=0x%llx",
			H(object), H(object + 8));
	run_free(run);
	dead_free(&d);
}
END_TEST

/* A pointer to an object with one bit flipped. */
START_TEST(flipped_bit)
{
	struct dead_kernel d = dead_new(ERA_6_1);
	uint64_t object = image_object(d.w->node0[0], USED_INDEX);
	struct run *run;

	dead_code_set(&d, OTHER_AT + AT, load, sizeof(load));
	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_BX, object ^ UINT64_C(1) << 58);
	run = asked(&d);
	run_expect_type(run, "why",
			"story=bad-pointer cause=bit-flip certainty=likely object/address=0x%llx",
			H(object));
	run_free(run);
	dead_free(&d);
}
END_TEST

/* What a kernel without an exception says, and one whose damage is the allocator's. */
START_TEST(no_exception)
{
	struct world *w = world_new(ERA_6_1);
	struct run *run = run_check(w->image, (struct run_options){ .scan = true, .why = true });

	run_expect_type(run, "why", "story=no-exception cause=unknown death=-");
	run_free(run);
	world_free(w);
}
END_TEST

/* The object of an address: its bytes, and what its allocated neighbours hold. */
START_TEST(card)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t object = image_object(w->node0[0], USED_INDEX);
	struct run *run = run_check(
		w->image,
		(struct run_options){ .address = object + 1, .is_address = true, .why = true });

	run_expect_type(run, "object-card",
			"object/address=0x%llx object/state=allocated object/cache=alpha",
			H(object));
	run_free(run);
	world_free(w);
}
END_TEST

Suite *suite_checker_why(void)
{
	Suite *suite = suite_create("checker_why");
	TCase *tcase = tcase_create("stories");

	tcase_add_test(tcase, freepointer_followed);
	tcase_add_test(tcase, null_pointer);
	tcase_add_test(tcase, poison);
	tcase_add_test(tcase, word_of_an_object);
	tcase_add_test(tcase, flipped_bit);
	tcase_add_test(tcase, no_exception);
	tcase_add_test(tcase, card);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
