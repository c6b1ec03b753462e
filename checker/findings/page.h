/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_FINDINGS_PAGE_H
#define SLUBCHECK_CHECKER_FINDINGS_PAGE_H
/*
 * The section of docs/findings.md on a finding, which is part of every build.
 */

#include <stdbool.h>
#include <stdio.h>

/**
 * page_print() - Print the section of an id, without the comments in it.
 *
 * Return: false when there is no such id; nothing is printed then.
 */
bool page_print(const char *id, FILE *out);

#endif
