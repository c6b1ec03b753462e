/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device, or who believes that a page still is his, writes to a page from its start on. */
#include <string.h>

#include "model/slub/fault_plant.h"

/* What the allocator itself has in the page is nobody's to lose: it would be another fault. */
static bool has_internal(struct planting *p, const struct list_ref *ref, uint64_t from, uint64_t to)
{
	for (unsigned int i = 0; i < ref->slab->room; i++) {
		uint64_t object = census_object(ref->s, ref->slab, i);

		if (object < to && object + ref->s->size > from && !ref->slab->on[i] &&
		    object_is_internal(p, ref->s, ref->slab, i))
			return true;
	}
	return false;
}

/* Data of a disk or of a network: text, zeros, numbers, or what looks random. */
static void page_make(struct planting *p, uint8_t *bytes, uint32_t nr)
{
	uint64_t kind = fault_below(p, 4);

	for (uint32_t i = 0; i < nr; i++)
		bytes[i] = kind == 0   ? (uint8_t)(0x20 + fault_below(p, 0x5f))
			   : kind == 1 ? 0
			   : kind == 2 ? (uint8_t)(i / 4 >> 8 * (i % 4)) /* words that count up */
				       : (uint8_t)fault_random(p);
}

bool fault_page(struct planting *p)
{
	uint8_t bytes[MODEL_PAGE];
	uint64_t page;
	uint32_t nr, needed;
	struct link l;

	for (unsigned int i = 0; i < FAULT_TRIES; i++) {
		if (!link_choose(p, fits_nonempty, false, &l))
			return false;
		page = l.slot & ~(uint64_t)(MODEL_PAGE - 1);
		needed = (uint32_t)(l.slot - page) + 8;
		nr = needed + (uint32_t)fault_below(p, MODEL_PAGE - needed + 1);
		if (nr < 256)
			nr = 256;
		if (fault_below(p, 2))
			nr = MODEL_PAGE;
		if (has_internal(p, &l.list, page, page + nr))
			continue;
		page_make(p, bytes, nr);
		model_poke(p->m, page, bytes, nr);
		if (!truth_word(p, l.slot, l.raw))
			continue;
		fault_may_contents(p);
		fault_may_chains(p);
		fault_may_sheaves(p);
		return expect_list(p, &l.list);
	}
	return false;
}
