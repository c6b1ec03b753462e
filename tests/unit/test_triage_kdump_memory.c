/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages of makedumpfile's format, unpacked, and what is not a page. */
#include "triage/kdump_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/kdump_image.h"
#include "tests/unit/unit.h"

#define PAGE 4096u
#define PARTS 3

static struct kdump_image image;
static FILE *files[PARTS];
static size_t nr_files;
static struct kdump_memory memory;
static const char *mixed; /* what kdump_memory_learn() says */
static struct kdump_reader *reader;

static void setup(void)
{
	nr_files = 0;
	reader = NULL;
}

static void closed(void)
{
	kdump_reader_free(reader);
	reader = NULL;
	kdump_memory_free(&memory);
	while (nr_files)
		fclose(files[--nr_files]);
}

static void teardown(void)
{
	closed();
	kdump_image_free(&image);
}

static void file_add(size_t size)
{
	FILE *file = tmpfile();

	unit_check(file && fwrite(image.bytes, 1, size, file) == size && !fflush(file), "no file");
	files[nr_files++] = file;
}

static void learn(void)
{
	int fds[PARTS];

	for (size_t i = 0; i < nr_files; i++)
		fds[i] = fileno(files[i]);
	mixed = kdump_memory_learn(&memory, fds, nr_files);
	if (memory.nr)
		reader = kdump_reader_new(&memory);
	unit_check(!memory.nr || reader, "no memory");
}

static void opened(void)
{
	closed();
	file_add(image.size);
	learn();
}

/* Make a dump and open it; false: this build does not know the compression. */
static bool made(const struct kdump_image_spec *spec)
{
	kdump_image_free(&image);
	if (!kdump_image_make(&image, spec))
		return false;
	opened();
	unit_check_eq(memory.nr, 1);
	return true;
}

static enum kdump_got got(uint64_t frame)
{
	static uint8_t page[64 << 10];
	size_t block = image.spec.block;

	return kdump_reader_read(reader, frame * block, page, block);
}

/* The page is read as it was written, whole, in parts, and once more. */
static void holds(uint64_t frame)
{
	static uint8_t wanted[64 << 10], page[64 << 10];
	size_t block = image.spec.block;

	kdump_image_page(frame, wanted, block);
	for (int i = 0; i < 2; i++) {
		memset(page, 0xee, block);
		unit_check_eq(kdump_reader_read(reader, frame * block, page, block), KDUMP_GOT);
		unit_check(!memcmp(page, wanted, block), "frame %u differs", (unsigned int)frame);
	}
	memset(page, 0xee, block);
	unit_check_eq(kdump_reader_read(reader, frame * block + 40, page, 100), KDUMP_GOT);
	unit_check(!memcmp(page, wanted + 40, 100) && page[100] == 0xee, "frame %u, a part of it",
		   (unsigned int)frame);
}

static void all_hold(void)
{
	for (uint64_t frame = 0; frame < image.spec.frames + 10; frame++)
		if (frame < image.spec.frames && kdump_image_has(frame))
			holds(frame);
		else
			unit_check_eq(got(frame), KDUMP_ABSENT);
	/* From behind, as a list may lead. */
	for (uint64_t frame = image.spec.frames; frame-- > 0;)
		unit_check_eq(got(frame), kdump_image_has(frame) ? KDUMP_GOT : KDUMP_ABSENT);
	unit_check_eq(got(UINT64_MAX / image.spec.block), KDUMP_ABSENT);
	unit_check_eq(got(UINT64_C(1) << 40), KDUMP_ABSENT);
}

START_TEST(formats)
{
	static const uint32_t flags[] = { 0, KDUMP_PAGE_ZLIB, KDUMP_PAGE_LZO, KDUMP_PAGE_SNAPPY,
					  KDUMP_PAGE_ZSTD };

	for (int i = 0; i < UNIT_COUNT(flags); i++)
		if (made(&(struct kdump_image_spec){ .flags = flags[i] }))
			all_hold();
}
END_TEST

START_TEST(large_pages)
{
	static const uint32_t blocks[] = { 16 << 10, 64 << 10 };

	for (int i = 0; i < UNIT_COUNT(blocks); i++) {
		unit_check(made(&(struct kdump_image_spec){ .block = blocks[i], .frames = 200 }),
			   "not compressed");
		all_hold();
		if (made(&(struct kdump_image_spec){
			    .block = blocks[i], .frames = 200, .flags = KDUMP_PAGE_ZLIB }))
			all_hold();
	}
}
END_TEST

