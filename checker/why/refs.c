/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/refs.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "checker/image/clock.h"

/* What is read at once: it stays in a core's cache until its words were looked at. */
#define PIECE_BYTES ((size_t)256 << 10)
/* What is one job of the team. */
#define JOB_BYTES ((uint64_t)16 << 20)
/* A hit needs 24 bytes. More than these say no more. */
#define HITS_MAX ((size_t)1 << 18)
#define HITS_A_BLOCK 1024

/* Bits of the filter: few enough for a core's cache, whatever the ranges span. */
#define FILTER_BITS_LOG 20
#define FILTER_SHIFT_MIN 6

/* Hits of a worker. */
struct block {
	struct block *next;
	size_t nr;
	struct refs_hit hits[HITS_A_BLOCK];
};

/* What is a worker's own. The buffer has room for the first word of the next piece. */
struct hand {
	uint64_t *buffer;
	struct block *blocks;
	size_t nr;
	uint64_t dropped, bytes, absent;
};

/* The upper halves of four words: every machine compares four of them at once. */
typedef uint32_t halves __attribute__((vector_size(16)));

/* The pass. @low and @span bound all ranges; most words fail there. Bit n of @bits: one of the ranges has
 * an address in the n-th part of that. */
struct pass {
	const struct refs_query *query;
	struct hand *hands;
	uint64_t low, span, tags;
	uint32_t mask, begins; /* what the upper halves of all words between them have in common */
	bool swap; /* the image has another order of bytes than we */
	uint64_t *bits;
	unsigned int shift;
	struct page_flags {
		bool known;
		struct target_member flags;
		uint64_t reserved;
	} page;
	uint64_t frames, frames_a_job;
	atomic_uint_fast64_t visited;
	atomic_bool stopped, interrupted;
	struct timespec begun;
};

