/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file has to be to be taken for a dump, and what is known of one. */
#include "triage/dump.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/core_file.h"
#include "tests/unit/unit.h"

#define PAGE UINT64_C(4096)

static struct image *image;
static struct core *core;
static struct error error;

static void setup(void)
{
	image = core_image(ERA_6_1);
	core = core_new(image);
	error = (struct error){ 0 };
}

static void teardown(void)
{
	core_free(core);
	image_free(image);
}

static struct dump *open_paths(const char *first, const char *second)
{
	const char *paths[] = { first, second };

	return dump_open(paths, second ? 2 : 1, &error);
}

static struct dump *opened(void)
{
	struct dump *dump = open_paths(core->path, NULL);

	unit_check(dump != NULL, "%s", error.text);
	return dump;
}

static void refused(const char *path, const char *why)
{
	unit_check(!open_paths(path, NULL), "opened: %s", path);
	unit_check(strstr(error.text, why) != NULL, "%s: \"%s\"", path, error.text);
}

static void refused_bytes(const void *bytes, size_t size, const char *why)
{
	refused(core_file(core, "file", bytes, size), why);
}

/* A page that is in the memory that was written. */
static void holds(struct dump *dump, uint64_t phys)
{
	uint8_t bytes[4096];

	unit_check_eq(dump_read(dump, phys, bytes, sizeof(bytes)), TARGET_OK);
	unit_check(!memcmp(bytes, core->ram + phys, sizeof(bytes)), "other bytes");
}

START_TEST(elf)
{
	struct dump *dump;
	unsigned int level;
	uint64_t phys = 0;

	core_write(core, &(struct core_spec){ 0 });
	dump = opened();
	unit_check(!strcmp(dump_arch(dump), "x86_64"), "%s", dump_arch(dump));
	unit_check_eq(dump_page_shift(dump), 12);
	unit_check_eq(dump_frames(dump), CORE_FRAMES);
	unit_check(strstr(dump_format(dump), "ELF") != NULL, "%s", dump_format(dump));
	unit_check(!strcmp(dump_info(dump), core->info), "%s", dump_info(dump));
	unit_check(!*dump_remark(dump) && !dump_live(dump), "%s", dump_remark(dump));
	unit_check(!dump_level(dump, &level), "nobody filtered it");
	holds(dump, core->root);
	unit_check_eq(dump_translate(dump, image->direct_map + 5 * PAGE, &phys), TARGET_OK);
	unit_check_eq(phys, 5 * PAGE);
	unit_check_eq(dump_translate(dump, UINT64_C(0xffffa00000000000), &phys), TARGET_UNMAPPED);
	dump_close(dump);
}
END_TEST

START_TEST(shared)
{
	struct dump *dump, *other;

	core_write(core, &(struct core_spec){ 0 });
	dump = opened();
	other = dump_share(dump);
	unit_check(other != NULL, "not shared");
	holds(other, core->root);
	unit_check(!strcmp(dump_info(other), core->info), "%s", dump_info(other));
	dump_close(other);
	holds(dump, core->root);
	dump_close(dump);
	dump_close(NULL);
}
END_TEST

START_TEST(live)
{
	struct dump *dump;

	core_write(core, &(struct core_spec){ .live = true });
	dump = opened();
	unit_check(dump_live(dump), "it is like /proc/kcore");
	dump_close(dump);
}
END_TEST

START_TEST(absent_page)
{
	const struct core_spec spec = { .absent = { 70, 90 } };
	uint8_t bytes[2 * 4096];
	struct dump *dump;

	core_write(core, &spec);
	dump = opened();
	unit_check_eq(dump_read(dump, 70 * PAGE, bytes, 8), TARGET_ABSENT);
	unit_check_eq(dump_read(dump, 69 * PAGE, bytes, sizeof(bytes)), TARGET_ABSENT);
	unit_check_eq(dump_read(dump, 71 * PAGE, bytes, 8), TARGET_OK);
	unit_check_eq(dump_read(dump, CORE_FRAMES * PAGE, bytes, 8), TARGET_ABSENT);
	dump_close(dump);
}
END_TEST

