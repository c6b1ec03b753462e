/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Causes that look alike: each test is a state in which one of them was once taken for another.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/json_read.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define ERA(i) ((enum image_era)(i))
#define H(value) ((unsigned long long)(value))

static bool is_hardened(const struct world *w)
{
	return w->image->encoding != FREEPTR_PLAIN;
}

static struct run *checked(struct world *w)
{
	return run_check(w->image, (struct run_options){ 0 });
}

static void done(struct world *w, struct run *run)
{
	run_free(run);
	world_free(w);
}

static void fill(struct world *w, uint64_t from, uint64_t to, char c)
{
	for (; from < to; from++)
		image_put(w->image, from, (uint8_t)c, 1);
}

/* The cause with that id is among those of the finding. */
static bool is_listed(const struct run *run, const char *id, const char *cause)
{
	const char *line = run_line(run, "type=finding id=%s", id);
	char causes[2048], wanted[64];

	ck_assert_ptr_nonnull(line);
	json_member(line, "causes", causes, sizeof(causes));
	snprintf(wanted, sizeof(wanted), "\"cause\":\"%s\"", cause);
	return strstr(causes, wanted) != NULL;
}

static void counters_set(struct world *w, struct image_slab *slab, unsigned int in_use)
{
	image_slab_store(slab, "counters", image_counters(w->image, in_use, slab->objects, false));
}

/* 4 6 8: 6 is freed again after 4 and its own allocation, that is 6 4 6. The counters count both
 * frees, and 8 is what 6 led to. */
EACH_ERA(freed_twice_by_the_counters)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	struct run *run;

	image_slab_store(slab, "freelist", image_object(slab, 6));
	image_link(slab, 6, 4);
	image_link(slab, 4, 6);
	counters_set(w, slab, slab->objects - 4);
	run = checked(w);
	run_expect(run, "id=freelist-cycle cause=double-free certainty=%s repair=-",
		   is_hardened(w) ? "certain" : "likely");
	done(w, run);
}

/* The same objects, and one flipped bit: 8 (1000) is 0 (0000), which is on the list as well. What is
 * listed and what is lost add up to what the counters say. */
EACH_ERA(flipped_bit_by_the_counters)
{
	struct world *w = world_unsealed(ERA(turn));
	struct image_slab *slab;
	struct run *run;

	slab = image_slab(w->alpha, ON_NODE_PARTIAL, 0, LIST(0, 5, 8, 9), NULL);
	image_seal(w->image);
	image_link(slab, 5, 0);
	run = checked(w);
	run_expect(run,
		   "id=freelist-cycle slab=0x%llx cause=bit-flip certainty=likely repair=0x%llx",
		   H(slab->page), H(image_object(slab, 8)));
	ck_assert(is_listed(run, "freelist-cycle", "double-free"));
	done(w, run);
}

/* Nobody counts what is on a CPU's list: both explain the cycle, and neither is certain. */
EACH_CPU_ERA(both_on_a_cpu)
{
	struct world *w = world_unsealed(ERA(turn));
	struct image_slab *slab;
	struct run *run;

	slab = image_slab(w->alpha, ON_CPU, 3, NONE, LIST(0, 5, 8, 9));
	image_seal(w->image);
	image_link(slab, 5, 0);
	run = checked(w);
	run_expect(run, "id=freelist-cycle slab=0x%llx cause=double-free certainty=likely",
		   H(slab->page));
	ck_assert(is_listed(run, "freelist-cycle", "bit-flip"));
	done(w, run);
}

/* A, B, A in one detached list: B leads into the list and is on none, and the counters lost two. */
EACH_ERA(freed_twice_in_a_detached_list)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	struct run *run;

	image_link(slab, 30, 4);
	counters_set(w, slab, slab->objects - 5);
	run = checked(w);
	run_expect(run, "id=freelist-count cause=double-free");
	done(w, run);
}

/* 4 8 with 6 left out, and 6 leads to 8: the link of 4 is what was overwritten. */
EACH_ERA(skipped_object)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	uint64_t slot = image_slot(slab, 4), good = image_word(w->image, slot);
	struct run *run;

	image_link(slab, 4, 8);
	run = checked(w);
	run_expect(run, "id=freelist-count index=4 slot=0x%llx expected=0x%llx repair=0x%llx",
		   H(slot), H(good), H(image_object(slab, 6)));
	done(w, run);
}

/* The list's head is NULL, and its chain is whole: it is not the use count that is wrong. */
EACH_ERA(zeroed_head)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	uint64_t slot = image_slab_field(slab, "freelist");
	struct run *run;

	image_set(w->image, slot, 0);
	run = checked(w);
	run_expect(run,
		   "id=freelist-count slot=0x%llx slot_name=slab->freelist raw=0x0 "
		   "expected=0x%llx cause=metadata-write",
		   H(slot), H(image_object(slab, 4)));
	done(w, run);
}

/* memset() of one free object, no byte more: nothing came from the object before it. */
EACH_ERA(memset_of_one_object)
{
	struct world *w = world_new(ERA(turn));
	uint64_t object = image_object(w->node0[0], 6);
	struct run *run;

	/* What ends the run to the left is text as well. */
	image_put(w->image, object - 1, 'B', 1);
	fill(w, object, object + 64, 'A');
	run = checked(w);
	run_expect(run,
		   "id=freelist-wild index=6 cause=use-after-free certainty=likely "
		   "extent_first=0x%llx extent_last=0x%llx",
		   H(object), H(object + 63));
	done(w, run);
}

