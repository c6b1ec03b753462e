/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_UNPACK_H
#define SLUBCHECK_TRIAGE_UNPACK_H
/*
 * The compressions of makedumpfile's format, each by the fastest library that there was when this was
 * built: libdeflate for zlib's, liblzo2, libsnappy, libzstd. Each of them can be left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unpack_result {
	UNPACK_DONE,
	UNPACK_BROKEN, /* these bytes are not a page of that size */
	UNPACK_UNKNOWN, /* this build cannot tell */
};

/* What a thread unpacks with. */
struct unpack;

/** unpack_new() - NULL without memory. The caller gives it to unpack_free(). */
struct unpack *unpack_new(void);

/** unpack_knows() - Whether this build can unpack such pages; @flags as of a kdump_page. */
bool unpack_knows(uint32_t flags);

/**
 * unpack_page() - Decompress a page.
 * @flags: as of a kdump_page
 * @from, @size: its bytes
 * @to, @len:	 receives the page; undefined unless UNPACK_DONE is returned
 */
enum unpack_result unpack_page(struct unpack *u, uint32_t flags, const void *from, size_t size,
			       void *to, size_t len);

/** unpack_free() - @u may be NULL. */
void unpack_free(struct unpack *u);

#endif
