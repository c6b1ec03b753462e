/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_PROOF_PARTS_H
#define SLUBCHECK_MODEL_PROOF_PARTS_H
/* What the files of the proof share. */

#include "checker/check.h"
#include "checker/findings.h"
#include "checker/why/diagnosis.h"
#include "model/proof.h"

#define FINDINGS_MAX 64

/* One run of the checker, whose memory is gone when it is looked at. */
struct verdict {
	struct finding findings[FINDINGS_MAX];
	struct diagnosis diagnoses[FINDINGS_MAX]; /* what they point to */ /* of severity corrupt */
	char names[FINDINGS_MAX][32]; /* of their caches */
	size_t nr_corrupt;
	uint64_t transients;
	bool failed;
};

/* A fault that was planted, and what the checker says. */
struct trial {
	struct proof *proof;
	const struct proof_round *round;
	uint64_t seed;
	enum model_fault fault;
	const struct model_truth *truth;
	const struct verdict *verdict;
};

static inline size_t verdict_nr(const struct verdict *v)
{
	return v->nr_corrupt < FINDINGS_MAX ? v->nr_corrupt : FINDINGS_MAX;
}

/** proof_why() - Something does not hold; the first text is kept. */
__attribute__((format(printf, 2, 3))) void proof_why(struct proof *proof, const char *format, ...);

/** is_fault() - Whether a finding is the fault: its id, and every place that the truth names. */
bool is_fault(const struct finding *f, const struct model_truth *t, const char *id);

/** is_listed() - Whether @id is among @ids, which end with NULL or after @max. */
bool is_listed(const char *const *ids, size_t max, const char *id);

/** causes_score() - Count how right the diagnosis is. */
void causes_score(const struct trial *trial);

#endif
