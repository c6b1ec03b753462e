/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a finding says is held against the heap as it was before the fault, and as it is now: every
 * word, place and number, whatever the finding's id.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "model/slub/fault_plant.h"
#include "model/proof_facts.h"

/* Bytes of the word that a finding is about: as many as @raw is the word of; 0: it is none. */
static unsigned int raw_width(const struct facts *facts)
{
	const struct finding *f = facts->f;

	for (unsigned int size = 8; size; size /= 2)
		if (facts_now(facts, f->slot, size) == f->raw)
			return size;
	return 0;
}

/* Where the word at @slot led before: heads are plain. */
static uint64_t led_to(const struct facts *facts, uint64_t slot, uint64_t word)
{
	if (!(facts->f->has & FINDING_HAS_OBJECT) || !facts->s)
		return word;
	return freeptr_decode(facts->m->encoding, word, facts->random, slot);
}

/* The object was in use, and is on a list now: a free stored its link, and what was there is no link. */
static bool changed_hands(const struct facts *facts);

/*
 * What a link of such an object has to lead to: the list as it was before the free. And a free of an inner
 * address should have been one of the object.
 */
static bool is_right_link(const struct facts *facts, uint64_t word)
{
	uint64_t to = led_to(facts, facts->f->slot, word);
	uint64_t at = facts->slab ? AT(facts->m, facts->slab->slab, slab_freelist) : 0;
	uint64_t cpu = facts->slab && facts->slab->cpu >= 0
			       ? AT(facts->m, facts->s->cpus[facts->slab->cpu].c, cpu_freelist)
			       : 0;

	if (facts->t->culprit && to == facts->t->culprit &&
	    is_listed(facts->t->causes, facts->t->nr_real, "inner-free"))
		return true;
	return changed_hands(facts) && ((at && to == facts_before(facts, at, 8)) ||
					(cpu && to == facts_before(facts, cpu, 8)));
}

static bool was_expected(const struct facts *facts, uint64_t expected, uint64_t before)
{
	return expected == before || is_right_link(facts, expected);
}

static void words_hold(struct facts *facts)
{
	const struct finding *f = facts->f;
	unsigned int width;
	uint64_t before, expected;

	if (!(f->has & FINDING_HAS_SLOT))
		return;
	width = raw_width(facts);
	if (f->has & FINDING_HAS_RAW && !width) {
		facts_complain(facts, "raw 0x%" PRIx64 " is not at 0x%" PRIx64, f->raw, f->slot);
		return;
	}
	before = facts_before(facts, f->slot, width ? width : 8);
	if (finding_expected(f, &expected) && !was_expected(facts, expected, before))
		facts_complain(facts, "expected 0x%" PRIx64 " was 0x%" PRIx64, expected, before);
	if (f->diagnosis && f->diagnosis->has_repair &&
	    f->diagnosis->repair != led_to(facts, f->slot, before) &&
	    !(finding_expected(f, &expected) &&
	      f->diagnosis->repair == led_to(facts, f->slot, expected)))
		facts_complain(facts, "repair 0x%" PRIx64 " was 0x%" PRIx64, f->diagnosis->repair,
			       led_to(facts, f->slot, before));
	/* With the key as it was, or as it is now. */
	if (f->has & FINDING_HAS_DECODED && f->decoded != led_to(facts, f->slot, f->raw) &&
	    f->decoded != freeptr_decode(facts->m->encoding, f->raw, f->random, f->slot))
		facts_complain(facts, "decoded 0x%" PRIx64 " is 0x%" PRIx64, f->decoded,
			       led_to(facts, f->slot, f->raw));
}

/* A few bytes of what lies beside a store may be like it by chance, and its own like what was there. */
#define EXTENT_SLACK 3u

static bool is_near(uint64_t a, uint64_t b)
{
	return a - b + EXTENT_SLACK <= 2 * EXTENT_SLACK;
}

static bool is_text(uint64_t byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t';
}

/*
 * What goes on by chance is a pattern all the same: characters (and the NUL behind them), or bytes that
 * repeat or grow by a step, from one to the one a period behind it.
 */
