/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/dump_date.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/vmcoreinfo.h"

/* In the header of makedumpfile's format: struct timeval of a 64-bit machine. QEMU leaves it 0. */
#define KDUMP_SIGNATURE "KDUMP   "
#define KDUMP_TIMESTAMP 408

/* 1990 and 2100: clocks that are wrong by more tell nothing. */
#define SECONDS_MIN INT64_C(631152000)
#define SECONDS_MAX INT64_C(4102444800)

bool date_text(time_t seconds, char text[DUMP_DATE_MAX])
{
	struct tm tm;

	*text = '\0';
	return gmtime_r(&seconds, &tm) && strftime(text, DUMP_DATE_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static bool date_take(struct dump_date *date, int64_t seconds, const char *of)
{
	if (seconds < SECONDS_MIN || seconds > SECONDS_MAX ||
	    !date_text((time_t)seconds, date->text))
		return false;
	date->of = of;
	return true;
}

/* crash_update_vmcoreinfo() adds it when the kernel crashes; a kernel that did not has none. */
static bool date_of_crash(struct dump_date *date, const char *info)
{
	char text[32], *end;
	long long seconds;

	if (!vmcoreinfo_line(info, "CRASHTIME", text, sizeof(text)))
		return false;
	seconds = strtoll(text, &end, 10);
	return end != text && !*end && date_take(date, seconds, "crash");
}

static bool date_of_dump(struct dump_date *date, int fd)
{
	char signature[sizeof(KDUMP_SIGNATURE) - 1];
	int64_t seconds;

	return pread(fd, signature, sizeof(signature), 0) == (ssize_t)sizeof(signature) &&
	       !memcmp(signature, KDUMP_SIGNATURE, sizeof(signature)) &&
	       pread(fd, &seconds, sizeof(seconds), KDUMP_TIMESTAMP) == (ssize_t)sizeof(seconds) &&
	       date_take(date, seconds, "dump");
}

void dump_date_learn(struct dump_date *date, int fd, const char *info)
{
	struct stat st;

	*date = (struct dump_date){ .of = "" };
	if (date_of_crash(date, info) || date_of_dump(date, fd))
		return;
	/* What is put in order in a file of our own has its date of today. */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink)
		date_take(date, st.st_mtime, "file");
}
