/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where kallsyms lies in a kernel that does not say.
 *
 * scripts/kallsyms.c writes, each part aligned to 8 bytes: offsets (or addresses), relative_base,
 * num_syms, names, markers, token_table, token_index. token_index is 256 ascending numbers that
 * begin with 0, which is rare; the search goes from there to the front. (Since 6.2 there is more
 * between the parts, and since 6.0 nobody has to search.)
 */
#include <stdlib.h>
#include <string.h>

#include "triage/kallsyms.h"

#define IMAGE_MAX (128ull << 20)
#define CHUNK (1u << 20)
/* Chunks in a row of which nothing can be read: the image has ended. */
#define MISSING_MAX 8
#define TOKENS 256
#define INDEX_SIZE (TOKENS * sizeof(uint16_t))
#define TOKEN_LENGTH_MAX 128
#define PER_MARKER 256
#define MARKERS_MAX (1u << 14)
#define GROUP_LENGTH_MAX (PER_MARKER * 128)
/* Groups of names that are counted to see whether the markers are markers. */
#define GROUPS_TRIED 4

static bool number(struct target *t, uint64_t addr, void *value, size_t size)
{
	return t->ops->read(t, addr, value, size) == TARGET_OK;
}

static bool is_token_index(const uint16_t *index)
{
	if (index[0])
		return false;
	for (size_t i = 1; i < TOKENS; i++)
		if (index[i] < index[i - 1] + 2 || index[i] > index[i - 1] + TOKEN_LENGTH_MAX)
			return false;
	return true;
}

/* The strings that the index leads to end at the index, but for the alignment. */
static bool token_table_find(struct target *t, uint64_t at, const uint16_t *index, uint64_t *table)
{
	size_t last = index[TOKENS - 1], most = last + TOKEN_LENGTH_MAX + 8;
	char *bytes = malloc(most);
	bool found = false;

	if (!bytes || t->ops->read(t, at - most, bytes, most) != TARGET_OK) {
		free(bytes);
		return false;
	}
	for (size_t size = (last + 2 + 7) & ~(size_t)7; size <= most && !found; size += 8) {
		const char *start = bytes + most - size;

		found = *start != '\0';
		for (size_t i = 1; i < TOKENS && found; i++)
			found = !start[index[i] - 1] && start[index[i]];
		if (found)
			*table = at - size;
	}
	free(bytes);
	return found;
}

/* Backwards from the tokens: numbers that fall to the 0 of the first. Their number. */
static size_t markers_find(struct target *t, uint64_t table, uint64_t *markers, uint32_t first[])
{
	uint32_t value, next = UINT32_MAX;
	uint64_t at = table - 4;

	/* The array may end four bytes before, with nothing in between. */
	if (!number(t, at, &value, 4))
		return 0;
	if (!value)
		at -= 4;
	for (size_t nr = 1; nr < MARKERS_MAX; nr++, at -= 4) {
		if (!number(t, at, &value, 4) || value >= next)
			return 0;
		next = value;
		if (value)
			continue;
		*markers = at;
		for (size_t i = 0; i < GROUPS_TRIED && i < nr; i++)
			if (!number(t, at + 4 * i, &first[i], 4))
				return 0;
		return nr;
	}
	return 0;
}

/* Whether the names from @names on have the lengths that the markers say. */
static bool names_fit(struct target *t, uint64_t names, const uint32_t first[], size_t nr)
{
	uint64_t at = names;

	for (size_t group = 1; group < nr; group++) {
		for (size_t i = 0; i < PER_MARKER; i++) {
			uint8_t length;

			if (!number(t, at, &length, 1) || !length)
				return false;
			at += 1 + length;
		}
		if (at != names + first[group])
			return false;
	}
	return true;
}

