/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLAB_HISTORY_H
#define SLUBCHECK_MODEL_SLAB_HISTORY_H
/*
 * Random histories of a machine with SLAB: what a kernel does that nobody misuses. As model/slub/history.h.
 */

#include "model/slab/model.h"

/** struct slab_history_config - As struct history_config. */
struct slab_history_config {
	const struct era *era;
	uint64_t seed;
	unsigned int operations;
	bool concurrent;
};

struct slab_history;

/** slab_history_run() - Let a history happen; NULL when there is no memory for it. */
struct slab_history *slab_history_run(const struct slab_history_config *config);
void slab_history_free(struct slab_history *h);
struct model *slab_history_model(struct slab_history *h);

/** slab_history_allocated() - The @n-th object that somebody owns, and its cache (0: kmalloc()); false: no more. */
bool slab_history_allocated(const struct slab_history *h, size_t n, uint64_t *cache,
			    uint64_t *object);

/** slab_history_cache() - The @n-th cache that somebody owns; 0: no more. */
uint64_t slab_history_cache(const struct slab_history *h, size_t n);

/** slab_history_busy() - Whether a CPU is in the middle of an operation. */
bool slab_history_busy(const struct slab_history *h, unsigned int cpu);

/** slab_history_tell() - The dump has notes of CPUs: each was in the allocator, or in user space. */
void slab_history_tell(struct slab_history *h);

/** slab_history_failed() - What the kernel would not have survived, or NULL: a defect of the model. */
const char *slab_history_failed(const struct slab_history *h);

#endif
