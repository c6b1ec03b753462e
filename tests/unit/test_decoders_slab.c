/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>

#include "decoders/slab.h"
#include "tests/unit/unit.h"

#define FIRST 0xffff888101230000u

START_TEST(counters_worked)
{
	struct slab_counters c = slab_counters_decode(0x80150007u);

	ck_assert_uint_eq(c.inuse, 7);
	ck_assert_uint_eq(c.objects, 21);
	ck_assert(c.frozen);
	ck_assert_uint_eq(slab_counters_encode(c), 0x80150007u);

	c = slab_counters_decode(0x00200020u);
	ck_assert_uint_eq(c.inuse, 32);
	ck_assert_uint_eq(c.objects, 32);
	ck_assert(!c.frozen);
}
END_TEST

/* Each field is as wide as it is, and the upper half of the word is not ours. */
START_TEST(counters_bits)
{
	int n;

	for (n = 0; n < 64; n++) {
		struct slab_counters c = slab_counters_decode((uint64_t)1 << n);

		unit_check_eq(c.inuse, n < 16 ? 1u << n : 0);
		unit_check_eq(c.objects, n >= 16 && n < 31 ? 1u << (n - 16) : 0);
		unit_check_eq(c.frozen, n == 31);
		unit_check_eq(slab_counters_encode(c), n < 32 ? 1u << n : 0);
	}
}
END_TEST

START_TEST(counters_limits)
{
	struct slab_counters c = slab_counters_decode(UINT64_MAX);

	ck_assert_uint_eq(c.inuse, 65535);
	ck_assert_uint_eq(c.objects, SLAB_MAX_OBJECTS);
	ck_assert(c.frozen);
	ck_assert_uint_eq(slab_counters_encode(c), UINT32_MAX);

	/* A count that does not fit must not freeze the slab. */
	c = (struct slab_counters){ .objects = 0x8001 };
	ck_assert_uint_eq(slab_counters_encode(c), 0x00010000u);
}
END_TEST

START_TEST(counters_round_trip)
{
	uint64_t state = 2;
	int n;

	for (n = 0; n < 10000; n++) {
		uint64_t word = unit_random(&state);

		unit_check_eq(slab_counters_encode(slab_counters_decode(word)), (uint32_t)word);
	}
}
END_TEST

START_TEST(counters_replaced)
{
	struct slab_counters c = slab_counters_decode(0x80150007u);
	int n;

	ck_assert_uint_eq(slab_counters_replace(0x0000001012345678u, c), 0x0000001080150007u);
	for (n = 0; n < 64; n++)
		unit_check_eq(slab_counters_replace((uint64_t)1 << n, (struct slab_counters){ 0 }),
			      n < 32 ? 0 : (uint64_t)1 << n);
}
END_TEST

START_TEST(order_objects_word)
{
	/* kmalloc-256 on x86-64: order 1, 32 objects */
	ck_assert_uint_eq(oo_order(0x10020u), 1);
	ck_assert_uint_eq(oo_objects(0x10020u), 32);
	ck_assert_uint_eq(oo_order(0), 0);
	ck_assert_uint_eq(oo_objects(0), 0);
	ck_assert_uint_eq(oo_order(0xffffffffu), 0xffff);
	ck_assert_uint_eq(oo_objects(0xffffffffu), 0xffff);
	ck_assert_uint_eq(oo_order(0xabcd000300080020u), 8);
	ck_assert_uint_eq(oo_objects(0xabcd000300080020u), 32);
}
END_TEST

static const struct {
	unsigned int order;
	uint64_t size;
	uint64_t page_size;
	uint64_t reserved;
	unsigned int objects;
} fits[] = {
	{ 0, 64, 4096, 0, 64 },
	{ 0, 192, 4096, 0, 21 },
	{ 3, 192, 4096, 0, 170 },
	{ 3, 9792, 4096, 0, 3 },
	{ 0, 4096, 4096, 0, 1 },
	{ 0, 4097, 4096, 0, 0 },
	{ 1, 4097, 4096, 0, 1 },
	{ 2, 8, 65536, 0, 32767 },
	{ 1, 8, 65536, 0, 16384 },
	/* an rcu_head at the end, for SLAB_DESTROY_BY_RCU */
	{ 0, 8, 4096, 16, 510 },
	{ 0, 4096, 4096, 1, 0 },
	{ 0, 8, 4096, 4088, 1 },
	{ 0, 8, 4096, 4096, 0 },
	{ 0, 8, 4096, 4097, 0 },
	{ 0, 8, 4096, UINT64_MAX, 0 },
	/* 32767 is the most that 15 bits count */
	{ 3, 1, 4095, 0, 32760 },
	{ 3, 1, 4096, 0, 32767 },
	{ 10, 8, 4096, 0, 32767 },
	/* impossible arguments */
	{ 0, 0, 4096, 0, 0 },
	{ 0, 8, 0, 0, 0 },
	{ 11, 4096, 4096, 0, 0 },
	{ 64, 4096, 4096, 0, 0 },
	{ UINT_MAX, 4096, 4096, 0, 0 },
	{ 0, UINT64_MAX, 4096, 0, 0 },
	{ 0, UINT64_MAX, UINT64_MAX, 0, 1 },
	{ 1, 4096, UINT64_MAX, 0, 0 },
	/* the largest slab that 64 bits can measure, and one byte more */
	{ 10, (uint64_t)1 << 60, UINT64_MAX >> 10, 0, 15 },
	{ 10, (uint64_t)1 << 60, (UINT64_MAX >> 10) + 1, 0, 0 },
	/* would be one page if it wrapped */
	{ 10, 4096, (UINT64_MAX >> 10) + 5, 0, 0 },
};

