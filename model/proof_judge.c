/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether what the checker says is what was done. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine/journal.h"
#include "model/proof_parts.h"

bool is_listed(const char *const *ids, size_t max, const char *id)
{
	for (size_t i = 0; i < max && ids[i]; i++)
		if (!strcmp(ids[i], id))
			return true;
	return false;
}

/* Whether a finding says what the truth names; a finding that says nothing of it agrees. */
static bool agrees(const struct finding *f, unsigned int has, uint64_t said, uint64_t truth)
{
	return !truth || !(f->has & has) || said == truth;
}

bool is_fault(const struct finding *f, const struct model_truth *t, const char *id)
{
	return !strcmp(finding_info(f->id)->id, id) && (!t->cache || f->cache == t->cache) &&
	       agrees(f, FINDING_HAS_SLAB, f->slab, t->slab) &&
	       agrees(f, FINDING_HAS_OBJECT, f->object, t->object) &&
	       agrees(f, FINDING_HAS_SLOT, f->slot, t->slot) &&
	       agrees(f, FINDING_HAS_SHEAF, f->sheaf, t->sheaf);
}

static bool is_met(const struct verdict *v, const struct model_truth *t, const char *id)
{
	for (size_t i = 0; i < verdict_nr(v); i++)
		if (is_fault(&v->findings[i], t, id))
			return true;
	return false;
}

static bool any_is_met(const struct verdict *v, const struct model_truth *t)
{
	if (!t->any[0])
		return true;
	for (size_t i = 0; i < MODEL_TRUTH_MUST && t->any[i]; i++)
		if (is_met(v, t, t->any[i]))
			return true;
	return false;
}

/* What had to be found and was not, or NULL. */
static const char *missed(const struct verdict *v, const struct model_truth *t)
{
	for (size_t i = 0; i < MODEL_TRUTH_MUST && t->must[i]; i++)
		if (!is_met(v, t, t->must[i]))
			return t->must[i];
	return any_is_met(v, t) ? NULL : t->any[0];
}

static bool explains(const struct model_truth *t, const char *id)
{
	return is_listed(t->must, MODEL_TRUTH_MUST, id) ||
	       is_listed(t->any, MODEL_TRUTH_MUST, id) || is_listed(t->may, MODEL_TRUTH_MAY, id);
}

/* Where the dump lacks what a word leads to, that it leads to the wrong thing is all that is known. */
static bool explains_absent(const struct trial *trial, const struct finding *f)
{
	const char *id = finding_info(f->id)->id;
	static const struct {
		const char *truth, *said;
	} less[] = {
		{ "freelist-foreign-slab", "freelist-wild" },
		{ "freelist-foreign-cache", "freelist-wild" },
		{ "sheaf-cache", "sheaf-pointer" },
		{ "sheaf-foreign-cache", "sheaf-wild" },
	};

	/* When no list leads to the slab it is judged as the cache's that it names. */
	if (trial->mode == PROOF_ABSENT && explains(trial->truth, "slab-cache") &&
	    f->has & FINDING_HAS_SLAB && f->slab == trial->truth->slab)
		return true;
	for (size_t i = 0; trial->mode == PROOF_ABSENT && i < sizeof(less) / sizeof(less[0]); i++)
		if (!strcmp(id, less[i].said) && explains(trial->truth, less[i].truth))
			return true;
	return false;
}

/* Of two faults in a cache with few lists no link may be good any more: as with a wrong key. */
static bool explains_key(const struct trial *trial, const char *id)
{
	return trial->also && trial->also->cache == trial->truth->cache &&
	       !strcmp(id, "cache-random");
}

/* A finding that neither fault explains. */
static const struct finding *unexplained(const struct trial *trial)
{
	for (size_t i = 0; i < verdict_nr(trial->verdict); i++) {
		const struct finding *f = &trial->verdict->findings[i];

		if (!explains(trial->truth, finding_info(f->id)->id) &&
		    !explains_absent(trial, f) && !explains_key(trial, finding_info(f->id)->id) &&
		    (!trial->also || !explains(trial->also, finding_info(f->id)->id)))
			return f;
	}
	return NULL;
}

/* What a lock that is held explains: see stop_holds_lock(). */
static bool is_under_lock(const char *id)
{
	static const char *const never[] = {
		"freelist-wild",
		"freelist-foreign-slab",
		"freelist-foreign-cache",
		"freelist-cycle",
		"freelist-misaligned",
		"cache-geometry",
		"cache-list-link",
		"cache-name",
		"cache-node",
		"cache-percpu",
		"cache-random",
		"slab-page",
		"slab-cache",
		"slab-objects",
	};

	return !is_listed(never, sizeof(never) / sizeof(never[0]), id);
}

