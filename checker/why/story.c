/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/escape.h"
#include "checker/image/symbol.h"
#include "checker/why/damage.h"

const char *story_id(enum story_kind kind)
{
	static const char *const ids[STORY_KINDS] = {
#define X(id, text) text,
		STORIES(X)
#undef X
	};

	return ids[kind];
}

__attribute__((format(printf, 3, 4))) static void headline(struct story *s, enum story_kind kind,
							   const char *format, ...)
{
	va_list args;

	s->kind = kind;
	va_start(args, format);
	vsnprintf(s->headline, sizeof(s->headline), format, args);
	va_end(args);
}

__attribute__((format(printf, 2, 3))) static void settle(struct story *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->settle, sizeof(s->settle), format, args);
	va_end(args);
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
	object_owner_find(&card->owner, j, at);
	cpu_holders_find(&card->cpus, j, at, without);
}

static void about(struct story *s, struct judged *j, uint64_t object)
{
	struct location at = j->allocator->ops->locate(j->allocator, object);

	if (!at.cache || at.index < 0)
		return;
	s->has_object = true;
	object_card_fill(&s->object, j, &at, s->death.found ? s->death.fault.cpu : -1);
}

static void mark(struct story *s, uint64_t first, uint64_t bytes)
{
	s->object.first = first;
	s->object.last = first + bytes - 1;
}

/* "object 3 of kmalloc-64" */
static const char *object_name(struct judged *j, uint64_t object, char buf[128])
{
	struct location at = j->allocator->ops->locate(j->allocator, object);

	j->allocator->ops->describe(j->allocator, &at, buf, 128);
	return buf;
}

static const char *cache_text(const struct story *s, char buf[4 * CACHE_NAME_MAX])
{
	return s->object.cache ? text_escape(s->object.cache->name, buf, 4 * CACHE_NAME_MAX)
			       : "its cache";
}

static void settle_by_watching(struct story *s, struct judged *j)
{
	char option[BOOT_OPTION_MAX], name[4 * CACHE_NAME_MAX];

	if (s->object.cache &&
	    j->allocator->ops->boot_option(j->allocator, s->object.cache, option))
		settle(s,
		       "boot with %s: the report then names who freed the object; KASAN and "
		       "KFENCE name the access as well",
		       option);
	else
		settle(s, "the alloc/free tracks above, and who still holds a pointer into %s",
		       cache_text(s, name));
}

/* A register with the freepointer of a free object: whoever loaded it read the object after its free. */
static bool tells_of_link(struct story *s, struct judged *j)
{
	char name[128];

	for (size_t i = 0; i < s->death.nr_regs; i++) {
		const struct death_reg *r = &s->death.regs[i];

		if (r->word.kind != WORD_LINK)
			continue;
		about(s, j, r->word.object);
		mark(s, r->word.object + (r->from ? r->offset : 0), 8);
		headline(s, STORY_FREED_OBJECT,
			 "a freed object was used: %s holds the freepointer of %s, which is free",
			 r->name, object_name(j, r->word.object, name));
		opine(&s->opinions, CAUSE_USE_AFTER_FREE, r->encoded ? 96 : 80, r->encoded,
		      "%s is what the allocator stored in the object when it was freed; the task "
		      "loaded it as a pointer.",
		      r->name);
		settle_by_watching(s, j);
		return true;
	}
	return false;
}

/* What the object is that the story is about. */
static enum object_state state_of(const struct story *s)
{
	return s->has_object && s->object.look ? s->object.look->near[1] : OBJECT_UNKNOWN;
}

static void tell_poison(struct story *s, const char *where)
{
	if (state_of(s) == OBJECT_ALLOCATED) {
		headline(s, STORY_DAMAGED_OBJECT,
			 "a pointer that was never set was followed: %s is the poison that SLUB "
			 "left in an allocated object",
			 where);
		return;
	}
	headline(s, STORY_FREED_OBJECT,
		 "a freed object was used: %s is the poison of a free object", where);
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, 92, false,
	      "Only memory of a cache with poison that was freed, or not set since, holds 6b "
	      "bytes.");
}

static void tell_list_poison(struct story *s, const char *where)
{
	bool free = state_of(s) == OBJECT_FREE;

	headline(s, free ? STORY_FREED_OBJECT : STORY_DELETED_ENTRY,
		 "a list entry was used after it was deleted from its list%s: %s is LIST_POISON",
		 free ? " and freed" : "", where);
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, free ? 85 : 50, false,
	      free ? "The entry is in a free object."
		   : "list_del() leaves LIST_POISON in the entry, which most often is freed then.");
	if (!free)
		opinion_against(&s->opinions.opinions[0],
				"An entry that is deleted twice looks the same without a free.");
}

