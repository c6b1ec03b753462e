/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/fault.h"

#include <string.h>

bool fault_faults(const struct allocator *a, uint64_t address)
{
	enum location_kind kind = a->ops->locate(a, address).kind;

	return kind == LOCATION_NULL || kind == LOCATION_USER || kind == LOCATION_INVALID ||
	       kind == LOCATION_UNMAPPED;
}

static enum trap_kind kind_of(const struct exception *e, uint64_t address)
{
	return e->arch->is_protection && e->arch->is_protection(e->trap_nr, address)
		       ? TRAP_GENERAL_PROTECTION
		       : TRAP_PAGE_FAULT;
}

static bool is_bug(struct fault *f, const struct allocator *a, const struct exception *e)
{
	enum bug_status status = bug_find(a->memory, a->arena, f->ip, &f->bug);

	f->kind = TRAP_BUG;
	f->warned = status == BUG_FOUND && f->bug.warning;
	if (!f->warned)
		f->nr_code = e->arch->bug_size;
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
	f->kind = kind_of(e, f->address);
	base_find(f, e, access);
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

/* A call or jump through a bad pointer: the instruction pointer itself is what is wrong. */
static bool is_jump(struct fault *f, const struct allocator *a, const struct exception *e)
{
	if (!is_not_code(a, f->ip))
		return false;
	f->kind = kind_of(e, f->ip);
	f->jumped = true;
	f->address = f->ip;
	f->caller = caller_of(e);
	f->base = holder_of(e, f->ip);
	return true;
}

bool fault_of(struct fault *f, const struct allocator *a, const struct exception *e)
{
	uint8_t code[ARCH_INSN_MAX];
	size_t len = e->arch->insn_max;

	if (!e->exact || !e->arch->is_bug || !e->arch->operand)
		return false;
	*f = (struct fault){ .cpu = e->cpu, .pid = e->pid, .frame = e->frame, .base = -1 };
	memcpy(f->comm, e->comm, sizeof(f->comm));
	f->ip = e->regs[e->arch->ip];
	/* At the end of a page that is the last one in the dump there are fewer. */
	while (len && memory_read(a->memory, f->ip, code, len) != TARGET_OK)
		len--;
	f->nr_code = len < FAULT_CODE_MAX ? (unsigned int)len : FAULT_CODE_MAX;
	memcpy(f->code, code, f->nr_code);
	if (is_jump(f, a, e))
		return true;
	if (e->arch->is_bug(code, len))
		return is_bug(f, a, e);
	return is_access(f, a, e, &(struct access){ e->arch->operand, code, len }) ||
	       is_access(f, a, e, &(struct access){ e->arch->second_operand, code, len });
}
