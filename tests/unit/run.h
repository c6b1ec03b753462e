/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_RUN_H
#define SLUBCHECK_TESTS_UNIT_RUN_H
/*
 * A run of the checker over an image, and expectations on what it reports.
 *
 * Every run holds, whatever it is about: in JSON each line is an object and the last one the
 * summary, and only a corrupt finding has causes; no byte of any output but the newline is outside of printable ASCII.
 */

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "checker/check.h"
#include "tests/unit/image.h"
#include "tests/unit/unit.h"

#define RUN_LINES_MAX 4096
#define RUN_TIMEOUT UNIT_TIMEOUT

/*
 * A test that runs in every era, or in every era without and with a scan, where turn counts. All in
 * one process: Check would fork for each turn.
 */
#define EACH_ERA(name) EACH(name, ERAS)
#define EACH_ERA_AND_SCAN(name) EACH(name, 2 * ERAS)
/* The same in those eras in which CPUs own slabs: in all but the last. */
#define EACH_CPU_ERA(name) EACH(name, ERA_7_2)
#define EACH_CPU_ERA_AND_SCAN(name) EACH(name, 2 * ERA_7_2)
#define EACH(name, turns)                              \
	static void name##_turn(int turn);             \
	START_TEST(name)                               \
	{                                              \
		for (int n = 0; n < (int)(turns); n++) \
			name##_turn(n);                \
	}                                              \
	END_TEST                                       \
	static void name##_turn(int turn)

struct run {
	struct check_result result;
	const char *era;
	char *text; /* what was printed */
	size_t len;
	char *lines[RUN_LINES_MAX]; /* in JSON: the objects */
	bool expected[RUN_LINES_MAX]; /* run_expect() has met it */
	size_t nr_lines;
	size_t arena_peak;
};

/* What to run. Everything 0: all caches, JSON, verbose, no scan. */
struct run_options {
	bool scan, scan_optional, text, html, terse, all_caches;
	int columns; /* of the terminal that shows the text; 0: none */
	const char *names[4];
	uint64_t address; /* check_addresses() of it, when @is_address */
	uint64_t another; /* and of this one, unless it is 0 */
	bool is_address;
	bool why; /* struct check_options.why */
	bool objects; /* check_objects() */
	bool usage; /* check_usage() */
	bool top, top_sites; /* check_top() */
	enum check_sort sort;
	bool map, map_order; /* check_map(), of @map_address when that is not 0 */
	uint64_t map_address;
	unsigned int map_columns;
	struct check_range refs; /* check_refs() of it, unless it is empty */
	bool dangling; /* check_dangling() */
	bool unaligned, outside;
	uint64_t budget_bytes;
	size_t arena_limit; /* 0: plenty */
	unsigned int threads; /* struct check_options.threads */
	const struct severities *severities; /* likewise */
};

/**
 * run_check() - Run; release with run_free().
 *
 * What a scan found to be corrupt has to be found again by each address that the finding holds.
 */
struct run *run_check(struct image *image, struct run_options options);
/** run_check_target() - The same of any target; @era is for the text of failures. */
struct run *run_check_target(struct target *target, const char *era, struct run_options options);
void run_free(struct run *run);

/**
 * run_expect() - Require a finding.
 * @format: printf-like; gives words "key=value", compared with the members of the finding's JSON.
 *	    "key=-" requires that there is no such member.
 *
 * Fails with the whole report when no finding that no other expectation has met is like that.
 */
__attribute__((format(printf, 2, 3))) void run_expect(struct run *run, const char *format, ...);

/** run_expect_type() - The same for a line of another type: "cache", "panic", "address", ... */
__attribute__((format(printf, 3, 4))) void run_expect_type(struct run *run, const char *type,
							   const char *format, ...);

/** run_nothing_else() - Require that no finding of that severity is left; NULL: of any. */
void run_nothing_else(struct run *run, const char *severity);

/** run_count() - Findings of a severity. */
size_t run_count(const struct run *run, const char *severity);

/** run_unfold() - Make one line of what was printed, with one blank where there were blanks or ends. */
void run_unfold(struct run *run);

/** run_verdict() - Require a verdict, of the result and of the summary. */
void run_verdict(struct run *run, enum check_verdict verdict);

/** run_line() - The first line that has "key":value members as run_expect() says, or NULL. */
__attribute__((format(printf, 2, 3))) const char *run_line(const struct run *run,
							   const char *format, ...);

#endif
