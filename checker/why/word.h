/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_WORD_H
#define SLUBCHECK_CHECKER_WHY_WORD_H
/*
 * What a word is: in a register, in an object, as the address of a fault.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/image/kernel_types.h"

/* X(ID, "id") */
#define WORD_KINDS(X)                     \
	X(ZERO, "zero")                   \
	X(NULL_OFFSET, "null-offset")     \
	X(ERROR, "error-code")            \
	X(NUMBER, "number")               \
	X(POISON_FREE, "poison-free")     \
	X(POISON_INUSE, "poison-inuse")   \
	X(RED_ZONE, "red-zone")           \
	X(LIST_POISON, "list-poison")     \
	X(TEXT, "text")                   \
	X(REPEATED, "repeated")           \
	X(USER, "user")                   \
	X(NON_CANONICAL, "non-canonical") \
	X(CACHE, "cache")                 \
	X(SLAB, "slab")                   \
	X(OBJECT, "object")               \
	X(LINK, "freepointer")            \
	X(SYMBOL, "symbol")               \
	X(STRUCTURE, "structure")         \
	X(PAGE, "page")                   \
	X(MAPPED, "mapped")               \
	X(UNMAPPED, "unmapped")           \
	X(ABSENT, "absent")

enum word_kind {
#define X(id, text) WORD_##id,
	WORD_KINDS(X)
#undef X
		WORD_KIND_COUNT
};

/** word_kind_id() - Stable name for programs. */
const char *word_kind_id(enum word_kind kind);

/* Judged caches, and what was asked about their slabs. */
#define IMAGE_LOOKS 32
#define IMAGE_DESTROYED 8

/**
 * struct judged - An image that was judged, for who asks about words in it.
 * @results, @nr: the caches
 * @looks: the objects that were asked about last
 * @destroyed: caches that were destroyed, which were met last; judged_locate()
 * @types: of the kernel; for judged_types()
 */
struct judged {
	struct allocator *allocator;
	const struct cache_result *const *results;
	size_t nr;
	struct {
		uint64_t object;
		struct slab_look look;
	} looks[IMAGE_LOOKS];
	unsigned int nr_looks;
	const struct cache_result *destroyed[IMAGE_DESTROYED];
	unsigned int nr_destroyed;
	struct kernel_types types;
	bool types_read;
};

/** judged_cache() - The result of a cache, or of one that was destroyed; NULL when it was not judged. */
const struct cache_result *judged_cache(const struct judged *j, uint64_t cache);

/** judged_is_destroyed() - Whether judged_locate() has met a cache as one that was destroyed, and is on no list. */
bool judged_is_destroyed(const struct judged *j, uint64_t cache);

/** judged_locate() - What lies at an address, as allocator_ops.locate says; caches that were destroyed as well. */
struct location judged_locate(struct judged *j, uint64_t addr);

/** judged_look() - What is known of the object of a location in a slab; NULL: its cache was not judged. */
const struct slab_look *judged_look(struct judged *j, const struct location *at);

/** judged_know() - Keep what is known of an object already: to find it out takes a walk of its cache. */
void judged_know(struct judged *j, const struct location *at, const struct slab_look *look);

/** judged_types() - All types of the kernel, read when they are asked for first; NULL: it has none. */
const struct kernel_types *judged_types(struct judged *j);

#define WORD_TEXT_MAX 192

/**
 * struct word - A word, and what it is.
 * @at:	   of WORD_OBJECT, WORD_SLAB: where
 * @state: of WORD_OBJECT: the object's; OBJECT_NONE otherwise
 * @object: of WORD_LINK: the object whose freepointer it is
 * @text:  a clause: "object 3 + 0x10 of kmalloc-64, free"
 */
struct word {
	enum word_kind kind;
	uint64_t value;
	struct location at;
	enum object_state state;
	uint64_t object;
	char text[WORD_TEXT_MAX];
};

/** word_find() - Say what a word is. */
void word_find(struct word *word, struct judged *j, uint64_t value);

/**
 * word_of_allocator() - Say what of the allocator's own a word is, as "a slab of kmalloc-64".
 * @at:  set to where the slab is; its kind is LOCATION_NULL for a kmem_cache
 * @buf: the clause
 *
 * Return: false when it is nothing of its own; @buf is untouched then.
 */
bool word_of_allocator(const struct allocator *a, uint64_t value, struct location *at, char *buf,
		       size_t len);

#endif
