/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_KCORE_H
#define SLUBCHECK_TRIAGE_KCORE_H
/*
 * The memory of the kernel that runs here: /proc/kcore.
 *
 * It is an ELF file whose segments are the kernel's virtual addresses, so the kernel walks its own page
 * tables. Each read is a system call that copies the memory as it is then; nothing is kept here. The
 * segments change when memory is plugged in or taken out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "triage/error.h"

#define KCORE_PATH "/proc/kcore"

/* Addresses, and where they are in the file. */
struct kcore_segment {
	uint64_t virt, size, offset;
};

/**
 * struct kcore - All zero: nothing is open.
 * @fd:	      the caller's
 * @segments: in order
 * @rate:     bytes a second that may be read; 0: any number
 * @read, @since: bytes that were read, since that time in seconds
 */
struct kcore {
	int fd;
	struct kcore_segment *segments;
	size_t nr;
	uint64_t rate;
	uint64_t read;
	double since;
};

/** kcore_is() - Whether a file is /proc/kcore itself, and not a copy of one. */
bool kcore_is(int fd);

/** kcore_learn() - Read where memory is, for the first time or again; false: it does not say. */
bool kcore_learn(struct kcore *k, int fd);

/**
 * kcore_read() - Copy kernel memory.
 *
 * Return: TARGET_ABSENT when the kernel does not give it; TARGET_UNMAPPED where it has none.
 */
enum target_status kcore_read(struct kcore *k, uint64_t virt, void *buf, size_t len);

/** kcore_yield() - Let other work go first from now on: nice(), but never less than before. */
void kcore_yield(unsigned int nice);

/** kcore_free() - @k is all zero afterwards. */
void kcore_free(struct kcore *k);

/**
 * kcore_refused() - Say why /proc/kcore cannot be read.
 * @why: errno of open()
 *
 * Return: false, for the caller to return.
 */
bool kcore_refused(int why, struct error *error);

#endif