/* 33 bytes too many of an object that ends 32 bytes before the slot: one byte of the link is hit. */
EACH_ERA(overflow_into_the_first_byte)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	uint64_t start = image_object(slab, 5) + 24, slot = image_slot(slab, 6);
	uint64_t good = image_word(w->image, slot);
	struct run *run;
	char byte = 'A';

	/* A byte that is what it was would not be damaged. */
	if ((good & 0xff) == 'A')
		byte = 'C';
	fill(w, start, slot + 1, byte);
	run = checked(w);
	run_expect(run, "index=6 cause=overflow extent_first=0x%llx extent_last=0x%llx", H(start),
		   H(slot));
	done(w, run);
}

/* kfree(p + 16) makes p + 16 the head and stores the rest of the list 16 bytes behind p's link. */
EACH_ERA(free_of_an_inner_address)
{
	struct world *w = world_new(ERA(turn));
	struct image_slab *slab = w->node0[0];
	uint64_t inner = image_object(slab, 30) + 16,
		 offset = image_slot(slab, 0) - image_object(slab, 0);
	struct run *run;

	image_set(w->image, inner + offset,
		  image_encode(w->alpha, inner + offset, image_object(slab, 4)));
	image_slab_store(slab, "freelist", inner);
	counters_set(w, slab, slab->objects - 4);
	run = checked(w);
	run_expect(run, "id=freelist-misaligned cause=inner-free certainty=certain expected=0x%llx",
		   H(image_object(slab, 30)));
	done(w, run);
}

/* A counter of the object's former owner, once more. */
EACH_ERA(counted_freepointer)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->node0[0], 6), good = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, good + (UINT64_C(1) << 32));
	run = checked(w);
	run_expect(run, "index=6 slot=0x%llx expected=0x%llx cause=use-after-free", H(slot),
		   H(good));
	done(w, run);
}

EACH_ERA(saturated_refcount)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->node0[0], 6), good = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, (good & ~UINT64_C(0xffffffff)) | 0xc0000000);
	run = checked(w);
	run_expect(run, "index=6 slot=0x%llx cause=use-after-free", H(slot));
	done(w, run);
}

/* A whole word that was stored with the key, to a page that is not a slab. */
EACH_ERA(encoded_pointer_to_a_page)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->node0[0], 6), page = image_data(w->image, 64);
	struct run *run;

	image_set(w->image, slot, image_encode(w->alpha, slot, page));
	run = checked(w);
	if (is_hardened(w))
		run_expect(run, "index=6 slot=0x%llx cause=encoded-store", H(slot));
	else
		run_expect(run, "index=6 slot=0x%llx certainty=likely", H(slot));
	done(w, run);
}

/* The head is what the key made of a word of A's in the freepointer of object 40. */
EACH_CPU_ERA(head_from_an_overwritten_freepointer)
{
	struct world *w = world_new(ERA(turn));
	uint64_t slot = image_slot(w->cpu0, 40), word = UINT64_C(0x4141414141414141);
	struct run *run;

	if (is_hardened(w)) {
		image_set(w->image, image_cpu_field(w->alpha, 0, "freelist"),
			  word ^ image_encode(w->alpha, slot, 0));
		run = checked(w);
		run_expect(run, "id=freelist-wild slot_name=c->freelist cause=use-after-free");
		run_free(run);
	}
	world_free(w);
}

/* Nobody is to blame for what a CPU is in the middle of. */
EACH_CPU_ERA(transients_have_no_cause)
{
	struct world *w = world_new(ERA(turn));
	struct run *run;

	image_set(w->image, image_cpu_field(w->alpha, 0, "slab"), 0);
	run = checked(w);
	for (const char *line = run->text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strstr(line, "\"severity\":\"transient\"") == NULL)
			break;
		ck_assert_ptr_null(strstr(line, "\"causes\""));
	}
	done(w, run);
}

Suite *suite_checker_causes(void)
{
	Suite *suite = suite_create("checker_causes");
	TCase *alike = tcase_create("alike");

	tcase_add_test(alike, freed_twice_by_the_counters);
	tcase_add_test(alike, flipped_bit_by_the_counters);
	tcase_add_test(alike, both_on_a_cpu);
	tcase_add_test(alike, freed_twice_in_a_detached_list);
	tcase_add_test(alike, skipped_object);
	tcase_add_test(alike, zeroed_head);
	tcase_add_test(alike, memset_of_one_object);
	tcase_add_test(alike, overflow_into_the_first_byte);
	tcase_add_test(alike, free_of_an_inner_address);
	tcase_add_test(alike, counted_freepointer);
	tcase_add_test(alike, saturated_refcount);
	tcase_add_test(alike, encoded_pointer_to_a_page);
	tcase_add_test(alike, head_from_an_overwritten_freepointer);
	tcase_add_test(alike, transients_have_no_cause);
	tcase_set_timeout(alike, RUN_TIMEOUT);
	suite_add_tcase(suite, alike);
	return suite;
}
