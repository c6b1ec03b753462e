/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/html_writer.h"

#include <stdarg.h>
#include <string.h>

#define FORMAT_MAX 2048

/* The script and the stylesheet as they are. Paths are from the top of the repository, where make runs. */
#define EMBED(name, path)                                    \
	__asm__(".pushsection .rodata\n"                     \
		".hidden " #name "_start\n"                  \
		".globl " #name "_start\n" #name "_start:\n" \
		".incbin \"" path "\"\n"                     \
		".byte 0\n"                                  \
		".popsection\n");                            \
	extern const char name##_start[]

EMBED(html_script, "checker/report/html/page.js");
EMBED(html_style, "checker/report/html/page.css");

static void byte_write(FILE *out, unsigned char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		if (c >= 0x20 && c < 0x7f)
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
		break;
	}
}

void html_text(FILE *out, const char *text)
{
	for (; *text; text++)
		byte_write(out, (unsigned char)*text);
}

void html_format(FILE *out, const char *format, ...)
{
	char text[FORMAT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	html_text(out, text);
}

/* Bytes of a number in hexadecimal that begins here, when it is as long as an address; else 0. */
static size_t address_length(const char *text)
{
	size_t prefix = !strncmp(text, "0x", 2) ? 2 : 0;
	size_t digits = strspn(text + prefix, "0123456789abcdef");

	return digits >= (prefix ? 1 : 8) ? prefix + digits : 0;
}

static int is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

void html_prose(FILE *out, const char *text)
{
	char before = ' ';

	while (*text) {
		size_t length = is_word(before) ? 0 : address_length(text);

		if (length && !is_word(text[length])) {
			fprintf(out, "<code>%.*s</code>", (int)length, text);
			text += length;
			before = '0';
			continue;
		}
		before = *text;
		byte_write(out, (unsigned char)*text++);
	}
}

void html_number(FILE *out, unsigned long long number)
{
	char text[32];
	size_t length = (size_t)snprintf(text, sizeof(text), "%llu", number);

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			fputc(',', out);
		fputc(text[i], out);
	}
}

void html_count(FILE *out, unsigned long long number, const char *unit)
{
	html_number(out, number);
	fprintf(out, " %s%s", unit, number == 1 ? "" : "s");
}

void html_figure(FILE *out, const char *label, unsigned long long number)
{
	fprintf(out, "<div><dt>%s</dt><dd>", label);
	html_number(out, number);
	fputs("</dd></div>\n", out);
}

void html_fact(FILE *out, const char *label, const char *format, ...)
{
	char text[FORMAT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("<div><dt>", out);
	html_text(out, label);
	fputs("</dt><dd>", out);
	html_prose(out, text);
	fputs("</dd></div>\n", out);
}

void html_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "script-src 'sha256-" HTML_SCRIPT_HASH "'; style-src 'sha256-" HTML_STYLE_HASH "'; "
	      "base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
	      out);
	html_text(out, title);
	fputs("</title>\n<style>", out);
	fputs(html_style_start, out);
	fputs("</style>\n</head>\n<body>\n", out);
}

void html_end(FILE *out)
{
	fputs("<script>", out);
	fputs(html_script_start, out);
	fputs("</script>\n</body>\n</html>\n", out);
}
