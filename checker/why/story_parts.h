/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_STORY_PARTS_H
#define SLUBCHECK_CHECKER_WHY_STORY_PARTS_H
/*
 * What a story is, and what it is made of.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/debug/kfence.h"
#include "checker/findings/diagnosis.h"
#include "checker/why/candidates.h"
#include "checker/why/cpu_holders.h"
#include "checker/why/death.h"
#include "checker/why/extent.h"
#include "checker/why/kin.h"
#include "checker/why/object_type.h"
#include "checker/why/owner.h"
#include "checker/why/said.h"
#include "checker/why/word.h"

/* X(ID, "id") */
#define STORIES(X)                             \
	X(UNKNOWN, "unknown")                  \
	X(FINDING, "allocator-damaged")        \
	X(FREED_OBJECT, "freed-object-used")   \
	X(DAMAGED_OBJECT, "object-damaged")    \
	X(DELETED_ENTRY, "deleted-entry-used") \
	X(NULL_POINTER, "null-pointer")        \
	X(BAD_POINTER, "bad-pointer")          \
	X(CHECK_FAILED, "check-failed")        \
	X(TRAP, "trap")                        \
	X(NO_EXCEPTION, "no-exception")

enum story_kind {
#define X(id, text) STORY_##id,
	STORIES(X)
#undef X
		STORY_KINDS
};

/** story_id() - Stable name for programs. */
const char *story_id(enum story_kind kind);

/**
 * struct object_card - The object that the story is about.
 * @at:	    it
 * @cache, @look: NULL when its cache was not judged
 * @first, @last: addresses of the first and the last byte that are wrong, or that led to the death; 0:
 *	    none are known
 * @extent: how far what is wrong reaches
 * @tracked, @tracks: who allocated and freed it
 * @type:   what the objects of its cache likely are, by name and size; empty: nothing tells
 * @candidates: where that is empty: what it may be, by its size and its words
 * @owner:  whom it is charged to
 * @cpus:   CPUs that had it or its neighbours in a register; the one that died is left out
 * @said:   of an address that was asked about: what the kernel had said of it; a story has its own
 * @in_kfence, @kfence: of an address in KFENCE's pool: what that knows. Nothing but @at, @said and @kfence_cache is set then
 * @kfence_cache: name of the cache of its object; empty when it is not known
 */
struct object_card {
	struct location at;
	const struct cache_view *cache;
	const struct slab_look *look;
	uint64_t first, last;
	struct extent extent;
	bool tracked;
	struct track tracks[TRACKS];
	struct kin kin;
	char type[OBJECT_TYPE_MAX];
	struct candidates candidates;
	struct object_owner owner;
	struct cpu_holders cpus;
	struct said_list said;
	bool in_kfence;
	struct kfence_card kfence;
	char kfence_cache[CACHE_NAME_MAX];
};

/* What of the allocator was judged. */
struct story_checked {
	size_t caches;
	uint64_t slabs, objects;
};

#define STORY_HEADLINE_MAX 256

/**
 * struct story - See above.
 * @finding: of STORY_FINDING: the finding whose damage the kernel died of; else NULL
 * @opinions: what did it
 * @settle:  what would settle it; may be empty
 * @said:    what the kernel had said before
 * @has_object, @object: what it is about
 * @asked:   of an address that was asked about: the word itself; WORD_ZERO otherwise
 */
struct story {
	enum story_kind kind;
	char headline[STORY_HEADLINE_MAX];
	struct death death;
	const struct finding *finding;
	struct diagnosis opinions;
	char settle[STORY_HEADLINE_MAX];
	struct said_list said;
	bool has_object;
	struct object_card object;
	bool allocator_innocent; /* it was judged whole, and nothing is corrupt */
	bool allocator_unseen; /* nothing is corrupt, but it was not judged whole */
	struct story_checked checked;
};

/**
 * object_card_fill() - Everything about the object of a location in a slab.
 * @without: the CPU whose registers are told of already; -1: none
 */
void object_card_fill(struct object_card *card, struct judged *j, const struct location *at,
		      int without);

/** object_card_kfence() - The same of an address in KFENCE's pool; false: it is not in it. */
bool object_card_kfence(struct object_card *card, const struct allocator *a, uint64_t addr);

/** object_card_known() - Whether there is anything to say. */
static inline bool object_card_known(const struct object_card *card)
{
	return card->in_kfence || (card->cache && card->look);
}

/** story_headline() - Say what kind of story it is, and its first sentence, printf-like. */
__attribute__((format(printf, 3, 4))) void story_headline(struct story *s, enum story_kind kind,
							  const char *format, ...);

/** story_settle() - Say what would settle it, printf-like. */
__attribute__((format(printf, 2, 3))) void story_settle(struct story *s, const char *format, ...);

/** story_settle_by_watching() - The same: the boot option that keeps watch over the object's cache. */
void story_settle_by_watching(struct story *s, struct judged *j);

/** story_about() - Make an object of a slab the one that the story is about; others are left alone. */
void story_about(struct story *s, struct judged *j, uint64_t object);

/** story_mark() - Note @bytes of it that are wrong, from an address on. */
void story_mark(struct story *s, uint64_t first, uint64_t bytes);

/** story_state() - What the object is. */
enum object_state story_state(const struct story *s);

/** story_object_name() - As "object 3 of kmalloc-64". Returns @buf. */
const char *story_object_name(struct judged *j, uint64_t object, char buf[128]);

/** story_of_registers() - The last resort: a register points into a free object. False: none does. */
bool story_of_registers(struct story *s, struct judged *j);

#endif
