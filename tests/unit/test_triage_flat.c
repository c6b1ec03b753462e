/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flattened dumps, put in order again. */
#include "triage/flat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define HEADER 4096
#define ROOM (1 << 16)

/* What makedumpfile -F would have written. */
static struct {
	uint8_t bytes[ROOM];
	size_t size;
} input;

static void number_add(int64_t value)
{
	for (int i = 56; i >= 0; i -= 8)
		input.bytes[input.size++] = (uint8_t)((uint64_t)value >> i);
}

static void begin(int64_t type, int64_t version)
{
	memset(&input, 0, sizeof(input));
	memcpy(input.bytes, "makedumpfile", sizeof("makedumpfile"));
	input.size = FLAT_SIGNATURE_SIZE;
	number_add(type);
	number_add(version);
	input.size = HEADER;
}

static void record(int64_t offset, const char *text)
{
	number_add(offset);
	number_add((int64_t)strlen(text));
	memcpy(input.bytes + input.size, text, strlen(text));
	input.size += strlen(text);
}

static void end(void)
{
	number_add(-1);
	number_add(-1);
}

static struct error error;
static bool cut;

/* As one gets it from a file, and from a pipe. */
static int spool_file(void)
{
	FILE *file = tmpfile();
	int fd;

	unit_check(file && fwrite(input.bytes, 1, input.size, file) == input.size, "no file");
	rewind(file);
	fd = flat_spool(fileno(file), &cut, &error);
	fclose(file);
	return fd;
}

static int spool_pipe(void)
{
	int ends[2], fd;

	unit_check(!pipe(ends), "no pipe");
	unit_check(write(ends[1], input.bytes, input.size) == (ssize_t)input.size, "pipe is full");
	close(ends[1]);
	fd = flat_spool(ends[0], &cut, &error);
	close(ends[0]);
	return fd;
}

static void holds(int fd, const char *bytes, size_t size)
{
	char got[ROOM];
	struct stat st;

	unit_check(fd >= 0, "%s", error.text);
	unit_check(!fstat(fd, &st) && !st.st_nlink, "the file has a name");
	unit_check_eq(st.st_size, size);
	unit_check(pread(fd, got, size, 0) == (ssize_t)size && !memcmp(got, bytes, size),
		   "other bytes");
	close(fd);
}

static void refused(int fd, const char *word)
{
	unit_check(fd < 0, "not refused: %s", word);
	unit_check(strstr(error.text, word) != NULL, "%s", error.text);
}

START_TEST(in_order_again)
{
	begin(1, 1);
	record(6, "dump");
	record(0, "a late ");
	record(0, "A");
	end();
	input.bytes[input.size++] = 'x';
	/* The second takes a byte of the first, the third one of the second; nobody reads the x. */
	holds(spool_file(), "A late ump", 10);
	unit_check(!cut, "nothing is missing");
	holds(spool_pipe(), "A late ump", 10);
}
END_TEST

START_TEST(gaps_are_zeros)
{
	static const char whole[] = { 'a', 'b', 0, 0, 0, 0, 0, 0, 'y', 'z' };

	begin(1, 1);
	record(8, "yz");
	record(0, "ab");
	end();
	holds(spool_file(), whole, sizeof(whole));
}
END_TEST

START_TEST(cut_anywhere)
{
	size_t whole;

	begin(1, 1);
	record(0, "first");
	record(5, "second");
	end();
	whole = input.size;
	for (input.size = FLAT_SIGNATURE_SIZE; input.size < whole; input.size++) {
		size_t there = input.size > HEADER + 16 ? input.size - HEADER - 16 : 0;
		int fd = spool_file();

		if (there > 5)
			there = there > 5 + 16 ? there - 16 : 5;
		if (there > 11)
			there = 11;
		if (there)
			holds(fd, "firstsecond", there);
		else
			refused(fd, "nothing follows");
		unit_check(!there || cut, "not said to be cut");
	}
	holds(spool_file(), "firstsecond", 11);
	unit_check(!cut, "whole");
}
END_TEST

START_TEST(nonsense)
{
	static const int64_t records[][2] = {
		{ -2, 4 },	  { -1, 4 },	    { 0, 0 },	      { 0, -1 },
		{ 0, INT64_MIN }, { INT64_MAX, 1 }, { 2, INT64_MAX },
	};

	for (size_t i = 0; i < UNIT_COUNT(records); i++) {
		begin(1, 1);
		record(0, "first");
		number_add(records[i][0]);
		number_add(records[i][1]);
		input.size += 4;
		end();
		refused(spool_file(), "damaged at byte 4117");
	}
	begin(2, 1);
	record(0, "first");
	refused(spool_file(), "unknown way");
	begin(1, 2);
	record(0, "first");
	refused(spool_file(), "unknown way");
}
END_TEST

/* A byte a page would make 256 bytes of disk of each byte of the file. */
START_TEST(too_many_records)
{
	FILE *file = tmpfile();
	int fd;

	begin(1, 1);
	unit_check(file && fwrite(input.bytes, 1, HEADER, file) == HEADER, "no file");
	for (int64_t i = 0; i < 70000; i++) {
		input.size = 0;
		record(i % 16, "x");
		fwrite(input.bytes, 1, input.size, file);
	}
	rewind(file);
	fd = flat_spool(fileno(file), &cut, &error);
	refused(fd, "damaged at byte");
	fclose(file);
}
END_TEST

START_TEST(not_flattened)
{
	static const char *const texts[] = { "", "short", "something else that is longer" };

	for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
		input.size = strlen(texts[i]);
		memcpy(input.bytes, texts[i], input.size);
		holds(spool_pipe(), texts[i], input.size);
		unit_check(!cut, "whole");
	}
	unit_check(flat_is("makedumpfile\0\0\0\0"), "flattened");
	unit_check(!flat_is("makedumpfile -F "), "a text");
}
END_TEST

START_TEST(no_room)
{
	begin(1, 1);
	record(0, "first");
	end();
	setenv("TMPDIR", "/nonexistent", 1);
	refused(spool_file(), "TMPDIR");
	unsetenv("TMPDIR");
}
END_TEST

/* Every byte of the headers of a small one, with every bit flipped: a file, or a refusal. */
START_TEST(mutated)
{
	begin(1, 1);
	record(0, "first");
	record(5, "second");
	end();
	for (size_t at = 0; at < input.size; at++) {
		if (at == FLAT_SIGNATURE_SIZE + 16)
			at = HEADER;
		for (int bit = 0; bit < 8; bit++) {
			int fd;

			input.bytes[at] ^= (uint8_t)(1 << bit);
			fd = spool_file();
			unit_check(fd >= 0 || strlen(error.text), "refused without a reason");
			if (fd >= 0)
				close(fd);
			input.bytes[at] ^= (uint8_t)(1 << bit);
		}
	}
}
END_TEST

Suite *suite_triage_flat(void)
{
	Suite *suite = suite_create("triage_flat");
	TCase *tcase = tcase_create("flat");

	tcase_add_test(tcase, in_order_again);
	tcase_add_test(tcase, gaps_are_zeros);
	tcase_add_test(tcase, cut_anywhere);
	tcase_add_test(tcase, nonsense);
	tcase_add_test(tcase, too_many_records);
	tcase_add_test(tcase, not_flattened);
	tcase_add_test(tcase, no_room);
	tcase_add_test(tcase, mutated);
	suite_add_tcase(suite, tcase);
	return suite;
}
