/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The numbers of a sentence. An address has to be one that the fault, the finding or their
 * structures hold; an index, a bit, a byte count, a count has to be one that can be counted here.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/slab.h"
#include "model/proof_facts.h"

#define MARKS_MAX 64
#define COUNTS_MAX 160
#define WALK_MAX 512u

/* What numbers may be. */
struct numbers {
	uint64_t marks[MARKS_MAX]; /* addresses at which something begins or ends */
	unsigned int nr_marks;
	uint64_t counts[COUNTS_MAX];
	unsigned int nr_counts;
};

static void mark(struct numbers *n, uint64_t addr)
{
	if (n->nr_marks < MARKS_MAX)
		n->marks[n->nr_marks++] = addr;
}

static void count(struct numbers *n, uint64_t value)
{
	if (n->nr_counts < COUNTS_MAX)
		n->counts[n->nr_counts++] = value;
}

static bool has_count(const struct numbers *n, uint64_t value)
{
	for (unsigned int i = 0; i < n->nr_counts; i++)
		if (n->counts[i] == value)
			return true;
	return false;
}

/* Marks. */

static void mark_object(struct facts *facts, struct numbers *n, uint64_t addr)
{
	uint64_t start;

	if (!facts->s || !facts->slab || addr < facts->slab->first)
		return;
	start = addr - (addr - facts->slab->first) % facts->s->size;
	mark(n, start);
	mark(n, start + facts->s->object_size);
	mark(n, start + facts->s->size);
	mark(n, start + facts->s->offset);
	mark(n, start + facts->s->offset + 8);
}

/* Bytes that hold something else now: a range of stores, without what they did not change. */
static void mark_changes(struct facts *facts, struct numbers *n)
{
	size_t nr;
	const struct model_change *changes = model_journal_changes(facts->m, &nr);

	for (size_t i = 0; i < nr && i < 8; i++) {
		uint64_t from = changes[i].addr, to = from + changes[i].len;

		mark(n, from);
		mark(n, to);
		mark_object(facts, n, from);
		mark_object(facts, n, to - 1);
	}
}

static void marks_make(struct facts *facts, struct numbers *n)
{
	const struct finding *f = facts->f;

	if (f->has & FINDING_HAS_BYTES) {
		mark(n, f->bytes.first);
		mark(n, f->bytes.last + 1);
		mark_object(facts, n, f->bytes.first);
	}
	if (f->has & FINDING_HAS_OBJECT)
		mark_object(facts, n, f->object);
	mark_object(facts, n, f->decoded);
	mark_object(facts, n, f->raw);
	if (facts->slab)
		mark(n, facts->slab->base);
	if (f->diagnosis && f->diagnosis->has_extent) {
		mark(n, f->diagnosis->extent_first);
		mark(n, f->diagnosis->extent_last + 1);
	}
	mark(n, f->decoded);
	mark(n, f->raw);
	if (f->has & FINDING_HAS_SLOT)
		mark(n,
		     f->has & FINDING_HAS_OBJECT
			     ? freeptr_decode(facts->m->encoding, facts_before(facts, f->slot, 8),
					      facts->random, f->slot)
			     : facts_before(facts, f->slot, 8));
	mark_changes(facts, n);
}

static bool is_distance(const struct numbers *n, uint64_t value)
{
	for (unsigned int i = 0; i < n->nr_marks; i++)
		for (unsigned int k = 0; k < n->nr_marks; k++)
			if (n->marks[i] - n->marks[k] == value && n->marks[i] >= n->marks[k])
				return true;
	return false;
}

/* How many bytes of two words differ. */
static unsigned int bytes_differ(uint64_t difference)
{
	unsigned int nr = 0;

	for (; difference; difference >>= 8)
		nr += (difference & 0xff) != 0;
	return nr;
}

static bool is_byte_count(const struct facts *facts, const struct numbers *n, uint64_t value)
{
	const struct finding *f = facts->f;

	uint64_t expected;

	if (is_distance(n, value) || has_count(n, value))
		return true;
	/* Of integers, and of a word's bytes. */
	if (value == 1 || value == 2 || value == 4 || value == 8 ||
	    value == bytes_differ(facts->t->before ^ facts->t->now))
		return true;
	if (finding_expected(f, &expected) && value == bytes_differ(f->raw ^ expected))
		return true;
	if (f->has & FINDING_HAS_BYTES && value == f->bytes.nr)
		return true;
	return false;
}

