/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_SEEN_H
#define SLUBCHECK_TRIAGE_SEEN_H
/*
 * A number for each of some million names, which are not kept: of a name 128 bits of hash stand for it.
 * Two names of a fleet of a million with the same 128 bits are as good as impossible, unless somebody
 * makes them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen_place {
	uint64_t hash[2]; /* both 0: empty */
	uint32_t value;
};

/* All zero is empty. */
struct seen {
	struct seen_place *places;
	size_t nr, room; /* room: a power of two, or 0 */
};

/** seen_hash() - Sixty-four bits that stand for @length bytes. */
uint64_t seen_hash(const void *bytes, size_t length, uint64_t seed);

/**
 * seen_find() - The number of a name, which may be changed until the next seen_add().
 * @group: names of one group have nothing to do with those of another
 *
 * Return: NULL when there is no such name.
 */
uint32_t *seen_find(const struct seen *seen, const char *name, uint32_t group);

/** seen_add() - A name that is not there yet. False without memory. */
bool seen_add(struct seen *seen, const char *name, uint32_t group, uint32_t value);

/** seen_free() - It is empty afterwards. */
void seen_free(struct seen *seen);

#endif
