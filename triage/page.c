/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/page.h"

#include <errno.h>

#include "triage/error.h"

static bool failed_say(const char *path)
{
	struct error error = { 0 };

	error_errno(&error, path, errno);
	error_say(&error);
	return false;
}

bool page_open(struct page_file *file, const char *path)
{
	return page_file_begin(file, path) || failed_say(path);
}

bool page_close(struct page_file *file, const char *path)
{
	return page_file_end(file) || failed_say(path);
}

size_t page_kib(const struct page_file *file)
{
	return (file->size + 1023) >> 10;
}
