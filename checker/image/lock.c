/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/lock.h"

#include <stddef.h>

/* A typedef of a structure without a name on most machines. */
#define ARCH_LOCK "arch_spinlock_t"

static bool has(struct target *t, const char *type, const char *name)
{
	struct target_member unused;

	return target_find(t, type, name, &unused);
}

static bool has_symbol(struct target *t, const char *name)
{
	uint64_t unused;

	return t->ops->symbol(t, name, &unused);
}

static struct lock_layout tickets(uint32_t size)
{
	return (struct lock_layout){ .form = LOCK_FORM_TICKETS, .ticket_size = size };
}

/* Tickets of x86 until 4.1 (d73a33973f16). With CONFIG_PARAVIRT_SPINLOCKS (3.12) they count by twos, and the
 * lowest bit of one of them says that somebody sleeps; it may stay when the lock is let go (4.0). */
static bool x86_tickets(struct target *t, struct lock_layout *layout)
{
	struct target_member ticket;

	if (!target_find(t, "__raw_tickets", "head", &ticket) || ticket.size > 2)
		return false;
	*layout = tickets(ticket.size);
	layout->slowpath = has_symbol(t, "paravirt_ticketlocks_enabled");
	return true;
}

struct lock_layout lock_layout_find(struct target *t)
{
	struct lock_layout layout = { LOCK_FORM_UNKNOWN, 0, 0 };
	struct target_member m;

	/* x86 since 4.2, arm64 since 4.19 (c11090474d70), powerpc since 6.1. riscv can choose between
	 * these and tickets when it boots (6.13). */
	if (has(t, "qspinlock", "val")) {
		if (!has_symbol(t, "qspinlock_key"))
			layout.form = LOCK_FORM_WORD;
		return layout;
	}
	if (x86_tickets(t, &layout))
		return layout;
	/* arm64 before. */
	if (target_find(t, ARCH_LOCK, "owner", &m) && m.size == 2 && has(t, ARCH_LOCK, "next"))
		return tickets(2);
	/* mips: the lock as a word, and as its tickets. */
	if (has(t, ARCH_LOCK, "lock") && has(t, ARCH_LOCK, "h"))
		return tickets(2);
	/* powerpc; and with CONFIG_DEBUG_SPINLOCK kernels without SMP, where 1 is free. */
	if (has(t, ARCH_LOCK, "slock"))
		layout.form =
			has_symbol(t, "__per_cpu_offset") ? LOCK_FORM_WORD : LOCK_FORM_INVERTED;
	/* s390, and riscv until 5.18. */
	else if (has(t, ARCH_LOCK, "lock"))
		layout.form = LOCK_FORM_WORD;
	/* The tickets that any machine can use (5.19) are an atomic_t. */
	else if (has(t, ARCH_LOCK, "counter"))
		return tickets(2);
	return layout;
}

/*
 * With PREEMPT_RT a spinlock_t is an rt_mutex, behind a lock that only guards it (5.15): then its owner
 * tells, whatever that lock is like. Before, the patches made list_lock a raw_spinlock_t.
 */
struct target_member lock_word(const struct lock_layout *layout, struct target *t,
			       struct target_member lock)
{
	struct target_member mutex, owner, word = { lock.offset, 4 };

	if (!lock.size)
		return lock;
	if (layout->form == LOCK_FORM_TICKETS)
		word.size = 2 * layout->ticket_size;
	if (lock.size < 16 || !target_find(t, "spinlock", "lock", &mutex) ||
	    !target_find(t, "rt_mutex_base", "owner", &owner) ||
	    lock.size < mutex.offset + owner.offset + 8)
		return word;
	return (struct target_member){ lock.offset + mutex.offset + owner.offset, 8 };
}

static bool tickets_differ(const struct lock_layout *layout, uint64_t word)
{
	uint32_t bits = 8 * layout->ticket_size;
	uint64_t differ = word ^ word >> bits;

	return differ & ((UINT64_C(1) << bits) - 1) & ~layout->slowpath;
}

enum lock_state lock_state(const struct lock_layout *layout, struct target_member m, uint64_t word)
{
	if (!m.size)
		return LOCK_FREE;
	/* Only the owner of an rt_mutex is of this size. */
	if (m.size == 8)
		return word ? LOCK_HELD : LOCK_FREE;
	switch (layout->form) {
	case LOCK_FORM_WORD:
		return word ? LOCK_HELD : LOCK_FREE;
	case LOCK_FORM_INVERTED:
		return word ? LOCK_FREE : LOCK_HELD;
	case LOCK_FORM_TICKETS:
		return tickets_differ(layout, word) ? LOCK_HELD : LOCK_FREE;
	case LOCK_FORM_UNKNOWN:
		break;
	}
	return LOCK_DOUBTFUL;
}