/* The number of names stands before them, and there is a marker for each 256 of them. */
static bool names_find(struct target *t, uint64_t markers, const uint32_t first[], size_t nr,
		       uint32_t last, struct kallsyms_place *place)
{
	size_t tried = nr < GROUPS_TRIED ? nr : GROUPS_TRIED;

	for (uint64_t length = (last + 2 + 7) & ~7ull; length < (uint64_t)last + GROUP_LENGTH_MAX;
	     length += 8) {
		uint64_t names = markers - length;
		uint64_t symbols;

		if (!number(t, names - 8, &symbols, 8))
			return false;
		if (!symbols || (symbols + PER_MARKER - 1) / PER_MARKER != nr ||
		    !names_fit(t, names, first, tried))
			continue;
		place->names = names;
		place->nr_symbols = names - 8;
		return true;
	}
	return false;
}

static bool symbols_fit(struct target *t, const struct kallsyms_place *place, uint64_t stext)
{
	struct error unused;
	struct kallsyms *k = kallsyms_read(t, place, &unused);
	uint64_t value;
	bool fits = k && kallsyms_symbol(k, "_stext", &value) && value == stext;

	kallsyms_free(k);
	return fits;
}

/* Distances from a base before which they stand, or addresses. */
static bool addresses_find(struct target *t, uint64_t stext, struct kallsyms_place *place)
{
	uint64_t base = place->nr_symbols - 8;
	uint32_t symbols;

	if (!number(t, place->nr_symbols, &symbols, 4))
		return false;
	place->base = base;
	place->offsets = base - ((4ull * symbols + 7) & ~7ull);
	if (symbols_fit(t, place, stext))
		return true;
	place->base = place->offsets = 0;
	place->addresses = place->nr_symbols - 8ull * symbols;
	return symbols_fit(t, place, stext);
}

static bool try(struct target *t, uint64_t at, const uint16_t *index, uint64_t stext,
		struct kallsyms_place *place)
{
	uint32_t first[GROUPS_TRIED], last;
	uint64_t markers;
	size_t nr;

	memset(place, 0, sizeof(*place));
	place->token_index = at;
	if (!token_table_find(t, at, index, &place->token_table))
		return false;
	nr = markers_find(t, place->token_table, &markers, first);
	return nr && number(t, markers + 4 * (nr - 1), &last, 4) &&
	       names_find(t, markers, first, nr, last, place) && addresses_find(t, stext, place);
}

/* @chunk has INDEX_SIZE more bytes than those where an index may begin. */
static bool chunk_search(struct target *t, const char *chunk, uint64_t at, uint64_t stext,
			 struct kallsyms_place *place)
{
	for (size_t i = 0; i < CHUNK; i += 8) {
		uint16_t index[TOKENS];

		if (chunk[i] || chunk[i + 1] || !chunk[i + 2] || chunk[i + 3])
			continue;
		memcpy(index, chunk + i, sizeof(index));
		if (is_token_index(index) && try(t, at + i, index, stext, place))
			return true;
	}
	return false;
}

/* Page by page: what has been freed after boot may be missing. */
static bool chunk_read(struct target *t, uint64_t at, char *chunk, size_t size)
{
	bool any = false;

	for (size_t i = 0; i < size; i += 4096) {
		size_t n = size - i < 4096 ? size - i : 4096;

		if (t->ops->read(t, at + i, chunk + i, n) == TARGET_OK)
			any = true;
		else
			memset(chunk + i, 0xff, n);
	}
	return any;
}

bool kallsyms_search(struct target *t, uint64_t stext, struct kallsyms_place *place)
{
	char *chunk = malloc(CHUNK + INDEX_SIZE);
	uint64_t start = stext & ~4095ull;
	unsigned int missing = 0;
	bool found = false;

	for (uint64_t at = 0; chunk && !found && at < IMAGE_MAX && missing < MISSING_MAX;
	     at += CHUNK) {
		if (!chunk_read(t, start + at, chunk, CHUNK + INDEX_SIZE)) {
			missing++;
			continue;
		}
		missing = 0;
		found = chunk_search(t, chunk, start + at, stext, place);
	}
	free(chunk);
	return found;
}
