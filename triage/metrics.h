/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_METRICS_H
#define SLUBCHECK_TRIAGE_METRICS_H
/* What the node exporter of Prometheus collects from a file (--textfile). */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "triage/error.h"

/**
 * struct metrics - The last pass.
 * @summary: its record of that type
 * @caches:  an array of its records of caches
 * @passes:  that were made
 * @seconds, @cpu_seconds: that it took
 * @time:    when it ended, seconds since 1970
 */
struct metrics {
	const json_t *summary, *caches;
	uint64_t passes;
	double seconds, cpu_seconds, time;
};

/** metrics_write() - Replace a file in one step, so that nobody reads half of it. */
bool metrics_write(const struct metrics *m, const char *path, struct error *error);

#endif
