/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/candidates.h"

#include <stdio.h>
#include <string.h>

#include "checker/image/symbol.h"
#include "checker/why/evidence.h"

/*
 * What a word says for or against a type. Only a match that chance does not make is strong: the parameters of a
 * function, an entry of a list that leads back, a pointer to just this type.
 */
enum {
	FOR_STRONG = 8,
	FOR_LIST = 6,
	FOR_FUNCTION = 4, /* a pointer to a function, whose parameters are not known */
	FOR_STRUCT = 3, /* a pointer to a structure, for a variable */
	FOR_POINTER = 1,
	NEUTRAL = 0,
	UNUSUAL = -1,
	AGAINST = -6,
	STRONG_MIN = FOR_LIST,
};

/* Types within so many points of the best are as good as it. */
#define CLOSE 2
#define TIED_MAX CANDIDATES_MAX
/* A pointer and a list entry, or two of either: with less, chance finds some type that fits. */
#define SCORE_MIN 14
#define TOP_MAX 8u

/* The function at an offset; @proto 0: its parameters are not known. */
struct function {
	const struct btf_block *block;
	uint32_t proto;
	char text[KIN_TEXT_MAX];
};

/* How well the members of a type at an offset fit. */
struct fit {
	const struct kernel_types *types;
	const struct btf_block *block; /* that the type is in */
	const struct evidence_set *set;
	const struct evidence *e;
	const struct function *function; /* EVIDENCE_FUNCTION */
	bool found;
	int best; /* of the members that lie there */
	char path[BTF_PATH_MAX]; /* of that one */
};

/* A pointer to what lies in an object whose type is known. */
static int object_fits(const struct fit *f, uint32_t pointee)
{
	const char *type = f->set->types[f->e->type].name, *name = btf_name(f->block, pointee);
	const struct btf_block *block;
	uint32_t id;

	if (!*name)
		return NEUTRAL;
	if (!f->e->inside && !strcmp(name, type))
		return FOR_STRONG;
	id = kernel_types_struct(f->types, type, &block);
	if (!id)
		return NEUTRAL;
	return btf_begins(block, id, f->e->inside, name) ? FOR_STRONG : AGAINST;
}

/* Parameters are compared by number, so in one block or in the kernel's own. */
static int function_fits(const struct fit *f, uint32_t proto)
{
	if (f->e->kind != EVIDENCE_FUNCTION)
		return AGAINST;
	if (!f->function || !f->function->proto ||
	    (f->function->block != f->block && f->function->block->base))
		return FOR_FUNCTION;
	return btf_same_proto(f->block, proto, f->function->proto) ? FOR_STRONG : AGAINST;
}

static bool is_entry(const struct fit *f, const struct btf_leaf *leaf)
{
	static const char *const entries[] = { "list_head", "hlist_node", "hlist_nulls_node",
					       "hlist_bl_node" };
	uint32_t offset = f->e->kind == EVIDENCE_LIST ? 0 : 8;
	const char *name = btf_name(f->block, leaf->parent);

	for (size_t i = f->e->kind == EVIDENCE_HLIST_PREV; i < sizeof(entries) / sizeof(*entries);
	     i++)
		if (leaf->parent_offset == offset && !strcmp(name, entries[i]))
			return true;
	return false;
}

static int pointer_fits(const struct fit *f, const struct btf_leaf *leaf)
{
	uint32_t pointee = btf_strip(f->block, btf_target(f->block, leaf->type), NULL);
	enum btf_kind kind = btf_kind_of(f->block, pointee);
	bool composite = kind == BTF_STRUCT || kind == BTF_UNION || kind == BTF_FWD;

	if (kind == BTF_FUNC_PROTO)
		return function_fits(f, pointee);
	switch (f->e->kind) {
	case EVIDENCE_FUNCTION:
		return composite ? AGAINST : NEUTRAL;
	case EVIDENCE_VARIABLE:
		return composite ? FOR_STRUCT : NEUTRAL;
	case EVIDENCE_LIST:
	case EVIDENCE_LIST_PREV:
	case EVIDENCE_HLIST_PREV:
		return is_entry(f, leaf) ? FOR_LIST : NEUTRAL;
	case EVIDENCE_OBJECT:
		return composite ? object_fits(f, pointee) : NEUTRAL;
	case EVIDENCE_NUMBER:
		return AGAINST;
	default:
		return FOR_POINTER;
	}
}

