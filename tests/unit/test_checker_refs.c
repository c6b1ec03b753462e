/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who points to an object (--refs), and which free objects something live points to (--dangling).
 */
#include <string.h>

#include "tests/unit/dead_kernel.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)(i))
#define H(value) ((unsigned long long)(value))

/* A page of the image that nobody has. */
static uint64_t spare_page(const struct world *w)
{
	return w->image->direct_map + 900 * IMAGE_PAGE;
}

static struct run *refs_run(struct world *w, uint64_t addr)
{
	return run_check(w->image, (struct run_options){ .refs = { addr, addr + 1 } });
}

/* How many references a run lists. */
static size_t references(const struct run *run)
{
	size_t nr = 0;

	for (size_t i = 0; i < run->nr_lines; i++)
		nr += strstr(run->lines[i], "\"type\":\"reference\"") != NULL;
	return nr;
}

/* One in each place: an allocated object, a free one, a page. Their holders are told apart. */
EACH_ERA(refs_of_a_free_object)
{
	struct world *w = world_new(ERA(turn));
	uint64_t target = image_object(w->node0[0], 6), page = spare_page(w) + 0x120;
	uint64_t live = image_object(w->full1, 3) + 24, dead = image_object(w->node1, 11) + 24;
	struct run *run;

	image_set(w->image, live, target);
	image_set(w->image, dead, target + 8);
	image_set(w->image, page, target + 63);
	run = refs_run(w, target + 16);
	run_expect_type(run, "range", "start=0x%llx end=0x%llx cache=alpha state=free index=6",
			H(target), H(target + 64));
	run_expect_type(run, "reference", "kind=object life=dangling address=0x%llx value=0x%llx",
			H(live), H(target));
	run_expect_type(run, "reference", "kind=object life=dead address=0x%llx value=0x%llx",
			H(dead), H(target + 8));
	run_expect_type(run, "reference", "kind=page address=0x%llx value=0x%llx", H(page),
			H(target + 63));
	/* 4 leads to 6. */
	run_expect_type(run, "reference", "kind=freepointer address=0x%llx value=0x%llx",
			H(image_object(w->node0[0], 4)), H(target));
	unit_check(references(run) == 4, "%zu references", references(run));
	run_free(run);
	run_free(run_check(w->image,
			   (struct run_options){ .refs = { target, target + 1 }, .text = true }));
	world_free(w);
}

/* An allocated target does not dangle, and a pointer beyond its end is none to it. */
EACH_ERA(refs_of_an_allocated_object)
{
	struct world *w = world_new(ERA(turn));
	uint64_t target = image_object(w->full1, 7), live = image_object(w->full1, 9) + 8;
	struct run *run;

	image_set(w->image, live, target);
	image_set(w->image, live + 8, target + 64);
	image_set(w->image, live + 16, target - 1);
	run = refs_run(w, target);
	run_expect_type(run, "reference", "kind=object life=live dangling=false address=0x%llx",
			H(live));
	unit_check(references(run) == 1, "%zu references", references(run));
	run_free(run);
	world_free(w);
}

/* What an exception saved on a stack is a register of its CPU, and each is listed once. */
START_TEST(refs_saved_registers)
{
	struct dead_kernel d = dead_new(ERA_6_1);
	uint64_t target = image_object(d.w->node0[0], 6), other;
	struct run *run;

	dead_frame_make(&d, OTHER_AT + AT);
	dead_reg_set(&d, X86_64_DI, target + 16);
	dead_reg_set(&d, X86_64_R13, target);
	other = dead_other_cpu(&d, 1, FREE_AT + AT);
	image_set(d.image, other + 8 * X86_64_AX, target + 8);
	/* Beside the frame it is a word of the stack. */
	image_set(d.image, d.frame + FRAME_SIZE + 8, target);
	run = refs_run(d.w, target);
	run_expect_type(run, "reference",
			"kind=register life=dangling address=0x%llx value=0x%llx holder/cpu=0 "
			"holder/register=rdi holder/function=list_lru_del",
			H(d.frame + 8 * X86_64_DI), H(target + 16));
	run_expect_type(run, "reference",
			"kind=register address=0x%llx holder/cpu=0 holder/register=r13",
			H(d.frame + 8 * X86_64_R13));
	run_expect_type(run, "reference",
			"kind=register address=0x%llx holder/cpu=1 holder/register=rax "
			"holder/function=kmem_cache_free",
			H(other + 8 * X86_64_AX));
	run_expect_type(run, "reference", "address=0x%llx holder/register=-",
			H(d.frame + FRAME_SIZE + 8));
	/* And the freepointer of 4. */
	unit_check(references(run) == 5, "%zu references", references(run));
	run_free(run);
	dead_free(&d);
}
END_TEST

