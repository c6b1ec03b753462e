/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between struct page, page frame and virtual address: each edge, and each bit of an address.
 */
#include <string.h>

#include "checker/image/linear_map.h"
#include "checker/image/target.h"
#include "tests/unit/unit.h"

#define DIRECT UINT64_C(0xffff888000000000)
#define MEMMAP UINT64_C(0xffffea0000000000)
#define SHIFT 12u
#define PAGE (UINT64_C(1) << SHIFT)
#define UNTOUCHED UINT64_C(0x1234567812345678)

static struct linear_map map_of(uint64_t frames, uint64_t page_struct)
{
	struct linear_map map;

	linear_map_init(&map, SHIFT);
	linear_map_limit(&map, frames);
	linear_map_direct(&map, DIRECT);
	ck_assert(linear_map_memmap(&map, MEMMAP, page_struct));
	return map;
}

static const uint64_t sizes[] = { 56, 64, 80, 128 };

START_TEST(there_and_back)
{
	const uint64_t frames = 10241;
	uint64_t page, virt, frame, back;

	for (int s = 0; s < UNIT_COUNT(sizes); s++) {
		struct linear_map map = map_of(frames, sizes[s]);

		for (uint64_t i = 0; i < frames; i++) {
			ck_assert(linear_map_page(&map, i, &page));
			unit_check_eq(page, MEMMAP + i * sizes[s]);
			ck_assert(linear_map_frame(&map, page, &frame));
			unit_check_eq(frame, i);
			ck_assert(linear_map_page_to_virt(&map, page, &virt));
			unit_check_eq(virt, DIRECT + i * PAGE);
			ck_assert(linear_map_virt_to_page(&map, virt + PAGE - 1, &back));
			unit_check_eq(back, page);
		}
	}
}
END_TEST

static void refuses(const struct linear_map *map, uint64_t page)
{
	uint64_t virt = UNTOUCHED, frame = UNTOUCHED;

	unit_check(!linear_map_page_to_virt(map, page, &virt), "%#llx is a struct page",
		   (unsigned long long)page);
	ck_assert(!linear_map_frame(map, page, &frame));
	ck_assert(virt == UNTOUCHED && frame == UNTOUCHED);
}

/* No page of a small machine is one bit from another one's but for bits of the frame number. */
START_TEST(each_bit)
{
	for (int s = 0; s < UNIT_COUNT(sizes); s++) {
		struct linear_map map = map_of(10241, sizes[s]);
		uint64_t page = MEMMAP + 77 * sizes[s], frame;

		for (unsigned int bit = 0; bit < 64; bit++) {
			uint64_t flipped = page ^ UINT64_C(1) << bit;

			if (flipped - MEMMAP < 10241 * sizes[s] &&
			    (flipped - MEMMAP) % sizes[s] == 0) {
				ck_assert(linear_map_frame(&map, flipped, &frame));
				unit_check_eq(MEMMAP + frame * sizes[s], flipped);
				continue;
			}
			refuses(&map, flipped);
		}
		/* The frame number, times the size of a page, loses these bits. */
		refuses(&map, page ^ UINT64_C(1) << 58);
		refuses(&map, page ^ UINT64_C(1) << 60);
	}
}
END_TEST

START_TEST(edges_of_the_memmap)
{
	for (int s = 0; s < UNIT_COUNT(sizes); s++) {
		struct linear_map map = map_of(10241, sizes[s]);
		uint64_t page, end = MEMMAP + 10241 * sizes[s], frame;

		refuses(&map, MEMMAP - 1);
		refuses(&map, MEMMAP - sizes[s]);
		ck_assert(linear_map_frame(&map, MEMMAP, &frame) && !frame);
		for (uint64_t i = 1; i < sizes[s]; i++)
			refuses(&map, MEMMAP + 5 * sizes[s] + i);
		ck_assert(linear_map_frame(&map, end - sizes[s], &frame));
		unit_check_eq(frame, 10240);
		refuses(&map, end);
		refuses(&map, 0);
		refuses(&map, 1);
		refuses(&map, UINT64_MAX);
		refuses(&map, UINT64_MAX - sizes[s] + 1);
		ck_assert(!linear_map_page(&map, 10241, &page));
		ck_assert(!linear_map_page(&map, UINT64_MAX, &page));
		/* frame * size wraps around to the first ones. */
		ck_assert(!linear_map_page(&map, UINT64_C(1) << 58, &page));
	}
}
END_TEST

