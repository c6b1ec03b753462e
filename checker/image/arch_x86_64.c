/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * x86-64. Page tables with five levels have 57 address bits, with four levels 48.
 */
#include "checker/image/arch_x86_64.h"

#include "decoders/insn.h"
#include "decoders/operand.h"
#include "decoders/trap_insn.h"

#define KERNEL_CS 0x10
#define KERNEL_SS 0x18

#define TRAP_NR_DE 0
#define TRAP_NR_BP 3
#define TRAP_NR_UD 6
#define TRAP_NR_DF 8
#define TRAP_NR_SS 12
#define TRAP_NR_GP 13
#define TRAP_NR_PF 14

#define INT3 0xcc

/* struct user_regs_struct, which notes have, begins like struct pt_regs. */
#define REG(number, name, member) [number] = { name, member, 0, 8 * (number), 8 * (number) }

static const struct arch_reg regs[] = {
	REG(X86_64_R15, "r15", "r15"),	      REG(X86_64_R14, "r14", "r14"),
	REG(X86_64_R13, "r13", "r13"),	      REG(X86_64_R12, "r12", "r12"),
	REG(X86_64_BP, "rbp", "bp"),	      REG(X86_64_BX, "rbx", "bx"),
	REG(X86_64_R11, "r11", "r11"),	      REG(X86_64_R10, "r10", "r10"),
	REG(X86_64_R9, "r9", "r9"),	      REG(X86_64_R8, "r8", "r8"),
	REG(X86_64_AX, "rax", "ax"),	      REG(X86_64_CX, "rcx", "cx"),
	REG(X86_64_DX, "rdx", "dx"),	      REG(X86_64_SI, "rsi", "si"),
	REG(X86_64_DI, "rdi", "di"),	      REG(X86_64_ORIG_AX, "orig_ax", "orig_ax"),
	REG(X86_64_IP, "rip", "ip"),	      REG(X86_64_CS, "cs", "cs"),
	REG(X86_64_FLAGS, "eflags", "flags"), REG(X86_64_SP, "rsp", "sp"),
	REG(X86_64_SS, "ss", "ss"),
};

/* What an exception in kernel mode pushed: no sequence of five other words looks so. The instruction
 * pointer can be any word when a pointer to a function was overwritten. */
static bool frame_is(const uint64_t *r, const struct arch_stack *stack)
{
	return (r[X86_64_CS] & 0xffff) == KERNEL_CS &&
	       (r[X86_64_SS] == KERNEL_SS || !r[X86_64_SS]) && (r[X86_64_FLAGS] & 2) &&
	       r[X86_64_FLAGS] < (UINT64_C(1) << 22) && r[X86_64_SP] >= stack->base &&
	       r[X86_64_SP] <= stack->base + stack->len;
}

/* Since 5.2 (2700fefdb2d9) what int3 pushed is pushed again below, with a gap for a call that is emulated. */
#define INT3_GAP 48

/* What the hardware pushed then looks like the end of a frame, whose registers are the second copy. */
static bool is_above_gap(const uint64_t *r)
{
	return r[X86_64_AX] == r[X86_64_IP] && r[X86_64_CX] == r[X86_64_CS] &&
	       r[X86_64_DX] == r[X86_64_FLAGS] && r[X86_64_SI] == r[X86_64_SP] &&
	       r[X86_64_DI] == r[X86_64_SS];
}

/* The hardware aligns the stack before it pushes. */
static bool frame_exact(const uint64_t *r, uint64_t frame, size_t size)
{
	uint64_t end = r[X86_64_SP] & ~UINT64_C(15);

	return frame + size == end ? !is_above_gap(r) : frame + size + INT3_GAP == end;
}

static const struct arch_frame frame = { 8 * X86_64_REGS, frame_is, frame_exact };

/* The registers by their numbers in the machine: see operand.h and insn.h. */
static const enum x86_64_reg order[INSN_REGS] = { X86_64_AX,  X86_64_CX,  X86_64_DX,  X86_64_BX,
						  X86_64_SP,  X86_64_BP,  X86_64_SI,  X86_64_DI,
						  X86_64_R8,  X86_64_R9,  X86_64_R10, X86_64_R11,
						  X86_64_R12, X86_64_R13, X86_64_R14, X86_64_R15 };

