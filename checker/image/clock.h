/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_CLOCK_H
#define SLUBCHECK_CHECKER_IMAGE_CLOCK_H
/*
 * How long something takes: a clock that nobody sets. Only differences of its times mean anything.
 */

#include <time.h>

/** clock_now() - The time, to be kept for clock_seconds_since(). */
static inline struct timespec clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

/** clock_seconds_since() - Wall clock seconds from @then, of clock_now(), until now. */
static inline double clock_seconds_since(const struct timespec *then)
{
	struct timespec now = clock_now();

	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

#endif
