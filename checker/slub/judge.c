/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/judge.h"

#include <inttypes.h>
#include <string.h>

#include "checker/slub/cache_contents.h"
#include "checker/slub/diagnose.h"
#include "checker/slub/owned.h"
#include "checker/slub/remains.h"
#include "checker/slub/rules.h"
#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "checker/slub/settle.h"
#include "checker/slub/sheaf.h"
#include "checker/slub/slab_set.h"
#include "checker/slub/walk_ahead.h"

#define SAMPLES_MAX 16

/* The state of one cache's walk. */
struct walk {
	struct judge *judge;
	struct slub_result *result;
	const struct cache *cache;
	size_t index; /* in cache_list.sorted */
	struct rules rules;
	struct slab_set seen;
	/* Slabs whose freelist breaks at its first link: what a wrong key looks like. */
	struct slab_place samples[SAMPLES_MAX];
	unsigned int nr_samples;
	bool stopped;
	/* Of a kernel that runs, when rules hold it against them: */
	struct suspects *suspects; /* NULL: nobody does */
	struct settle *settle;
	struct witness *evidence; /* what findings rest on now; NULL: heap->witness */
	bool sheaves_judged; /* sheaf_evidence() tells */
};

/* Whether what softened a finding may be a lock whose form is not known. */
static bool lock_may_excuse(const struct walk *w, const struct finding *finding)
{
	const struct layout *layout = w->judge->heap->layout;

	if (finding_is_sheaf(finding->id) && layout->has_sheaves &&
	    !member_exists(layout->sheaf.cpu_locked))
		return true;
	return layout->kernel.lock.form == LOCK_FORM_UNKNOWN && layout->node.locked.size &&
	       layout->node.locked.size != 8;
}

/*
 * Soften a finding that hangs on something that is not known. What is doubted is not damage, and the cache
 * is not clean either.
 */
static void doubt(struct walk *w, struct finding *finding)
{
	bool corrupt = finding->severity == SEVERITY_CORRUPT;

	/* No lock is held while a running kernel is read: any two words may be of two moments. */
	if (corrupt && !w->suspects && w->judge->heap->memory->target->live)
		finding->doubt = "a running kernel changes while it is read";
	else if (corrupt && !w->judge->election->encoding_proven && finding_needs_decoding(finding))
		finding->doubt = "nothing proves how this kernel encodes freepointers";
	else if (finding->severity == SEVERITY_TRANSIENT && lock_may_excuse(w, finding))
		finding->doubt = "it is not known whether the lock is held: no type tells the "
				 "layout of this kernel's locks";
	if (!finding->doubt)
		return;
	finding->severity = SEVERITY_TRANSIENT;
	w->result->common.doubted++;
}

/* Rounds through which a finding has to hold. A state that comes and goes has to be there at each. */
#define EVIDENCE_ROUNDS 8

/* What findings on sheaves rest on. Those of a CPU say so themselves; what is said of all of them rests on
 * all. */
static struct witness *sheaf_evidence(const struct walk *w, const struct finding *f)
{
	const struct sheaves *s = w->judge->heap->sheaves;

	if (f->place == PLACE_BARN || f->place == PLACE_BARN_FULL || f->place == PLACE_BARN_EMPTY)
		return s->barn_words;
	if (f->has & FINDING_HAS_SHEAF) {
		witness_back(w->judge->heap->witness, 0);
		return w->judge->heap->witness;
	}
	return s->cpu_words;
}

/* Whether the words that a finding rests on are still as they were, all at once. */
static bool evidence_holds(struct walk *w, const struct finding *f)
{
	struct witness *evidence = w->evidence ? w->evidence : w->judge->heap->witness;
	size_t nr;
	bool holds;

	if (w->sheaves_judged)
		evidence = sheaf_evidence(w, f);
	nr = evidence->nr;

	for (unsigned int i = 0; i < f->nr_rests; i++)
		witness_note(evidence, f->rests[i].addr, f->rests[i].size, f->rests[i].value);
	if (f->has & FINDING_HAS_BYTES)
		for (unsigned int i = 0; i < f->bytes.nr_excerpt; i++)
			witness_note(evidence, f->bytes.first + i, 1, f->bytes.excerpt[i]);
	holds = witness_proves(evidence, EVIDENCE_ROUNDS);
	witness_back(evidence, nr);
	return holds;
}

/*
 * What would be corrupt in a dump. It was seen in a snapshot: that is to be read again, and then by other
 * passes. Returns false when its words change: then it says nothing.
 */
static bool suspect(struct walk *w, struct finding *finding, const struct slab_state *slab)
{
	const struct sheaves *sheaves = w->judge->heap->sheaves;
	const struct sheaf_entry *e = NULL;

	/* What is said of a free object is true as long as it is in its sheaf. */
	if (slab && finding->has & FINDING_HAS_OBJECT && !(finding->has & FINDING_HAS_ENTRY))
		e = sheaves_find(sheaves, finding->object);
	if (e)
		rest_entry(finding, w->judge->heap->layout, sheaves, e);
	if (!evidence_holds(w, finding)) {
		suspects_busy(w->suspects, finding);
		w->result->common.coverage.busy++;
		return false;
	}
	if (suspects_see(w->suspects, finding))
		return true;
	finding->severity = SEVERITY_TRANSIENT;
	finding->doubt = "a running kernel changes while it is read";
	return true;
}

/* struct rules.emit: diagnose while the slab's contents are at hand, then keep. */
static void finding_take(void *ctx, struct finding *finding, const struct slab_state *slab)
{
	struct walk *w = ctx;
	struct cache_result *result = &w->result->common;
	struct diagnosis diagnosis = { 0 };
	struct finding taken;

	doubt(w, finding);
	if (w->suspects && finding->severity == SEVERITY_CORRUPT && !suspect(w, finding, slab))
		return;
	/* Nothing that a user says makes memory present. */
	if (finding->id == FINDING_MEMORY_ABSENT)
		result->coverage.absent++;
	/* The rule goes on with its own severity. */
	taken = *finding;
	if (!result_count(result, w->judge->severities, &taken))
		return;
	if (result->findings.nr < FINDINGS_KEPT_MAX)
		diagnose(w->judge->heap, w->cache, slab, &taken, &diagnosis);
	if (w->suspects)
		diagnosis_doubt(&diagnosis);
	findings_add(&result->findings, w->judge->arena, &taken, &diagnosis);
}

