/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_FLAT_H
#define SLUBCHECK_TRIAGE_FLAT_H
/*
 * Dumps that were written to something that cannot seek: `makedumpfile -F`, and QEMU's kdump formats
 * (all of them until 8.1, afterwards those whose names do not begin with kdump-raw). They are a
 * series of records, each of which says where in the dump its bytes belong.
 */

#include <stdbool.h>
#include <stddef.h>

#include "triage/error.h"

/* So many bytes tell whether a file is flattened. */
#define FLAT_SIGNATURE_SIZE 16

/** flat_is() - Whether a file that begins with these FLAT_SIGNATURE_SIZE bytes is flattened. */
bool flat_is(const void *start);

/**
 * flat_spool() - Bring a dump into a file that can be read in any order.
 * @from:  a descriptor that is read from where it stands to the end; need not be able to seek
 * @cut:   set when a flattened dump ends before its last record does: what follows is not there
 * @error: receives the reason when the return value is negative
 *
 * The file has no name, takes as much room as the dump, and goes with its descriptor. It lies in
 * TMPDIR, or in /var/tmp, where there is more room than in /tmp. What is not flattened is copied.
 *
 * Return: its descriptor, which the caller closes, or -1.
 */
int flat_spool(int from, bool *cut, struct error *error);

#endif