START_TEST(edges_of_the_direct_map)
{
	struct linear_map map = map_of(10241, 64);
	const uint64_t wrong[] = { 0,
				   DIRECT - 1,
				   DIRECT + 10241 * PAGE,
				   UINT64_MAX,
				   DIRECT ^ UINT64_C(1) << 63,
				   DIRECT ^ UINT64_C(1) << 58,
				   DIRECT ^ UINT64_C(1) << 52 };
	uint64_t page = UNTOUCHED, phys = UNTOUCHED;

	for (int i = 0; i < UNIT_COUNT(wrong); i++) {
		ck_assert(!linear_map_virt_to_page(&map, wrong[i], &page));
		ck_assert(!linear_map_phys(&map, wrong[i], &phys));
		ck_assert(page == UNTOUCHED && phys == UNTOUCHED);
	}
	ck_assert(linear_map_phys(&map, DIRECT + 10241 * PAGE - 1, &phys));
	unit_check_eq(phys, 10241 * PAGE - 1);
}
END_TEST

/* Memory that does not begin at 0 (arm64): frame 0 would be below both arrays. */
START_TEST(memory_begins_late)
{
	struct linear_map map;
	uint64_t first = UINT64_C(0x40000), page, virt;

	linear_map_init(&map, SHIFT);
	linear_map_limit(&map, first + 1000);
	linear_map_direct(&map, UINT64_C(0xffff000000000000) - first * PAGE);
	ck_assert(linear_map_memmap(&map, UINT64_C(0xfffffc0000000000) - first * 64, 64));
	ck_assert(linear_map_virt_to_page(&map, UINT64_C(0xffff000000000000), &page));
	unit_check_eq(page, UINT64_C(0xfffffc0000000000));
	ck_assert(linear_map_page_to_virt(&map, page + 999 * 64, &virt));
	unit_check_eq(virt, UINT64_C(0xffff000000000000) + 999 * PAGE);
	refuses(&map, page + 1000 * 64);
}
END_TEST

/* The largest machine, whose arrays end where addresses do. */
START_TEST(largest)
{
	struct linear_map map;
	uint64_t frames, page, virt, frame;

	linear_map_init(&map, SHIFT);
	unit_check_eq(map.frames, UINT64_C(1) << (TARGET_PHYS_BITS - SHIFT));
	linear_map_limit(&map, UINT64_MAX);
	frames = map.frames;
	unit_check_eq(frames, UINT64_C(1) << (TARGET_PHYS_BITS - SHIFT));
	unit_check_eq(linear_map_end(&map), UINT64_C(1) << TARGET_PHYS_BITS);
	linear_map_direct(&map, UINT64_C(0) - (frames << SHIFT));
	ck_assert(linear_map_memmap(&map, UINT64_C(0) - frames * 4096, 4096));
	ck_assert(linear_map_virt_to_page(&map, UINT64_MAX, &page));
	unit_check_eq(page, UINT64_C(0) - 4096);
	ck_assert(linear_map_page_to_virt(&map, page, &virt));
	unit_check_eq(virt, UINT64_C(0) - PAGE);
	ck_assert(!linear_map_frame(&map, 0, &frame));
	ck_assert(!linear_map_phys(&map, 0, &virt));
}
END_TEST

START_TEST(nothing_is_known)
{
	struct linear_map map;
	uint64_t value = UNTOUCHED;

	linear_map_init(&map, SHIFT);
	ck_assert(!linear_map_memmap(&map, MEMMAP, 0));
	ck_assert(!linear_map_memmap(&map, MEMMAP, PAGE + 1));
	ck_assert(!linear_map_frame(&map, MEMMAP, &value));
	ck_assert(!linear_map_page(&map, 0, &value));
	ck_assert(!linear_map_phys(&map, 0, &value));
	ck_assert(linear_map_memmap(&map, MEMMAP, 64));
	ck_assert(!linear_map_page_to_virt(&map, MEMMAP, &value));
	ck_assert(!linear_map_virt_to_page(&map, 0, &value));
	linear_map_direct(&map, DIRECT);
	linear_map_limit(&map, 0);
	ck_assert(!linear_map_page_to_virt(&map, MEMMAP, &value));
	ck_assert(!linear_map_virt_to_page(&map, DIRECT, &value));
	unit_check_eq(value, UNTOUCHED);
}
END_TEST

Suite *suite_linear_map(void)
{
	Suite *suite = suite_create("linear_map");
	TCase *tcase = tcase_create("linear_map");

	tcase_add_test(tcase, there_and_back);
	tcase_add_test(tcase, each_bit);
	tcase_add_test(tcase, edges_of_the_memmap);
	tcase_add_test(tcase, edges_of_the_direct_map);
	tcase_add_test(tcase, memory_begins_late);
	tcase_add_test(tcase, largest);
	tcase_add_test(tcase, nothing_is_known);
	suite_add_tcase(suite, tcase);
	return suite;
}
