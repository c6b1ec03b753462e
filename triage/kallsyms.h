/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_KALLSYMS_H
#define SLUBCHECK_TRIAGE_KALLSYMS_H
/*
 * The kernel's own table of its symbols, as it lies in the kernel's memory (kernel/kallsyms.c,
 * scripts/kallsyms.c).
 *
 * Where the table is, VMCOREINFO says since 6.0. Three forms of the addresses exist: an array of
 * them (until 4.5, and where CONFIG_KALLSYMS_BASE_RELATIVE is off); distances from a base, with or
 * without absolute addresses of per-CPU variables among them (4.6); and distances from where each
 * of them stands (7.0).
 *
 * Nothing in the table is trusted: it may be damaged like all memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "triage/error.h"

struct kallsyms;

/* Values of symbols below it are no addresses: offsets of per-CPU variables. */
#define KALLSYMS_ADDRESS_MIN (1ull << 63)

/* Where the parts of the table are. */
struct kallsyms_place {
	uint64_t names, nr_symbols; /* nr_symbols: the address of the number */
	uint64_t token_table, token_index;
	uint64_t offsets; /* 0: there are addresses */
	uint64_t addresses; /* 0: there are offsets */
	uint64_t base; /* address of the base of the offsets; 0: each is its own */
};

/** kallsyms_place() - Find the table by VMCOREINFO; false when that does not say. */
bool kallsyms_place(const char *info, struct kallsyms_place *place);

/**
 * kallsyms_search() - Find the table where VMCOREINFO does not say where it is (4.6 to 5.19).
 * @t:	   of which only read() is called
 * @stext: address of the symbol _stext, where the kernel's image begins and which the table knows
 *
 * The parts lie in one order in the image, with the array of 256 ascending offsets at their end. What
 * looks like it is believed when all parts before it fit together, and when the symbols' addresses
 * have @stext among them.
 */
bool kallsyms_search(struct target *t, uint64_t stext, struct kallsyms_place *place);

/**
 * kallsyms_read() - Read the whole table.
 * @t:	   of which only read() is called
 * @error: receives the reason when the return value is NULL
 *
 * Return: NULL when it is not in the dump or makes no sense. The caller frees it.
 */
struct kallsyms *kallsyms_read(struct target *t, const struct kallsyms_place *place,
			       struct error *error);

/** kallsyms_free() - @k may be NULL. */
void kallsyms_free(struct kallsyms *k);

/** kallsyms_symbol() - Look a symbol up; of several with the name a global one, else the first. */
bool kallsyms_symbol(const struct kallsyms *k, const char *name, uint64_t *value);

/**
 * kallsyms_symbol_at() - Name the symbol at or below an address of the kernel's image.
 * @name:   set to its name, which lives as long as the table
 * @offset: set to the distance of @addr from it
 *
 * Return: false outside of the image: sizes are not in the table.
 */
bool kallsyms_symbol_at(const struct kallsyms *k, uint64_t addr, const char **name,
			uint64_t *offset);

/** kallsyms_per_cpu_at() - The same of an offset of a per-CPU variable. */
bool kallsyms_per_cpu_at(const struct kallsyms *k, uint64_t offset, const char **name,
			 uint64_t *distance);

/** kallsyms_number() - How many symbols there are. */
size_t kallsyms_number(const struct kallsyms *k);

#endif
