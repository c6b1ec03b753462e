/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arm64. Addresses have at most 52 bits (LVA); what lies above is the half, or with TBI a tag.
 */
#include "checker/image/arch_arm64.h"

#include "decoders/insn_arm64.h"
#include "decoders/operand_arm64.h"

#define MODE_MASK \
	0x3f /* with the bit of AArch32, and the one above that is always 0 in kernel mode */
#define MODE_EL1H 5
#define MODE_EL2H 9 /* with VHE the kernel is there */
#define PSTATE_RES0 (UINT64_C(0xf) << 16 | UINT64_C(3) << 14 | ~UINT64_C(0) << 36)
#define STACK_ALIGN 16

#define X(n, name) [ARM64_X0 + (n)] = { name, "regs", n, 8 * (n), 8 * (n) }
#define REG(number, name) [number] = { name, name, 0, 8 * (number), 8 * (number) }

static const struct arch_reg regs[] = {
	X(0, "x0"),	     X(1, "x1"),
	X(2, "x2"),	     X(3, "x3"),
	X(4, "x4"),	     X(5, "x5"),
	X(6, "x6"),	     X(7, "x7"),
	X(8, "x8"),	     X(9, "x9"),
	X(10, "x10"),	     X(11, "x11"),
	X(12, "x12"),	     X(13, "x13"),
	X(14, "x14"),	     X(15, "x15"),
	X(16, "x16"),	     X(17, "x17"),
	X(18, "x18"),	     X(19, "x19"),
	X(20, "x20"),	     X(21, "x21"),
	X(22, "x22"),	     X(23, "x23"),
	X(24, "x24"),	     X(25, "x25"),
	X(26, "x26"),	     X(27, "x27"),
	X(28, "x28"),	     X(29, "x29"),
	X(30, "lr"),	     REG(ARM64_SP, "sp"),
	REG(ARM64_PC, "pc"), REG(ARM64_PSTATE, "pstate"),
};

static bool may_be_code(uint64_t address)
{
	return address >> 63 && !(address & 3);
}

/* Where a call or a return through an overwritten pointer led the counter can be anything. Then blr has left
 * the address behind itself in lr, and ret has gone where lr is. */
static bool counter_is(const uint64_t *r)
{
	return may_be_code(r[ARM64_PC]) || may_be_code(r[ARM64_LR]) || r[ARM64_PC] == r[ARM64_LR];
}

/* kernel_entry stores the stack pointer as it was, which is behind what it stores. */
static bool frame_is(const uint64_t *r, const struct arch_stack *stack)
{
	uint64_t mode = r[ARM64_PSTATE] & MODE_MASK, sp = r[ARM64_SP];

	return (mode == MODE_EL1H || mode == MODE_EL2H) && !(r[ARM64_PSTATE] & PSTATE_RES0) &&
	       counter_is(r) && !(sp % STACK_ALIGN) && sp >= stack->base &&
	       sp <= stack->base + stack->len;
}

static bool frame_exact(const uint64_t *r, uint64_t frame, size_t size)
{
	return frame + size == r[ARM64_SP];
}

/* Of 5.10 and later; also that of others, which have a type, is a multiple of 16. */
static const struct arch_frame frame = { 336, frame_is, frame_exact };

static bool operand(const uint8_t *code, size_t len, const uint64_t *r, uint64_t *address)
{
	return len >= 4 && arm64_address((uint32_t)value_get(&arch_arm64, code, 4), r[ARM64_PC], r,
					 r[ARM64_SP], address);
}

#define NO_BRK UINT32_MAX

/* The number of a brk. */
static uint32_t brk_of(const uint8_t *code, size_t len)
{
	uint32_t insn = len >= 4 ? (uint32_t)value_get(&arch_arm64, code, 4) : 0;

	return (insn & 0xffe0001f) == 0xd4200000 ? insn >> 5 & UINT16_MAX : NO_BRK;
}

/* BUG() and WARN() are brk #0x800 (BUG_BRK_IMM). */
static bool is_bug(const uint8_t *code, size_t len)
{
	return brk_of(code, len) == 0x800;
}

/* asm/brk-imm.h */
static bool is_sanitizer(const uint8_t *code, size_t len, const uint64_t *r)
{
	uint32_t brk = brk_of(code, len);

	(void)r;
	return brk >> 8 == 0x9 || brk >> 8 == 0x55;
}

static bool is_cfi(const uint8_t *code, size_t len, const uint64_t *r)
{
	(void)r;
	return brk_of(code, len) >> 10 == 0x8000 >> 10;
}

/* Probes (4 to 7) and kgdb (400, 401) go on behind theirs. */
static bool is_brk(const uint8_t *code, size_t len, const uint64_t *r)
{
	uint32_t brk = brk_of(code, len);

	(void)r;
	return brk != NO_BRK && !is_bug(code, len) && (brk < 4 || brk > 7) && brk >> 1 != 0x200;
}

/* udf, which zeros are, too. */
static bool is_undefined(const uint8_t *code, size_t len, const uint64_t *r)
{
	(void)r;
	return len >= 4 && !(value_get(&arch_arm64, code, 4) >> 16);
}

static const struct arch_trap traps[] = {
	{ TRAP_SANITIZER, ARCH_NONE, 0, true, is_sanitizer, "KASAN 5.0, UBSAN 6.5" },
	{ TRAP_CONTROL_FLOW, ARCH_NONE, 0, true, is_cfi, "6.1" },
	{ TRAP_BREAKPOINT, ARCH_NONE, 0, true, is_brk, "3.7" },
	{ TRAP_INVALID_OPCODE, ARCH_NONE, 0, true, is_undefined, "3.7" },
};

/* bl imm26 */
static bool callee(const uint8_t *code, uint64_t back, uint64_t *function)
{
	uint32_t insn = (uint32_t)value_get(&arch_arm64, code, 4);
	int64_t words = (int64_t)((uint64_t)insn << 38) >> 38;

	if ((insn & 0xfc000000) != 0x94000000)
		return false;
	*function = back - 4 + (uint64_t)words * 4;
	return true;
}

static bool load_find(const uint8_t *code, size_t at, int reg, struct arch_word *word)
{
	struct arm64_word found;

	if (!arm64_load_find(code, at, (unsigned int)reg, &found))
		return false;
	word->reg = found.base == ARM64_INSN_START ? ARCH_NONE : (int)found.base;
	word->displacement = found.displacement;
	return true;
}

static bool call_find(const uint8_t *code, size_t end, struct arch_call *call)
{
	unsigned int reg;

	if (!arm64_call_find(code, end, &call->at, &reg))
		return false;
	call->reg = (int)reg;
	return true;
}

const struct arch arch_arm64 = {
	.name = "arm64",
	.va_bits = 53,
	.tag_mask = UINT64_C(0xff) << 56,
	.regs = regs,
	.nr_regs = ARM64_REGS,
	.nr_general = ARM64_SP,
	.ip = ARM64_PC,
	.sp = ARM64_SP,
	.flags = ARM64_PSTATE,
	.link = ARM64_LR,
	.frame = &frame,
	.thread_size = 16384,
	/* Since 4.14 (f60ad4edcf07). */
	.irq_stack = "irq_stack_ptr",
	.irq_stack_end = ARCH_STACK_BASE,
	.is_bug = is_bug,
	.bug_size = 4,
	.bug_trap_nr = ARCH_NONE,
	.traps = traps,
	.nr_traps = sizeof(traps) / sizeof(traps[0]),
	.insn_max = 4,
	.operand = operand,
	.call_size = 4,
	.callee = callee,
	.load_find = load_find,
	.call_find = call_find,
};