/* A request can span pages, begin and end in the middle of one, and meet one that is not there. */
START_TEST(spans)
{
	static uint8_t page[PAGE], bytes[6 * PAGE];
	const uint64_t frame = 8; /* up to 13 all are there */

	if (!made(&(struct kdump_image_spec){ .flags = KDUMP_PAGE_ZLIB }))
		return;
	unit_check_eq(kdump_reader_read(reader, frame * PAGE + 100, bytes, 5 * PAGE), KDUMP_GOT);
	for (unsigned int i = 1; i < 5; i++) {
		kdump_image_page(frame + i, page, PAGE);
		unit_check(!memcmp(bytes + i * PAGE - 100, page, PAGE), "page %u", i);
	}
	unit_check_eq(kdump_reader_read(reader, frame * PAGE, bytes, 6 * PAGE), KDUMP_GOT);
	unit_check_eq(kdump_reader_read(reader, frame * PAGE + 1, bytes, 6 * PAGE), KDUMP_ABSENT);
	unit_check_eq(kdump_reader_read(reader, 14 * PAGE - 1, bytes, 1), KDUMP_GOT);
	unit_check_eq(kdump_reader_read(reader, 14 * PAGE, bytes, 1), KDUMP_ABSENT);
}
END_TEST

static void part_add(uint32_t first, uint32_t end)
{
	kdump_image_free(&image);
	unit_check(kdump_image_make(
			   &image,
			   &(struct kdump_image_spec){ .split = true, .first = first, .end = end }),
		   "not made");
	file_add(image.size);
}

START_TEST(parts)
{
	closed();
	part_add(901, KDUMP_IMAGE_FRAMES);
	part_add(0, 333);
	part_add(333, 901);
	learn();
	unit_check_eq(memory.nr, 3);
	all_hold();
}
END_TEST

START_TEST(part_missing)
{
	closed();
	part_add(0, 333);
	part_add(901, KDUMP_IMAGE_FRAMES);
	learn();
	unit_check_eq(memory.nr, 2);
	holds(332);
	holds(901);
	unit_check_eq(got(333), KDUMP_ABSENT);
	unit_check_eq(got(899), KDUMP_ABSENT);
}
END_TEST

static void are_mixed(const char *why)
{
	learn();
	unit_check_eq(memory.nr, 0);
	unit_check(mixed && strstr(mixed, why), "%s", mixed ? mixed : "nothing is said");
}

/* Which of them has a page is not known. */
START_TEST(parts_that_overlap)
{
	closed();
	part_add(0, 334);
	part_add(333, 901);
	are_mixed("one part twice");
	closed();
	part_add(333, 901);
	part_add(333, 901);
	are_mixed("one part twice");
}
END_TEST

/* Another machine's name, another size of memory, or a dump that is not a part at all. */
START_TEST(parts_of_others)
{
	static const size_t places[] = { 12 + 65, PAGE + 96, PAGE + 12 };

	for (int i = 0; i < UNIT_COUNT(places); i++) {
		closed();
		part_add(0, 333);
		image.bytes[places[i]] ^= 1;
		file_add(image.size);
		part_add(333, KDUMP_IMAGE_FRAMES);
		fclose(files[0]);
		memmove(files, files + 1, --nr_files * sizeof(*files));
		are_mixed("different dumps");
	}
}
END_TEST

/* A part with notes, which lie behind the sub header. */
static void noted_part_add(uint64_t first, uint64_t end, uint8_t note)
{
	const uint64_t notes[] = { PAGE + 128, 100 };

	part_add(first, end);
	memcpy(&image.bytes[PAGE + 48], notes, sizeof(notes));
	image.bytes[notes[0] + 90] = note;
	file_add(image.size);
	fclose(files[nr_files - 2]);
	files[nr_files - 2] = files[nr_files - 1];
	nr_files--;
}

