/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Red zones, poison, padding and cleared objects that were written to. */
#include "checker/slub/exam.h"

#include <inttypes.h>

#include "checker/slub/cache_contents.h"
#include "decoders/kernel_change.h"
#include "decoders/slab.h"

static bool all_excerpt(const struct finding_bytes *b, uint8_t byte)
{
	for (unsigned int i = 0; i < b->nr_excerpt; i++)
		if (b->excerpt[i] != byte)
			return false;
	return b->nr_excerpt;
}

/* Whether the byte right before an address is not as it was filled. */
static bool is_damaged_before(const struct exam *e, uint64_t addr, uint8_t filled)
{
	const uint8_t *byte = slab_memory(e->slab, addr - 1, 1);

	return byte && *byte != filled;
}

/* A write that goes on where the finding's bytes end may be a longer one, as of a whole page. */
static bool goes_on(const struct exam *e, uint64_t zone_end)
{
	uint64_t end = e->f->bytes.last + 1;

	return end >= zone_end || !(end % e->slab->page_size);
}

static void right(struct exam *e, bool free)
{
	const struct finding_bytes *b = &e->f->bytes;
	bool in_one_piece =
		b->nr == b->last - b->first + 1 && !goes_on(e, e->f->object + e->cache->inuse);
	struct opinion *o;

	if (free) {
		opine(e->d, CAUSE_USE_AFTER_FREE, 65, false,
		      "The object is free: its former owner wrote past its end.");
	} else if (!b->from_end) {
		o = opine(e->d, CAUSE_OVERFLOW, in_one_piece ? 93 : 75, in_one_piece,
			  "The damage begins where the object ends: its owner wrote too much.");
		o->object = e->f->object;
	} else {
		opine(e->d, CAUSE_WILD_WRITE, 60, false,
		      "The damage does not begin where the object ends: an index was too large, "
		      "or the write has nothing to do with the object.");
		o = opine(e->d, CAUSE_OVERFLOW, 40, false,
			  "The owner of the object may have used an index that is too large.");
		o->object = e->f->object;
	}
}

static void left(struct exam *e, const struct contents *c)
{
	struct finding *f = e->f;
	struct opinion *o;

	if (f->bytes.first == f->object - c->left && c->padded && f->object_index > 0 &&
	    is_damaged_before(e, f->bytes.first, POISON_INUSE)) {
		bool ends = !goes_on(e, f->object);

		o = opine(e->d, CAUSE_OVERFLOW, ends ? 93 : 75, ends,
			  "The end of the object before it was also overwritten.");
		o->object = f->object - e->cache->size;
		return;
	}
	opine(e->d, CAUSE_WILD_WRITE, 60, false, "%s",
	      f->bytes.last + 1 == f->object
		      ? "The damage ends where the object begins: most likely the owner of the "
			"object used a negative index or offset."
		      : "The damage touches neither the object nor the object before it.");
}

static void kmalloc_zone(struct exam *e, const struct contents *c)
{
	const uint8_t *asked = slab_memory(e->slab, e->f->object + c->orig_size, 4);
	bool at_end =
		asked && (int64_t)value_get(e->slab->arch, asked, 4) == e->f->bytes.from_start;
	struct opinion *o;

	o = opine(e->d, CAUSE_OVERFLOW, at_end ? 93 : 70, at_end, "%s",
		  at_end ? "The damage begins where the requested memory ends."
			 : "The damage is behind the requested memory.");
	o->object = e->f->object;
}

/* The whole word that holds one damaged byte, and what it was filled with. */
static struct kernel_change change_of(const struct exam *e)
{
	const struct finding_bytes *b = &e->f->bytes;
	uint64_t at = b->first & ~UINT64_C(7), now = 0, filled = 0, word;

	if (b->last - at > 7 || !slab_word(e->slab, at, &now))
		return kernel_change_find(0, 0);
	word = b->expected * UINT64_C(0x0101010101010101);
	/* The last byte of poison is another one. */
	filled = e->f->id == FINDING_POISON_OVERWRITTEN &&
				 at + 8 == e->f->object + e->cache->object_size
			 ? (word & ~(UINT64_C(0xff) << 56)) | (uint64_t)POISON_END << 56
			 : word;
	return kernel_change_find(filled, now);
}

