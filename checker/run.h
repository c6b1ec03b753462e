/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_RUN_H
#define SLUBCHECK_CHECKER_RUN_H
/*
 * One run, from the image to the summary. For check.c, address.c and
 * references.c only.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "checker/allocator.h"
#include "checker/image/memory.h"
#include "checker/image/team.h"
#include "checker/options.h"
#include "checker/report/report.h"
#include "checker/why/complaints.h"
#include "checker/why/panic.h"
#include "checker/why/word.h"

/* One run. It lives in the arena, so that nothing of it is left on a stack that was jumped off. */
struct run {
	const struct check_options *options;
	struct arena *arena;
	struct memory memory;
	struct allocator *allocator; /* NULL until it is known */
	struct team team;
	atomic_flag telling; /* a thread is telling of the progress */
	struct report report;
	struct report_totals totals;
	struct cache_result **results;
	size_t nr_results;
	struct cache_result *list_result; /* of slab_caches itself, when it was judged; else NULL */
	struct cache_result no_cache; /* findings on how the kernel died that are of no cache */
	struct panic panic;
	bool panicked; /* @panic is an exception that a finding explains */
	struct complaints complaints; /* what the kernel said */
	const uint64_t *wanted; /* caches to check */
	size_t nr_wanted;
	struct suspects *suspects; /* of a kernel that runs: what its passes have seen; else NULL */
	bool unseen; /* part of what was to be judged could not be looked at */
	struct timespec started, shown;
	char error[ALLOCATOR_ERROR_MAX];
};

/** run_new() - Begin a run; NULL when there is no memory for it: then run_out_of_memory() ends it. */
struct run *run_new(struct target *target, struct arena *arena,
		    const struct check_options *options);

/** run_prepare() - Everything up to the first cache; when false, run_failed() ends the run. */
bool run_prepare(struct run *run, unsigned int threads);

/** run_names() - Fill wanted[]: the caches that the options name, all without. False: there are none. */
bool run_names(struct run *run);

/** run_scan() - Go through the memmap, before caches are judged; the report says when it cannot be. */
void run_scan(struct run *run);

/** run_judge_caches() - Judge run->wanted[]: fills results[] with what could be judged, in that order. */
void run_judge_caches(struct run *run);

/** run_judge_unlisted() - After that and with a scan: the slabs that no list led to. */
void run_judge_unlisted(struct run *run);

/** run_judge_all() - All of that, and what the machine died of, for who asks about objects. */
void run_judge_all(struct run *run);

/**
 * run_visit() - Add each result to the totals, and hand it to @visit as long as all is known.
 *
 * Return: false when not all were visited: there was no scan, the user stopped the run, or @visit returned false.
 */
bool run_visit(struct run *run, bool (*visit)(void *ctx, const struct cache_result *result),
	       void *ctx);

/** run_judge_list() - Judge slab_caches itself; NULL when there is no memory. */
struct cache_result *run_judge_list(struct run *run);

/** run_judge_death() - After that: what the machine died of, in run->no_cache or its cache's result. */
void run_judge_death(struct run *run);

/** run_read_log() - After that: what the kernel said of it, in run->complaints. */
void run_read_log(struct run *run);

/** run_result() - The result of a cache that was judged, or NULL. */
struct cache_result *run_result(const struct run *run, uint64_t cache);

/** run_judged() - All results, for who asks about words. Borrows them. */
struct judged run_judged(const struct run *run);

/** run_total() - Add a result to the totals; @is_cache: it counts as one. */
void run_total(struct run *run, const struct cache_result *result, bool is_cache);

/** run_totals_finish() - The verdict, of the totals as they are. */
void run_totals_finish(struct run *run);

/** run_end() - Print the summary and give back what is not the arena's. */
struct check_result run_end(struct run *run, bool failed);

/** run_failed() - The same of a run that could not begin, with the reason. */
struct check_result run_failed(struct run *run);

/** run_out_of_memory() - The same without a run. */
struct check_result run_out_of_memory(const struct check_options *options);

#endif
