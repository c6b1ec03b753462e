/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DUMP_PART_H
#define SLUBCHECK_TRIAGE_DUMP_PART_H
/*
 * A file of a dump, before libkdumpfile sees it: opened without waiting, put in order when it is
 * flattened, and refused with a reason when it is something else.
 */

#include <stdbool.h>

#include "triage/error.h"

/**
 * dump_part_open() - Open a file of a dump.
 * @path:  its name; "-" is standard input, which may be a pipe
 * @cut:   set when the file was flattened and its last record is missing; else left alone
 * @error: receives the reason when the return value is negative
 *
 * Return: a descriptor that can be read in any order, which the caller closes; -1 when the file
 * cannot be read or is not a dump of a machine that is supported.
 */
int dump_part_open(const char *path, bool *cut, struct error *error);

/** dump_machine_refuse() - Say that the machine with this name is not supported; false. */
bool dump_machine_refuse(const char *name, struct error *error);

#endif
