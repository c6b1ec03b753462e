/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_REPORT_H
#define SLUBCHECK_CHECKER_REPORT_REPORT_H
/*
 * What is said, as text for people and as JSON for programs. Both say the same.
 */

#include "checker/report/answer.h"

/** report_address() - The answer to -s. */
void report_address(const struct report *report, const struct report_address *address);

/** report_usage() - A row of -i; the first of them has @first set, and a heading. */
void report_usage(const struct report *report, const struct report_usage *usage, bool first);

/** report_objects_begin() - The heading of a cache's objects (-o). */
void report_objects_begin(const struct report *report, const struct cache_result *result);

/** report_objects_slab() - A slab before its objects; @waits: for a grace period, to be freed. */
void report_objects_slab(const struct report *report, const struct slab_state *slab, bool waits);

/** report_object() - One object. */
void report_object(const struct report *report, const struct cache *cache,
		   const struct object *object);

/** report_objects_end() - How many objects of which kind there were. */
void report_objects_end(const struct report *report, const struct report_objects *objects);

/** report_finding() - One finding by itself. */
void report_finding(const struct report *report, const struct finding *finding);

/** report_cache() - A cache and its findings, as the options ask. */
void report_cache(const struct report *report, const struct cache_result *result);

/** report_list() - Findings on slab_caches and on slabs without a cache. */
void report_list(const struct report *report, const struct cache_result *result);

/** report_kernel() - Findings on how the kernel died that are of no cache. */
void report_kernel(const struct report *report, const struct cache_result *result);

/** report_panic() - A CPU's exception that a finding explains. */
void report_panic(const struct report *report, const struct panic *panic);

/** report_message() - A clause on what could not be done, as an unknown cache name. */
void report_message(const struct report *report, const char *message, const char *name);

/** report_filter() - The note that the dump's filter left parts of the allocator out. */
void report_filter(const struct report *report, const struct report_totals *totals);

/** report_summary() - The verdict; always the last thing that is said. */
void report_summary(const struct report *report, const struct report_totals *totals);

#endif
