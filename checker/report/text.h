/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_TEXT_H
#define SLUBCHECK_CHECKER_REPORT_TEXT_H
/*
 * The report for people, in parts. For text*.c, and for html*.c, which shows the same rows.
 */

#include <stdio.h>

#include "checker/report/report.h"

/** text_row() - "    label    text" as it is, printf-like: for columns. */
__attribute__((format(printf, 3, 4))) void text_row(FILE *out, const char *label,
						    const char *format, ...);

/** text_line() - The same, wrapped under the text. */
__attribute__((format(printf, 3, 4))) void text_line(FILE *out, const char *label,
						     const char *format, ...);

/** text_wrap() - The rest of a line, with breaks (layout.h): what follows one goes on in @column. */
void text_wrap(FILE *out, const char *text, int column);

/**
 * text_rows_each() - Read rows as text_row() and text_line() have written them.
 * @text: rows; other lines are passed over. It is cut into pieces
 * @each: called with each row; what follows a row without a label of its own is part of it, behind '\n'
 *
 * So that another output says what text says, whatever that is.
 */
void text_rows_each(char *text, void (*each)(void *ctx, const char *label, const char *text),
		    void *ctx);

/** text_tracks() - Who allocated an object and who freed it, as far as that is known. */
void text_tracks(const struct report *report, const struct track tracks[TRACKS]);

/** text_opinion() - A cause, with what speaks for and against it. */
void text_opinion(FILE *out, const char *label, const struct opinion *o);

/** text_finding_rows() - Rows on a finding: what, where, and the words; without its causes. */
void text_finding_rows(const struct report *report, const struct finding *f);

/** text_evidence_rows() - What -v adds to them: how the word was read. */
void text_evidence_rows(const struct report *report, const struct finding *f);

/** text_verdict_line() - The verdict in a line, behind one on an interrupted run. */
void text_verdict_line(FILE *out, const struct report_totals *totals);

/** text_story_rows() - Rows on how the kernel died; without the object and the causes. */
void text_story_rows(const struct report *report, const struct story *story);

/** text_object_rows() - Rows on the object of a card; without its bytes. */
void text_object_rows(const struct report *report, const struct object_card *card);

/**
 * text_object_range() - Which bytes are to be shown of an object: its own, and some around what is wrong.
 * @start, @end: set; the start is a multiple of 16
 */
void text_object_range(const struct object_card *card, uint64_t *start, uint64_t *end);

/* text_why.c: see struct report_ops. */
void text_why(const struct report *report, const struct story *story);
void text_card(const struct report *report, const struct object_card *card);

/* text_map.c: likewise. */
void text_map(const struct report *report, const struct object_map *map);

/* text_usage.c: likewise. */
void text_usage_begin(const struct report *report);
void text_usage(const struct report *report, const struct report_usage *usage);

/* text_top.c: likewise. */
void text_top(const struct report *report, const struct report_top *top);

/* text_log.c: likewise. */
void text_complaints(const struct report *report, const struct complaints *c);

#endif
