/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/story_fault.h"

#include <inttypes.h>
#include <stdio.h>

#include "checker/image/symbol.h"
#include "checker/why/damage.h"
#include "checker/why/link_search.h"

/* How far behind a pointer the member lies that is accessed, at most; of larger types few are followed. */
#define MEMBER_REACH UINT64_C(4096)

static const struct death_reg *base_of(const struct death *d)
{
	return d->fault.base >= 0 ? &d->regs[d->fault.base] : NULL;
}

/* "rax", or "the address 0x..." where no register has it. */
static const char *pointer_name(const struct death *d, char buf[64])
{
	const struct death_reg *base = base_of(d);

	if (base)
		snprintf(buf, 64, "%s", base->name);
	else
		snprintf(buf, 64, "the address 0x%" PRIx64, d->fault.address);
	return buf;
}

static bool source_is_object(const struct death *d)
{
	return d->source.address && d->source.at.cache && d->source.at.index >= 0;
}

/* Makes the object that the pointer lay in the one of the story; false: it lay in none. */
static bool about_source(struct story *s, struct judged *j)
{
	const struct death_source *source = &s->death.source;

	if (!source_is_object(&s->death))
		return false;
	story_about(s, j, source->address);
	story_mark(s, source->address, 8);
	return s->has_object;
}

/* "+0x18 in object 3 of kmalloc-64" */
static const char *source_name(const struct story *s, struct judged *j, char buf[160])
{
	const struct location *at = &s->death.source.at;
	char name[128];

	snprintf(buf, 160, "+0x%" PRIx64 " in %s", at->offset,
		 story_object_name(j, at->addr - at->offset, name));
	return buf;
}

/* --- A freed object that was read --- */

static void tell_link(struct story *s, struct judged *j, const struct link_found *link,
		      bool encoded)
{
	char name[128], pointer[64];

	story_about(s, j, link->object);
	story_mark(s, link->slot, 8);
	pointer_name(&s->death, pointer);
	story_headline(s, STORY_FREED_OBJECT,
		       "a freed object was used: %s is the freepointer of %s, which is free",
		       pointer, story_object_name(j, link->object, name));
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, encoded ? 96 : 80, encoded,
	      "%s is what the allocator stored in the object when it was freed; the task followed "
	      "it as a pointer.",
	      pointer);
	story_settle_by_watching(s, j);
}

/* The pointer is the freepointer of a free object, which a register may still point to. */
static bool tells_of_link(struct story *s, struct judged *j)
{
	const struct death_reg *base = base_of(&s->death);
	struct link_found link;

	if (base && base->word.kind == WORD_LINK) {
		link = (struct link_found){ base->word.object,
					    base->from ? base->holder + base->offset
						       : base->word.object,
					    base->word.value };
		tell_link(s, j, &link, base->encoded);
		return true;
	}
	if (base ? base->word.kind < WORD_POISON_FREE : s->death.target.kind < WORD_POISON_FREE)
		return false;
	if (!link_search(&link, j, s->death.fault.address, MEMBER_REACH))
		return false;
	tell_link(s, j, &link, true);
	return true;
}

static void tell_poison(struct story *s, struct judged *j, const char *pointer)
{
	char name[160];

	if (story_state(s) == OBJECT_ALLOCATED) {
		story_headline(s, STORY_DAMAGED_OBJECT,
			       "a pointer that was never set was followed: %s, from %s, is the "
			       "poison that SLUB left in an allocated object",
			       pointer, source_name(s, j, name));
		return;
	}
	story_headline(s, STORY_FREED_OBJECT,
		       "a freed object was used: %s is the poison of a free object%s%s", pointer,
		       s->has_object ? ", from " : "",
		       s->has_object ? source_name(s, j, name) : "");
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, 92, false,
	      "Only memory of a cache with poison that was freed, or not set since, holds 6b "
	      "bytes.");
}

static void tell_list_poison(struct story *s, const char *pointer)
{
	bool free = story_state(s) == OBJECT_FREE, live = story_state(s) == OBJECT_ALLOCATED;

	story_headline(s, free ? STORY_FREED_OBJECT : STORY_DELETED_ENTRY,
		       "a list entry was used after it was deleted from its list%s: %s is "
		       "LIST_POISON",
		       free ? " and freed" : "", pointer);
	opine(&s->opinions, CAUSE_USE_AFTER_FREE,
	      free   ? 85
	      : live ? 40
		     : 50,
	      false,
	      free ? "The entry is in a free object."
		   : "list_del() leaves LIST_POISON in the entry, which most often is freed then.");
	if (!free)
		opinion_against(&s->opinions.opinions[0],
				"An entry that is deleted twice looks the same without a free.");
}