static void walk_init(struct walk *w, struct judge *judge, struct slub_result *result)
{
	memset(w, 0, sizeof(*w));
	w->judge = judge;
	w->result = result;
	w->cache = &result->cache;
	w->index = cache_list_index(judge->heap->caches, w->cache->addr);
	w->rules = (struct rules){
		.layout = judge->heap->layout,
		.cache = w->cache,
		.tid_step = judge->election->tid_step,
		.broken = result->broken,
		.pages_held = judge->scan && judge->scan->pages_held,
		.nid_proven = judge->election->nid_proven,
		.emit = finding_take,
		.ctx = w,
	};
	slab_set_init(&w->seen, judge->arena);
	if (!judge->suspects || !judge->heap->witness)
		return;
	if (!judge->heap->settle)
		judge->heap->settle = settle_new(judge->heap);
	w->settle = judge->heap->settle;
	if (w->settle)
		w->suspects = judge->suspects;
}

/* Ask every few slabs; a slab takes microseconds. */
static bool walk_stopped(struct walk *w)
{
	const struct judge *judge = w->judge;

	if (!w->stopped && ((judge->enough && *judge->enough) || heap_cancelled(judge->heap)))
		w->stopped = true;
	if (w->judge->tick && !(w->judge->heap->slabs & 0xff))
		w->judge->tick(w->judge->tick_ctx);
	return w->stopped;
}

/*
 * Objects of a slab whose page says nothing about it: that are as many as a slab of the cache has.
 * With a scan a pointer that was overwritten hides nothing: the slab that it led to is found.
 */
static void unknown_add(struct walk *w, const struct slab_state *slab, enum page_state state)
{
	struct coverage *c = &w->result->common.coverage;

	if (state == PAGE_POINTER && w->judge->scan)
		return;
	if (state == PAGE_UNMARKED || state == PAGE_EITHER)
		w->result->unmarked++;
	if (state == PAGE_FREED || !cache_walkable(w->cache))
		return;
	c->objects += oo_objects(w->cache->oo);
	c->objects_unknown += oo_objects(w->cache->oo);
	if (slab->role == ROLE_NODE_PARTIAL && slab->status == TARGET_OK &&
	    slab->count.inuse <= slab->count.objects)
		c->objects_spare += slab->count.objects - slab->count.inuse;
}

/* A slab that changed each time it was gathered, or while it was judged. */
static void busy_add(struct walk *w, const struct slab_state *slab)
{
	struct coverage *c = &w->result->common.coverage;
	uint32_t objects = slab->objects ? slab->objects : oo_objects(w->cache->oo);

	c->slabs++;
	c->busy++;
	c->objects += objects;
	c->objects_busy += objects;
}

static void coverage_add(struct walk *w, const struct slab_state *slab, enum page_state state)
{
	struct contents contents = cache_contents(w->cache, w->judge->heap->layout);
	struct coverage *c = &w->result->common.coverage;
	bool absent = slab->own.end == WALK_ABSENT || slab->cpu_list.end == WALK_ABSENT;

	c->slabs++;
	if (state != PAGE_SLAB) {
		unknown_add(w, slab, state);
		return;
	}
	c->objects += slab->objects;
	if (slab->role == ROLE_NODE_PARTIAL && slab->count.inuse <= slab->count.objects)
		c->objects_spare += slab->count.objects - slab->count.inuse;
	/* What is to be looked at is in the slab's memory, all of it. */
	if (slab->absent_pages && (contents_known(&contents) || contents.cleared))
		return;
	if (!slab->walked || absent)
		return;
	/* Of a list that breaks off, what hangs before the break is known, and nothing else. */
	if (slab_lists_end(slab))
		c->objects_verified += slab->objects;
	else
		c->objects_verified += slab->own.length + slab->cpu_list.length - slab->shared;
	c->objects_free += slab->own.length + slab->cpu_list.length - slab->shared;
}

/* Whether a list breaks at its very first link. */
static bool breaks_at_once(const struct freelist *list)
{
	return list->from >= 0 && list->length == 1 &&
	       (list->end == WALK_OUTSIDE || list->end == WALK_MISALIGNED);
}

static void sample_add(struct walk *w, struct slab_place place, enum slab_role role)
{
	if (w->nr_samples == SAMPLES_MAX)
		return;
	place.role = role;
	w->samples[w->nr_samples++] = place;
}

static void sample_take(struct walk *w, struct slab_place place, const struct slab_state *slab)
{
	if (!slab->walked)
		return;
	if (breaks_at_once(&slab->own))
		sample_add(w, place, ROLE_NO_LIST);
	if (slab->role == ROLE_CPU && breaks_at_once(&slab->cpu_list))
		sample_add(w, place, ROLE_CPU);
}

/* A slab that is in two places may be another's by now than of the place where it was judged. */
static void contents_excuse(struct walk *w, const struct slab_state *slab)
{
	for (struct finding_node *n = w->result->common.findings.first; n; n = n->next) {
		struct finding *f = &n->finding;

		if (f->severity != SEVERITY_CORRUPT)
			continue;
		f->excuse = excuse_find(&(struct excuse_case){
			.breach = BREACH_CONTENTS_SEEN, .slab = slab, .finding = f });
		if (!f->excuse)
			continue;
		f->severity = SEVERITY_TRANSIENT;
		f->diagnosis = NULL;
		w->result->common.corrupt--;
		w->result->common.transient++;
	}
}

/* What slab_take() made of a page that a list led to. */
enum taken {
	TAKEN, /* judged, for the first time */
	TAKEN_BEFORE, /* another list led to it, which a CPU in the middle of an operation explains */
	TAKEN_TWICE, /* another list led to it, and nothing explains that */
	TAKEN_FOLLOWED, /* this list, or another chain of partial slabs, was followed from here */
	TAKEN_NONE, /* not a slab, or the dump lacks it */
};