/* A pattern may go on by chance: that it seems to begin or end a few bytes off is not untrue. */
#define PATTERN_SLACK 3u

static bool is_pattern_count(const struct numbers *n, uint64_t value)
{
	/* Of so few bytes the slack would be all. */
	if (value <= 2 * PATTERN_SLACK)
		return false;
	for (uint64_t near = value > PATTERN_SLACK ? value - PATTERN_SLACK : 0;
	     near <= value + PATTERN_SLACK; near++)
		if (is_distance(n, near))
			return true;
	return false;
}

static bool is_pattern_end(const struct numbers *n, uint64_t addr)
{
	for (unsigned int i = 0; i < n->nr_marks; i++)
		if (addr - n->marks[i] + PATTERN_SLACK <= 2 * PATTERN_SLACK)
			return true;
	return false;
}

/* Counts. */

/* What a list of before does not lead to any more, and how long its cycle is. */
static void count_list(struct facts *facts, struct numbers *n, bool cpus)
{
	const struct census_chain *before = cpus ? &facts->slab->cpus : &facts->slab->own;
	uint64_t objects[WALK_MAX], last;
	unsigned int nr = facts_walk(facts, facts_head(facts, cpus), objects, WALK_MAX), lost = 0;

	for (unsigned int i = 0; i < before->nr; i++) {
		uint64_t object = census_object(facts->s, facts->slab, before->objects[i]);
		bool kept = false;

		for (unsigned int k = 0; k < nr; k++)
			kept |= objects[k] == object;
		lost += !kept;
	}
	count(n, lost);
	if (!nr)
		return;
	last = objects[nr - 1] + facts->s->offset;
	last = freeptr_decode(facts->m->encoding, facts_now(facts, last, 8), facts->random, last);
	for (unsigned int k = 0; k < nr; k++)
		if (objects[k] == last)
			count(n, nr - k);
}

/* Where an object's link leads to now. */
static uint64_t link_of(const struct facts *facts, uint64_t object)
{
	uint64_t slot = object + facts->s->offset;

	return freeptr_decode(facts->m->encoding, facts_now(facts, slot, 8), facts->random, slot);
}

/* How long a chain is that starts at an object on no list, and ends with NULL or joins a list. */
static unsigned int chain_length(const struct facts *facts, uint64_t head)
{
	uint64_t own[WALK_MAX], cpus[WALK_MAX], chain[WALK_MAX];
	unsigned int nr_own = facts_walk(facts, facts_head(facts, false), own, WALK_MAX);
	unsigned int nr_cpus = facts_walk(facts, facts_head(facts, true), cpus, WALK_MAX);
	unsigned int nr = facts_walk(facts, head, chain, WALK_MAX);

	for (unsigned int length = 0; length < nr; length++) {
		if (facts_is_met(own, nr_own, chain[length]) ||
		    facts_is_met(cpus, nr_cpus, chain[length]))
			return length;
		if (facts_in_sheaf(facts, chain[length]))
			return 0;
	}
	return nr && !link_of(facts, chain[nr - 1]) ? nr : 0;
}

static void count_chain(const struct facts *facts, struct numbers *n, uint64_t head)
{
	count(n, chain_length(facts, head));
}

/* Objects on no list whose link is a good one. */
static void count_unlisted(struct facts *facts, struct numbers *n)
{
	const struct census_cache *s = facts->s;
	uint64_t own[WALK_MAX], cpus[WALK_MAX];
	unsigned int nr_own = facts_walk(facts, facts_head(facts, false), own, WALK_MAX);
	unsigned int nr_cpus = facts_walk(facts, facts_head(facts, true), cpus, WALK_MAX), nr = 0;

	for (unsigned int i = 0; i < facts->slab->room; i++) {
		uint64_t object = census_object(s, facts->slab, i), to;

		if (facts_is_met(own, nr_own, object) || facts_is_met(cpus, nr_cpus, object) ||
		    facts_in_sheaf(facts, object))
			continue;
		to = link_of(facts, object);
		nr += !to || census_index(s, facts->slab, to) >= 0;
	}
	count(n, nr);
}

