/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_PAGE_H
#define SLUBCHECK_TRIAGE_PAGE_H
/* The file of a page, of one dump, of two or of a fleet; what fails is said. */

#include "checker/report/page_file.h"

/** page_open() - page_file_begin(); false: it was said why. */
bool page_open(struct page_file *file, const char *path);

/** page_close() - page_file_end(); false: it was said why. */
bool page_close(struct page_file *file, const char *path);

/** page_kib() - Its size, behind page_close(). */
size_t page_kib(const struct page_file *file);

#endif
