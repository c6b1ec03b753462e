/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_PROOF_MODES_H
#define SLUBCHECK_MODEL_PROOF_MODES_H
/* What goes on around a fault: CPUs that are stopped, pages that are absent. */

#include "model/slub/census.h"
#include "model/slub/history.h"

struct stop;

/**
 * stop_begin() - A CPU begins an operation and is stopped in the middle of it.
 * @m: at rest, with a journal that holds nothing yet
 *
 * Return: NULL when none was to be had; the machine is at rest then. stop_end() gives it back, after
 * model_journal_undo().
 */
struct stop *stop_begin(struct model *m, const struct history *h, uint64_t seed);
void stop_end(struct stop *stop);

/**
 * stop_holds_lock() - Whether list_lock of one of a cache's nodes is held.
 *
 * Under it lists, flags, counters and freelists change one after the other, and, of debug caches, what
 * objects are filled with: all of that may not fit for a moment. No step stores a link that leads out
 * of a slab.
 */
bool stop_holds_lock(struct model *m, const struct census *census, uint64_t cache);

/**
 * pages_hide() - Take pages out of the dump, in one of the ways in which dumps lack some.
 * @slab: a slab that is one of those that may be gone; 0: none in particular
 */
void pages_hide(struct model *m, const struct census *census, uint64_t slab, uint64_t seed);

#endif
