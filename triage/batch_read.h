/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_BATCH_READ_H
#define SLUBCHECK_TRIAGE_BATCH_READ_H
/* What a batch that is started again finds in its results. */

#include <stdint.h>

#include "triage/batch.h"
#include "triage/seen.h"

/* Of a dump in struct seen: the status of its last result, and whether the dump is to be tried again. */
#define BATCH_STATUS_MASK 3u
#define BATCH_RETRY 4u

/**
 * struct batch_read - Results that are read back.
 * @asked:	what this batch asks: unknown results of other questions are to be tried again
 * @seen:	receives the dumps that have a result
 * @nr:		receives how many have which status
 * @good_bytes: receives the length of the file without a line that breaks off
 */
struct batch_read {
	const struct batch *batch;
	const char *asked;
	struct seen *seen;
	size_t nr[STATUS_USAGE];
	uint64_t good_bytes;
};

/**
 * batch_read_results() - Read them.
 * @fd: of a regular file, at its beginning
 *
 * Memory is bounded whatever the file is, but for the 30 bytes or so that each dump takes.
 *
 * Return: false when it cannot be read, the user stopped it, it is not a file of results, or its results
 * were judged by other severities.
 */
bool batch_read_results(struct batch_read *read, int fd, struct error *error);

/** batch_asked() - What of a command line decides about a result, as one text. NULL without memory. */
char *batch_asked(const struct batch *batch);

#endif
