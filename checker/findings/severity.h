/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_SEVERITY_H
#define SLUBCHECK_CHECKER_FINDINGS_SEVERITY_H
/*
 * Severities that a user gives to findings that are known: "freelist-wild=note".
 *
 * A level replaces the severity that the list of ids has for a finding, harder ones included, as
 * git fsck lets a user do. What a rule has softened, since a CPU may be in the middle of an operation,
 * is never made harder again: it gets the milder of the two. An ignored finding is counted and not kept.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "checker/findings/findings.h"

enum severity_level {
	LEVEL_DEFAULT, /* as the list of ids says */
	LEVEL_CORRUPT,
	LEVEL_TRANSIENT,
	LEVEL_NOTE,
	LEVEL_IGNORE,
};

/* All zero: nothing is changed. */
struct severities {
	uint8_t levels[FINDING_COUNT]; /* enum severity_level */
	bool given; /* one of them is not the default */
};

#define SEVERITIES_ERROR_MAX 256

/**
 * severities_set() - Read "ID=LEVEL,ID=LEVEL". Of two levels of an id the last one counts.
 * @error: filled in when false is returned: a clause for people
 *
 * Return: false when an id or a level does not exist; what stands before it has been taken.
 */
bool severities_set(struct severities *s, const char *list, char error[SEVERITIES_ERROR_MAX]);

/**
 * severities_read() - The same of a file: such a list a line; "#" begins a comment.
 * @file: the caller closes it
 *
 * Return: as severities_set(); also false when the file cannot be read.
 */
bool severities_read(struct severities *s, FILE *file, char error[SEVERITIES_ERROR_MAX]);

/* Enough for all ids. */
#define SEVERITIES_TEXT_MAX 4096

/** severities_text() - What was given, as severities_set() reads it, in the order of the ids. Returns @buf. */
char *severities_text(const struct severities *s, char buf[SEVERITIES_TEXT_MAX]);

/**
 * severities_apply() - Give a finding the severity that the user wants; once, when it is found.
 * @s: may be NULL
 *
 * Return: false when it is to be ignored.
 */
bool severities_apply(const struct severities *s, struct finding *finding);

/** finding_severity_default() - The severity that a finding would have had. */
static inline enum finding_severity finding_severity_default(const struct finding *f)
{
	return f->has & FINDING_HAS_DEFAULT ? f->severity_default : f->severity;
}

#endif
