/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/fault.h"

#include <string.h>

#include "checker/image/symbol.h"

/* The bytes of an instruction, and what follows it. */
struct fault_code {
	uint8_t bytes[ARCH_INSN_MAX];
	size_t len;
};

bool fault_faults(const struct allocator *a, uint64_t address)
{
	enum location_kind kind = a->ops->locate(a, address).kind;

	return kind == LOCATION_NULL || kind == LOCATION_USER || kind == LOCATION_INVALID ||
	       kind == LOCATION_UNMAPPED;
}

static enum trap_kind kind_of(const struct fault *f, const struct exception *e)
{
	return e->arch->fault_kind ? e->arch->fault_kind(e->trap_nr, f->address, f->base)
				   : TRAP_PAGE_FAULT;
}

#define KCFI_MAX ((uint64_t)4 << 20)

/* Whether an instruction is in the kernel's list of those that check an indirect call: 32-bit distances from
 * where they are kept (kCFI, 6.1). */
static bool is_kcfi(const struct allocator *a, uint64_t ip)
{
	struct target *t = a->memory->target;
	uint64_t start, end, distance;

	if (!t->ops->symbol(t, "__start___kcfi_traps", &start) ||
	    !t->ops->symbol(t, "__stop___kcfi_traps", &end) || end < start ||
	    end - start > KCFI_MAX)
		return false;
	for (uint64_t at = start; at + 4 <= end; at += 4)
		if (memory_value(a->memory, at, 4, &distance) == TARGET_OK &&
		    at + (uint64_t)(int64_t)(int32_t)(uint32_t)distance == ip)
			return true;
	return false;
}

/* By the entry that the instruction names, or else by its own address. */
static enum bug_status table_ask(struct fault *f, const struct allocator *a,
				 const struct exception *e, const struct fault_code *code)
{
	uint64_t entry;

	if (e->arch->bug_entry && e->arch->bug_entry(code->bytes, code->len, e->regs, &entry))
		return bug_find_entry(a->memory, entry, f->ip, &f->bug);
	return bug_find(a->memory, a->arena, f->ip, &f->bug);
}

static bool is_bug(struct fault *f, const struct allocator *a, const struct exception *e,
		   const struct fault_code *code)
{
	enum bug_status status;

	if (!e->arch->is_bug(code->bytes, code->len))
		return false;
	status = table_ask(f, a, e, code);
	f->kind = TRAP_BUG;
	f->warned = status == BUG_FOUND && f->bug.warning;
	if (!f->warned)
		f->nr_code = e->arch->bug_size;
	if (status == BUG_NONE && is_kcfi(a, f->ip)) {
		f->kind = TRAP_CONTROL_FLOW;
		return true;
	}
	return status == BUG_FOUND ||
	       (status == BUG_UNKNOWN && e->trap_nr >= 0 && e->trap_nr == e->arch->bug_trap_nr);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a - b < b - a ? a - b : b - a;
}

#define NUDGE 16

/* An instruction, and which of its operands is looked at. */
struct access {
	bool (*operand)(const uint8_t *code, size_t len, const uint64_t *regs, uint64_t *address);
	const uint8_t *code;
	size_t len;
};

/* Whether the address of the operand moves with a register: that is its base, or an index without a scale. */
static bool moves_with(const struct exception *e, const struct access *access, unsigned int reg,
		       uint64_t address)
{
	uint64_t regs[ARCH_REGS_MAX], moved;

	memcpy(regs, e->regs, sizeof(regs));
	regs[reg] += NUDGE;
	return access->operand(access->code, access->len, regs, &moved) && moved == address + NUDGE;
}

/* The register that the address was computed from; of two that are added, the one nearer to it. */
static void base_find(struct fault *f, const struct exception *e, const struct access *access)
{
	for (unsigned int i = 0; i < e->arch->nr_general; i++) {
		if (!moves_with(e, access, i, f->address))
			continue;
		if (f->base >= 0 &&
		    distance(f->address, e->regs[i]) >= distance(f->address, e->regs[f->base]))
			continue;
		f->base = (int)i;
		f->displacement = (int64_t)(f->address - e->regs[i]);
	}
}

static bool is_access(struct fault *f, const struct allocator *a, const struct exception *e,
		      const struct access *access)
{
	if (!access->operand || !access->operand(access->code, access->len, e->regs, &f->address) ||
	    !fault_faults(a, f->address))
		return false;
	base_find(f, e, access);
	f->accessed = true;
	f->kind = kind_of(f, e);
	return true;
}

/* Memory that is not code, whether or not it is there. */
static bool is_not_code(const struct allocator *a, uint64_t address)
{
	enum location_kind kind = a->ops->locate(a, address).kind;

	return kind == LOCATION_OBJECT || kind == LOCATION_INSIDE || kind == LOCATION_SLAB ||
	       kind == LOCATION_PAGE || fault_faults(a, address);
}

/* Where the function that was called would have returned to. */
static uint64_t caller_of(const struct exception *e)
{
	if (e->arch->link != ARCH_NONE)
		return e->regs[e->arch->link];
	return e->nr_above >= 8 ? value_get(e->arch, e->above, 8) : 0;
}

