/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel that runs here: a file as /proc/kcore, why it cannot be read, and what a watch says of it. */
#include "triage/kcore.h"

#include <elf.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checker/findings/suspects.h"
#include "tests/unit/unit.h"
#include "triage/metrics.h"

#define SEGMENTS 3
#define LOW UINT64_C(0xffff888000000000)
#define HIGH UINT64_C(0xffffffff81000000)

/* Two segments that lie one behind the other and one elsewhere, in another order, and one of notes. */
static int file_make(char path[32])
{
	static const Elf64_Phdr programs[] = {
		{ .p_type = PT_NOTE, .p_offset = 0x1000, .p_filesz = 16 },
		{ .p_type = PT_LOAD, .p_vaddr = HIGH, .p_offset = 0x4000, .p_filesz = 0x1000 },
		{ .p_type = PT_LOAD,
		  .p_vaddr = LOW + 0x1000,
		  .p_offset = 0x3000,
		  .p_filesz = 0x1000 },
		{ .p_type = PT_LOAD, .p_vaddr = LOW, .p_offset = 0x2000, .p_filesz = 0x1000 },
		/* More than the file has. */
		{ .p_type = PT_LOAD,
		  .p_vaddr = HIGH + 0x10000,
		  .p_offset = 0x5000,
		  .p_filesz = 0x1000 },
	};
	Elf64_Ehdr header = { .e_ident = ELFMAG,
			      .e_phoff = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = sizeof(programs) / sizeof(programs[0]) };
	uint8_t byte;
	int fd;

	snprintf(path, 32, "/tmp/slubcheck-kcore-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	header.e_ident[EI_CLASS] = ELFCLASS64;
	ck_assert_int_eq(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
	ck_assert_int_eq(pwrite(fd, programs, sizeof(programs), sizeof(header)), sizeof(programs));
	for (unsigned int at = 0x2000; at < 0x5000; at += 0x100) {
		byte = (uint8_t)(at >> 8);
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	byte = 0;
	ck_assert_int_eq(pwrite(fd, &byte, 1, 0x4fff), 1);
	return fd;
}

START_TEST(segments)
{
	struct kcore k = { 0 };
	uint8_t bytes[0x2000];
	char path[32];
	int fd = file_make(path);

	ck_assert(kcore_learn(&k, fd));
	ck_assert_uint_eq(k.nr, SEGMENTS + 1);
	ck_assert_int_eq(kcore_read(&k, LOW, bytes, sizeof(bytes)), TARGET_OK);
	ck_assert_uint_eq(bytes[0], 0x20);
	ck_assert_uint_eq(bytes[0x1000], 0x30);
	ck_assert_uint_eq(bytes[0x1f00], 0x3f);
	ck_assert_int_eq(kcore_read(&k, HIGH + 0x100, bytes, 1), TARGET_OK);
	ck_assert_uint_eq(bytes[0], 0x41);
	/* Behind the last one, before the first, between two, and across an end. */
	ck_assert_int_eq(kcore_read(&k, LOW + 0x2000, bytes, 1), TARGET_UNMAPPED);
	ck_assert_int_eq(kcore_read(&k, LOW - 1, bytes, 1), TARGET_UNMAPPED);
	ck_assert_int_eq(kcore_read(&k, LOW + 0x1fff, bytes, 2), TARGET_UNMAPPED);
	ck_assert_int_eq(kcore_read(&k, HIGH + 0x11000, bytes, 1), TARGET_UNMAPPED);
	/* What went away while it was read. */
	ck_assert_int_eq(kcore_read(&k, HIGH + 0x10000, bytes, 1), TARGET_ABSENT);
	/* It can be learnt again, and a copy is not the kernel that runs. */
	ck_assert(kcore_learn(&k, fd));
	ck_assert(!kcore_is(fd));
	kcore_free(&k);
	ck_assert_uint_eq(k.nr, 0);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(no_segments)
{
	struct kcore k = { 0 };
	char path[32];
	int fd = file_make(path);

	/* Not an ELF file, and one of another class. */
	ck_assert_int_eq(pwrite(fd,
				"\x7f"
				"ELf",
				4, 0),
			 4);
	ck_assert(!kcore_learn(&k, fd));
	ck_assert_int_eq(pwrite(fd, ELFMAG, SELFMAG, 0), SELFMAG);
	ck_assert_int_eq(pwrite(fd, "\x1", 1, EI_CLASS), 1);
	ck_assert(!kcore_learn(&k, fd));
	ck_assert_int_eq(ftruncate(fd, 20), 0);
	ck_assert(!kcore_learn(&k, fd));
	ck_assert_ptr_null(k.segments);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(refused)
{
	struct error error;

	ck_assert(!kcore_refused(EACCES, &error));
	ck_assert_ptr_nonnull(strstr(error.text, "only root"));
	ck_assert(!kcore_refused(ENOENT, &error));
	ck_assert_ptr_nonnull(strstr(error.text, "CONFIG_PROC_KCORE"));
	ck_assert(!kcore_refused(EPERM, &error));
	ck_assert(strstr(error.text, "CAP_SYS_RAWIO") || strstr(error.text, "lockdown"));
	ck_assert(!kcore_refused(EMFILE, &error));
	ck_assert_str_eq(error.text, strerror(EMFILE));
}
END_TEST

/* As /proc/kcore is read no faster than the user allows. */
START_TEST(rate)
{
	struct kcore k = { 0 };
	uint8_t bytes[0x1000];
	char path[32];
	int fd = file_make(path);
	double before;

	ck_assert(kcore_learn(&k, fd));
	k.rate = 100000;
	for (unsigned int i = 0; i < 5; i++)
		ck_assert_int_eq(kcore_read(&k, LOW, bytes, sizeof(bytes)), TARGET_OK);
	before = k.since;
	ck_assert(before > 0);
	ck_assert_uint_eq(k.read, 5 * sizeof(bytes));
	kcore_free(&k);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(metrics)
{
	json_t *summary = json_pack("{s:i, s:i, s:i, s:i}", "corrupt", 2, "objects", 200,
				    "objects_verified", 150, "retries", 7);
	json_t *caches = json_pack("[{s:s, s:i, s:i}, {s:s}]", "cache", "a\"b\\c",
				   "objects_counted", 12, "bytes", 4096, "cache", "uncounted");
	const struct metrics m = { summary, caches, 3, 1.5, 0.25, 1700000000 };
	char path[] = "/tmp/slubcheck-metrics-XXXXXX", text[4096] = "";
	struct error error;
	FILE *file;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert(metrics_write(&m, path, &error));
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, file), 0);
	fclose(file);
	ck_assert_ptr_nonnull(strstr(text, "\nslubcheck_corrupt 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nslubcheck_passes_total 3\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nslubcheck_coverage_ratio 0.75\n"));
	ck_assert_ptr_nonnull(strstr(text, "# TYPE slubcheck_passes_total counter\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "\nslubcheck_cache_objects{cache=\"a\\\"b\\\\c\"} 12\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "\nslubcheck_cache_bytes{cache=\"a\\\"b\\\\c\"} 4096\n"));
	ck_assert_ptr_null(strstr(text, "uncounted"));
	ck_assert(!metrics_write(&m, "/nonexistent/x", &error));
	close(fd);
	unlink(path);
	json_decref(summary);
	json_decref(caches);
}
END_TEST

/* Four passes in a row; a gap begins anew, and what cannot be told is no gap. */
START_TEST(suspects)
{
	struct suspects *s = calloc(1, sizeof(*s));
	struct finding f = { .id = FINDING_FREELIST_WILD,
			     .has = FINDING_HAS_SLOT | FINDING_HAS_RAW,
			     .slot = 0x1000,
			     .raw = 1 };
	struct finding other = f;

	other.raw = 2;
	ck_assert_ptr_nonnull(s);
	for (unsigned int i = 0; i < 3; i++) {
		suspects_pass(s);
		ck_assert(!suspects_see(s, &f));
		ck_assert(!suspects_see(s, &f));
		ck_assert(suspects_open(s));
	}
	/* The same word with another value is another one. */
	suspects_pass(s);
	ck_assert(!suspects_see(s, &other));
	ck_assert(suspect_vanished(s, &s->list[0]));
	ck_assert_uint_eq(s->nr, 2);
	for (unsigned int i = 0; i < 3; i++) {
		suspects_pass(s);
		ck_assert(!suspects_see(s, &f));
	}
	suspects_pass(s);
	suspects_busy(s, &f);
	ck_assert(suspects_open(s));
	suspects_pass(s);
	ck_assert(suspects_see(s, &f));
	ck_assert(!suspects_open(s));
	ck_assert_uint_gt(suspects_needed(FINDING_NODE_SLABS), suspects_needed(f.id));
	/* What does not fit is never reported. */
	suspects_pass(s);
	for (uint64_t raw = 10; raw < 10 + SUSPECTS_MAX; raw++) {
		other.raw = raw;
		ck_assert(!suspects_see(s, &other));
	}
	ck_assert_uint_eq(s->nr, SUSPECTS_MAX);
	ck_assert_uint_eq(s->dropped, 2);
	free(s);
}
END_TEST

Suite *suite_triage_kcore(void)
{
	Suite *suite = suite_create("triage_kcore");
	TCase *tcase = tcase_create("kcore");

	tcase_add_test(tcase, segments);
	tcase_add_test(tcase, no_segments);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, rate);
	tcase_add_test(tcase, metrics);
	tcase_add_test(tcase, suspects);
	suite_add_tcase(suite, tcase);
	return suite;
}
