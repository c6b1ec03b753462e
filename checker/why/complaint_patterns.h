/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_COMPLAINT_PATTERNS_H
#define SLUBCHECK_CHECKER_WHY_COMPLAINT_PATTERNS_H
/*
 * How the kernel words its complaints: one row of a table each, with the releases that say it so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum complaint_kind {
	COMPLAINT_SLAB, /* the allocator's own checks */
	COMPLAINT_TOOL, /* KASAN, KFENCE, UBSAN */
	COMPLAINT_CHECK, /* of a reference count, a list, a copy, a page */
	COMPLAINT_DEATH, /* an exception or a panic */
	COMPLAINT_HARDWARE,
	COMPLAINT_WARNING, /* any other WARN() */
	COMPLAINT_HANG,
	COMPLAINT_KINDS,
};

/** complaint_kind_name() - Stable name for programs: "slab", "tool", "check", ... */
const char *complaint_kind_name(enum complaint_kind kind);

/**
 * struct complaint_pattern - A line that begins a report of the kernel, or belongs to one.
 * @id:	   stable name, as "slub-object-free"
 * @rank:  of several lines of a report the one of the highest rank says what it is about
 * @joins: bits of the kinds of reports that such a line is part of, when one is open: 1 << kind
 * @text:  see pattern_match()
 * @since: the releases that word it so
 */
struct complaint_pattern {
	const char *id;
	enum complaint_kind kind;
	unsigned int rank;
	unsigned int joins;
	const char *text;
	const char *since;
};

/* The rank of a line that only says that a report begins. */
#define RANK_OPENER 0u
/* That of a line that says where, but not what. */
#define RANK_GENERAL 1u

extern const struct complaint_pattern complaint_patterns[];
extern const size_t nr_complaint_patterns;

#define PATTERN_NAMES 2u
#define PATTERN_NAME_MAX 64u
#define PATTERN_NUMBERS 2u
/* Bytes of a line that are looked at. */
#define PATTERN_LINE_MAX 512u

/* What a pattern found in a line. */
struct pattern_captures {
	char names[PATTERN_NAMES][PATTERN_NAME_MAX]; /* raw bytes; cut when too long */
	uint64_t numbers[PATTERN_NUMBERS];
	unsigned int nr_names, nr_numbers;
};

/**
 * pattern_match() - Whether a line begins as a pattern says.
 * @pattern: '*' is any text, as short as can be; "%s" is a name: text, likewise, that is kept; "%d" and
 *	     "%x" are a decimal and a hexadecimal number, the latter with or without 0x
 * @captures: what was kept; undefined when the return value is false
 *
 * The time that it takes is linear in the line, of which PATTERN_LINE_MAX bytes are looked at.
 */
bool pattern_match(const char *pattern, const char *line, struct pattern_captures *captures);

/** complaint_pattern_find() - The row of the highest rank that a line matches, or NULL. */
const struct complaint_pattern *complaint_pattern_find(const char *line,
						       struct pattern_captures *captures);

#endif
