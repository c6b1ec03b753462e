/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DUMP_DATE_H
#define SLUBCHECK_TRIAGE_DUMP_DATE_H
/* When a kernel crashed, as far as its dump tells without the kernel's own clocks. */

#include <stdbool.h>
#include <time.h>

#define DUMP_DATE_MAX 32

/**
 * struct dump_date - A date.
 * @text: in UTC, "2026-11-30T23:59:59Z"; "": none is known
 * @of:	  what it is the date of: "crash" (the kernel says when it crashed), "dump" (makedumpfile says when
 *	  it wrote), or "file" (it was changed last then)
 */
struct dump_date {
	char text[DUMP_DATE_MAX];
	const char *of;
};

/** date_text() - A time as struct dump_date has it; "" and false when the C library cannot say it. */
bool date_text(time_t seconds, char text[DUMP_DATE_MAX]);

/**
 * dump_date_learn() - Find it out, from the best source there is.
 * @fd:	  of the dump's first file
 * @info: VMCOREINFO, or ""
 */
void dump_date_learn(struct dump_date *date, int fd, const char *info);

#endif
