/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/why/panic.h"

#include <string.h>

#include "checker/image/exception.h"
#include "checker/image/symbol.h"

static bool is_head(const struct finding *f)
{
	return f->has & FINDING_HAS_RAW && f->id >= FINDING_FREELIST_WILD &&
	       f->id <= FINDING_FREELIST_MISALIGNED;
}

/* What a value is to a finding, or NULL. */
static const char *meaning(const struct finding *f, const struct layout *layout,
			   const struct cache_result *result, uint64_t value)
{
	bool link = f->has & FINDING_HAS_DECODED;

	if (!value)
		return NULL;
	if (link && value == f->decoded)
		return "what the damaged link decodes to";
	if (link && value == f->decoded + result->cache.offset)
		return "the freepointer in what it leads to";
	if (f->has & FINDING_HAS_OBJECT && value == f->object)
		return link ? "the object with the damaged link" : "the object";
	if (f->has & FINDING_HAS_ENTRY && value == f->raw)
		return "what the sheaf holds";
	if (f->has & FINDING_HAS_SHEAF && value == f->sheaf)
		return "the sheaf";
	if (f->has & FINDING_HAS_RAW && value == f->raw && value >> 12)
		return link	    ? "the damaged word as stored"
		       : is_head(f) ? "what the damaged head leads to"
				    : "the damaged word";
	if (!link && is_head(f) && value == f->raw + result->cache.offset)
		return "the freepointer in what it leads to";
	if (value == f->cache)
		return "the kmem_cache";
	if (layout->has_cpu_slabs && f->cpu >= 0 && (unsigned int)f->cpu < layout->kernel.nr_cpus &&
	    value == result->cache.cpu_slab + layout->kernel.cpu_offset[f->cpu])
		return "the kmem_cache_cpu of that CPU";
	if (layout->has_sheaves && f->cpu >= 0 && (unsigned int)f->cpu < layout->kernel.nr_cpus &&
	    value == result->cache.cpu_sheaves + layout->kernel.cpu_offset[f->cpu])
		return "the sheaves of that CPU";
	if (f->has & FINDING_HAS_SLAB && value == f->slab)
		return "the slab";
	return NULL;
}

/* The cache or its kmem_cache_cpu alone are in the registers of every allocation from it; only a
 * value of the damage itself ties the exception to it. */
static bool frame_match(struct panic *panic, const struct finding *f, const struct layout *layout,
			const struct cache_result *result, const uint64_t *regs)
{
	bool damage = false;

	panic->nr_matches = 0;
	for (unsigned int i = 0; i < REG_IP; i++) {
		const char *what = meaning(f, layout, result, regs[i]);

		if (!what || panic->nr_matches == PANIC_MATCHES_MAX)
			continue;
		panic->matches[panic->nr_matches++] =
			(struct panic_match){ exception_reg_name(i), regs[i], what };
		damage |=
			(f->has & FINDING_HAS_DECODED &&
			 (regs[i] == f->decoded || regs[i] == f->decoded + result->cache.offset)) ||
			(f->has & FINDING_HAS_RAW && regs[i] == f->raw && regs[i] >> 12) ||
			(f->has & FINDING_HAS_OBJECT && regs[i] == f->object);
	}
	panic->finding = f;
	return damage;
}

static bool frame_judge(struct panic *panic, const struct layout *layout, const uint64_t *regs,
			const struct cache_result *const *results, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		findings_for_each (node, &results[i]->findings)
			if (node->finding.severity == SEVERITY_CORRUPT &&
			    frame_match(panic, &node->finding, layout, results[i], regs))
				return true;
	return false;
}

/* What a visit to the frames looks for, and with what. */
struct search {
	struct panic *panic;
	const struct layout *layout;
	const struct cache_result *const *results;
	size_t nr;
};

static bool frame_visit(void *ctx, const struct exception *e)
{
	const struct search *s = ctx;
	struct panic *panic = s->panic;

	if (!frame_judge(panic, s->layout, e->regs, s->results, s->nr))
		return false;
	panic->cpu = e->cpu;
	panic->pid = e->pid;
	memcpy(panic->comm, e->comm, sizeof(panic->comm));
	panic->frame = e->frame;
	panic->ip = e->regs[REG_IP];
	return true;
}

bool panic_find(struct panic *panic, struct memory *memory, const struct layout *layout,
		struct arena *arena, const struct cache_result *const *results, size_t nr)
{
	struct search search = { panic, layout, results, nr };

	memset(panic, 0, sizeof(*panic));
	if (!exceptions_visit(memory, &layout->kernel, arena, frame_visit, &search))
		return false;
	panic->symbol = symbol_of(memory, panic->ip);
	return true;
}
