/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_TRIAGE_BTF_H
#define SLUBCHECK_TRIAGE_BTF_H
/*
 * Types from BTF: the kernel's own, which lies in its memory, or the section .BTF of a vmlinux.
 *
 * libbpf reads it. The answers are those of triage/dwarf.h to the same questions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/image/target.h"
#include "triage/error.h"

struct btf_types;

/**
 * btf_types_read() - Take types out of a block of BTF.
 * @bytes: copied
 * @error: receives the reason when the return value is NULL
 *
 * Return: NULL when it is none, or damaged. The caller frees it.
 */
struct btf_types *btf_types_read(const void *bytes, size_t size, struct error *error);

/** btf_types_free() - @types may be NULL. */
void btf_types_free(struct btf_types *types);

/** btf_types_size() - Size of a structure or union in bytes; false when there is none. */
bool btf_types_size(const struct btf_types *types, const char *type, size_t *size);

/** btf_types_member() - Find a member, also inside of members that have no name. */
bool btf_types_member(const struct btf_types *types, const char *type, const char *member,
		      struct target_member *out);

/** btf_types_enumerator() - Value of a constant of any enumeration. */
bool btf_types_enumerator(const struct btf_types *types, const char *name, int64_t *value);

#endif
