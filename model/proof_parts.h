/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_PROOF_PARTS_H
#define SLUBCHECK_MODEL_PROOF_PARTS_H
/* What the files of the proof share. */

#include "checker/check.h"
#include "checker/findings/findings.h"
#include "checker/findings/diagnosis.h"
#include "model/slub/census.h"
#include "model/proof_types.h"

#define FINDINGS_MAX 64
#define PROOF_ARENA_LIMIT ((size_t)256 << 20) /* of a run */

/* One run of the checker, whose memory is gone when it is looked at. */
struct verdict {
	struct finding findings[FINDINGS_MAX]; /* of severity corrupt */
	struct diagnosis diagnoses[FINDINGS_MAX]; /* what they point to */
	char names[FINDINGS_MAX][32]; /* of their caches */
	size_t nr_corrupt;
	uint64_t transients;
	enum check_verdict verdict;
	bool failed;
	struct check_result result;
};

/*
 * A fault that was planted, and what the checker says. @also: the other one of two; then one of them has to
 * be found, or both if they are @apart. @locked: a CPU stopped with the lock of the cache's lists.
 */
struct trial {
	struct proof *proof;
	const struct proof_round *round;
	struct model *m;
	const struct census *census;
	uint64_t seed;
	enum model_fault fault;
	enum proof_mode mode;
	const struct model_truth *truth, *also;
	struct model_truth planted[2]; /* what these two point to */
	bool apart, locked;
	const struct verdict *verdict;
};

static inline size_t verdict_nr(const struct verdict *v)
{
	return v->nr_corrupt < FINDINGS_MAX ? v->nr_corrupt : FINDINGS_MAX;
}

/** proof_why() - Something does not hold; the first text is kept. */
__attribute__((format(printf, 2, 3))) void proof_why(struct proof *proof, const char *format, ...);

/** proof_alarm() - Whether what a legal history left is called corrupt: the reason is written down. */
bool proof_alarm(struct proof *proof, const char *era, uint64_t seed, const char *how,
		 const struct verdict *v);

/**
 * proof_check() - Have the checker look.
 * @cache: at this cache alone; 0: at all
 */
void proof_check(struct proof *proof, struct model *m, uint64_t cache, struct verdict *v);

/** proof_look() - The same of all caches, through another door to the model. */
void proof_look(struct proof *proof, struct target *target, struct verdict *v);

/** live_prove() - One history that goes on while the checker looks. False: no memory. */
bool live_prove(struct proof *proof, const struct proof_round *round, uint64_t seed);

/** trial_judge() - Whether the fault was found, and nothing else. */
void trial_judge(const struct trial *trial);
/** trial_show() - What was done, and the whole report. */
void trial_show(const struct trial *trial);

/**
 * fault_prove() - Plant a fault in a heap at rest, look, and take it back.
 *
 * Return: false: the heap is of no use any more.
 */
bool fault_prove(struct proof *proof, const struct proof_round *round, struct history *h,
		 uint64_t seed, unsigned int nth);

/** is_fault() - Whether a finding is the fault: its id, and every place that the truth names. */
bool is_fault(const struct finding *f, const struct model_truth *t, const char *id);

/** is_listed() - Whether @id is among @ids, which end with NULL or after @max. */
bool is_listed(const char *const *ids, size_t max, const char *id);

/** truth_score() - Count what findings say that is not so. */
void truth_score(const struct trial *trial);

/** causes_score() - Count how right the diagnosis is. */
void causes_score(const struct trial *trial);

/* The table of causes, which both allocators have. */
void causes_head(FILE *out);
void causes_row(FILE *out, const char *fault, const char *era, const struct proof_causes *c);
void causes_add(struct proof_causes *sum, const struct proof_causes *c);
/** causes_hold() - Whether enough of them are right. @first, @certain: in percent. */
bool causes_hold(const struct proof_causes *sum, double *first, double *certain);

#endif
