/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far damage reaches, and what it looks like. */
#include <stdio.h>
#include <string.h>

#include "decoders/stretch.h"
#include "tests/unit/run.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

#define H(value) ((unsigned long long)(value))

/* Of node0[0]: 4 6 8 are free, objects of 64 bytes. */
#define FREE_INDEX 6

START_TEST(patterns)
{
	static const struct {
		const char *bytes;
		size_t len, low, high;
		enum stretch_kind kind;
		size_t first, end;
	} cases[] = {
		{ "\0\0aaaaaaaaaa\0\0", 14, 4, 8, STRETCH_BYTE, 2, 12 },
		{ "\0\0aaaaaaa\0", 10, 4, 8, STRETCH_NONE, 4, 8 }, /* too few */
		{ "\0\0\0\0\0\0\0\0\0\0\0\0", 12, 2, 10, STRETCH_NONE, 2, 10 },
		{ "\1\2\3\4\5\6\7\10\11\11", 10, 3, 5, STRETCH_STEPS, 0, 9 },
		{ "\0\0some text here\0\0", 18, 6, 9, STRETCH_TEXT, 2, 16 },
		{ "\0\0some text here\0\0", 18, 12, 17, STRETCH_TEXT, 2, 17 }, /* with its end */
		{ "\0\0some text here\0\0", 18, 12, 18, STRETCH_NONE, 12, 18 },
		{ "\0\0some\1text here\0", 17, 3, 9, STRETCH_NONE, 3, 9 },
		{ "\1\377\1\377\1\377\1\377", 8, 0, 1, STRETCH_NONE, 0, 1 },
		{ "abcdefgh", 8, 0, 1, STRETCH_TEXT, 0, 8 },
		{ "aaaaaaaa", 8, 7, 8, STRETCH_BYTE, 0, 8 },
	};

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct stretch s = stretch_find((const uint8_t *)cases[i].bytes, cases[i].len,
						cases[i].low, cases[i].high);

		unit_check(s.kind == cases[i].kind && s.low == cases[i].first &&
				   s.high == cases[i].end,
			   "case %zu: %s from %zu to %zu", i, stretch_name(s.kind), s.low, s.high);
	}
}
END_TEST

static struct run *asked(struct world *w, uint64_t address, bool text)
{
	return run_check(w->image, (struct run_options){ .address = address,
							 .is_address = true,
							 .why = true,
							 .text = text });
}

static void bytes_set(struct image *image, uint64_t at, size_t len, unsigned int byte)
{
	for (size_t i = 0; i < len; i++)
		image_put(image, at + i, byte, 1);
}

/* Text from the object before, over the freepointer of this one. Its neighbours know of it, no others. */
EACH_ERA(text_over)
{
	static const char text[] =
		"a line of text that is longer than the object it was written to, "
		"or so it seems";
	struct world *w = world_new((enum image_era)turn);
	uint64_t object = image_object(w->node0[0], FREE_INDEX);
	uint64_t first = object - 24, last = first + sizeof(text) - 2;
	struct run *run;
	char row[64];

	for (size_t i = 0; i < sizeof(text); i++)
		image_put(w->image, first + i, (uint8_t)text[i], 1);
	for (int64_t side = -64; side <= 64; side += 64) {
		run = asked(w, object + (uint64_t)side, false);
		run_expect_type(run, "object-card",
				"object/extent/first=0x%llx object/extent/last=0x%llx "
				"object/extent/first_index=%d object/extent/first_offset=40 "
				"object/extent/last_index=%d object/extent/last_offset=%llu "
				"object/extent/pattern=text object/extent/page_start=false "
				"object/wrong_first=0x%llx",
				H(first), H(last), FREE_INDEX - 1, FREE_INDEX, H(last - object),
				H(first));
		run_free(run);
	}
	for (int64_t side = -192; side <= 128; side += 320) {
		run = asked(w, object + (uint64_t)side, false);
		run_expect_type(run, "object-card", "object/extent=- object/wrong_first=-");
		run_free(run);
	}
	run = asked(w, object, true);
	run_unfold(run);
	unit_check(strstr(run->text,
			  "object 5 + 0x28 to object 6 + 0x36; text \"a line of text that "
			  "is longer th\" ..."),
		   "%s", run->text);
	/* The bytes before the object that are part of it are shown as well. */
	snprintf(row, sizeof(row), ">%016llx: ef cd ab 89 67 45 23 01 61 20 6c", H(first - 8));
	unit_check(strstr(run->text, row), "%s", run->text);
	run_free(run);
	world_free(w);
}

