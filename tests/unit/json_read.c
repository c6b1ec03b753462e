/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/json_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Each of these returns what follows the piece at @p, or NULL when there is none. */
static const char *value(const char *p);

static const char *string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if (*p < 0x20 || *p > 0x7e)
			return NULL;
		if (*p != '\\')
			continue;
		if (*++p == 'u') {
			for (int i = 0; i < 4; i++)
				if (!isxdigit((unsigned char)*++p))
					return NULL;
		} else if (!*p || !strchr("\"\\/bfnrt", *p)) {
			return NULL;
		}
	}
	return p + 1;
}

static const char *digits(const char *p)
{
	if (!isdigit((unsigned char)*p))
		return NULL;
	while (isdigit((unsigned char)*p))
		p++;
	return p;
}

static const char *number(const char *p)
{
	if (*p == '-')
		p++;
	if (*p == '0' && isdigit((unsigned char)p[1]))
		return NULL;
	p = digits(p);
	if (p && *p == '.')
		p = digits(p + 1);
	return p;
}

static const char *word(const char *p, const char *text)
{
	return strncmp(p, text, strlen(text)) ? NULL : p + strlen(text);
}

static const char *array(const char *p)
{
	if (*p++ != '[')
		return NULL;
	if (*p == ']')
		return p + 1;
	for (;;) {
		p = value(p);
		if (!p || (*p != ',' && *p != ']'))
			return NULL;
		if (*p++ == ']')
			return p;
	}
}

static const char *object(const char *p)
{
	if (*p++ != '{')
		return NULL;
	if (*p == '}')
		return p + 1;
	for (;;) {
		p = string(p);
		if (!p || *p++ != ':')
			return NULL;
		p = value(p);
		if (!p || (*p != ',' && *p != '}'))
			return NULL;
		if (*p++ == '}')
			return p;
	}
}

static const char *value(const char *p)
{
	switch (*p) {
	case '"':
		return string(p);
	case '{':
		return object(p);
	case '[':
		return array(p);
	case 't':
		return word(p, "true");
	case 'f':
		return word(p, "false");
	case 'n':
		return word(p, "null");
	default:
		return number(p);
	}
}

bool json_valid(const char *text)
{
	const char *end = object(text);

	return end && !*end;
}

/* The value of a key of the object at @p. */
static const char *find(const char *p, const char *key, size_t len)
{
	while (*p != '}' && *++p == '"') {
		const char *end = string(p);

		if (!end)
			return NULL;
		if ((size_t)(end - p) == len + 2 && !strncmp(p + 1, key, len))
			return end + 1;
		p = value(end + 1);
		if (!p)
			return NULL;
	}
	return NULL;
}

/* The element of a number of the list at @p. */
static const char *element(const char *p, const char *number)
{
	for (unsigned long nr = strtoul(number, NULL, 10); *p != ']' && p[1] != ']'; nr--) {
		if (!nr)
			return p + 1;
		p = value(p + 1);
		if (!p)
			return NULL;
	}
	return NULL;
}

bool json_member(const char *text, const char *path, char *buf, size_t len)
{
	const char *end;
	size_t key;

	buf[0] = '\0';
	for (; text && *path; path += key + (path[key] == '/')) {
		key = strcspn(path, "/");
		text = *text == '{'   ? find(text, path, key)
		       : *text == '[' ? element(text, path)
				      : NULL;
	}
	end = text ? value(text) : NULL;
	if (!end)
		return false;
	if (*text == '"') {
		text++;
		end--;
	}
	if ((size_t)(end - text) >= len)
		end = text + len - 1;
	memcpy(buf, text, (size_t)(end - text));
	buf[end - text] = '\0';
	return true;
}
