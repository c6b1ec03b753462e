/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_WRITER_H
#define SLUBCHECK_TRIAGE_WRITER_H
/*
 * A stream that remembers why a write failed.
 *
 * stdio tells that one did (ferror()), and forgets why. What it could not write it drops, so that a
 * later fflush() succeeds.
 */

#include <stdbool.h>
#include <stdio.h>

#include "triage/error.h"

struct writer {
	FILE *stream;
	int fd; /* of the caller */
	int error; /* errno of the first write that failed; 0: none did */
};

/** writer_begin() - Open a stream that writes to @fd; false without memory. */
bool writer_begin(struct writer *writer, int fd);

/**
 * writer_failed() - Whether something that was written did not arrive.
 *
 * What is still buffered has to be flushed before it is known.
 */
bool writer_failed(const struct writer *writer);

/**
 * writer_end() - Write what is left, and close the stream, not the descriptor.
 * @error: receives the reason; not when nobody reads the pipe any longer (EPIPE), who does not want
 *	   to hear of it
 *
 * Return: false when not all that was written arrived.
 */
bool writer_end(struct writer *writer, struct error *error);

#endif
