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

	if (status == BUG_FOUND)
		return !d->bug.warning;
	return status == BUG_UNKNOWN && e->trap_nr >= 0 && e->trap_nr == e->arch->bug_trap_nr;
}

static bool is_fault(struct search *s, const struct exception *e, const uint8_t *code, size_t len)
{
	struct death *d = s->death;
	uint64_t address;

	if (!e->arch->operand(code, len, e->regs, &address) || !faults(s->j->allocator, address))
		return false;
	word_find(&d->target, s->j, address);
	d->target.at = s->j->allocator->ops->locate(s->j->allocator, address);
	d->kind = fault_kind(e, address);
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
	d->found = e->arch->is_bug(code, len) ? is_bug(s, e) : is_fault(s, e, code, len);
	if (d->found)
		regs_note(s, e);
	return d->found;
}

/* The register nearest below or at the address that was accessed, by less than a page. */
static void base_find(struct death *d, const uint64_t *values, size_t page_size)
{
	for (size_t i = 0; d->kind != TRAP_BUG && i < d->nr_regs; i++) {
		int64_t from = (int64_t)(d->target.value - values[i]);

		if (from <= -(int64_t)page_size || from >= (int64_t)page_size || !values[i])
			continue;
		if (d->base >= 0 &&
		    (from < 0 ? -from : from) >=
			    (d->displacement < 0 ? -d->displacement : d->displacement))
			continue;
		d->base = (int)i;
		d->displacement = from;
	}
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

void death_find(struct death *d, struct judged *j)
{
	const struct allocator *a = j->allocator;
	struct search s = { .death = d, .j = j, .cpu = panic_cpu(a->memory) };
	int cpu = s.cpu;

	*d = (struct death){ .cpu = cpu, .base = -1 };
	if (!exceptions_died(a->memory))
		return;
	if (!exceptions_visit(a->memory, a->kernel, a->arena, frame_visit, &s)) {
		s.cpu = -1;
		if (cpu < 0 || !exceptions_visit(a->memory, a->kernel, a->arena, frame_visit, &s)) {
			*d = (struct death){ .cpu = cpu, .base = -1 };
			return;
		}
	}
	d->symbol = symbol_of(a->memory, d->ip);
	for (size_t i = 0; i < d->nr_regs; i++)
		word_find(&d->regs[i].word, j, s.values[i]);
	base_find(d, s.values, a->memory->page_size);
	for (size_t i = 0; i < d->nr_regs; i++)
		if (is_worth_a_search(&d->regs[i].word))
			origin_find(d, j, &d->regs[i]);
}
