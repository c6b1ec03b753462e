/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_PACKED_H
#define SLUBCHECK_TRIAGE_PACKED_H
/*
 * Files that are compressed as a whole: xz, gzip, zstd, bzip2.
 *
 * The programs of these names unpack, as crash has them do: they are on every machine that has such files,
 * run on another CPU meanwhile, and what a hostile file does to one of them it does to a process that can
 * do nothing but write into our pipe.
 */

#include <stdbool.h>
#include <stddef.h>

#include "triage/error.h"

/* Bytes at the start of a file that tell. */
#define PACKED_START 6

/** packed_program() - What unpacks a file that starts so; NULL: it is not packed. */
const char *packed_program(const void *start, size_t size);

/** packed_program_of() - The same of an open file. */
const char *packed_program_of(int fd);

/**
 * packed_open() - Unpack into a temporary file without a name.
 * @fd:	  read from its offset on; it stays the caller's
 * @cut:  set when it was damaged or cut: what could be unpacked is there
 * @error: receives the reason when the return value is -1
 *
 * What was flattened by makedumpfile is put in order as well.
 *
 * Return: -1 when nothing could be unpacked; the caller closes it.
 */
int packed_open(int fd, const char *program, bool *cut, struct error *error);

#endif
