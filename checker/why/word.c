/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/word.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/image/symbol.h"
#include "decoders/overwrite.h"

const char *word_kind_id(enum word_kind kind)
{
	static const char *const ids[WORD_KIND_COUNT] = {
#define X(id, text) text,
		WORD_KINDS(X)
#undef X
	};

	return ids[kind];
}

const struct cache_result *judged_cache(const struct judged *j, uint64_t cache)
{
	for (size_t i = 0; cache && i < j->nr; i++)
		if (j->results[i]->cache.addr == cache)
			return j->results[i];
	for (size_t i = 0; cache && i < IMAGE_DESTROYED; i++)
		if (j->destroyed[i] && j->destroyed[i]->cache.addr == cache)
			return j->destroyed[i];
	return NULL;
}

bool judged_is_destroyed(const struct judged *j, uint64_t cache)
{
	for (size_t i = 0; cache && i < IMAGE_DESTROYED; i++)
		if (j->destroyed[i] && j->destroyed[i]->cache.addr == cache)
			return true;
	return false;
}

struct location judged_locate(struct judged *j, uint64_t addr)
{
	struct allocator *a = j->allocator;
	struct location at = a->ops->locate(a, addr);
	const struct cache_result *result = NULL;

	if (at.kind == LOCATION_SLAB && !at.cache && a->ops->destroyed)
		result = a->ops->destroyed(a, &at);
	if (result && !judged_cache(j, at.cache))
		j->destroyed[j->nr_destroyed++ % IMAGE_DESTROYED] = result;
	return at;
}

const struct slab_look *judged_look(struct judged *j, const struct location *at)
{
	const struct cache_result *owner = judged_cache(j, at->cache);
	uint64_t object = at->addr - at->offset;
	unsigned int n;

	if (!owner || at->index < 0)
		return NULL;
	for (unsigned int i = 0; i < IMAGE_LOOKS; i++)
		if (j->looks[i].object == object)
			return &j->looks[i].look;
	n = j->nr_looks++ % IMAGE_LOOKS;
	j->looks[n].object = object;
	j->allocator->ops->look(j->allocator, owner, at, &j->looks[n].look);
	return &j->looks[n].look;
}

void judged_know(struct judged *j, const struct location *at, const struct slab_look *look)
{
	unsigned int n = j->nr_looks++ % IMAGE_LOOKS;

	j->looks[n].object = at->addr - at->offset;
	j->looks[n].look = *look;
}

const struct kernel_types *judged_types(struct judged *j)
{
	if (!j->types_read)
		kernel_types_read(&j->types, j->allocator->memory, j->allocator->arena);
	j->types_read = true;
	return j->types.nr ? &j->types : NULL;
}

/* Words that mean something whatever lies at the address that they would be. */
static bool is_pattern(struct word *w)
{
	static const struct {
		enum overwrite_class class;
		enum word_kind kind;
		const char *text;
	} patterns[] = {
		{ OVERWRITE_POISON_FREE, WORD_POISON_FREE, "poison of a free object (6b)" },
		{ OVERWRITE_POISON_INUSE, WORD_POISON_INUSE,
		  "poison of an object that was not initialised (5a)" },
		{ OVERWRITE_RED_ZONE, WORD_RED_ZONE, "red zone (bb or cc)" },
		{ OVERWRITE_LIST_POISON, WORD_LIST_POISON,
		  "LIST_POISON: the entry was deleted from its list" },
		{ OVERWRITE_REPEATED, WORD_REPEATED, "one byte repeated" },
	};
	enum overwrite_class class = overwrite_classify(w->value);
	char text[9];

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (class == patterns[i].class) {
			w->kind = patterns[i].kind;
			snprintf(w->text, sizeof(w->text), "%s", patterns[i].text);
			return true;
		}
	if (class != OVERWRITE_ASCII)
		return false;
	w->kind = WORD_TEXT;
	snprintf(w->text, sizeof(w->text), "text \"%s\"", ascii_show(w->value, text));
	return true;
}

#define MAX_ERRNO 4095

