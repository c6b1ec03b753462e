/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_HTML_PARTS_H
#define SLUBCHECK_CHECKER_REPORT_HTML_PARTS_H
/*
 * The report as a page, in parts. For html*.c only.
 *
 * A page begins with what a run says last. So what is reported is kept, and the summary writes the page. All
 * of it lives in the arena until the end of the run: results are kept by their addresses.
 */

#include "checker/report/html_writer.h"
#include "checker/report/report.h"

/* A cache that was judged. */
struct html_cache {
	struct html_cache *next;
	const struct cache_result *result;
};

struct html_message {
	struct html_message *next;
	const char *name; /* may be NULL */
	char text[];
};

/* What findings have been shown, so that a page stays one that a browser opens. */
struct html_budget {
	unsigned int cards, maps;
	size_t cells;
};

/**
 * struct report_kept - What a page is made of.
 * @caches: in the order of the run
 * @list, @kernel: findings that belong to no cache; NULL: none were reported
 * @budget: what the page has used up
 */
struct report_kept {
	struct arena *arena;
	struct html_cache *caches, **caches_end;
	size_t nr_caches;
	struct html_message *messages, **messages_end;
	const struct cache_result *list, *kernel;
	const struct panic *panic;
	const struct complaints *complaints;
	const struct story *story;
	struct html_budget budget;
};

/** html_rows() - Rows that text.h writes, as facts: @rows is called with a report of text. */
#define html_rows(report, rows, what)                            \
	do {                                                     \
		struct html_rows capture_;                       \
		if (html_rows_begin(&capture_, report)) {        \
			rows(&capture_.report, what);            \
			html_rows_end(&capture_, (report)->out); \
		}                                                \
	} while (0)

/* Rows that are on their way from text to facts. */
struct html_rows {
	struct report report;
	struct check_options options;
	char *text;
	size_t length;
};

/** html_rows_begin() - Set @rows->report to a copy that writes to memory; false without memory. */
bool html_rows_begin(struct html_rows *rows, const struct report *report);

/** html_rows_end() - Write what was said as facts, and free it. */
void html_rows_end(struct html_rows *rows, FILE *out);

/** html_rows_write() - The rows of a text as facts: labels beside a column, what they label behind it. */
void html_rows_write(FILE *out, char *text);

/** html_hex() - Memory in rows of 16 bytes; those from @first to @last are marked, none when both are 0. */
void html_hex(const struct report *report, uint64_t start, uint64_t end, uint64_t first,
	      uint64_t last);

/** html_causes() - Causes in their order, each with what speaks for and against it. */
void html_causes(FILE *out, const struct diagnosis *diagnosis);

/** html_findings() - The findings of a cache, or of none. */
void html_findings(const struct report *report, const struct cache_result *result);

/** html_map() - The slab of a finding, an object a cell; nothing when it was drawn before, or cannot be. */
void html_map(const struct report *report, const struct cache_result *result,
	      const struct finding *f);

/** html_verdict() - The first section. */
void html_verdict(const struct report *report, const struct report_totals *totals);

/** html_story() - The second one: why the kernel died. */
void html_story(const struct report *report);

/** html_caches() - The table of caches. */
void html_caches(const struct report *report);

/** html_log() - What the kernel said, on a line of time. */
void html_log(const struct report *report);

/** html_cache_name() - What a cache is called, raw bytes of the dump. Returns @buf. */
const char *html_cache_name(const struct cache_view *cache, char buf[CACHE_NAME_MAX + 32]);

#endif