/* Objects on both lists of a CPU's slab. */
static void count_shared(struct facts *facts, struct numbers *n)
{
	uint64_t own[WALK_MAX], cpus[WALK_MAX];
	unsigned int nr_own = facts_walk(facts, facts_head(facts, false), own, WALK_MAX);
	unsigned int nr_cpus = facts_walk(facts, facts_head(facts, true), cpus, WALK_MAX), both = 0;

	for (unsigned int i = 0; i < nr_own; i++)
		for (unsigned int k = 0; k < nr_cpus; k++)
			both += own[i] == cpus[k];
	count(n, both);
}

static void count_slab(struct facts *facts, struct numbers *n)
{
	const struct diagnosis *d = facts->f->diagnosis;
	uint64_t objects[WALK_MAX], word = AT(facts->m, facts->slab->slab, slab_counters), slabs;
	struct slab_counters now = slab_counters_decode(facts_now(facts, word, 8));
	unsigned int own, cpus, free = facts->slab->objects - facts->slab->inuse;

	own = facts_walk(facts, facts_head(facts, false), objects, WALK_MAX);
	cpus = facts_walk(facts, facts_head(facts, true), objects, WALK_MAX);
	count(n, now.inuse);
	count(n, now.objects);
	count(n, facts->slab->room);
	count(n, own);
	count(n, cpus);
	count(n, own + cpus);
	count(n, (uint64_t)now.objects - now.inuse);
	count(n, (uint64_t)facts->slab->room - now.inuse);
	/* Too few on the list, too many. */
	count(n, own > free ? own - free : free - own);
	count(n, (uint64_t)llabs((long long)own + now.inuse - now.objects));
	count(n, facts->slab->own.nr > own ? facts->slab->own.nr - own : 0);
	count(n, facts->slab->cpus.nr > cpus ? facts->slab->cpus.nr - cpus : 0);
	count_list(facts, n, false);
	count_list(facts, n, true);
	count_shared(facts, n);
	count_unlisted(facts, n);
	if (d && d->has_repair)
		count_chain(facts, n, d->repair);
	for (unsigned int i = 0; d && i < d->nr; i++)
		if (d->opinions[i].object)
			count_chain(facts, n, d->opinions[i].object);
	count(n, facts->slab->in_sheaves);
	count(n, facts->slab->order);
	count(n, facts->slab->chained);
	slabs = facts_now(facts, AT(facts->m, facts->slab->slab, slab_slabs),
			  facts->m->shape.slab_slabs.size);
	/* From it on, and behind it. */
	count(n, slabs);
	count(n, slabs - 1);
}

static void count_cache(struct facts *facts, struct numbers *n)
{
	const struct census_cache *s = facts->s;

	count(n, s->size);
	count(n, s->object_size);
	count(n, s->offset);
	count(n, s->offset + 8);
	count(n, s->oo >> 16);
	count(n, s->min >> 16);
	count(n, s->oo & 0xffff);
	count(n, s->sheaf_capacity);
	uint64_t slabs = 0, objects = 0;

	for (unsigned int i = 0; i < facts->census->nr_nodes; i++) {
		uint64_t k = s->nodes[i].n;

		slabs += k ? facts_now(facts, AT(facts->m, k, node_nr_slabs), 8) : 0;
		objects += k ? facts_now(facts, AT(facts->m, k, node_total_objects), 8) : 0;
		count(n, s->nodes[i].listed);
		count(n, s->nodes[i].nr_slabs);
		count(n, s->nodes[i].total_objects);
		count(n, s->nodes[i].nr_full);
		count(n, s->nodes[i].nr_empty);
	}
	/* What all nodes say together, and said. */
	count(n, slabs);
	count(n, objects);
	slabs = objects = 0;
	for (size_t i = 0; i < s->nr_slabs; i++, slabs++)
		objects += s->slabs[i].objects;
	count(n, slabs);
	count(n, objects);
	for (unsigned int i = 0; i < facts->census->nr_cpus; i++)
		count(n, s->cpus[i].nr_partial);
}

