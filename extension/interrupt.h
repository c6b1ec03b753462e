/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_EXTENSION_INTERRUPT_H
#define SLUBCHECK_EXTENSION_INTERRUPT_H
/*
 * Ctrl-C while the command runs.
 *
 * crash's own handler, restart(), leaves the command by longjmp and throws away what it was about
 * to print. For the time of a run it is replaced by one that only sets a flag, so that the
 * checker ends at the next object and reports what it has found.
 */

#include <signal.h>
#include <stdbool.h>
#include <time.h>

struct interrupt {
	volatile sig_atomic_t requested;
	struct timespec since; /* when it was requested first */
	struct sigaction saved; /* crash's handler */
	bool armed; /* ours is in its place */
	bool held; /* SIGINT is blocked by interrupt_hold() */
	bool passed_on; /* crash's handler was called, and has left by longjmp */
};

/** interrupt_arm() - Take SIGINT over. */
void interrupt_arm(struct interrupt *interrupt);

/** interrupt_disarm() - Give SIGINT back; does nothing when it was not taken. */
void interrupt_disarm(struct interrupt *interrupt);

/**
 * interrupt_hold() - Keep SIGINT away from a call into gdb.
 *
 * crash lets gdb handle SIGINT for the time of such a call: it would be taken for a failed
 * lookup. And when the call returns, crash puts restart() in place whatever was there before.
 */
void interrupt_hold(struct interrupt *interrupt);

/**
 * interrupt_block() - Keep SIGINT away, whoever would handle it; returns the signals blocked before.
 *
 * For what is not to be left half way, as restart() leaves it: freeing memory, closing a stream.
 */
sigset_t interrupt_block(void);

/** interrupt_unblock() - After interrupt_block(): what came meanwhile is handled now. */
void interrupt_unblock(const sigset_t *before);

/** interrupt_resume() - After the call into gdb: our handler again, and what was held. */
void interrupt_resume(struct interrupt *interrupt);

#endif