START_TEST(cut_short)
{
	struct dump *dump;
	uint8_t word[8];
	uint64_t phys;

	core_write(core, &(struct core_spec){ 0 });
	unit_check(!truncate(core->path, 0x4000 + 47 * (1 << 20)), "not cut");
	dump = opened();
	unit_check(!strcmp(dump_remark(dump),
			   "cut short: 1.0 MiB of the memory that it lists are missing"),
		   "%s", dump_remark(dump));
	unit_check_eq(dump_read(dump, 47 * (1 << 20) + 8, word, sizeof(word)), TARGET_ABSENT);
	unit_check_eq(dump_read(dump, 46 * (1 << 20), word, sizeof(word)), TARGET_OK);
	/* Its table may be one of those that are missing. */
	unit_check_eq(dump_translate(dump, UINT64_C(0xffffa00000000000), &phys), TARGET_ABSENT);
	error_set(&error, "why");
	dump_error_remark(dump, &error);
	unit_check(strstr(error.text, "why (cut short: ") != NULL, "%s", error.text);
	dump_close(dump);
}
END_TEST

/* With headers that are whole, and at every length before that. */
START_TEST(cut_anywhere)
{
	static const long lengths[] = { 0, 1, 15, 16, 40, 63, 64, 100, 200, 0x1000, 0x1100 };

	core_write(core, &(struct core_spec){ 0 });
	for (size_t i = UNIT_COUNT(lengths); i-- > 0;) {
		unit_check(!truncate(core->path, lengths[i]), "not cut");
		error = (struct error){ 0 };
		unit_check(!open_paths(core->path, NULL), "%ld bytes are a dump", lengths[i]);
		unit_check(*error.text, "refused without a reason");
		unit_check(!error_foreign(error.text), "%s", error.text);
	}
}
END_TEST

/* Every word of the headers and of the notes' beginning, overwritten. */
START_TEST(hostile_headers)
{
	static const uint64_t values[] = { 0, 1, UINT64_MAX, UINT64_C(1) << 63, 0x7fffffff };
	uint8_t start[0x1100];
	int fd;

	core_write(core, &(struct core_spec){ 0 });
	fd = open(core->path, O_RDWR);
	unit_check(pread(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start), "not read");
	for (size_t at = 16; at < sizeof(start); at += 8) {
		if (at == 240)
			at = 0x1000;
		for (size_t i = 0; i < UNIT_COUNT(values); i++) {
			struct dump *dump;
			uint8_t word[8];

			unit_check(pwrite(fd, &values[i], 8, (off_t)at) == 8, "not written");
			error = (struct error){ 0 };
			dump = open_paths(core->path, NULL);
			unit_check(dump || *error.text, "refused without a reason: %zu", at);
			if (dump)
				dump_read(dump, core->root, word, sizeof(word));
			dump_close(dump);
		}
		unit_check(pwrite(fd, start + at, 8, (off_t)at) == 8, "not written");
	}
	close(fd);
	dump_close(opened());
}
END_TEST

