/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/evidence.h"

#include <string.h>

#include "checker/image/symbol.h"

#define WORD 8u
#define MAX_ERRNO 4095
/* A word below is a number, and no address of a program. */
#define NUMBER_MAX UINT64_C(4096)

/* The objects of a slab, as far as they are looked at. */
struct objects {
	struct judged *j;
	const struct kernel_types *types;
	struct evidence_set *set;
	uint64_t itself; /* the object that is asked about */
	uint64_t cache; /* its */
	enum object_state state; /* its */
	uint64_t link; /* offset of its freepointer when it is free; else behind its end */
	uint64_t addr[EVIDENCE_OBJECTS_MAX];
	bool member[EVIDENCE_OBJECTS_MAX];
	uint32_t nr;
	uint32_t nr_words; /* of each */
	uint64_t *words;
};

static void object_take(void *ctx, const struct object_view *object)
{
	struct objects *o = ctx;

	if (object->addr == o->itself)
		o->state = object->state;
	else if (object->state == OBJECT_ALLOCATED && o->nr < EVIDENCE_OBJECTS_MAX)
		o->addr[o->nr++] = object->addr;
}

static uint64_t word_of(const struct objects *o, uint32_t object, uint32_t i)
{
	/* A freepointer is nothing that its owner wrote. */
	if (!object && o->link / WORD == i)
		return 0;
	return o->words[(size_t)object * o->nr_words + i];
}

static bool objects_read(struct objects *o, const struct cache_result *owner, uint64_t page)
{
	const struct objects_visit visit = { .object = object_take, .ctx = o };
	struct allocator *a = o->j->allocator;
	struct link_view link;

	o->addr[o->nr++] = o->itself;
	if (!a->ops->slab_objects(a, owner, page, &visit))
		return false;
	o->nr_words = (uint32_t)(owner->cache.object_size / WORD);
	if (o->nr_words > EVIDENCE_WORDS_MAX)
		o->nr_words = EVIDENCE_WORDS_MAX;
	o->words = arena_array(a->arena, (size_t)o->nr * o->nr_words, WORD);
	if (!o->words)
		return false;
	for (uint32_t i = 0; i < o->nr; i++)
		if (memory_bulk(a->memory, o->addr[i], o->words + (size_t)i * o->nr_words,
				(size_t)o->nr_words * WORD) != TARGET_OK)
			memset(o->words + (size_t)i * o->nr_words, 0, (size_t)o->nr_words * WORD);
	o->link = UINT64_MAX;
	if (o->state != OBJECT_ALLOCATED && a->ops->link(a, owner, o->itself, &link) &&
	    link.slot >= o->itself)
		o->link = link.slot - o->itself;
	return true;
}

/* --- The group --- */

/* The start of a function or variable. */
static bool is_anchor(struct judged *j, uint64_t value)
{
	const struct allocator *a = j->allocator;
	struct target_symbol symbol;

	if (!(value >> 63) || value >= (uint64_t)-MAX_ERRNO ||
	    a->ops->locate(a, value).kind != LOCATION_MAPPED)
		return false;
	symbol = symbol_of(a->memory, value);
	return symbol.name && !symbol.offset;
}

static uint32_t holders_of(const struct objects *o, uint32_t i, uint64_t value)
{
	uint32_t nr = 0;

	for (uint32_t k = 0; k < o->nr; k++)
		nr += word_of(o, k, i) == value;
	return nr;
}

static void group_take(struct objects *o, uint32_t i, uint64_t value)
{
	for (uint32_t k = 0; k < o->nr; k++)
		o->member[k] = word_of(o, k, i) == value;
}

/* By a word of the object itself: the one that it shares with most. */
static bool group_by_own(struct objects *o)
{
	uint32_t best = 0, at = 0;

	for (uint32_t i = 0; i < o->nr_words; i++) {
		uint64_t value = word_of(o, 0, i);
		uint32_t nr;

		if (!value || !is_anchor(o->j, value))
			continue;
		nr = holders_of(o, i, value);
		if (nr > best) {
			best = nr;
			at = i;
		}
	}
	if (best)
		group_take(o, at, word_of(o, 0, at));
	return best;
}

