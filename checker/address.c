/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an address is, and what was found about it (-s). */
#include <string.h>

#include "checker/check.h"
#include "checker/run.h"
#include "checker/why/story.h"

static uint64_t object_of(const struct report_address *a)
{
	return a->addr - a->at.offset;
}

/* What a finding has to name to be about the address. */
struct interest {
	const struct report_address *a;
	uint64_t start, size; /* of the structure, or else of the object, that it lies in */
	uint64_t page; /* descriptor of the page of the address, which may be a tail page */
};

static struct interest interest_of(struct run *run, const struct report_address *a)
{
	struct target *t = run->memory.target;
	struct interest in = { .a = a, .start = a->addr, .size = 1 };

	if (a->structure.cache || a->structure.kind == STRUCTURE_PAGE) {
		in.start = a->structure.start;
		in.size = a->structure.size;
	} else if (a->cache && a->at.index >= 0) {
		in.start = object_of(a);
		in.size = a->cache->size;
	}
	if (a->structure.kind == STRUCTURE_PAGE)
		in.page = a->structure.start;
	else if (!t->ops->virt_to_page(t, a->addr, &in.page))
		in.page = 0;
	return in;
}

/* Whether one of the addresses that a finding holds lies there. */
static bool values_lie_in(const struct finding *f, uint64_t start, uint64_t size)
{
	const struct diagnosis *d = f->diagnosis;
	const struct {
		uint32_t has;
		uint64_t value;
	} values[] = {
		{ FINDING_HAS_SLOT, f->slot },	       { FINDING_HAS_RAW, f->raw },
		{ FINDING_HAS_DECODED, f->decoded },   { FINDING_HAS_EXPECTED, f->expected },
		{ FINDING_HAS_PREVIOUS, f->previous }, { FINDING_HAS_OBJECT, f->object },
		{ FINDING_HAS_SHEAF, f->sheaf },       { FINDING_HAS_SLAB, f->slab },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (f->has & values[i].has && values[i].value - start < size)
			return true;
	return d && ((d->has_expected && d->expected - start < size) ||
		     (d->has_repair && d->repair - start < size));
}

/* Whether a finding that names no word is about the structure as a whole. */
static bool is_of_structure(const struct finding *f, const struct structure *s)
{
	if (!s->cache || f->cache != s->cache)
		return false;
	switch (s->kind) {
	case STRUCTURE_CACHE:
		return f->place == PLACE_CACHE;
	case STRUCTURE_CPU:
		return f->cpu == s->cpu &&
		       (f->place == PLACE_CPU || f->place == PLACE_CPU_FREELIST);
	case STRUCTURE_CPU_SHEAVES:
		return f->cpu == s->cpu && f->place >= PLACE_SHEAF_MAIN &&
		       f->place <= PLACE_SHEAF_RCU_FREE;
	case STRUCTURE_NODE:
		return f->node == s->node && f->place == PLACE_NODE;
	case STRUCTURE_ARRAY:
		return f->cpu == s->cpu && f->node == s->node && f->place == s->place;
	case STRUCTURE_BARN:
		return f->node == s->node && f->place >= PLACE_BARN && f->place <= PLACE_BARN_EMPTY;
	default:
		return false;
	}
}

static bool concerns(const struct interest *in, const struct finding *f)
{
	const struct report_address *a = in->a;

	if (f->has & FINDING_HAS_SLOT && a->addr - f->slot < 8)
		return true;
	if (f->has & FINDING_HAS_SLAB && f->slab && (f->slab == a->at.page || f->slab == in->page))
		return true;
	if (f->has & FINDING_HAS_BYTES && a->addr >= f->bytes.first && a->addr <= f->bytes.last)
		return true;
	/* Where the sizes of the cache make no sense that is why nobody knows the object. */
	if (a->at.unsure && a->at.cache && f->cache == a->at.cache && f->place == PLACE_CACHE)
		return true;
	return values_lie_in(f, in->start, in->size) || is_of_structure(f, &a->structure);
}

/* Addresses that were asked for, and what findings about them name. */
struct inquiry {
	struct interest *of;
	size_t nr; /* that were answered, the last one at present */
};

/* Whether an address before the last one was answered with the same finding. */
static bool told_before(const struct inquiry *inquiry, const struct finding *f)
{
	for (size_t i = 0; i + 1 < inquiry->nr; i++)
		if (concerns(&inquiry->of[i], f))
			return true;
	return false;
}

static void finding_count(struct run *run, const struct finding *f)
{
	struct report_totals *t = &run->totals;

	t->corrupt += f->severity == SEVERITY_CORRUPT;
	t->transient += f->severity == SEVERITY_TRANSIENT;
	t->notes += f->severity == SEVERITY_NOTE;
	t->changed += (f->has & FINDING_HAS_DEFAULT) != 0;
	run->unseen |= f->id == FINDING_MEMORY_ABSENT;
}

static void findings_report(struct run *run, const struct inquiry *inquiry,
			    const struct cache_result *result)
{
	struct report_totals *t = &run->totals;
	uint64_t corrupt = t->corrupt;

	findings_for_each (node, &result->findings) {
		const struct finding *f = &node->finding;

		if (!concerns(&inquiry->of[inquiry->nr - 1], f))
			continue;
		report_say(&run->report, finding, f);
		if (!told_before(inquiry, f))
			finding_count(run, f);
	}
	t->caches_corrupt += t->corrupt != corrupt;
	if (inquiry->nr > 1)
		return;
	t->dropped += result->findings.dropped;
	t->silenced += result->silenced;
}

/* Whether the dump lacks what would say more of the address than is said. */
static bool is_untold(const struct report_address *a, const struct cache_result *owner)
{
	if (location_untold(&a->at))
		return true;
	if (!a->cache)
		return false;
	return a->look.slab.status != TARGET_OK || a->look.slab.absent ||
	       (a->at.index >= 0 && a->look.near[1] == OBJECT_UNKNOWN && owner &&
		cache_verdict(owner) == VERDICT_UNKNOWN);
}

/* All findings may name the address, whatever it lies in, so everything is judged. */
static void all_judge(struct run *run)
{
	run->wanted = run->allocator->caches;
	run->nr_wanted = run->allocator->nr_caches;
	run_judge_all(run);
	/* What is missing elsewhere does not matter here. */
	run->unseen = run->nr_results < run->nr_wanted || run->allocator->caches_missing;
}

static void address_look(struct run *run, struct report_address *a)
{
	struct allocator *allocator = run->allocator;
	uint64_t memory = a->addr;
	const struct cache_result *owner;

	structure_of(allocator, a->addr, &a->structure);
	/* The address of a struct page, or of the struct slab that overlays it, means its page. */
	if (a->structure.kind == STRUCTURE_PAGE)
		memory = a->structure.describes;
	a->at = allocator->ops->locate(allocator, memory);
	owner = a->at.cache ? run_result(run, a->at.cache) : NULL;
	if (!owner)
		return;
	a->cache = &owner->cache;
	a->addr = memory;
	allocator->ops->look(allocator, owner, &a->at, &a->look);
	if (a->at.index >= 0)
		a->tracked = allocator->ops->tracks(allocator, owner, object_of(a), a->tracks);
}

/* Everything about the object of the address: -w. */
static void card_report(struct run *run, const struct report_address *a)
{
	struct object_card *card = arena_alloc(run->arena, sizeof(*card));
	struct judged *judged = arena_alloc(run->arena, sizeof(*judged));

	if (!run->options->why || !card || !judged)
		return;
	if (object_card_kfence(card, run->allocator, a->addr)) {
		run_read_log(run);
		object_card_hear(card, &run->complaints);
		report_say(&run->report, card, card);
		return;
	}
	if (!a->cache || a->at.index < 0)
		return;
	*judged = run_judged(run);
	judged_know(judged, &a->at, &a->look);
	object_card_fill(card, judged, &a->at, -1);
	object_card_extent(card, judged);
	run_read_log(run);
	object_card_hear(card, &run->complaints);
	report_say(&run->report, card, card);
}

static bool is_elsewhere(const struct report_address *a)
{
	return !a->cache && !a->structure.cache && !location_untold(&a->at) &&
	       a->structure.kind != STRUCTURE_PAGE;
}

/* One of the addresses, with the findings about it. */
static void address_answer(struct run *run, uint64_t addr, struct inquiry *inquiry,
			   const struct cache_result *list)
{
	struct report_address *a = arena_alloc(run->arena, sizeof(*a));

	if (!a) {
		run->unseen = true;
		report_message(&run->report, "out of memory");
		return;
	}
	addr = memory_untag(&run->memory, addr);
	*a = (struct report_address){ .addr = addr, .asked = addr };
	address_look(run, a);
	inquiry->of[inquiry->nr++] = interest_of(run, a);
	report_say(&run->report, address, a);
	card_report(run, a);
	for (size_t i = 0; i < run->nr_results; i++)
		findings_report(run, inquiry, run->results[i]);
	if (list)
		findings_report(run, inquiry, list);
	findings_report(run, inquiry, &run->no_cache);
	if (a->cache)
		run->totals.coverage = run_result(run, a->at.cache)->coverage;
	run->unseen |= is_untold(a, a->cache ? run_result(run, a->at.cache) : NULL);
	run->totals.elsewhere &= is_elsewhere(a);
}

struct check_result check_addresses(struct target *target, struct arena *arena,
				    const uint64_t *addrs, size_t nr,
				    const struct check_options *options)
{
	struct run *run = run_new(target, arena, options);
	struct inquiry inquiry = { .of = arena_array(arena, nr, sizeof(*inquiry.of)) };
	const struct cache_result *list;

	if (!run || !inquiry.of)
		return run_out_of_memory(options);
	run->totals.address = nr;
	run->unseen = true;
	if (!run_prepare(run, options->threads))
		return run_failed(run);
	all_judge(run);
	list = run_judge_list(run);
	run->totals.elsewhere = true;
	for (size_t i = 0; i < nr; i++)
		address_answer(run, addrs[i], &inquiry, list);
	run->totals.caches_checked = run->nr_results;
	return run_end(run, false);
}