/* Whether a fault that was not found is explained by what goes on around it. */
static bool is_excused(const struct trial *trial, const char *id)
{
	struct verdict *v;
	bool unknown;

	if (trial->mode == PROOF_STOPPED)
		return trial->locked && is_under_lock(id);
	/* In one slab each changes what the other one does. Something of either is found, or what is
	 * left is legal, or doubtful. */
	if (trial->mode == PROOF_PAIR)
		return !trial->apart && (trial->also->invisible || trial->verdict->nr_corrupt ||
					 trial->verdict->verdict == VERDICT_UNKNOWN);
	if (trial->mode != PROOF_ABSENT)
		return false;
	/* TID_STEP is told by the tids that the dump has. */
	if (!strcmp(id, "cpu-tid"))
		return true;
	/* Of the cache alone: that another one is unknown does not count. */
	v = malloc(sizeof(*v));
	if (!v)
		return true;
	proof_check(trial->proof, trial->m, trial->truth->cache, v);
	unknown = v->failed || v->verdict != VERDICT_CLEAN;
	free(v);
	return unknown;
}

static void where_say(const struct trial *trial, char *buf, size_t len)
{
	snprintf(buf, len, "era %s, seed %" PRIu64 ", %s%s%s", model_era(trial->round->era)->name,
		 trial->seed, proof_mode_name(trial->mode), trial->also ? " with " : "",
		 trial->also ? trial->also->fault : "");
}

static void why_missed(struct proof *proof, const char *where, const struct model_truth *t,
		       const struct verdict *v, const char *id)
{
	proof_why(proof,
		  "%s: fault %s on %s of %s, slab 0x%" PRIx64 " object %d slot 0x%" PRIx64
		  " 0x%" PRIx64 " -> 0x%" PRIx64 ": no %s, but %s: %s",
		  where, t->fault, t->place, t->cache_name, t->slab, t->object_index, t->slot,
		  t->before, t->now, id,
		  v->nr_corrupt ? finding_info(v->findings[0].id)->id : "nothing",
		  v->nr_corrupt ? v->findings[0].message : "-");
}

void trial_judge(const struct trial *trial)
{
	struct proof *proof = trial->proof;
	struct proof_cell *cell = &proof->eras[trial->round->era].cells[trial->fault];
	struct proof_tally *tally = &proof->eras[trial->round->era].modes[trial->mode];
	const struct model_truth *t = trial->truth;
	const struct finding *other = unexplained(trial);
	const char *id = t->invisible ? NULL : missed(trial->verdict, t);
	bool excused = id && is_excused(trial, id);
	char where[96];

	where_say(trial, where, sizeof(where));
	tally->faults++;
	tally->unseen += t->invisible;
	cell->invisible += t->invisible;
	cell->planted += !t->invisible;
	cell->excused += excused;
	tally->excused += excused;
	if (id && !excused) {
		cell->missed++;
		tally->missed++;
		why_missed(proof, where, t, trial->verdict, id);
	} else if (other) {
		cell->other++;
		tally->other++;
		proof_why(proof,
			  "%s: fault %s on %s of %s, slot 0x%" PRIx64 ": beside it %s in %s: %s",
			  where, t->fault, t->place, t->cache_name, t->slot,
			  finding_info(other->id)->id, other->cache_name, other->message);
	} else if (!t->invisible && !excused) {
		cell->found++;
		tally->found++;
	}
}

static void changes_show(const struct model *m, FILE *out)
{
	size_t nr;
	const struct model_change *changes = model_journal_changes(m, &nr);

	fprintf(out, "== stores:");
	for (size_t i = 0; i < nr && i < 24; i++)
		fprintf(out, " 0x%" PRIx64 "+%zu", changes[i].addr, changes[i].len);
	fputs(nr > 24 ? " ...\n" : "\n", out);
}

void trial_show(const struct trial *trial)
{
	struct check_options options = {
		.format = CHECK_TEXT, .scan = true, .verbose = true, .out = trial->round->verbose
	};
	const struct model_truth *t = trial->truth;
	FILE *out = trial->round->verbose;

	fprintf(out,
		"== era %s, seed %" PRIu64 ": %s on %s of %s, cpu %d, node %d\n"
		"== slab 0x%" PRIx64 " object %d (0x%" PRIx64 ") slot 0x%" PRIx64 "\n"
		"== stored at 0x%" PRIx64 ": 0x%" PRIx64 " -> 0x%" PRIx64 "\n== %s:",
		model_era(trial->round->era)->name, trial->seed, t->fault, t->place, t->cache_name,
		t->cpu, t->node, t->slab, t->object_index, t->object, t->slot, t->written,
		t->before, t->now, t->invisible ? t->why_invisible : "causes");
	for (unsigned int i = 0; i < MODEL_TRUTH_CAUSES && t->causes[i]; i++)
		fprintf(out, "%s%s", i == t->nr_real ? "; also " : " ", t->causes[i]);
	fputc('\n', out);
	changes_show(trial->m, out);
	if (*model_last_report(trial->m))
		fprintf(out, "== the kernel said: %s\n", model_last_report(trial->m));
	arena_init(&trial->proof->arena, PROOF_ARENA_LIMIT);
	check_run(model_target(trial->m), &trial->proof->arena, &options);
	arena_free(&trial->proof->arena);
}