START_TEST(refs_unaligned_and_outside)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t target = image_object(w->full1, 7), odd = spare_page(w) + IMAGE_PAGE - 3;
	struct run_options o = { .refs = { target, target + 64 } };
	struct run *run;

	/* Over the end of a page, and in the object itself. */
	image_set(w->image, odd, target);
	image_set(w->image, target + 8, target);
	run = run_check(w->image, o);
	unit_check(references(run) == 1, "%zu references", references(run));
	run_free(run);
	o.unaligned = true;
	run = run_check(w->image, o);
	run_expect_type(run, "reference", "kind=page address=0x%llx", H(odd));
	unit_check(references(run) == 2, "%zu references", references(run));
	run_free(run);
	o.outside = true;
	run = run_check(w->image, o);
	unit_check(references(run) == 1, "%zu references", references(run));
	run_free(run);
	world_free(w);
}
END_TEST

/* What the dump lacks is counted, and the verdict says so. */
START_TEST(refs_absent)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t target = image_object(w->full1, 7);
	struct run *run;

	image_set(w->image, spare_page(w) + 8, target);
	image_set(w->image, spare_page(w) + IMAGE_PAGE + 8, target);
	image_absent(w->image, spare_page(w));
	run = refs_run(w, target);
	run_expect_type(run, "references", "references=1 bytes_absent=%u stopped=false",
			IMAGE_PAGE);
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	world_free(w);
}
END_TEST

START_TEST(refs_budget)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t target = image_object(w->full1, 7);
	struct run *run = run_check(w->image, (struct run_options){ .refs = { target, target + 1 },
								    .budget_bytes = 1 << 20 });

	run_expect_type(run, "references", "stopped=true");
	run_verdict(run, VERDICT_UNKNOWN);
	run_free(run);
	world_free(w);
}
END_TEST

/* What the allocator itself keeps does not dangle: heads of freelists, sheaves. */
EACH_ERA(refs_dangling)
{
	struct world *w = world_new(ERA(turn));
	uint64_t target = image_object(w->node0[0], 6), live = image_object(w->full1, 3) + 24;
	struct run_options o = { .dangling = true, .names = { "alpha" } };
	struct run *run = run_check(w->image, o);

	unit_check(references(run) == 0, "%s: %zu references: %s", run->era, references(run),
		   run->text);
	run_free(run);
	image_set(w->image, live, target + 4);
	run = run_check(w->image, o);
	run_expect_type(run, "reference", "kind=object dangling=true address=0x%llx", H(live));
	unit_check(references(run) == 1, "%zu references", references(run));
	run_free(run);
	world_free(w);
}

Suite *suite_checker_refs(void)
{
	Suite *suite = suite_create("checker_refs");
	TCase *tcase = tcase_create("refs");

	tcase_set_timeout(tcase, RUN_TIMEOUT);
	tcase_add_test(tcase, refs_of_a_free_object);
	tcase_add_test(tcase, refs_of_an_allocated_object);
	tcase_add_test(tcase, refs_saved_registers);
	tcase_add_test(tcase, refs_unaligned_and_outside);
	tcase_add_test(tcase, refs_absent);
	tcase_add_test(tcase, refs_budget);
	tcase_add_test(tcase, refs_dangling);
	suite_add_tcase(suite, tcase);
	return suite;
}
