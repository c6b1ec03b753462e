/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/panic.h"

#include <string.h>

#include "checker/findings/severity.h"
#include "checker/image/exception.h"
#include "checker/image/symbol.h"

/*
 * What a value can be to a finding. The cache or its kmem_cache_cpu alone are in the registers of every
 * allocation from it; only a value of the damage itself ties the exception to the finding.
 */
struct meaning {
	bool known; /* the finding has such a value */
	bool damage;
	uint64_t value;
	const char *what;
};

#define MEANINGS (7 + NAMED_VALUES_MAX)

static const char *word_meaning(const struct finding *f)
{
	if (f->has & FINDING_HAS_DECODED)
		return "the damaged word as stored";
	return finding_is_head(f) ? "the address in the damaged head" : "the damaged word";
}

/* In the order in which the first one that fits names a value. */
static void meanings_fill(struct meaning meanings[MEANINGS], const struct finding *f,
			  const struct allocator *allocator, const struct cache_result *result)
{
	bool link = f->has & FINDING_HAS_DECODED, word = f->has & FINDING_HAS_RAW && f->raw >> 12;
	const struct meaning table[] = {
		{ link, true, f->decoded, "the address that the damaged link decodes to" },
		{ f->has & FINDING_HAS_OBJECT, true, f->object,
		  link ? "the object with the damaged link" : "the object" },
		{ f->has & FINDING_HAS_ENTRY, word, f->raw, "the wrong entry of the sheaf" },
		{ f->has & FINDING_HAS_SHEAF, false, f->sheaf, "the sheaf" },
		{ word, true, f->raw, word_meaning(f) },
		{ true, false, f->cache, "the kmem_cache" },
		{ f->has & FINDING_HAS_SLAB, false, f->slab, "the slab" },
	};
	struct named_value values[NAMED_VALUES_MAX];
	unsigned int nr = allocator->ops->values_of(allocator, result, f, values);

	memset(meanings, 0, MEANINGS * sizeof(*meanings));
	memcpy(meanings, table, sizeof(table));
	for (unsigned int i = 0; i < nr; i++)
		meanings[sizeof(table) / sizeof(table[0]) + i] =
			(struct meaning){ true, values[i].damage, values[i].value, values[i].what };
}

/* What a value is, or NULL. @damage is set when it is one of the damage itself, and else left alone. */
static const char *meaning_of(const struct meaning meanings[MEANINGS], uint64_t value, bool *damage)
{
	const char *what = NULL;

	for (unsigned int i = 0; value && i < MEANINGS; i++) {
		if (!meanings[i].known || meanings[i].value != value)
			continue;
		if (!what)
			what = meanings[i].what;
		*damage |= meanings[i].damage;
	}
	return what;
}

static bool frame_match(struct panic *panic, const struct finding *f,
			const struct allocator *allocator, const struct cache_result *result,
			const struct exception *e)
{
	struct meaning meanings[MEANINGS];
	bool damage = false;

	meanings_fill(meanings, f, allocator, result);
	panic->nr_matches = 0;
	for (unsigned int i = 0; (int)i < e->arch->ip && panic->nr_matches < PANIC_MATCHES_MAX;
	     i++) {
		const char *what = meaning_of(meanings, e->regs[i], &damage);

		if (what)
			panic->matches[panic->nr_matches++] =
				(struct panic_match){ e->arch->regs[i].name, e->regs[i], what };
	}
	panic->finding = f;
	return damage;
}

static bool frame_judge(struct panic *panic, const struct allocator *allocator,
			const struct exception *e, const struct cache_result *const *results,
			size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		findings_for_each (node, &results[i]->findings)
			/* What a user knows already explains a panic as well. */
			if (finding_severity_default(&node->finding) == SEVERITY_CORRUPT &&
			    frame_match(panic, &node->finding, allocator, results[i], e))
				return true;
	return false;
}

/* What a visit to the frames looks for, and with what. */
struct search {
	struct panic *panic;
	const struct allocator *allocator;
	const struct cache_result *const *results;
	size_t nr;
};

static bool frame_visit(void *ctx, const struct exception *e)
{
	const struct search *s = ctx;
	struct panic *panic = s->panic;

	if (!frame_judge(panic, s->allocator, e, s->results, s->nr))
		return false;
	panic->cpu = e->cpu;
	panic->pid = e->pid;
	memcpy(panic->comm, e->comm, sizeof(panic->comm));
	panic->frame = e->frame;
	panic->ip = e->regs[e->arch->ip];
	return true;
}

bool panic_find(struct panic *panic, const struct allocator *allocator,
		const struct cache_result *const *results, size_t nr)
{
	struct search search = { panic, allocator, results, nr };

	memset(panic, 0, sizeof(*panic));
	if (!exceptions_visit(allocator->memory, allocator->kernel, allocator->arena, frame_visit,
			      &search))
		return false;
	panic->symbol = symbol_of(allocator->memory, panic->ip);
	return true;
}