static bool is_pattern(const struct facts *facts, uint64_t from, uint64_t end)
{
	uint64_t at = from;

	while (at < end && is_text(facts_now(facts, at, 1)))
		at++;
	if (at == end || (at + 1 == end && !facts_now(facts, at, 1)))
		return true;
	for (unsigned int period = 1; period <= 256 && from + period < end; period++) {
		uint8_t step[256] = { 0 };

		for (at = from; at < end; at++) {
			unsigned int lane = (unsigned int)((at - from) % period);
			uint8_t grown = (uint8_t)(facts_now(facts, at, 1) -
						  facts_now(facts, at - period, 1));

			if (at - from < period)
				continue;
			if (at - from < 2 * period)
				step[lane] = grown;
			if (grown != step[lane])
				break;
		}
		if (at == end)
			return true;
	}
	return false;
}

static void extent_holds(struct facts *facts)
{
	const struct diagnosis *d = facts->f->diagnosis;
	const struct model_change *changes;
	size_t nr;

	if (!d || !d->has_extent)
		return;
	changes = model_journal_changes(facts->m, &nr);
	for (size_t i = 0; i < nr; i++)
		if (is_near(d->extent_first, changes[i].addr) &&
		    is_near(d->extent_last + 1, changes[i].addr + changes[i].len))
			return;
	if (is_pattern(facts, d->extent_first, d->extent_last + 1))
		return;
	facts_complain(facts, "extent 0x%" PRIx64 " to 0x%" PRIx64, d->extent_first,
		       d->extent_last);
}

/* The object that a cause is about: that which was freed, or whose owner wrote too much. */
static void culprit_holds(struct facts *facts)
{
	const struct diagnosis *d = facts->f->diagnosis;

	for (unsigned int i = 0; d && facts->t->culprit && i < d->nr; i++)
		if (d->opinions[i].object && d->opinions[i].object != facts->t->culprit &&
		    is_listed(facts->t->causes, facts->t->nr_real, cause_id(d->opinions[i].cause)))
			facts_complain(facts, "%s of 0x%" PRIx64 ", not 0x%" PRIx64,
				       cause_id(d->opinions[i].cause), d->opinions[i].object,
				       facts->t->culprit);
}

/* Places. */

static bool place_is(const struct facts *facts, enum census_place place)
{
	return facts->slab && facts->slab->place == place;
}

static bool is_of_cpu(const struct finding *f)
{
	return f->place == PLACE_CPU_FREELIST || f->place == PLACE_CPU_SLAB ||
	       f->place == PLACE_CPU_PARTIAL;
}

static void place_holds(struct facts *facts)
{
	const struct finding *f = facts->f;

	if (!facts->slab)
		return;
	if (f->slab_base && f->slab_base != facts->slab->base)
		facts_complain(facts, "slab_base 0x%" PRIx64 " is 0x%" PRIx64, f->slab_base,
			       facts->slab->base);
	if (is_of_cpu(f) && f->cpu != facts->slab->cpu &&
	    (place_is(facts, CENSUS_CPU_SLAB) || place_is(facts, CENSUS_CPU_PARTIAL)))
		facts_complain(facts, "cpu %d is %d", f->cpu, facts->slab->cpu);
	if (f->place == PLACE_NODE_PARTIAL && f->node != facts->slab->node)
		facts_complain(facts, "node %d is %d", f->node, facts->slab->node);
	if (f->has & FINDING_HAS_OBJECT && facts->s &&
	    (f->object_index < 0 ||
	     f->object != census_object(facts->s, facts->slab, (unsigned int)f->object_index)))
		facts_complain(facts, "object %d is not 0x%" PRIx64, f->object_index, f->object);
}

#define HOPS_MAX 1024u

/* Whether the finding's object is where it says on one of the lists. */
static bool hop_is(const struct facts *facts, bool cpus)
{
	const struct finding *f = facts->f;
	uint64_t objects[HOPS_MAX];
	unsigned int nr = facts_walk(facts, facts_head(facts, cpus), objects, HOPS_MAX);

	if (f->has & FINDING_HAS_OBJECT && (nr <= f->hop || objects[f->hop] != f->object))
		return false;
	return !(f->has & FINDING_HAS_PREVIOUS) || !f->hop ||
	       (nr >= f->hop && objects[f->hop - 1] == f->previous);
}

