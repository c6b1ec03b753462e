/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "extension/interrupt.h"

#include <string.h>

#include "checker/image/clock.h"
#include "extension/session.h"

/* A run that does not end within this time after the first Ctrl-C is ended by the second. */
#define PATIENCE_SECONDS 2

static bool patience_is_over(const struct interrupt *interrupt)
{
	return clock_seconds_since(&interrupt->since) >= PATIENCE_SECONDS;
}

/* Hands the signal to whom it would have gone without us. Does not return when that is crash's
 * restart(); the session is put in order before the next command then. */
static void signal_pass_on(struct interrupt *interrupt, int sig)
{
	void (*handler)(int) = interrupt->saved.sa_handler;

	if (handler == SIG_IGN)
		return;
	interrupt_disarm(interrupt);
	if (handler == SIG_DFL) {
		raise(sig);
		return;
	}
	interrupt->passed_on = true;
	handler(sig);
	interrupt->passed_on = false;
}

static void signal_handle(int sig)
{
	struct interrupt *interrupt = &session.interrupt;

	if (!interrupt->requested) {
		interrupt->since = clock_now();
		interrupt->requested = 1;
	} else if (patience_is_over(interrupt)) {
		signal_pass_on(interrupt, sig);
	}
}

/* SA_NODEFER: restart() leaves by longjmp, which does not unblock the signal. SA_RESTART: the
 * write to a pager that nobody scrolls must go on afterwards, or the report would be cut off. */
static void handler_install(struct sigaction *old)
{
	struct sigaction ours;

	memset(&ours, 0, sizeof(ours));
	ours.sa_handler = signal_handle;
	ours.sa_flags = SA_NODEFER | SA_RESTART;
	sigaction(SIGINT, &ours, old);
}

void interrupt_arm(struct interrupt *interrupt)
{
	memset(interrupt, 0, sizeof(*interrupt));
	handler_install(&interrupt->saved);
	interrupt->armed = true;
}

static sigset_t sigint_mask(int how)
{
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(how, &set, &before);
	return before;
}

sigset_t interrupt_block(void)
{
	return sigint_mask(SIG_BLOCK);
}

void interrupt_unblock(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

void interrupt_disarm(struct interrupt *interrupt)
{
	if (!interrupt->armed)
		return;
	interrupt->armed = false;
	sigaction(SIGINT, &interrupt->saved, NULL);
	if (interrupt->held) {
		interrupt->held = false;
		sigint_mask(SIG_UNBLOCK);
	}
}

void interrupt_hold(struct interrupt *interrupt)
{
	if (!interrupt->armed)
		return;
	sigint_mask(SIG_BLOCK);
	interrupt->held = true;
}

void interrupt_resume(struct interrupt *interrupt)
{
	if (!interrupt->held)
		return;
	handler_install(NULL);
	interrupt->held = false;
	sigint_mask(SIG_UNBLOCK);
}
