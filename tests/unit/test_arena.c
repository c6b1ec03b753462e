/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "checker/image/arena.h"
#include "tests/unit/unit.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static struct arena arena;

static void setup(void)
{
	arena_init(&arena, 256 * MIB);
}

static void teardown(void)
{
	arena_free(&arena);
	ck_assert_uint_eq(arena.used, 0);
	ck_assert_ptr_null(arena.chunks);
	ck_assert_ptr_null(arena.spare);
}

static bool is_filled(const unsigned char *data, unsigned char byte, size_t len)
{
	size_t n;

	for (n = 0; n < len; n++)
		if (data[n] != byte)
			return false;
	return true;
}

START_TEST(empty)
{
	ck_assert_uint_eq(arena.used, 0);
	ck_assert_uint_eq(arena.peak, 0);
	arena_release(&arena, arena_mark(&arena));
	arena_free(&arena);
	arena_free(&arena);
}
END_TEST

START_TEST(aligned_and_zeroed)
{
	static const size_t sizes[] = { 1, 7, 8, 15, 16, 17, 100, 4096, 70000, 3 * MIB, 1 };
	size_t n;

	for (n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		unsigned char *data = arena_alloc(&arena, sizes[n]);

		ck_assert_ptr_nonnull(data);
		ck_assert_uint_eq((uintptr_t)data % 16, 0);
		ck_assert(is_filled(data, 0, sizes[n]));
		memset(data, 0xff, sizes[n]);
	}
}
END_TEST

START_TEST(nothing_has_an_address)
{
	void *a = arena_alloc(&arena, 0);
	void *b = arena_alloc(&arena, 0);
	void *c = arena_array(&arena, 0, 100);
	void *d = arena_array(&arena, 100, 0);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_nonnull(c);
	ck_assert_ptr_nonnull(d);
	ck_assert_ptr_ne(a, b);
	ck_assert_ptr_ne(b, c);
	ck_assert_ptr_ne(c, d);
}
END_TEST

/* It doubles, keeps what it has, and is as it was when there is no room. */
START_TEST(arrays_grow)
{
	size_t room = 0;
	int *list = NULL;

	for (int i = 0; i < 1000; i++) {
		int *more = arena_more(&arena, list, (size_t)i, &room, 4, sizeof(*list));

		ck_assert_ptr_nonnull(more);
		ck_assert(more == list || room == (i ? 2 * (size_t)i : 4));
		list = more;
		list[i] = i;
	}
	ck_assert_uint_eq(room, 1024);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(list[i], i);
	arena.limit = arena.used;
	ck_assert_ptr_null(arena_more(&arena, list, room, &room, 4, (size_t)1 << 20));
	ck_assert_uint_eq(room, 1024);
	ck_assert_int_eq(list[999], 999);
}
END_TEST

START_TEST(impossible_sizes)
{
	struct arena wide;

	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 15));
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 64));
	ck_assert_ptr_null(arena_array(&arena, SIZE_MAX, 2));
	ck_assert_ptr_null(arena_array(&arena, SIZE_MAX / 8 + 1, 8));
	ck_assert_ptr_null(arena_array(&arena, (size_t)1 << 32, (size_t)1 << 32));
	ck_assert_ptr_null(arena_array(&arena, SIZE_MAX / 8, 8));
	ck_assert_uint_eq(arena.used, 0);

	/* The limit does not help, the sum with the chunk's own needs has to be seen to overflow. */
	arena_init(&wide, SIZE_MAX);
	ck_assert_ptr_null(arena_alloc(&wide, SIZE_MAX));
	ck_assert_ptr_null(arena_alloc(&wide, SIZE_MAX - 31));
	ck_assert_ptr_null(arena_alloc(&wide, SIZE_MAX - 48));
	ck_assert_ptr_null(arena_alloc(&wide, (size_t)PTRDIFF_MAX + 1));
	ck_assert_ptr_null(arena_alloc(&wide, PTRDIFF_MAX));
	ck_assert_uint_eq(wide.used, 0);
	arena_free(&wide);
}
END_TEST

START_TEST(array)
{
	uint64_t *a = arena_array(&arena, 1000, sizeof(*a));

	ck_assert_ptr_nonnull(a);
	ck_assert(is_filled((unsigned char *)a, 0, 8000));
	a[999] = 1;
}
END_TEST

START_TEST(strings)
{
	char source[] = "kmalloc-64";
	char *copy = arena_strdup(&arena, source);

	source[0] = 'x';
	ck_assert_str_eq(copy, "kmalloc-64");
	ck_assert_str_eq(arena_strdup(&arena, ""), "");
	ck_assert_str_eq(copy, "kmalloc-64");

	/* The NUL does not fit into the 16 bytes that the letters fill. */
	copy = arena_strdup(&arena, "dma-kmalloc-8192");
	memset(arena_alloc(&arena, 16), 'x', 16);
	ck_assert_str_eq(copy, "dma-kmalloc-8192");
}
END_TEST