static void hop_holds(struct facts *facts)
{
	const struct finding *f = facts->f;

	if (!facts->slab || !facts->s || !(f->has & FINDING_HAS_HOP) || f->hop >= HOPS_MAX)
		return;
	if (!hop_is(facts, false) && !(place_is(facts, CENSUS_CPU_SLAB) && hop_is(facts, true)))
		facts_complain(facts, "object 0x%" PRIx64 " is not at hop %u", f->object, f->hop);
}

/* Whether an object is free: it was on a list or in a sheaf, or it is on a list now. */
static bool is_free(const struct facts *facts, int index)
{
	uint64_t object, objects[HOPS_MAX];

	if (facts->slab->on[index] || !facts->s)
		return facts->slab->on[index];
	object = census_object(facts->s, facts->slab, (unsigned int)index);
	return facts_in_sheaf(facts, object) ||
	       facts_is_met(objects, facts_walk(facts, facts_head(facts, false), objects, HOPS_MAX),
			    object) ||
	       facts_is_met(objects, facts_walk(facts, facts_head(facts, true), objects, HOPS_MAX),
			    object);
}

/* The objects beside the damaged one. */
static void neighbour_holds(struct facts *facts, enum object_state said, int index)
{
	bool free;

	if (said == OBJECT_UNKNOWN || facts->moved || !facts->slab || !facts->slab->on)
		return;
	if (index < 0 || index >= (int)facts->slab->room) {
		if (said != OBJECT_NONE)
			facts_complain(facts, "there is no object %d, and it is %s", index,
				       object_state_name(said));
		return;
	}
	free = is_free(facts, index);
	/* A sheaf in the hands of a stopped CPU: a compiler may count an entry before it is there. */
	if (facts->stopped && facts->slab->on[index] == CENSUS_IN_SHEAF)
		return;
	if (said == OBJECT_NONE || (said == OBJECT_ALLOCATED) == free)
		facts_complain(facts, "object %d is %s, and was %s", index, object_state_name(said),
			       free ? "free" : "in use");
}

/* Somebody had it, and now it is on a list. */
static bool changed_hands(const struct facts *facts)
{
	int index = facts->f->has & FINDING_HAS_OBJECT ? facts->f->object_index : -1;

	return index >= 0 && facts->slab && index < (int)facts->slab->room &&
	       !facts->slab->on[index] && is_free(facts, index);
}

/* The link of a free object is not what it was filled with. */
static bool in_slot(const struct facts *facts, uint64_t addr)
{
	uint64_t slot = facts->f->object + (facts->s ? facts->s->offset : 0);

	return facts->f->has & FINDING_HAS_OBJECT && addr - slot < 8;
}

/* Bytes of a slab that are not what they were filled with: just those that were changed. */
static void bytes_hold(struct facts *facts)
{
	const struct finding_bytes *b = &facts->f->bytes;
	uint64_t changed = 0;

	if (!(facts->f->has & FINDING_HAS_BYTES))
		return;
	for (uint64_t at = b->first; at <= b->last && at - b->first < 16 * MODEL_PAGE; at++) {
		uint64_t now = facts_now(facts, at, 1);

		changed += now != b->expected && !in_slot(facts, at);
		if (at - b->first < b->nr_excerpt && now != b->excerpt[at - b->first])
			facts_complain(facts, "byte 0x%" PRIx64 " is not what is shown", at);
	}
	if (changed != b->nr)
		facts_complain(facts, "%" PRIu64 " bytes are %" PRIu64, b->nr, changed);
	if (!facts->moved && !changed_hands(facts) &&
	    facts_before(facts, b->first, 1) != b->expected &&
	    facts_before(facts, b->first, 1) != b->expected_or)
		facts_complain(facts, "byte 0x%" PRIx64 " was not 0x%x before", b->first,
			       b->expected);
	if (facts->s && b->from_start != (int64_t)(b->first - facts->f->object))
		facts_complain(facts, "offset %" PRId64 " of the bytes", b->from_start);
}

