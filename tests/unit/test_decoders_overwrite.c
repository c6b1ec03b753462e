/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <string.h>

#include "decoders/overwrite.h"
#include "tests/unit/unit.h"

#define LINK 0xffff88088fec6500u

static const struct {
	uint64_t word;
	enum overwrite_class class;
} classes[] = {
	{ 0, OVERWRITE_ZERO },

	{ 1, OVERWRITE_SMALL },
	{ 0xfffff, OVERWRITE_SMALL },
	/* beyond: a 32-bit number below a zero */
	{ 0x100000, OVERWRITE_TWO_WORDS },

	/* -1 to -MAX_ERRNO, as a long and as an int */
	{ 0xffffffffffffffff, OVERWRITE_NEGATIVE },
	{ 0xfffffffffffffff4, OVERWRITE_NEGATIVE },
	{ 0xfffffffffffff001, OVERWRITE_NEGATIVE },
	{ 0xfffffffffffff000, OVERWRITE_KERNEL_POINTER },
	{ 0x00000000ffffffff, OVERWRITE_NEGATIVE },
	{ 0x00000000fffffff4, OVERWRITE_NEGATIVE },
	{ 0x00000000fffff001, OVERWRITE_NEGATIVE },
	{ 0x00000000fffff000, OVERWRITE_TWO_WORDS },

	{ 0x6b6b6b6b6b6b6b6b, OVERWRITE_POISON_FREE },
	{ 0xa56b6b6b6b6b6b6b, OVERWRITE_POISON_FREE },
	/* the end of poison anywhere else is not how the allocator writes it; below 80 it is text */
	{ 0x6ba56b6b6b6b6b6b, OVERWRITE_OTHER },
	{ 0x6b6b6b6b6b6b6ba5, OVERWRITE_OTHER },
	{ 0x6b6b6b6b6b6b6b6a, OVERWRITE_ASCII },
	{ 0xa5a5a5a5a5a5a5a5, OVERWRITE_REPEATED },
	{ 0x5a5a5a5a5a5a5a5a, OVERWRITE_POISON_INUSE },
	{ 0xa55a5a5a5a5a5a5a, OVERWRITE_OTHER },
	{ 0x5a5a5a5a5a5a5a5b, OVERWRITE_ASCII },
	{ 0xbbbbbbbbbbbbbbbb, OVERWRITE_RED_ZONE },
	{ 0xcccccccccccccccc, OVERWRITE_RED_ZONE },
	{ 0xbbbbbbbbbbbbbbcc, OVERWRITE_OTHER },
	{ 0xbababababababaca, OVERWRITE_OTHER },

	{ 0xdead000000000100, OVERWRITE_LIST_POISON },
	{ 0xdead000000000122, OVERWRITE_LIST_POISON },
	{ 0xdead000000000200, OVERWRITE_LIST_POISON },
	{ 0xdead000000100100, OVERWRITE_LIST_POISON },
	{ 0xdead000000200200, OVERWRITE_LIST_POISON },
	{ 0x0000000000100100, OVERWRITE_LIST_POISON },
	{ 0x0000000000200200, OVERWRITE_LIST_POISON },
	{ 0xdead0000000000ff, OVERWRITE_OTHER },
	{ 0xdead000000000101, OVERWRITE_OTHER },
	{ 0xdead000000000121, OVERWRITE_OTHER },
	{ 0xdead000000000123, OVERWRITE_OTHER },
	{ 0xdead000000000201, OVERWRITE_OTHER },
	{ 0xdead000000000000, OVERWRITE_OTHER },
	{ 0x00000000001000ff, OVERWRITE_TWO_WORDS },
	{ 0x0000000000100101, OVERWRITE_TWO_WORDS },
	{ 0x0000000000200201, OVERWRITE_TWO_WORDS },
	{ 0x100, OVERWRITE_SMALL },

	/* "AB", "ABC", "ABCD", "ABCDE", ... "ABCDEFGH" */
	{ 0x0000000000004241, OVERWRITE_SMALL },
	{ 0x0000000000434241, OVERWRITE_TWO_WORDS },
	{ 0x0000000044434241, OVERWRITE_ASCII },
	{ 0x0000004544434241, OVERWRITE_ASCII },
	{ 0x0000464544434241, OVERWRITE_ASCII },
	{ 0x0047464544434241, OVERWRITE_ASCII },
	{ 0x4847464544434241, OVERWRITE_ASCII },
	/* text goes on after a NUL: it is not a string's end */
	{ 0x4800464544434241, OVERWRITE_OTHER },
	{ 0x0047004544434241, OVERWRITE_USER_POINTER },
	/* it begins with a NUL */
	{ 0x4847464544434200, OVERWRITE_OTHER },
	/* 1f, 20, 7e and 7f at either end */
	{ 0x2020202020202020, OVERWRITE_REPEATED },
	{ 0x7e7e7e7e7e7e7e7e, OVERWRITE_REPEATED },
	{ 0x484746454443421f, OVERWRITE_OTHER },
	{ 0x7f47464544434241, OVERWRITE_OTHER },
	{ 0x0a47464544434241, OVERWRITE_OTHER },
	/* a printable byte repeated is text, another is REPEATED */
	{ 0x4141414141414141, OVERWRITE_REPEATED },
	{ 0x1f1f1f1f1f1f1f1f, OVERWRITE_REPEATED },
	{ 0x7f7f7f7f7f7f7f7f, OVERWRITE_REPEATED },
	{ 0x0101010101010101, OVERWRITE_REPEATED },
	{ 0xaaaaaaaaaaaaaaaa, OVERWRITE_REPEATED },
	{ 0xfefefefefefefefe, OVERWRITE_REPEATED },
	{ 0xaaaaaaaaaaaaaaab, OVERWRITE_OTHER },

	/* counters next to each other */
	{ 0x0000000100000000, OVERWRITE_TWO_WORDS },
	{ 0x0000000500000003, OVERWRITE_TWO_WORDS },
	{ 0x0000ffff0000ffff, OVERWRITE_TWO_WORDS },
	{ 0x000100000000ffff, OVERWRITE_USER_POINTER },
	{ 0x0000ffff00010000, OVERWRITE_USER_POINTER },
	{ 0x00000005ffffffff, OVERWRITE_TWO_WORDS },
	{ 0x00000005fffff001, OVERWRITE_TWO_WORDS },
	{ 0x00000005fffff000, OVERWRITE_USER_POINTER },
	{ 0xffffffff00000000, OVERWRITE_TWO_WORDS },
	{ 0xffffffff0000ffff, OVERWRITE_TWO_WORDS },
	{ 0xffffffff00010000, OVERWRITE_KERNEL_POINTER },
	{ 0xfffffffe00000005, OVERWRITE_KERNEL_POINTER },
	{ 0x0000000080000001, OVERWRITE_TWO_WORDS },

	/* x86-64 with 4 levels: direct map, vmalloc, memmap, cpu_entry_area, text, modules */
	{ 0xffff800000000000, OVERWRITE_KERNEL_POINTER },
	{ 0xffff888000000000, OVERWRITE_KERNEL_POINTER },
	{ LINK, OVERWRITE_KERNEL_POINTER },
	{ 0xffff00088fec6500, OVERWRITE_KERNEL_POINTER },
	{ 0xffffc90000123456, OVERWRITE_KERNEL_POINTER },
	{ 0xffffea0000000040, OVERWRITE_KERNEL_POINTER },
	{ 0xfffffe0000001000, OVERWRITE_KERNEL_POINTER },
	{ 0xffffffff81000000, OVERWRITE_KERNEL_POINTER },
	{ 0xffffffffc0000000, OVERWRITE_KERNEL_POINTER },
	{ 0xffffff88815750f0, OVERWRITE_KERNEL_POINTER },
	/* with 5 levels: the first address, the direct map */
	{ 0xff00000000000000, OVERWRITE_KERNEL_POINTER },
	{ 0xff11000012345678, OVERWRITE_KERNEL_POINTER },
	{ 0xfeffffffffffffff, OVERWRITE_OTHER },
	/* arm64 with 39, 48 and 52 bits */
	{ 0xffffff8000000000, OVERWRITE_KERNEL_POINTER },
	{ 0xffff000000000000, OVERWRITE_KERNEL_POINTER },
	{ 0xfff0000000000000, OVERWRITE_KERNEL_POINTER },

	/* x86-64: a heap, a stack, the last address; arm64: a stack; 52 and 56 bits */
	{ 0x000055f3a2b4c2a0, OVERWRITE_USER_POINTER },
	{ 0x00007ffd3f2a1c88, OVERWRITE_USER_POINTER },
	{ 0x00007fffffffefff, OVERWRITE_USER_POINTER },
	{ 0x0000ffffd1c2e3f0, OVERWRITE_USER_POINTER },
	{ 0x000ffffffffff000, OVERWRITE_USER_POINTER },
	{ 0x00fffffffffff000, OVERWRITE_USER_POINTER },
	{ 0x00ffffffffffffff, OVERWRITE_USER_POINTER },
	{ 0x0100000000000000, OVERWRITE_OTHER },
	/* from 4 GiB on; a Go heap; below it a number */
	{ 0x0000000100010000, OVERWRITE_USER_POINTER },
	{ 0x000000c000123456, OVERWRITE_USER_POINTER },
	{ 0x0000000000400000, OVERWRITE_TWO_WORDS },

	/* of no half */
	{ 0x8000000000000000, OVERWRITE_OTHER },
	{ 0x0123456789abcdef, OVERWRITE_OTHER },
	{ 0x868af9f41a176410, OVERWRITE_OTHER },
};

