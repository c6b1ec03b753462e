/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_GROUP_TABLE_H
#define SLUBCHECK_TRIAGE_GROUP_TABLE_H
/*
 * What is kept of a fleet's results while they are read: some 60 bytes for each dump, and a bug for each
 * signature. Counted is at the end, when it is known which results of a dump that was tried again are
 * superseded. Modules are the exception: what is in common is narrowed down while results are read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "triage/names.h"
#include "triage/options.h"
#include "triage/seen.h"

/* Dumps of a group that are named. */
#define GROUP_EXAMPLES 3
/* Modules of a fleet that are told apart; further ones are in common to nothing. */
#define GROUP_MODULES_MAX 4096
/* Bugs of one dump; a result has at most 100 findings. */
#define GROUP_BUGS_MAX 100

/* Names by number; they stay where they are. */
struct group_words {
	struct names numbers;
	char **list;
	size_t nr, room;
};

/* A set of modules. */
struct group_modules {
	uint64_t bits[GROUP_MODULES_MAX / 64];
};

/* Dumps of one kernel in a group. */
struct group_release {
	uint32_t release; /* place in releases */
	size_t dumps;
};

struct group_example {
	char *file;
	uint32_t entry;
};

/* All dumps with one signature. */
struct group_bug {
	char *signature, *message;
	struct group_example examples[2 * GROUP_EXAMPLES];
	struct group_modules *modules; /* in common; NULL: no dump says which it had */
	size_t nr_examples;
	/* Counted at the end: */
	size_t dumps;
	size_t before; /* dumps that had it in earlier results (--since) */
	uint64_t first, last; /* dates as in struct group_row; 0: none is known */
	struct group_release *releases;
	size_t nr_releases;
};

/* What is kept of a dump's last result. */
struct group_entry {
	uint64_t date;
	uint32_t release, bugs; /* places in releases, and in pool[]: how many, then which */
	uint8_t status;
	bool lists_only;
};

struct groups {
	struct group_bug *bugs;
	size_t nr_bugs, room_bugs;
	struct names signatures; /* places in bugs[] */
	struct group_words releases, modules;
	struct group_modules everywhere; /* modules of all dumps that say which they had */
	bool modules_known;
	struct group_entry *entries;
	size_t nr_entries, room_entries;
	struct seen files; /* places in entries[] */
	uint32_t *pool;
	size_t nr_pool, room_pool;
	/* Counted at the end: */
	bool since; /* earlier results are known: each bug's @before, and how many are new or gone */
	size_t new, gone;
	size_t clean, corrupt, unknown;
	size_t lists_only; /* of the clean ones: their full and lost slabs were not looked at */
};

/**
 * struct group_row - A result as it was read.
 * @source:  number of the file that it is in: the same path in two files is two dumps
 * @date:    of the crash, in digits: 20261130235959; 0: not known
 * @bugs, @nr_bugs: places in groups.bugs[], each once
 * @modules: that were loaded; NULL: it does not say
 */
struct group_row {
	const char *file, *release;
	uint32_t source;
	uint64_t date;
	enum program_status status;
	bool lists_only;
	uint32_t bugs[GROUP_BUGS_MAX];
	size_t nr_bugs;
	const struct group_modules *modules;
};

/** group_word() - The number of a word, for the first time or again. False without memory. */
bool group_word(struct group_words *words, const char *text, uint32_t *number);

/** group_bug_of() - The bug of a signature. @message: kept from the first time. False without memory. */
bool group_bug_of(struct groups *groups, const char *signature, const char *message,
		  uint32_t *place);

/** group_row_add() - Keep a result, in place of an earlier one of that dump. False without memory. */
bool group_row_add(struct groups *groups, const struct group_row *row);

/** group_count() - Count, when all are there. False without memory. */
bool group_count(struct groups *groups);

/**
 * group_since() - Note what earlier results have, when both are counted.
 *
 * Bugs that only those have are added, without dumps. Return: false without memory.
 */
bool group_since(struct groups *groups, const struct groups *earlier);

/** group_entry_has() - Whether the last result of that dump has the bug. */
bool group_entry_has(const struct groups *groups, uint32_t entry, uint32_t bug);

void groups_free(struct groups *groups);

#endif
