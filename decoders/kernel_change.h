/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_KERNEL_CHANGE_H
#define SLUBCHECK_DECODERS_KERNEL_CHANGE_H
/*
 * What code that owns an object does to a word of it, told from the word before and after.
 *
 * Whoever still holds a freed object goes on counting, locking and setting flags in it. When one of
 * these words is where the freepointer lies now, the freepointer is what is counted.
 */

#include <stdbool.h>
#include <stdint.h>

/* refcount_warn_saturate(), 5.6 */
#define REFCOUNT_SATURATED UINT32_C(0xc0000000)

enum kernel_change_kind {
	CHANGE_NONE,
	/* A half is REFCOUNT_SATURATED, the other is as it was (refcount_warn_saturate(), 5.6; before,
	 * refcount_t held other values: 4.11 to 5.5 saturate at UINT_MAX). */
	CHANGE_REFCOUNT,
	/* The word or one of its halves is one or two more or less. */
	CHANGE_COUNTER,
	/* The first byte of a half is zero now, all else as it was: queued_spin_unlock() (4.2). */
	CHANGE_UNLOCK,
	/* One bit differs. */
	CHANGE_FLAG,
};

/**
 * struct kernel_change - How one word became another.
 * @kind:   the most telling explanation
 * @at:     byte of the word where the change lies, 0 to 7
 * @width:  bytes of the variable: 1, 4 or 8
 * @delta:  CHANGE_COUNTER: by how much
 * @bit:    when one bit differs, which; else -1
 */
struct kernel_change {
	enum kernel_change_kind kind;
	unsigned int at, width;
	int delta;
	int bit;
};

/** kernel_change_find() - How @before became @after. */
struct kernel_change kernel_change_find(uint64_t before, uint64_t after);

#endif
