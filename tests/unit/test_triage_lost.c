/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a dump's headers promise and its file does not have. */
#include "triage/lost.h"

#include <elf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define BLOCK 4096
#define FRAMES 4096 /* of memory; the even ones are in the dump, but the first of a hundred */
#define DESCRIPTORS (5 * BLOCK) /* headers, and two bitmaps with a block each, of a kind */

static FILE *file;
static struct lost lost;
static struct lost_file about;

static void setup(void)
{
	file = tmpfile();
	unit_check(file != NULL, "no file");
	lost = (struct lost){ 0 };
}

static void teardown(void)
{
	fclose(file);
	lost_free(&lost);
}

static void put(long at, const void *bytes, size_t size)
{
	unit_check(!fseek(file, at, SEEK_SET) && fwrite(bytes, 1, size, file) == size,
		   "not written");
}

static void learn(long size)
{
	fflush(file);
	unit_check(!ftruncate(fileno(file), size), "not cut");
	unit_check(lost_learn(&lost, fileno(file), &about), "no memory");
}

/* Two segments of a page and of four, whose bytes lie in the other order. */
static void elf_make(void)
{
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_CORE,
			      .e_machine = EM_X86_64,
			      .e_version = EV_CURRENT,
			      .e_phoff = sizeof(header),
			      .e_ehsize = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = 2 };
	Elf64_Phdr segments[] = {
		{ .p_type = PT_LOAD,
		  .p_offset = 5 * BLOCK,
		  .p_paddr = 0x100000,
		  .p_filesz = BLOCK,
		  .p_memsz = BLOCK },
		{ .p_type = PT_LOAD,
		  .p_offset = BLOCK,
		  .p_paddr = 0x200000,
		  .p_filesz = 4 * BLOCK,
		  .p_memsz = 4 * BLOCK },
	};

	put(0, &header, sizeof(header));
	put(sizeof(header), segments, sizeof(segments));
}

START_TEST(elf_whole)
{
	elf_make();
	learn(6 * BLOCK);
	unit_check(about.mappable && !lost.nr && !lost.bytes, "all is there");
	unit_check(!lost_any(&lost, 0, UINT64_MAX), "nothing is lost");
}
END_TEST

START_TEST(elf_cut)
{
	elf_make();
	learn(2 * BLOCK + 16);
	unit_check(!about.mappable, "a byte behind the end is a SIGBUS");
	unit_check_eq(lost.bytes, 4 * BLOCK - 16);
	unit_check(lost_any(&lost, 0x100000, 1) && lost_any(&lost, 0x100fff, 1), "first segment");
	unit_check(!lost_any(&lost, 0x101000, 8) && !lost_any(&lost, 0xffff8, 8), "beside it");
	unit_check(lost_any(&lost, 0xffff8, 9), "it begins in the range");
	unit_check(!lost_any(&lost, 0x200000, BLOCK + 16), "this is there");
	unit_check(lost_any(&lost, 0x200000, BLOCK + 17), "one byte is not");
	unit_check(lost_any(&lost, 0x203ff8, 8) && !lost_any(&lost, 0x204000, 8), "its end");
	unit_check(!lost_any(&lost, 0x203ff8, 0), "nothing is asked for");
}
END_TEST

/* A segment that is cut and does not say where it lies, as those of text do in some dumps. */
START_TEST(elf_cut_without_place)
{
	static const uint64_t nowhere = UINT64_MAX;

	elf_make();
	put((long)(sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_paddr)), &nowhere, 8);
	learn(5 * BLOCK + 16);
	unit_check(!about.broken && !about.mappable, "%s", about.broken);
	unit_check(!lost_any(&lost, 0, UINT64_MAX), "no page is known to be lost");
}
END_TEST

