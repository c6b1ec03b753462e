/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/json_scan.h"

#include <stdint.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next character that is not white space, which stays; NUL at the end, and when all is bad. */
static char peek(struct scan *s)
{
	while (s->at < s->end && is_space(*s->at))
		s->at++;
	return s->bad || s->at == s->end ? '\0' : *s->at;
}

static bool fail(struct scan *s)
{
	s->bad = true;
	return false;
}

static bool take(struct scan *s, char c)
{
	if (peek(s) != c)
		return fail(s);
	s->at++;
	return true;
}

void scan_begin(struct scan *s, const char *text, size_t length)
{
	*s = (struct scan){ .at = text, .end = text + length, .first = true };
}

bool scan_open(struct scan *s, char what)
{
	if (peek(s) != what)
		return false;
	s->at++;
	s->first = true;
	return true;
}

/* The end of an object or a list, or the comma before the next part. */
static bool more(struct scan *s, char close)
{
	bool first = s->first;

	s->first = false;
	if (peek(s) == close) {
		s->at++;
		return false;
	}
	return first ? peek(s) != '\0' || fail(s) : take(s, ',');
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind a backslash. Returns how many characters belong to it, 0: it is not an escape. */
static size_t escape_length(const char *at, const char *end)
{
	if (at == end)
		return 0;
	if (*at != 'u')
		return strchr("\"\\/bfnrt", *at) && *at ? 1 : 0;
	for (int i = 1; i <= 4; i++)
		if (at + i >= end || !is_hex(at[i]))
			return 0;
	return 5;
}

/* A string from its quote to its quote. */
static bool string_take(struct scan *s, struct scan_text *text)
{
	if (!take(s, '"'))
		return false;
	text->start = s->at;
	while (s->at < s->end && *s->at != '"') {
		size_t length = 1;

		if ((unsigned char)*s->at < 0x20)
			return fail(s);
		if (*s->at == '\\') {
			length = escape_length(s->at + 1, s->end) + 1;
			if (length == 1)
				return fail(s);
		}
		s->at += length;
	}
	if (s->at == s->end)
		return fail(s);
	text->length = (size_t)(s->at - text->start);
	s->at++;
	return true;
}

bool scan_member(struct scan *s, struct scan_text *key)
{
	return more(s, '}') && string_take(s, key) && take(s, ':');
}

bool scan_item(struct scan *s)
{
	return more(s, ']');
}

bool scan_is(const struct scan_text *text, const char *word)
{
	return strlen(word) == text->length && !memcmp(word, text->start, text->length);
}

static uint32_t hex4(const char *at)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = at[i];

		value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

/* \uXXXX at @at, or two of them that are a pair of surrogates. Half a pair is U+FFFD. */
static uint32_t character_of(const char **at, const char *end)
{
	uint32_t c = hex4(*at + 2), low;

	*at += 6;
	if (c < 0xd800 || c > 0xdfff)
		return c;
	if (c > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
		return 0xfffd;
	low = hex4(*at + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*at += 6;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static size_t utf8(uint32_t c, char out[4])
{
	static const unsigned char marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = length; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(marks[length] | c);
	return length;
}

static char plain_escape(char c)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *place = strchr(from, c);

	return place ? to[place - from] : c;
}

/* What one character of the text, or one escape, stands for. */
static size_t unescape(const char **at, const char *end, char out[4])
{
	if (**at != '\\') {
		*out = *(*at)++;
		return 1;
	}
	if ((*at)[1] == 'u')
		return utf8(character_of(at, end), out);
	*out = plain_escape((*at)[1]);
	*at += 2;
	return 1;
}

bool scan_string(struct scan *s, char *buf, size_t size)
{
	struct scan_text text;
	const char *at, *end;
	size_t used = 0;

	if (peek(s) != '"' || !string_take(s, &text))
		return false;
	for (at = text.start, end = at + text.length; at < end;) {
		char bytes[4];
		size_t length = unescape(&at, end, bytes);

		/* A NUL would end it too early. */
		if (used + length >= size || !bytes[0])
			return fail(s);
		memcpy(buf + used, bytes, length);
		used += length;
	}
	buf[used] = '\0';
	return true;
}

bool scan_place(struct scan *s, const struct scan_text *key, const struct scan_place *places,
		size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (!scan_is(key, places[i].key))
			continue;
		if (!scan_string(s, places[i].to, places[i].size))
			scan_skip(s);
		return true;
	}
	return false;
}

static bool is_digit(const struct scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool digits_take(struct scan *s)
{
	if (!is_digit(s))
		return false;
	while (is_digit(s))
		s->at++;
	return true;
}

static bool optional(struct scan *s, const char *any)
{
	if (s->at == s->end || !strchr(any, *s->at) || !*s->at)
		return false;
	s->at++;
	return true;
}

static bool number_take(struct scan *s)
{
	optional(s, "-");
	/* No digits follow a zero. */
	if (!optional(s, "0") && !digits_take(s))
		return fail(s);
	if (optional(s, ".") && !digits_take(s))
		return fail(s);
	if (optional(s, "eE")) {
		optional(s, "+-");
		if (!digits_take(s))
			return fail(s);
	}
	return true;
}

bool scan_word(struct scan *s, struct scan_text *word)
{
	static const char *const words[] = { "true", "false", "null" };
	char c = peek(s);
	bool good = false;

	word->start = s->at;
	if (c == '-' || is_digit(s))
		good = number_take(s);
	for (size_t i = 0; !good && i < sizeof(words) / sizeof(*words); i++)
		if ((size_t)(s->end - s->at) >= strlen(words[i]) &&
		    !memcmp(s->at, words[i], strlen(words[i]))) {
			s->at += strlen(words[i]);
			good = true;
		}
	word->length = (size_t)(s->at - word->start);
	return good && !s->bad;
}

/* Objects and lists that are open while something is passed over. */
struct nest {
	char close[SCAN_DEPTH_MAX];
	size_t depth;
};

/* What stands there, or the start of it. */
static void value_skip(struct scan *s, struct nest *nest)
{
	struct scan_text unused;
	char c = peek(s);

	if (c == '"') {
		string_take(s, &unused);
	} else if (c == '{' || c == '[') {
		if (nest->depth == SCAN_DEPTH_MAX) {
			fail(s);
			return;
		}
		nest->close[nest->depth++] = c == '{' ? '}' : ']';
		scan_open(s, c);
	} else if (!scan_word(s, &unused)) {
		fail(s);
	}
}

void scan_skip(struct scan *s)
{
	struct nest nest = { .depth = 0 };
	struct scan_text key;

	value_skip(s, &nest);
	while (nest.depth && !s->bad) {
		bool object = nest.close[nest.depth - 1] == '}';

		if (object ? scan_member(s, &key) : scan_item(s))
			value_skip(s, &nest);
		else
			nest.depth--;
	}
}

bool scan_span(struct scan *s, struct scan_text *span)
{
	char c = peek(s);

	if (c != '"' && c != '{' && c != '[')
		return false;
	span->start = s->at;
	scan_skip(s);
	span->length = (size_t)(s->at - span->start);
	return !s->bad;
}

bool scan_end(struct scan *s)
{
	return !s->bad && !peek(s) && s->at == s->end;
}