static void numbered_fill(uint64_t numbered[INSN_REGS], const uint64_t *r)
{
	for (unsigned int i = 0; i < INSN_REGS; i++)
		numbered[i] = r[order[i]];
}

static bool operand(const uint8_t *code, size_t len, const uint64_t *r, uint64_t *address)
{
	uint64_t numbered[INSN_REGS];

	numbered_fill(numbered, r);
	return insn_address(code, len, r[X86_64_IP], numbered, address);
}

static bool second_operand(const uint8_t *code, size_t len, const uint64_t *r, uint64_t *address)
{
	uint64_t numbered[INSN_REGS];

	numbered_fill(numbered, r);
	return insn_second_address(code, len, numbered, address);
}

static struct arch_word word_of(const struct insn_memory *memory)
{
	return (struct arch_word){ memory->base < INSN_REGS ? (int)order[memory->base] : ARCH_NONE,
				   memory->displacement };
}

static bool load_find(const uint8_t *code, size_t at, int reg, struct arch_word *word)
{
	struct insn_memory memory;

	for (unsigned int i = 0; i < INSN_REGS; i++)
		if ((int)order[i] == reg && insn_load_find(code, at, i, &memory)) {
			*word = word_of(&memory);
			return true;
		}
	return false;
}

static bool call_find(const uint8_t *code, size_t end, struct arch_call *call)
{
	struct insn insn = { .length = 0 };

	if (!insn_call_find(code, end, &call->at, &insn))
		return false;
	call->reg = insn.calls == INSN_NO_REG ? ARCH_NONE : (int)order[insn.calls];
	call->word = word_of(&insn.memory);
	if (insn.memory.base == INSN_IP)
		call->word.displacement += (int64_t)end;
	return true;
}

static bool is_bug(const uint8_t *code, size_t len)
{
	return insn_is_ud2(code, len) || insn_is_ud1(code, len);
}

/* WARN() with a text (6.19). */
static bool bug_entry(const uint8_t *code, size_t len, const uint64_t *r, uint64_t *entry)
{
	unsigned int reg;

	if (!insn_warn_reg(code, len, &reg))
		return false;
	*entry = r[order[reg]];
	return true;
}

/* An address that is not canonical faults before the page tables are asked: one that is computed from the stack
 * pointer or from rbp in the stack segment. */
static enum trap_kind fault_kind(int trap_nr, uint64_t address, int base)
{
	uint64_t top = address >> 47;
	bool of_stack = base == X86_64_SP || base == X86_64_BP;

	if (trap_nr == TRAP_NR_SS && of_stack)
		return TRAP_STACK_SEGMENT;
	if (trap_nr == TRAP_NR_GP)
		return TRAP_GENERAL_PROTECTION;
	return trap_nr != TRAP_NR_PF && top && top != 0x1ffff ? TRAP_GENERAL_PROTECTION
							      : TRAP_PAGE_FAULT;
}

static bool is_int3(const uint8_t *code, size_t len, const uint64_t *r)
{
	(void)r;
	return len && code[0] == INT3;
}

/* Text that was freed holds nothing else; between functions there are runs of it, too. */
static bool is_in_int3s(const uint8_t *code, size_t len, const uint64_t *r)
{
	(void)r;
	return len >= 2 && code[0] == INT3 && code[1] == INT3;
}

static bool divides_by_zero(const uint8_t *code, size_t len, const uint64_t *r)
{
	uint64_t numbered[INSN_REGS];

	numbered_fill(numbered, r);
	return insn_divides_by_zero(code, len, numbered);
}

static bool is_ubsan(const uint8_t *code, size_t len, const uint64_t *r)
{
	(void)r;
	return insn_is_ubsan(code, len);
}

static bool is_fineibt(const uint8_t *code, size_t len, const uint64_t *r)
{
	(void)r;
	return insn_is_fineibt(code, len);
}

static bool is_undefined(const uint8_t *code, size_t len, const uint64_t *r)
{
	(void)r;
	return insn_is_undefined(code, len);
}