START_TEST(limit_holds)
{
	unsigned int n, first;
	struct arena_mark mark;

	arena_init(&arena, 200 * KIB);
	mark = arena_mark(&arena);
	ck_assert_ptr_null(arena_alloc(&arena, 200 * KIB));
	ck_assert_uint_eq(arena.used, 0);
	for (n = 0; arena_alloc(&arena, KIB); n++)
		ck_assert_uint_le(arena.used, 200 * KIB);
	/* Nearly all of it could be used, though no multiple of a chunk's usual size. */
	ck_assert_uint_ge(n, 190);
	ck_assert_uint_le(n, 199);
	ck_assert_ptr_null(arena_alloc(&arena, KIB));
	first = n;
	/* It is as good as new after a release. */
	arena_release(&arena, mark);
	for (n = 0; arena_alloc(&arena, KIB); n++)
		;
	ck_assert_uint_ge(n, first - 1);
	ck_assert_uint_le(arena.peak, 200 * KIB);
}
END_TEST

START_TEST(limit_of_nothing)
{
	arena_init(&arena, 0);
	ck_assert_ptr_null(arena_alloc(&arena, 1));
	ck_assert_ptr_null(arena_strdup(&arena, "x"));
	arena_init(&arena, 16);
	ck_assert_ptr_null(arena_alloc(&arena, 1));
	ck_assert_uint_eq(arena.peak, 0);
}
END_TEST

/* A spare that is too small for a need gives way when the limit could not bear both. */
START_TEST(spare_gives_way)
{
	struct arena_mark mark;

	arena_init(&arena, 200 * KIB);
	mark = arena_mark(&arena);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 150 * KIB));
	arena_release(&arena, mark);
	ck_assert_ptr_nonnull(arena.spare);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 160 * KIB));
	ck_assert_uint_le(arena.used, 200 * KIB);
}
END_TEST

START_TEST(release_in_a_chunk)
{
	unsigned char *kept = arena_alloc(&arena, 100);
	struct arena_mark mark;
	unsigned char *a, *b;

	memset(kept, 0x11, 100);
	mark = arena_mark(&arena);
	a = arena_alloc(&arena, 100);
	memset(a, 0x22, 100);
	arena_release(&arena, mark);
	b = arena_alloc(&arena, 100);
	ck_assert_ptr_eq(a, b);
	ck_assert(is_filled(b, 0, 100));
	ck_assert(is_filled(kept, 0x11, 100));
}
END_TEST

START_TEST(release_across_chunks)
{
	unsigned char *kept = arena_alloc(&arena, 100);
	struct arena_mark outer, inner;
	unsigned char *middle;
	size_t used;
	int n;

	memset(kept, 0x11, 100);
	outer = arena_mark(&arena);
	for (n = 0; n < 100; n++)
		memset(arena_alloc(&arena, 10000), 0x22, 10000);
	middle = arena_alloc(&arena, 100);
	memset(middle, 0x33, 100);
	inner = arena_mark(&arena);
	used = arena.used;
	for (n = 0; n < 100; n++)
		memset(arena_alloc(&arena, 100000), 0x44, 100000);
	arena_release(&arena, inner);
	/* All but a spare went back. */
	ck_assert_uint_le(arena.used, used + 2 * MIB);
	ck_assert(is_filled(middle, 0x33, 100));
	ck_assert(is_filled(arena_alloc(&arena, 100000), 0, 100000));
	arena_release(&arena, outer);
	ck_assert_uint_le(arena.used, 2 * MIB);
	ck_assert(is_filled(kept, 0x11, 100));
	for (n = 0; n < 100; n++)
		ck_assert(is_filled(arena_alloc(&arena, 10000), 0, 10000));
}
END_TEST

START_TEST(release_to_the_beginning)
{
	struct arena_mark mark = arena_mark(&arena);
	int n;

	for (n = 0; n < 100; n++)
		memset(arena_alloc(&arena, 10000), 0x22, 10000);
	arena_release(&arena, mark);
	ck_assert_ptr_null(arena.chunks);
	ck_assert(is_filled(arena_alloc(&arena, 60000), 0, 60000));
}
END_TEST

START_TEST(large_goes_back)
{
	struct arena_mark mark;
	size_t used;

	ck_assert_ptr_nonnull(arena_alloc(&arena, 10));
	used = arena.used;
	mark = arena_mark(&arena);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 100 * MIB));
	/* It cost what it is, give or take a header. */
	ck_assert_uint_ge(arena.used, used + 100 * MIB);
	ck_assert_uint_le(arena.used, used + 100 * MIB + KIB);
	arena_release(&arena, mark);
	ck_assert_uint_eq(arena.used, used);
	ck_assert_uint_ge(arena.peak, 100 * MIB);
	arena_free(&arena);
	ck_assert_uint_eq(arena.used, 0);
	/* The peak is of the whole run. */
	ck_assert_uint_ge(arena.peak, 100 * MIB);
	ck_assert_uint_eq(arena.limit, 256 * MIB);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 10));
}
END_TEST

