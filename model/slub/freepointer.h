/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_FREEPOINTER_H
#define SLUBCHECK_MODEL_SLUB_FREEPOINTER_H
/*
 * Links of freelists, for the paths on which every allocation and free comes along.
 */

#include "model/slub/slub.h"

static inline uint64_t freelist_random(struct model *m, uint64_t s)
{
	return has(m, HARDENED) ? get64(m, AT(m, s, cache_random)) : 0;
}

/* Plain heads and encoded links both go through this; the encoding is one of three for a machine. */
static inline uint64_t freelist_code(struct model *m, uint64_t s, uint64_t value, uint64_t slot)
{
	if (m->encoding == FREEPTR_PLAIN)
		return value;
	if (m->encoding == FREEPTR_XOR)
		return value ^ freelist_random(m, s) ^ slot;
	return value ^ freelist_random(m, s) ^ __builtin_bswap64(slot);
}

static inline uint64_t freepointer_load(struct model *m, uint64_t s, uint64_t object)
{
	uint64_t slot = object + get32(m, AT(m, s, cache_offset));
	uint64_t raw, next;

	m->doing = "loads the freepointer of the object";
	note(m, MODEL_NOTE_LOAD_LINK, slot, object);
	raw = get64(m, slot);
	next = freelist_code(m, s, raw, slot);
	note(m, MODEL_NOTE_NEXT, next, raw);
	return next;
}

static inline void freepointer_store(struct model *m, uint64_t s, uint64_t object, uint64_t next)
{
	uint64_t slot = object + get32(m, AT(m, s, cache_offset));

	/* ce6fa91b9363, 4.14: a double free in a row. */
	BUG_IF(m, object == next && has(m, HARDENED));
	m->doing = "stores the freepointer of the object";
	put64(m, slot, freelist_code(m, s, next, slot));
}

#endif
