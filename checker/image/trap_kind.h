/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_TRAP_KIND_H
#define SLUBCHECK_CHECKER_IMAGE_TRAP_KIND_H
/*
 * The exceptions that a kernel can die of, whatever the machine calls them.
 */

/* X(ID, "id", "text") */
#define TRAP_KINDS(X)                                                                     \
	X(BUG, "bug", "BUG")                                                              \
	X(PAGE_FAULT, "page-fault", "page fault")                                         \
	X(GENERAL_PROTECTION, "general-protection", "general protection fault")           \
	X(STACK_SEGMENT, "stack-segment", "stack segment fault")                          \
	X(BREAKPOINT, "breakpoint", "breakpoint instruction")                             \
	X(DIVIDE, "divide-error", "divide error")                                         \
	X(INVALID_OPCODE, "invalid-opcode", "invalid opcode")                             \
	X(CONTROL_FLOW, "control-flow", "check of an indirect jump")                      \
	X(SANITIZER, "sanitizer", "check that the compiler put in")                       \
	X(DOUBLE_FAULT, "double-fault", "double fault")                                   \
	X(STACK_OVERFLOW, "stack-overflow", "overflow of the kernel stack")               \
	X(PAGE_TABLE, "page-table", "page fault by a reserved bit in a page table entry") \
	X(ALIGNMENT, "alignment", "alignment fault")                                      \
	X(SEGMENT, "segment", "segment fault")                                            \
	X(ARITHMETIC, "arithmetic", "overflow or bounds exception")                       \
	X(FPU, "fpu", "exception of the floating-point unit")                             \
	X(BUS, "bus-error", "external abort")                                             \
	X(OTHER, "other", "exception")

enum trap_kind {
#define X(id, name, text) TRAP_##id,
	TRAP_KINDS(X)
#undef X
		TRAP_KIND_COUNT
};

/** trap_kind_id() - Stable name for programs. */
const char *trap_kind_id(enum trap_kind kind);

/** trap_kind_text() - For people: "BUG", "page fault", "divide error". */
const char *trap_kind_text(enum trap_kind kind);

#endif
