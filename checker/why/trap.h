/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_WHY_TRAP_H
#define SLUBCHECK_CHECKER_WHY_TRAP_H
/*
 * A kernel that died in the allocator: of one of its checks, or of a pointer that it followed.
 *
 * A check that failed is proof by itself, whatever the lists look like now: set_freepointer() refuses
 * a double free before it damages anything. A fault is proof where the pointer was the allocator's
 * own; a bad pointer that a caller gave to kfree() says nothing of the allocator.
 *
 * The instruction distinguishes a trap from an interrupt in the same place: that of a BUG()
 * can do nothing but trap, and so can one whose operand, computed from the registers, has no memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/allocator.h"
#include "checker/image/arena.h"
#include "checker/findings/findings.h"
#include "checker/findings/trap_evidence.h"
#include "checker/image/memory.h"

/**
 * trap_find() - Look for a trap in the allocator on the stacks of the CPUs.
 * @trap:    filled in
 * @finding: filled in: FINDING_ALLOCATOR_TRAP with @trap as its evidence. Its cache is 0 when no
 *	     register tells which one it is about. It is a note when the trap proves no damage.
 *
 * Return: false when there is none.
 */
bool trap_find(struct trap *trap, struct finding *finding, const struct allocator *allocator);

/**
 * trap_explains() - Whether a refused double free left these objects on no list: until 6.x
 * slab_free_freelist_hook() had cleared the object's freepointer before set_freepointer() refused.
 * @trap, @finding: of trap_find()
 * @result:  its cache
 * @orphans: a finding of objects that are on no list; gets evidence
 */
bool trap_explains(struct trap *trap, const struct finding *finding,
		   const struct allocator *allocator, const struct cache_result *result,
		   struct finding *orphans);

#endif
