/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DIFF_H
#define SLUBCHECK_TRIAGE_DIFF_H
/*
 * What is different between two dumps: findings that are gone and new, and caches by growth.
 *
 * A dump is known by its records (docs/json.md): findings of a check, and usage of each cache. It does not
 * matter whether they were kept or are made now.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct diff_side - One of the two.
 * @file:     of the dump, or of its records
 * @findings: signature -> list of finding records
 * @usage:    name of the cache -> its usage record
 * @release, @verdict: as its records say; NULL: they do not
 */
struct diff_side {
	const char *file;
	json_t *findings, *usage;
	const char *release, *verdict;
	json_t *records; /* what @release and @verdict point into */
};

/** diff_side_init() - Before its first records; false without memory. */
bool diff_side_init(struct diff_side *side, const char *file);

/** diff_side_add() - Records of it: lines of JSON. Others than those that are compared are passed over. */
void diff_side_add(struct diff_side *side, const char *text, size_t length);

/** diff_side_free() - For one that diff_side_init() failed for, too. */
void diff_side_free(struct diff_side *side);

/**
 * diff_print() - What changed from @a to @b.
 * @all:  all caches that differ, not only those that differ most
 * @json: a "diff" record instead of text
 *
 * Return: whether a finding is new in @b.
 */
bool diff_print(const struct diff_side *a, const struct diff_side *b, bool all, bool json,
		FILE *out);

#endif