START_TEST(classify)
{
	int n;

	for (n = 0; n < UNIT_COUNT(classes); n++) {
		enum overwrite_class class = overwrite_classify(classes[n].word);

		unit_check(class == classes[n].class, "%#llx is %s, not %s",
			   (unsigned long long)classes[n].word, overwrite_class_id(class),
			   overwrite_class_id(classes[n].class));
	}
}
END_TEST

/* Which bytes the allocator itself repeats; any other, printable or not, is a memset(). */
static enum overwrite_class class_of_repeated(unsigned int byte)
{
	switch (byte) {
	case 0x00:
		return OVERWRITE_ZERO;
	case 0x5a:
		return OVERWRITE_POISON_INUSE;
	case 0x6b:
		return OVERWRITE_POISON_FREE;
	case 0xbb:
	case 0xcc:
		return OVERWRITE_RED_ZONE;
	case 0xff:
		return OVERWRITE_NEGATIVE;
	default:
		return OVERWRITE_REPEATED;
	}
}

START_TEST(classify_repeated)
{
	unsigned int byte;

	for (byte = 0; byte < 256; byte++) {
		uint64_t word = byte * 0x0101010101010101u;

		unit_check(overwrite_classify(word) == class_of_repeated(byte), "byte %#x", byte);
	}
}
END_TEST

