/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_DEBUG_KFENCE_H
#define SLUBCHECK_CHECKER_DEBUG_KFENCE_H
/*
 * KFENCE (5.12): objects of caches that come from a pool of its own, each in a page between two that
 * nobody can read. Its pages are marked as slabs, and no list of SLUB's leads to them.
 */

#include "checker/debug/debug_layout.h"
#include "checker/image/kernel.h"
#include "checker/image/memory.h"

/** kfence_layout_find() - Find the pool, and how far it reaches. */
void kfence_layout_find(struct kfence_layout *kfence, struct memory *memory);

/** kfence_has() - Whether an address lies in the pool. */
static inline bool kfence_has(const struct kfence_layout *kfence, uint64_t addr)
{
	return range_has(&kfence->pool, addr);
}

/* enum kfence_object_state: first those that were never used, then this, then those that are free. */
#define KFENCE_IN_USE 1

/**
 * struct kfence_object - The object of a page of the pool.
 * @addr, @size: what was handed out last; in a page that was never used nothing was
 * @cache: whose object it is or was; 0: it was never used, or the cache is gone
 * @state: enum kfence_object_state
 */
struct kfence_object {
	uint64_t addr, size, cache, state;
};

/**
 * kfence_find() - The object of the page of an address.
 *
 * Return: TARGET_UNMAPPED when the page is a guard or not of the pool, TARGET_ABSENT when the dump does
 * not tell.
 */
enum target_status kfence_find(struct memory *memory, const struct kfence_layout *kfence,
			       uint64_t addr, struct kfence_object *object);

/** kfence_object_addr() - The start of the page of an object, by its number. */
uint64_t kfence_object_addr(const struct memory *memory, const struct kfence_layout *kfence,
			    uint64_t index);

#define KFENCE_FRAMES_MAX 16u

/**
 * struct kfence_track - Who allocated or freed an object of the pool.
 * @known:  it was, and the dump tells
 * @cpu, @when: since 5.17; -1 and 0 before. Nanoseconds since boot
 * @frames: the callers, the innermost first, and @nr_frames of them
 */
struct kfence_track {
	bool known;
	int32_t pid, cpu;
	uint64_t when;
	uint64_t frames[KFENCE_FRAMES_MAX];
	unsigned int nr_frames;
};

/* What a page of the pool is for. */
enum kfence_page {
	KFENCE_PAGE_OBJECT,
	KFENCE_PAGE_UNUSED, /* that of an object that was never handed out */
	KFENCE_PAGE_GUARD, /* nobody may access it */
	KFENCE_PAGE_UNKNOWN, /* the dump does not tell */
};

/** kfence_page_id() - "object", "unused", "guard" or "unknown". */
const char *kfence_page_id(enum kfence_page page);

/**
 * struct kfence_card - All that KFENCE knows of an address in its pool.
 * @page:   see above
 * @index:  number of the object, as the kernel prints it: kfence-#index. Of a guard page the one before it,
 *	    and -1 before the first
 * @last:   there is no object behind the guard page
 * @metadata: its struct kfence_metadata; 0: not known
 * @object: of KFENCE_PAGE_OBJECT
 * @tracks: likewise, who allocated and who freed it
 */
struct kfence_card {
	enum kfence_page page;
	int64_t index;
	bool last;
	uint64_t metadata;
	struct kfence_object object;
	struct kfence_track tracks[2];
};

/** kfence_card_read() - Fill it in; false when the address is not in the pool. */
bool kfence_card_read(struct kfence_card *card, struct memory *memory,
		      const struct kfence_layout *kfence, uint64_t addr);

#endif