/* Headers with which libkdumpfile would not come back. */
START_TEST(elf_broken)
{
	static const struct {
		size_t at;
		uint64_t value;
		size_t size;
	} changes[] = {
		{ offsetof(Elf64_Ehdr, e_phentsize), 0, 2 },
		{ offsetof(Elf64_Ehdr, e_phnum), 0, 2 },
		{ offsetof(Elf64_Ehdr, e_phoff), 1ull << 40, 8 },
		{ sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_paddr), 1ull << 52, 8 },
		{ sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_filesz), 1ull << 60, 8 },
		{ sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz), UINT64_MAX, 8 },
	};
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_offset = 6 * BLOCK, .p_filesz = 16 };

	for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
		elf_make();
		put((long)changes[i].at, &changes[i].value, changes[i].size);
		learn(6 * BLOCK);
		unit_check(about.broken != NULL, "change %zu passed", i);
	}
	elf_make();
	put(sizeof(Elf64_Ehdr), &note, sizeof(note));
	learn(6 * BLOCK);
	unit_check(about.broken != NULL, "notes behind the end");
	elf_make();
	learn(6 * BLOCK);
	unit_check(!about.broken, "%s", about.broken);
}
END_TEST

static bool kept(unsigned int frame)
{
	return frame % 2 == 0 && frame % 100;
}

static unsigned int kept_before(unsigned int frame)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < frame; i++)
		nr += kept(i);
	return nr;
}

struct page {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};

/* @part: of two, or -1. Every third page is one of zeros; the others have 100 bytes each. */
static long kdump_make(int part)
{
	unsigned int first = part > 0 ? FRAMES / 2 : 0, end = part == 0 ? FRAMES / 2 : FRAMES;
	int32_t numbers[] = { BLOCK, 2, 2, FRAMES };
	int32_t split[] = { 31, part >= 0 };
	uint64_t range[] = { first, end }, frames = FRAMES;
	uint8_t bitmap[BLOCK] = { 0 };
	uint64_t zeros = DESCRIPTORS +
			 (uint64_t)(kept_before(end) - kept_before(first)) * sizeof(struct page);
	uint64_t next = zeros + BLOCK;
	unsigned int number = 0;

	put(0, "KDUMP   ", 8);
	put(428, numbers, sizeof(numbers));
	put(BLOCK + 8, split, sizeof(split));
	put(BLOCK + 16, range, sizeof(range));
	put(BLOCK + 96, &frames, sizeof(frames));
	for (unsigned int i = 0; i < FRAMES; i++)
		bitmap[i / 8] |= (uint8_t)(kept(i) << i % 8);
	put(4 * BLOCK, bitmap, sizeof(bitmap));
	memset(bitmap, 0xff, sizeof(bitmap));
	put(3 * BLOCK, bitmap, sizeof(bitmap));
	for (unsigned int i = first; i < end; i++) {
		struct page page = { .offset = zeros, .size = BLOCK };

		if (!kept(i))
			continue;
		if (i % 3)
			page = (struct page){ .offset = next, .size = 100, .flags = 1 };
		if (i % 3)
			next += 100;
		put(DESCRIPTORS + (long)(number++ * sizeof(page)), &page, sizeof(page));
	}
	return (long)next;
}

static void lost_from(unsigned int first, bool zeros_too)
{
	for (unsigned int i = 0; i < FRAMES; i++) {
		bool gone = kept(i) && i >= first && (zeros_too || i % 3);

		unit_check(lost_any(&lost, (uint64_t)i * BLOCK, BLOCK) == gone,
			   "frame %u is%s lost", i, gone ? " not" : "");
	}
}

START_TEST(kdump_whole)
{
	learn(kdump_make(-1));
	unit_check(!about.mappable && !about.empty && !lost.parts, "a dump of its own");
	lost_from(FRAMES, true);
	unit_check(!lost.bytes, "all is there");
}
END_TEST

START_TEST(kdump_broken)
{
	long end = kdump_make(-1);
	uint32_t size = BLOCK + 1;
	uint64_t notes = 1ull << 32;

	put(DESCRIPTORS + 1500 * (long)sizeof(struct page) + 8, &size, sizeof(size));
	learn(end);
	unit_check(about.broken != NULL, "a page of %u bytes", size);
	size = BLOCK;
	put(DESCRIPTORS + 1500 * (long)sizeof(struct page) + 8, &size, sizeof(size));
	learn(end);
	unit_check(!about.broken, "%s", about.broken);
	put(BLOCK + 56, &notes, sizeof(notes));
	learn(end);
	unit_check(about.broken != NULL, "notes of 4 GiB");
	notes = 0;
	put(BLOCK + 56, &notes, sizeof(notes));
	learn(DESCRIPTORS - 1);
	unit_check(about.broken != NULL, "half of a bitmap");
}
END_TEST

