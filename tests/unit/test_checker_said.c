/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be said as a fact, and what is one explanation of several. */
#include <string.h>

#include "tests/unit/json_read.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)(i))
#define H(value) ((unsigned long long)(value))
#define GARBAGE UINT64_C(0x8c0efb5c387d3e12)

static struct run *checked(struct world *w)
{
	return run_check(w->image, (struct run_options){ 0 });
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

/* Objects in use that still hold the links of another life. */
static void old_links(struct image_slab *slab, int from, int nr)
{
	for (int i = 0; i < nr; i++)
		image_link(slab, from + i, i + 1 < nr ? from + i + 1 : -1);
}

/* 4 6 8, and three of 64 are free: what belongs behind 8 is the end, whatever objects in use hold. */
EACH_ERA(end_by_the_counters)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	uint64_t slot = image_slot(slab, 8), good = image_word(w->image, slot);
	struct run *run;

	old_links(slab, 40, 3);
	image_set(w->image, slot, GARBAGE);
	run = checked(w);
	run_expect(run, "id=freelist-wild slot=0x%llx expected=0x%llx repair=- left=allocated",
		   H(slot), H(good));
	done(w, run);
}

/* 4 6 8: one is missing behind 6, which is 8 alone: 7 and 9 hold no link, or one that is old. */
EACH_ERA(lost_by_the_counters)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	uint64_t slot = image_slot(slab, 6), good = image_word(w->image, slot);
	struct run *run;

	image_link(slab, 7, 40);
	image_link(slab, 40, 41);
	image_set(w->image, slot, GARBAGE);
	run = checked(w);
	run_expect(run,
		   "id=freelist-wild slot=0x%llx expected=0x%llx left=allocated right=allocated",
		   H(slot), H(good));
	done(w, run);
}

/* Two chains have the length that is missing. */
EACH_ERA(either_of_two_chains)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	uint64_t slot = image_slot(slab, 6);
	struct run *run;

	old_links(slab, 7, 1);
	image_set(w->image, slot, GARBAGE);
	run = checked(w);
	run_expect(run, "id=freelist-wild slot=0x%llx expected=- repair=- right=unknown", H(slot));
	ck_assert_ptr_nonnull(strstr(run->text, "By the counters 1 free object is missing: among "
						"the 2 objects on no list that hold a link."));
	done(w, run);
}

/* Nobody counts what is on a CPU's list, and objects in use hold links as well. */
EACH_CPU_ERA(old_links_beside_a_cpus_list)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->cpu0, 3);
	struct run *run;

	old_links(w->cpu0, 30, 20);
	image_set(w->image, slot, GARBAGE);
	run = checked(w);
	run_expect(run, "id=freelist-wild slot=0x%llx expected=- repair=- right=unknown", H(slot));
	done(w, run);
}

/* 5 3 9: no object but 9 holds a link, so that owners overwrite it. */
EACH_CPU_ERA(near_link_of_a_cpus_list)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->cpu0, 3), good = image_word(w->image, slot);
	struct run *run;

	if (w->image->encoding != FREEPTR_PLAIN) {
		image_set(w->image, slot, good ^ UINT64_C(0x5a) << 56);
		run = checked(w);
		run_expect(run, "id=freelist-wild slot=0x%llx expected=0x%llx", H(slot), H(good));
		run_free(run);
	}
	world_free(w);
}

/* 4 6 8 with a use count of one less: an object in use whose old link ends a list fits, and proves
 * nothing where others hold old links as well. */
EACH_ERA(use_count_or_cut)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	struct run *run;

	for (int i = 20; i < 50; i++)
		image_link(slab, i, 4);
	image_link(slab, 60, -1);
	image_slab_store(slab, "counters",
			 image_counters(w->image, slab->objects - 4, slab->objects, false));
	run = checked(w);
	run_expect(run, "id=freelist-count slab=0x%llx expected=- repair=-", H(slab->page));
	done(w, run);
}

/* What a list holds is the entry in the descriptor. */
EACH_CPU_ERA(pointer_of_a_list)
{
	struct world *w = world_new(ERA(turn));
	uint64_t entry = image_slab_field(w->cpu0, "slab_list"), next, run_slot;
	struct image_slab *last = w->node0[2];
	struct run *run;

	next = image_word(w->image, image_slab_field(last, "slab_list"));
	run_slot = image_slab_field(last, "slab_list");
	image_set(w->image, entry, next);
	image_set(w->image, entry + 8, run_slot);
	image_set(w->image, run_slot, entry);
	image_set(w->image, next + 8, entry);
	run = checked(w);
	run_expect(run, "id=slab-duplicate slab=0x%llx slot=0x%llx raw=0x%llx", H(w->cpu0->page),
		   H(run_slot), H(entry));
	done(w, run);
}

/* A full slab that names another cache: its owner or its counters are wrong, and nothing tells which. */
EACH_ERA(owner_in_doubt)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_slab_store(w->full1, "slab_cache", w->gamma->addr);
	run = run_check(w->image, (struct run_options){ .scan = true });
	run_expect(run, "id=slab-objects slab=0x%llx cache=gamma expected=-", H(w->full1->page));
	ck_assert_ptr_null(run_line(run, "type=finding id=slab-inuse"));
	done(w, run);
}

/* The link lies behind the object, so that the owner of one that was handed out again left it there. */
EACH_CPU_ERA(either_was_freed_twice)
{
	struct world *w = world_new(ERA(turn));
	const char *line;
	char causes[2048];
	struct run *run;

	/* 41 0 and round again. */
	image_link(w->wide_cpu, 0, 41);
	run = checked(w);
	run_expect(run, "id=freelist-cycle cache=gamma cause=double-free");
	line = run_line(run, "type=finding id=freelist-cycle");
	json_member(line, "causes", causes, sizeof(causes));
	ck_assert_ptr_nonnull(strstr(causes, "and has been allocated since"));
	ck_assert_ptr_null(strstr(causes, "\"object\""));
	done(w, run);
}

Suite *suite_checker_said(void)
{
	Suite *suite = suite_create("checker_said");
	TCase *said = tcase_create("said");

	tcase_add_test(said, end_by_the_counters);
	tcase_add_test(said, lost_by_the_counters);
	tcase_add_test(said, either_of_two_chains);
	tcase_add_test(said, old_links_beside_a_cpus_list);
	tcase_add_test(said, near_link_of_a_cpus_list);
	tcase_add_test(said, use_count_or_cut);
	tcase_add_test(said, pointer_of_a_list);
	tcase_add_test(said, owner_in_doubt);
	tcase_add_test(said, either_was_freed_twice);
	tcase_set_timeout(said, RUN_TIMEOUT);
	suite_add_tcase(suite, said);
	return suite;
}