/* The ids are written by hand and follow the names in the list. */
START_TEST(ids_follow_the_list)
{
	static const struct {
		enum overwrite_class class;
		const char *name;
		const char *text;
	} list[] = {
#define X(id, text) { OVERWRITE_##id, #id, text },
		OVERWRITE_CLASSES(X)
#undef X
	};
	int n;

	ck_assert_int_eq(UNIT_COUNT(list), OVERWRITE_CLASS_COUNT);
	for (n = 0; n < UNIT_COUNT(list); n++) {
		char id[32] = "";
		size_t c;

		for (c = 0; c < sizeof(id) - 1 && list[n].name[c]; c++)
			id[c] = list[n].name[c] == '_' ? '-' : (char)tolower(list[n].name[c]);
		ck_assert_str_eq(overwrite_class_id(list[n].class), id);
		ck_assert_str_eq(overwrite_class_text(list[n].class), list[n].text);
	}
	ck_assert_str_eq(overwrite_class_id(OVERWRITE_CLASS_COUNT), "unknown");
	ck_assert_str_eq(overwrite_class_text((enum overwrite_class)(-1)), "unknown");
}
END_TEST

static const struct {
	uint64_t damaged;
	uint64_t intended;
	struct word_diff diff;
	const char *text;
} diffs[] = {
	{ LINK, LINK, { .first_byte = -1, .bit = -1 }, "no difference" },
	{ 0, 0, { .first_byte = -1, .bit = -1 }, "no difference" },
	/* one bit: at the bottom, in the middle, at the top */
	{ LINK ^ 1,
	  LINK,
	  { .bits = 1,
	    .bytes = 1,
	    .byte_mask = 0x01,
	    .first_byte = 0,
	    .bit = 0,
	    .contiguous = true,
	    .low_bytes = true },
	  "bit 0 flipped" },
	{ LINK ^ (uint64_t)1 << 44,
	  LINK,
	  { .bits = 1,
	    .bytes = 1,
	    .byte_mask = 0x20,
	    .first_byte = 5,
	    .bit = 44,
	    .contiguous = true },
	  "bit 44 flipped" },
	{ LINK ^ (uint64_t)1 << 63,
	  LINK,
	  { .bits = 1,
	    .bytes = 1,
	    .byte_mask = 0x80,
	    .first_byte = 7,
	    .bit = 63,
	    .contiguous = true },
	  "bit 63 flipped" },
	/* one bit that was alone in its byte may as well have been a zero written */
	{ 0xffff00088fec6500,
	  0xffff80088fec6500,
	  { .bits = 1,
	    .bytes = 1,
	    .byte_mask = 0x20,
	    .first_byte = 5,
	    .bit = 47,
	    .contiguous = true,
	    .zeroed = true },
	  "bit 47 flipped, byte 5 is 0 now" },
	/* zeroed: one byte, neighbours, others, all */
	{ 0xffff00088fec6500,
	  LINK,
	  { .bits = 2,
	    .bytes = 1,
	    .byte_mask = 0x20,
	    .first_byte = 5,
	    .bit = -1,
	    .contiguous = true,
	    .zeroed = true },
	  "byte 5 was zeroed" },
	{ 0xffff880800000000,
	  0xffff88088fec6504,
	  { .bits = 15,
	    .bytes = 4,
	    .byte_mask = 0x0f,
	    .first_byte = 0,
	    .bit = -1,
	    .contiguous = true,
	    .zeroed = true,
	    .low_bytes = true },
	  "bytes 0-3 were zeroed" },
	{ 0x0000880800ec6500,
	  LINK,
	  { .bits = 21, .bytes = 3, .byte_mask = 0xc8, .first_byte = 3, .bit = -1, .zeroed = true },
	  "bytes 3, 6 and 7 were zeroed" },
	{ 0,
	  0x0101010101010101,
	  { .bits = 8,
	    .bytes = 8,
	    .byte_mask = 0xff,
	    .first_byte = 0,
	    .bit = -1,
	    .contiguous = true,
	    .zeroed = true },
	  "all 8 bytes were zeroed" },
	/* short stores of one, two and four bytes */
	{ 0xffff88088fec6541,
	  LINK,
	  { .bits = 2,
	    .bytes = 1,
	    .byte_mask = 0x01,
	    .first_byte = 0,
	    .bit = -1,
	    .contiguous = true,
	    .low_bytes = true },
	  "byte 0 overwritten, as by a short store" },
	{ 0xffff88088fec1234,
	  LINK,
	  { .bits = 9,
	    .bytes = 2,
	    .byte_mask = 0x03,
	    .first_byte = 0,
	    .bit = -1,
	    .contiguous = true,
	    .low_bytes = true },
	  "bytes 0-1 overwritten, as by a short store" },
	{ 0xffff880812345678,
	  LINK,
	  { .bits = 17,
	    .bytes = 4,
	    .byte_mask = 0x0f,
	    .first_byte = 0,
	    .bit = -1,
	    .contiguous = true,
	    .low_bytes = true },
	  "bytes 0-3 overwritten, as by a short store" },
	/* one byte, a run that is not at the bottom, two bytes apart, everything */
	{ 0xffff88088f136500,
	  LINK,
	  { .bits = 8,
	    .bytes = 1,
	    .byte_mask = 0x04,
	    .first_byte = 2,
	    .bit = -1,
	    .contiguous = true },
	  "byte 2 differs in 8 bits" },
	{ 0xffff88f7701c6500,
	  LINK,
	  { .bits = 20,
	    .bytes = 3,
	    .byte_mask = 0x1c,
	    .first_byte = 2,
	    .bit = -1,
	    .contiguous = true },
	  "bytes 2-4 differ" },
	{ 0xfffe88088fec6501,
	  LINK,
	  { .bits = 2, .bytes = 2, .byte_mask = 0x41, .first_byte = 0, .bit = -1 },
	  "bytes 0 and 6 differ" },
	{ ~LINK,
	  LINK,
	  { .bits = 64,
	    .bytes = 8,
	    .byte_mask = 0xff,
	    .first_byte = 0,
	    .bit = -1,
	    .contiguous = true },
	  "all 8 bytes differ" },
};

