/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_EXTENSION_SESSION_H
#define SLUBCHECK_EXTENSION_SESSION_H
/*
 * All that the extension keeps between two commands, and all its global state.
 *
 * A command inside crash can be left by longjmp: a FATAL error in a function of crash, a second
 * Ctrl-C. Whatever such an exit leaves behind is found here again by a hook in the command table,
 * which crash calls before it reads the next command.
 */

#include <stdbool.h>

#include "checker/image/arena.h"
#include "checker/report/page_file.h"
#include "extension/crash_target.h"
#include "extension/interrupt.h"
#include "extension/output.h"
#include "model/selftest.h"

struct session {
	bool running; /* between session_begin() and session_end() */
	struct arena arena;
	struct crash_target target;
	struct lookups lookups;
	struct interrupt interrupt;
	struct output output;
	struct page_file page; /* of --html */
	/* Of -n and --selftest, which do not live in the arena. */
	struct model *model;
	struct selftest_proofs proofs;
};

extern struct session session;

#endif
