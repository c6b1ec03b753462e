/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_DECODERS_BTF_H
#define SLUBCHECK_DECODERS_BTF_H
/*
 * Types in BTF, the format in which a kernel keeps its own types in its memory (5.2), and a module its (5.11).
 *
 * A module's BTF goes on where that of the kernel ends: its numbers of types and its strings begin behind
 * the kernel's. Nothing here trusts the bytes: what does not fit has no type.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the path of a member, as "work.func". */
#define BTF_PATH_MAX 64

/**
 * struct btf_block - A block of BTF.
 * @types, @types_len: its records; whole words
 * @strings, @strings_len: its strings; the last byte is a NUL
 * @base:  what it goes on from; NULL: nothing
 * @first, @nr: numbers of its own types
 * @strings_first: offset of its own strings
 * @at:	   where each of its own records begins; set by btf_index()
 */
struct btf_block {
	const uint8_t *types;
	uint32_t types_len;
	const char *strings;
	uint32_t strings_len;
	const struct btf_block *base;
	uint32_t first, nr, strings_first;
	uint32_t *at;
};

enum btf_kind {
	BTF_VOID = 0,
	BTF_INT = 1,
	BTF_PTR = 2,
	BTF_ARRAY = 3,
	BTF_STRUCT = 4,
	BTF_UNION = 5,
	BTF_ENUM = 6,
	BTF_FWD = 7,
	BTF_TYPEDEF = 8,
	BTF_VOLATILE = 9,
	BTF_CONST = 10,
	BTF_RESTRICT = 11,
	BTF_FUNC = 12,
	BTF_FUNC_PROTO = 13,
	BTF_VAR = 14,
	BTF_DATASEC = 15,
	BTF_FLOAT = 16,
	BTF_DECL_TAG = 17,
	BTF_TYPE_TAG = 18,
	BTF_ENUM64 = 19,
	BTF_KINDS
};

/**
 * btf_open() - Take a block apart. Types can be asked for after btf_index().
 * @data: aligned to 4 bytes; has to outlive @b, as @base has
 * @base: of a module: the kernel's block; else NULL
 *
 * Return: false when it is no BTF of this machine's order of bytes, or damaged. @b->nr is then 0.
 */
bool btf_open(struct btf_block *b, const void *data, size_t size, const struct btf_block *base);

/** btf_index() - Note where the records are. @at: room for @b->nr numbers, which has to outlive @b. */
void btf_index(struct btf_block *b, uint32_t *at);

/** btf_kind_of() - Kind of a type; BTF_VOID where there is none of that number. */
enum btf_kind btf_kind_of(const struct btf_block *b, uint32_t id);

/** btf_name() - Name of a type; "" where it has none. */
const char *btf_name(const struct btf_block *b, uint32_t id);

/** btf_strip() - The type behind typedefs and qualifiers. @is_const: set where a const is among them; may be NULL. */
uint32_t btf_strip(const struct btf_block *b, uint32_t id, bool *is_const);

/** btf_size() - Bytes of a type; 0 where it has none. */
uint32_t btf_size(const struct btf_block *b, uint32_t id);

/** btf_is_open_ended() - Whether a structure ends with an array without a length, so that objects can be larger. */
bool btf_is_open_ended(const struct btf_block *b, uint32_t id);

/** btf_target() - What a pointer, function or typedef refers to; 0 (void) for other kinds. */
uint32_t btf_target(const struct btf_block *b, uint32_t id);

/** btf_same_proto() - Whether two types of functions take and give the same. */
bool btf_same_proto(const struct btf_block *b, uint32_t one, uint32_t other);

/**
 * struct btf_leaf - What of a type lies at an offset: nothing that has members.
 * @type:   number, behind typedefs and qualifiers: a pointer, an int, an enum, ...
 * @size:   bytes; 0: of a bit-field
 * @within: bytes from its start
 * @parent: the structure with members that it is in
 * @parent_offset: bytes from the start of @parent to the offset
 * @path:   names of the members, as "work.func"
 */
struct btf_leaf {
	uint32_t type;
	uint32_t size, within;
	uint32_t parent, parent_offset;
	const char *path;
};

/**
 * btf_leaves() - Visit what of a type lies at an offset; in a union that can be several.
 * @visit: returns true to end the visits
 *
 * Return: what the last @visit returned; false when nothing lies there.
 */
bool btf_leaves(const struct btf_block *b, uint32_t id, uint32_t offset,
		bool (*visit)(void *ctx, const struct btf_leaf *leaf), void *ctx);

/** btf_begins() - Whether a structure named @name, or the type itself if it has that name, begins at an offset of it. */
bool btf_begins(const struct btf_block *b, uint32_t id, uint32_t offset, const char *name);

#endif
