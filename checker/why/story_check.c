/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/story_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker/image/symbol.h"
#include "checker/why/link_search.h"

#define WORDS_MAX 6u

/* The long hexadecimal numbers of a line: addresses, and what was there in their place. */
static size_t words_of(const char *text, uint64_t words[WORDS_MAX])
{
	size_t nr = 0;

	while (*text && nr < WORDS_MAX) {
		size_t digits = strspn(text, "0123456789abcdef");

		if (digits == 16)
			words[nr++] = strtoull(text, NULL, 16);
		text += digits ? digits : 1;
	}
	return nr;
}

static bool is_id(const struct complaint *said, const char *id)
{
	return said && !strcmp(said->pattern->id, id);
}

/* A word of the report is the freepointer of a free object. */
static bool tells_of_link(struct story *s, struct judged *j, const uint64_t *words, size_t nr)
{
	struct link_found link;
	struct word word;
	char name[128];

	for (size_t i = 0; i < nr; i++) {
		word_find(&word, j, words[i]);
		if (word.kind == WORD_OBJECT || word.kind < WORD_POISON_FREE ||
		    !link_search(&link, j, words[i], 0))
			continue;
		story_about(s, j, link.object);
		story_mark(s, link.slot, 8);
		story_headline(s, STORY_FREED_OBJECT,
			       "a check met a freed object: it read the freepointer of %s, which "
			       "is free",
			       story_object_name(j, link.object, name));
		opine(&s->opinions, CAUSE_USE_AFTER_FREE, 96, true,
		      "The kernel says that it read %016llx, which is what the allocator stored in "
		      "the object when it was freed.",
		      (unsigned long long)words[i]);
		story_settle_by_watching(s, j);
		return true;
	}
	return false;
}

/* A word of the report points into an object: into a free one, where one does. */
static bool about_words(struct story *s, struct judged *j, const uint64_t *words, size_t nr)
{
	uint64_t found = 0;

	for (size_t i = 0; i < nr; i++) {
		struct word word;

		word_find(&word, j, words[i]);
		if (word.kind != WORD_OBJECT || (found && word.state != OBJECT_FREE))
			continue;
		found = words[i];
		if (word.state == OBJECT_FREE)
			break;
	}
	if (found)
		story_about(s, j, found);
	return s->has_object;
}

/* list_add() and list_del() check the entries beside the one that they are given. */
static bool tells_of_list(struct story *s, struct judged *j, const struct complaint *said)
{
	bool poison = strstr(said->line->text, "LIST_POISON") != NULL;
	char name[128];

	if (!s->has_object)
		return false;
	story_object_name(j, s->object.at.addr - s->object.at.offset, name);
	if (story_state(s) == OBJECT_FREE) {
		story_headline(s, STORY_FREED_OBJECT,
			       "a check of a list met an entry in %s, which is free", name);
		opine(&s->opinions, CAUSE_USE_AFTER_FREE, 85, false,
		      "The kernel names the entry, and its object is free.");
		story_settle_by_watching(s, j);
		return true;
	}
	if (!poison)
		return false;
	story_headline(s, STORY_DELETED_ENTRY,
		       "an entry in %s was deleted from its list a second time: it holds "
		       "LIST_POISON",
		       name);
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, 40, false,
	      "Who deletes an entry twice may free its object twice as well.");
	opinion_against(&s->opinions.opinions[0], "The object is allocated.");
	story_settle(s, "look for the two paths that delete the entry, and for what keeps them "
			"apart");
	return true;
}

static bool is_of_cache(const struct word *w, struct judged *j, const char *cache)
{
	const struct cache_result *owner = judged_cache(j, w->at.cache);

	return *cache && owner && !strcmp(owner->cache.name, cache);
}

/* The kernel names no object, but its cache: a register that points to the start of one of them. */
static bool about_cache(struct story *s, struct judged *j, const struct complaint *said)
{
	const struct death *d = &s->death;
	const struct word *found = NULL;

	for (size_t i = 0; i < d->nr_regs; i++) {
		const struct word *w = &d->regs[i].word;

		if (w->kind != WORD_OBJECT || w->at.kind != LOCATION_OBJECT ||
		    (!is_of_cache(w, j, said->cache) && !is_of_cache(w, j, said->other_cache)))
			continue;
		if (found && found->value != w->value)
			return false;
		found = w;
	}
	if (found)
		story_about(s, j, found->value);
	return s->has_object;
}

/* A check of the allocator, of a copy or of a reference count. */
static void tell_check(struct story *s, struct judged *j)
{
	char where[160] = "a function without a name", name[128], of[160] = "";

	if (s->death.symbol.name)
		symbol_text(&s->death.symbol, where, sizeof(where));
	if (s->has_object)
		snprintf(of, sizeof(of), ": %s",
			 story_object_name(j, s->object.at.addr - s->object.at.offset, name));
	story_headline(s, STORY_CHECK_FAILED, "%s in %s%s",
		       s->death.fault.warned ? "the kernel panicked on a warning"
					     : "a check of the kernel failed",
		       where, of);
}

void story_of_check(struct story *s, struct judged *j, const struct complaint *said)
{
	uint64_t words[WORDS_MAX];
	size_t nr = said ? words_of(said->line->text, words) : 0;

	if (tells_of_link(s, j, words, nr))
		return;
	if (about_words(s, j, words, nr) && is_id(said, "list-corruption") &&
	    tells_of_list(s, j, said))
		return;
	if (!s->has_object && said && (said->cache[0] || said->other_cache[0]))
		about_cache(s, j, said);
	if (s->has_object || !story_of_registers(s, j))
		tell_check(s, j);
}
