/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/group_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triage/json_scan.h"

/* Of the strings of a result; longer ones it does not have. */
#define FILE_MAX 16384
#define TEXT_MAX 4096
#define WORD_MAX 256
/* A fleet has few sets of modules, and each of them is in many results. */
#define SETS_KEPT 1024

struct group_reader {
	struct groups *groups;
	struct group_row row;
	char file[FILE_MAX], error[TEXT_MAX], signature[TEXT_MAX], message[TEXT_MAX];
	char release[WORD_MAX], type[WORD_MAX], verdict[WORD_MAX], severity[WORD_MAX];
	char date[WORD_MAX];
	bool live, lists_only, no_memory;
	struct group_modules modules; /* of this result */
	/* Sets that were met before, by the hash of their text. */
	uint64_t set_hashes[SETS_KEPT];
	struct group_modules sets[SETS_KEPT];
};

struct group_reader *group_reader_new(struct groups *groups)
{
	struct group_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->groups = groups;
	return reader;
}

void group_reader_free(struct group_reader *reader)
{
	free(reader);
}

static bool word_is(struct scan *s, const char *what)
{
	struct scan_text word;

	if (scan_word(s, &word))
		return scan_is(&word, what);
	scan_skip(s);
	return false;
}

static void bug_take(struct group_reader *r, const char *signature, const char *message)
{
	struct group_row *row = &r->row;
	uint32_t bug;

	if (row->nr_bugs == GROUP_BUGS_MAX)
		return;
	if (!group_bug_of(r->groups, signature, message, &bug)) {
		r->no_memory = true;
		return;
	}
	/* Several findings of one dump may have the same signature. */
	for (size_t i = 0; i < row->nr_bugs; i++)
		if (row->bugs[i] == bug)
			return;
	row->bugs[row->nr_bugs++] = bug;
}

static void finding_take(struct group_reader *r, struct scan *s)
{
	const struct scan_place places[] = {
		{ "severity", r->severity, sizeof(r->severity) },
		{ "signature", r->signature, sizeof(r->signature) },
		{ "message", r->message, sizeof(r->message) },
	};
	struct scan_text key;

	if (!scan_open(s, '{')) {
		scan_skip(s);
		return;
	}
	r->severity[0] = r->message[0] = '\0';
	snprintf(r->signature, sizeof(r->signature), "?");
	while (scan_member(s, &key))
		if (!scan_place(s, &key, places, sizeof(places) / sizeof(*places)))
			scan_skip(s);
	if (!s->bad && !strcmp(r->severity, "corrupt"))
		bug_take(r, r->signature, r->message);
}

static void findings_take(struct group_reader *r, struct scan *s)
{
	if (!scan_open(s, '[')) {
		scan_skip(s);
		return;
	}
	while (scan_item(s))
		finding_take(r, s);
}

/* The names of a list into a set; names that are too many are in common to nothing. */
static void modules_read(struct group_reader *r, struct scan *s, struct group_modules *set)
{
	char name[WORD_MAX];
	uint32_t number;

	memset(set, 0, sizeof(*set));
	scan_open(s, '[');
	while (scan_item(s)) {
		if (!scan_string(s, name, sizeof(name))) {
			scan_skip(s);
			continue;
		}
		if (!group_word(&r->groups->modules, name, &number))
			r->no_memory = true;
		else if (number < GROUP_MODULES_MAX)
			set->bits[number / 64] |= UINT64_C(1) << number % 64;
	}
}

/* The place of a list's text among those that are kept. */
static uint64_t set_hash(const struct scan_text *text)
{
	return seen_hash(text->start, text->length, 0) | 1;
}

static size_t set_place(uint64_t hash)
{
	return hash / 2 % SETS_KEPT;
}

