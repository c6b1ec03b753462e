/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/story_trap.h"

#include <stdio.h>

#include "checker/image/symbol.h"

/* What each means for who has to find the culprit. */
struct meaning {
	const char *what; /* behind the name of the function */
	const char *settle; /* NULL: nothing special */
};

static const struct meaning meanings[TRAP_KIND_COUNT] = {
	[TRAP_DIVIDE] = { "divided by zero, or the quotient was too large",
			  "find the member that the divisor was loaded from, and who sets it" },
	[TRAP_BREAKPOINT] = { "executed a breakpoint instruction that no debugger or probe owns",
			      "compare the instructions with those of the kernel's or the module's "
			      "file: they are not what was built, or execution went where no code is" },
	[TRAP_INVALID_OPCODE] = { "executed an instruction that does not exist",
				  "compare the instructions with those of the kernel's or the "
				  "module's file (crash: dis -r): text was overwritten, or "
				  "execution went where no code is" },
	[TRAP_CONTROL_FLOW] = { "called or returned to what is not a valid target",
				"find the word that the target was loaded from: a pointer to a "
				"function was overwritten, or has another type" },
	[TRAP_SANITIZER] = { "failed a check that the compiler put in",
			     "the log says which check it was" },
	[TRAP_DOUBLE_FAULT] = { "ended in a double fault: an exception could not be delivered",
				NULL },
	[TRAP_STACK_OVERFLOW] = { "used all of its kernel stack",
				  "look at the backtrace for recursion and large frames (crash: bt); "
				  "what lies below the stack may have been overwritten" },
	[TRAP_PAGE_TABLE] = { "met a page table entry with reserved bits set: a page table is "
			      "damaged",
			      "read the page table of the address (crash: vtop), and look for who "
			      "wrote its page" },
	[TRAP_ALIGNMENT] = { "accessed an address that is not aligned as the instruction demands",
			     NULL },
	[TRAP_SEGMENT] = { "loaded a segment that does not exist", NULL },
	[TRAP_ARITHMETIC] = { "failed a check of the processor for overflow or bounds", NULL },
	[TRAP_FPU] = { "used the floating-point unit in the kernel where it may not", NULL },
	[TRAP_BUS] = { "accessed memory that does not answer: an external abort",
		       "check the hardware, and whether the address is one of a device that is "
		       "switched off" },
	[TRAP_OTHER] = { "raised an exception that the kernel does not expect", NULL },
	[TRAP_PAGE_FAULT] = { "accessed memory that it may not access", NULL },
	[TRAP_GENERAL_PROTECTION] = { "raised a general protection fault", NULL },
	[TRAP_STACK_SEGMENT] = { "raised a stack segment fault", NULL },
};

void story_of_trap(struct story *s)
{
	const struct meaning *m = &meanings[s->death.fault.kind];
	char name[160] = "a function without a name";

	if (s->death.symbol.name)
		symbol_text(&s->death.symbol, name, sizeof(name));
	story_headline(s, STORY_TRAP, "%s %s", name, m->what);
	if (m->settle)
		story_settle(s, "%s", m->settle);
}