/* The same byte from the start of the page to the end of an object. */
START_TEST(page)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t base = w->node0[0]->base, end = image_object(w->node0[0], FREE_INDEX) + 64;
	struct run *run;

	bytes_set(w->image, base, (size_t)(end - base), 0x5c);
	image_put(w->image, end, 0, 1);
	run = asked(w, end - 64, false);
	run_expect_type(run, "object-card",
			"object/extent/first=0x%llx object/extent/last=0x%llx "
			"object/extent/pattern=byte object/extent/page_start=true",
			H(base), H(end - 1));
	run_free(run);
	run = asked(w, end - 64, true);
	run_unfold(run);
	unit_check(strstr(run->text, "from the start of a page; all of them are 5c"), "%s",
		   run->text);
	run_free(run);
	world_free(w);
}
END_TEST

/* What the dump lacks ends it, and is not denied otherwise. */
START_TEST(page_absent)
{
	struct world *w = world_new(ERA_6_1);
	/* It begins a page, and is free. */
	uint64_t object = image_object(w->big_node, 12), slot = image_slot(w->big_node, 12);
	struct run *run;

	ck_assert_uint_eq(object % IMAGE_PAGE, 0);
	bytes_set(w->image, object - 100, (size_t)(slot + 16 - object) + 100, 0x41);
	run = asked(w, object, false);
	run_expect_type(run, "object-card",
			"object/extent/first=0x%llx object/extent/last=0x%llx "
			"object/extent/pattern=byte object/extent/page_start=false",
			H(object - 100), H(slot + 15));
	run_free(run);
	image_absent(w->image, object - 1);
	run = asked(w, object, false);
	run_expect_type(run, "object-card",
			"object/extent/first=0x%llx object/extent/last=0x%llx "
			"object/extent/pattern=byte object/extent/page_start=true",
			H(object), H(slot + 15));
	run_free(run);
	world_free(w);
}
END_TEST

/* Of a word whose old value is known, the bytes that differ. */
START_TEST(bytes_that_differ)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t slot = image_slot(w->node0[0], 4), raw = image_word(w->image, slot);
	struct run *run;

	image_set(w->image, slot, raw ^ UINT64_C(0x5500ff000000));
	run = asked(w, image_object(w->node0[0], 4), false);
	run_expect_type(run, "object-card",
			"object/extent/first=0x%llx object/extent/last=0x%llx "
			"object/extent/pattern=none object/extent/findings=1",
			H(slot + 3), H(slot + 5));
	run_free(run);
	world_free(w);
}
END_TEST

/* Bytes that a debugged cache misses; what is not wrong is not told of. */
START_TEST(contents)
{
	struct world *w = world_new(ERA_6_1);
	uint64_t object = image_object(w->delta->slabs[0], 3);
	struct run *run = asked(w, object, false);

	run_expect_type(run, "object-card", "object/address=0x%llx object/extent=-", H(object));
	run_free(run);
	bytes_set(w->image, object - 3, 2, 0x41);
	run = asked(w, object, false);
	run_expect_type(run, "object-card",
			"object/extent/first=0x%llx object/extent/last=0x%llx "
			"object/extent/pattern=none",
			H(object - 3), H(object - 2));
	run_free(run);
	world_free(w);
}
END_TEST

Suite *suite_checker_extent(void)
{
	Suite *suite = suite_create("checker_extent");
	TCase *tcase = tcase_create("extents");

	tcase_add_test(tcase, patterns);
	tcase_add_test(tcase, text_over);
	tcase_add_test(tcase, page);
	tcase_add_test(tcase, page_absent);
	tcase_add_test(tcase, bytes_that_differ);
	tcase_add_test(tcase, contents);
	tcase_set_timeout(tcase, RUN_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return suite;
}
