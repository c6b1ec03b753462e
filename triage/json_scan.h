/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_JSON_SCAN_H
#define SLUBCHECK_TRIAGE_JSON_SCAN_H
/*
 * JSON, read from its beginning to its end without a tree of it: for a million records of which a few
 * members are wanted. What is passed over is checked as what is taken is. It allocates nothing.
 *
 *	scan_begin(&s, text, length);
 *	if (scan_open(&s, '{'))
 *		while (scan_member(&s, &key))
 *			if (!scan_is(&key, "file") || !scan_string(&s, name, sizeof(name)))
 *				scan_skip(&s);
 *	good = scan_end(&s);
 *
 * A member or an item is consumed by exactly one of scan_string(), scan_span(), scan_word(), scan_open()
 * and scan_skip(). The first four return false and consume nothing where something else stands.
 */

#include <stdbool.h>
#include <stddef.h>

/* Depth of what is passed over, at most. */
#define SCAN_DEPTH_MAX 64

struct scan {
	const char *at, *end;
	bool first; /* no comma has to stand before what comes next */
	bool bad; /* it is not JSON; nothing more is read */
};

/* A part of the text as it stands there; of a string without its quotes. */
struct scan_text {
	const char *start;
	size_t length;
};

/** scan_begin() - @text need not end with a NUL; it has to stay where it is. */
void scan_begin(struct scan *s, const char *text, size_t length);

/** scan_open() - Go into an object ('{') or a list ('['). */
bool scan_open(struct scan *s, char what);

/** scan_member() - The next member of the object: @key. False behind the last one, which leaves it. */
bool scan_member(struct scan *s, struct scan_text *key);

/** scan_item() - Whether the list has one more. False behind the last one, which leaves it. */
bool scan_item(struct scan *s);

/** scan_is() - Whether a key, or a string without escapes, is that word. */
bool scan_is(const struct scan_text *text, const char *word);

/**
 * scan_string() - Take a string, as UTF-8.
 *
 * One that does not fit into @size bytes with its NUL makes the whole text bad: it is never cut.
 */
bool scan_string(struct scan *s, char *buf, size_t size);

/* Where the string of a member of that name goes. */
struct scan_place {
	const char *key;
	char *to;
	size_t size;
};

/**
 * scan_place() - Take a member's value to its place among @nr of them. What is not a string is passed over.
 *
 * Return: false when none of the places is @key's: nothing was taken.
 */
bool scan_place(struct scan *s, const struct scan_text *key, const struct scan_place *places,
		size_t nr);

/** scan_word() - Take true, false, null or a number, as it stands there. */
bool scan_word(struct scan *s, struct scan_text *word);

/** scan_span() - Take a string, a list or an object as it stands there; strings with their quotes. */
bool scan_span(struct scan *s, struct scan_text *span);

/** scan_skip() - Take anything. */
void scan_skip(struct scan *s);

/** scan_end() - Whether all of it was JSON, and nothing but white space follows. */
bool scan_end(struct scan *s);

#endif
