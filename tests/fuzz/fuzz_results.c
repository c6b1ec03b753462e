/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scanner of results against jansson: it takes what jansson takes, and reads the same strings. What
 * jansson refuses it refuses too, but for what is not its business: whether bytes are UTF-8, and how
 * big a number is.
 *
 * Input: the text.
 */
#include <string.h>

#include <jansson.h>

#include "tests/fuzz/fuzz.h"
#include "triage/json_scan.h"

#define TEXT_MAX 4096u

/* Depth of the lists and objects of a value. */
static size_t depth_of(const json_t *value)
{
	size_t deepest = 0, depth, i;
	const char *key;
	json_t *part;

	json_array_foreach(value, i, part) deepest =
		(depth = depth_of(part)) > deepest ? depth : deepest;
	json_object_foreach((json_t *)value, key, part) deepest =
		(depth = depth_of(part)) > deepest ? depth : deepest;
	return json_is_array(value) || json_is_object(value) ? deepest + 1 : 0;
}

static bool scan_takes(const char *text, size_t size)
{
	struct scan s;

	scan_begin(&s, text, size);
	scan_skip(&s);
	return scan_end(&s);
}

/* Every string that is a member of the object at the top. */
static void strings_compare(const char *text, size_t size, const json_t *tree)
{
	struct scan_text key;
	struct scan s;

	scan_begin(&s, text, size);
	if (!scan_open(&s, '{'))
		return;
	while (scan_member(&s, &key)) {
		char buf[TEXT_MAX + 1];
		const json_t *member = json_object_getn(tree, key.start, key.length);

		if (!scan_string(&s, buf, sizeof(buf)))
			scan_skip(&s);
		else if (member)
			HOLDS(!strcmp(buf, json_string_value(member)));
	}
	HOLDS(scan_end(&s));
}

static bool is_others_business(const json_error_t *error, const char *text, size_t size)
{
	switch (json_error_code(error)) {
	case json_error_invalid_utf8:
	case json_error_numeric_overflow:
	case json_error_null_character:
	case json_error_null_byte_in_key:
	case json_error_duplicate_key:
		return true;
	default:
		/* Halves of surrogate pairs are a wrong syntax to it. */
		return memmem(text, size, "\\u", 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	json_error_t error;
	json_t *tree;

	/* jansson takes a NUL behind the value for the end. */
	if (size > TEXT_MAX || memchr(text, 0, size))
		return 0;
	tree = json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	if (tree && depth_of(tree) <= SCAN_DEPTH_MAX) {
		HOLDS(scan_takes(text, size));
		strings_compare(text, size, tree);
	} else if (!tree && scan_takes(text, size)) {
		HOLDS(is_others_business(&error, text, size));
	}
	json_decref(tree);
	return 0;
}