static int range_compare(const void *a, const void *b)
{
	const struct refs_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

size_t refs_sort(struct refs_range *ranges, size_t nr)
{
	size_t kept = 0;

	qsort(ranges, nr, sizeof(*ranges), range_compare);
	for (size_t i = 0; i < nr; i++) {
		if (ranges[i].start >= ranges[i].end)
			continue;
		if (kept && ranges[i].start <= ranges[kept - 1].end) {
			if (ranges[i].end > ranges[kept - 1].end)
				ranges[kept - 1].end = ranges[i].end;
			continue;
		}
		ranges[kept++] = ranges[i];
	}
	return kept;
}

bool refs_in(const struct refs_query *query, uint64_t addr)
{
	size_t low = 0, high = query->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (query->ranges[middle].start <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low && addr < query->ranges[low - 1].end;
}

/* --- Words --- */

static inline uint64_t word_of(const struct pass *pass, uint64_t stored)
{
	return pass->swap ? __builtin_bswap64(stored) : stored;
}

static void hit_keep(struct pass *pass, struct worker *w, const struct refs_hit *hit)
{
	struct hand *hand = &pass->hands[w - w->team->workers];

	if (hand->nr >= HITS_MAX) {
		hand->dropped++;
		return;
	}
	if (!hand->blocks || hand->blocks->nr == HITS_A_BLOCK) {
		struct block *block = arena_alloc(w->arena, sizeof(*block));

		if (!block) {
			hand->dropped++;
			return;
		}
		block->next = hand->blocks;
		hand->blocks = block;
	}
	hand->blocks->hits[hand->blocks->nr++] = *hit;
	hand->nr++;
}

/* A word between the first and the last range. */
static void word_look(struct pass *pass, struct worker *w, uint64_t value, uint64_t addr,
		      uint64_t phys)
{
	uint64_t part = (value - pass->low) >> pass->shift;
	const struct refs_hit hit = { addr, phys, value };

	if (pass->bits[part / 64] >> (part % 64) & 1 && refs_in(pass->query, value))
		hit_keep(pass, w, &hit);
}

/* Words that are looked at with one branch. */
#define BLOCK_WORDS 32

/* A kernel pointer has the bits of a tag, and user space ends in another half of the addresses. */
static inline bool is_near(const struct pass *pass, uint64_t stored)
{
	return (word_of(pass, stored) | pass->tags) - pass->low < pass->span;
}

static inline halves upper_halves(const uint64_t *words)
{
	enum { UPPER = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };
	halves low, high;

	memcpy(&low, words, sizeof(low));
	memcpy(&high, words + 2, sizeof(high));
#ifdef __clang__
	return __builtin_shufflevector(low, high, UPPER, 2 + UPPER, 4 + UPPER, 6 + UPPER);
#else
	return __builtin_shuffle(low, high, (halves){ UPPER, 2 + UPPER, 4 + UPPER, 6 + UPPER });
#endif
}

/* Whether any word of a block begins as those between the first and the last range do. */
static inline bool block_begins(const struct pass *pass, const uint64_t *words)
{
	const halves mask = { pass->mask, pass->mask, pass->mask, pass->mask };
	const halves begins = { pass->begins, pass->begins, pass->begins, pass->begins };
	halves near = { 0 };
	uint64_t any[2];

	for (size_t i = 0; i < BLOCK_WORDS; i += 8) {
		halves one = upper_halves(words + i), other = upper_halves(words + i + 4);

		near |= (halves)((one & mask) == begins) | (halves)((other & mask) == begins);
	}
	memcpy(any, &near, sizeof(any));
	return any[0] | any[1];
}

/* Whether any word of a block may be a hit. Nearly no block has one, and without a branch for each word
 * the pass is as fast as memory. */
static inline bool block_near(const struct pass *pass, const uint64_t *words)
{
	const uint64_t low = pass->low, span = pass->span, tags = pass->tags;
	unsigned int near = 0;

	if (!pass->swap && !block_begins(pass, words))
		return false;
	if (pass->swap) {
		for (size_t i = 0; i < BLOCK_WORDS; i++)
			near |= is_near(pass, words[i]);
		return near;
	}
	for (size_t i = 0; i < BLOCK_WORDS; i++)
		near |= (words[i] | tags) - low < span;
	return near;
}

static void words_look(struct pass *pass, struct worker *w, uint64_t addr, uint64_t phys, size_t nr)
{
	const uint64_t *words = pass->hands[w - w->team->workers].buffer;
	size_t i = 0;

	while (i < nr) {
		size_t end = i + BLOCK_WORDS < nr ? i + BLOCK_WORDS : nr;

		if (end - i == BLOCK_WORDS && !block_near(pass, words + i)) {
			i = end;
			continue;
		}
		for (; i < end; i++)
			if (is_near(pass, words[i]))
				word_look(pass, w, word_of(pass, words[i]) | pass->tags,
					  addr + 8 * i, phys + 8 * i);
	}
}

static void bytes_look(struct pass *pass, struct worker *w, uint64_t addr, uint64_t phys,
		       size_t len)
{
	const uint8_t *bytes = (const uint8_t *)pass->hands[w - w->team->workers].buffer;
	uint64_t value;

	for (size_t i = 0; i + 8 <= len; i++) {
		memcpy(&value, bytes + i, sizeof(value));
		value = word_of(pass, value) | pass->tags;
		if (__builtin_expect(value - pass->low < pass->span, 0))
			word_look(pass, w, value, addr + i, phys + i);
	}
}

/* --- Reading --- */

/* Holes between a machine's memory have no struct page, or a reserved one. */
static bool is_memory(const struct pass *pass, struct memory *memory, uint64_t frame)
{
	struct target *t = memory->target;
	uint64_t page, flags;
	enum target_status status;

	if (!t->ops->frame_to_page(t, frame, &page))
		return false;
	if (!pass->page.known)
		return true;
	status = memory_member(memory, page, pass->page.flags, &flags);
	return status == TARGET_ABSENT || (status == TARGET_OK && !(flags & pass->page.reserved));
}

/* Reads a run of frames whose addresses follow each other. What cannot be read as a whole is halved, down
 * to pages. */
static void run_look(struct pass *pass, struct worker *w, uint64_t addr, uint64_t frame, size_t len)
{
	struct hand *hand = &pass->hands[w - w->team->workers];
	struct target *t = w->memory->target;
	size_t page = target_page_size(t), half = len / 2 / page * page;

	/* The words that begin in the last seven bytes. */
	if (pass->query->unaligned &&
	    memory_bulk(w->memory, addr, hand->buffer, len + 7) == TARGET_OK) {
		hand->bytes += len;
		bytes_look(pass, w, addr, frame << t->page_shift, len + 7);
	} else if (memory_bulk(w->memory, addr, hand->buffer, len) == TARGET_OK) {
		hand->bytes += len;
		if (pass->query->unaligned)
			bytes_look(pass, w, addr, frame << t->page_shift, len);
		else
			words_look(pass, w, addr, frame << t->page_shift, len / 8);
	} else if (half) {
		run_look(pass, w, addr, frame, half);
		run_look(pass, w, addr + half, frame + half / page, len - half);
	} else if (is_memory(pass, w->memory, frame)) {
		hand->absent += page;
	}
}

/* Where a frame is in the direct map; false when the machine has no such frame. */
static bool frame_addr(struct target *t, uint64_t frame, uint64_t *addr)
{
	uint64_t page;

	return t->ops->frame_to_page(t, frame, &page) && t->ops->page_to_virt(t, page, addr);
}

static bool may_go_on(struct pass *pass, struct worker *w)
{
	const struct refs_query *q = pass->query;

	if (memory_cancelled(w->memory))
		atomic_store(&pass->interrupted, true);
	if ((q->bytes_max && atomic_load(&pass->visited) >= q->bytes_max) ||
	    (q->seconds_max > 0 && clock_seconds_since(&pass->begun) >= q->seconds_max))
		atomic_store(&pass->stopped, true);
	return !atomic_load(&pass->interrupted) && !atomic_load(&pass->stopped);
}

/* struct team's job: some MiB of memory, a piece at a time. */
static void frames_job(void *ctx, struct worker *w, size_t index)
{
	struct pass *pass = ctx;
	struct target *t = w->memory->target;
	uint64_t frame = index * pass->frames_a_job, end = frame + pass->frames_a_job;
	uint64_t most = PIECE_BYTES >> t->page_shift, addr, next;

	if (end > pass->frames)
		end = pass->frames;
	while (frame < end && may_go_on(pass, w)) {
		uint64_t nr = 1;

		if (frame_addr(t, frame, &addr)) {
			while (nr < most && frame + nr < end && frame_addr(t, frame + nr, &next) &&
			       next == addr + (nr << t->page_shift))
				nr++;
			run_look(pass, w, addr, frame, (size_t)nr << t->page_shift);
		}
		frame += nr;
		atomic_fetch_add(&pass->visited, nr << t->page_shift);
		if (pass->query->tick)
			pass->query->tick(pass->query->ctx, atomic_load(&pass->visited),
					  pass->frames << t->page_shift);
	}
}

/* --- The pass --- */

static void halves_make(struct pass *pass)
{
	uint64_t differ = pass->low ^ (pass->low + pass->span - 1), mask = UINT64_MAX << 32;

	while (mask & differ)
		mask <<= 1;
	mask &= ~pass->tags;
	pass->mask = (uint32_t)(mask >> 32);
	pass->begins = (uint32_t)((pass->low & mask) >> 32);
}

static bool filter_make(struct pass *pass, struct arena *arena)
{
	const struct refs_query *q = pass->query;

	pass->low = q->ranges[0].start;
	pass->span = q->ranges[q->nr - 1].end - pass->low;
	halves_make(pass);
	pass->shift = FILTER_SHIFT_MIN;
	while ((pass->span - 1) >> pass->shift >> FILTER_BITS_LOG)
		pass->shift++;
	pass->bits =
		arena_array(arena, ((pass->span - 1) >> pass->shift) / 64 + 1, sizeof(*pass->bits));
	for (size_t i = 0; pass->bits && i < q->nr; i++) {
		uint64_t part = (q->ranges[i].start - pass->low) >> pass->shift;
		uint64_t last = (q->ranges[i].end - 1 - pass->low) >> pass->shift;

		for (; part <= last; part++)
			pass->bits[part / 64] |= UINT64_C(1) << (part % 64);
	}
	return pass->bits;
}

static bool hands_make(struct pass *pass, struct team *team, struct arena *arena)
{
	pass->hands = arena_array(arena, team->nr, sizeof(*pass->hands));
	for (unsigned int i = 0; pass->hands && i < team->nr; i++) {
		pass->hands[i].buffer = arena_alloc(team->workers[i].arena, PIECE_BYTES + 8);
		if (!pass->hands[i].buffer)
			return false;
	}
	return pass->hands;
}

static int hit_compare(const void *a, const void *b)
{
	const struct refs_hit *x = a, *y = b;

	return (x->phys > y->phys) - (x->phys < y->phys);
}

static bool hits_gather(struct refs_found *found, const struct pass *pass, unsigned int nr,
			struct arena *arena)
{
	size_t all = 0;

	for (unsigned int i = 0; i < nr; i++) {
		all += pass->hands[i].nr;
		found->dropped += pass->hands[i].dropped;
		found->bytes += pass->hands[i].bytes;
		found->absent += pass->hands[i].absent;
	}
	found->hits = arena_array(arena, all, sizeof(*found->hits));
	for (unsigned int i = 0; found->hits && i < nr; i++)
		for (const struct block *b = pass->hands[i].blocks; b; b = b->next) {
			memcpy(found->hits + found->nr, b->hits, b->nr * sizeof(b->hits[0]));
			found->nr += b->nr;
		}
	if (found->hits)
		qsort(found->hits, found->nr, sizeof(*found->hits), hit_compare);
	return found->hits;
}

bool refs_find(struct refs_found *found, const struct refs_query *query, struct team *team,
	       struct memory *memory)
{
	struct target *t = memory->target;
	struct arena *arena = team->workers[0].arena;
	struct pass pass = { .query = query,
			     .tags = memory->tags,
			     .swap = arch_of(t)->big_endian ==
				     (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__),
			     .frames = t->nr_pages,
			     .frames_a_job = JOB_BYTES >> t->page_shift,
			     .begun = clock_now() };

	*found = (struct refs_found){ 0 };
	if (!query->nr || !pass.frames || !filter_make(&pass, arena) ||
	    !hands_make(&pass, team, arena))
		return false;
	pass.page.known = target_find(t, "page", "flags", &pass.page.flags);
	pass.page.reserved = target_bit(t, "PG_reserved");
	team_run(team, (size_t)((pass.frames + pass.frames_a_job - 1) / pass.frames_a_job),
		 frames_job, &pass);
	if (!hits_gather(found, &pass, team->nr, arena))
		return false;
	found->stopped = atomic_load(&pass.stopped);
	found->interrupted = atomic_load(&pass.interrupted);
	found->seconds = clock_seconds_since(&pass.begun);
	return true;
}