/* The value of the faulting address or of a register tells what was read. */
static bool tells_of_pattern(struct story *s, struct judged *j, const struct word *w,
			     const char *where, const struct death_reg *from)
{
	if (w->kind != WORD_POISON_FREE && w->kind != WORD_LIST_POISON)
		return false;
	if (from && from->from) {
		about(s, j, from->holder);
		mark(s, from->holder + from->offset, 8);
	}
	if (w->kind == WORD_POISON_FREE)
		tell_poison(s, where);
	else
		tell_list_poison(s, where);
	settle(s, "find the entry or object that held the word (-s, --refs), and who freed it");
	return true;
}

static bool tells_of_patterns(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	char where[64];

	if (d->fault.base >= 0 &&
	    tells_of_pattern(s, j, &d->regs[d->fault.base].word, d->regs[d->fault.base].name,
			     &d->regs[d->fault.base]))
		return true;
	snprintf(where, sizeof(where), "the address 0x%" PRIx64, d->target.value);
	return d->fault.kind != TRAP_BUG && tells_of_pattern(s, j, &d->target, where, NULL);
}

static void tell_freed_origin(struct story *s, struct judged *j, const struct death_reg *r,
			      const char *name)
{
	headline(
		s, STORY_FREED_OBJECT,
		"a freed object was used: the bad pointer in %s lies at +0x%x in %s, which is free",
		r->name, r->offset, name);
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, 85, false,
	      "The object that the pointer was loaded from is free.");
	settle_by_watching(s, j);
}

/* A pointer to memory of the kernel that is not mapped was right once more often than not. */
static bool was_mapped_once(const struct word *w)
{
	return w->kind == WORD_UNMAPPED || w->kind == WORD_SYMBOL;
}

/* The bad pointer lies in an object that a register points into. */
static bool tells_of_origin(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	const struct death_reg *r;
	char name[128];

	if (d->fault.kind == TRAP_BUG || d->fault.base < 0 || !d->regs[d->fault.base].from)
		return false;
	r = &d->regs[d->fault.base];
	about(s, j, r->holder);
	mark(s, r->holder + r->offset, 8);
	object_name(j, r->holder, name);
	if (state_of(s) == OBJECT_FREE) {
		tell_freed_origin(s, j, r, name);
		return true;
	}
	if (was_mapped_once(&r->word)) {
		headline(s, STORY_BAD_POINTER,
			 "the pointer in %s, from +0x%x in %s, leads to memory that is not mapped: "
			 "it was freed or unloaded, or the word was overwritten",
			 r->name, r->offset, name);
		return true;
	}
	headline(
		s, STORY_DAMAGED_OBJECT,
		"the bad pointer in %s lies at +0x%x in %s: that word was overwritten, or never set",
		r->name, r->offset, name);
	damage_opine(&s->opinions, j, r->holder, r->holder + r->offset, r->word.value);
	settle(s,
	       "compare the word with the same member in other objects of the cache; look at the "
	       "object before it for an overflow");
	return true;
}

/* The task was at work on an object that is free. */
static bool tells_of_free_object(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	char name[128];

	for (size_t i = 0; i < d->nr_regs; i++) {
		const struct death_reg *r = &d->regs[i];

		if (r->word.kind != WORD_OBJECT || r->word.state != OBJECT_FREE)
			continue;
		about(s, j, r->word.value);
		headline(s, STORY_FREED_OBJECT, "%s points into %s, which is free", r->name,
			 object_name(j, r->word.value, name));
		opine(&s->opinions, CAUSE_USE_AFTER_FREE, 55, false,
		      "A register of the task points into a free object.");
		opinion_against(&s->opinions.opinions[0],
				"The register may be left over from before the free.");
		settle_by_watching(s, j);
		return true;
	}
	return false;
}

#define BITS_TRIED 63

/* A pointer with one bit flipped leads to an object again when the bit is put back. */
static bool tells_of_bit(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	uint64_t value = d->fault.base >= 0 ? d->regs[d->fault.base].word.value : 0, found = 0;
	unsigned int nr = 0, bit = 0;
	char name[128];

	if (!value || d->fault.kind == TRAP_BUG || d->regs[d->fault.base].word.kind == WORD_OBJECT)
		return false;
	for (unsigned int b = 30; b <= BITS_TRIED; b++) {
		struct location at =
			j->allocator->ops->locate(j->allocator, value ^ UINT64_C(1) << b);

		if (at.kind != LOCATION_OBJECT)
			continue;
		found = at.addr;
		bit = b;
		nr++;
	}
	if (nr != 1)
		return false;
	about(s, j, found);
	headline(s, STORY_BAD_POINTER, "%s is the address of %s but for bit %u",
		 d->regs[d->fault.base].name, object_name(j, found, name), bit);
	opine(&s->opinions, CAUSE_BIT_FLIP, 70, false,
	      "With bit %u put back the pointer leads to the start of an object.", bit);
	settle(s, "check the memory of the machine (EDAC, MCE, memtest) when nothing in the kernel "
		  "changes single bits of this pointer");
	return true;
}

