/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DWARF_FILE_H
#define SLUBCHECK_TRIAGE_DWARF_FILE_H
/* What the files of triage/dwarf.h know of each other. */

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include "triage/dwarf.h"
#include "triage/names.h"

/* One that covers addresses. */
struct dwarf_symbol {
	uint64_t start, end;
	uint64_t
		reach; /* the furthest end of all up to here, since one may lie inside of another */
	const char *name;
	bool sized; /* otherwise it ends where the next one begins, or its section ends */
	uint8_t rank; /* of several at an address the one with the lowest is named */
};

struct dwarf_symbols {
	bool read; /* the tables below are complete, whatever is in them */
	enum dwarf_file_status status; /* why they are not */
	struct names globals, locals; /* values */
	struct dwarf_symbol *sorted; /* by start, then by rank, once an address was asked for */
	size_t nr;
	bool is_sorted;
};

/* Of size 0: unknown. */
struct dwarf_bytes {
	const char *start;
	size_t size;
};

struct dwarf_unit {
	Dwarf_Die die;
	struct dwarf_bytes bytes;
};

struct dwarf_types {
	Dwarf *dwarf; /* NULL: no debug information */
	struct dwarf_unit *units; /* in the order in which they are looked at */
	size_t nr, seen; /* seen: units of which all names are in the tables */
	bool listed; /* units[] is there */
	bool damaged; /* something that was looked at could not be read */
	bool names_elsewhere; /* at least one is not in .debug_str */
	struct dwarf_bytes strings; /* .debug_str */
	const char *only; /* the one name that is taken from units now; NULL: all */
	struct names structs, typedefs; /* offset of the entry in .debug_info */
	struct names enumerators; /* value */
};

struct dwarf_file {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *elf;
	struct dwarf_types types;
	struct dwarf_symbols symbols;
};

/* dwarf_names.c */
/**
 * dwarf_name_find() - Look for a name in a table, and in more units until it is in it.
 * @otherwise: table to look into when no unit has it; or NULL
 */
enum dwarf_file_status dwarf_name_find(struct dwarf_types *types, const struct names *names,
				       const struct names *otherwise, const char *name,
				       uint64_t *value);
/** dwarf_constant() - A constant as it is written. */
bool dwarf_constant(Dwarf_Attribute *attr, int64_t *value);
void dwarf_types_free(struct dwarf_types *types);
/* dwarf_symbols.c */
void dwarf_symbols_free(struct dwarf_symbols *symbols);

#endif