/* One machine, dumped twice. */
START_TEST(parts_of_two_moments)
{
	closed();
	noted_part_add(0, 333, 7);
	noted_part_add(333, KDUMP_IMAGE_FRAMES, 7);
	learn();
	unit_check_eq(memory.nr, 2);
	closed();
	noted_part_add(0, 333, 7);
	noted_part_add(333, KDUMP_IMAGE_FRAMES, 8);
	are_mixed("different dumps");
	/* Nothing speaks against one that has no notes. */
	closed();
	noted_part_add(0, 333, 7);
	part_add(333, KDUMP_IMAGE_FRAMES);
	learn();
	unit_check_eq(memory.nr, 2);
}
END_TEST

/* Wherever the file ends, pages are whole or absent. */
START_TEST(cut)
{
	uint8_t page[PAGE], wanted[PAGE];

	if (!made(&(struct kdump_image_spec){ .flags = KDUMP_PAGE_ZLIB }))
		return;
	for (size_t size = image.size; size > image.pages; size -= size / 7) {
		unsigned int there = 0;

		closed();
		file_add(size);
		learn();
		unit_check_eq(memory.nr, 1);
		for (uint64_t frame = 0; frame < image.spec.frames; frame++) {
			if (kdump_reader_read(reader, frame * PAGE, page, PAGE) != KDUMP_GOT)
				continue;
			kdump_image_page(frame, wanted, PAGE);
			unit_check(!memcmp(page, wanted, PAGE), "frame %u", (unsigned int)frame);
			there++;
		}
		unit_check((there == image.nr) == (size == image.size), "%u of %zu pages", there,
			   image.nr);
	}
	closed();
	file_add(image.pages - 1);
	learn();
	unit_check_eq(memory.nr, 0);
}
END_TEST

/* What a descriptor may say, and what becomes of its page. */
START_TEST(descriptors)
{
	const uint64_t frame = 801; /* and the two behind it are there */
	struct kdump_page good, bad[12];
	size_t at;

	if (!made(&(struct kdump_image_spec){ .flags = KDUMP_PAGE_ZLIB }))
		return;
	at = kdump_image_descriptor(&image, frame + 1);
	memcpy(&good, image.bytes + at, sizeof(good));
	unit_check(good.size < PAGE / 2, "%u bytes", good.size);
	for (int i = 0; i < UNIT_COUNT(bad); i++)
		bad[i] = good;
	bad[0].offset = image.size; /* behind the end of the file */
	bad[1].offset = image.size - good.size + 1;
	bad[2].offset = UINT64_MAX;
	bad[3].offset = UINT64_MAX - good.size;
	bad[4].offset = image.pages; /* no page is there */
	bad[5].offset = 0;
	bad[6].size = 0; /* of a disk that was full */
	bad[7].size = PAGE + 1;
	bad[8].size = UINT32_MAX;
	bad[9].size -= 1; /* the end of the stream is missing */
	bad[10].offset += 1;
	bad[11].flags = 0; /* a page that is not compressed is larger */
	for (int i = 0; i < UNIT_COUNT(bad); i++) {
		memcpy(image.bytes + at, &bad[i], sizeof(bad[i]));
		opened();
		unit_check(got(frame + 1) == KDUMP_ABSENT, "descriptor %d was believed", i);
		holds(frame);
		holds(frame + 2);
	}
	/* Two compressions at once: libkdumpfile takes one of them. */
	bad[0] = good;
	bad[0].flags |= KDUMP_PAGE_ZSTD;
	memcpy(image.bytes + at, &bad[0], sizeof(bad[0]));
	opened();
	unit_check_eq(got(frame + 1), KDUMP_FOREIGN);
}
END_TEST

/* Bytes that unpack to more or less than a page are not one. */
START_TEST(sizes)
{
	static const uint32_t flags[] = { KDUMP_PAGE_ZLIB, KDUMP_PAGE_LZO, KDUMP_PAGE_SNAPPY,
					  KDUMP_PAGE_ZSTD };
	static const uint32_t blocks[] = { 4096, 16384 };
	struct kdump_image from, *to = &image;

	for (int i = 0; i < UNIT_COUNT(flags) * UNIT_COUNT(blocks); i++) {
		struct kdump_image_spec spec = { .flags = flags[i / 2], .block = 8192 };
		struct kdump_page page;

		if (!kdump_image_make(&from, &spec))
			continue;
		spec.block = blocks[i % 2];
		made(&spec);
		holds(802);
		memcpy(&page, from.bytes + kdump_image_descriptor(&from, 802), sizeof(page));
		memcpy(to->bytes + to->data + spec.block, from.bytes + page.offset, page.size);
		page.offset = to->data + spec.block;
		memcpy(to->bytes + kdump_image_descriptor(to, 802), &page, sizeof(page));
		kdump_image_free(&from);
		opened();
		unit_check(got(802) == KDUMP_ABSENT, "flags %#x, pages of %u", spec.flags,
			   spec.block);
	}
}
END_TEST

