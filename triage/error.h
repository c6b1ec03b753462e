/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_ERROR_H
#define SLUBCHECK_TRIAGE_ERROR_H
/*
 * Why something could not be done, for people.
 *
 * Who meets the error says what it is (error_set()). Each caller that knows more puts it in front
 * (error_context()), or behind (error_remark()): "/var/crash/vmcore: notes: cut short". Nobody but
 * the command itself prints it. The text is bounded; of one that is too long the reason is kept and
 * the context is shortened.
 *
 * The functions return false, so that a function can end with `return error_set(...)`.
 */

#include <stdbool.h>

#define ERROR_MAX 1024

/* All zero is: no error. */
struct error {
	char text[ERROR_MAX]; /* a clause without a full stop; "": none */
};

/** error_set() - Say what is wrong, in place of what was said before. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *error, const char *format, ...);

/** error_errno() - Say that a call of the system failed, and why: @what, or without it the reason alone. */
bool error_errno(struct error *error, const char *what, int number);

/** error_no_memory() - Say that there is no memory. */
bool error_no_memory(struct error *error);

/** error_context() - Put "@format: " in front of the text. */
__attribute__((format(printf, 2, 3))) bool error_context(struct error *error, const char *format,
							 ...);

/** error_remark() - Put " (@remark)" behind the text. */
bool error_remark(struct error *error, const char *remark);

/** error_say() - Write "slubcheck: " and the text to standard error; nothing when there is none. */
void error_say(const struct error *error);

/**
 * error_foreign() - Whether a library's text speaks of the library, not of the dump.
 *
 * Names of libkdumpfile's attributes ("linux.uts.release") and what became of them ("Key has no
 * value") tell a user nothing.
 */
bool error_foreign(const char *text);

#endif
