/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_TEXT_H
#define SLUBCHECK_CHECKER_REPORT_TEXT_H
/*
 * The report for people, in parts. For text*.c only.
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

/** text_tracks() - Who allocated an object and who freed it, as far as that is known. */
void text_tracks(const struct report *report, const struct track tracks[TRACKS]);

/** text_opinion() - A cause, with what speaks for and against it. */
void text_opinion(FILE *out, const char *label, const struct opinion *o);

/* text_why.c: see struct report_ops. */
void text_why(const struct report *report, const struct story *story);
void text_card(const struct report *report, const struct object_card *card);

/* text_map.c: likewise. */
void text_map(const struct report *report, const struct object_map *map);

/* text_log.c: likewise. */
void text_complaints(const struct report *report, const struct complaints *c);

#endif