/* Below this registers are equal by chance. */
#define SMALL UINT64_C(4096)

/* A register that holds a value; -1: none does, or several do that may hold the same by chance. */
static int holder_of(const struct exception *e, uint64_t value)
{
	int found = -1;

	for (unsigned int i = 0; i < e->arch->nr_general; i++) {
		if (e->regs[i] != value)
			continue;
		if (found >= 0 && value < SMALL)
			return -1;
		if (found < 0)
			found = (int)i;
	}
	return found;
}

/* Notes a call or a jump to an address. */
static void jump_note(struct fault *f, const struct exception *e, uint64_t address)
{
	f->jumped = f->accessed = true;
	f->address = address;
	f->caller = caller_of(e);
	f->base = holder_of(e, address);
}

/* A call or jump through a bad pointer: the instruction pointer itself is what is wrong. */
static bool is_jump(struct fault *f, const struct allocator *a, const struct exception *e)
{
	if (!is_not_code(a, f->ip))
		return false;
	jump_note(f, e, f->ip);
	f->kind = kind_of(f, e);
	return true;
}

static void code_read(struct fault_code *code, const struct allocator *a, const struct exception *e,
		      uint64_t at)
{
	/* At the end of a page that is the last one in the dump there are fewer. */
	code->len = e->arch->insn_max;
	while (code->len && memory_read(a->memory, at, code->bytes, code->len) != TARGET_OK)
		code->len--;
}

static void code_note(struct fault *f, const struct fault_code *code)
{
	f->nr_code = code->len < FAULT_CODE_MAX ? (unsigned int)code->len : FAULT_CODE_MAX;
	memcpy(f->code, code->bytes, f->nr_code);
}

/* No function of the kernel, a module or BPF's; where text was freed there is none either. */
static bool is_nobodys(const struct allocator *a, uint64_t address)
{
	struct target_symbol symbol = symbol_of(a->memory, address);

	return !symbol_is_near(&symbol);
}

/* An instruction that raises an exception whatever memory holds. */
static bool is_trap(struct fault *f, const struct allocator *a, const struct exception *e)
{
	for (unsigned int i = 0; i < e->arch->nr_traps; i++) {
		const struct arch_trap *trap = &e->arch->traps[i];
		struct fault_code code;

		if (!trap->sure && e->trap_nr != trap->nr)
			continue;
		code_read(&code, a, e, f->ip - trap->behind);
		if (!trap->is(code.bytes, code.len, e->regs))
			continue;
		f->kind = trap->kind;
		f->warned = false;
		code_note(f, &code);
		if ((f->kind == TRAP_BREAKPOINT || f->kind == TRAP_INVALID_OPCODE) &&
		    is_nobodys(a, f->ip - trap->behind))
			jump_note(f, e, f->ip - trap->behind);
		return true;
	}
	return false;
}

static bool fault_begin(struct fault *f, struct fault_code *code, const struct allocator *a,
			const struct exception *e)
{
	if (!e->exact || !e->arch->is_bug || !e->arch->operand)
		return false;
	*f = (struct fault){ .cpu = e->cpu, .pid = e->pid, .frame = e->frame, .base = -1 };
	memcpy(f->comm, e->comm, sizeof(f->comm));
	f->ip = e->regs[e->arch->ip];
	code_read(code, a, e, f->ip);
	code_note(f, code);
	return true;
}

/* Bytes that an exception pushes, of which the last ones may not fit. */
#define FRAME_PUSHED 64u

/* Below its lowest address there is a page that is never mapped, in which the push failed. */
static bool is_overflow(const struct allocator *a, const struct exception *e)
{
	uint64_t sp = e->regs[e->arch->sp];

	return e->stack &&
	       sp - (e->stack - a->memory->page_size) < a->memory->page_size + FRAME_PUSHED;
}

bool fault_of(struct fault *f, const struct allocator *a, const struct exception *e)
{
	struct fault_code code;

	if (!fault_begin(f, &code, a, e))
		return false;
	if (e->double_fault) {
		f->kind = is_overflow(a, e) ? TRAP_STACK_OVERFLOW : TRAP_DOUBLE_FAULT;
		return true;
	}
	return is_jump(f, a, e) || is_bug(f, a, e, &code) || is_trap(f, a, e) ||
	       is_access(f, a, e, &(struct access){ e->arch->operand, code.bytes, code.len }) ||
	       is_access(f, a, e,
			 &(struct access){ e->arch->second_operand, code.bytes, code.len });
}

bool fault_of_report(struct fault *f, const struct allocator *a, const struct exception *e,
		     enum trap_kind kind)
{
	struct fault_code code;

	if (!fault_begin(f, &code, a, e))
		return false;
	f->kind = kind;
	if ((kind != TRAP_PAGE_FAULT && kind != TRAP_GENERAL_PROTECTION &&
	     kind != TRAP_STACK_SEGMENT && kind != TRAP_PAGE_TABLE && kind != TRAP_BUS) ||
	    !e->arch->operand(code.bytes, code.len, e->regs, &f->address))
		return true;
	f->accessed = true;
	base_find(f, e, &(struct access){ e->arch->operand, code.bytes, code.len });
	return true;
}
