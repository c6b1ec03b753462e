/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_DEATH_REPORT_H
#define SLUBCHECK_CHECKER_WHY_DEATH_REPORT_H
/*
 * What the kernel's own report of its death says of the exception: its kind and where its stack was.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/trap_kind.h"
#include "checker/why/complaints.h"

/**
 * struct death_report - See above.
 * @cpu: -1: it does not say
 * @sp:	 the stack pointer, by which the frame is found
 */
struct death_report {
	enum trap_kind kind;
	int64_t cpu;
	uint64_t sp;
};

/**
 * death_report_read() - Read the last report of an exception in the log.
 * @all: may be NULL
 *
 * Return: false when there is none that names its stack pointer.
 */
bool death_report_read(struct death_report *report, const struct complaints *all);

#endif
