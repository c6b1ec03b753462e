/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_NEXT_H
#define SLUBCHECK_MODEL_NEXT_H
/*
 * What a CPU's next allocations would do: the model goes on from the state that a dump holds.
 *
 * A panic in the allocator is the echo of a corruption that happened before. This tells which
 * allocation hears it: the next one, or the fortieth.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/slub/model.h"

#define NEXT_STEPS_MAX 256

struct next_step {
	enum model_note note;
	uint64_t address, value;
};

/* One allocation. */
struct next_allocation {
	struct next_step steps[NEXT_STEPS_MAX];
	unsigned int nr_steps;
	enum model_end end;
	struct model_oops oops;
	uint64_t object, slab;
	int64_t index; /* of the object in its slab; -1: no object of that slab starts there */
	bool wants_pages; /* only the page allocator can serve it, whose state is not followed */
	uint64_t same_as; /* the n-th allocation got this object already; 0: none did */
};

/* Objects that were returned: a hash table, by address. */
struct next_seen {
	uint64_t object, nth;
};

#define NEXT_LIMIT 10000 /* allocations that are tried */
#define NEXT_SEEN_ROOM 32768 /* a power of two */

/**
 * struct next - The next allocation, and the one that fails.
 * @first: the next
 * @good:  allocations that succeed before @last
 * @last:  the one that does not: it dies, gets what is not an object or is somebody else's, or needs new
 *	   pages
 * @bounded: NEXT_LIMIT succeeded, and nobody looked further
 */
struct next {
	struct next_allocation first, last;
	uint64_t good;
	bool bounded;
};

/**
 * next_find() - Let a CPU allocate from a cache until something happens.
 * @m: attached to a dump; its overlay holds what the allocations changed afterwards
 * @seen: of NEXT_SEEN_ROOM entries, zeroed
 */
void next_find(struct model *m, unsigned int cpu, uint64_t cache, struct next *next,
	       struct next_seen *seen);

/** next_is_good() - The allocation returned an object that it may return. */
bool next_is_good(const struct next_allocation *a);

/** next_ordinal() - "the next", "the 2nd", ... into @buf. */
const char *next_ordinal(uint64_t n, char buf[32]);

/** next_death() - What the kernel does about an oops, as "general protection fault". */
const char *next_death(const struct model_oops *oops);

#endif
