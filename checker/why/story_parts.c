/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/story_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "checker/image/escape.h"

const char *story_id(enum story_kind kind)
{
	static const char *const ids[STORY_KINDS] = {
#define X(id, text) text,
		STORIES(X)
#undef X
	};

	return ids[kind];
}

void object_card_fill(struct object_card *card, struct judged *j, const struct location *at,
		      int without)
{
	const struct cache_result *owner = judged_cache(j, at->cache);
	uint64_t object = at->addr - at->offset;

	*card = (struct object_card){ .at = *at };
	if (!owner || at->index < 0)
		return;
	card->cache = &owner->cache;
	card->look = judged_look(j, at);
	card->tracked = j->allocator->ops->tracks(j->allocator, owner, object, card->tracks);
	kin_find(&card->kin, j, at);
	if (!object_type_find(j->allocator->memory->target, card->cache, card->type))
		candidates_of_object(&card->candidates, j, at, &card->kin);
	object_owner_find(&card->owner, j, at);
	cpu_holders_find(&card->cpus, j, at, without);
}

bool object_card_kfence(struct object_card *card, const struct allocator *a, uint64_t addr)
{
	struct cache_view cache;

	*card = (struct object_card){ .at = a->ops->locate(a, addr) };
	card->in_kfence =
		a->debug && kfence_card_read(&card->kfence, a->memory, &a->debug->kfence, addr);
	if (!card->in_kfence || !allocator_has_cache(a, card->kfence.object.cache))
		return card->in_kfence;
	a->ops->view(a, card->kfence.object.cache, &cache);
	snprintf(card->kfence_cache, sizeof(card->kfence_cache), "%s", cache.name);
	return true;
}

void story_headline(struct story *s, enum story_kind kind, const char *format, ...)
{
	va_list args;

	s->kind = kind;
	va_start(args, format);
	vsnprintf(s->headline, sizeof(s->headline), format, args);
	va_end(args);
}

void story_settle(struct story *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->settle, sizeof(s->settle), format, args);
	va_end(args);
}

void story_about(struct story *s, struct judged *j, uint64_t object)
{
	struct location at = judged_locate(j, object);

	if (!at.cache || at.index < 0)
		return;
	s->has_object = true;
	object_card_fill(&s->object, j, &at, s->death.found ? s->death.fault.cpu : -1);
}

void story_mark(struct story *s, uint64_t first, uint64_t bytes)
{
	s->object.first = first;
	s->object.last = first + bytes - 1;
}

const char *story_object_name(struct judged *j, uint64_t object, char buf[128])
{
	struct location at = judged_locate(j, object);

	j->allocator->ops->describe(j->allocator, &at, buf, 128);
	return buf;
}

static const char *cache_text(const struct story *s, char buf[4 * CACHE_NAME_MAX])
{
	return s->object.cache ? text_escape(s->object.cache->name, buf, 4 * CACHE_NAME_MAX)
			       : "its cache";
}

void story_settle_by_watching(struct story *s, struct judged *j)
{
	char option[BOOT_OPTION_MAX], name[4 * CACHE_NAME_MAX];

	if (s->object.cache &&
	    j->allocator->ops->boot_option(j->allocator, s->object.cache, option))
		story_settle(s,
			     "slubcheck --refs %" PRIx64
			     " tells who still points there; boot with %s: "
			     "the report then names who freed the object",
			     s->object.at.addr - s->object.at.offset, option);
	else
		story_settle(s,
			     "the alloc/free tracks above, and who still holds a pointer into %s: "
			     "slubcheck --refs %" PRIx64,
			     cache_text(s, name), s->object.at.addr - s->object.at.offset);
}

enum object_state story_state(const struct story *s)
{
	return s->has_object && s->object.look ? s->object.look->near[1] : OBJECT_UNKNOWN;
}

bool story_of_registers(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	char name[128];

	for (size_t i = 0; i < d->nr_regs; i++) {
		const struct death_reg *r = &d->regs[i];
		const struct location *at = &r->word.at;

		if (r->word.kind != WORD_OBJECT || r->word.state != OBJECT_FREE)
			continue;
		story_about(s, j, r->word.value);
		story_headline(s, STORY_FREED_OBJECT, "%s points into %s, which is free", r->name,
			       story_object_name(j, at->addr - at->offset, name));
		opine(&s->opinions, CAUSE_USE_AFTER_FREE, 55, false,
		      "A register of the task points into a free object.");
		opinion_against(&s->opinions.opinions[0],
				"The register may be left over from before the free.");
		story_settle_by_watching(s, j);
		return true;
	}
	return false;
}
