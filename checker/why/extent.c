/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/extent.h"

#include "checker/findings/diagnosis.h"

/* Addresses from @start up to @end. */
struct window {
	uint64_t start, end;
};

/* What is looked at to both sides of what is known to be wrong. */
#define REACH UINT64_C(4096)

struct search {
	struct extent *extent;
	const struct location *at;
	bool big_endian;
	uint64_t low, high; /* a finding counts when it is about bytes from @low up to @high */
};

static void range_add(struct extent *e, uint64_t first, uint64_t last)
{
	if (!e->known || first < e->first)
		e->first = first;
	if (!e->known || last > e->last)
		e->last = last;
	e->known = true;
}

/* The bytes of a word that differ from what belongs there; all of it where that is not known. */
static void word_bytes(const struct finding *f, bool big_endian, uint64_t *first, uint64_t *last)
{
	uint64_t expected, diff = 0;
	unsigned int low, high;

	*first = f->slot;
	*last = f->slot + 7;
	if (f->has & FINDING_HAS_RAW && finding_expected(f, &expected))
		diff = f->raw ^ expected;
	if (!diff)
		return;
	low = (unsigned int)__builtin_ctzll(diff) / 8;
	high = 7 - (unsigned int)__builtin_clzll(diff) / 8;
	*first = f->slot + (big_endian ? 7 - high : low);
	*last = f->slot + (big_endian ? 7 - low : high);
}

/* The bytes that a finding is about; false: it is about none of the slab's. */
static bool bytes_of(const struct finding *f, bool big_endian, uint64_t *first, uint64_t *last)
{
	const struct diagnosis *d = f->diagnosis;

	if (f->has & FINDING_HAS_BYTES) {
		*first = f->bytes.first;
		*last = f->bytes.last;
	} else if (d && d->has_extent) {
		*first = d->extent_first;
		*last = d->extent_last;
	} else if (f->has & FINDING_HAS_SLOT && f->has & FINDING_HAS_OBJECT) {
		word_bytes(f, big_endian, first, last);
	} else {
		return false;
	}
	return true;
}

static void finding_look(struct search *s, const struct finding *f)
{
	uint64_t first, last;

	if (f->severity != SEVERITY_CORRUPT || !(f->has & FINDING_HAS_SLAB) ||
	    f->slab != s->at->page || !bytes_of(f, s->big_endian, &first, &last) || last < s->low ||
	    first >= s->high)
		return;
	s->extent->findings++;
	range_add(s->extent, first, last);
}

/*
 * Reads what is around the bytes that are wrong, within the slab. Pages that are not in the dump end it.
 * Returns where that ends; 0: those bytes themselves cannot be read.
 */
static uint64_t window_read(struct memory *memory, const struct extent *e,
			    const struct window *slab, uint8_t *bytes, uint64_t *low)
{
	uint64_t page = memory->page_size, high = slab->end;

	*low = e->first - slab->start > REACH ? e->first - REACH : slab->start;
	if (slab->end - e->last > REACH)
		high = e->last + REACH;
	while (*low < e->first &&
	       memory_bulk(memory, *low, bytes, (size_t)(e->last + 1 - *low)) != TARGET_OK) {
		*low = (*low & ~(page - 1)) + page;
		*low = *low > e->first ? e->first : *low;
	}
	while (high > e->last + 1 &&
	       memory_bulk(memory, *low, bytes, (size_t)(high - *low)) != TARGET_OK) {
		high = (high - 1) & ~(page - 1);
		high = high <= e->last ? e->last + 1 : high;
	}
	return memory_bulk(memory, *low, bytes, (size_t)(high - *low)) == TARGET_OK ? high : 0;
}

/* More than this is not read at a time. */
#define WINDOW_MAX ((size_t)64 << 10)

static void pattern_follow(struct search *s, const struct allocator *a, const struct window *slab)
{
	struct arena_mark mark = arena_mark(a->arena);
	struct extent *e = s->extent;
	uint8_t *bytes = arena_alloc(a->arena, WINDOW_MAX);
	uint64_t low, high;
	struct stretch found;

	if (bytes && e->last - e->first < WINDOW_MAX - 2 * REACH) {
		high = window_read(a->memory, e, slab, bytes, &low);
		if (high) {
			found = stretch_find(bytes, (size_t)(high - low), (size_t)(e->first - low),
					     (size_t)(e->last + 1 - low));
			e->kind = found.kind;
			e->first = low + found.low;
			e->last = low + found.high - 1;
			for (; e->nr_shown < EXTENT_SHOWN && e->first + e->nr_shown <= e->last;
			     e->nr_shown++)
				e->shown[e->nr_shown] = bytes[found.low + e->nr_shown];
		}
	}
	arena_release(a->arena, mark);
}

static struct extent_end end_of(const struct allocator *a, uint64_t addr)
{
	struct location at = a->ops->locate(a, addr);

	return (struct extent_end){ at.index, at.index < 0 ? addr - at.base : at.offset };
}

void extent_find(struct extent *e, struct judged *j, const struct location *at, uint64_t first,
		 uint64_t last)
{
	const struct cache_result *owner = judged_cache(j, at->cache);
	const struct slab_look *look = judged_look(j, at);
	uint64_t object = at->addr - at->offset;
	struct window slab = { .start = at->base };
	uint64_t page = j->allocator->memory->page_size - 1;
	struct search s = { .extent = e,
			    .at = at,
			    .big_endian = j->allocator->memory->arch->big_endian };

	*e = (struct extent){ .known = false };
	if (!owner || !look || at->index < 0)
		return;
	s.low = object - owner->cache.size;
	s.high = object + 2 * owner->cache.size;
	if (first)
		range_add(e, first, last);
	findings_for_each (node, &owner->findings)
		finding_look(&s, &node->finding);
	if (!e->known)
		return;
	slab.end =
		object + ((uint64_t)look->slab.objects - (uint64_t)at->index) * owner->cache.size;
	slab.end = (slab.end + page) & ~page;
	if (look->slab.status == TARGET_OK && e->first >= slab.start && e->last < slab.end)
		pattern_follow(&s, j->allocator, &slab);
	/* A word that is like nothing around it has been told already. */
	e->known = e->findings || e->kind != STRETCH_NONE;
	e->from = end_of(j->allocator, e->first);
	e->to = end_of(j->allocator, e->last);
	e->page_start = !(e->first & page);
}
