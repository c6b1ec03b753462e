/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TESTS_UNIT_FIXTURE_TARGET_H
#define SLUBCHECK_TESTS_UNIT_FIXTURE_TARGET_H
/*
 * A target that is no more than types and a page of variables. The types are those of a compiled
 * fixture (tests/fixtures/eras/), found in its debug information, those that a file lists
 * (tests/fixtures/layouts/), or those of the model.
 */

#include <jansson.h>

#include "checker/image/target.h"
#include "model/slub/era.h"
#include "triage/dwarf.h"

#define VARIABLES UINT64_C(0xffffffff82000000)
#define VARIABLES_SIZE 4096u

struct fixture_target {
	struct target target;
	struct dwarf_file *file; /* of a compiled fixture */
	json_t *listed; /* "types" and "enumerators"; with neither, the model's types */
	model_features features;
	uint8_t memory[VARIABLES_SIZE];
};

/** fixture_target_new() - @name: of the fixture's file, without its ending. Fails the test. */
struct fixture_target *fixture_target_new(const char *name);
/** fixture_target_listed() - Of the types that @listed has; takes it over. */
struct fixture_target *fixture_target_listed(json_t *listed);
/** fixture_target_model() - Of the model's types with these features. */
struct fixture_target *fixture_target_model(model_features features);
void fixture_target_free(struct fixture_target *t);

/** fixture_variable() - Address of a variable, which every fixture has. */
uint64_t fixture_variable(const char *name);
/** fixture_put() - Write a number to memory. */
void fixture_put(struct fixture_target *t, uint64_t addr, uint64_t value, size_t size);

#endif
