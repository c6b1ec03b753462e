/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *verdict_name(enum check_verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CLEAN] = "clean",
		[VERDICT_CORRUPT] = "corrupt",
		[VERDICT_UNKNOWN] = "unknown",
	};

	return names[verdict];
}

bool check_sort_parse(const char *text, struct check_options *options)
{
	static const char *const names[] = {
		[SORT_SIZE] = "size",
		[SORT_OBJECTS] = "objects",
		[SORT_WASTE] = "waste",
		[SORT_NAME] = "name",
	};

	for (enum check_sort sort = SORT_SIZE; sort <= SORT_NAME; sort++) {
		if (strcmp(text, names[sort]))
			continue;
		options->sort = sort;
		return true;
	}
	return false;
}

bool check_budget_parse(const char *text, struct check_options *options)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno || !number)
		return false;
	if (!*end || !strcmp(end, "s")) {
		if (number > CHECK_BUDGET_SECONDS_MAX)
			return false;
		options->budget_seconds = (unsigned int)number;
		return true;
	}
	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || !*unit || end[1] || number > UINT64_MAX >> 10 * (unit - units + 1))
		return false;
	options->budget_bytes = number << 10 * (unit - units + 1);
	return true;
}