START_TEST(kdump_cut_pages)
{
	long whole = kdump_make(-1);
	unsigned int frame = FRAMES - 2;

	while (!kept(frame) || !(frame % 3))
		frame--;
	learn(whole - 1);
	lost_from(frame, false);
	unit_check_eq(lost.bytes, BLOCK);
}
END_TEST

START_TEST(kdump_cut_descriptors)
{
	unsigned int frame = 1000 + 2;

	kdump_make(-1);
	/* In the middle of one, so that all the pages are gone as well. */
	learn(DESCRIPTORS + (long)(kept_before(frame) * sizeof(struct page)) + 20);
	lost_from(0, true);
}
END_TEST

START_TEST(kdump_parts)
{
	long end = kdump_make(1);

	learn(end);
	unit_check(lost.parts == 1 && lost.parts_frames == FRAMES / 2, "half of it");
	unit_check_eq(lost.frames, FRAMES);
	fclose(file);
	file = tmpfile();
	end = kdump_make(0);
	learn(end - 100);
	unit_check(lost.parts == 2 && lost.parts_frames == FRAMES, "all of it");
	unit_check_eq(lost.bytes, BLOCK);
	unit_check(!about.empty, "it has pages");
}
END_TEST

START_TEST(kdump_empty_part)
{
	uint64_t range[] = { FRAMES, FRAMES };
	long end = kdump_make(1);

	put(BLOCK + 16, range, sizeof(range));
	learn(end);
	unit_check(about.empty && lost.parts == 1 && !lost.parts_frames && !lost.nr,
		   "nothing in it");
}
END_TEST

/* Any bytes: it ends, and what it says makes sense. */
START_TEST(mutated)
{
	static const struct {
		long from, to;
	} headers[] = {
		{ 0, 12 }, { 424, 448 }, { BLOCK, BLOCK + 112 }, { DESCRIPTORS, DESCRIPTORS + 48 }
	};
	long end = kdump_make(-1);

	learn(end);
	for (size_t i = 0; i < UNIT_COUNT(headers); i++)
		for (long at = headers[i].from; at < headers[i].to; at++) {
			uint8_t was, bytes[] = { 0, 0x80, 0xff };

			unit_check(pread(fileno(file), &was, 1, at) == 1, "not read");
			for (int k = 0; k < UNIT_COUNT(bytes); k++) {
				lost_free(&lost);
				unit_check(pwrite(fileno(file), &bytes[k], 1, at) == 1,
					   "not written");
				unit_check(lost_learn(&lost, fileno(file), &about), "no memory");
				for (size_t r = 1; r < lost.nr; r++)
					unit_check(lost.ranges[r - 1].end < lost.ranges[r].start,
						   "no order");
			}
			unit_check(pwrite(fileno(file), &was, 1, at) == 1, "not written");
		}
}
END_TEST

Suite *suite_triage_lost(void)
{
	Suite *suite = suite_create("triage_lost");
	TCase *tcase = tcase_create("lost");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, elf_whole);
	tcase_add_test(tcase, elf_cut);
	tcase_add_test(tcase, elf_cut_without_place);
	tcase_add_test(tcase, elf_broken);
	tcase_add_test(tcase, kdump_whole);
	tcase_add_test(tcase, kdump_broken);
	tcase_add_test(tcase, kdump_cut_pages);
	tcase_add_test(tcase, kdump_cut_descriptors);
	tcase_add_test(tcase, kdump_parts);
	tcase_add_test(tcase, kdump_empty_part);
	tcase_add_test(tcase, mutated);
	suite_add_tcase(suite, tcase);
	return suite;
}
