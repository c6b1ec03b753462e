/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/witness.h"

#include <string.h>

#define FIRST_ROOM 256

/* Pages that a round keeps, so that the links of a slab cost one read a page: as many as the largest slab
 * that SLUB makes on its own has, and its descriptor's. */
#define PAGES 16

/* Words of one page that make it worth reading whole. */
#define PAGE_WORDS_MIN 4

struct witness_page {
	uint64_t addr; /* 1: none */
	uint8_t *bytes;
};

bool witness_init(struct witness *w, struct memory *memory, struct arena *arena)
{
	uint8_t *bytes;

	memset(w, 0, sizeof(*w));
	w->memory = memory;
	w->arena = arena;
	w->words = arena_array(arena, FIRST_ROOM, sizeof(*w->words));
	w->pages = arena_array(arena, PAGES, sizeof(*w->pages));
	bytes = arena_array(arena, PAGES, memory->page_size);
	if (!w->words || !w->pages || !bytes)
		return false;
	w->room = FIRST_ROOM;
	for (size_t i = 0; i < PAGES; i++)
		w->pages[i] = (struct witness_page){ 1, bytes + i * memory->page_size };
	return true;
}

void witness_back(struct witness *w, size_t nr)
{
	if (nr < w->nr)
		w->nr = nr;
	w->full = false;
}

static bool words_reserve(struct witness *w)
{
	struct witness_word *words;

	if (w->nr < w->room)
		return true;
	words = arena_array(w->arena, 2 * w->room, sizeof(*words));
	if (!words) {
		w->full = true;
		return false;
	}
	memcpy(words, w->words, w->nr * sizeof(*words));
	w->words = words;
	w->room *= 2;
	return true;
}

void witness_note(struct witness *w, uint64_t addr, size_t size, uint64_t value)
{
	if (w && words_reserve(w))
		w->words[w->nr++] = (struct witness_word){ memory_untag(w->memory, addr), value,
							   (uint32_t)size };
}

void witness_member(struct witness *w, uint64_t base, struct target_member m, uint64_t value)
{
	if (member_exists(m))
		witness_note(w, base + m.offset, m.size, value);
}

static uint64_t page_of(const struct witness *w, uint64_t addr)
{
	return addr & ~(uint64_t)(w->memory->page_size - 1);
}

/* Whether the next words lie in the page of word @i too. */
static bool page_is_worth(const struct witness *w, size_t i, size_t end)
{
	uint64_t page = page_of(w, w->words[i].addr);
	size_t n = 0;

	for (size_t j = i; j < end && j < i + 2 * PAGE_WORDS_MIN; j++)
		n += page_of(w, w->words[j].addr) == page;
	return n >= PAGE_WORDS_MIN;
}

/* The page of a word as this round has read it; NULL: it is to be read alone, or cannot be. */
static const uint8_t *page_get(struct witness *w, size_t i, size_t end)
{
	uint64_t addr = page_of(w, w->words[i].addr);
	struct witness_page *page = &w->pages[addr / w->memory->page_size % PAGES];

	if (page->addr == addr)
		return page->bytes;
	if (!page_is_worth(w, i, end))
		return NULL;
	page->addr = 1;
	if (memory_bulk(w->memory, addr, page->bytes, w->memory->page_size) != TARGET_OK)
		return NULL;
	page->addr = addr;
	return page->bytes;
}

static bool word_holds(struct witness *w, size_t i, size_t end)
{
	const struct witness_word *word = &w->words[i];
	uint64_t at = word->addr - page_of(w, word->addr), value;
	const uint8_t *page = at + word->size <= w->memory->page_size ? page_get(w, i, end) : NULL;

	if (page)
		value = value_get(w->memory->arch, page + at, word->size);
	else if (memory_value(w->memory, word->addr, word->size, &value) != TARGET_OK)
		return false;
	return value == word->value ||
	       memory_untag(w->memory, value) == memory_untag(w->memory, word->value);
}

bool witness_holds(struct witness *w, size_t first, size_t end)
{
	for (size_t i = 0; i < PAGES; i++)
		w->pages[i].addr = 1;
	for (size_t i = first; i < end; i++)
		if (!word_holds(w, i, end))
			return false;
	return !w->full;
}

bool witness_proves(struct witness *w, unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++)
		if (!witness_holds(w, 0, w->nr))
			return false;
	return true;
}
