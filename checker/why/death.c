/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/death.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/exception.h"
#include "checker/image/symbol.h"

/* A visit to the frames. */
struct search {
	struct death *death;
	struct judged *j;
	int cpu; /* whose frame is wanted; -1: any */
	bool warnings; /* a WARN() is wanted, too */
	uint64_t caller; /* of a jump: where it was to return to; 0: not known */
	uint64_t values[DEATH_REGS_MAX];
};

/* The CPU that panicked; -1: the dump does not tell. panic_cpu since 4.6, crashing_cpu on x86. */
static int panic_cpu(struct memory *memory)
{
	static const char *const names[] = { "panic_cpu", "crashing_cpu" };
	uint64_t addr, cpu;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (memory->target->ops->symbol(memory->target, names[i], &addr) &&
		    memory_value(memory, addr, 4, &cpu) == TARGET_OK && (int32_t)cpu >= 0)
			return (int32_t)cpu;
	return -1;
}

/* Whether an access to the address faults; what is not in the dump may be there. */
static bool faults(const struct allocator *a, uint64_t address)
{
	enum location_kind kind = a->ops->locate(a, address).kind;

	return kind == LOCATION_NULL || kind == LOCATION_USER || kind == LOCATION_INVALID ||
	       kind == LOCATION_UNMAPPED;
}

static enum trap_kind fault_kind(const struct exception *e, uint64_t address)
{
	return e->arch->is_protection && e->arch->is_protection(e->trap_nr, address)
		       ? TRAP_GENERAL_PROTECTION
		       : TRAP_PAGE_FAULT;
}

/* Without the table a BUG() is told from a WARN() by what the task died of. */
static bool is_bug(struct search *s, const struct exception *e)
{
	const struct allocator *a = s->j->allocator;
	struct death *d = s->death;
	enum bug_status status = bug_find(a->memory, a->arena, d->ip, &d->bug);

	if (status == BUG_FOUND) {
		d->warned = d->bug.warning;
		return !d->bug.warning || s->warnings;
	}
	return status == BUG_UNKNOWN && e->trap_nr >= 0 && e->trap_nr == e->arch->bug_trap_nr;
}

static void target_note(struct search *s, const struct exception *e, uint64_t address)
{
	struct death *d = s->death;

	word_find(&d->target, s->j, address);
	d->target.at = s->j->allocator->ops->locate(s->j->allocator, address);
	d->kind = fault_kind(e, address);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a - b < b - a ? a - b : b - a;
}

#define NUDGE 16

/* Whether the address of the operand moves with a register: that is its base, or an index without a scale. */
static bool moves_with(const struct exception *e, const uint8_t *code, size_t len, unsigned int reg,
		       uint64_t address)
{
	uint64_t regs[ARCH_REGS_MAX], moved;

	memcpy(regs, e->regs, sizeof(regs));
	regs[reg] += NUDGE;
	return e->arch->operand(code, len, regs, &moved) && moved == address + NUDGE;
}

/* The register that the address was computed from; of two that are added, the one nearer to it. */
static void base_find(struct death *d, const struct exception *e, const uint8_t *code, size_t len,
		      uint64_t address)
{
	for (unsigned int i = 0; i < e->arch->nr_general && i < DEATH_REGS_MAX; i++) {
		if (!moves_with(e, code, len, i, address))
			continue;
		if (d->base >= 0 &&
		    distance(address, e->regs[i]) >= distance(address, e->regs[d->base]))
			continue;
		d->base = (int)i;
		d->displacement = (int64_t)(address - e->regs[i]);
	}
}

static bool is_fault(struct search *s, const struct exception *e, const uint8_t *code, size_t len)
{
	uint64_t address;

	if (!e->arch->operand(code, len, e->regs, &address) || !faults(s->j->allocator, address))
		return false;
	target_note(s, e, address);
	base_find(s->death, e, code, len, address);
	return true;
}

/* Memory that is not code, whether or not it is there. */
static bool is_no_code(const struct allocator *a, uint64_t address)
{
	enum location_kind kind = a->ops->locate(a, address).kind;

	return kind == LOCATION_OBJECT || kind == LOCATION_INSIDE || kind == LOCATION_SLAB ||
	       kind == LOCATION_PAGE || faults(a, address);
}

/* Where the function that was called would have returned to. */
static uint64_t caller_of(const struct exception *e)
{
	uint64_t back = 0;

	if (e->arch->link != ARCH_NONE)
		return e->regs[e->arch->link];
	if (e->nr_above >= sizeof(back))
		memcpy(&back, e->above, sizeof(back));
	return back;
}

/* A call or jump through a bad pointer: the instruction pointer itself is what is wrong. */
static bool is_jump(struct search *s, const struct exception *e)
{
	struct death *d = s->death;

	if (!is_no_code(s->j->allocator, d->ip))
		return false;
	target_note(s, e, d->ip);
	d->jumped = true;
	s->caller = caller_of(e);
	for (unsigned int i = 0; d->base < 0 && i < e->arch->nr_general && i < DEATH_REGS_MAX; i++)
		if (e->regs[i] == d->ip)
			d->base = (int)i;
	return true;
}

static void regs_note(struct search *s, const struct exception *e)
{
	struct death *d = s->death;

	for (unsigned int i = 0; i < e->arch->nr_general && d->nr_regs < DEATH_REGS_MAX; i++) {
		d->regs[d->nr_regs].name = e->arch->regs[i].name;
		s->values[d->nr_regs++] = e->regs[i];
	}
}

