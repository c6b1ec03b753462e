/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* So much of the context is kept, whatever the length of the reason. */
#define CONTEXT_MIN 64
#define ELLIPSIS "..."

bool error_set(struct error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return false;
}

bool error_errno(struct error *error, const char *what, int number)
{
	return what ? error_set(error, "%s: %s", what, strerror(number))
		    : error_set(error, "%s", strerror(number));
}

bool error_no_memory(struct error *error)
{
	return error_set(error, "out of memory");
}

/* The end of a context says more than its beginning: of a path it is the file's name. */
bool error_context(struct error *error, const char *format, ...)
{
	size_t room = sizeof(error->text) - sizeof(": "), length;
	char reason[ERROR_MAX], context[8 * ERROR_MAX];
	const char *from = context;
	va_list args;

	memcpy(reason, error->text, sizeof(reason));
	va_start(args, format);
	vsnprintf(context, sizeof(context), format, args);
	va_end(args);
	length = strlen(reason);
	room = length + CONTEXT_MIN < room ? room - length : CONTEXT_MIN;
	length = strlen(context);
	if (length > room)
		from += length - (room - strlen(ELLIPSIS));
	return error_set(error, "%s%s: %s", from == context ? "" : ELLIPSIS, from, reason);
}

bool error_remark(struct error *error, const char *remark)
{
	size_t length = strlen(error->text);

	snprintf(error->text + length, sizeof(error->text) - length, " (%s)", remark);
	return false;
}

void error_say(const struct error *error)
{
	if (*error->text)
		fprintf(stderr, "slubcheck: %s\n", error->text);
}

bool error_foreign(const char *text)
{
	static const char *const words[] = { "No such key", "Key has no value", "ype mismatch",
					     "revalidate",  "ttribute",		"Cannot set",
					     "Cannot get",  "Cannot allocate",	"Cannot init",
					     "late init",   "private data" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(text, words[i]))
			return true;
	/* Parts of an attribute's name are joined by dots. */
	for (const char *dot = strchr(text, '.'); dot; dot = strchr(dot + 1, '.'))
		if (dot > text && islower((unsigned char)dot[-1]) && islower((unsigned char)dot[1]))
			return true;
	return false;
}
