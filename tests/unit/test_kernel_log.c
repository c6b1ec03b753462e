/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log in each of its forms: whole, gone round, being written, damaged, and in part not in the dump.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/image/kernel_log.h"
#include "tests/unit/log_image.h"
#include "tests/unit/unit.h"

static struct log_image image;
static struct arena arena;
static struct memory memory;
static struct kernel_log kernel_log;

static void setup(void)
{
	arena_init(&arena, (size_t)256 << 20);
}

static void teardown(void)
{
	arena_free(&arena);
}

static bool read_log(void)
{
	arena_free(&arena); /* what was read before */
	ck_assert(memory_init(&memory, &image.target, &arena));
	return kernel_log_read(&kernel_log, &memory, &arena);
}

/* Lines that are told apart, of several lengths. */
static char *text_of(unsigned int i, char buf[128])
{
	snprintf(buf, 128, "line %u %.*s", i, (int)(i * 7 % 40),
		 "........................................");
	return buf;
}

static void lines_add(unsigned int nr)
{
	char text[128];

	for (unsigned int i = 0; i < nr; i++)
		log_image_add(&image, i % 8, i % 3 ? i : 0x80000000u | i, text_of(i, text));
}

/* The lines are the last ones of @nr, in their order; returns the number of the first. */
static unsigned int check_newest(unsigned int nr)
{
	char text[128];
	unsigned int first = nr - (unsigned int)kernel_log.nr;

	ck_assert_uint_ge(kernel_log.nr, 1);
	ck_assert_uint_le(kernel_log.nr, nr);
	for (size_t i = 0; i < kernel_log.nr; i++) {
		const struct log_line *line = &kernel_log.lines[i];
		unsigned int number = first + (unsigned int)i;

		ck_assert_str_eq(line->text, text_of(number, text));
		ck_assert(line->timed);
		unit_check_eq(line->ns, (number + 1) * UINT64_C(1000000000));
		unit_check_eq(line->level, number % 8);
		if (line->called) {
			unit_check_eq(line->by_cpu, number % 3 == 0);
			unit_check_eq(line->caller, number);
		}
	}
	return first;
}

static const enum kernel_log_form forms[] = { KERNEL_LOG_RINGBUFFER, KERNEL_LOG_RECORDS,
					      KERNEL_LOG_TEXT };

START_TEST(whole)
{
	log_image_init(&image, forms[_i], 6, 13);
	lines_add(40);
	ck_assert(read_log());
	ck_assert(kernel_log_whole(&kernel_log));
	unit_check_eq(kernel_log.form, forms[_i]);
	unit_check_eq(kernel_log.nr, 40);
	unit_check_eq(kernel_log.lines[3].called, forms[_i] != KERNEL_LOG_TEXT);
	check_newest(40);
}
END_TEST

START_TEST(empty)
{
	log_image_init(&image, forms[_i], 6, 13);
	ck_assert(read_log());
	ck_assert(kernel_log_whole(&kernel_log));
	unit_check_eq(kernel_log.nr, 0);
}
END_TEST

/* Whatever the number of lines, the ring's end is met in all ways. */
START_TEST(gone_round)
{
	for (unsigned int nr = 20; nr < 220; nr++) {
		log_image_init(&image, forms[_i], 6, 9);
		image.fills = nr & 1;
		lines_add(nr);
		ck_assert(read_log());
		ck_assert_msg(kernel_log_whole(&kernel_log) || forms[_i] == KERNEL_LOG_TEXT,
			      "%u lines: %d damaged", nr, (int)kernel_log.damaged);
		/* The oldest line of text may have lost its beginning. */
		if (forms[_i] == KERNEL_LOG_TEXT) {
			kernel_log.lines++;
			kernel_log.nr--;
		}
		ck_assert_uint_ge(kernel_log.nr, 5);
		check_newest(nr);
	}
}
END_TEST

START_TEST(descriptors_gone_round)
{
	log_image_init(&image, KERNEL_LOG_RINGBUFFER, 4, 13);
	lines_add(50);
	ck_assert(read_log());
	ck_assert(kernel_log_whole(&kernel_log));
	unit_check_eq(check_newest(50), 50 - 16);
}
END_TEST

/* A block that ends where the ring does is not at the ring's beginning since 6.18, and was before. */
START_TEST(fills_to_the_end)
{
	log_image_init(&image, KERNEL_LOG_RINGBUFFER, 4, 7);
	image.fills = _i;
	for (unsigned int i = 0; i < 4; i++)
		log_image_add(&image, 4, 1, "twenty-four bytes, see?!");
	ck_assert(read_log());
	ck_assert(kernel_log_whole(&kernel_log));
	unit_check_eq(kernel_log.nr, _i ? 4 : 3);
	unit_check_eq(image.head_lpos, _i ? 0 : 32);
	for (size_t i = 0; i < kernel_log.nr; i++)
		ck_assert_str_eq(kernel_log.lines[i].text, "twenty-four bytes, see?!");
}
END_TEST

