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

#endif