/* The pointer is a word that the kernel writes where nothing may be read any more. */
static bool tells_of_pattern(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	const struct death_reg *base = base_of(d);
	enum word_kind kind = base ? base->word.kind : d->target.kind;
	char pointer[64];

	if (kind != WORD_POISON_FREE && kind != WORD_LIST_POISON)
		kind = d->target.kind;
	if (kind != WORD_POISON_FREE && kind != WORD_LIST_POISON)
		return false;
	about_source(s, j);
	pointer_name(d, pointer);
	if (kind == WORD_POISON_FREE)
		tell_poison(s, j, pointer);
	else
		tell_list_poison(s, pointer);
	if (s->kind == STORY_DELETED_ENTRY && s->has_object)
		story_settle(s, "look for who deleted the entry, and for who goes on from it");
	else if (s->has_object)
		story_settle_by_watching(s, j);
	else
		story_settle(s, "find the entry or object that held the word (-s, --refs), and who "
				"freed it");
	return true;
}

/* --- Where the pointer came from --- */

/* The pointer lay in an object that is free. */
static bool tells_of_freed_source(struct story *s, struct judged *j)
{
	char name[160], pointer[64];

	if (!about_source(s, j) || story_state(s) != OBJECT_FREE) {
		s->has_object = false;
		return false;
	}
	story_headline(s, STORY_FREED_OBJECT,
		       "a freed object was used: the pointer in %s lies at %s, which is free",
		       pointer_name(&s->death, pointer), source_name(s, j, name));
	opine(&s->opinions, CAUSE_USE_AFTER_FREE, s->death.source.loaded ? 90 : 85, false,
	      "The object that the pointer was loaded from is free.");
	story_settle_by_watching(s, j);
	return true;
}

static const char *function_name(const struct death *d, char buf[160])
{
	snprintf(buf, 160, "a function without a name");
	if (d->symbol.name)
		symbol_text(&d->symbol, buf, 160);
	return buf;
}

/* NULL, or a member behind it. */
static bool is_null(const struct death *d)
{
	const struct death_reg *base = base_of(d);

	return d->target.at.kind == LOCATION_NULL ||
	       (base && !base->word.value && d->target.at.kind == LOCATION_USER);
}

static void tell_null(struct story *s, struct judged *j)
{
	char name[160], from[160];
	bool known = about_source(s, j);

	function_name(&s->death, name);
	if (s->death.fault.jumped)
		story_headline(s, STORY_NULL_POINTER, "%s called a function that is NULL%s%s", name,
			       known ? ": it lies at " : "", known ? source_name(s, j, from) : "");
	else
		story_headline(s, STORY_NULL_POINTER,
			       "%s followed a NULL pointer to offset 0x%" PRIx64 "%s%s", name,
			       s->death.target.value, known ? ": it lies at " : "",
			       known ? source_name(s, j, from) : "");
	story_settle(s, "the pointer was never set, or was cleared by who gave the object up");
}

static bool tells_of_null(struct story *s, struct judged *j)
{
	if (!is_null(&s->death))
		return false;
	/* Without the word that was loaded, an object that is free is the better explanation. */
	if (s->death.source.address || !story_of_registers(s, j))
		tell_null(s, j);
	return true;
}

static bool tells_of_error(struct story *s, struct judged *j)
{
	const struct death_reg *base = base_of(&s->death);
	char name[160];

	if (!base || base->word.kind != WORD_ERROR)
		return false;
	about_source(s, j);
	story_headline(s, STORY_BAD_POINTER,
		       "%s followed the error code %" PRId64 " in %s as if it were a pointer",
		       function_name(&s->death, name), (int64_t)base->word.value, base->name);
	story_settle(s, "look at what returned it: its caller did not check with IS_ERR()");
	return true;
}

/* --- A pointer that was right once --- */

#define FIRST_BIT 30u

/* The object that a pointer leads to when one bit is put back; false: none, or several. */
static bool bit_find(struct judged *j, uint64_t value, enum location_kind kind, uint64_t *object,
		     unsigned int *bit)
{
	unsigned int nr = 0;

	for (unsigned int b = FIRST_BIT; b < 64; b++) {
		struct location at =
			j->allocator->ops->locate(j->allocator, value ^ UINT64_C(1) << b);

		if (at.kind != kind || at.index < 0)
			continue;
		*object = at.addr;
		*bit = b;
		nr++;
	}
	return nr == 1;
}