/* Whenever a chunk comes from the system, used grows. */
START_TEST(few_chunks)
{
	unsigned int chunks = 0;
	size_t n, used = 0;

	for (n = 0; n < 64 * MIB / 64; n++) {
		unit_check(arena_alloc(&arena, 64), "no memory after %zu allocations", n);
		chunks += arena.used != used;
		used = arena.used;
	}
	/* With AddressSanitizer's gaps it is a fourth more. */
	ck_assert_uint_lt(chunks, 120);
}
END_TEST

START_TEST(marks_at_the_end_of_a_chunk_are_cheap)
{
	struct arena_mark mark;
	size_t used;
	int n;

	/* Leave less room in the chunk than each round needs. */
	while (!arena.used || arena.used == arena_mark(&arena).fill)
		ck_assert_ptr_nonnull(arena_alloc(&arena, 60000));
	mark = arena_mark(&arena);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 40000));
	arena_release(&arena, mark);
	used = arena.used;
	for (n = 0; n < 1000; n++) {
		unsigned char *data = arena_alloc(&arena, 40000);

		unit_check(is_filled(data, 0, 64), "not zero in round %d", n);
		memset(data, 0x55, 64);
		unit_check_eq(arena.used, used);
		arena_release(&arena, mark);
	}
}
END_TEST

/*
 * Any order of allocations, marks and releases, beside a list of what should be there: every
 * block is zero at first and keeps what was written into it until it is released.
 */
struct block {
	unsigned char *data;
	size_t len;
	unsigned char byte;
};

#define BLOCKS 400
#define MARKS 16

static struct block blocks[BLOCKS];

static void check_blocks(size_t count)
{
	size_t n;

	for (n = 0; n < count; n++)
		unit_check(is_filled(blocks[n].data, blocks[n].byte, blocks[n].len),
			   "block %zu of %zu is not what was written", n, count);
}

static void add_block(size_t n, uint64_t random)
{
	size_t len = random % 97 ? random >> 8 & 0xfff : random >> 8 & 0x3ffff;

	blocks[n] = (struct block){
		.data = arena_alloc(&arena, len),
		.len = len,
		.byte = (unsigned char)(1 + n % 255),
	};
	unit_check(blocks[n].data, "no memory");
	unit_check(is_filled(blocks[n].data, 0, len), "block %zu is not zero", n);
	memset(blocks[n].data, blocks[n].byte, len);
}

START_TEST(any_order)
{
	struct arena_mark marks[MARKS];
	size_t counts[MARKS], count = 0, nested = 0;
	uint64_t state = (uint64_t)_i;
	int n;

	for (n = 0; n < 3000; n++) {
		uint64_t random = unit_random(&state) >> 8;

		if (random % 16 == 0 && nested < MARKS) {
			marks[nested] = arena_mark(&arena);
			counts[nested++] = count;
		} else if ((random % 16 == 1 || count == BLOCKS) && nested) {
			/* not always to the innermost mark */
			nested = (random >> 8) % nested;
			count = counts[nested];
			arena_release(&arena, marks[nested]);
			check_blocks(count);
		} else if (count < BLOCKS) {
			add_block(count++, random >> 4);
		}
		unit_check(arena.used <= arena.peak, "%zu above peak", arena.used);
	}
	check_blocks(count);
}
END_TEST

static TCase *allocation_tcase(void)
{
	TCase *tcase = tcase_create("allocation");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, aligned_and_zeroed);
	tcase_add_test(tcase, nothing_has_an_address);
	tcase_add_test(tcase, arrays_grow);
	tcase_add_test(tcase, impossible_sizes);
	tcase_add_test(tcase, array);
	tcase_add_test(tcase, strings);
	tcase_add_test(tcase, limit_holds);
	tcase_add_test(tcase, limit_of_nothing);
	tcase_add_test(tcase, few_chunks);
	return tcase;
}

static TCase *release_tcase(void)
{
	TCase *tcase = tcase_create("release");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, spare_gives_way);
	tcase_add_test(tcase, release_in_a_chunk);
	tcase_add_test(tcase, release_across_chunks);
	tcase_add_test(tcase, release_to_the_beginning);
	tcase_add_test(tcase, large_goes_back);
	tcase_add_test(tcase, marks_at_the_end_of_a_chunk_are_cheap);
	tcase_add_loop_test(tcase, any_order, 1, 11);
	return tcase;
}

Suite *suite_arena(void)
{
	Suite *suite = suite_create("arena");

	suite_add_tcase(suite, allocation_tcase());
	suite_add_tcase(suite, release_tcase());
	return suite;
}
