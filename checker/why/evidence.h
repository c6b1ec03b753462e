/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_EVIDENCE_H
#define SLUBCHECK_CHECKER_WHY_EVIDENCE_H
/*
 * What kinds of words objects of one type hold, offset by offset.
 *
 * Objects of a cache of kmalloc() are of several types. Those that hold the same function or variable at the same
 * offset are taken for one group: the object that is asked about, if it has such a word, and neighbours
 * of the same slab.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/kernel_types.h"
#include "checker/why/kin.h"
#include "checker/why/object_type.h"
#include "checker/why/word.h"

enum evidence_kind {
	EVIDENCE_NONE,
	EVIDENCE_FUNCTION, /* the start of a function */
	EVIDENCE_VARIABLE, /* the start of a variable */
	EVIDENCE_IMAGE, /* another address of the kernel's image or a module */
	EVIDENCE_LIST, /* a list entry: the next one leads back to it */
	EVIDENCE_LIST_PREV, /* its second word */
	EVIDENCE_HLIST_PREV, /* the second word of an entry that is the last of a hash list */
	EVIDENCE_OBJECT, /* an object of a cache whose type is known */
	EVIDENCE_POINTER, /* other memory of the kernel */
	EVIDENCE_NUMBER, /* no pointer */
	EVIDENCE_KINDS
};

#define EVIDENCE_WORDS_MAX 256u
#define EVIDENCE_OBJECTS_MAX 65u
#define EVIDENCE_TYPES_MAX 32u

/**
 * struct evidence - The objects agree at an offset.
 * @offset: from the start of an object, bytes
 * @kind:   what they have there
 * @nr:	    objects that do
 * @others: objects that have another word there, zeros left out
 * @value:  EVIDENCE_FUNCTION, EVIDENCE_VARIABLE: the address that most of these have
 * @type:   EVIDENCE_OBJECT: number of the type in evidence_set.types
 * @inside: EVIDENCE_OBJECT: offset in that object
 */
struct evidence {
	uint32_t offset;
	enum evidence_kind kind;
	uint32_t nr, others;
	uint64_t value;
	uint32_t type, inside;
};

/* A cache that words lead to, and the type of its objects; an empty name: unknown. */
struct evidence_type {
	uint64_t cache;
	char name[OBJECT_TYPE_MAX];
};

/**
 * struct evidence_set - See above.
 * @words, @nr: by offset
 * @objects: in the group
 * @itself:  the object that is asked about is one of them
 */
struct evidence_set {
	struct evidence words[EVIDENCE_WORDS_MAX];
	uint32_t nr;
	uint32_t objects;
	bool itself;
	struct evidence_type types[EVIDENCE_TYPES_MAX];
	uint32_t nr_types;
};

/**
 * evidence_gather() - Ask the object of a location and its neighbours.
 * @kin: what its neighbours share
 *
 * Return: false when there is nothing to tell, or no memory.
 */
bool evidence_gather(struct evidence_set *set, struct judged *j, const struct kernel_types *types,
		     const struct location *at, const struct kin *kin);

#endif
