/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_HTML_WRITER_H
#define SLUBCHECK_CHECKER_REPORT_HTML_WRITER_H
/*
 * HTML, of which no text of a dump becomes a part.
 *
 * What is said goes through html_text() or html_format(), which escape it; what the page is built of are
 * literals and numbers, which the caller writes as they are. A page is ASCII whatever the dump holds. It
 * asks no network for anything: its script and its stylesheet are in it, and its policy allows nothing
 * else, by their hashes.
 */

#include <stdio.h>

/**
 * html_text() - A text: &, <, >, " and ' as entities, and each byte that is not printable ASCII as \xNN.
 *
 * It is good between tags and in quoted attributes alike.
 */
void html_text(FILE *out, const char *text);

/** html_format() - The same, printf-like. What is longer than 2 KiB is cut. */
__attribute__((format(printf, 2, 3))) void html_format(FILE *out, const char *format, ...);

/** html_prose() - html_text(), with addresses and words of memory set as code. */
void html_prose(FILE *out, const char *text);

/** html_count() - "1 finding", "2 findings", "12,345 findings": a number with its unit. */
void html_count(FILE *out, unsigned long long number, const char *unit);

/** html_number() - A number, its thousands set apart by a comma. */
void html_number(FILE *out, unsigned long long number);

/**
 * html_begin() - The page up to its body's first element.
 * @title: of the window; escaped here
 */
void html_begin(FILE *out, const char *title);

/** html_end() - The rest of the page, from the script on. */
void html_end(FILE *out);

/** html_figure() - A number that is to be seen first, of a list of class "figures"; @label is ours. */
void html_figure(FILE *out, const char *label, unsigned long long number);

/** html_fact() - A row of a list of facts: <dt> and <dd>. */
__attribute__((format(printf, 3, 4))) void html_fact(FILE *out, const char *label,
						     const char *format, ...);

#endif
