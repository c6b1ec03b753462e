/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/page_link.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("-._~/", c));
}

static void path_write(FILE *out, const char *path)
{
	for (; *path; path++) {
		if (is_plain(*path))
			fputc(*path, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*path);
	}
}

/* The folder of a file that need not exist, without links: with a slash at its end. */
static char *folder_of(const char *file)
{
	char path[PATH_MAX], *real, *folder = NULL;
	const char *slash = strrchr(file, '/');
	int length = slash ? (int)(slash - file) + 1 : 0;

	if (snprintf(path, sizeof(path), "%s%.*s", slash ? "" : "./", length, file) >= PATH_MAX)
		return NULL;
	real = realpath(path, NULL);
	if (real && asprintf(&folder, "%s%s", real, real[1] ? "/" : "") < 0)
		folder = NULL;
	free(real);
	return folder;
}

/* Up from @from to what both have in common, and down to @to. */
static char *relative(const char *from, const char *to)
{
	size_t common = 0, size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; from[i] && from[i] == to[i]; i++)
		if (from[i] == '/')
			common = i + 1;
	if (!strchr(from + common, '/'))
		fputs("./", out);
	for (const char *rest = from + common; (rest = strchr(rest, '/')); rest++)
		fputs("../", out);
	path_write(out, to + common);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

char *page_link(const char *page, const char *dump)
{
	char path[PATH_MAX], *from, *to, *link = NULL;
	struct stat info;

	if (snprintf(path, sizeof(path), "%s.html", dump) >= PATH_MAX || stat(path, &info) ||
	    !S_ISREG(info.st_mode))
		return NULL;
	from = folder_of(page);
	to = realpath(path, NULL);
	if (from && to)
		link = relative(from, to);
	free(from);
	free(to);
	return link;
}