static bool is_same_list(const struct slab_seen *a, const struct slab_seen *b)
{
	return a->role == b->role && a->node == b->node && a->cpu == b->cpu;
}

static enum taken slab_again(struct walk *w, const struct slab_state *slab,
			     const struct slab_seen *before, const struct slab_seen *now,
			     const struct node_state *node)
{
	bool excused = rules_slab_seen(&w->rules, slab, before, now, node);

	contents_excuse(w, slab);
	/* So that a list which comes back to it is seen to do so. */
	slab_set_move(&w->seen, slab->page, *now);
	if (is_same_list(before, now) ||
	    (before->role == ROLE_CPU_PARTIAL && now->role == ROLE_CPU_PARTIAL))
		return TAKEN_FOLLOWED;
	return excused ? TAKEN_BEFORE : TAKEN_TWICE;
}

static void owned_take(struct walk *w, const struct slab_state *slab)
{
	struct owned_free owned;

	owned_find(w->judge->heap, w->cache, slab, &owned);
	rules_owned_free(&w->rules, slab, &owned);
}

/* A list of the cache leads to a page, which is not judged. */
static void scan_note(struct walk *w, uint64_t page)
{
	struct target *t = w->judge->heap->memory->target;
	uint64_t unused;

	if (w->judge->scan && t->ops->page_to_virt(t, page, &unused))
		scan_mark(w->judge->scan, w->judge->heap->layout, page, w->index);
}

/* Judge one slab that was gathered. */
static enum taken slab_judge(struct walk *w, struct slab_place place, const struct cpu_state *cpu,
			     const struct node_state *node, struct slab_state *slab)
{
	struct slab_seen now = { place.role, place.cpu, place.node,
				 place.role == ROLE_CPU && cpu && !cpu->freelist, place.slot };
	uint64_t busy = w->result->common.coverage.busy;
	struct slab_seen before;
	enum page_state state;

	if (slab->page_valid && !slab_set_add(&w->seen, place.page, now, &before)) {
		if (slab->is_slab && !slab->busy)
			return slab_again(w, slab, &before, &now, node);
		/* From the other end of the list: told already. */
		if (is_same_list(&before, &now))
			return TAKEN_NONE;
	}
	if (w->judge->scan && slab->is_slab)
		scan_mark(w->judge->scan, w->judge->heap->layout, place.page, w->index);
	if (slab->busy) {
		busy_add(w, slab);
		return TAKEN_NONE;
	}
	if (slab->is_slab && slab->cache != w->cache->addr) {
		w->result->strays.slabs++;
		w->result->strays.objects += slab->count.objects;
	}
	rules_slab(&w->rules, slab, cpu, node);
	owned_take(w, slab);
	state = rules_page(&w->rules, slab, cpu);
	if (w->result->common.coverage.busy == busy)
		coverage_add(w, slab, state);
	else
		busy_add(w, slab);
	sample_take(w, place, slab);
	if (w->judge->on_slab)
		w->judge->on_slab(w->judge->on_slab_ctx, w->cache, slab);
	return slab->is_slab ? TAKEN : TAKEN_NONE;
}

/* Gather and judge one slab. */
static enum taken slab_take(struct walk *w, struct slab_place place, const struct cpu_state *cpu,
			    const struct node_state *node, struct slab_state *slab)
{
	heap_slab(w->judge->heap, w->cache, place, place.role == ROLE_CPU ? cpu : NULL, slab);
	return slab_judge(w, place, cpu, node, slab);
}

/* A CPU that runs changes its list and its slab all the time: ask it until both are of one moment. */
static bool cpu_settle(struct walk *w, struct cpu_state *cpu, struct slab_state *slab)
{
	struct heap *heap = w->judge->heap;
	struct slab_place place = { 0, cpu->addr + heap->layout->cpu.slab.offset, ROLE_CPU,
				    cpu->cpu, -1 };

	for (unsigned int i = 0; i < HEAP_TRIES && !walk_stopped(w); i++) {
		if (cpu->status != TARGET_OK || !cpu->slab)
			return true;
		place.page = cpu->slab;
		heap_slab(heap, w->cache, place, cpu, slab);
		if (!slab->busy)
			return true;
		heap_cpu(heap, w->cache, (unsigned int)cpu->cpu, cpu);
	}
	return false;
}

/* @gathered: of a kernel that runs; else NULL. */
static void cpu_slab_take(struct walk *w, const struct cpu_state *cpu, struct slab_state *gathered)
{
	const struct layout *layout = w->judge->heap->layout;
	struct slab_place place = { cpu->slab, cpu->addr + layout->cpu.slab.offset, ROLE_CPU,
				    cpu->cpu, -1 };
	struct slab_state slab;

	if (!cpu->slab || !cache_walkable(w->cache))
		return;
	if (gathered)
		slab_judge(w, place, cpu, NULL, gathered);
	else
		slab_take(w, place, cpu, NULL, &slab);
}

/* Length of a CPU's partial chain as far as it holds together, by descriptors alone. */
static uint64_t chain_length(struct walk *w, const struct cpu_state *cpu, bool *whole)
{
	struct heap *heap = w->judge->heap;
	struct slab_state slab;
	uint64_t page = cpu->partial, n = 0, mark = page, moves = 1;

	*whole = false;
	while (page && n < heap->page_limit) {
		heap_descriptor(heap, page, &slab);
		if (slab.status != TARGET_OK || !slab.is_slab)
			return n;
		n++;
		page = slab.next;
		/* Brent: a mark that moves at powers of two is met again in any cycle. */
		if (page == mark)
			return n;
		if (n == moves) {
			mark = page;
			moves *= 2;
		}
	}
	*whole = !page;
	return n;
}

/* A list changed each time that it was gathered. */
static void list_busy(struct walk *w)
{
	w->result->unsettled = true;
	w->result->common.coverage.busy++;
}

/* Where a chain of partial slabs breaks. */
static void chain_broken(struct walk *w, const struct cpu_state *cpu, const struct slab_state *slab,
			 const struct slab_state *last)
{
	struct link_fault fault = {
		.link = { .slot = slab->slot, .raw = slab->page, .status = slab->status },
		.slot_name = last ? "slab->next" : "c->partial",
		.holder = last ? last->page : 0,
		.lost = last && last->slabs > 1 && last->slabs < 1000 ? last->slabs - 1 : 0,
	};

	w->result->broken = true;
	rules_cpu_partial_link(&w->rules, cpu, &fault);
}

