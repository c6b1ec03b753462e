/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_JOURNAL_H
#define SLUBCHECK_MODEL_MACHINE_JOURNAL_H
/*
 * What the image held before each store, so that one can look back, see what was changed, and go
 * back. A heap that took long to make serves for many faults this way.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;
struct model_journal;

/**
 * struct model_change - Bytes that a store went to.
 * @addr: the first
 * @len:  how many
 */
struct model_change {
	uint64_t addr;
	size_t len;
};

/**
 * model_journal_start() - Keep a journal from now on; the one that there was is forgotten.
 *
 * Operations that are under way may stay so, and must not be continued before model_journal_undo().
 *
 * Return: false when there is no memory for it.
 */
bool model_journal_start(struct model *m);

/**
 * model_journal_undo() - The machine is again what it was at model_journal_start(), and the journal goes
 * on from there.
 *
 * Return: false when a store was not kept for want of memory: the machine is of no use any more.
 */
bool model_journal_undo(struct model *m);

/**
 * model_journal_mark() - What was stored up to now is the past: model_journal_changes() and model_before()
 * are about later stores alone. model_journal_undo() undoes the past as well.
 */
void model_journal_mark(struct model *m);

/** model_journal_back() - As model_journal_undo(), but to what the machine was at the mark. */
bool model_journal_back(struct model *m);

/** model_journal_end() - Keep none any more. */
void model_journal_end(struct model *m);

/** model_journal_changes() - The stores since the mark or the start, in their order. @nr: how many. */
const struct model_change *model_journal_changes(const struct model *m, size_t *nr);

/** model_before() - Words of the image as it was at the mark or the start. False where there is no memory. */
bool model_before(struct model *m, uint64_t addr, void *buf, size_t len);

#endif
