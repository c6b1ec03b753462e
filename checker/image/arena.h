/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_ARENA_H
#define SLUBCHECK_CHECKER_IMAGE_ARENA_H
/*
 * Memory of one run.
 *
 * A command inside crash can be left by longjmp at any moment, so nothing that the checker
 * allocates is freed piece by piece: it belongs to an arena, and whoever owns the arena frees it
 * as a whole, at the end of the run or at the start of the next. An arena also bounds what a
 * hostile dump can make the checker allocate.
 */

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* the newest first */
	struct arena_chunk *spare; /* an empty one kept for the next need, or NULL */
	size_t used; /* bytes taken from the system, the spare included */
	size_t limit; /* bytes that may be */
	size_t peak; /* the most that @used has been */
};

/** arena_init() - An empty arena that takes at most @limit bytes from the system. */
void arena_init(struct arena *arena, size_t limit);

/**
 * arena_alloc() - @size zeroed bytes, aligned to 16, which is enough for any type.
 *
 * Return: NULL when the limit is reached or the system has no memory; then the arena is as it was.
 * Owned by the arena. A size of 0 gives an address too, and no other allocation has the same.
 */
void *arena_alloc(struct arena *arena, size_t size);

/** arena_array() - Like arena_alloc() for @n elements; NULL on overflow too. */
void *arena_array(struct arena *arena, size_t n, size_t size);

/**
 * arena_more() - Room for one more element of an array of the arena's.
 * @nr, @room: elements that it has, and has room for; @room is made larger, to @first at least
 * @size:  of an element, bytes
 *
 * What it had before is lost to the arena. Return: @array, or the one that it was moved to; NULL as for
 * arena_alloc(): then nothing has changed.
 */
void *arena_more(struct arena *arena, void *array, size_t nr, size_t *room, size_t first,
		 size_t size);

/** arena_strdup() - A copy of @s; NULL as for arena_alloc(). */
char *arena_strdup(struct arena *arena, const char *s);

/* A point in an arena to which it can be taken back. */
struct arena_mark {
	struct arena_chunk *chunk;
	size_t fill;
};

/** arena_mark() - Remember the present state. */
struct arena_mark arena_mark(const struct arena *arena);

/**
 * arena_release() - Free all that was allocated since @mark.
 *
 * Marks nest: releasing one ends those taken after it.
 */
void arena_release(struct arena *arena, struct arena_mark mark);

/** arena_free() - Free everything; the arena can be used again. */
void arena_free(struct arena *arena);

#endif
