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

void damage_opine(struct diagnosis *opinions, struct judged *j, uint64_t object, uint64_t word,
		  uint64_t value)
{
	if (!text_ran_over(opinions, j, object, word) && !text_is_there(opinions, j, word))
		half_is_left(opinions, j, object, value);
}
