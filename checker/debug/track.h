/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_DEBUG_TRACK_H
#define SLUBCHECK_CHECKER_DEBUG_TRACK_H
/*
 * Who allocated an object, and who freed it last: struct track of caches with SLAB_STORE_USER.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/debug/debug_layout.h"
#include "checker/image/kernel.h"
#include "checker/image/memory.h"
#include "checker/image/target.h"

/** track_layout_find() - Find out; of size 0 when the types do not tell. */
void track_layout_find(struct track_layout *track, struct target *t);

/**
 * struct track - One of an object's two tracks.
 * @at:     where it lies; 0: unknown
 * @addr:   where the allocator was called from; 0: it never was
 * @cpu, @pid: on which CPU, by which task
 * @when:   jiffies of then
 * @handle: of the stack in the stack depot (5.19), 0: none
 * @symbol: what @addr is called
 * @dated:  @age holds jiffies since then
 * @hz:     jiffies a second; 0: unknown
 */
struct track {
	uint64_t at;
	uint64_t addr;
	int32_t cpu, pid;
	uint64_t when;
	uint32_t handle;
	struct target_symbol symbol;
	bool dated;
	uint64_t age;
	uint32_t hz;
};

/* The two, as they lie behind the object. */
enum track_of { TRACK_ALLOC, TRACK_FREE, TRACKS };

/** track_decode() - A track of @layout->size bytes; without a name and an age. */
struct track track_decode(const struct track_layout *layout, const uint8_t *bytes);

/* The first word of a track that no allocation or free can have left. */
enum track_wrong {
	TRACK_GOOD, /* there is none */
	TRACK_WRONG_ADDR, /* @addr is not code */
	TRACK_WRONG_CPU, /* the machine cannot have that CPU */
	TRACK_WRONG_PID, /* out of range */
};

/**
 * track_wrong() - Judge a track.
 *
 * A track that is just being set has words of two: each of them is good by itself.
 */
enum track_wrong track_wrong(const struct kernel *kernel, const struct track *track);

/**
 * tracks_read() - The tracks of an object, with names and ages.
 * @at: address of the first of them
 *
 * Return: false when they are not in the dump, or the types do not tell what they are.
 */
bool tracks_read(struct memory *memory, const struct kernel *kernel,
		 const struct track_layout *layout, uint64_t at, struct track tracks[TRACKS]);

#define TRACK_TEXT_MAX 256

/**
 * track_describe() - As "sock_alloc+0x1d, CPU 1, pid 123, 4.2 s before the dump". Returns @buf.
 *
 * The name is escaped.
 */
char *track_describe(const struct track *track, char buf[TRACK_TEXT_MAX]);

#endif