START_TEST(not_dumps)
{
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_CORE,
			      .e_machine = EM_PPC64 };
	char fifo[CORE_PATH_MAX];

	refused_bytes("", 0, "empty");
	refused_bytes("\xfd"
		      "7zXZ and more",
		      14, "xz");
	refused_bytes("\x1f\x8b and more", 11, "gzip cannot unpack it");
	refused_bytes("\x28\xb5\x2f\xfd and more", 13, "zstd");
	refused_bytes("no dump at all, but a text", 26, "not a readable dump");
	refused_bytes(&header, sizeof(header), "ppc64, neither x86_64 nor aarch64");
	header.e_machine = 0x1234;
	refused_bytes(&header, sizeof(header), "unknown, neither");
	header.e_ident[EI_DATA] = ELFDATA2MSB;
	refused_bytes(&header, sizeof(header), "64-bit little-endian");
	header.e_ident[EI_DATA] = ELFDATA2LSB;
	header.e_ident[EI_CLASS] = ELFCLASS32;
	refused_bytes(&header, sizeof(header), "64-bit little-endian");
	header.e_ident[EI_CLASS] = ELFCLASS64;
	header.e_type = ET_EXEC;
	refused_bytes(&header, sizeof(header), "--vmlinux");
	refused("/nonexistent/vmcore", "No such file");
	refused(core->folder, "directory");
	refused("/dev/zero", "/proc/kcore");
	snprintf(fifo, sizeof(fifo), "%s/fifo", core->folder);
	unit_check(!mkfifo(fifo, 0600), "no FIFO");
	refused(fifo, "regular file");
}
END_TEST

/* Its numbers would be read as others. */
START_TEST(kdump_of_other_order)
{
	uint8_t head[8192] = "KDUMP   ";

	head[11] = 6; /* version */
	head[428 + 2] = 0x10; /* blocks of 4096 bytes */
	memcpy(head + 272, "s390x", 5);
	refused_bytes(head, sizeof(head), "unsupported machine: s390x");
	memcpy(head + 272, "\x1b[2J", 5);
	refused_bytes(head, sizeof(head), "64-bit little-endian");
}
END_TEST

START_TEST(parts)
{
	const char *many[65];

	core_write(core, &(struct core_spec){ 0 });
	unit_check(!open_paths(core->path, "/nonexistent/part"), "opened");
	unit_check(!strcmp(error.text, "/nonexistent/part: No such file or directory"), "%s",
		   error.text);
	for (size_t i = 0; i < UNIT_COUNT(many); i++)
		many[i] = core->path;
	unit_check(!dump_open(many, UNIT_COUNT(many), &error), "opened");
	unit_check(strstr(error.text, "too many parts") != NULL, "%s", error.text);
	unit_check(!dump_open(many, 0, &error), "opened");
}
END_TEST

START_TEST(standard_input)
{
	int saved = dup(STDIN_FILENO), ends[2];
	struct dump *dump;

	core_write(core, &(struct core_spec){ 0 });
	unit_check(freopen(core->path, "r", stdin) != NULL, "no input");
	dump = open_paths("-", NULL);
	unit_check(dump != NULL, "%s", error.text);
	holds(dump, core->root);
	dump_close(dump);
	/* Out of a pipe it is copied. */
	unit_check(!pipe(ends) && write(ends[1], "no dump", 7) == 7, "no pipe");
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	refused("-", "not a readable dump");
	dup2(saved, STDIN_FILENO);
	close(saved);
}
END_TEST

/* makedumpfile -F writes the whole of it, and what has no end is cut short. */
static void flat_write(const char *path, bool whole)
{
	static const uint8_t end[16] = { [0 ... 15] = 0xff };
	uint8_t header[4096] = "makedumpfile", record[16] = { 0 };
	FILE *in = fopen(core->path, "r"), *out = fopen(path, "w");
	uint8_t bytes[65536];
	uint64_t at = 0;
	size_t got;

	header[23] = header[31] = 1;
	unit_check(in && out && fwrite(header, 1, sizeof(header), out) == sizeof(header),
		   "no file");
	while ((got = fread(bytes, 1, sizeof(bytes), in))) {
		for (int i = 0; i < 8; i++) {
			record[i] = (uint8_t)(at >> (56 - 8 * i));
			record[8 + i] = (uint8_t)(got >> (56 - 8 * i));
		}
		fwrite(record, 1, sizeof(record), out);
		fwrite(bytes, 1, got, out);
		at += got;
	}
	if (whole)
		fwrite(end, 1, sizeof(end), out);
	unit_check(!fclose(out) && !fclose(in), "not written");
}

