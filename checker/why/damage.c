/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/damage.h"

#include <stdbool.h>
#include <stddef.h>

#define CHUNK 64u

static bool is_text(uint8_t byte)
{
	return (byte >= ' ' && byte <= '~') || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Whether all bytes from @first up to @end are text. */
static bool text_fills(struct memory *memory, uint64_t first, uint64_t end)
{
	uint8_t bytes[CHUNK];

	for (uint64_t at = first; at < end; at += CHUNK) {
		size_t n = end - at < CHUNK ? (size_t)(end - at) : CHUNK;

		if (memory_read(memory, at, bytes, n) != TARGET_OK)
			return false;
		for (size_t i = 0; i < n; i++)
			if (!is_text(bytes[i]))
				return false;
	}
	return true;
}

/* Bytes before an object that have to be text as well before it is called one that ran over. */
#define TEXT_BEFORE 8

static bool text_ran_over(struct diagnosis *opinions, struct judged *j, uint64_t object,
			  uint64_t word)
{
	if (!text_fills(j->allocator->memory, object - TEXT_BEFORE, word + sizeof(uint64_t)))
		return false;
	opine(opinions, CAUSE_OVERFLOW, 80, false,
	      "Text runs from the object before it over the start of this one to the word.");
	return true;
}

static bool text_is_there(struct diagnosis *opinions, struct judged *j, uint64_t word)
{
	if (!text_fills(j->allocator->memory, word, word + sizeof(uint64_t)))
		return false;
	opine(opinions, CAUSE_USE_AFTER_FREE, 45, false,
	      "Text that begins in this object is in the place of the pointer: two owners may use "
	      "the object.");
	return true;
}

/* The lower half is still that of a pointer to an object: memory lies within the same 4 GiB as this one. */
static bool half_is_left(struct diagnosis *opinions, struct judged *j, uint64_t object,
			 uint64_t value)
{
	const uint64_t upper = ~UINT64_C(0) << 32;
	uint64_t was = (object & upper) | (value & ~upper);

	if (value >> 32 == object >> 32 ||
	    j->allocator->ops->locate(j->allocator, was).kind != LOCATION_OBJECT)
		return false;
	opine(opinions, CAUSE_SHORT_STORE, 75, false,
	      "Its lower 4 bytes are those of a pointer to an object, the upper ones were "
	      "overwritten.");
	return true;
}

/* A number, or an address of the kernel: what most words of most objects are. */
static bool is_ordinary(struct judged *j, uint64_t word)
{
	enum location_kind kind;

	if (word >> 32 == 0 || word >> 32 == UINT32_MAX)
		return true;
	if (!(word >> 63))
		return false;
	kind = j->allocator->ops->locate(j->allocator, word).kind;
	return kind != LOCATION_INVALID && kind != LOCATION_UNMAPPED;
}

#define PAGE_WORDS_MAX 8192u
/* A cache whose objects are larger has too few of them in a page. */
#define PAGE_OBJECTS_MIN 4u

/* Of a page of objects hardly a word is one that objects have: it was overwritten from its start on. */
static bool page_is_overwritten(struct diagnosis *opinions, struct judged *j, uint64_t object)
{
	struct memory *memory = j->allocator->memory;
	struct location at = j->allocator->ops->locate(j->allocator, object);
	const struct cache_result *owner = judged_cache(j, at.cache);
	uint64_t page = object & ~(uint64_t)(memory->page_size - 1), word;
	unsigned int nr = (unsigned int)(memory->page_size / 8), ordinary = 0;

	if (!owner || nr > PAGE_WORDS_MAX ||
	    owner->cache.size * PAGE_OBJECTS_MIN > memory->page_size)
		return false;
	for (unsigned int i = 0; i < nr; i++) {
		if (memory_value(memory, page + 8 * i, 8, &word) != TARGET_OK)
			return false;
		ordinary += is_ordinary(j, word);
	}
	if (ordinary > nr / 32)
		return false;
	opine(opinions, CAUSE_PAGE_OVERWRITE, 85, false,
	      "Of the %u words of the page at %016llx, %u are numbers, zero or addresses of the "
	      "kernel: all objects in it were overwritten.",
	      nr, (unsigned long long)page, ordinary);
	return true;
}

void damage_opine(struct diagnosis *opinions, struct judged *j, uint64_t object, uint64_t word,
		  uint64_t value)
{
	if (page_is_overwritten(opinions, j, object))
		return;
	if (!text_ran_over(opinions, j, object, word) && !text_is_there(opinions, j, word))
		half_is_left(opinions, j, object, value);
}
