/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_COMPLAINTS_H
#define SLUBCHECK_CHECKER_WHY_COMPLAINTS_H
/*
 * What the kernel itself said before it died: its reports in the log, each with what it names, and which
 * findings that belongs to. The first complaint is usually the nearest to who did it.
 *
 * Nothing is judged by it: a log is text, and a finding is memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/image/kernel_log.h"
#include "checker/why/complaint_patterns.h"

/* How a complaint and a finding are about the same thing. */
enum complaint_tie {
	TIE_NONE,
	TIE_CACHE,
	TIE_SLAB,
	TIE_OBJECT,
};

/** complaint_tie_name() - "cache", "slab" or "object". */
const char *complaint_tie_name(enum complaint_tie tie);

#define COMPLAINT_ADDRESSES 16u
#define COMPLAINT_NAME_MAX 96u

/**
 * struct complaint - A report of the kernel, however many lines it has.
 * @pattern: what kind of complaint it is
 * @line:    the line that says so
 * @first, @nr_lines: the lines of the log from its first to its last; others may be between them
 * @cpu, @pid: who complained; -1 when it does not say
 * @comm:    likewise; empty. Raw bytes, as the other names: escape before printing
 * @function: where it happened, as "object_err+0x1f1/0x200"; empty when it does not say
 * @taint:   letters of the kernel's taint at that time; empty when there is none
 * @cache:   name of the cache that it names; empty when none
 * @other_cache: the second one that it names
 * @addresses: of kernel memory that it names, in the order of the lines
 * @regs:    the register that the report has an address in; NULL: its text names it
 * @at:	     the first of them that is in a slab, and in one of the cache that is named where a register has it;
 *	     @at.kind is LOCATION_NULL when none is
 * @finding: what it has to do with, most closely; NULL: none
 */
struct complaint {
	const struct complaint_pattern *pattern;
	const struct log_line *line;
	const struct log_line *first;
	size_t nr_lines;
	int64_t cpu, pid;
	char comm[PATTERN_NAME_MAX];
	char function[COMPLAINT_NAME_MAX];
	char taint[32];
	char cache[PATTERN_NAME_MAX], other_cache[PATTERN_NAME_MAX];
	uint64_t addresses[COMPLAINT_ADDRESSES];
	const char *regs[COMPLAINT_ADDRESSES];
	unsigned int nr_addresses;
	struct location at;
	const struct finding *finding;
	enum complaint_tie tie;
};

/* The others are counted: the first ones say most, and the last one is kept as well. */
#define COMPLAINTS_KEPT_MAX 128u

/**
 * struct complaints - All of them, the earliest first.
 * @log:     the log, for what of it is missing
 * @known:   the log was read; otherwise nobody knows what the kernel said
 * @dropped: complaints between the last two that were not kept
 * @telling: the kernel died, or complained of memory: it matters whatever was found
 */
struct complaints {
	struct kernel_log log;
	bool known;
	struct complaint *list;
	size_t nr, dropped;
	bool telling;
};

/**
 * complaints_find() - Read the log and find them.
 * @complaints: filled in; what it refers to is the arena's
 *
 * Return: false when the log cannot be read, or there is no memory.
 */
bool complaints_find(struct complaints *complaints, struct memory *memory, struct arena *arena);

/**
 * complaints_tie() - Find out which objects they name, and which of some findings they belong to.
 * @results: what was judged
 *
 * A finding that names the same object precedes one of the same slab, and that one of the same cache.
 */
void complaints_tie(struct complaints *complaints, struct allocator *allocator,
		    const struct cache_result *const *results, size_t nr);

#define COMPLAINT_TEXT_MAX 1200u

/** complaint_text() - What it says, without its time. Escaped. Returns @buf. */
char *complaint_text(const struct complaint *complaint, char buf[COMPLAINT_TEXT_MAX]);

/** complaint_describe() - What it says, with its time, as dmesg has it. Escaped. Returns @buf. */
char *complaint_describe(const struct complaint *complaint, char buf[COMPLAINT_TEXT_MAX]);

/** complaint_where() - As "CPU 1, task busybox (91), in object_err+0x1f1/0x200"; empty when it does not say. */
char *complaint_where(const struct complaint *complaint, char buf[COMPLAINT_TEXT_MAX]);

#endif
