/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/names.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 4096

/* FNV-1a. */
static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* Where a name is, or the empty place where it belongs. */
static struct name *place_of(const struct names *names, const char *text, uint32_t hash)
{
	size_t mask = names->room - 1;
	size_t i = hash & mask;

	for (;; i = (i + 1) & mask) {
		struct name *place = &names->places[i];

		/* Linkers merge strings, so that most of them are equal by address. */
		if (!place->text || place->text == text ||
		    (place->hash == hash && !strcmp(place->text, text)))
			return place;
	}
}

static bool grow(struct names *names)
{
	struct names larger = { .nr = names->nr,
				.room = names->room ? 2 * names->room : ROOM_FIRST };

	larger.places = calloc(larger.room, sizeof(*larger.places));
	if (!larger.places)
		return false;
	for (size_t i = 0; i < names->room; i++) {
		const struct name *name = &names->places[i];

		if (name->text)
			*place_of(&larger, name->text, name->hash) = *name;
	}
	free(names->places);
	*names = larger;
	return true;
}

bool names_add(struct names *names, const char *text, uint64_t value)
{
	uint32_t hash = hash_of(text);
	struct name *place;

	/* At most three of four places are taken, so that every search ends. */
	if (4 * (names->nr + 1) > 3 * names->room && !grow(names))
		return false;
	place = place_of(names, text, hash);
	if (place->text)
		return true;
	*place = (struct name){ text, value, hash };
	names->nr++;
	return true;
}

bool names_find(const struct names *names, const char *text, uint64_t *value)
{
	const struct name *place;

	if (!names->room)
		return false;
	place = place_of(names, text, hash_of(text));
	if (!place->text)
		return false;
	*value = place->value;
	return true;
}

void names_free(struct names *names)
{
	free(names->places);
	*names = (struct names){ 0 };
}
