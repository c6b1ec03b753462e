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
#include <stdint.h>
#include <stdio.h>

/**
 * struct diff_side - One of the two.
 * @file:     of the dump, or of its records
 * @findings: signature -> list of finding records
 * @usage:    name of the cache -> its usage record
 * @sites:    "SITE in CACHE" -> its site record
 * @sited:    who allocated objects is known: then @sites are all there are
 * @release, @verdict: as its records say; NULL: they do not
 */
struct diff_side {
	const char *file;
	json_t *findings, *usage, *sites;
	bool sited;
	const char *release, *verdict;
	json_t *records; /* what @release and @verdict point into */
};

/** diff_side_init() - Before its first records; false without memory. */
bool diff_side_init(struct diff_side *side, const char *file);

/** diff_side_add() - Records of it: lines of JSON. Others than those that are compared are passed over. */
void diff_side_add(struct diff_side *side, const char *text, size_t length);

/** diff_side_free() - For one that diff_side_init() failed for, too. */
void diff_side_free(struct diff_side *side);

/* What has more or less in the second: a cache, or a line of the kernel that allocates. */
struct diff_growth {
	const char *name;
	int64_t slabs, allocated, bytes;
	int64_t allocated_before, bytes_before;
};

/**
 * struct diff - What changed from @a to @b.
 * @gone, @new: lists of finding records; @same: how many both have
 * @caches, @sites: those that differ: what grew most comes first, what shrank most last
 * @sited: both know who allocated objects
 */
struct diff {
	const struct diff_side *a, *b;
	json_t *gone, *new;
	size_t same;
	struct diff_growth *caches, *sites;
	size_t nr_caches, nr_sites;
	bool sited;
};

/** diff_make() - Compare; false without memory. The sides have to outlive it; release with diff_free(). */
bool diff_make(struct diff *diff, const struct diff_side *a, const struct diff_side *b);

void diff_free(struct diff *diff);

/** diff_is_worse() - Whether a finding is new in the second. */
bool diff_is_worse(const struct diff *diff);

/**
 * diff_print() - What changed.
 * @all:  all caches that differ, not only those that differ most
 * @json: a "diff" record instead of text
 */
void diff_print(const struct diff *diff, bool all, bool json, FILE *out);

#endif
