/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_REPORT_H
#define SLUBCHECK_CHECKER_REPORT_REPORT_H
/*
 * What a run says, and the outputs that say it.
 *
 * An output is one table of functions, in a file of its own. A new one is that file, a value of enum
 * check_format and a row in report.c. All outputs say the same.
 */

#include "checker/report/answer.h"
#include "checker/report/object_map.h"
#include "checker/why/story.h"

/**
 * struct report_ops - One output. A member may be NULL: this output does not print it.
 * @begin:	   before all else: an output that writes at the end makes room for what it keeps
 * @verdict:	   before all else, what @summary says in the end
 * @caches_begin:  before the caches, when they are what was asked for
 * @cache:	   a cache and its findings, as the options ask
 * @list:	   findings on slab_caches and on slabs without a cache
 * @kernel:	   findings on how the kernel died that belong to no cache
 * @panic:	   a CPU's exception that a finding explains
 * @complaints:	   what the kernel said in its log, when something is corrupt, or it died, or
 *		   complained of memory
 * @address:	   the answer to -s
 * @why:	   why the kernel died (-w)
 * @card:	   the object of an address (-w with -s)
 * @finding:	   a finding that concerns the address of -s
 * @usage_begin:   before the rows of -i
 * @usage:	   such a row: a cache, or the sum
 * @objects_begin: before the objects of a cache (-o)
 * @objects_slab:  a slab before its objects
 * @object:	   an object
 * @objects_end:   the numbers of objects by state
 * @top:	   who has the memory (--top)
 * @map:	   slabs of a cache, to be drawn (--map)
 * @refs_begin:	   what pointers are looked for into (--refs)
 * @reference:	   such a pointer
 * @refs_end:	   how many there are, and how far the pass came
 * @message:	   a clause on what could not be done, for example for an unknown cache; @name may be NULL
 * @summary:	   the verdict; always the last call
 */
struct report_ops {
	void (*begin)(struct report *report, struct arena *arena);
	void (*verdict)(const struct report *report, const struct report_totals *totals);
	void (*caches_begin)(const struct report *report);
	void (*cache)(const struct report *report, const struct cache_result *result);
	void (*list)(const struct report *report, const struct cache_result *result);
	void (*kernel)(const struct report *report, const struct cache_result *result);
	void (*panic)(const struct report *report, const struct panic *panic);
	void (*complaints)(const struct report *report, const struct complaints *complaints);
	void (*address)(const struct report *report, const struct report_address *address);
	void (*why)(const struct report *report, const struct story *story);
	void (*card)(const struct report *report, const struct object_card *card);
	void (*finding)(const struct report *report, const struct finding *finding);
	void (*usage_begin)(const struct report *report);
	void (*usage)(const struct report *report, const struct report_usage *usage);
	void (*objects_begin)(const struct report *report, const struct cache_result *result);
	void (*objects_slab)(const struct report *report, const struct slab_view *slab);
	void (*object)(const struct report *report, const struct cache_view *cache,
		       const struct object_view *object);
	void (*objects_end)(const struct report *report, const struct report_objects *objects);
	void (*top)(const struct report *report, const struct report_top *top);
	void (*map)(const struct report *report, const struct object_map *map);
	void (*refs_begin)(const struct report *report, const struct report_range *range);
	void (*reference)(const struct report *report, const struct reference *ref);
	void (*refs_end)(const struct report *report, const struct report_refs *refs);
	void (*message)(const struct report *report, const char *message, const char *name);
	void (*summary)(const struct report *report, const struct report_totals *totals);
};

extern const struct report_ops report_text, report_json, report_html, report_callback;

/**
 * report_init() - Begin a report in the output that the options ask for; @options stay the caller's.
 * @arena: lives until the report's end; NULL: there is none, and little is kept
 */
void report_init(struct report *report, const struct check_options *options, struct arena *arena);

/** report_say() - Call member @op of the report's output, if it has it. */
#define report_say(report, op, ...)                                 \
	do {                                                        \
		if ((report)->ops->op)                              \
			(report)->ops->op((report), ##__VA_ARGS__); \
	} while (0)

/** report_message() - report_say() of a message, printf-like. */
__attribute__((format(printf, 2, 3))) void report_message(const struct report *report,
							  const char *format, ...);

/** report_end() - The note that the dump's filter left parts of the allocator out, and the summary. */
void report_end(const struct report *report, const struct report_totals *totals);

#endif