/* Headers that are left to libkdumpfile, which refuses them or knows better. */
START_TEST(headers)
{
	static const struct {
		size_t at;
		uint64_t value;
		size_t size;
	} changes[] = {
		{ 0, 0, 1 }, /* the signature */
		{ 424, KDUMP_PAGE_ZLIB | KDUMP_PAGE_ZSTD, 4 }, /* two compressions at once */
		{ 428, 0, 4 }, /* the size of a block */
		{ 428, 2048, 4 },
		{ 428, 4095, 4 },
		{ 428, 3 * 4096, 4 },
		{ 428, 128 << 10, 4 },
		{ 428, UINT32_MAX, 4 },
		{ 432, UINT32_MAX, 4 }, /* blocks of the sub header */
		{ 432, 1 << 20, 4 },
		{ 436, 0, 4 }, /* blocks of the bitmaps */
		{ 436, 1, 4 },
		{ 436, UINT32_MAX, 4 },
		{ PAGE + 96, UINT64_C(1) << 40, 8 }, /* frames: more than the bitmaps have bits */
		{ PAGE + 96, 2 * 8 * PAGE + 1, 8 },
	};

	if (!made(&(struct kdump_image_spec){ .flags = KDUMP_PAGE_ZLIB }))
		return;
	for (int i = 0; i < UNIT_COUNT(changes); i++) {
		uint64_t was;

		memcpy(&was, image.bytes + changes[i].at, sizeof(was));
		memcpy(image.bytes + changes[i].at, &changes[i].value, changes[i].size);
		opened();
		unit_check(!memory.nr, "change %d was believed", i);
		memcpy(image.bytes + changes[i].at, &was, sizeof(was));
	}
	opened();
	unit_check_eq(memory.nr, 1);
}
END_TEST

/* Any byte of what is not a page's contents: reads end, and say the same twice. */
START_TEST(mutated)
{
	static uint8_t page[2][PAGE];
	size_t step = 53;

	if (!made(&(struct kdump_image_spec){ .flags = KDUMP_PAGE_ZLIB, .frames = 100 }))
		return;
	for (size_t at = 0; at < image.data + 64; at += at < 700 ? 1 : step) {
		uint8_t was = image.bytes[at];

		image.bytes[at] ^= (uint8_t)(at % 3 ? 0xff : 0x80);
		opened();
		for (uint64_t frame = 0; memory.nr && frame < 100; frame += 9) {
			size_t size = (size_t)1 << memory.shift;
			enum kdump_got first;

			if (size > PAGE)
				continue;
			first = kdump_reader_read(reader, frame * size, page[0], size);
			unit_check_eq(kdump_reader_read(reader, frame * size, page[1], size),
				      first);
			unit_check(first != KDUMP_GOT || !memcmp(page[0], page[1], size),
				   "byte %zu", at);
		}
		image.bytes[at] = was;
	}
}
END_TEST

Suite *suite_triage_kdump_memory(void)
{
	Suite *suite = suite_create("triage_kdump_memory");
	TCase *tcase = tcase_create("kdump_memory");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, formats);
	tcase_add_test(tcase, large_pages);
	tcase_add_test(tcase, spans);
	tcase_add_test(tcase, parts);
	tcase_add_test(tcase, part_missing);
	tcase_add_test(tcase, parts_that_overlap);
	tcase_add_test(tcase, parts_of_others);
	tcase_add_test(tcase, parts_of_two_moments);
	tcase_add_test(tcase, cut);
	tcase_add_test(tcase, descriptors);
	tcase_add_test(tcase, sizes);
	tcase_add_test(tcase, headers);
	tcase_add_test(tcase, mutated);
	suite_add_tcase(suite, tcase);
	return suite;
}
