/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_PAGE_LINK_H
#define SLUBCHECK_TRIAGE_PAGE_LINK_H
/* From a page of a fleet to those of its dumps. */

/**
 * page_link() - The address of DUMP.html beside the dump, as a page has to name it.
 * @page: file of the page with the link
 * @dump: file of the dump
 *
 * It is relative, so that both can be moved together, and begins with "./" or "../": whatever the dump is
 * called, it is a path. Bytes that mean something in an address are %XX.
 *
 * Return: NULL when there is no such file, or no memory. The caller frees it.
 */
char *page_link(const char *page, const char *dump);

#endif
