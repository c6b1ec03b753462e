/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_REPORT_JSON_WRITER_H
#define SLUBCHECK_CHECKER_REPORT_JSON_WRITER_H
/*
 * JSON, one object a line.
 *
 * Addresses are strings ("0xffff..."): a JSON number does not hold 64 bits everywhere. Strings
 * come from the dump, so every byte that is not printable ASCII is escaped.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Of docs/schema.json: raised when a field changes its meaning or goes away. */
#define JSON_SCHEMA_VERSION 1

struct json {
	FILE *out;
	bool first; /* no member has been written at this level yet */
};

/** json_begin() - Start a line with an object. */
void json_begin(struct json *json, FILE *out);

/** json_end() - Close the object and the line. */
void json_end(struct json *json);

/** json_open() - Start an object as the value of @key. */
void json_open(struct json *json, const char *key);

/** json_close() - Close the object that json_open() started. */
void json_close(struct json *json);

/** json_list_open() - Start a list as the value of @key. */
void json_list_open(struct json *json, const char *key);

/** json_item() - A string of the list. */
void json_item(struct json *json, const char *value);

/** json_item_int() - A number of the list. */
void json_item_int(struct json *json, int64_t value);

/** json_item_open() - Start an object of the list; json_close() ends it. */
void json_item_open(struct json *json);

/** json_list_close() - Close the list. */
void json_list_close(struct json *json);

/** json_text() - A string; NULL is written as null. */
void json_text(struct json *json, const char *key, const char *value);

/** json_hex() - An address or a word, as a string. */
void json_hex(struct json *json, const char *key, uint64_t value);

/** json_uint() - A number; the caller knows that it is below 2^53. */
void json_uint(struct json *json, const char *key, uint64_t value);

/** json_int() - A signed number. */
void json_int(struct json *json, const char *key, int64_t value);

/** json_bool() - true or false. */
void json_bool(struct json *json, const char *key, bool value);

/** json_seconds() - A time in seconds with up to three decimals. */
void json_seconds(struct json *json, const char *key, double seconds);

#endif