static void tell_rest(struct story *s)
{
	const struct death *d = &s->death;
	char name[160] = "a function without a name";

	if (d->symbol.name)
		symbol_text(&d->symbol, name, sizeof(name));
	if (d->fault.kind == TRAP_BUG) {
		headline(s, STORY_CHECK_FAILED, "%s in %s",
			 d->fault.warned ? "the kernel panicked of a warning"
					 : "a check of the kernel failed",
			 name);
		return;
	}
	if (d->fault.base >= 0 && d->regs[d->fault.base].word.kind == WORD_ERROR) {
		headline(s, STORY_BAD_POINTER,
			 "%s followed the error code %" PRId64 " in %s as if it were a pointer",
			 name, (int64_t)d->regs[d->fault.base].word.value,
			 d->regs[d->fault.base].name);
		settle(s, "look at what returned it: its caller did not check with IS_ERR()");
		return;
	}
	if (d->target.at.kind == LOCATION_NULL) {
		headline(s, STORY_NULL_POINTER, "%s followed a NULL pointer to offset 0x%" PRIx64,
			 name, d->target.value);
		settle(s, "the pointer was never set, or was cleared by who gave the object up");
		return;
	}
	headline(s, STORY_BAD_POINTER, "%s %s %.96s", name,
		 d->fault.jumped ? "called what is not code:" : "followed a pointer to",
		 d->target.text);
}

static void tell_finding(struct story *s, struct judged *j, const struct finding *f)
{
	headline(s, STORY_FINDING, "the allocator is damaged: %s in %.96s", finding_info(f->id)->id,
		 f->cache_name ? f->cache_name : "no cache");
	s->finding = f;
	if (f->diagnosis)
		s->opinions = *f->diagnosis;
	if (!(f->has & FINDING_HAS_OBJECT))
		return;
	about(s, j, f->object);
	if (f->has & FINDING_HAS_BYTES) {
		s->object.first = f->bytes.first;
		s->object.last = f->bytes.last;
	} else if (f->diagnosis && f->diagnosis->has_extent) {
		s->object.first = f->diagnosis->extent_first;
		s->object.last = f->diagnosis->extent_last;
	} else if (f->has & FINDING_HAS_SLOT) {
		mark(s, f->slot, 8);
	}
}

void story_find(struct story *s, struct judged *j, const struct finding *finding, uint64_t corrupt,
		bool unseen)
{
	*s = (struct story){ .allocator_innocent = !corrupt && !unseen };
	death_find(&s->death, j);
	if (finding)
		tell_finding(s, j, finding);
	else if (!s->death.found)
		headline(s, STORY_NO_EXCEPTION,
			 "no exception of the kernel is in the dump: it was stopped, or called "
			 "panic() itself");
	else if (!tells_of_link(s, j) && !tells_of_patterns(s, j) && !tells_of_bit(s, j) &&
		 !tells_of_origin(s, j) && !tells_of_free_object(s, j))
		tell_rest(s);
	if (!finding)
		diagnosis_rank(&s->opinions);
}

static bool about_of(const struct object_card *card, struct said_about *about)
{
	if (!card->cache)
		return false;
	*about = (struct said_about){ .start = card->at.addr - card->at.offset,
				      .size = card->cache->size,
				      .page = card->at.page,
				      .cache = card->cache->addr,
				      .name = card->cache->name };
	return true;
}

/* A check that failed has said which object it met: that is what the story is about. */
static void object_said(struct story *s, struct judged *j, const struct complaints *complaints)
{
	const struct complaint *c = said_at_death(complaints, &s->death);

	for (unsigned int i = 0; c && i < c->nr_addresses && !s->has_object; i++)
		if (!c->regs[i])
			about(s, j, c->addresses[i]);
}

void story_hear(struct story *s, struct judged *j, const struct complaints *complaints)
{
	struct said_about about;
	bool known;

	if (!complaints->known)
		return;
	if (s->kind == STORY_CHECK_FAILED)
		object_said(s, j, complaints);
	known = s->has_object && about_of(&s->object, &about);
	said_find(&s->said, complaints, known ? &about : NULL, &s->death);
	said_weigh(&s->said, &s->opinions);
}

void object_card_hear(struct object_card *card, const struct complaints *complaints)
{
	struct said_about about;

	if (complaints->known && about_of(card, &about))
		said_find(&card->said, complaints, &about, NULL);
}