static bool is_wiped(const struct objects *o)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < o->nr_words; i++)
		nr += word_of(o, 0, i) != 0;
	return 4 * nr < o->nr_words;
}

/* Whether an object has a word that many of its slab share. */
static bool has_shared(const struct objects *o, uint32_t object, const struct kin *kin)
{
	for (size_t i = 0; i < kin->nr; i++)
		if (word_of(o, object, kin->rows[i].offset / WORD) == kin->rows[i].value)
			return true;
	return false;
}

/*
 * Without such a word: by what most of the slab share, if the object is empty. One in use that does not share it is
 * of the others.
 */
static void group_by_kin(struct objects *o, const struct kin *kin)
{
	bool used = o->state == OBJECT_ALLOCATED;

	if (kin->nr && 4 * kin->rows[0].nr >= 3 * kin->allocated && (!used || is_wiped(o))) {
		group_take(o, kin->rows[0].offset / WORD, kin->rows[0].value);
		return;
	}
	if (kin->nr && !used)
		return;
	for (uint32_t k = 0; k < o->nr; k++)
		o->member[k] = k ? !has_shared(o, k, kin) : used;
}

/* --- Words --- */

static bool leads_back(struct memory *memory, uint64_t at, uint64_t slot)
{
	uint64_t back;

	return memory_value(memory, at, WORD, &back) == TARGET_OK && back == slot;
}

static bool type_size(void *ctx, const char *name, uint64_t *size)
{
	const struct btf_block *block;
	uint32_t id = kernel_types_struct(ctx, name, &block);

	if (id)
		*size = btf_size(block, id);
	return id;
}

/* The type of the objects of a cache, by its name; EVIDENCE_TYPES_MAX: it is not known. */
static uint32_t type_of_cache(struct objects *o, uint64_t cache)
{
	struct evidence_set *set = o->set;
	const struct cache_result *owner;
	struct evidence_type *type;

	for (uint32_t i = 0; i < set->nr_types; i++)
		if (set->types[i].cache == cache)
			return set->types[i].name[0] ? i : EVIDENCE_TYPES_MAX;
	owner = judged_cache(o->j, cache);
	if (!owner || set->nr_types == EVIDENCE_TYPES_MAX)
		return EVIDENCE_TYPES_MAX;
	type = &set->types[set->nr_types++];
	type->cache = cache;
	if (!object_type_by_name(&owner->cache, type_size, (void *)o->types, type->name))
		return EVIDENCE_TYPES_MAX;
	return set->nr_types - 1;
}

/* Functions of modules are known by their types alone. */
static bool is_function(const struct objects *o, uint64_t value, const char *name)
{
	const struct kernel_text *text = &o->j->allocator->kernel->text;
	const struct btf_block *block;

	if (range_has(&text->text, value))
		return true;
	return !range_has(&text->kernel, value) && kernel_types_function(o->types, name, &block);
}

static void object_classify(struct objects *o, struct evidence *e, const struct location *at)
{
	e->kind = EVIDENCE_POINTER;
	/* Nothing is known of the cache that is asked about. */
	if (!at->cache || at->index < 0 || at->cache == o->cache)
		return;
	e->type = type_of_cache(o, at->cache);
	e->inside = (uint32_t)at->offset;
	if (e->type != EVIDENCE_TYPES_MAX)
		e->kind = EVIDENCE_OBJECT;
}

/* An address of the kernel. */
static void pointer_classify(struct objects *o, struct evidence *e, uint64_t slot, uint64_t value)
{
	const struct allocator *a = o->j->allocator;
	struct target_symbol symbol = { 0 };
	struct location at;

	if (leads_back(a->memory, value + WORD, slot)) {
		e->kind = EVIDENCE_LIST;
		return;
	}
	if (leads_back(a->memory, value, slot - WORD)) {
		e->kind = leads_back(a->memory, slot - WORD, 0) ? EVIDENCE_HLIST_PREV
								: EVIDENCE_LIST_PREV;
		return;
	}
	at = a->ops->locate(a, value);
	if (at.kind == LOCATION_MAPPED)
		symbol = symbol_of(a->memory, value);
	if (symbol_is_near(&symbol)) {
		e->value = value;
		e->kind = symbol.offset			       ? EVIDENCE_IMAGE
			  : is_function(o, value, symbol.name) ? EVIDENCE_FUNCTION
							       : EVIDENCE_VARIABLE;
	} else if (location_is_memory(&at)) {
		object_classify(o, e, &at);
	}
}