START_TEST(flattened)
{
	char path[CORE_PATH_MAX];
	struct dump *dump;

	core_write(core, &(struct core_spec){ 0 });
	snprintf(path, sizeof(path), "%s/flat", core->folder);
	setenv("TMPDIR", core->folder, 1);
	for (int whole = 0; whole < 2; whole++) {
		flat_write(path, whole);
		dump = open_paths(path, NULL);
		unit_check(dump != NULL, "%s", error.text);
		holds(dump, core->root);
		unit_check((*dump_remark(dump) == 0) == whole, "%s", dump_remark(dump));
		dump_close(dump);
	}
	unsetenv("TMPDIR");
}
END_TEST

START_TEST(kdump_of_another_machine)
{
	const struct core_kdump kdump = { .machine = "ppc64le", .release = CORE_RELEASE };

	core_write_kdump(core, &kdump);
	unit_check(!open_paths(core->path, NULL), "opened");
	unit_check(*error.text && !error_foreign(error.text), "%s", error.text);
}
END_TEST

START_TEST(noise)
{
	uint64_t state = 1;
	struct dump *dump;
	int fd;

	core_write(core, &(struct core_spec){ 0 });
	fd = open(core->path, O_RDWR);
	for (uint64_t at = 0; at < CORE_FRAMES * PAGE; at += PAGE) {
		uint64_t page[512];

		for (size_t i = 0; i < UNIT_COUNT(page); i++)
			page[i] = unit_random(&state);
		unit_check(pwrite(fd, page, sizeof(page), (off_t)(0x4000 + at)) ==
				   (ssize_t)sizeof(page),
			   "not written");
	}
	close(fd);
	dump = open_paths(core->path, NULL);
	error_set(&error, "why");
	if (dump)
		dump_error_remark(dump, &error);
	unit_check(!dump || !strcmp(error.text, "why (its pages are noise: encrypted, or damaged)"),
		   "%s", error.text);
	dump_close(dump);
}
END_TEST

START_TEST(no_tables)
{
	struct dump *dump;
	uint64_t phys;

	core_write(core, &(struct core_spec){ .no_tables = true, .no_info = true });
	dump = open_paths(core->path, NULL);
	/* Refused, or nothing can be said about an address; never a wrong one. */
	if (dump)
		unit_check(dump_translate(dump, IMAGE_MEMMAP, &phys) != TARGET_OK, "translated");
	else
		unit_check(*error.text && !error_foreign(error.text), "%s", error.text);
	dump_close(dump);
}
END_TEST

static TCase *case_make(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

Suite *suite_triage_dump(void)
{
	Suite *suite = suite_create("triage_dump");
	TCase *elf_case = case_make("elf"), *kdump_case = case_make("kdump");
	TCase *refused_case = case_make("refused"), *hostile_case = case_make("hostile");

	tcase_add_test(elf_case, elf);
	tcase_add_test(elf_case, shared);
	tcase_add_test(elf_case, live);
	tcase_add_test(elf_case, absent_page);
	tcase_add_test(elf_case, cut_short);
	tcase_add_test(elf_case, no_tables);
	tcase_add_test(elf_case, noise);
	tcase_add_test(elf_case, standard_input);
	tcase_add_test(elf_case, flattened);
	suite_add_tcase(suite, elf_case);
	tcase_add_test(kdump_case, kdump_of_another_machine);
	suite_add_tcase(suite, kdump_case);
	tcase_add_test(refused_case, not_dumps);
	tcase_add_test(refused_case, kdump_of_other_order);
	tcase_add_test(refused_case, parts);
	suite_add_tcase(suite, refused_case);
	tcase_add_test(hostile_case, cut_anywhere);
	tcase_add_test(hostile_case, hostile_headers);
	suite_add_tcase(suite, hostile_case);
	return suite;
}
