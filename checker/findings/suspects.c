/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/findings/suspects.h"

#include <stdio.h>
#include <string.h>

/* The first time, and three more. */
#define PASSES_NEEDED 4
/* Counters of all slabs against a pass over all memory: nothing orders what the two see, so that what
 * comes and goes has to be met in the same two states many more times. */
#define PASSES_NEEDED_TOTALS 12

unsigned int suspects_needed(enum finding_id id)
{
	return id == FINDING_NODE_SLABS || id == FINDING_NODE_OBJECTS ? PASSES_NEEDED_TOTALS
								      : PASSES_NEEDED;
}

static uint64_t mix(uint64_t key, uint64_t value)
{
	key = (key ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return key ^ key >> 29;
}

/* A number of a finding, and when it has one; 0: always. */
struct key_part {
	uint32_t has;
	uint64_t value;
};

/* How far the walk came before it met the word is not part of it: objects are freed in front. Nor is a
 * transaction id, which goes on as the CPU does. */
static uint64_t key_of(const struct finding *f)
{
	const uint32_t raw = f->id == FINDING_CPU_TID ? 0 : FINDING_HAS_RAW;
	const struct key_part parts[] = {
		{ 0, f->id },
		{ 0, f->place },
		{ 0, f->cache },
		{ 0, (uint64_t)f->cpu },
		{ 0, (uint64_t)f->node },
		{ FINDING_HAS_SLAB, f->slab },
		{ FINDING_HAS_OBJECT, f->object },
		{ FINDING_HAS_SHEAF, f->sheaf },
		{ FINDING_HAS_ENTRY, f->entry },
		{ FINDING_HAS_SLOT, f->slot },
		{ FINDING_HAS_EXPECTED, f->expected },
		{ FINDING_HAS_BYTES, f->bytes.first },
		{ FINDING_HAS_BYTES, f->bytes.nr },
		{ FINDING_HAS_RAW, raw ? f->raw : 0 },
	};
	uint64_t key = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if ((f->has & parts[i].has) == parts[i].has)
			key = mix(key, parts[i].value + i);
	for (unsigned int i = 0; i < f->nr_rests; i++)
		key = mix(mix(key, f->rests[i].addr), f->rests[i].value);
	/* Numbers that are in no word of it. */
	for (const char *c = f->message; *c && !(f->has & FINDING_HAS_SLOT); c++)
		key = mix(key, (unsigned char)*c);
	return key;
}

static struct suspect *find(struct suspects *s, uint64_t key)
{
	for (size_t i = 0; i < s->nr; i++)
		if (s->list[i].key == key)
			return &s->list[i];
	return NULL;
}

static struct suspect *add(struct suspects *s, uint64_t key, const struct finding *f)
{
	struct suspect *suspect = &s->list[s->nr];

	if (s->nr == SUSPECTS_MAX) {
		s->dropped++;
		return NULL;
	}
	s->nr++;
	*suspect = (struct suspect){ .key = key, .id = f->id, .first = s->pass };
	snprintf(suspect->cache, sizeof(suspect->cache), "%s", f->cache_name ? f->cache_name : "");
	snprintf(suspect->message, sizeof(suspect->message), "%s", f->message);
	return suspect;
}

void suspects_pass(struct suspects *s)
{
	s->pass++;
}

bool suspects_see(struct suspects *s, const struct finding *f)
{
	uint64_t key = key_of(f);
	struct suspect *suspect = find(s, key);

	if (!suspect)
		suspect = add(s, key, f);
	if (!suspect)
		return false;
	/* Several words of one walk can be the same finding. */
	if (suspect->last == s->pass && suspect->seen)
		return suspect->seen >= suspects_needed(f->id);
	if (suspect->last + 1 < s->pass)
		suspect->seen = 0;
	suspect->last = s->pass;
	return ++suspect->seen >= suspects_needed(f->id);
}

void suspects_busy(struct suspects *s, const struct finding *f)
{
	struct suspect *suspect = find(s, key_of(f));

	if (suspect && suspect->last + 1 == s->pass)
		suspect->last = s->pass;
}

bool suspects_open(const struct suspects *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct suspect *suspect = &s->list[i];

		if (suspect->last == s->pass && suspect->seen < suspects_needed(suspect->id))
			return true;
	}
	return false;
}

bool suspect_vanished(const struct suspects *s, const struct suspect *suspect)
{
	return suspect->last < s->pass;
}
