/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How text is laid out: labels in a column, and what they label beside them. */
#include <stdarg.h>
#include <string.h>

#include "checker/report/layout.h"
#include "checker/report/text.h"

#define LABEL_WIDTH 20

void text_wrap(FILE *out, const char *text, int column)
{
	bool first = true;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (!first)
			fprintf(out, "%c%c", LAYOUT_BREAK, LAYOUT_COLUMN + column);
		fwrite(text, 1, word, out);
		first = false;
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* "    label    text" as it is: for columns. */
void text_row(FILE *out, const char *label, const char *format, ...)
{
	va_list args;

	fprintf(out, "    %-*s", LABEL_WIDTH - 4, label);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
}

/* "    label    text", wrapped under the text. */
void text_line(FILE *out, const char *label, const char *format, ...)
{
	char text[768];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(out, "    %-*s", LABEL_WIDTH - 4, label);
	text_wrap(out, text, LABEL_WIDTH);
}