static void check_diff_eq(struct word_diff a, struct word_diff b)
{
	unit_check_eq(a.bits, b.bits);
	unit_check_eq(a.bytes, b.bytes);
	unit_check_eq(a.byte_mask, b.byte_mask);
	unit_check_eq(a.first_byte, b.first_byte);
	unit_check_eq(a.bit, b.bit);
	unit_check_eq(a.contiguous, b.contiguous);
	unit_check_eq(a.zeroed, b.zeroed);
	unit_check_eq(a.low_bytes, b.low_bytes);
	unit_check_eq(a.shift, b.shift);
}

START_TEST(compare)
{
	char text[64];
	int n;

	for (n = 0; n < UNIT_COUNT(diffs); n++) {
		struct word_diff diff = word_compare(diffs[n].damaged, diffs[n].intended);

		ck_assert_str_eq(word_diff_describe(&diff, text, sizeof(text)), diffs[n].text);
		check_diff_eq(diff, diffs[n].diff);
	}
}
END_TEST

static const struct {
	uint64_t damaged;
	uint64_t intended;
	int shift;
	const char *text;
} shifts[] = {
	/* read one byte too far: the sign fills up, or a zero, or the neighbour's first byte */
	{ 0xffffff88815750f0, 0xffff88815750f000, 1, "shifted right by 1 byte" },
	{ 0x00ffff88815750f0, 0xffff88815750f000, 1, "shifted right by 1 byte" },
	{ 0x42ffff88815750f0, 0xffff88815750f000, 1, "shifted right by 1 byte" },
	/* and the other way */
	{ 0xff88815750f00000, 0xffff88815750f000, -1, "shifted left by 1 byte" },
	{ 0xff88815750f00042, 0xffff88815750f000, -1, "shifted left by 1 byte" },
	{ 0x0000ffff88815750, 0xffff88815750f000, 2, "shifted right by 2 bytes" },
	{ 0x815750f000000000, 0xffff88815750f000, -3, "shifted left by 3 bytes" },
	{ 0x00000000ffff8881, 0xffff88815750f000, 4, "shifted right by 4 bytes" },
	{ 0x5750f00012345678, 0xffff88815750f000, -4, "shifted left by 4 bytes" },
	{ 0x1200000000000000, 0x0012000000000000, -1, "shifted left by 1 byte" },
	/* three bytes left of a word prove nothing */
	{ 0x0123456789ffff88, 0xffff88815750f000, 0, "all 8 bytes differ" },
	/* almost, but not quite */
	{ 0xffffff88815750f1, 0xffff88815750f000, 0, "bytes 0-5 overwritten, as by a short store" },
	/* a shift must not explain what is one byte written over poison, or zeroes among zeroes */
	{ 0x416b6b6b6b6b6b6b, 0x6b6b6b6b6b6b6b6b, 0, "byte 7 differs in 3 bits" },
	{ 0x6b6b6b6b6b6b6b41, 0x6b6b6b6b6b6b6b6b, 0, "byte 0 overwritten, as by a short store" },
	{ 0x1234cdabcdabcdab, 0xcdabcdabcdabcdab, 0, "bytes 6-7 differ" },
	{ 0, 0x00000000deadbeef, 0, "bytes 0-3 were zeroed" },
	{ LINK, LINK | 1, 0, "bit 0 flipped, byte 0 is 0 now" },
	{ 0x00000000ffffffff, 0xffffffff81234567, 0, "all 8 bytes differ" },
};