/* Where in sheaves the finding's object is. */
static void count_entries(struct facts *facts, struct numbers *n)
{
	uint64_t array;

	for (size_t i = 0; i < facts->s->nr_sheaves; i++) {
		array = AT(facts->m, facts->s->sheaves[i].sheaf, sheaf_objects);
		count(n, facts_now(facts, AT(facts->m, facts->s->sheaves[i].sheaf, sheaf_size),
				   facts->m->shape.sheaf_size.size));
		for (unsigned int k = 0; k < facts->s->sheaf_capacity; k++) {
			uint64_t entry = facts_now(facts, array + 8ul * k, 8);

			if (entry && (entry == facts->f->object || entry == facts->f->raw))
				count(n, k);
		}
	}
}

/* How far a counter is from what was there: halves and whole words, up and down. */
static void count_steps(struct facts *facts, struct numbers *n)
{
	uint64_t before = facts->t->before, now = facts->t->now;

	for (unsigned int shift = 0; shift < 64; shift += 32) {
		uint32_t up = (uint32_t)(now >> shift) - (uint32_t)(before >> shift);

		count(n, up);
		count(n, (uint32_t)-up);
	}
	count(n, now - before);
	count(n, before - now);
}

/* A slab that says that it is another cache's: what it says, and what would fit. */
static void count_stray(struct facts *facts, struct numbers *n)
{
	const struct census_slab *slab = facts->f->has & FINDING_HAS_SLAB
						 ? census_slab_at(facts->census, facts->f->slab)
						 : NULL;
	struct slab_counters now;

	if (!slab || !facts->s || !facts->s->size)
		return;
	now = slab_counters_decode(facts_now(facts, AT(facts->m, slab->slab, slab_counters), 8));
	count(n, now.inuse);
	count(n, now.objects);
	count(n, (MODEL_PAGE << slab->order) / facts->s->size);
}

static void counts_make(struct facts *facts, struct numbers *n)
{
	const struct finding *f = facts->f;

	if (!facts->slab)
		count_stray(facts, n);
	if (facts->s && facts->slab)
		count_slab(facts, n);
	if (facts->s) {
		count_cache(facts, n);
		count_entries(facts, n);
	}
	count(n, facts->census->nr_cpus);
	count(n, facts->m->tid_step);
	count(n, f->raw);
	count(n, f->raw & 0xffff);
	count_steps(facts, n);
	count(n, f->expected);
	count(n, f->decoded);
	count(n, f->entry);
	count(n, f->hop);
	count(n, f->votes);
	count(n, f->votes_for);
	count(n, facts->t->before);
	count(n, facts->t->now);
	count(n, facts->m->tid_step ? f->raw % facts->m->tid_step : 0);
	count(n, 0);
	count(n, 1);
}

/* Addresses and words. */

static bool in_structure(const struct facts *facts, uint64_t at, uint64_t bytes, uint64_t value)
{
	if (!at)
		return false;
	if (value - at < bytes)
		return true;
	for (uint64_t off = 0; off + 4 <= bytes; off += 4)
		if (facts_now(facts, at + off, 8) == value ||
		    facts_before(facts, at + off, 8) == value ||
		    facts_now(facts, at + off, 4) == value)
			return true;
	return false;
}

/* Of what the cache has: its struct, its nodes, CPUs and sheaves. */
static bool of_cache(const struct facts *facts, const struct census_cache *s, uint64_t value)
{
	if (in_structure(facts, s->cache, facts->m->shape.cache_bytes, value))
		return true;
	for (unsigned int i = 0; i < facts->census->nr_nodes; i++)
		if (in_structure(facts, s->nodes[i].n, 128, value) ||
		    in_structure(facts, s->nodes[i].barn, 64, value))
			return true;
	for (unsigned int i = 0; i < facts->census->nr_cpus; i++)
		if (value == facts->f->raw + facts->m->cpu_offset[i] ||
		    in_structure(facts, s->cpus[i].c, 64, value) ||
		    in_structure(facts, s->cpus[i].pcs, 64, value))
			return true;
	for (size_t i = 0; i < s->nr_sheaves; i++)
		if (in_structure(facts, s->sheaves[i].sheaf, 64 + 8ul * s->sheaf_capacity, value))
			return true;
	return false;
}

static bool of_structures(const struct facts *facts, uint64_t value)
{
	uint32_t bytes = facts->m->shape.page_bytes;

	return (facts->slab && in_structure(facts, facts->slab->slab, bytes, value)) ||
	       in_structure(facts, facts->f->raw, bytes, value) ||
	       in_structure(facts, facts->f->slab, bytes, value) ||
	       (facts->s && of_cache(facts, facts->s, value));
}

