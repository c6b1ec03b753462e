/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_MEMORY_H
#define SLUBCHECK_CHECKER_IMAGE_MEMORY_H
/*
 * Reading structures out of a target.
 *
 * The words that the checker wants are small and lie close together: the descriptors of a
 * cache's slabs share pages of the memmap, its caches share slabs of kmem_cache. A target pays
 * for each call, whatever its length, so small reads go through a cache of pages. The contents of
 * slabs do not, since they are read once (see heap.h).
 *
 * A kernel that runs has no such cache: each read is of the moment it is made in, and two words of one
 * page are not older than the walk that wants them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/ahead.h"
#include "checker/image/arena.h"
#include "checker/image/arch.h"
#include "checker/image/target.h"

struct memory_block;

/* Bytes that are read at once where a kernel runs: two struct page, or the members of a structure. */
#define MEMORY_WINDOW 512

struct memory {
	struct target *target;
	const struct arch *arch;
	const struct ahead *ahead; /* what others have read ahead; may be NULL */
	struct memory_block *blocks;
	size_t page_size;
	bool runs; /* target_runs(): nothing is kept but the window */
	uint64_t window_at;
	size_t window_len; /* 0: there is none */
	uint8_t window[MEMORY_WINDOW];
	unsigned int
		va_bits; /* of this kernel; 0: it may have any number of levels of page tables */
	uint64_t tags; /* bits of pointers that are not part of the address (arch_tags()) */
	uint64_t reads; /* calls of the target, for reports on cost */
	uint64_t bytes; /* that they returned */
};

/**
 * memory_init() - Prepare to read from @target.
 *
 * Return: false when the arena has no room for the cache.
 */
bool memory_init(struct memory *memory, struct target *target, struct arena *arena);

/** memory_untag() - A pointer as the kernel compares it: without the tag that KASAN keeps in it. */
static inline uint64_t memory_untag(const struct memory *memory, uint64_t pointer)
{
	return arch_untag(memory->tags, pointer);
}

/** memory_pointer() - memory_value() of a pointer, without its tag. */
enum target_status memory_pointer(struct memory *memory, uint64_t addr, uint64_t *value);

/** memory_read() - Copy @len bytes at @addr through the cache; see target_ops.read. A tag is ignored. */
enum target_status memory_read(struct memory *memory, uint64_t addr, void *buf, size_t len);

/**
 * memory_window() - Of a kernel that runs: read so many bytes now, and answer from them what lies in them.
 *
 * One read of some words is not only faster than several: it is of nearly one moment. Nothing is done for
 * other targets, or when the bytes cannot be read. memory_window_end() has to follow.
 */
void memory_window(struct memory *memory, uint64_t addr, size_t len);

/** memory_window_reach() - Move the window so that it begins with these bytes, unless they lie in it. */
void memory_window_reach(struct memory *memory, uint64_t addr, size_t len);

static inline void memory_window_end(struct memory *memory)
{
	memory->window_len = 0;
}

/**
 * memory_bulk() - Copy @len bytes at @addr past the cache: for what is read once.
 *
 * What others have read ahead counts as read here.
 */
enum target_status memory_bulk(struct memory *memory, uint64_t addr, void *buf, size_t len);

/**
 * memory_value() - Read an unsigned number.
 * @size: 1, 2, 4 or 8 bytes
 * @value: untouched unless TARGET_OK is returned
 */
enum target_status memory_value(struct memory *memory, uint64_t addr, size_t size, uint64_t *value);

/** memory_member() - Read the number in member @m of the structure at @base. */
enum target_status memory_member(struct memory *memory, uint64_t base, struct target_member m,
				 uint64_t *value);

/* A number of a structure, and where to put it. */
struct memory_wanted {
	struct target_member member; /* of size 0: this kernel has none, @value stays as it is */
	uint64_t *value;
};

/** memory_members() - Read numbers of the structure at @base; the first that fails decides. */
enum target_status memory_members(struct memory *memory, uint64_t base,
				  const struct memory_wanted *wanted, size_t n);

/**
 * memory_string() - Read a NUL-terminated string.
 * @buf: receives at most @len - 1 bytes and a NUL, also on failure
 *
 * Return: TARGET_OK also when the string was longer and was cut.
 */
enum target_status memory_string(struct memory *memory, uint64_t addr, char *buf, size_t len);

/** memory_cancelled() - Whether the user wants to stop. */
static inline bool memory_cancelled(const struct memory *memory)
{
	struct target *t = memory->target;

	return t->ops->cancelled && t->ops->cancelled(t);
}

#endif