static int number_fits(const struct fit *f, const struct btf_leaf *leaf)
{
	if (f->e->kind == EVIDENCE_NUMBER)
		return FOR_POINTER;
	/* Buffers hold what they want, and an unsigned long can hold a pointer. */
	return leaf->size == 1 || (leaf->size == 8 && !leaf->within) ? UNUSUAL : AGAINST;
}

static bool leaf_take(void *ctx, const struct btf_leaf *leaf)
{
	struct fit *f = ctx;
	bool pointer = btf_kind_of(f->block, leaf->type) == BTF_PTR && !leaf->within;
	int score = pointer ? pointer_fits(f, leaf) : number_fits(f, leaf);

	if (f->found && score <= f->best)
		return false;
	f->found = true;
	f->best = score;
	snprintf(f->path, sizeof(f->path), "%s", leaf->path);
	return false;
}

/* --- Types --- */

struct search {
	const struct kernel_types *types;
	const struct evidence_set *set;
	struct function *functions; /* for each of the set's words */
	struct judged *j;
	struct candidates *out;
	struct candidate top[TOP_MAX];
	uint32_t nr_top;
};

/* What a type has at an offset that the objects agree upon. */
static int word_fits(const struct search *s, const struct btf_block *b, uint32_t id, uint32_t i,
		     char path[BTF_PATH_MAX])
{
	const struct evidence *e = &s->set->words[i];
	struct fit f = {
		.types = s->types, .block = b, .set = s->set, .e = e, .function = &s->functions[i]
	};
	bool beyond = e->offset >= btf_size(b, id);

	if (beyond)
		return e->kind == EVIDENCE_NUMBER ? NEUTRAL : UNUSUAL;
	btf_leaves(b, id, e->offset, leaf_take, &f);
	snprintf(path, BTF_PATH_MAX, "%s", f.path);
	return f.found ? f.best : e->kind == EVIDENCE_NUMBER ? NEUTRAL : AGAINST;
}

static void top_keep(struct search *s, const struct candidate *c)
{
	uint32_t i = s->nr_top;

	for (uint32_t k = 0; k < s->nr_top; k++)
		if (!strcmp(s->top[k].name, c->name))
			return;
	if (i == TOP_MAX && s->top[i - 1].score >= c->score)
		return;
	if (i < TOP_MAX)
		s->nr_top++;
	else
		i--;
	for (; i && s->top[i - 1].score < c->score; i--)
		s->top[i] = s->top[i - 1];
	s->top[i] = *c;
}

static void type_try(struct search *s, const struct btf_block *b, uint32_t id)
{
	struct candidate c = { .size = btf_size(b, id) };
	char path[BTF_PATH_MAX];
	bool against = false, strong = false;

	for (uint32_t i = 0; i < s->set->nr; i++) {
		int score = word_fits(s, b, id, i, path);

		c.score += score;
		c.fits += score > 0;
		against |= score == AGAINST;
		strong |= score >= STRONG_MIN;
	}
	s->out->fitting += !against;
	/* A type that is silent on most of what is there has some of its members at the right place by chance. */
	if (!strong || against || 2 * c.fits < s->set->nr)
		return;
	snprintf(c.name, sizeof(c.name), "%s", btf_name(b, id));
	top_keep(s, &c);
}

static bool is_of_size(const struct candidates *out, const struct btf_block *b, uint32_t id)
{
	uint32_t size = btf_size(b, id);

	return size <= out->most && (size >= out->least || (size && btf_is_open_ended(b, id)));
}

static void types_try(struct search *s)
{
	for (size_t i = 0; i < s->types->nr; i++) {
		const struct btf_block *b = &s->types->blocks[i];

		for (uint32_t id = b->first; id - b->first < b->nr; id++) {
			if (btf_kind_of(b, id) != BTF_STRUCT || !*btf_name(b, id) ||
			    !is_of_size(s->out, b, id))
				continue;
			s->out->of_size++;
			type_try(s, b, id);
		}
	}
}

static void functions_find(struct search *s)
{
	struct memory *memory = s->j->allocator->memory;

	for (uint32_t i = 0; i < s->set->nr; i++) {
		const struct evidence *e = &s->set->words[i];
		struct function *f = &s->functions[i];
		struct target_symbol symbol;

		if (e->kind != EVIDENCE_FUNCTION && e->kind != EVIDENCE_VARIABLE)
			continue;
		symbol = symbol_of(memory, e->value);
		if (!symbol.name)
			continue;
		symbol_text(&symbol, f->text, sizeof(f->text));
		f->proto = kernel_types_function(s->types, symbol.name, &f->block);
	}
}

