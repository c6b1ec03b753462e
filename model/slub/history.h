/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_HISTORY_H
#define SLUBCHECK_MODEL_SLUB_HISTORY_H
/*
 * Random histories of a machine: what a kernel does that nobody misuses. Whatever state one ends
 * in is legal, so a checker that complains of it is wrong.
 */

#include "model/slub/model.h"

/**
 * struct history_config - What may happen.
 * @era:	whose SLUB
 * @seed:	decides everything: the machine, its caches, the operations and who comes when
 * @operations: how many
 * @concurrent: CPUs are in the middle of operations at once, interrupt each other, and are stopped
 *		in it at the end, as a dump stops them
 */
struct history_config {
	const struct era *era;
	uint64_t seed;
	unsigned int operations;
	bool concurrent;
};

struct history;

/** history_run() - Let a history happen; NULL when there is no memory for it. */
struct history *history_run(const struct history_config *config);
void history_free(struct history *h);

/** history_turn() - Let a CPU go on with what it does, or begin something. */
void history_turn(struct history *h);

/** history_rest() - Let all CPUs come to the end of what they do; false: they do not. */
bool history_rest(struct history *h);

/** history_spare() - Nobody uses a cache any more, and no cache is made. */
void history_spare(struct history *h, uint64_t cache);

/** history_cache() - The @n-th cache that the history made; 0: no more. */
uint64_t history_cache(const struct history *h, size_t n);

/** history_model() - The machine; owned by the history. */
struct model *history_model(struct history *h);

/** history_allocated() - The @n-th object that somebody owns, and its cache; false: no more. */
bool history_allocated(const struct history *h, size_t n, uint64_t *cache, uint64_t *object);

/** history_failed() - What the kernel would not have survived, or NULL: a defect of the model. */
const char *history_failed(const struct history *h);

#endif
