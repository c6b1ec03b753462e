/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory from where it lies in an ELF file, and from nowhere else. */
#include "triage/elf_memory.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define PAGE 4096ull
#define SEGMENTS_MAX 8

static FILE *file;
static struct elf_memory memory;

static void setup(void)
{
	file = tmpfile();
	unit_check(file != NULL, "no file");
}

static void teardown(void)
{
	fclose(file);
	elf_memory_free(&memory);
}

static void put(uint64_t at, const void *bytes, size_t size)
{
	unit_check(!fseek(file, (long)at, SEEK_SET) && fwrite(bytes, 1, size, file) == size,
		   "not written");
}

/* A file with these segments; each word of it is its own offset. */
static void make(const Elf64_Phdr *segments, size_t nr)
{
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_CORE,
			      .e_machine = EM_X86_64,
			      .e_version = EV_CURRENT,
			      .e_phoff = sizeof(header),
			      .e_ehsize = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = (uint16_t)nr };

	for (uint64_t at = 0; at < 16 * PAGE; at += 8)
		put(at, &at, 8);
	put(0, &header, sizeof(header));
	put(sizeof(header), segments, nr * sizeof(*segments));
	fflush(file);
	elf_memory_learn(&memory, fileno(file));
}

static Elf64_Phdr load(uint64_t phys, uint64_t size, uint64_t offset)
{
	return (Elf64_Phdr){ .p_type = PT_LOAD,
			     .p_offset = offset,
			     .p_paddr = phys,
			     .p_filesz = size,
			     .p_memsz = size };
}

/* Where in the file the word at an address is taken from; 0: it is not. */
static uint64_t word_at(uint64_t phys)
{
	uint64_t word = 0;

	return elf_memory_read(&memory, phys, &word, 8) ? word : 0;
}

START_TEST(segments)
{
	const Elf64_Phdr all[] = { load(0x200000, 2 * PAGE, 4 * PAGE),
				   { .p_type = PT_NOTE },
				   load(0x100000, PAGE, PAGE) };
	char buf[2 * PAGE];

	make(all, 3);
	unit_check_eq(word_at(0x100000), PAGE);
	unit_check_eq(word_at(0x100ff8), 2 * PAGE - 8);
	unit_check_eq(word_at(0x201008), 5 * PAGE + 8);
	unit_check(elf_memory_read(&memory, 0x200000, buf, sizeof(buf)), "a whole segment");
	/* Before, between, over the end, behind, and so far that numbers wrap. */
	unit_check(!word_at(0) && !word_at(0xffff8) && !word_at(0x150000), "nothing is there");
	unit_check(!word_at(0x100ffc) && !word_at(0x101000) && !word_at(0x202000), "the end");
	unit_check(!word_at(UINT64_MAX - 3), "the end of all numbers");
	unit_check(!elf_memory_read(&memory, 0x200008, buf, sizeof(buf)), "one word too much");
	unit_check(!elf_memory_read(&memory, 0x200000, buf, SIZE_MAX), "all there is");
}
END_TEST

/* The kernel's image twice, as in /proc/vmcore; and pieces that lie over each other's ends. */
START_TEST(overlaps)
{
	const Elf64_Phdr all[] = { load(0x101000, PAGE, PAGE), load(0x100000, 4 * PAGE, 2 * PAGE),
				   load(0x103000, 2 * PAGE, 8 * PAGE),
				   load(0x103000, PAGE, 12 * PAGE) };

	make(all, 4);
	unit_check_eq(memory.nr, 2);
	unit_check_eq(word_at(0x101000), 3 * PAGE);
	unit_check_eq(word_at(0x103000), 5 * PAGE);
	unit_check_eq(word_at(0x104000), 9 * PAGE);
	unit_check(!word_at(0x105000), "behind the end");
}
END_TEST

START_TEST(nothing_to_read)
{
	const Elf64_Phdr all[] = { load(UINT64_MAX, PAGE, PAGE), load(0x100000, 0, PAGE) };

	make(all, 2);
	unit_check(!memory.nr && !word_at(0x100000) && !word_at(UINT64_MAX), "no memory in it");
	put(0, "KDUMP   ", 8);
	fflush(file);
	elf_memory_learn(&memory, fileno(file));
	unit_check(!memory.nr && !word_at(0x100000), "no ELF file");
}
END_TEST

/* A file that became shorter since. */
START_TEST(shrunk)
{
	const Elf64_Phdr all[] = { load(0x100000, 2 * PAGE, PAGE) };

	make(all, 1);
	unit_check(!ftruncate(fileno(file), 2 * PAGE), "not cut");
	unit_check_eq(word_at(0x100008), PAGE + 8);
	unit_check(!word_at(0x101000), "it is gone");
}
END_TEST

Suite *suite_triage_elf_memory(void)
{
	Suite *suite = suite_create("triage_elf_memory");
	TCase *tcase = tcase_create("elf_memory");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, segments);
	tcase_add_test(tcase, overlaps);
	tcase_add_test(tcase, nothing_to_read);
	tcase_add_test(tcase, shrunk);
	suite_add_tcase(suite, tcase);
	return suite;
}
