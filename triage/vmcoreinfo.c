/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/vmcoreinfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *line_next(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

bool vmcoreinfo_line(const char *info, const char *key, char *value, size_t size)
{
	size_t length = strlen(key);

	for (const char *line = info; *line; line = line_next(line)) {
		int rest;

		if (strncmp(line, key, length) || line[length] != '=')
			continue;
		line += length + 1;
		rest = (int)strcspn(line, "\n");
		snprintf(value, size, "%.*s", rest, line);
		return true;
	}
	return false;
}

static bool number_line(const char *info, const char *key, int base, uint64_t *value)
{
	unsigned long long number;
	char text[32], *end;

	if (!vmcoreinfo_line(info, key, text, sizeof(text)))
		return false;
	errno = 0;
	number = strtoull(text, &end, base);
	if (errno || end == text || *end)
		return false;
	*value = number;
	return true;
}

bool vmcoreinfo_symbol(const char *info, const char *name, uint64_t *value)
{
	char key[96];

	snprintf(key, sizeof(key), "SYMBOL(%s)", name);
	return number_line(info, key, 16, value);
}

bool vmcoreinfo_number(const char *info, const char *name, uint64_t *value)
{
	char key[96];

	snprintf(key, sizeof(key), "NUMBER(%s)", name);
	return number_line(info, key, 0, value);
}

bool vmcoreinfo_moved(const char *info, uint64_t *distance)
{
	return number_line(info, "KERNELOFFSET", 16, distance);
}