/* exc_int3() does not note its number (5.8); a module's text becomes int3 when it is freed (6.13). */
static const struct arch_trap traps[] = {
	{ TRAP_DIVIDE, TRAP_NR_DE, 0, true, divides_by_zero, "2.6.12" },
	{ TRAP_BREAKPOINT, TRAP_NR_BP, 1, true, is_in_int3s, "2.6.12; of freed text 6.13" },
	{ TRAP_BREAKPOINT, TRAP_NR_BP, 1, false, is_int3, "until 5.7" },
	{ TRAP_SANITIZER, TRAP_NR_UD, 0, true, is_ubsan, "6.12" },
	{ TRAP_CONTROL_FLOW, TRAP_NR_UD, 0, true, is_fineibt, "6.15" },
	{ TRAP_INVALID_OPCODE, TRAP_NR_UD, 0, false, is_undefined, "2.6.12" },
};

#define VA_BITS_4 48
#define VA_BITS_5 57
#define PGDIR_SHIFT_4 39
#define PGDIR_SHIFT_5 48

/*
 * pgdir_shift says so where a kernel can have either number of levels (4.17), and else the direct map: with five
 * levels it begins at ff11000000000000 or above, but far below what four can reach. A flag that is used while
 * booting is not asked: its memory is freed.
 */
static unsigned int va_bits_find(struct target *t)
{
	uint64_t addr, base;
	uint8_t shift[4];

	if (t->ops->symbol(t, "pgdir_shift", &addr) &&
	    t->ops->read(t, addr, shift, sizeof(shift)) == TARGET_OK) {
		base = value_get(&arch_x86_64, shift, sizeof(shift));
		if (base == PGDIR_SHIFT_4 || base == PGDIR_SHIFT_5)
			return base == PGDIR_SHIFT_4 ? VA_BITS_4 : VA_BITS_5;
	}
	if (!target_variable(t, "page_offset_base", &base) || base < UINT64_C(0xff00) << 48)
		return 0;
	return bits_are_canonical(base, VA_BITS_4) ? VA_BITS_4 : VA_BITS_5;
}

/* call rel32 */
static bool callee(const uint8_t *code, uint64_t back, uint64_t *function)
{
	if (code[0] != 0xe8)
		return false;
	*function = back + (uint64_t)(int64_t)(int32_t)value_get(&arch_x86_64, code + 1, 4);
	return true;
}

/* Since 5.2 (019b17b3ffe4); before, the stacks lay in the per-CPU area. */
static const struct arch_fault_stack fault_stack = { "cea_exception_stacks", "cea_exception_stacks",
						     "DF_stack", "NMI_stack_guard", TRAP_NR_DF };

const struct arch arch_x86_64 = {
	.name = "x86-64",
	.va_bits = VA_BITS_5,
	.va_bits_least = VA_BITS_4,
	.va_bits_find = va_bits_find,
	.regs = regs,
	.nr_regs = X86_64_REGS,
	.nr_general = X86_64_ORIG_AX,
	.ip = X86_64_IP,
	.sp = X86_64_SP,
	.flags = X86_64_FLAGS,
	.link = ARCH_NONE,
	.frame = &frame,
	.current = "current_task",
	.current_member = "current_task",
	.thread_size = 16384, /* since 3.15 (6538b8ea886e) */
	/* Since 5.2 (758a2e312228); before, interrupts had a stack in the per-CPU area. The pointer is
	 * to the end, or, since 5.13, to the last word. */
	.irq_stack = "hardirq_stack_ptr",
	.irq_stack_size = 16384,
	.irq_stack_end = ARCH_STACK_END,
	.fault_stack = &fault_stack,
	.is_bug = is_bug,
	.bug_size = 2,
	.bug_entry = bug_entry,
	.bug_trap_nr = TRAP_NR_UD,
	.traps = traps,
	.nr_traps = sizeof(traps) / sizeof(traps[0]),
	.insn_max = INSN_MAX,
	.operand = operand,
	.second_operand = second_operand,
	.fault_kind = fault_kind,
	.call_size = 5,
	.callee = callee,
	.load_find = load_find,
	.call_find = call_find,
};
