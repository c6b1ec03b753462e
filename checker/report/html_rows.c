/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts of a page: what text says in rows, and memory. */
#include "checker/report/html_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/report/text.h"

bool html_rows_begin(struct html_rows *rows, const struct report *report)
{
	*rows = (struct html_rows){ .report = *report, .options = *report->options };
	rows->report.out = open_memstream(&rows->text, &rows->length);
	rows->options.verbose = false;
	rows->report.options = &rows->options;
	return rows->report.out;
}

static void row_write(void *ctx, const char *label, const char *text)
{
	FILE *out = ctx;
	const char *rest = text;

	fputs("<div><dt>", out);
	html_text(out, label);
	fputs("</dt>", out);
	while (*rest) {
		char line[1024];
		size_t length = strcspn(rest, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)length, rest);
		fputs("<dd>", out);
		html_prose(out, line);
		fputs("</dd>", out);
		rest += length + (rest[length] == '\n');
	}
	fputs("</div>\n", out);
}

void html_rows_write(FILE *out, char *text)
{
	text_rows_each(text, row_write, out);
}

void html_rows_end(struct html_rows *rows, FILE *out)
{
	bool good = !fclose(rows->report.out);

	if (good && rows->length) {
		fputs("<dl class=\"facts\">\n", out);
		html_rows_write(out, rows->text);
		fputs("</dl>\n", out);
	}
	free(rows->text);
}

#define ROW_BYTES 16u
/* Rows of one place. */
#define ROWS_MAX 24u

/* The bytes of a row; neighbours that are marked are one mark. */
static void hex_bytes(FILE *out, uint64_t at, const uint8_t *bytes, uint64_t first, uint64_t last)
{
	bool open = false;

	for (unsigned int i = 0; i < ROW_BYTES; i++) {
		bool marked = first && at + i >= first && at + i <= last;

		if (open && !marked)
			fputs("</mark>", out);
		fputs(i == ROW_BYTES / 2 ? "  " : " ", out);
		if (marked && !open)
			fputs("<mark>", out);
		fprintf(out, "%02x", bytes[i]);
		open = marked;
	}
	if (open)
		fputs("</mark>", out);
}

static void hex_row(const struct report *report, uint64_t at, uint64_t first, uint64_t last)
{
	uint8_t bytes[ROW_BYTES];
	char text[ROW_BYTES + 1] = "";
	FILE *out = report->out;

	fprintf(out, "<span class=\"address\">%016" PRIx64 "</span>", at);
	if (memory_read(report->memory, at, bytes, sizeof(bytes)) != TARGET_OK) {
		fputs(" not in the dump\n", out);
		return;
	}
	hex_bytes(out, at, bytes, first, last);
	for (unsigned int i = 0; i < ROW_BYTES; i++)
		text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	fputs("  <span class=\"ascii\">", out);
	html_text(out, text);
	fputs("</span>\n", out);
}

void html_hex(const struct report *report, uint64_t start, uint64_t end, uint64_t first,
	      uint64_t last)
{
	FILE *out = report->out;

	start &= ~(uint64_t)(ROW_BYTES - 1);
	if (first && end - start > (uint64_t)ROWS_MAX * ROW_BYTES &&
	    first > start + ROWS_MAX / 2 * ROW_BYTES)
		start = (first & ~(uint64_t)(ROW_BYTES - 1)) - ROWS_MAX / 2 * ROW_BYTES;
	fprintf(out,
		"<pre class=\"hex\" tabindex=\"0\" role=\"region\" aria-label=\"memory at %" PRIx64
		"\">",
		start);
	for (unsigned int i = 0; i < ROWS_MAX && start < end; i++, start += ROW_BYTES)
		hex_row(report, start, first, last);
	fputs("</pre>\n", out);
	if (start < end)
		fprintf(out, "<p class=\"dim\">%" PRIu64 " more bytes are not shown.</p>\n",
			end - start);
}

const char *html_cache_name(const struct cache_view *cache, char buf[CACHE_NAME_MAX + 32])
{
	if (cache->status != TARGET_OK || !cache->name[0])
		snprintf(buf, CACHE_NAME_MAX + 32, "cache %" PRIx64, cache->addr);
	else
		snprintf(buf, CACHE_NAME_MAX + 32, "%s", cache->name);
	return buf;
}