START_TEST(several_lines)
{
	log_image_init(&image, forms[_i], 4, 12);
	log_image_add(&image, 3, 7, "first\n\nthird");
	ck_assert(read_log());
	unit_check_eq(kernel_log.nr, 3);
	ck_assert_str_eq(kernel_log.lines[0].text, "first");
	ck_assert_str_eq(kernel_log.lines[1].text, "");
	ck_assert_str_eq(kernel_log.lines[2].text, "third");
	unit_check_eq(kernel_log.lines[1].ns, kernel_log.lines[0].ns);
	unit_check_eq(kernel_log.lines[1].caller, 7);
}
END_TEST

START_TEST(old_level)
{
	log_image_init(&image, KERNEL_LOG_RECORDS, 4, 12);
	image.named_log = true;
	lines_add(20);
	ck_assert(read_log());
	ck_assert(!kernel_log.lines[0].called);
	unit_check_eq(check_newest(20), 0);
}
END_TEST

/* A CPU has reserved a record, has not reached its descriptor, or the text is another record's. */
START_TEST(torn)
{
	uint64_t id, desc;

	log_image_init(&image, KERNEL_LOG_RINGBUFFER, 6, 13);
	lines_add(10);
	id = image.head_id - 4;
	desc = log_image_desc(&image, id);
	if (_i == 0)
		log_image_set(&image, desc, 8, id);
	else if (_i == 1)
		log_image_set(&image, desc, 8, UINT64_C(2) << 62 | (id - 64));
	else
		log_image_set(&image, LOG_DATA, 8, 5);
	ck_assert(read_log());
	unit_check_eq(kernel_log.nr, 9);
	unit_check_eq(kernel_log.writing, _i < 2);
	unit_check_eq(kernel_log.damaged, _i == 2);
	ck_assert(!kernel_log_whole(&kernel_log));
}
END_TEST

/* Records without a block of text: an empty line, and one that there was no room for. */
START_TEST(dataless)
{
	uint64_t desc;

	log_image_init(&image, KERNEL_LOG_RINGBUFFER, 6, 13);
	log_image_add(&image, 4, 1, "a");
	log_image_add(&image, 4, 1, "");
	desc = log_image_desc(&image, image.head_id);
	log_image_set(&image, desc + 8, 8, _i ? 1 : 3);
	log_image_set(&image, desc + 16, 8, _i ? 1 : 3);
	ck_assert(read_log());
	unit_check_eq(kernel_log.nr, _i ? 1 : 2);
	unit_check_eq(kernel_log.damaged, _i);
}
END_TEST

/* A page of the text is not in the dump: the lines before and behind it are there. */
START_TEST(page_absent)
{
	char text[128];
	size_t before = 0, behind = 0;

	log_image_init(&image, forms[_i], 7, 14);
	for (unsigned int i = 0; i < 120; i++) {
		snprintf(text, sizeof(text), "line %u %080u", i, i);
		log_image_add(&image, 5, i, text);
	}
	image.absent[4 + 1] = true;
	ck_assert(read_log());
	ck_assert_uint_ge(kernel_log.absent, 1);
	ck_assert_uint_lt(kernel_log.nr, 120);
	for (size_t i = 0; i < kernel_log.nr; i++) {
		before += !strncmp(kernel_log.lines[i].text, "line 2 ", 7);
		behind += !strncmp(kernel_log.lines[i].text, "line 119 ", 9);
	}
	unit_check_eq(before, 1);
	unit_check_eq(behind, 1);
}
END_TEST

/* What leads to the log is not in the dump: nobody knows what it says. */
START_TEST(start_absent)
{
	log_image_init(&image, forms[_i], 6, 13);
	lines_add(10);
	image.absent[0] = true;
	ck_assert(!read_log());
	unit_check_eq(kernel_log.form, forms[_i]);
	unit_check_eq(kernel_log.nr, 0);
}
END_TEST

START_TEST(no_log)
{
	log_image_init(&image, KERNEL_LOG_NONE, 6, 13);
	ck_assert(!read_log());
	unit_check_eq(kernel_log.form, KERNEL_LOG_NONE);
}
END_TEST

