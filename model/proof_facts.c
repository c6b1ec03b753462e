/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is so, of the heap before a fault and now. */
#include <stdarg.h>
#include <stdio.h>

#include "model/proof_facts.h"

__attribute__((format(printf, 2, 3))) void facts_complain(struct facts *facts, const char *format,
							  ...)
{
	va_list args;

	if (facts->complaints++)
		return;
	va_start(args, format);
	vsnprintf(facts->complaint, sizeof(facts->complaint), format, args);
	va_end(args);
}

uint64_t facts_now(const struct facts *facts, uint64_t addr, unsigned int size)
{
	uint64_t value = 0;

	return model_peek(facts->m, addr, &value, size) ? value : 0;
}

uint64_t facts_before(const struct facts *facts, uint64_t addr, unsigned int size)
{
	uint64_t value = 0;

	return model_before(facts->m, addr, &value, size) ? value : 0;
}

bool facts_is_met(const uint64_t *objects, unsigned int nr, uint64_t object)
{
	for (unsigned int i = 0; i < nr; i++)
		if (objects[i] == object)
			return true;
	return false;
}

/* Until it ends, leaves the slab, or meets an object again. */
unsigned int facts_walk(const struct facts *facts, uint64_t head, uint64_t *objects,
			unsigned int room)
{
	unsigned int nr = 0;

	for (uint64_t at = head; at && nr < room; nr++) {
		if (census_index(facts->s, facts->slab, at) < 0 || facts_is_met(objects, nr, at))
			break;
		objects[nr] = at;
		at = freeptr_decode(facts->m->encoding, facts_now(facts, at + facts->s->offset, 8),
				    facts->random, at + facts->s->offset);
	}
	return nr;
}

uint64_t facts_head(const struct facts *facts, bool cpus)
{
	const struct census_slab *slab = facts->slab;

	if (!cpus)
		return facts_now(facts, AT(facts->m, slab->slab, slab_freelist), 8);
	return slab->cpu < 0
		       ? 0
		       : facts_now(facts, AT(facts->m, facts->s->cpus[slab->cpu].c, cpu_freelist),
				   8);
}

bool facts_in_sheaf(const struct facts *facts, uint64_t object)
{
	for (size_t i = 0; i < facts->s->nr_sheaves; i++) {
		uint64_t sheaf = facts->s->sheaves[i].sheaf;
		uint64_t size = facts_now(facts, AT(facts->m, sheaf, sheaf_size),
					  facts->m->shape.sheaf_size.size);

		for (unsigned int k = 0; k < size && k < facts->s->sheaf_capacity; k++)
			if (facts_now(facts, AT(facts->m, sheaf, sheaf_objects) + 8ul * k, 8) ==
			    object)
				return true;
	}
	return false;
}