/* A pointer with one bit flipped. */
static bool tells_of_bit(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	const struct death_reg *base = base_of(d);
	uint64_t value = base ? base->word.value : d->fault.address, object;
	char name[128], pointer[64], from[176] = "", source[160];
	bool start, kernel = base && base->word.kind == WORD_OBJECT;
	unsigned int bit;

	if (kernel || d->fault.jumped)
		return false;
	start = bit_find(j, value, LOCATION_OBJECT, &object, &bit);
	if (!start && !bit_find(j, value, LOCATION_INSIDE, &object, &bit))
		return false;
	if (about_source(s, j))
		snprintf(from, sizeof(from), ", from %s,", source_name(s, j, source));
	else
		story_about(s, j, object);
	story_headline(s, STORY_BAD_POINTER, "%s%s is the address of %s but for bit %u",
		       pointer_name(d, pointer), from, story_object_name(j, object, name), bit);
	opine(&s->opinions, CAUSE_BIT_FLIP, start ? 70 : 55, false,
	      "With bit %u put back the pointer leads to %s.", bit,
	      start ? "the start of an object" : "an object");
	story_settle(s, "check the memory of the machine (EDAC, MCE, memtest) when nothing in the "
			"kernel changes single bits of this pointer");
	return true;
}

/* What modules leave behind holds int3 only since 6.13, and stays mapped. */
static bool is_freed_text(const struct death *d)
{
	return d->fault.jumped && d->fault.kind == TRAP_BREAKPOINT;
}

/* A pointer to memory of the kernel that is not mapped was right once more often than not. */
static bool was_mapped_once(const struct word *w)
{
	return w->kind == WORD_UNMAPPED || w->kind == WORD_SYMBOL;
}

/* An object of a cache that was destroyed has outlived the module that it calls. */
static void settle_of_gone(struct story *s, struct judged *j)
{
	if (judged_is_destroyed(j, s->object.at.cache))
		story_settle(s,
			     "the cache was destroyed before this object was freed: look for who "
			     "should have freed it, and stopped what still uses it, before "
			     "kmem_cache_destroy()");
	else
		story_settle(s, "look for who freed or unloaded what the word leads to");
}

/* The pointer lay in an object that is allocated. */
static bool tells_of_source(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	const struct death_reg *base = base_of(d);
	const struct word *w = base ? &base->word : &d->target;
	char name[160], pointer[64];
	const char *next;

	if (!about_source(s, j))
		return false;
	pointer_name(d, pointer);
	source_name(s, j, name);
	if (was_mapped_once(w) || is_freed_text(d)) {
		story_headline(s, STORY_BAD_POINTER,
			       is_freed_text(d)
				       ? "the function in %s, from %s, was freed: nothing but int3 "
					 "is left of its text"
				       : "the pointer in %s, from %s, leads to memory that is not "
					 "mapped: it was freed or unloaded, or the word was "
					 "overwritten",
			       pointer, name);
		settle_of_gone(s, j);
		return true;
	}
	story_headline(s, STORY_DAMAGED_OBJECT,
		       "the bad pointer in %s lies at %s: that word was overwritten, or never set",
		       pointer, name);
	damage_opine(&s->opinions, j, d->source.address - d->source.at.offset, d->source.address,
		     w->value);
	next = cause_next(diagnosis_cause(&s->opinions));
	story_settle(s, "%s",
		     next ? next
			  : "compare the word with the same member in other objects of the cache");
	return true;
}

/* --- No object --- */

/* "; the pointer lies at a slab of a cache that was destroyed", where that is all that is known of it. */
static const char *remains_text(struct story *s, struct judged *j, char buf[176])
{
	const struct death_source *source = &s->death.source;
	char name[128];

	buf[0] = '\0';
	if (!source->address || source->at.kind != LOCATION_SLAB || source->at.unsure)
		return buf;
	snprintf(buf, 176, "; the pointer lies at %s", story_object_name(j, source->address, name));
	story_settle(s, "look for who still uses the object: its cache is not on slab_caches");
	return buf;
}

static void tell_rest(struct story *s, struct judged *j)
{
	const struct death *d = &s->death;
	char name[160], remains[176];

	remains_text(s, j, remains);
	if (is_freed_text(d))
		story_headline(s, STORY_BAD_POINTER,
			       "%s called 0x%" PRIx64 ", which is not a function: the text there "
			       "was freed%s",
			       function_name(d, name), d->fault.address, remains);
	else if (d->fault.jumped)
		story_headline(s, STORY_BAD_POINTER,
			       "%s called 0x%" PRIx64 ", which is not code: %.96s%s",
			       function_name(d, name), d->fault.address, d->target.text, remains);
	else
		story_headline(s, STORY_BAD_POINTER, "%s followed a pointer to %.96s%s",
			       function_name(d, name), d->target.text, remains);
}

void story_of_fault(struct story *s, struct judged *j)
{
	if (tells_of_link(s, j) || tells_of_pattern(s, j) || tells_of_freed_source(s, j) ||
	    tells_of_error(s, j) || tells_of_null(s, j) || tells_of_bit(s, j) ||
	    tells_of_source(s, j))
		return;
	/* What a variable or the stack held tells nothing of a free object that a register has. */
	if (s->death.source.address || !story_of_registers(s, j))
		tell_rest(s, j);
}