static struct evidence classify(struct objects *o, uint64_t slot, uint64_t value)
{
	struct evidence e = { .kind = EVIDENCE_NONE };

	if (value && value < NUMBER_MAX)
		e.kind = EVIDENCE_NUMBER;
	else if (value >> 63 && value < (uint64_t)-MAX_ERRNO)
		pointer_classify(o, &e, slot, value);
	return e;
}

/* --- What they agree upon --- */

static bool is_pointer(enum evidence_kind kind)
{
	return kind != EVIDENCE_NONE && kind != EVIDENCE_NUMBER;
}

static bool is_same(const struct evidence *a, const struct evidence *b)
{
	return a->kind == b->kind && a->value == b->value && a->type == b->type &&
	       a->inside == b->inside;
}

/* Three of four. */
static bool is_most(uint32_t nr, uint32_t of)
{
	return nr && 4 * nr >= 3 * of;
}

/* The kind that most words have, and of these the most frequent one. */
static struct evidence agree(const struct evidence *words, uint32_t nr)
{
	uint32_t kinds[EVIDENCE_KINDS] = { 0 }, pointers = 0, most = 0;
	struct evidence best = { .kind = EVIDENCE_NONE };

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t same = 0;

		kinds[words[i].kind]++;
		pointers += is_pointer(words[i].kind);
		for (uint32_t k = 0; k < nr; k++)
			same += is_same(&words[i], &words[k]);
		if (same > most && words[i].kind != EVIDENCE_NONE) {
			most = same;
			best = words[i];
		}
	}
	best.nr = best.kind == EVIDENCE_OBJECT ? most : kinds[best.kind];
	if (best.kind == EVIDENCE_NONE || !is_most(best.nr, nr)) {
		best = (struct evidence){ .kind = EVIDENCE_POINTER, .nr = pointers };
		if (!is_most(pointers, nr))
			best.kind = EVIDENCE_NONE;
	}
	best.others = nr - best.nr;
	return best;
}

static void offset_ask(struct objects *o, uint32_t i)
{
	struct evidence words[EVIDENCE_OBJECTS_MAX], *e = &o->set->words[o->set->nr];
	uint32_t nr = 0;

	for (uint32_t k = 0; k < o->nr; k++) {
		uint64_t value = word_of(o, k, i);

		if (o->member[k] && value)
			words[nr++] = classify(o, o->addr[k] + i * WORD, value);
	}
	*e = agree(words, nr);
	e->offset = i * WORD;
	if (e->kind != EVIDENCE_NONE)
		o->set->nr++;
}

bool evidence_gather(struct evidence_set *set, struct judged *j, const struct kernel_types *types,
		     const struct location *at, const struct kin *kin)
{
	const struct cache_result *owner = judged_cache(j, at->cache);
	struct arena_mark mark = arena_mark(j->allocator->arena);
	struct objects o = {
		.j = j,
		.types = types,
		.set = set,
		.itself = at->addr - at->offset,
		.cache = at->cache,
	};

	*set = (struct evidence_set){ 0 };
	if (owner && at->index >= 0 && objects_read(&o, owner, at->page)) {
		if (!group_by_own(&o))
			group_by_kin(&o, kin);
		for (uint32_t k = 0; k < o.nr; k++)
			set->objects += o.member[k];
		set->itself = o.member[0];
		for (uint32_t i = 0; i < o.nr_words && set->objects; i++)
			offset_ask(&o, i);
	}
	arena_release(j->allocator->arena, mark);
	return set->nr;
}
