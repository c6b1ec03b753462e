/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/report/json_writer.h"

#include <inttypes.h>

static void string_write(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void key_write(struct json *json, const char *key)
{
	if (!json->first)
		fputc(',', json->out);
	json->first = false;
	string_write(json->out, key);
	fputc(':', json->out);
}

void json_begin(struct json *json, FILE *out)
{
	json->out = out;
	json->first = true;
	fputc('{', out);
}

void json_end(struct json *json)
{
	fputs("}\n", json->out);
}

void json_open(struct json *json, const char *key)
{
	key_write(json, key);
	fputc('{', json->out);
	json->first = true;
}

void json_close(struct json *json)
{
	fputc('}', json->out);
	json->first = false;
}

void json_list_open(struct json *json, const char *key)
{
	key_write(json, key);
	fputc('[', json->out);
	json->first = true;
}

void json_item(struct json *json, const char *value)
{
	if (!json->first)
		fputc(',', json->out);
	json->first = false;
	string_write(json->out, value);
}

void json_item_int(struct json *json, int64_t value)
{
	if (!json->first)
		fputc(',', json->out);
	json->first = false;
	fprintf(json->out, "%" PRId64, value);
}

void json_item_open(struct json *json)
{
	if (!json->first)
		fputc(',', json->out);
	fputc('{', json->out);
	json->first = true;
}

void json_list_close(struct json *json)
{
	fputc(']', json->out);
	json->first = false;
}

void json_text(struct json *json, const char *key, const char *value)
{
	key_write(json, key);
	if (value)
		string_write(json->out, value);
	else
		fputs("null", json->out);
}

void json_hex(struct json *json, const char *key, uint64_t value)
{
	key_write(json, key);
	fprintf(json->out, "\"0x%" PRIx64 "\"", value);
}

void json_uint(struct json *json, const char *key, uint64_t value)
{
	key_write(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
	key_write(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	key_write(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_seconds(struct json *json, const char *key, double seconds)
{
	char text[64];
	size_t length;

	key_write(json, key);
	length = (size_t)snprintf(text, sizeof(text), "%.3f", seconds);
	/* Zeros at the end say nothing. */
	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	fwrite(text, 1, length, json->out);
}
