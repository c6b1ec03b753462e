/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_LOCK_H
#define SLUBCHECK_CHECKER_IMAGE_LOCK_H
/*
 * Spinlocks of all machines: which word of one says whether somebody holds it.
 *
 * A lock that is held explains a list in the middle of a change. So a lock that is not understood must
 * neither count as held, which would excuse damage, nor as free, which would accuse a CPU at work.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/target.h"

enum lock_form {
	LOCK_FORM_UNKNOWN, /* no type tells */
	LOCK_FORM_WORD, /* held when the word is not 0 */
	LOCK_FORM_INVERTED, /* held when it is 0 */
	LOCK_FORM_TICKETS, /* two numbers, which differ while it is held */
};

enum lock_state {
	LOCK_FREE,
	LOCK_HELD,
	LOCK_DOUBTFUL, /* one of the two */
};

/**
 * struct lock_layout - How the spinlock_t of a kernel are built.
 * @form:	 see above
 * @ticket_size: bytes of each of two tickets
 * @slowpath:	 bits of a ticket that do not count
 */
struct lock_layout {
	enum lock_form form;
	uint32_t ticket_size;
	uint64_t slowpath;
};

/** lock_layout_find() - Find out from types and symbols. */
struct lock_layout lock_layout_find(struct target *t);

/**
 * lock_word() - The word of a spinlock_t that tells.
 * @lock: the member that is one; of size 0 without SMP, where a spinlock has no contents
 *
 * Return: where it is in the structure of @lock; of size 0 when there is none.
 */
struct target_member lock_word(const struct lock_layout *layout, struct target *t,
			       struct target_member lock);

/** lock_state() - What that word says; LOCK_FREE when its member is of size 0. */
enum lock_state lock_state(const struct lock_layout *layout, struct target_member member,
			   uint64_t word);

#endif
