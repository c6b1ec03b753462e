/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_DWARF_H
#define SLUBCHECK_TRIAGE_DWARF_H
/*
 * An ELF file with debug information: the types of a kernel, its symbols, and its build-id.
 *
 * The types are those of checker/target.h: what a structure's size is, where its members are, what
 * an enumerator's value is. The debug information of a distribution's kernel has hundreds of
 * megabytes, so it is looked into no further than a question demands: into those compilation units
 * that mention the name, the allocator's first, and up to the first that defines it. If others
 * define it differently, that does not count. What was found is remembered.
 *
 * Files may be executables, shared objects, and also object files and modules, whose debug
 * information is relocated; their sections may be compressed. Debug information in other files
 * (.dwo, .gnu_debugaltlink, what a build-id or a debuglink leads to) is not looked for.
 *
 * Nothing here prints, and nothing is shared between two files.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "triage/error.h"

struct dwarf_file;

/**
 * dwarf_file_open() - Open a file; what it contains is read when it is asked for.
 * @error: receives the reason when the return value is NULL
 *
 * Return: NULL when it cannot be read or is not an ELF file. A file without debug information can be
 * opened: it may have symbols. The caller closes it.
 */
struct dwarf_file *dwarf_file_open(const char *path, struct error *error);

/** dwarf_file_close() - @f may be NULL. */
void dwarf_file_close(struct dwarf_file *f);

/* How a question ended. Answers are untouched unless it is DWARF_FILE_FOUND. */
enum dwarf_file_status {
	DWARF_FILE_FOUND = 0,
	DWARF_FILE_NONE, /* the file has no such thing */
	DWARF_FILE_NO_TABLE, /* it has no debug information, or no symbols, at all */
	DWARF_FILE_DAMAGED, /* not found, and not everything could be read */
	DWARF_FILE_NO_MEMORY,
};

/** dwarf_file_status_text() - One clause, as "the debug information is damaged". */
const char *dwarf_file_status_text(enum dwarf_file_status status);

/**
 * dwarf_file_type_size() - Size of a structure or union in bytes.
 * @type: its name, as "kmem_cache", or that of a typedef of one
 *
 * Types that are only declared do not count.
 */
enum dwarf_file_status dwarf_file_type_size(struct dwarf_file *f, const char *type, size_t *size);

/**
 * dwarf_file_member() - Find a member, also inside of members that have no name.
 *
 * Of a bit-field this is the word of its type that it lies in. A flexible array has size 0.
 */
enum dwarf_file_status dwarf_file_member(struct dwarf_file *f, const char *type, const char *member,
					 struct target_member *out);

/** dwarf_file_enumerator() - Value of a constant of any enumeration. */
enum dwarf_file_status dwarf_file_enumerator(struct dwarf_file *f, const char *name,
					     int64_t *value);

/**
 * dwarf_file_symbol() - Look a symbol up; of several with the name a global one, else the first.
 * @value: set to its value as linked: where the kernel moved to is not the file's business
 */
enum dwarf_file_status dwarf_file_symbol(struct dwarf_file *f, const char *name, uint64_t *value);

/**
 * dwarf_file_symbol_at() - Name the function or object that covers an address, as linked.
 * @name:   set to its name, which lives as long as the file is open
 * @offset: set to the distance of @addr from its beginning
 *
 * A symbol without a size, as assembly has, reaches to the next one of its section.
 */
enum dwarf_file_status dwarf_file_symbol_at(struct dwarf_file *f, uint64_t addr, const char **name,
					    uint64_t *offset);

/**
 * dwarf_file_build_id() - The GNU build-id.
 * @id: set to its bytes, which live as long as the file is open
 *
 * Return: their number, 0: the file has none.
 */
size_t dwarf_file_build_id(struct dwarf_file *f, const uint8_t **id);

/**
 * dwarf_file_section() - The bytes of a section, unpacked.
 * @bytes: set to them; they live as long as the file is open
 *
 * Return: their number, 0: there is no such section, or it is empty or damaged.
 */
size_t dwarf_file_section(struct dwarf_file *f, const char *name, const void **bytes);

#endif