static bool is_number(struct word *w, size_t page_size)
{
	if (!w->value) {
		w->kind = WORD_ZERO;
		snprintf(w->text, sizeof(w->text), "0");
	} else if (w->value < page_size) {
		w->kind = WORD_NULL_OFFSET;
		snprintf(w->text, sizeof(w->text), "%" PRIu64 ", or NULL + 0x%" PRIx64, w->value,
			 w->value);
	} else if (w->value >= (uint64_t)-MAX_ERRNO) {
		w->kind = WORD_ERROR;
		snprintf(w->text, sizeof(w->text), "-%" PRIu64 ", or an error code in a pointer",
			 -w->value);
	} else if (w->value >> 32 == 0) {
		w->kind = WORD_NUMBER;
		snprintf(w->text, sizeof(w->text), "the number %" PRIu64, w->value);
	} else {
		return false;
	}
	return true;
}

static const char *state_text(enum object_state state)
{
	return state == OBJECT_UNKNOWN ? "state unknown" : object_state_name(state);
}

static void object_text(struct word *w, struct judged *j)
{
	const struct slab_look *look = judged_look(j, &w->at);
	char where[128];

	w->kind = WORD_OBJECT;
	w->state = look ? look->near[1] : OBJECT_UNKNOWN;
	j->allocator->ops->describe(j->allocator, &w->at, where, sizeof(where));
	snprintf(w->text, sizeof(w->text), "%s, %s", where, state_text(w->state));
}

bool word_of_allocator(const struct allocator *a, uint64_t value, struct location *at, char *buf,
		       size_t len)
{
	const char *what = a->ops->word_of(a, value, at);
	char name[4 * CACHE_NAME_MAX];
	struct cache_view cache;

	if (!what)
		return false;
	a->ops->view(a, at->cache, &cache);
	snprintf(buf, len, "%s %s", what, text_escape(cache.name, name, sizeof(name)));
	return true;
}

static bool is_of_allocator(struct word *w, struct judged *j)
{
	if (!word_of_allocator(j->allocator, w->value, &w->at, w->text, sizeof(w->text)))
		return false;
	w->kind = w->at.kind == LOCATION_NULL ? WORD_CACHE : WORD_SLAB;
	return true;
}

static bool is_symbol(struct word *w, struct judged *j)
{
	struct target_symbol symbol = symbol_of(j->allocator->memory, w->value);

	if (!symbol_is_near(&symbol))
		return false;
	w->kind = WORD_SYMBOL;
	symbol_text(&symbol, w->text, sizeof(w->text));
	return true;
}

static bool is_structure(struct word *w, struct judged *j)
{
	struct structure s;

	structure_of(j->allocator, w->value, &s);
	if (s.kind == STRUCTURE_NONE)
		return false;
	w->kind = WORD_STRUCTURE;
	structure_text(j->allocator, &s, w->text, sizeof(w->text));
	return true;
}

static void by_location(struct word *w, struct judged *j)
{
	static const enum word_kind kinds[] = {
		[LOCATION_NULL] = WORD_NULL_OFFSET,
		[LOCATION_USER] = WORD_USER,
		[LOCATION_INVALID] = WORD_NON_CANONICAL,
		[LOCATION_UNMAPPED] = WORD_UNMAPPED,
		[LOCATION_ABSENT] = WORD_ABSENT,
		[LOCATION_NO_DESCRIPTOR] = WORD_ABSENT,
		[LOCATION_OBJECT] = WORD_OBJECT,
		[LOCATION_INSIDE] = WORD_OBJECT,
		[LOCATION_SLAB] = WORD_SLAB,
		[LOCATION_PAGE] = WORD_PAGE,
		[LOCATION_MAPPED] = WORD_MAPPED,
		[LOCATION_KFENCE] = WORD_PAGE,
	};

	w->kind = kinds[w->at.kind];
	j->allocator->ops->describe(j->allocator, &w->at, w->text, sizeof(w->text));
}

void word_find(struct word *w, struct judged *j, uint64_t value)
{
	const struct allocator *a = j->allocator;

	*w = (struct word){ .value = value };
	if (is_number(w, a->memory->page_size) || is_pattern(w))
		return;
	if (!(value >> 63) || is_of_allocator(w, j) == false) {
		w->at = judged_locate(j, value);
		if (w->at.cache && w->at.index >= 0)
			object_text(w, j);
		else if (!(value >> 63) || (!is_symbol(w, j) && !is_structure(w, j)))
			by_location(w, j);
	}
}
