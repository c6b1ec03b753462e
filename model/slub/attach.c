/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model in the memory of a dump: the same functions go on from the state that the kernel died
 * in. What era it is of is found out by what its types have.
 */
#include "model/machine/attach.h"
#include "model/slub/cache.h"

static model_features features_of(struct target *t)
{
	model_features f = target_features(t, features_told());

	/* 6.12 has it; of older kernels nobody can tell, since it was backported. */
	if (f & MODEL_HAS(PAGE_TYPE))
		f |= MODEL_HAS(FROZEN_IS_BAD);
	return f;
}

/* The row of the table that is most like it, for the values of its flags. */
static const struct era *era_nearest(model_features features)
{
	const struct era *best = model_era(0);
	int least = 65;

	for (int i = 0; i < MODEL_ERAS; i++) {
		const struct era *era = model_era((enum model_era)i);
		int differ = __builtin_popcountll((era->features ^ features) & features_told());

		if (differ < least) {
			least = differ;
			best = era;
		}
	}
	return best;
}

struct model *model_attach(struct target *target, enum freeptr_encoding encoding, uint64_t tid_step,
			   const char **error)
{
	struct model *m = machine_attach(target, error);

	if (!m)
		return NULL;
	m->encoding = encoding;
	m->tid_step = tid_step ? tid_step : 1;
	m->slab_state = SLAB_UP;
	rcu_init(m);
	*error = slub_missing(&m->shape);
	if (!*error) {
		m->features = features_of(target);
		m->era = era_nearest(m->features);
		*error = machine_cpus(m);
	}
	if (!*error)
		return m;
	model_free(m);
	return NULL;
}