/* One variable of a freed object that was counted, locked or flagged. */
static bool stale_change(struct exam *e)
{
	struct kernel_change c = change_of(e);
	int64_t at = e->f->bytes.from_start & ~INT64_C(7);

	at += c.at;
	switch (c.kind) {
	case CHANGE_COUNTER:
		opine(e->d, CAUSE_USE_AFTER_FREE, c.bit >= 0 ? 64 : 85, false,
		      "The %u bytes at offset %" PRId64 " are %d %s than expected: a counter of "
		      "the freed object.",
		      c.width, at, c.delta < 0 ? -c.delta : c.delta, c.delta < 0 ? "less" : "more");
		break;
	case CHANGE_REFCOUNT:
		opine(e->d, CAUSE_USE_AFTER_FREE, 90, false,
		      "The 4 bytes at offset %" PRId64 " are 0xc0000000: a saturated "
		      "refcount_t.",
		      at);
		break;
	case CHANGE_UNLOCK:
		opine(e->d, CAUSE_USE_AFTER_FREE, 75, false,
		      "The byte at offset %" PRId64 " is zero now, like a lock after "
		      "spin_unlock().",
		      at);
		break;
	case CHANGE_FLAG:
		opine(e->d, CAUSE_USE_AFTER_FREE, 40, false,
		      "A flag at offset %" PRId64 " of the freed object was set or cleared.", at);
		break;
	case CHANGE_NONE:
		return false;
	}
	if (c.bit >= 0)
		opine(e->d, CAUSE_BIT_FLIP, c.kind == CHANGE_COUNTER ? 45 : 55, false,
		      "Only one bit differs.");
	return true;
}

/*
 * Poison is told from what an owner writes; a check of slub_debug refuses a second free. With
 * init_on_free alone an object may be on the list and have an owner again.
 */
static void written_while_free(struct exam *e, bool inside)
{
	const struct finding_bytes *b = &e->f->bytes;
	bool poison = e->f->id == FINDING_POISON_OVERWRITTEN;
	bool page = !(b->first % e->slab->page_size) && b->nr > 8;

	opine(e->d, CAUSE_USE_AFTER_FREE,
	      !inside		? 60
	      : poison && !page ? 92
				: 76,
	      inside && poison && !page,
	      "The object is free, but some of its bytes are not what it was filled with.");
	if (page)
		opine(e->d, CAUSE_PAGE_OVERWRITE, inside ? 78 : 50, false,
		      "The damage begins where a page begins.");
	if (!poison)
		opine(e->d, CAUSE_DOUBLE_FREE, 24, false,
		      "After a double free the object can be on the list and allocated.");
}

/* A write to a free object is its former owner's, unless it comes from the object before it. */
static void stale(struct exam *e, const struct contents *c)
{
	const struct finding_bytes *b = &e->f->bytes;
	bool at_start = !b->from_start;
	struct opinion *o;

	if (c->left && at_start && is_damaged_before(e, e->f->object, RED_INACTIVE)) {
		uint64_t end = e->f->object + e->cache->object_size;
		bool ends = !goes_on(e, end) && !is_damaged_before(e, end + 1, RED_INACTIVE);

		o = opine(e->d, CAUSE_OVERFLOW, ends ? 93 : 75, ends,
			  "The red zone before the object was also overwritten.");
		o->object = e->f->object - e->cache->size;
		return;
	}
	if (stale_change(e))
		return;
	/* One word may be the link that a free to another cache stored. */
	if (e->f->id == FINDING_INIT_ON_FREE && b->last - (b->first & ~UINT64_C(7)) < 8 &&
	    causes_of_other_key(e, e->f->object_index))
		return;
	written_while_free(e, c->left || !at_start);
	if (c->left || !at_start || !exam_is_allocated(e, e->f->object_index - 1))
		return;
	o = opine(e->d, CAUSE_OVERFLOW, 45, false,
		  "The damage begins where the object begins, and the object before it is "
		  "allocated.");
	o->object = e->f->object - e->cache->size;
}

