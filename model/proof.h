/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_PROOF_H
#define SLUBCHECK_MODEL_PROOF_H
/*
 * The checker held against the model: what only legal operations made must give no finding of
 * severity corrupt, and one planted fault its finding, on its object, and no other.
 *
 * proof*.c are the files of the model that know the checker.
 */

#include <stdbool.h>

#include "model/proof_types.h"

/**
 * proof_run() - A round, added to @proof.
 *
 * Return: false when there is no memory for it.
 */
bool proof_run(struct proof *proof, const struct proof_round *round);

/** proof_abandon() - After a longjmp out of proof_run(). */
void proof_abandon(struct proof *proof);

/** proof_holds() - Whether nothing went wrong. */
bool proof_holds(const struct proof *proof);

#endif