START_TEST(shift)
{
	char text[64];
	int n;

	for (n = 0; n < UNIT_COUNT(shifts); n++) {
		struct word_diff diff = word_compare(shifts[n].damaged, shifts[n].intended);

		ck_assert_str_eq(word_diff_describe(&diff, text, sizeof(text)), shifts[n].text);
		ck_assert_int_eq(diff.shift, shifts[n].shift);
	}
}
END_TEST

START_TEST(compare_every_bit)
{
	int n;

	for (n = 0; n < 64; n++) {
		struct word_diff diff = word_compare(LINK ^ (uint64_t)1 << n, LINK);

		unit_check_eq(diff.bits, 1);
		unit_check_eq(diff.bytes, 1);
		unit_check_eq(diff.bit, n);
		unit_check_eq(diff.first_byte, n / 8);
		unit_check_eq(diff.byte_mask, 1u << n / 8);
		unit_check_eq(diff.contiguous, 1);
		unit_check_eq(diff.shift, 0);
	}
}
END_TEST

/* A word in which the bytes of @mask are @byte. */
static uint64_t mask_word(unsigned int mask, uint8_t byte)
{
	uint64_t word = 0;
	unsigned int n;

	for (n = 0; n < 8; n++)
		if (mask >> n & 1)
			word |= (uint64_t)byte << 8 * n;
	return word;
}

