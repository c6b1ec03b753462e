/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/death.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checker/image/exception.h"
#include "checker/image/symbol.h"
#include "checker/why/death_report.h"
#include "checker/why/fault.h"
#include "checker/why/origin.h"

/* A visit to the frames. */
struct search {
	struct death *death;
	struct judged *j;
	int cpu; /* whose frame is wanted; -1: any */
	bool warnings; /* a WARN() is wanted, too */
	const struct death_report
		*report; /* the frame that it is about is wanted; NULL: what tells by itself */
	uint64_t values[ARCH_REGS_MAX];
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

static void regs_note(struct search *s, const struct exception *e)
{
	struct death *d = s->death;

	memcpy(s->values, e->regs, sizeof(s->values));
	for (d->nr_regs = 0; d->nr_regs < e->arch->nr_general; d->nr_regs++)
		d->regs[d->nr_regs].name = e->arch->regs[d->nr_regs].name;
}

static bool is_wanted(struct search *s, const struct exception *e)
{
	const struct allocator *a = s->j->allocator;

	if (!s->report)
		return fault_of(&s->death->fault, a, e);
	return e->regs[e->arch->sp] == s->report->sp &&
	       fault_of_report(&s->death->fault, a, e, s->report->kind);
}

static bool frame_visit(void *ctx, const struct exception *e)
{
	struct search *s = ctx;
	struct death *d = s->death;

	if ((s->cpu >= 0 && e->cpu != s->cpu) || !is_wanted(s, e) ||
	    (d->fault.warned && !s->warnings))
		return false;
	d->found = true;
	regs_note(s, e);
	return true;
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
	const struct slab_look *look = judged_look(j, &holder->at);
	uint64_t object = holder->at.addr - holder->at.offset;
	struct link_view link;

	/* What is in a sheaf holds what its last owner left there. */
	if (!owner || holder->state != OBJECT_FREE || !look || look->holder.kind == HOLDER_ARRAY ||
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

/* The frame that the kernel's own report is about, whatever its instruction tells. */
static bool report_visit(struct search *s, const struct complaints *complaints)
{
	struct death_report report;
	bool found;

	if (!death_report_read(&report, complaints))
		return false;
	s->report = &report;
	found = frames_visit(s, -1, false);
	s->report = NULL;
	return found;
}

/* An exception of the CPU that panicked, or of any; a warning only where somebody panicked. */
static bool frame_find(struct search *s, int cpu, const struct complaints *complaints)
{
	if (exceptions_died(s->j->allocator->memory) &&
	    (frames_visit(s, cpu, false) || report_visit(s, complaints) ||
	     (cpu >= 0 && frames_visit(s, -1, false))))
		return true;
	return cpu >= 0 && frames_visit(s, cpu, true);
}

/* A word that would be a number is an address here. */
static void number_as_address(struct word *w)
{
	if (w->kind == WORD_ZERO)
		snprintf(w->text, sizeof(w->text), "NULL");
	else if (w->kind == WORD_NULL_OFFSET)
		snprintf(w->text, sizeof(w->text), "NULL + 0x%" PRIx64, w->value);
	else if (w->kind == WORD_NUMBER && w->at.kind == LOCATION_USER)
		snprintf(w->text, sizeof(w->text), "user space");
}

/* What was accessed; where it lies also when the word means something else. */
static void target_note(struct death *d, struct judged *j)
{
	word_find(&d->target, j, d->fault.address);
	d->target.at = judged_locate(j, d->fault.address);
	number_as_address(&d->target);
}

/* In an object: a register holds what lies there, and another one leads to it. */
static void source_note(struct death *d, struct judged *j, const struct origin *origin)
{
	const struct arch *arch = j->allocator->memory->arch;
	struct death_source *source = &d->source;
	struct death_reg *base = d->fault.base >= 0 ? &d->regs[d->fault.base] : NULL;

	*source = (struct death_source){ .address = origin->address, .loaded = true };
	word_find(&source->what, j, origin->address);
	source->at = judged_locate(j, origin->address);
	source->reg = origin->reg == ARCH_NONE ? NULL : arch->regs[origin->reg].name;
	if (!base || !source->at.cache || source->at.index < 0)
		return;
	base->from = source->reg;
	base->holder = source->at.addr - source->at.offset;
	base->offset = (uint32_t)source->at.offset;
}

/* How far behind what a register points to a word of the same object is looked for. */
#define REMAINS_REACH 256

/* Behind a register that points into a slab whose cache is on no list: where its objects begin is not known. */
static void remains_find(struct death *d, struct judged *j, uint64_t value)
{
	struct memory *memory = j->allocator->memory;
	uint64_t word;

	for (size_t i = 0; i < d->nr_regs; i++) {
		const struct word *holder = &d->regs[i].word;
		uint64_t start = holder->value & ~UINT64_C(7);

		if (holder->kind != WORD_SLAB || holder->at.kind != LOCATION_SLAB)
			continue;
		for (uint64_t at = start; at < start + REMAINS_REACH; at += 8) {
			if (memory_value(memory, at, 8, &word) != TARGET_OK || word != value)
				continue;
			d->source.address = at;
			d->source.at = j->allocator->ops->locate(j->allocator, at);
			d->source.reg = d->regs[i].name;
			return;
		}
	}
}

/* By the instructions, or else by the word, which lies in an object of a register by then. */
static void source_find(struct death *d, struct judged *j, const uint64_t *values)
{
	struct death_reg *base = d->fault.base >= 0 ? &d->regs[d->fault.base] : NULL;
	struct origin origin;

	if (!d->fault.accessed)
		return;
	if (origin_of(&origin, j->allocator, &d->fault, values)) {
		source_note(d, j, &origin);
	} else if (base && base->from) {
		d->source.address = base->holder + base->offset;
		d->source.at = judged_locate(j, d->source.address);
		d->source.reg = base->from;
	} else if (base && is_worth_a_search(&base->word)) {
		remains_find(d, j, base->word.value);
	}
}

/* Where it is said to have happened: of a jump where it came from, of a check where the kernel says that it is. */
static uint64_t place_of(const struct fault *f)
{
	if (f->jumped)
		return f->caller;
	return f->bug.addr ? f->bug.addr : f->ip;
}

void death_find(struct death *d, struct judged *j, const struct complaints *complaints)
{
	const struct allocator *a = j->allocator;
	struct search s = { .death = d, .j = j };
	int cpu = panic_cpu(a->memory);

	*d = (struct death){ .fault = { .cpu = cpu, .base = -1 } };
	if (!frame_find(&s, cpu, complaints)) {
		d->fault = (struct fault){ .cpu = cpu, .base = -1 };
		return;
	}
	d->symbol = symbol_of(a->memory, place_of(&d->fault));
	if (d->fault.accessed)
		target_note(d, j);
	for (size_t i = 0; i < d->nr_regs; i++)
		word_find(&d->regs[i].word, j, s.values[i]);
	for (size_t i = 0; i < d->nr_regs; i++)
		if (is_worth_a_search(&d->regs[i].word))
			origin_find(d, j, &d->regs[i]);
	source_find(d, j, s.values);
}