/*
 * Whether the link of a slab that is not (or not only) on this chain can be the chain's: it ends the
 * chain, or leads to a slab of the cache that says that one slab less follows it.
 */
static bool chain_link_fits(struct walk *w, const struct slab_state *slab)
{
	struct heap *heap = w->judge->heap;
	bool counts = member_exists(heap->layout->slab.slabs);
	struct slab_state next;

	if (!slab->next)
		return !counts || slab->slabs == 1;
	heap_descriptor(heap, slab->next, &next);
	return next.status == TARGET_OK && next.is_slab && next.cache == w->cache->addr &&
	       (!counts || next.slabs + 1 == slab->slabs);
}

/*
 * Whether the chain goes on behind a slab. ___slab_alloc() makes the head of the chain the CPU's slab
 * before it advances the chain (to 6.7), and put_cpu_partial() links one that get_freelist() let go of:
 * the chain is whole behind both. Where nothing explains what is seen, the link has to prove itself.
 */
static bool chain_goes_on(struct walk *w, enum taken taken, const struct slab_state *slab)
{
	switch (taken) {
	case TAKEN:
	case TAKEN_BEFORE:
		return true;
	case TAKEN_TWICE:
	case TAKEN_NONE:
		if (chain_link_fits(w, slab))
			return true;
		break;
	case TAKEN_FOLLOWED:
		break;
	}
	w->result->broken = true;
	return false;
}

static void cpu_partial_take(struct walk *w, const struct cpu_state *cpu)
{
	struct heap *heap = w->judge->heap;
	const struct layout *layout = heap->layout;
	struct slab_place place = { cpu->partial, cpu->addr + layout->cpu.partial.offset,
				    ROLE_CPU_PARTIAL, cpu->cpu, -1 };
	struct slab_state slab, last = { 0 };
	bool whole, counted = false;
	uint64_t length = chain_length(w, cpu, &whole);

	for (uint64_t n = 0; place.page && n < heap->page_limit && !walk_stopped(w); n++) {
		heap_descriptor(heap, place.page, &slab);
		slab.slot = place.slot;
		if (slab.status != TARGET_OK) {
			chain_broken(w, cpu, &slab, n ? &last : NULL);
			return;
		}
		if (!chain_goes_on(w, slab_take(w, place, cpu, NULL, &slab), &slab))
			return;
		if (whole && !counted && member_exists(layout->slab.slabs) &&
		    slab.slabs != length - n) {
			rules_cpu_partial_count(&w->rules, &slab, length - n);
			counted = true;
		}
		last = slab;
		place.slot = place.page + layout->slab.next.offset;
		place.page = slab.next;
	}
}

/* The same of a kernel that runs: the chain is gathered as a whole, and its slabs are judged then. */
static void cpu_partial_settle(struct walk *w, const struct cpu_state *cpu)
{
	const struct layout *layout = w->judge->heap->layout;
	struct settle *s = w->settle;
	bool settled = settle_chain(s, w->cache, cpu), counted = false;
	struct slab_state slab = { 0 }, end;

	for (size_t i = 0; i < s->nr && !walk_stopped(w); i++) {
		slab_take(w, s->slabs[i].place, cpu, NULL, &slab);
		if (!settled || !s->complete || counted || !member_exists(layout->slab.slabs) ||
		    s->slabs[i].slabs == s->nr - i)
			continue;
		slab.slabs = s->slabs[i].slabs;
		w->evidence = &s->words;
		rules_cpu_partial_count(&w->rules, &slab, s->nr - i);
		w->evidence = NULL;
		counted = true;
	}
	w->result->broken |= !s->complete;
	if (!settled)
		list_busy(w);
	if (!settled || s->broken == TARGET_OK)
		return;
	end = (struct slab_state){ .page = s->broken_page,
				   .slot = s->broken_slot,
				   .status = s->broken };
	w->evidence = &s->words;
	chain_broken(w, cpu, &end, s->nr ? &slab : NULL);
	w->evidence = NULL;
}

static void cpus_take(struct walk *w)
{
	struct heap *heap = w->judge->heap;
	const struct layout *layout = heap->layout;
	struct slab_state slab;
	struct location stray;
	struct cpu_state cpu;

	for (unsigned int i = 0; i < layout->kernel.nr_cpus && !walk_stopped(w); i++) {
		if (!layout->kernel.cpu_possible[i])
			continue;
		heap_cpu(heap, w->cache, i, &cpu);
		if (w->suspects && cache_walkable(w->cache) && !cpu_settle(w, &cpu, &slab)) {
			list_busy(w);
			if (cpu.slab)
				scan_note(w, cpu.slab);
			continue;
		}
		stray.kind = LOCATION_NULL;
		if (cpu.status == TARGET_OK && cpu.freelist && !cpu.slab)
			stray = locate(heap->memory, layout, heap->caches, cpu.freelist);
		rules_cpu(&w->rules, &cpu, &stray);
		/* All CPUs share the pointer that leads nowhere. */
		if (cpu.status == TARGET_UNMAPPED)
			return;
		if (cpu.status != TARGET_OK)
			continue;
		cpu_slab_take(w, &cpu, w->suspects ? &slab : NULL);
		if (!member_exists(layout->cpu.partial) || !cache_walkable(w->cache))
			continue;
		if (w->suspects)
			cpu_partial_settle(w, &cpu);
		else
			cpu_partial_take(w, &cpu);
	}
}

/* The walk over a node's partial list. */
struct node_walk {
	struct walk *walk;
	struct node_state *node;
	struct walk_ahead ahead;
};

static uint64_t entry_page(const struct walk *w, uint64_t entry)
{
	return entry - w->judge->heap->layout->slab.list.offset;
}

/* struct list_walk_ops.possible: a slab of the cache. */
static bool node_possible(void *ctx, uint64_t entry)
{
	struct walk *w = ((struct node_walk *)ctx)->walk;
	struct slab_state slab;

	heap_descriptor(w->judge->heap, entry_page(w, entry), &slab);
	return slab.status == TARGET_ABSENT ||
	       (slab.status == TARGET_OK && slab.is_slab && slab.cache == w->cache->addr);
}

