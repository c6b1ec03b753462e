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

/* Breaks are blanks where nothing is laid out. */
static void breaks_take(char *text)
{
	char *to = text;

	for (; *text; text++) {
		bool is_break = *text == LAYOUT_BREAK;

		*to++ = is_break ? ' ' : *text;
		/* The column where it would go on. */
		text += is_break && text[1];
	}
	*to = '\0';
}

static bool is_blank(const char *text, size_t length)
{
	return strspn(text, " ") >= length;
}

/* A row that is being put together. */
struct row {
	char label[LABEL_WIDTH - 4 + 1];
	char text[1024];
	bool any;
};

static void row_append(struct row *row, const char *text)
{
	size_t used = strlen(row->text);

	snprintf(row->text + used, sizeof(row->text) - used, "%s%s", used ? "\n" : "", text);
}

static void row_begin(struct row *row, const char *line)
{
	snprintf(row->label, sizeof(row->label), "%s", line + 4);
	for (size_t n = strlen(row->label); n && row->label[n - 1] == ' '; n--)
		row->label[n - 1] = '\0';
	snprintf(row->text, sizeof(row->text), "%s", line + LABEL_WIDTH);
	row->any = true;
}

void text_rows_each(char *text, void (*each)(void *ctx, const char *label, const char *text),
		    void *ctx)
{
	struct row row = { .any = false };

	breaks_take(text);
	for (char *line = text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (strlen(line) < LABEL_WIDTH || !is_blank(line, 4))
			continue;
		if (row.any && is_blank(line, LABEL_WIDTH)) {
			row_append(&row, line + LABEL_WIDTH);
		} else {
			if (row.any)
				each(ctx, row.label, row.text);
			row_begin(&row, line);
		}
	}
	if (row.any)
		each(ctx, row.label, row.text);
}
