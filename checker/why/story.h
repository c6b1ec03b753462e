/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_STORY_H
#define SLUBCHECK_CHECKER_WHY_STORY_H
/*
 * Why the kernel died, and what the slab allocator has to do with it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/findings/diagnosis.h"
#include "checker/why/cpu_holders.h"
#include "checker/why/death.h"
#include "checker/why/kin.h"
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
 * @tracked, @tracks: who allocated and freed it
 * @owner:  whom it is charged to
 * @cpus:   CPUs that had it or its neighbours in a register; the one that died is left out
 * @said:   of an address that was asked about: what the kernel had said of it; a story has its own
 */
struct object_card {
	struct location at;
	const struct cache_view *cache;
	const struct slab_look *look;
	uint64_t first, last;
	bool tracked;
	struct track tracks[TRACKS];
	struct kin kin;
	struct object_owner owner;
	struct cpu_holders cpus;
	struct said_list said;
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
};

/**
 * story_find() - Tell it.
 * @finding: a finding that explains the exception, as panic_find() and trap_find() have it, or NULL
 * @corrupt, @unseen: the judgement: findings that are damage; parts that could not be judged
 */
void story_find(struct story *story, struct judged *j, const struct finding *finding,
		uint64_t corrupt, bool unseen);

/** story_hear() - After that: what the kernel had said, which may change the causes. */
void story_hear(struct story *story, struct judged *j, const struct complaints *complaints);

/** object_card_hear() - What the kernel had said of the object of a card. */
void object_card_hear(struct object_card *card, const struct complaints *complaints);

/**
 * object_card_fill() - Everything about the object of a location in a slab.
 * @without: the CPU whose registers are told of already; -1: none
 */
void object_card_fill(struct object_card *card, struct judged *j, const struct location *at,
		      int without);

#endif