/* Nine of ten results have a list that was read before, with the same text. */
static bool set_known(struct group_reader *r, struct scan *s)
{
	const char *stop = s->at < s->end ? memchr(s->at, ']', (size_t)(s->end - s->at)) : NULL;
	struct scan_text text = { .start = s->at };
	uint64_t hash;

	if (!stop || s->bad || *s->at != '[')
		return false;
	text.length = (size_t)(stop + 1 - s->at);
	hash = set_hash(&text);
	if (r->set_hashes[set_place(hash)] != hash)
		return false;
	s->at = stop + 1;
	r->row.modules = &r->sets[set_place(hash)];
	return true;
}

static void modules_take(struct group_reader *r, struct scan *s)
{
	struct scan_text text;
	struct scan list;
	uint64_t hash;

	if (set_known(r, s))
		return;
	if (!scan_span(s, &text)) {
		scan_skip(s);
		return;
	}
	if (*text.start != '[')
		return;
	hash = set_hash(&text);
	scan_begin(&list, text.start, text.length);
	modules_read(r, &list, &r->sets[set_place(hash)]);
	r->set_hashes[set_place(hash)] = hash;
	r->row.modules = &r->sets[set_place(hash)];
}

/* "2026-11-30T23:59:59Z" in digits; 0 for anything else. */
static uint64_t date_of(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	uint64_t digits = 0;

	if (strlen(text) != sizeof(form) - 1)
		return 0;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == 'd' ? !digit : text[i] != form[i])
			return 0;
		if (digit)
			digits = 10 * digits + (uint64_t)(text[i] - '0');
	}
	return digits;
}

static void member_take(struct group_reader *r, struct scan *s, const struct scan_text *key)
{
	const struct scan_place places[] = {
		{ "type", r->type, sizeof(r->type) },
		{ "file", r->file, sizeof(r->file) },
		{ "release", r->release, sizeof(r->release) },
		{ "date", r->date, sizeof(r->date) },
		{ "verdict", r->verdict, sizeof(r->verdict) },
		{ "error", r->error, sizeof(r->error) },
	};

	if (scan_place(s, key, places, sizeof(places) / sizeof(*places)))
		return;
	if (scan_is(key, "findings"))
		findings_take(r, s);
	else if (scan_is(key, "modules"))
		modules_take(r, s);
	else if (scan_is(key, "live"))
		r->live = word_is(s, "true");
	else if (scan_is(key, "memmap_scanned"))
		r->lists_only = word_is(s, "false");
	else
		scan_skip(s);
}

static bool line_scan(struct group_reader *r, const char *line, size_t length)
{
	struct scan_text key;
	struct scan s;

	r->row = (struct group_row){ .nr_bugs = 0 };
	snprintf(r->file, sizeof(r->file), "?");
	snprintf(r->release, sizeof(r->release), "unknown kernel");
	r->type[0] = r->date[0] = r->verdict[0] = r->error[0] = '\0';
	r->live = r->lists_only = false;
	scan_begin(&s, line, length);
	if (!scan_open(&s, '{'))
		return false;
	while (scan_member(&s, &key))
		member_take(r, &s, &key);
	return scan_end(&s) && !strcmp(r->type, "result");
}

static void row_finish(struct group_reader *r)
{
	struct group_row *row = &r->row;

	row->file = r->file;
	row->release = r->release;
	row->date = date_of(r->date);
	row->status = !strcmp(r->verdict, "corrupt") ? STATUS_CORRUPT
		      : !strcmp(r->verdict, "clean") ? STATUS_CLEAN
						     : STATUS_UNKNOWN;
	row->lists_only = r->lists_only && row->status == STATUS_CLEAN;
	if (row->status != STATUS_CORRUPT)
		row->nr_bugs = 0;
	if (row->status == STATUS_UNKNOWN)
		bug_take(r, "unknown",
			 *r->error ? r->error
			 : r->live ? "running kernel"
				   : "not everything could be checked");
}

bool group_reader_take(struct group_reader *r, uint32_t source, const char *line, size_t length,
		       struct error *error)
{
	if (!line_scan(r, line, length))
		return error_set(error, "not a result");
	row_finish(r);
	r->row.source = source;
	if (r->no_memory || !group_row_add(r->groups, &r->row))
		return error_no_memory(error);
	return true;
}
