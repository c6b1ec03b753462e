/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_OPTIONS_H
#define SLUBCHECK_CHECKER_OPTIONS_H
/*
 * What a user can ask of a run, and how it can end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum check_format {
	CHECK_TEXT, /* for people */
	CHECK_JSON, /* one JSON object a line, the last of type "summary" */
	CHECK_HTML, /* a page, which is written at the end of the run */
	CHECK_CALLBACK, /* nothing is printed; each finding is handed to a function */
};

/* What check_usage() orders caches by. */
enum check_sort {
	SORT_LISTED, /* nothing: as slab_caches has them */
	SORT_SIZE, /* memory, the most first */
	SORT_OBJECTS, /* objects that somebody owns */
	SORT_WASTE, /* memory that nobody has an object in */
	SORT_NAME,
};

struct finding;
struct severities;

/* What a page says of how it was made: "dump", and the name of the file. Raw bytes. */
struct check_fact {
	const char *label, *text;
};

/* Addresses from @start up to @end. */
struct check_range {
	uint64_t start, end;
};

enum check_verdict {
	VERDICT_CLEAN, /* all that was asked for was judged, and nothing is corrupt */
	VERDICT_CORRUPT, /* at least one finding of severity corrupt */
	VERDICT_UNKNOWN, /* nothing corrupt was seen, but not everything could be judged */
};

/** verdict_name() - "clean", "corrupt" or "unknown". */
const char *verdict_name(enum check_verdict verdict);

/**
 * struct check_options - What to check and how to say it.
 * @format:	    text, JSON or a page
 * @all_caches:	    a line for every cache, not only for those that are not clean
 * @scan:	    read the whole memmap too: full slabs, lost slabs, counters of the nodes
 * @scan_optional:  not asked for: what of it cannot be read leaves the verdict to the lists, and the
 *		    report says so. Otherwise the verdict is unknown then
 * @why:	    why the kernel died; with an address, everything about its object
 * @verbose:	    all the evidence of each finding
 * @severities:	    severities that findings are given instead of their own (findings/severity.h); NULL:
 *		    none
 * @threads:	    that may judge at a time, where the image can be shared; 0 is 1
 * @names:	    names, aliases or addresses ("0x..." or plain hex) of the caches to check; also patterns
 *		    ("kmalloc-*"), and several of all these with commas
 * @nr_names:	    how many; 0: every cache
 * @out:	    where the report goes; the caller keeps it, and lays text out (report/layout.h). Not used with
 *		    CHECK_CALLBACK
 * @finding:	    of CHECK_CALLBACK: called with each finding at the end of the run
 * @finding_ctx:    handed to @finding
 * @facts, @nr_facts: of CHECK_HTML: from what the page is made; the first names the image
 * @progress:	    called at most some times a second with the number of caches done and in all
 *		    and the slabs so far; NULL: nobody wants to know
 * @reading:	    the same of a pass over all memory: bytes so far and in all
 * @progress_ctx:   handed to @progress and @reading
 * @sort:	    check_usage(): the order of caches; with one, what each takes of the memory is printed
 * @top_sites:	    check_top(): memory cgroups are not asked for
 * @map_order:	    check_map(): a free object's place on its list instead of its state alone
 * @map_columns:    check_map(): of the terminal; 0: 80
 * @map_colour, @map_utf8: check_map(): the terminal can do that
 * @unaligned:	    check_refs(): look at words at any address, not only at multiples of 8
 * @outside:	    check_refs(): pass over pointers that lie in the ranges themselves
 * @budget_bytes, @budget_seconds: check_refs(): stop the pass there; 0: no limit
 */
struct check_options {
	enum check_format format;
	bool all_caches;
	bool scan;
	bool scan_optional;
	bool why;
	bool verbose;
	const struct severities *severities;
	unsigned int threads;
	char *const *names;
	size_t nr_names;
	FILE *out;
	void (*finding)(void *ctx, const struct finding *finding);
	void *finding_ctx;
	const struct check_fact *facts;
	size_t nr_facts;
	void (*progress)(void *ctx, size_t caches_done, size_t caches, uint64_t slabs);
	void (*reading)(void *ctx, uint64_t done, uint64_t all);
	void *progress_ctx;
	enum check_sort sort;
	bool top_sites;
	bool map_order, map_colour, map_utf8;
	unsigned int map_columns;
	bool unaligned, outside;
	uint64_t budget_bytes;
	unsigned int budget_seconds;
};

#define CHECK_BUDGET_SECONDS_MAX (1u << 24)

/**
 * check_budget_parse() - Read a budget: seconds ("30" or "30s"), or bytes ("512M"; K, M, G, T).
 *
 * Return: false when it is neither; @options are untouched then.
 */
bool check_budget_parse(const char *text, struct check_options *options);

/** check_sort_parse() - "size", "objects", "waste" or "name"; false for anything else. */
bool check_sort_parse(const char *text, struct check_options *options);

/* How a run ended. */
struct check_result {
	enum check_verdict verdict;
	bool interrupted; /* cancelled() stopped the run: the report holds the findings so far */
	bool failed; /* nothing could be checked; the reason has been printed */
	uint64_t findings;
	uint64_t objects, verified; /* that were looked at, and those whose lists were followed */
	unsigned int passes; /* over a kernel that runs; else 0 */
	uint64_t retries; /* of what changed while it was gathered */
};

#endif
