/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_MODULES_H
#define SLUBCHECK_TRIAGE_MODULES_H
/*
 * Names in loaded modules, from the tables that the kernel keeps for its own reports.
 *
 * The list of modules is read when the first address is asked for, a module's table of symbols when
 * an address in it is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "checker/image/target.h"

struct modules;

/** modules_new() - Nothing is read yet. NULL without memory. The caller frees it. */
struct modules *modules_new(void);

/** modules_free() - @m may be NULL. */
void modules_free(struct modules *m);

/**
 * modules_symbol_at() - Name the symbol of a module that is closest below an address.
 * @t:	 memory, symbols and types of the kernel; of several threads each may bring its own
 * @out: names in it live as long as @m
 *
 * As kallsyms_lookup() does: symbols that are undefined, nameless or mark a mapping do not count.
 *
 * Return: false when the address is in no module that is in the dump with its symbols.
 */
bool modules_symbol_at(struct modules *m, struct target *t, uint64_t addr,
		       struct target_symbol *out);

/** modules_per_cpu_at() - The same of the offset of a module's per-CPU variable. */
bool modules_per_cpu_at(struct modules *m, struct target *t, uint64_t offset,
			struct target_symbol *out);

/**
 * modules_each() - Call @fn with the name of each module that was loaded, in the kernel's order.
 *
 * Return: false when the dump does not tell which there were; nothing was called then.
 */
bool modules_each(struct modules *m, struct target *t, void (*fn)(void *ctx, const char *name),
		  void *ctx);

#endif