/* What a changed word held and holds, and where that leads as a link. */
static bool of_changes(const struct facts *facts, uint64_t value)
{
	size_t nr;
	const struct model_change *changes = model_journal_changes(facts->m, &nr);

	for (size_t i = 0; i < nr; i++) {
		uint64_t from = changes[i].addr & ~UINT64_C(7),
			 to = changes[i].addr + changes[i].len;

		for (uint64_t at = from; at < to && at - from < MODEL_PAGE; at += 8) {
			uint64_t before = facts_before(facts, at, 8), now = facts_now(facts, at, 8);
			enum freeptr_encoding code = facts->m->encoding;

			if (value == before || value == now || value - at < 8 ||
			    value == freeptr_decode(code, before, facts->random, at) ||
			    value == freeptr_decode(code, now, facts->random, at))
				return true;
		}
		if (value == to)
			return true;
	}
	return false;
}

/* The start of an object, or its freepointer, or what that leads to. */
static bool of_slab(const struct facts *facts, uint64_t value)
{
	uint64_t off;

	if (!facts->slab || !facts->s)
		return false;
	if (value == facts->slab->base || value == facts->slab->slab)
		return true;
	if (value - facts->slab->first > (uint64_t)facts->slab->room * facts->s->size)
		return false;
	off = (value - facts->slab->first) % facts->s->size;
	/* Another cache's freepointer may lie elsewhere in it. */
	for (size_t i = 0; i < facts->census->nr_caches; i++)
		if (off == facts->census->caches[i].offset)
			return true;
	return !off;
}

/* What somebody is told to look at lies in memory of a cache, as the slab that a link leads to. */
static bool of_others(const struct facts *facts, uint64_t value)
{
	const struct census_slab *slab = census_slab_of(facts->census, facts->f->decoded);

	if (!slab)
		slab = census_slab_of(facts->census, facts->f->raw);
	return (slab && (value == slab->slab || value == slab->cache)) ||
	       census_cache(facts->census, value);
}

static bool of_diagnosis(const struct diagnosis *d, uint64_t value)
{
	if (!d)
		return false;
	for (unsigned int i = 0; i < d->nr; i++)
		if (d->opinions[i].object == value)
			return true;
	return value == d->expected || value == d->repair || value == d->extent_first ||
	       value == d->extent_last;
}

/* Half of a word. */
static bool is_half(uint64_t word, uint64_t value)
{
	return value == (uint32_t)word || value == word >> 32;
}

static bool of_finding(const struct finding *f, uint64_t value)
{
	const uint64_t words[] = { f->raw,	f->decoded,	  f->expected,
				   f->previous, f->bytes.first,	  f->bytes.last,
				   f->slot,	f->object,	  f->bytes.expected,
				   f->random,	f->bytes.last + 1 };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] == value)
			return true;
	if (is_half(f->raw, value) || is_half(f->decoded, value) || is_half(f->expected, value))
		return true;
	return of_diagnosis(f->diagnosis, value);
}

/* "symbol+0x20", "object 3 + 0x10": how far behind. */
static bool is_offset_of(const struct facts *facts, uint64_t addr, uint64_t value)
{
	const struct census_slab *slab = census_slab_of(facts->census, addr);
	const struct census_cache *s = slab ? census_cache(facts->census, slab->cache) : NULL;
	struct target *t = model_target(facts->m);
	struct target_symbol symbol;

	if (s && s->size && (addr - slab->first) % s->size == value)
		return true;
	return t->ops->symbol_at(t, addr, &symbol) && symbol.offset == value;
}

static bool address_is_fact(const struct facts *facts, const struct numbers *n, uint64_t value)
{
	return of_finding(facts->f, value) || of_slab(facts, value) || of_changes(facts, value) ||
	       of_structures(facts, value) || of_others(facts, value) || is_distance(n, value) ||
	       is_offset_of(facts, facts->f->decoded, value) ||
	       is_offset_of(facts, facts->f->raw, value) || is_pattern_end(n, value);
}

/* Words around a number. */

static bool ends_with(const char *text, const char *at, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(at - text) >= len && !memcmp(at - len, word, len);
}