/* A smaller buffer cuts the text, and nothing is written beyond it. */
static void check_cuts(const struct word_diff *diff, const char *whole)
{
	size_t len;

	for (len = 1; len <= strlen(whole) + 1; len++) {
		char cut[128];

		memset(cut, '#', sizeof(cut));
		unit_check(word_diff_describe(diff, cut, len) == cut, "not the buffer");
		unit_check_eq(strlen(cut), len - 1);
		unit_check(!strncmp(cut, whole, len - 1), "'%s' in %zu bytes: '%s'", whole, len,
			   cut);
		unit_check_eq(cut[len], '#');
	}
}

/* Every set of bytes has its name, and 64 bytes hold it. */
START_TEST(describe_every_set)
{
	unsigned int mask, n;
	char text[128];

	for (mask = 1; mask < 256; mask++) {
		struct word_diff zeroed = word_compare(0, mask_word(mask, 0xff));
		struct word_diff diff = word_compare(mask_word(mask, 0xff), 0);

		word_diff_describe(&zeroed, text, sizeof(text));
		unit_check(strlen(text) < 64 && strstr(text, "zeroed"), "mask %#x: %s", mask, text);
		word_diff_describe(&diff, text, sizeof(text));
		unit_check(strlen(text) < 64, "mask %#x: %s", mask, text);
		for (n = 0; n < 8 && !diff.contiguous; n++)
			unit_check(!strchr(text, (int)('0' + n)) == !(mask >> n & 1),
				   "mask %#x: %s", mask, text);
		check_cuts(&diff, text);
	}
}
END_TEST

/* What differs does not depend on which of the words is called damaged. */
START_TEST(compare_is_symmetric)
{
	uint64_t state = 3;
	int n;

	for (n = 0; n < 10000; n++) {
		uint64_t a = unit_random(&state);
		uint64_t b = a ^ (unit_random(&state) & unit_random(&state) & unit_random(&state));
		struct word_diff there = word_compare(a, b);
		struct word_diff back = word_compare(b, a);

		unit_check_eq(there.shift, -back.shift);
		back.shift = there.shift;
		back.zeroed = there.zeroed;
		check_diff_eq(there, back);
	}
}
END_TEST

START_TEST(show)
{
	char buf[9];

	ck_assert_str_eq(ascii_show(0x4847464544434241, buf), "ABCDEFGH");
	ck_assert_ptr_eq(ascii_show(0, buf), buf);
	ck_assert_str_eq(buf, "........");
	ck_assert_str_eq(ascii_show(0x0a206e1b7f7e8041, buf), "A.~..n .");
}
END_TEST

static TCase *classes_tcase(void)
{
	TCase *tcase = tcase_create("classes");

	tcase_add_test(tcase, classify);
	tcase_add_test(tcase, classify_repeated);
	tcase_add_test(tcase, ids_follow_the_list);
	tcase_add_test(tcase, show);
	return tcase;
}

static TCase *diffs_tcase(void)
{
	TCase *tcase = tcase_create("diffs");

	tcase_add_test(tcase, compare);
	tcase_add_test(tcase, shift);
	tcase_add_test(tcase, compare_every_bit);
	tcase_add_test(tcase, describe_every_set);
	tcase_add_test(tcase, compare_is_symmetric);
	return tcase;
}

Suite *suite_decoders_overwrite(void)
{
	Suite *suite = suite_create("decoders_overwrite");

	suite_add_tcase(suite, classes_tcase());
	suite_add_tcase(suite, diffs_tcase());
	return suite;
}