/* struct list_walk_ops.visit */
static enum list_verdict node_visit(void *ctx, struct list_step *step)
{
	struct node_walk *n = ctx;
	struct walk *w = n->walk;
	struct slab_place place = { entry_page(w, step->entry),
				    step->from + (step->backwards ? LIST_PREV : LIST_NEXT),
				    ROLE_NODE_PARTIAL, -1, n->node->node };
	struct slab_state slab;
	enum taken taken;

	heap_descriptor(w->judge->heap, place.page, &slab);
	if (step->backwards && slab_set_has(&w->seen, place.page))
		return LIST_END;
	step->status = slab.status;
	if (slab.status != TARGET_OK)
		return LIST_BROKEN;
	step->back = step->backwards ? slab.list_next : slab.list_prev;
	walk_ahead_reach(&n->ahead, place.page);
	taken = slab_take(w, place, NULL, n->node, &slab);
	/* What is not (or not only) on this list is on it when its other link says so. */
	if (taken == TAKEN_FOLLOWED || (taken != TAKEN && step->back != step->from))
		return LIST_END;
	return LIST_ENTRY;
}

/* struct list_walk_ops.fault */
static void node_fault(void *ctx, const struct list_fault *fault)
{
	static const char *const names[2][2] = { { "slab_list.prev", "slab_list.next" },
						 { "partial.prev", "partial.next" } };
	struct node_walk *n = ctx;
	struct link_fault link = {
		.link = *fault,
		.slot_name = names[fault->in_head][fault->next],
		.holder = fault->in_head ? 0 : entry_page(n->walk, fault->holder),
	};

	rules_node_link(&n->walk->rules, n->node, &link);
}

/* struct list_walk_ops.stopped */
static bool node_stopped(void *ctx)
{
	return walk_stopped(((struct node_walk *)ctx)->walk);
}

static void node_list_take(struct walk *w, struct node_state *node)
{
	static const struct list_walk_ops ops = { node_visit, node_possible, node_fault,
						  node_stopped };
	struct heap *heap = w->judge->heap;
	struct node_walk n = { .walk = w, .node = node };
	struct list_walk walk = {
		.memory = heap->memory,
		.ops = &ops,
		.ctx = &n,
		.head = node->addr + heap->layout->node.partial.offset,
		.limit = heap->page_limit,
	};

	walk_ahead_begin(&n.ahead, w->judge->worker, heap, w->cache, node, walk.head);
	list_walk(&walk);
	walk_ahead_end(&n.ahead);
	node->counted = walk.counted;
	node->complete = walk.complete;
	w->result->broken |= !node->complete;
}

/* The same of a kernel that runs, as cpu_partial_settle(). */
static void node_list_settle(struct walk *w, struct node_state *node)
{
	struct node_walk n = { .walk = w, .node = node };
	struct settle *s = w->settle;
	bool settled = settle_node(s, w->cache, node);
	struct slab_state slab;

	for (size_t i = 0; i < s->nr && !walk_stopped(w); i++)
		slab_take(w, s->slabs[i].place, NULL, node, &slab);
	node->counted = s->counted;
	node->complete = settled && s->complete;
	w->result->broken |= !s->complete;
	if (!settled)
		list_busy(w);
	w->evidence = &s->words;
	for (size_t i = 0; settled && i < s->nr_faults; i++)
		node_fault(&n, &s->faults[i]);
}

static bool node_expected(const struct judge *judge, unsigned int node)
{
	const struct rules rules = { .layout = judge->heap->layout };

	return judge->election->node_present && judge->election->node_present[node] &&
	       !excuse_find(&(struct excuse_case){ .breach = BREACH_NODE, .rules = &rules });
}

static bool node_gather(struct walk *w, unsigned int i, struct node_state *node)
{
	struct heap *heap = w->judge->heap;
	uint64_t addr = 0;
	enum target_status status = cache_node_addr(w->cache, heap->memory, heap->layout, i, &addr);

	if (status == TARGET_OK && !addr && !node_expected(w->judge, i))
		return false;
	if (status == TARGET_OK && !addr)
		*node = (struct node_state){ .node = (int)i, .status = TARGET_UNMAPPED };
	else if (status == TARGET_OK)
		heap_node(heap, addr, i, node);
	else
		*node = (struct node_state){ .node = (int)i, .status = status };
	node->slot = cache_node_slot(w->cache, heap->layout, i);
	node->genuine = node->status == TARGET_OK && heap_node_genuine(heap, addr);
	return true;
}

static void nodes_take(struct walk *w)
{
	const struct layout *layout = w->judge->heap->layout;
	struct coverage *c = &w->result->common.coverage;
	struct node_state node;

	for (unsigned int i = 0; i < layout->nr_nodes && !walk_stopped(w); i++) {
		if (!node_gather(w, i, &node))
			continue;
		w->result->broken |= !node.genuine;
		if (w->suspects)
			witness_back(w->judge->heap->witness, 0);
		if (node.genuine && cache_walkable(w->cache) && w->suspects)
			node_list_settle(w, &node);
		else if (node.genuine && cache_walkable(w->cache))
			node_list_take(w, &node);
		if (w->stopped)
			return;
		rules_node(&w->rules, &node);
		w->evidence = NULL;
		if (!node.genuine || !member_exists(layout->node.total_objects))
			continue;
		c->said = true;
		c->said_slabs += node.nr_slabs;
		c->said_objects += node.total_objects;
	}
}

/* Slabs with objects in sheaves that no list led to: full, or on their way. One that is not full may
 * have a sheaf's object on its freelist. */
