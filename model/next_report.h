/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_NEXT_REPORT_H
#define SLUBCHECK_MODEL_NEXT_REPORT_H
/*
 * The answer to "what would the next allocation do?", for people and for programs.
 */

#include <stdbool.h>
#include <stdio.h>

#include "checker/image/arena.h"
#include "checker/image/target.h"
#include "model/next.h"

/* Whose next allocation. */
struct next_question {
	unsigned int cpu;
	const char *cache; /* name, alias or address */
	bool json;
	FILE *out;
	struct model **model; /* set while a model exists, for who has to give it back after a
				 longjmp: model_free() */
};

/**
 * next_report() - Find out and say so.
 * @arena: memory of the run, freed by the caller
 *
 * Return: false when there is no answer; why not has been printed.
 */
bool next_report(const struct next_question *question, struct target *target, struct arena *arena);

#endif
