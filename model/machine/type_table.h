/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_TYPE_TABLE_H
#define SLUBCHECK_MODEL_MACHINE_TYPE_TABLE_H
/*
 * The structures of an allocator as the compiler of an x86-64 kernel lays them out, computed from the
 * members that an era has, in their order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "model/machine/era.h"

/* Where a member begins. The first arm of a union is like any other members; the further ones
 * begin OVER() its first one, and what comes after the union goes AFTER_ALL. */
struct field {
	const char *name;
	uint16_t size, align;
	const char *over; /* same offset as this one */
	bool after_all; /* behind whatever reaches furthest */
	model_features need, lack;
};

struct type {
	const char *name;
	const struct field *fields;
	size_t nr;
	uint16_t align; /* beyond that of the members */
	model_features need, lack;
};

#define BYTE .size = 1, .align = 1
#define HALF .size = 2, .align = 2
#define INT .size = 4, .align = 4
#define LONG .size = 8, .align = 8
#define LONGS(n) .size = 8 * (n), .align = 8
#define LIST LONGS(2)
#define OVER(member) .over = (member)
#define AFTER_ALL .after_all = true
#define FIELDS(of) .fields = (of), .nr = sizeof(of) / sizeof((of)[0])

/* One enumerator of some eras. */
struct constant {
	const char *name;
	int64_t value;
	model_features need, lack;
};

/**
 * struct type_table - What there is of types and enumerators.
 * @nr, @nr_constants: how many of each
 */
struct type_table {
	const struct type *types;
	size_t nr;
	const struct constant *constants;
	size_t nr_constants;
};

/* Of the kernel around its allocator. */
extern const struct type_table kernel_types;

/* The three questions of checker/image/target.h. All return false when there is no such thing. */
bool table_type_size(const struct type_table *table, model_features features, const char *type,
		     size_t *size);
bool table_type_member(const struct type_table *table, model_features features, const char *type,
		       const char *member, struct target_member *out);
bool table_enumerator(const struct type_table *table, model_features features, const char *name,
		      int64_t *value);

#endif