static void sheaf_slabs_take(struct walk *w)
{
	struct heap *heap = w->judge->heap;
	struct sheaves *s = heap->sheaves;
	struct slab_state slab;

	for (size_t i = 0; i < s->nr_slabs && !walk_stopped(w); i++) {
		struct sheaf_slab *known = &s->slabs[i];
		struct slab_place place = { known->page, 0, ROLE_NO_LIST, -1, -1 };

		known->listed = slab_set_has(&w->seen, known->page);
		/* The scan tells of slabs whose cache is on no list, if it knows all caches. */
		if (known->kind == ENTRY_FOREIGN && w->judge->scan && !heap->caches->cut)
			known->listed |= !cache_list_has(heap->caches, known->cache);
		if (known->listed || known->kind != ENTRY_OBJECT || !known->freelist)
			continue;
		heap_slab(heap, w->cache, place, NULL, &slab);
		if (!slab.busy)
			rules_sheaf_slab(&w->rules, &slab);
	}
}

static void sheaves_take(struct walk *w)
{
	const struct sheaves *s = w->judge->heap->sheaves;
	struct coverage *c = &w->result->common.coverage;

	sheaf_slabs_take(w);
	if (w->stopped)
		return;
	w->sheaves_judged = true;
	rules_sheaves(&w->rules, s);
	w->sheaves_judged = false;
	c->busy += s->unsettled;
	c->sheaved = true;
	for (size_t i = 0; i < s->nr_sheaves; i++)
		c->sheaves +=
			s->sheaves[i].kind == SHEAF_OWN && s->sheaves[i].before == SHEAF_FIRST;
	for (size_t i = 0; i < s->nr_entries; i++)
		c->sheaf_objects += s->entries[i].kind == ENTRY_OBJECT;
}

static void result_clear(struct slub_result *result)
{
	findings_init(&result->common.findings);
	result->common.corrupt = result->common.transient = result->common.notes =
		result->common.doubted = 0;
	result->common.silenced = result->common.changed = 0;
	memset(&result->common.coverage, 0, sizeof(result->common.coverage));
	memset(&result->strays, 0, sizeof(result->strays));
	result->unmarked = 0;
	result->common.finished = result->broken = result->unsettled = false;
}

static void lists_take(struct walk *w)
{
	struct heap *heap = w->judge->heap;

	if (heap->sheaves)
		sheaves_clear(heap->sheaves);
	if (heap->witness)
		witness_back(heap->witness, 0);
	rules_cache(&w->rules);
	if (w->cache->status != TARGET_OK)
		return;
	/* What is in sheaves has to be known when slabs are judged. */
	if (heap->sheaves && cache_walkable(w->cache))
		sheaves_gather(heap->sheaves, heap, w->cache);
	if (heap->layout->has_cpu_slabs)
		cpus_take(w);
	nodes_take(w);
	if (heap->sheaves && cache_walkable(w->cache) && !w->stopped)
		sheaves_take(w);
	w->result->common.finished = !w->stopped && !(heap->sheaves && heap->sheaves->incomplete);
}

/* When no link of the cache decodes, its key may be what is damaged. */
static unsigned int key_replace(struct walk *w, uint64_t *random)
{
	struct heap *heap = w->judge->heap;
	uint64_t good = heap->links_good, bad = heap->links_bad;
	unsigned int lists;

	if (w->stopped || !w->nr_samples || good > bad / 8)
		return 0;
	lists = elect_random(heap, w->cache, w->samples, w->nr_samples, random);
	/* Trials are no witnesses. */
	heap->links_good = good;
	heap->links_bad = bad;
	return *random != w->cache->random ? lists : 0;
}

static void votes_note(struct walk *w)
{
	const struct heap *heap = w->judge->heap;

	for (struct finding_node *n = w->result->common.findings.first; n; n = n->next) {
		n->finding.votes_for = heap->links_good;
		n->finding.votes = heap->links_good + heap->links_bad;
	}
}

/* Whether a cache on slab_caches was destroyed; while somebody holds slab_mutex it is on its way. */
static bool is_destroyed(const struct walk *w)
{
	const struct layout *layout = w->judge->heap->layout;

	return member_exists(layout->cache.refcount) && !w->cache->refcount &&
	       !layout->caches_locked;
}

void judge_cache(struct judge *judge, uint64_t addr, struct slub_result *result)
{
	struct heap *heap = judge->heap;
	uint64_t random = 0, found, retries = heap->retries;
	unsigned int lists;
	struct walk w;

	cache_read(&result->cache, heap->memory, heap->layout, addr, judge->election->encoding);
	result->common.cache = cache_view_of(&result->cache, heap->layout);
	result_clear(result);
	heap->links_good = heap->links_bad = 0;
	walk_init(&w, judge, result);
	lists_take(&w);
	lists = key_replace(&w, &random);
	if (lists) {
		/* All findings are consequences of one word. Judge again with the right word. */
		found = result->cache.random;
		result_clear(result);
		result->cache.random = random;
		heap->links_good = heap->links_bad = 0;
		walk_init(&w, judge, result);
		if (w.suspects)
			witness_back(heap->witness, 0);
		rules_random(&w.rules, found, random, lists);
		lists_take(&w);
	}
	votes_note(&w);
	if (!judge->scan && is_destroyed(&w) && result->cache.status == TARGET_OK)
		rules_destroyed(&w.rules, NULL);
	result->common.coverage.retries = heap->retries - retries;
}

/* Full slabs are most of what a scan finds, and the scan has seen all that is to be judged. */
static bool slab_is_plainly_full(const struct scan *scan, const struct cache *cache,
				 const struct scan_slab *s)
{
	struct slab_counters c = slab_counters_decode(s->counts);

	return s->empty_list && !c.frozen && !s->partial && c.inuse == c.objects &&
	       !(s->unheld && scan->pages_held) &&
	       (c.objects == oo_objects(cache->oo) || c.objects == oo_objects(cache->min));
}

/* What the slab says when that is possible; when it lies, that has been found out already. */
static unsigned int slab_objects(const struct walk *w, const struct scan_slab *s)
{
	unsigned int objects = slab_counters_decode(s->counts).objects;
	const struct cache *cache = w->cache;
	struct heap *heap = w->judge->heap;
	struct slab_state slab;

	if (objects == oo_objects(cache->oo) ||
	    !cache_objects_legal(cache, objects, heap->memory->page_size))
		return oo_objects(cache->oo);
	/* Slabs of a lower order are few; an overwritten counter may look like one's. */
	heap_descriptor(heap, scan_page(w->judge->scan, heap->layout, s), &slab);
	if (slab.status != TARGET_OK || !slab.order_known || !cache_order_legal(cache, slab.order))
		return objects;
	return order_objects(slab.order, cache->size, heap->memory->page_size, cache->reserved);
}