START_TEST(objects_fit)
{
	int n;

	for (n = 0; n < UNIT_COUNT(fits); n++) {
		unsigned int objects = order_objects(fits[n].order, fits[n].size, fits[n].page_size,
						     fits[n].reserved);

		unit_check(objects == fits[n].objects, "row %d: %u objects, not %u", n, objects,
			   fits[n].objects);
	}
}
END_TEST

static const struct {
	uint64_t first;
	uint64_t size;
	uint32_t objects;
	uint64_t addr;
	int32_t index;
	uint32_t offset;
} places[] = {
	/* 21 objects of 192 bytes: the last one ends at fc0 */
	{ FIRST, 192, 21, FIRST, 0, 0 },
	{ FIRST, 192, 21, FIRST + 1, 0, 1 },
	{ FIRST, 192, 21, FIRST + 191, 0, 191 },
	{ FIRST, 192, 21, FIRST + 192, 1, 0 },
	{ FIRST, 192, 21, FIRST + 0xf00, 20, 0 },
	{ FIRST, 192, 21, FIRST + 0xfbf, 20, 191 },
	{ FIRST, 192, 21, FIRST + 0xfc0, -1, 0 },
	{ FIRST, 192, 21, FIRST + 0xfff, -1, 0 },
	{ FIRST, 192, 21, FIRST - 1, -1, 0 },
	{ FIRST, 192, 21, 0, -1, 0 },
	{ FIRST, 192, 21, UINT64_MAX, -1, 0 },
	/* no objects */
	{ FIRST, 192, 0, FIRST, -1, 0 },
	{ FIRST, 0, 21, FIRST, -1, 0 },
	{ 0, 0, 0, 0, -1, 0 },
	/* one object as large as can be, and larger */
	{ FIRST, UINT32_MAX, 1, FIRST + UINT32_MAX - 1, 0, UINT32_MAX - 1 },
	{ FIRST, UINT32_MAX, 1, FIRST + UINT32_MAX, -1, 0 },
	{ FIRST, (uint64_t)UINT32_MAX + 1, 1, FIRST, -1, 0 },
	{ FIRST, UINT64_MAX, 1, FIRST, -1, 0 },
	/* a slab at the end of the address space does not go on at address 0 */
	{ UINT64_MAX - 127, 64, 2, UINT64_MAX, 1, 63 },
	{ UINT64_MAX - 99, 64, 2, UINT64_MAX, 1, 35 },
	{ UINT64_MAX - 99, 64, 2, 0, -1, 0 },
	{ UINT64_MAX - 99, 64, UINT32_MAX, 5, -1, 0 },
	/* the last index, and one that an int32_t cannot hold */
	{ 0, 1, UINT32_MAX, INT32_MAX, INT32_MAX, 0 },
	{ 0, 1, UINT32_MAX, (uint64_t)INT32_MAX + 1, -1, 0 },
	{ 0, UINT32_MAX, UINT32_MAX, UINT64_MAX, -1, 0 },
};

START_TEST(locate)
{
	int n;

	for (n = 0; n < UNIT_COUNT(places); n++) {
		struct object_position at = object_locate(places[n].first, places[n].size,
							  places[n].objects, places[n].addr);

		unit_check(at.index == places[n].index && at.offset == places[n].offset,
			   "row %d: object %d + %u, not %d + %u", n, at.index, at.offset,
			   places[n].index, places[n].offset);
	}
}
END_TEST

START_TEST(locate_inverts)
{
	uint32_t index, offset;

	for (index = 0; index < 21; index++) {
		for (offset = 0; offset < 192; offset++) {
			struct object_position at =
				object_locate(FIRST, 192, 21, FIRST + index * 192 + offset);

			unit_check_eq(at.index, index);
			unit_check_eq(at.offset, offset);
		}
	}
}
END_TEST

START_TEST(tid)
{
	/* CONFIG_NR_CPUS=8192: operation 3 of CPU 5 */
	unit_check_eq(tid_cpu(3 * 8192 + 5, 8192), 5);
	unit_check_eq(tid_event(3 * 8192 + 5, 8192), 3);
	unit_check_eq(tid_cpu(8191, 8192), 8191);
	unit_check_eq(tid_event(8191, 8192), 0);
	unit_check_eq(tid_cpu(8192, 8192), 0);
	unit_check_eq(tid_event(8192, 8192), 1);
	unit_check_eq(tid_cpu(UINT64_MAX, 8192), 8191);
	unit_check_eq(tid_event(UINT64_MAX, 8192), UINT64_MAX >> 13);
	/* without preemption */
	unit_check_eq(tid_cpu(12345, 1), 0);
	unit_check_eq(tid_event(12345, 1), 12345);
}
END_TEST

Suite *suite_decoders_slab(void)
{
	Suite *suite = suite_create("decoders_slab");
	TCase *words = tcase_create("words");
	TCase *arithmetic = tcase_create("arithmetic");

	tcase_add_test(words, counters_worked);
	tcase_add_test(words, counters_bits);
	tcase_add_test(words, counters_limits);
	tcase_add_test(words, counters_round_trip);
	tcase_add_test(words, counters_replaced);
	tcase_add_test(words, order_objects_word);
	tcase_add_test(words, tid);
	suite_add_tcase(suite, words);
	tcase_add_test(arithmetic, objects_fit);
	tcase_add_test(arithmetic, locate);
	tcase_add_test(arithmetic, locate_inverts);
	suite_add_tcase(suite, arithmetic);
	return suite;
}
