/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/seen.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 1024

/* The finalizer of MurmurHash3: every bit of the input changes half of the output's. */
static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

uint64_t seen_hash(const void *bytes, size_t length, uint64_t seed)
{
	const unsigned char *at = bytes;
	uint64_t hash = mix(seed ^ length), word;

	for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash = hash << 29 | hash >> 35;
	}
	word = 0;
	memcpy(&word, at, length);
	return mix(hash ^ word);
}

static void hash_of(const char *name, uint32_t group, uint64_t hash[2])
{
	size_t length = strlen(name);

	hash[0] = seen_hash(name, length, group);
	/* Both 0 is an empty place. */
	hash[1] = seen_hash(name, length, ~(uint64_t)group) | 1;
}

/* Where a name is, or the empty place where it belongs. */
static struct seen_place *place_of(const struct seen *seen, const uint64_t hash[2])
{
	size_t mask = seen->room - 1;

	for (size_t i = hash[0] & mask;; i = (i + 1) & mask) {
		struct seen_place *place = &seen->places[i];

		if (!place->hash[1] || (place->hash[0] == hash[0] && place->hash[1] == hash[1]))
			return place;
	}
}

uint32_t *seen_find(const struct seen *seen, const char *name, uint32_t group)
{
	struct seen_place *place;
	uint64_t hash[2];

	if (!seen->room)
		return NULL;
	hash_of(name, group, hash);
	place = place_of(seen, hash);
	return place->hash[1] ? &place->value : NULL;
}

static bool grow(struct seen *seen)
{
	struct seen larger = { .nr = seen->nr, .room = seen->room ? 2 * seen->room : ROOM_FIRST };

	larger.places = calloc(larger.room, sizeof(*larger.places));
	if (!larger.places)
		return false;
	for (size_t i = 0; i < seen->room; i++)
		if (seen->places[i].hash[1])
			*place_of(&larger, seen->places[i].hash) = seen->places[i];
	free(seen->places);
	*seen = larger;
	return true;
}

bool seen_add(struct seen *seen, const char *name, uint32_t group, uint32_t value)
{
	struct seen_place new = { .value = value };

	/* At most three of four places are taken, so that every search ends. */
	if (4 * (seen->nr + 1) > 3 * seen->room && !grow(seen))
		return false;
	hash_of(name, group, new.hash);
	*place_of(seen, new.hash) = new;
	seen->nr++;
	return true;
}

void seen_free(struct seen *seen)
{
	free(seen->places);
	*seen = (struct seen){ 0 };
}
