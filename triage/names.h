/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_NAMES_H
#define SLUBCHECK_TRIAGE_NAMES_H
/*
 * What a name means, for some hundred thousand names: a hash table with a number for each.
 *
 * The names are not copied: they are those of a file that stays mapped. Of a name that comes more
 * than once the first one counts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
	const char *text; /* NULL: an empty place */
	uint64_t value;
	uint32_t hash;
};

/* All zero is an empty table. */
struct names {
	struct name *places;
	size_t nr, room; /* room: a power of two, or 0 */
};

/**
 * names_add() - @text means @value, unless it meant something before.
 * @text: valid as long as the table is
 *
 * Return: false when there is no memory; the table is then as it was.
 */
bool names_add(struct names *names, const char *text, uint64_t value);

/** names_find() - False when nobody added @text; @value is untouched then. */
bool names_find(const struct names *names, const char *text, uint64_t *value);

/** names_free() - The table is empty afterwards. */
void names_free(struct names *names);

#endif