static bool frame_visit(void *ctx, const struct exception *e)
{
	struct search *s = ctx;
	struct death *d = s->death;
	uint8_t code[ARCH_INSN_MAX];
	size_t len = e->arch->insn_max;

	if (!e->exact || !e->arch->is_bug || !e->arch->operand || (s->cpu >= 0 && e->cpu != s->cpu))
		return false;
	*d = (struct death){ .cpu = e->cpu, .pid = e->pid, .frame = e->frame, .base = -1 };
	memcpy(d->comm, e->comm, sizeof(d->comm));
	d->ip = e->regs[e->arch->ip];
	/* At the end of a page that is the last one in the dump there are fewer. */
	while (len && memory_read(s->j->allocator->memory, d->ip, code, len) != TARGET_OK)
		len--;
	d->nr_code = len < TRAP_CODE_MAX ? (unsigned int)len : TRAP_CODE_MAX;
	memcpy(d->code, code, d->nr_code);
	d->kind = TRAP_BUG;
	if (is_jump(s, e))
		d->found = true;
	else
		d->found = e->arch->is_bug(code, len) ? is_bug(s, e) : is_fault(s, e, code, len);
	if (d->found)
		regs_note(s, e);
	return d->found;
}

/* A word that is not a pointer anybody has: a freepointer with its key, the target of a fault. */
static bool is_worth_a_search(const struct word *w)
{
	return w->kind >= WORD_POISON_FREE && w->kind != WORD_SYMBOL && w->kind != WORD_CACHE;
}

/* Where a word lies in an object, apart from the object's link; false: nowhere. */
static bool lies_in(struct judged *j, const struct word *holder, uint64_t value, uint32_t *offset)
{
	const struct cache_result *owner = judged_cache(j, holder->at.cache);
	uint64_t start = holder->at.addr - holder->at.offset, word;
	uint64_t end = owner ? owner->cache.object_size & ~UINT64_C(7) : 0;

	for (uint64_t at = 0; at < end && at < 4096; at += 8)
		if (memory_value(j->allocator->memory, start + at, 8, &word) == TARGET_OK &&
		    word == value) {
			*offset = (uint32_t)at;
			return true;
		}
	return false;
}

/* Whether a register's word is the stored link of the object that another one points into. */
static bool is_link_of(struct judged *j, struct death_reg *reg, const struct word *holder)
{
	const struct cache_result *owner = judged_cache(j, holder->at.cache);
	uint64_t object = holder->at.addr - holder->at.offset;
	struct link_view link;

	if (!owner || holder->state != OBJECT_FREE ||
	    !j->allocator->ops->link(j->allocator, owner, object, &link) || !link.raw ||
	    link.raw != reg->word.value)
		return false;
	reg->word.kind = WORD_LINK;
	reg->word.object = object;
	reg->encoded = link.encoded;
	snprintf(reg->word.text, sizeof(reg->word.text),
		 "the %sfreepointer of the free object %" PRIx64, link.encoded ? "encoded " : "",
		 object);
	return true;
}

static void origin_find(struct death *d, struct judged *j, struct death_reg *reg)
{
	for (size_t i = 0; i < d->nr_regs && !reg->from; i++) {
		const struct death_reg *holder = &d->regs[i];

		if (holder == reg || holder->word.kind != WORD_OBJECT ||
		    !lies_in(j, &holder->word, reg->word.value, &reg->offset))
			continue;
		reg->from = holder->name;
		reg->holder = holder->word.at.addr - holder->word.at.offset;
	}
	for (size_t i = 0; i < d->nr_regs; i++)
		if (&d->regs[i] != reg && d->regs[i].word.kind == WORD_OBJECT &&
		    is_link_of(j, reg, &d->regs[i].word))
			return;
}

static bool frames_visit(struct search *s, int cpu, bool warnings)
{
	const struct allocator *a = s->j->allocator;

	s->cpu = cpu;
	s->warnings = warnings;
	return exceptions_visit(a->memory, a->kernel, a->arena, frame_visit, s);
}

/* An exception of the CPU that panicked, or of any; a warning only where somebody panicked. */
static bool frame_find(struct search *s, int cpu)
{
	if (exceptions_died(s->j->allocator->memory) &&
	    (frames_visit(s, cpu, false) || (cpu >= 0 && frames_visit(s, -1, false))))
		return true;
	return cpu >= 0 && frames_visit(s, cpu, true);
}

void death_find(struct death *d, struct judged *j)
{
	const struct allocator *a = j->allocator;
	struct search s = { .death = d, .j = j };
	int cpu = panic_cpu(a->memory);

	*d = (struct death){ .cpu = cpu, .base = -1 };
	if (!frame_find(&s, cpu)) {
		*d = (struct death){ .cpu = cpu, .base = -1 };
		return;
	}
	d->symbol = symbol_of(a->memory, d->jumped ? s.caller : d->ip);
	for (size_t i = 0; i < d->nr_regs; i++)
		word_find(&d->regs[i].word, j, s.values[i]);
	for (size_t i = 0; i < d->nr_regs; i++)
		if (is_worth_a_search(&d->regs[i].word))
			origin_find(d, j, &d->regs[i]);
}
