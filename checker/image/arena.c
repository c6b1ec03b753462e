/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/arena.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Chunks form a stack, the newest on top, and only the top one is filled. Whatever lies above the
 * fill of a chunk is zero, so that an allocation costs no memset: calloc() gives a new chunk that
 * way, and arena_release() restores it.
 *
 * One emptied chunk is kept as the spare. A mark and a release around every slab could otherwise
 * fall on the end of a chunk and ask the system for memory each time.
 *
 * crash may longjmp out of its SIGINT handler in the middle of any of these functions. Stores
 * that hand a chunk over are therefore ordered for a signal handler, and @used errs upwards: what
 * is reachable from the arena is at any moment a list that arena_free() can walk. At worst a
 * chunk is lost that was just being taken or freed.
 */

#define ALIGN ((size_t)16)

/* Payload of a normal chunk: a quarter of what is in use, between these bounds. */
#define CHUNK_MIN ((size_t)64 << 10)
#define CHUNK_MAX ((size_t)1 << 20)

struct arena_chunk {
	struct arena_chunk *below;
	size_t size; /* bytes of data */
	size_t fill; /* bytes of data that are handed out, a multiple of ALIGN */
	_Alignas(16) unsigned char data[];
};

/*
 * Under AddressSanitizer an overrun within a chunk is made as visible as one of malloc(): what is
 * not handed out is poisoned, and a gap is left after each allocation.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define GAP ALIGN
#define HIDE(addr, len) ASAN_POISON_MEMORY_REGION((addr), (len))
#define SHOW(addr, len) ASAN_UNPOISON_MEMORY_REGION((addr), (len))
#else
#define GAP ((size_t)0)
#define HIDE(addr, len) ((void)(addr), (void)(len))
#define SHOW(addr, len) ((void)(addr), (void)(len))
#endif

/* Keeps the compiler from moving stores across; a signal handler runs on the same CPU. */
static void handover(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

void arena_init(struct arena *arena, size_t limit)
{
	*arena = (struct arena){ .limit = limit };
}

/* Give a chunk back that nothing points to any more. */
static void chunk_free(struct arena *arena, struct arena_chunk *chunk)
{
	arena->used -= sizeof(*chunk) + chunk->size;
	SHOW(chunk->data, chunk->size);
	free(chunk);
}

static void spare_free(struct arena *arena)
{
	struct arena_chunk *spare = arena->spare;

	arena->spare = NULL;
	handover();
	if (spare)
		chunk_free(arena, spare);
}

/* Zero a chunk from @fill on. */
static void chunk_empty(struct arena_chunk *chunk, size_t fill)
{
	size_t len = chunk->fill - fill;

	SHOW(chunk->data + fill, len);
	memset(chunk->data + fill, 0, len);
	chunk->fill = fill;
	HIDE(chunk->data + fill, len);
}

/* Payload of the next chunk, which has to hold @need bytes; 0 when the limit forbids it. */
static size_t chunk_size(const struct arena *arena, size_t need)
{
	size_t left = arena->limit > arena->used ? arena->limit - arena->used : 0;
	size_t size = arena->used / 4 & ~(ALIGN - 1);

	/* No object may be larger than PTRDIFF_MAX, whatever the limit. */
	if (left > PTRDIFF_MAX)
		left = PTRDIFF_MAX;
	if (left < sizeof(struct arena_chunk) || left - sizeof(struct arena_chunk) < need)
		return 0;
	left -= sizeof(struct arena_chunk);
	if (size < CHUNK_MIN)
		size = CHUNK_MIN;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < need)
		size = need;
	return size < left ? size : left;
}

/* Take a chunk for at least @need bytes from the system. */
static struct arena_chunk *chunk_new(struct arena *arena, size_t need)
{
	size_t size = chunk_size(arena, need);
	struct arena_chunk *chunk;

	if (!size)
		return NULL;
	chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->size = size;
	HIDE(chunk->data, size);
	arena->used += sizeof(*chunk) + size;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	return chunk;
}

/* Put a chunk with room for @need bytes on top. */
static struct arena_chunk *chunk_push(struct arena *arena, size_t need)
{
	struct arena_chunk *chunk = arena->spare;

	if (chunk && chunk->size >= need) {
		arena->spare = NULL;
	} else {
		chunk = chunk_new(arena, need);
		if (!chunk && arena->spare) {
			spare_free(arena);
			chunk = chunk_new(arena, need);
		}
		if (!chunk)
			return NULL;
	}
	chunk->below = arena->chunks;
	handover();
	arena->chunks = chunk;
	return chunk;
}

/* Take the top chunk off: it becomes the spare, or is freed when it is large or there is one. */
static void chunk_pop(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	bool keep = !arena->spare && chunk->size <= CHUNK_MAX;

	/* The long part comes while the chunk still has an owner. */
	if (keep)
		chunk_empty(chunk, 0);
	handover();
	arena->chunks = chunk->below;
	handover();
	if (keep)
		arena->spare = chunk;
	else
		chunk_free(arena, chunk);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	unsigned char *data;
	size_t need;

	if (size > SIZE_MAX - ALIGN - GAP)
		return NULL;
	/* Nothing is something: every allocation has an address of its own. */
	need = ((size ? size : 1) + ALIGN - 1) & ~(ALIGN - 1);
	need += GAP;
	if (!chunk || chunk->size - chunk->fill < need)
		chunk = chunk_push(arena, need);
	if (!chunk)
		return NULL;
	data = chunk->data + chunk->fill;
	chunk->fill += need;
	SHOW(data, size);
	return data;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return arena_alloc(arena, bytes);
}

void *arena_more(struct arena *arena, void *array, size_t nr, size_t *room, size_t first,
		 size_t size)
{
	size_t larger = *room ? 2 * *room : first;
	void *more;

	if (nr < *room)
		return array;
	more = arena_array(arena, larger, size);
	if (!more)
		return NULL;
	if (nr)
		memcpy(more, array, nr * size);
	*room = larger;
	return more;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = arena_alloc(arena, size);

	if (copy)
		memcpy(copy, s, size);
	return copy;
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){
		.chunk = arena->chunks,
		.fill = arena->chunks ? arena->chunks->fill : 0,
	};
}

void arena_release(struct arena *arena, struct arena_mark mark)
{
	while (arena->chunks && arena->chunks != mark.chunk)
		chunk_pop(arena);
	if (arena->chunks && arena->chunks->fill > mark.fill)
		chunk_empty(arena->chunks, mark.fill);
}

void arena_free(struct arena *arena)
{
	spare_free(arena);
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->below;
		handover();
		chunk_free(arena, chunk);
	}
	/* It may have erred upwards if a longjmp left one of these functions. */
	arena->used = 0;
}