/* Slabs on no list whose slab_cache is not that of a cache, and that may be of this one. */
static uint64_t unknown_cache_slabs(const struct walk *w)
{
	const struct scan *scan = w->judge->scan;
	size_t group = w->judge->heap->caches->nr;
	uint64_t nr = 0;

	for (size_t i = scan->first[group]; i < scan->first[group + 1]; i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		nr += !s->listed && !s->rcu &&
		      slab_counters_decode(s->counts).objects == slab_objects(w, s);
	}
	return nr;
}

/* Whether a slab is as the scan saw it, before any list was gathered. */
static bool slab_as_scanned(const struct slab_state *slab, const struct scan_slab *s)
{
	return slab->status == TARGET_OK && slab->is_slab &&
	       (uint32_t)slab->counters == s->counts && !slab->freelist == s->empty_list;
}

static void unlisted_take(struct walk *w, const struct scan_slab *s, const struct node_state *node,
			  struct scan_totals *totals)
{
	struct heap *heap = w->judge->heap;
	struct slab_counters count = slab_counters_decode(s->counts);
	struct slab_place place = { scan_page(w->judge->scan, heap->layout, s), 0, ROLE_NO_LIST, -1,
				    -1 };
	struct contents contents = cache_contents(w->cache, heap->layout);
	struct slab_state slab;

	w->result->common.coverage.slabs++;
	if (slab_is_plainly_full(w->judge->scan, w->cache, s) && !w->judge->on_slab &&
	    !contents_known(&contents) && !(contents.cleared && heap->sheaves)) {
		w->result->common.coverage.objects += count.objects;
		w->result->common.coverage.objects_verified += count.objects;
		return;
	}
	w->result->common.coverage.slabs--;
	heap_slab(heap, w->cache, place, NULL, &slab);
	/* What is on no list now was on none when the lists were gathered only if nothing changed since the
	 * scan. A list that was not settled may have it. */
	if (w->suspects && (slab.busy || w->result->unsettled || !slab_as_scanned(&slab, s))) {
		busy_add(w, &slab);
		return;
	}
	coverage_add(w, &slab, rules_page(&w->rules, &slab, NULL));
	if (w->judge->on_slab)
		w->judge->on_slab(w->judge->on_slab_ctx, w->cache, &slab);
	if (!rules_no_list(&w->rules, &slab, node))
		return;
	totals->in_flight++;
}

/* What they say has to stay so. */
static void totals_note(struct walk *w, const struct node_state *node)
{
	const struct layout_node *m = &w->judge->heap->layout->node;
	struct witness *words = w->judge->heap->witness;

	if (node->status != TARGET_OK)
		return;
	witness_member(words, node->addr, m->nr_slabs, node->nr_slabs);
	witness_member(words, node->addr, m->total_objects, node->total_objects);
}

/* The sum of what the nodes say, which is all that slabs of unknown nodes can be held against. */
static bool totals_gather(struct walk *w, struct scan_totals *totals, struct node_state *only)
{
	const struct layout *layout = w->judge->heap->layout;
	struct node_state node;
	unsigned int nodes = 0;

	if (w->suspects)
		witness_back(w->judge->heap->witness, 0);
	for (unsigned int i = 0; i < layout->nr_nodes; i++) {
		if (!node_gather(w, i, &node))
			continue;
		if (w->suspects)
			totals_note(w, &node);
		if (!node.genuine || !member_exists(layout->node.nr_slabs)) {
			/* Nothing is known of its lock. */
			only->locked |= !node.genuine;
			return false;
		}
		if (!nodes++) {
			*only = node;
			totals->slot_slabs = node.addr + layout->node.nr_slabs.offset;
			totals->slot_objects = node.addr + layout->node.total_objects.offset;
		}
		/* Any lock that is held may explain a slab on no list. */
		only->locked |= node.locked;
		totals->said_slabs += node.nr_slabs;
		totals->said_objects += node.total_objects;
	}
	totals->node = nodes == 1 ? only->node : -1;
	return nodes != 0;
}

/* Whether they say what they said before the scan, and while slabs were judged. Notes their words. */
static bool totals_stay(struct walk *w, size_t index, const struct scan_totals *totals)
{
	const struct scan_said *before = &w->judge->scan->said[index];
	struct scan_totals now = { 0 };
	struct node_state unused = { 0 };

	return totals_gather(w, &now, &unused) && before->known &&
	       now.said_slabs == totals->said_slabs && now.said_slabs == before->slabs &&
	       now.said_objects == totals->said_objects && now.said_objects == before->objects;
}

void judge_said(struct judge *judge, struct scan_said *said)
{
	const struct cache_list *caches = judge->heap->caches;

	for (size_t i = 0; i < caches->nr && !heap_cancelled(judge->heap); i++) {
		struct scan_totals totals = { 0 };
		struct node_state unused = { 0 };
		struct slub_result result;
		struct walk w = { .judge = judge, .cache = &result.cache };

		cache_read(&result.cache, judge->heap->memory, judge->heap->layout,
			   caches->sorted[i], judge->election->encoding);
		if (!cache_walkable(&result.cache))
			continue;
		said[i].known = totals_gather(&w, &totals, &unused);
		said[i].slabs = totals.said_slabs;
		said[i].objects = totals.said_objects;
	}
}

/* Those that were gathered last are another cache's. Its own are looked at where objects in them tell
 * something of a full slab. */
static void sheaves_again(struct heap *heap, const struct cache *cache)
{
	if (!heap->sheaves)
		return;
	sheaves_clear(heap->sheaves);
	if (cache_contents(cache, heap->layout).cleared)
		sheaves_gather(heap->sheaves, heap, cache);
}

/*
 * Slabs of caches that nobody knows may be this one's, with a damaged slab_cache. Where slab_caches leads
 * out of the dump they more likely belong to caches there, so that nothing is known either way.
 */
static void hidden_add(struct walk *w, struct scan_totals *totals)
{
	uint64_t slabs = unknown_cache_slabs(w);

	totals->hidden += slabs;
	w->result->common.coverage.absent += slabs && w->judge->heap->caches->cut;
}

