/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors that each level adds to, and streams that remember why a write failed. */
#include "triage/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "triage/writer.h"

static void says(const struct error *error, const char *text)
{
	unit_check(!strcmp(error->text, text), "\"%s\", not \"%s\"", error->text, text);
}

START_TEST(levels)
{
	struct error error = { 0 };

	unit_check(!error_set(&error, "byte %d is %s", 7, "odd"), "true");
	says(&error, "byte 7 is odd");
	unit_check(!error_context(&error, "%s", "vmcore"), "true");
	says(&error, "vmcore: byte 7 is odd");
	unit_check(!error_remark(&error, "cut short"), "true");
	says(&error, "vmcore: byte 7 is odd (cut short)");
	unit_check(!error_errno(&error, "cannot write", ENOSPC), "true");
	says(&error, "cannot write: No space left on device");
	error_errno(&error, NULL, ENOENT);
	says(&error, "No such file or directory");
	unit_check(!error_no_memory(&error), "true");
	says(&error, "out of memory");
}
END_TEST

/* A path may be longer than the text: its end and the reason are kept. */
START_TEST(bounded)
{
	char path[4 * ERROR_MAX];
	struct error error = { .text = "" };

	memset(path, 'x', sizeof(path));
	memcpy(path + sizeof(path) - 8, "/vmcore", 8);
	error_set(&error, "the reason");
	error_context(&error, "%s", path);
	unit_check_eq(strlen(error.text), ERROR_MAX - 1);
	unit_check(!strncmp(error.text, "...xxx", 6), "%.20s", error.text);
	unit_check(strstr(error.text, "/vmcore: the reason") != NULL, "%s", error.text);

	error_set(&error, "%s", path);
	unit_check_eq(strlen(error.text), ERROR_MAX - 1);
	error_context(&error, "first");
	unit_check(!strncmp(error.text, "first: xxx", 10), "%.20s", error.text);
	unit_check_eq(strlen(error.text), ERROR_MAX - 1);
	error_context(&error, "%s", path);
	unit_check(strstr(error.text, "/vmcore: first: xxx") != NULL, "%.99s", error.text);
	error_remark(&error, "no room for it");
	unit_check_eq(strlen(error.text), ERROR_MAX - 1);
}
END_TEST

START_TEST(foreign)
{
	static const char *const theirs[] = { "Cannot get linux.uts.release: Key has no value",
					      "Cannot set addrxlat.force.page_shift",
					      "No such key",
					      "Value cannot be revalidated",
					      "No such attribute key",
					      "Cannot set CPU 3 PRSTATUS",
					      "Arch late init failed",
					      "Cannot allocate diskdump private data",
					      "Cannot get Linux release" };
	static const char *const ours[] = { "Unknown file format",
					    "Cannot read page at 0x1.5",
					    "Unsupported kernel 6.1.0",
					    "",
					    ".",
					    "End." };

	for (size_t i = 0; i < UNIT_COUNT(theirs); i++)
		unit_check(error_foreign(theirs[i]), "%s", theirs[i]);
	for (size_t i = 0; i < UNIT_COUNT(ours); i++)
		unit_check(!error_foreign(ours[i]), "%s", ours[i]);
}
END_TEST

START_TEST(written)
{
	struct error error = { 0 };
	struct writer writer;
	char got[64] = "";
	int ends[2];

	unit_check(!pipe(ends) && writer_begin(&writer, ends[1]), "no pipe");
	fprintf(writer.stream, "%d of %d", 1, 2);
	unit_check(writer_end(&writer, &error) && !writer_failed(&writer), "%s", error.text);
	unit_check(read(ends[0], got, sizeof(got)) == 6 && !strcmp(got, "1 of 2"), "%s", got);
	says(&error, "");
	/* The descriptor is the caller's. */
	unit_check(!close(ends[1]) && !close(ends[0]), "closed");
}
END_TEST

/* What stdio forgets: a flush that failed, and one after it that has nothing to do. */
START_TEST(full)
{
	struct error error = { 0 };
	int fd = open("/dev/full", O_WRONLY);
	struct writer writer;

	unit_check(fd >= 0 && writer_begin(&writer, fd), "no /dev/full");
	fputs("lost", writer.stream);
	unit_check(!writer_failed(&writer), "it is in the buffer");
	unit_check(fflush(writer.stream) != 0, "written");
	unit_check(writer_failed(&writer), "forgotten");
	unit_check(!writer_end(&writer, &error), "written");
	says(&error, "cannot write: No space left on device");
	close(fd);
}
END_TEST

/* Who went away does not want to hear of it, and what he did not read is not there all the same. */
START_TEST(nobody_reads)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	struct error error = { 0 };
	struct writer writer;
	int ends[2];

	unit_check(!pipe(ends) && writer_begin(&writer, ends[1]), "no pipe");
	close(ends[0]);
	fputs("lost", writer.stream);
	unit_check(!writer_end(&writer, &error), "written");
	says(&error, "");
	close(ends[1]);
	signal(SIGPIPE, before);
}
END_TEST

Suite *suite_triage_error(void)
{
	Suite *suite = suite_create("triage_error");
	TCase *tcase = tcase_create("error");

	tcase_add_test(tcase, levels);
	tcase_add_test(tcase, bounded);
	tcase_add_test(tcase, foreign);
	tcase_add_test(tcase, written);
	tcase_add_test(tcase, full);
	tcase_add_test(tcase, nobody_reads);
	suite_add_tcase(suite, tcase);
	return suite;
}
