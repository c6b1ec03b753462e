/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/origin.h"

#include "checker/image/arch.h"
#include "checker/image/symbol.h"

/* Most functions are shorter; of a longer one the way to an instruction is not read. */
#define CODE_MAX 4096

/* A function, from its first byte to an address in it. */
struct way {
	uint64_t start;
	size_t len;
	uint8_t code[CODE_MAX];
};

static bool way_read(struct way *w, struct memory *memory, uint64_t to)
{
	struct target_symbol symbol = symbol_of(memory, to);

	/* A return address behind a call that ends a function is the next one's first byte. */
	if (!symbol.name || !symbol.offset || symbol.offset > CODE_MAX)
		return false;
	w->start = to - symbol.offset;
	w->len = (size_t)symbol.offset;
	return memory_read(memory, w->start, w->code, w->len) == TARGET_OK;
}

static uint64_t address_of(const struct way *w, const struct arch_word *word, const uint64_t *regs)
{
	return (word->reg == ARCH_NONE ? w->start : regs[word->reg]) + (uint64_t)word->displacement;
}

/* The word that a call called, or that the register was loaded from that it called. */
static bool called_word(const struct arch *arch, const struct way *w, struct arch_word *word)
{
	struct arch_call call;

	if (!arch->call_find(w->code, w->len, &call))
		return false;
	if (call.reg != ARCH_NONE)
		return arch->load_find(w->code, call.at, call.reg, word);
	*word = call.word;
	return true;
}

static bool word_find_in(const struct arch *arch, const struct way *w, const struct fault *fault,
			 struct arch_word *word)
{
	if (fault->jumped)
		return called_word(arch, w, word);
	return fault->base >= 0 && arch->load_find(w->code, w->len, fault->base, word);
}

bool origin_of(struct origin *origin, const struct allocator *a, const struct fault *fault,
	       const uint64_t *regs)
{
	const struct arch *arch = a->memory->arch;
	uint64_t value, expected = fault->jumped ? fault->address : 0;
	struct way *w = arena_alloc(a->arena, sizeof(*w));
	struct arch_word word;

	if (!fault->jumped && fault->base >= 0)
		expected = regs[fault->base];
	if (!w || !arch->load_find || !arch->call_find ||
	    !way_read(w, a->memory, fault->jumped ? fault->caller : fault->ip) ||
	    !word_find_in(arch, w, fault, &word))
		return false;
	origin->address = address_of(w, &word, regs);
	origin->reg = word.reg;
	return memory_value(a->memory, origin->address, 8, &value) == TARGET_OK &&
	       value == expected;
}