/* Frees that were really made change who has what. */
static bool is_moved(const struct facts *facts)
{
	size_t nr;
	const struct model_change *changes = model_journal_changes(facts->m, &nr);
	uint64_t counters = facts->slab ? AT(facts->m, facts->slab->slab, slab_counters) : 0;
	uint64_t head = facts->slab ? AT(facts->m, facts->slab->slab, slab_freelist) : 0;

	for (size_t i = 0; i < nr; i++)
		if ((counters && changes[i].addr == counters) || (head && changes[i].addr == head))
			return true;
	return false;
}

static void opinions_hold(struct facts *facts)
{
	const struct diagnosis *d = facts->f->diagnosis;

	if (d)
		text_holds(facts, d->evidence);
	for (unsigned int i = 0; d && i < d->nr; i++) {
		text_holds(facts, d->opinions[i].speaks_for);
		text_holds(facts, d->opinions[i].speaks_against);
	}
}

static void finding_holds(struct facts *facts)
{
	const struct finding *f = facts->f;

	facts->s = census_cache(facts->census, f->cache);
	facts->slab = f->has & FINDING_HAS_SLAB ? census_slab_at(facts->census, f->slab) : NULL;
	if (facts->slab && facts->s && facts->slab->cache != facts->s->cache)
		facts->slab = NULL;
	facts->random = facts->s ? facts_before(facts, AT(facts->m, facts->s->cache, cache_random),
						facts->m->shape.cache_random.size)
				 : 0;
	facts->moved = is_moved(facts);
	words_hold(facts);
	place_holds(facts);
	hop_holds(facts);
	bytes_hold(facts);
	if (f->has & FINDING_HAS_OBJECT) {
		neighbour_holds(facts, f->left, f->object_index - 1);
		neighbour_holds(facts, f->right, f->object_index + 1);
	}
	extent_holds(facts);
	culprit_holds(facts);
	text_holds(facts, f->message);
	opinions_hold(facts);
}

void truth_score(const struct trial *trial)
{
	struct proof_cell *cell = &trial->proof->eras[trial->round->era].cells[trial->fault];

	for (size_t i = 0; i < verdict_nr(trial->verdict); i++) {
		struct facts facts = { .m = trial->m,
				       .census = trial->census,
				       .t = trial->truth,
				       .f = &trial->verdict->findings[i],
				       .stopped = trial->mode == PROOF_STOPPED };

		finding_holds(&facts);
		cell->said++;
		if (!facts.complaints)
			continue;
		if (trial->round->verbose)
			fprintf(trial->round->verbose, "== untrue: %s: %s\n",
				finding_info(facts.f->id)->id, facts.complaint);
		if (cell->untrue++)
			continue;
		cell->untrue_seed = trial->seed;
		cell->untrue_mode = trial->mode;
		snprintf(cell->untrue_said, sizeof(cell->untrue_said), "%.24s: %s",
			 finding_info(facts.f->id)->id, facts.complaint);
	}
}

bool proof_untrue_table(const struct proof *proof, FILE *out)
{
	uint64_t said = 0, untrue = 0;

	for (int f = 0; f < MODEL_FAULT_COUNT; f++) {
		for (int i = 0; i < MODEL_ERAS; i++) {
			const struct proof_cell *cell = &proof->eras[i].cells[f];

			said += cell->said;
			untrue += cell->untrue;
			if (cell->untrue)
				fprintf(out,
					"%-20s %-5s %6" PRIu64 " of %6" PRIu64
					" -m %s -s %-6" PRIu64 " %s\n",
					model_fault_name((enum model_fault)f),
					model_era((enum model_era)i)->name, cell->untrue,
					cell->said, proof_mode_name(cell->untrue_mode),
					cell->untrue_seed, cell->untrue_said);
		}
	}
	fprintf(out, "%" PRIu64 " of %" PRIu64 " findings say something that is not so\n", untrue,
		said);
	return !untrue;
}
