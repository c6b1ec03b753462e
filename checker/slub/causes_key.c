/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An object that was freed to a cache that it is not of. */
#include "checker/slub/exam.h"

#include <inttypes.h>

#include "checker/image/escape.h"
#include "decoders/freeptr.h"

/* What the word that the other cache would have stored leads to. */
static bool stored_by(const struct exam *e, const struct cache *other, uint64_t slot,
		      uint64_t *next)
{
	uint64_t raw;

	if (!slab_word(e->slab, slot, &raw))
		return false;
	*next = freeptr_decode(other->encoding, raw, other->random, slot);
	/* Where links are plain, zeros and pointers to neighbours are no proof. */
	return *next ? exam_index_of(e, *next) >= 0 : e->hardened;
}

/* Caches whose link would lie where this cache's does, and be the same, cannot be told from it. */
static bool is_alike(const struct exam *e, const struct cache *other)
{
	return other->offset == e->cache->offset &&
	       (!e->hardened || other->random == e->cache->random);
}

/*
 * A page that was the other cache's before still holds its links. In the place of this cache's own link
 * none of them is left; elsewhere it has to lead to what the list lost.
 */
static bool is_rest(const struct exam *e, uint64_t slot, uint64_t next)
{
	int32_t fits = e->slab->orphans.fits;

	return slot == e->f->slot || (fits >= 0 && next == slab_object(e->cache, e->slab, fits));
}

bool causes_of_other_key(struct exam *e, int32_t index)
{
	const struct cache_list *list = e->heap->caches;
	uint64_t object = slab_object(e->cache, e->slab, index), slot, next;
	char name[4 * CACHE_NAME_MAX];
	struct cache other;
	struct opinion *o;
	bool proof;

	for (size_t i = 0; e->hardened && i < list->nr; i++) {
		if (list->addrs[i] == e->cache->addr)
			continue;
		cache_read(&other, e->heap->memory, e->heap->layout, list->addrs[i],
			   e->cache->encoding);
		if (other.status != TARGET_OK || is_alike(e, &other))
			continue;
		slot = object + other.offset;
		if (!stored_by(e, &other, slot, &next)) {
			slot = object + e->cache->offset;
			if (!stored_by(e, &other, slot, &next))
				continue;
		}
		proof = is_rest(e, slot, next);
		o = opine(e->d, CAUSE_WRONG_CACHE_FREE, proof ? 98 : 66, proof,
			  "With the key of %s the word at 0x%" PRIx64 " decodes to 0x%" PRIx64
			  ", %s.",
			  text_escape(other.name, name, sizeof(name)), slot, next,
			  next ? "an object of this slab" : "the end of a list");
		o->object = object;
		return proof;
	}
	return false;
}