static void padding(struct exam *e, const struct contents *c)
{
	uint64_t end = e->f->object + e->cache->object_size;
	const uint8_t *zone = c->red_zone ? slab_memory(e->slab, end, 1) : NULL;
	/* Then the write began before the object, and nothing here says where. */
	bool from_before = c->left && is_damaged_before(e, e->f->object, RED_ACTIVE) &&
			   is_damaged_before(e, e->f->object, RED_INACTIVE);
	const char *why = NULL;
	struct opinion *o;

	if (zone && *zone != RED_ACTIVE && *zone != RED_INACTIVE)
		why = "The red zone at the end of the object was also overwritten.";
	else if (!c->red_zone && e->f->bytes.first == end)
		why = "The damage begins where the object ends.";
	if (why) {
		o = opine(e->d, CAUSE_OVERFLOW, 70, false, "%s", why);
		o->object = from_before ? 0 : e->f->object;
	} else {
		opine(e->d, CAUSE_WILD_WRITE, 60, false,
		      "Nothing before the damage was overwritten: an index was too large, or "
		      "the write has nothing to do with the object.");
	}
}

/* Zones say whether the allocator thinks that the object is free. */
static bool is_other_state(struct exam *e, bool free)
{
	bool red = e->f->id == FINDING_REDZONE_LEFT || e->f->id == FINDING_REDZONE_RIGHT;

	if (!red || !all_excerpt(&e->f->bytes, free ? RED_ACTIVE : RED_INACTIVE))
		return false;
	diagnosis_evidence(
		e->d, "%s",
		free ? "The red zone is that of an allocated object: the object was linked into "
		       "the list without having been freed."
		     : "The red zone is that of a free object: the object was taken from the "
		       "list and not handed out, or it was freed past the allocator.");
	return true;
}

static bool is_one_bit(const struct finding_bytes *b)
{
	unsigned int diff = b->excerpt[0] ^ b->expected;

	return b->nr == 1 && b->nr_excerpt && diff && !(diff & (diff - 1));
}

void causes_contents(struct exam *e)
{
	struct contents c;
	struct finding *f = e->f;
	bool free;

	if (!exam_has_contents(e) || !(f->has & FINDING_HAS_OBJECT))
		return;
	c = cache_contents(e->cache, e->heap->layout);
	free = slab_listed(e->slab, (uint32_t)f->object_index);
	if (is_other_state(e, free))
		return;
	if (f->id == FINDING_POISON_OVERWRITTEN || f->id == FINDING_INIT_ON_FREE) {
		stale(e, &c);
		return;
	}
	if (is_one_bit(&f->bytes))
		opine(e->d, CAUSE_BIT_FLIP, 70, false, "One bit of one byte differs.");
	if (f->id == FINDING_REDZONE_RIGHT)
		right(e, free);
	else if (f->id == FINDING_REDZONE_LEFT)
		left(e, &c);
	else if (f->id == FINDING_REDZONE_KMALLOC)
		kmalloc_zone(e, &c);
	else
		padding(e, &c);
}

/* A track lies behind the object and its red zone. */
void causes_track(struct exam *e)
{
	uint64_t end = e->f->object + (e->cache ? e->cache->object_size : 0);
	const uint8_t *zone = NULL;
	struct opinion *o;

	if (exam_has_contents(e) && cache_contents(e->cache, e->heap->layout).red_zone)
		zone = slab_memory(e->slab, end, 1);
	if (zone && *zone != RED_ACTIVE && *zone != RED_INACTIVE) {
		o = opine(e->d, CAUSE_OVERFLOW, 75, false,
			  "The red zone between the object and its tracks was also overwritten.");
		o->object = e->f->object;
	}
	opine(e->d, CAUSE_METADATA_WRITE, 60, false, "Only the allocator writes there.");
}