/* Numbers that would lead far: a log has an end, and its reader stays in it. */
static const struct {
	enum kernel_log_form form;
	uint64_t addr;
	size_t size;
	uint64_t value;
	bool readable; /* what remains */
} hostile_words[] = {
	{ KERNEL_LOG_RINGBUFFER, LOG_RING, 4, 63, false },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING, 4, 30, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING, 4, 0, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 8, 8, UINT64_MAX, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 16, 8, 0, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 24, 8, UINT64_MAX, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 32, 8, UINT64_MAX, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 40, 4, 0, false },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 40, 4, 64, false },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 40, 4, 4, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_RING + 48, 8, UINT64_MAX - 3, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_INFOS + 2 * LOG_INFO_SIZE + 16, 2, 0xffff, true },
	{ KERNEL_LOG_RINGBUFFER, LOG_DESCS + 2 * LOG_DESC_SIZE + 16, 8, 0, true },
	{ KERNEL_LOG_RECORDS, LOG_BASE + LOG_BUF, 8, 0x1000, true },
	{ KERNEL_LOG_RECORDS, LOG_BASE + LOG_BUF_LEN, 4, 0xffffffff, false },
	{ KERNEL_LOG_RECORDS, LOG_BASE + LOG_BUF_LEN, 4, 0, false },
	{ KERNEL_LOG_RECORDS, LOG_BASE + LOG_FIRST_IDX, 4, 0xffffffff, false },
	{ KERNEL_LOG_RECORDS, LOG_BASE + LOG_FIRST_IDX, 4, 6, true },
	{ KERNEL_LOG_RECORDS, LOG_BASE + LOG_NEXT_IDX, 4, 2, true },
	{ KERNEL_LOG_RECORDS, LOG_DATA + 8, 2, 4, true },
	{ KERNEL_LOG_RECORDS, LOG_DATA + 8, 2, 0, true },
	{ KERNEL_LOG_RECORDS, LOG_DATA + 10, 2, 0xffff, true },
	{ KERNEL_LOG_TEXT, LOG_BASE + LOG_BUF, 8, UINT64_MAX - 100, true },
	{ KERNEL_LOG_TEXT, LOG_BASE + LOG_BUF_LEN, 4, 1000, false },
	{ KERNEL_LOG_TEXT, LOG_BASE + LOG_BUF_LEN, 4, 0, false },
	{ KERNEL_LOG_TEXT, LOG_BASE + LOG_END, 4, 0xffffffff, true },
	{ KERNEL_LOG_TEXT, LOG_BASE + LOGGED_CHARS, 4, 0xffffffff, true },
};

START_TEST(hostile)
{
	log_image_init(&image, hostile_words[_i].form, 4, 11);
	lines_add(12);
	log_image_set(&image, hostile_words[_i].addr, hostile_words[_i].size,
		      hostile_words[_i].value);
	unit_check_eq(read_log(), hostile_words[_i].readable);
	unit_check_eq(kernel_log.form, hostile_words[_i].form);
	ck_assert_uint_lt(memory.reads, 3000000);
	if (hostile_words[_i].form != KERNEL_LOG_TEXT)
		ck_assert_uint_le(kernel_log.nr, 40);
}
END_TEST

/* Behind a record whose length is wrong the next ones are found again. */
START_TEST(resumed)
{
	log_image_init(&image, KERNEL_LOG_RECORDS, 4, 11);
	lines_add(12);
	log_image_set(&image, LOG_DATA + 8, 2, 4);
	ck_assert(read_log());
	unit_check_eq(kernel_log.damaged, 1);
	unit_check_eq(check_newest(12), 1);
}
END_TEST

START_TEST(text_times)
{
	static const struct {
		const char *text, *rest;
		bool timed;
	} rows[] = {
		{ "<4>[   12.500000] x", "x", true }, { "<4>x", "x", false },
		{ "x [1.0] y", "x [1.0] y", false },  { "[12] x", "[12] x", false },
		{ "[ 1.000001]", "", true },	      { "[99999999999999999999.0] x", NULL, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		log_image_init(&image, KERNEL_LOG_TEXT, 4, 11);
		memcpy(log_image_word(&image, LOG_DATA), rows[i].text, strlen(rows[i].text));
		log_image_set(&image, LOG_BASE + LOG_END, 4, strlen(rows[i].text));
		ck_assert(read_log());
		unit_check_eq(kernel_log.nr, 1);
		unit_check_eq(kernel_log.lines[0].timed, rows[i].timed);
		ck_assert_str_eq(kernel_log.lines[0].text,
				 rows[i].rest ? rows[i].rest : rows[i].text);
	}
}
END_TEST

Suite *suite_kernel_log(void)
{
	Suite *s = suite_create("kernel_log");
	TCase *tc = tcase_create("kernel_log");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, whole, 0, UNIT_COUNT(forms));
	tcase_add_loop_test(tc, empty, 0, UNIT_COUNT(forms));
	tcase_add_loop_test(tc, gone_round, 0, UNIT_COUNT(forms));
	tcase_add_test(tc, descriptors_gone_round);
	tcase_add_loop_test(tc, fills_to_the_end, 0, 2);
	tcase_add_loop_test(tc, several_lines, 0, 2);
	tcase_add_test(tc, old_level);
	tcase_add_loop_test(tc, torn, 0, 3);
	tcase_add_loop_test(tc, dataless, 0, 2);
	tcase_add_loop_test(tc, page_absent, 0, UNIT_COUNT(forms));
	tcase_add_loop_test(tc, start_absent, 0, UNIT_COUNT(forms));
	tcase_add_test(tc, no_log);
	tcase_add_loop_test(tc, hostile, 0, UNIT_COUNT(hostile_words));
	tcase_add_test(tc, resumed);
	tcase_add_test(tc, text_times);
	suite_add_tcase(s, tc);
	return s;
}
