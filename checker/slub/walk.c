/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slub/walk.h"

#include <string.h>

#include "checker/slub/diagnose.h"
#include "checker/slub/rules_excuse.h"
#include "checker/slub/rules_finding.h"
#include "checker/slub/sheaf.h"

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

void walk_init(struct walk *w, struct judge *judge, struct slub_result *result)
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
bool walk_stopped(struct walk *w)
{
	const struct judge *judge = w->judge;

	if (!w->stopped && ((judge->enough && *judge->enough) || heap_cancelled(judge->heap)))
		w->stopped = true;
	if (w->judge->tick && !(w->judge->heap->slabs & 0xff))
		w->judge->tick(w->judge->tick_ctx);
	return w->stopped;
}

void walk_clear(struct slub_result *result)
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

bool walk_destroyed(const struct walk *w)
{
	const struct layout *layout = w->judge->heap->layout;

	return member_exists(layout->cache.refcount) && !w->cache->refcount &&
	       !layout->caches_locked;
}