static bool starts_with(const char *at, const char *word)
{
	return !strncmp(at, word, strlen(word));
}

static uint64_t difference_of(const struct facts *facts)
{
	uint64_t expected;

	return (finding_expected(facts->f, &expected) ? facts->f->raw ^ expected : 0) |
	       (facts->t->before ^ facts->t->now);
}

/* "object 5 of slab 0x...": of that which the word leads to. */
static bool is_object_at(const struct facts *facts, uint64_t addr, uint64_t index)
{
	const struct census_slab *slab = census_slab_of(facts->census, addr);
	const struct census_cache *s = slab ? census_cache(facts->census, slab->cache) : NULL;

	return s && s->size && (addr - slab->first) / s->size == index;
}

static bool is_elsewhere(const struct facts *facts, uint64_t index)
{
	return is_object_at(facts, facts->f->decoded, index) ||
	       is_object_at(facts, facts->f->raw, index);
}

/* "object 5 (0x...)": both are the same object of the slab. */
static void object_holds(struct facts *facts, uint64_t index, const char *after)
{
	uint64_t addr;

	if (starts_with(after, " of slab") || !facts->slab || !facts->s) {
		if (!is_elsewhere(facts, index))
			facts_complain(facts, "the word does not lead to object %" PRIu64, index);
		return;
	}
	if (index >= facts->slab->room && is_elsewhere(facts, index))
		return;
	if (index >= facts->slab->room) {
		facts_complain(facts, "there is no object %" PRIu64, index);
		return;
	}
	if (!starts_with(after, " (0x"))
		return;
	addr = strtoull(after + 2, NULL, 16);
	if (addr != census_object(facts->s, facts->slab, (unsigned int)index))
		facts_complain(facts, "object %" PRIu64 " is not 0x%" PRIx64, index, addr);
}

/* "decodes 7 of them": lists that there are. */
static bool is_list_count(const struct facts *facts, uint64_t value)
{
	uint64_t lists = 0;

	for (size_t i = 0; facts->s && i < facts->s->nr_slabs; i++)
		lists += (facts->s->slabs[i].own.nr > 0) + (facts->s->slabs[i].cpus.nr > 0);
	return value <= lists;
}

/* "Only bit 6 differs from the word that leads to ...": which is one of the slab's. */
static bool flips_to_object(const struct facts *facts, uint64_t bit)
{
	const struct finding *f = facts->f;
	uint64_t to = f->raw ^ UINT64_C(1) << bit;

	if (!facts->s || !facts->slab)
		return false;
	if (f->has & FINDING_HAS_OBJECT)
		to = freeptr_decode(facts->m->encoding, to, facts->random, f->slot);
	return census_index(facts->s, facts->slab, to) >= 0;
}

/* A number in a sentence: what stands before it and behind it says what it counts. */
struct number {
	const char *text, *at, *end; /* the sentence, the digits, and what follows them */
	uint64_t value;
};

static bool is_bit_or_byte(const struct facts *facts, const struct number *number)
{
	uint64_t difference = difference_of(facts), value = number->value;

	if (ends_with(number->text, number->at, "bit "))
		return value < 64 && (difference >> value & 1 || flips_to_object(facts, value));
	return value < 8 && difference >> 8 * value & 0xff;
}

/* What says nothing of what it counts. */
static bool is_any_count(const struct facts *facts, const struct numbers *n,
			 const struct number *number)
{
	uint64_t value = number->value;

	if (has_count(n, value))
		return true;
	if (facts->f->place == PLACE_CACHE)
		return is_list_count(facts, value) || of_structures(facts, value);
	return is_distance(n, value) || (starts_with(number->end, " bit") && value <= 64);
}

/* "bytes 0, 1 and 3". */
static bool in_byte_list(const char *text, const char *at)
{
	const char *from = at;

	while (from > text && (isdigit((unsigned char)from[-1]) || ends_with(text, from, ", ") ||
			       ends_with(text, from, " and ")))
		from -= isdigit((unsigned char)from[-1]) ? 1 : ends_with(text, from, ", ") ? 2 : 5;
	return ends_with(text, from, "bytes ");
}