/* "work.func at +0x18 is vmstat_update+0x0" */
static void evidence_say(char because[CANDIDATE_BECAUSE_MAX], const char *path,
			 const struct evidence_set *set, const struct evidence *e,
			 const char *symbol)
{
	char what[KIN_TEXT_MAX + 32] = "a pointer";

	if (e->kind == EVIDENCE_FUNCTION || e->kind == EVIDENCE_VARIABLE)
		snprintf(what, sizeof(what), "%s", symbol);
	else if (e->kind == EVIDENCE_LIST || e->kind == EVIDENCE_LIST_PREV ||
		 e->kind == EVIDENCE_HLIST_PREV)
		snprintf(what, sizeof(what), "an entry of a list");
	else if (e->kind == EVIDENCE_OBJECT)
		snprintf(what, sizeof(what), "a pointer into a struct %s",
			 set->types[e->type].name);
	snprintf(because, CANDIDATE_BECAUSE_MAX, "%s at +0x%x is %s", path, e->offset, what);
}

/* The strongest evidence for the first of the list. */
static void because_find(struct search *s)
{
	struct candidates *out = s->out;
	const struct btf_block *b;
	uint32_t id = kernel_types_struct(s->types, out->list[0].name, &b);
	int best = 0;

	for (uint32_t i = 0; id && i < s->set->nr; i++) {
		const struct evidence *e = &s->set->words[i];
		char path[BTF_PATH_MAX];
		int score = word_fits(s, b, id, i, path);

		if (score <= best)
			continue;
		best = score;
		evidence_say(out->because, path, s->set, e, s->functions[i].text);
	}
}

/* The best are told when they are few; then those behind them, if they have half of what speaks for the best. */
static void list_fill(struct search *s)
{
	struct candidates *out = s->out;
	uint32_t tied = 0;

	if (!s->nr_top || s->top[0].score < SCORE_MIN)
		return;
	while (tied < s->nr_top && s->top[tied].score >= s->top[0].score - CLOSE)
		tied++;
	if (tied > TIED_MAX)
		return;
	for (uint32_t i = 0; i < s->nr_top && i < CANDIDATES_MAX; i++)
		if (2 * s->top[i].score >= s->top[0].score)
			out->list[out->nr++] = s->top[i];
	if (out->nr)
		because_find(s);
}

void candidates_find(struct candidates *out, struct judged *j, const struct kernel_types *types,
		     const struct location *at, const struct kin *kin, uint64_t least,
		     uint64_t most)
{
	struct arena *arena = j->allocator->arena;
	struct arena_mark mark = arena_mark(arena);
	struct evidence_set *set = arena_alloc(arena, sizeof(*set));
	struct search *s = arena_alloc(arena, sizeof(*s));

	*out = (struct candidates){ .least = least, .most = most };
	if (set && s && evidence_gather(set, j, types, at, kin)) {
		*s = (struct search){ .types = types, .set = set, .j = j, .out = out };
		s->functions = arena_array(arena, set->nr, sizeof(*s->functions));
		out->objects = set->objects;
		out->itself = set->itself;
		out->offsets = set->nr;
		if (s->functions) {
			functions_find(s);
			types_try(s);
			list_fill(s);
		}
	}
	arena_release(arena, mark);
}

/* --- The sizes that a cache serves --- */

/* What is asked for with fewer bytes comes from a smaller cache of kmalloc(): the largest that is smaller. */
static uint64_t smaller_class(const struct allocator *a, uint64_t size)
{
	uint64_t best = 0;

	for (size_t i = 0; i < a->nr_caches; i++) {
		struct cache_view view;

		a->ops->view(a, a->caches[i], &view);
		if (view.status == TARGET_OK && object_type_is_mixed(&view) &&
		    view.object_size < size && view.object_size > best)
			best = view.object_size;
	}
	return best;
}

/* Caches are merged when their objects, aligned, are of the same size; to a cache line, at most. */
#define LINE 64u

void candidates_of_object(struct candidates *out, struct judged *j, const struct location *at,
			  const struct kin *kin)
{
	const struct cache_result *owner = judged_cache(j, at->cache);
	const struct kernel_types *types;
	uint64_t size, least;

	*out = (struct candidates){ 0 };
	if (!owner || at->index < 0)
		return;
	types = judged_types(j);
	if (!types)
		return;
	size = owner->cache.object_size;
	if (object_type_is_mixed(&owner->cache))
		least = smaller_class(j->allocator, size) + 1;
	else
		least = size >= LINE ? size - LINE + 1 : 1;
	candidates_find(out, j, types, at, kin, least, size);
}