void judge_unlisted(struct judge *judge, size_t index, struct slub_result *result)
{
	struct scan *scan = judge->scan;
	struct scan_totals totals = { 0 };
	struct node_state node = { 0 };
	uint64_t retries = judge->heap->retries;
	struct remains remains;
	struct walk w;
	bool counted;

	if (!scan || result->cache.status != TARGET_OK || !cache_walkable(&result->cache))
		return;
	sheaves_again(judge->heap, &result->cache);
	walk_init(&w, judge, result);
	counted = totals_gather(&w, &totals, &node);
	/* A list that the dump lacks explains as much as one that is being changed. */
	node.locked |= result->common.coverage.absent != 0;
	/* On its lists, though they say that they belong elsewhere. */
	totals.slabs = result->strays.slabs;
	totals.objects = result->strays.objects;
	for (size_t i = scan->first[index]; i < scan->first[index + 1] && !walk_stopped(&w); i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		/* Waiting for its grace period: already subtracted from the node's counters. Or only
		 * on the list of another cache, which has counted it. */
		if (s->rcu || s->listed == SCAN_BY_ANOTHER)
			continue;
		totals.slabs++;
		totals.objects += slab_objects(&w, s);
		if (!s->listed)
			unlisted_take(&w, s, &node, &totals);
	}
	if (w.suspects && counted) {
		counted = totals_stay(&w, index, &totals);
		result->common.coverage.busy += !counted;
	}
	if (counted && !w.stopped && !scan->absent_bytes && !scan->incomplete) {
		totals.hidden = result->unmarked;
		if (totals.said_slabs > totals.slabs)
			hidden_add(&w, &totals);
		rules_totals(&w.rules, &totals);
	}
	if (is_destroyed(&w)) {
		remains_find(judge->heap, scan, &result->cache, NULL, scan->first[index],
			     scan->first[index + 1], &remains);
		rules_destroyed(&w.rules, &remains);
	}
	result->common.finished = result->common.finished && !w.stopped;
	result->common.coverage.retries += judge->heap->retries - retries;
}

/* A destroyed cache that only its slabs lead to. Its name is in findings: it has to stay. */
static void destroyed_judge(struct walk *w, uint64_t addr)
{
	struct judge *judge = w->judge;
	struct scan *scan = judge->scan;
	size_t group = judge->heap->caches->nr;
	struct coverage *c = &w->result->common.coverage;
	struct cache *cache = arena_alloc(judge->arena, sizeof(*cache));
	struct rules rules = w->rules;
	struct remains remains;

	if (!cache)
		return;
	cache_read(cache, judge->heap->memory, judge->heap->layout, addr,
		   judge->election->encoding);
	if (judge->heap->sheaves)
		sheaves_clear(judge->heap->sheaves);
	rules.cache = cache;
	remains_find(judge->heap, scan, cache, &rules, scan->first[group], scan->first[group + 1],
		     &remains);
	c->objects_unknown += remains.unknown;
	c->objects_verified += remains.known;
	rules_destroyed(&rules, &remains);
}

#define DESTROYED_MAX 64

/* Destroyed caches that were met. */
struct destroyed {
	uint64_t caches[DESTROYED_MAX];
	size_t nr;
};

/* Whether a slab is one of a destroyed cache, which is judged when its first slab is met. */
static bool destroyed_take(struct walk *w, struct destroyed *d, uint64_t cache)
{
	for (size_t i = 0; i < d->nr; i++)
		if (d->caches[i] == cache)
			return true;
	if (d->nr == DESTROYED_MAX || !remains_is_destroyed(w->judge->heap, cache))
		return false;
	d->caches[d->nr++] = cache;
	destroyed_judge(w, cache);
	return true;
}

/* Whether a cache was made or destroyed since the pass began: then its slabs are nobody's. */
static bool caches_changed(struct walk *w)
{
	const struct heap *heap = w->judge->heap;
	struct cache_list now;
	size_t size = heap->caches->nr * sizeof(*now.sorted);

	return !cache_list_read(&now, heap->memory, heap->layout, w->judge->arena) ||
	       now.nr != heap->caches->nr ||
	       (now.nr && memcmp(now.sorted, heap->caches->sorted, size));
}

/* Slab pages whose slab_cache is on no list, and that no list led to. */
static void unknown_caches_judge(struct walk *w)
{
	struct judge *judge = w->judge;
	struct scan *scan = judge->scan;
	size_t group = judge->heap->caches->nr;
	struct destroyed destroyed = { .nr = 0 };
	struct slab_state slab;

	/* Where slab_caches leads out of the dump its caches are missing, not strange. */
	if (judge->heap->caches->cut || (w->suspects && caches_changed(w)))
		return;
	for (size_t i = scan->first[group]; i < scan->first[group + 1]; i++) {
		const struct scan_slab *s = &scan->slabs[scan->by_cache[i]];

		if (s->listed || s->rcu)
			continue;
		heap_descriptor(judge->heap, scan_page(scan, judge->heap->layout, s), &slab);
		slab.role = ROLE_NO_LIST;
		if (w->suspects && !(slab.is_slab && slab_as_scanned(&slab, s) &&
				     !cache_list_has(judge->heap->caches, slab.cache)))
			continue;
		heap_witness(judge->heap, &(struct slab_place){ .page = slab.page }, &slab);
		w->result->common.coverage.slabs++;
		w->result->common.coverage.objects += slab.count.objects;
		if (slab.count.inuse && destroyed_take(w, &destroyed, slab.cache))
			continue;
		w->result->common.coverage.objects_unknown += slab.count.objects;
		rules_unknown_cache(&w->rules, &slab);
	}
}

void judge_list(struct judge *judge, const struct cache_list *list, struct slub_result *result)
{
	struct walk w;

	result_clear(result);
	walk_init(&w, judge, result);
	w.rules.cache = NULL;
	if (w.suspects)
		witness_back(judge->heap->witness, 0);
	rules_caches(&w.rules, list);
	if (judge->scan)
		unknown_caches_judge(&w);
	result->common.finished = true;
}