/* A length that a chain has, or how many have the length that the counters miss. */
static bool is_chain_count(const struct facts *facts, const struct number *number)
{
	bool counts = starts_with(number->end, " chains on no list");
	unsigned int missing, nr = 0;
	uint64_t own[WALK_MAX], word;
	struct slab_counters now;

	if (!facts->s || !facts->slab)
		return false;
	word = facts_now(facts, AT(facts->m, facts->slab->slab, slab_counters), 8);
	now = slab_counters_decode(word);
	missing = now.objects - now.inuse -
		  facts_walk(facts, facts_head(facts, false), own, WALK_MAX);
	for (unsigned int i = 0; i < facts->slab->room; i++)
		nr += chain_length(facts, census_object(facts->s, facts->slab, i)) ==
		      (counts ? missing : number->value);
	return counts ? nr == number->value : nr;
}

static bool number_is_fact(const struct facts *facts, const struct numbers *n,
			   const struct number *number)
{
	const char *text = number->text, *at = number->at, *end = number->end;
	uint64_t value = number->value;

	if (starts_with(end, " of the 8 bytes"))
		return is_byte_count(facts, n, value);
	if (ends_with(text, at, "bit ") || in_byte_list(text, at) ||
	    (ends_with(text, at, "byte ") && !starts_with(end, " byte")))
		return is_bit_or_byte(facts, number);
	if (ends_with(text, at, "chain of length ") || starts_with(end, " chains on no list"))
		return is_chain_count(facts, number);
	if (starts_with(end, " byte") || ends_with(text, at, "offset "))
		return is_byte_count(facts, n, value) || is_pattern_count(n, value);
	if (ends_with(text, at, "CPU "))
		return value < facts->census->nr_cpus || has_count(n, value);
	if (ends_with(text, at, "node "))
		return value < facts->census->nr_nodes;
	return is_any_count(facts, n, number);
}

static void number_holds(struct facts *facts, const struct numbers *n, const struct number *number)
{
	const char *text = number->text, *at = number->at;

	if (ends_with(text, at, "bject "))
		object_holds(facts, number->value, number->end);
	else if (!number_is_fact(facts, n, number))
		facts_complain(facts, "%" PRIu64 " in \"%.40s\"", number->value,
			       at - text > 16 ? at - 16 : text);
}

/* "9f 11 71": shown bytes, which are looked at elsewhere. */
static bool is_dump(const char *at)
{
	if (isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1]) &&
	    starts_with(at + 2, " instead of "))
		return true;
	return isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1]) &&
	       (at[2] == ' ' || !at[2]) && (isxdigit((unsigned char)at[3]) || at[3] == '.') &&
	       (isxdigit((unsigned char)at[4]) || at[4] == '.');
}

static bool is_word(int c)
{
	return isalnum(c) || c == '_' || c == '-' || c == '.';
}

/* The end of what begins at @at: a number, or a word with one in it, which is a name. */
static const char *number_take(struct facts *facts, const struct numbers *n, const char *text,
			       const char *at)
{
	char *end;
	uint64_t value = strtoull(at, &end, starts_with(at, "0x") ? 16 : 10);

	if (is_word((unsigned char)*end) && *end != '.') {
		while (is_word((unsigned char)*end))
			end++;
		return end;
	}
	if (!starts_with(at, "0x"))
		number_holds(facts, n, &(struct number){ text, at, end, value });
	else if (!address_is_fact(facts, n, value))
		facts_complain(facts, "0x%" PRIx64 " in \"%.40s\"", value,
			       at - text > 16 ? at - 16 : text);
	return end;
}

void text_holds(struct facts *facts, const char *text)
{
	struct numbers n = { .nr_marks = 0 };
	const char *at = text;

	marks_make(facts, &n);
	counts_make(facts, &n);
	while (*at) {
		if (is_dump(at) && (at == text || !is_word((unsigned char)at[-1]))) {
			at += 2;
			while (at[0] == ' ' && isxdigit((unsigned char)at[1]) &&
			       isxdigit((unsigned char)at[2]) && !is_word((unsigned char)at[3]))
				at += 3;
		} else if (isdigit((unsigned char)*at)) {
			at = number_take(facts, &n, text, at);
		} else if (isalpha((unsigned char)*at)) {
			while (is_word((unsigned char)*at))
				at++;
		} else {
			at++;
		}
	}
}
