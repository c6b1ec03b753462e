/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_CHECKER_IMAGE_SYMBOL_H
#define SLUBCHECK_CHECKER_IMAGE_SYMBOL_H
/*
 * Addresses of code and data by name, for reports.
 *
 * To name an address can cost a target all of the kernel's symbols, so only what is reported is
 * named.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/memory.h"
#include "checker/image/target.h"

/** symbol_of() - What covers an address; the name is NULL when it is not known. */
struct target_symbol symbol_of(struct memory *memory, uint64_t addr);

/**
 * symbol_is_near() - Whether a symbol has a name and is likely to cover the address: one that begins more
 * than a megabyte before it is the last one before a gap.
 */
static inline bool symbol_is_near(const struct target_symbol *symbol)
{
	return symbol->name && symbol->offset < UINT64_C(1) << 20;
}

/**
 * symbol_text() - As the kernel's reports have it: "bed_alloc+0x31 [module]". Returns @buf.
 * @symbol: with a name
 *
 * Names are escaped.
 */
char *symbol_text(const struct target_symbol *symbol, char *buf, size_t len);

/**
 * symbol_describe() - Write an address as symbol_text() does.
 *
 * Return: false when no symbol covers it; @buf is untouched then.
 */
bool symbol_describe(struct memory *memory, uint64_t addr, char *buf, size_t len);

#endif
