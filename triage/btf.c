/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "triage/names.h"

/* Structures without names inside of each other; in the kernel there are four levels. */
#define DEPTH_MAX 16
/* Members that a search looks at; damaged BTF may nest structures so that it would never end. */
#define MEMBERS_MAX 100000

struct btf_types {
	struct btf *btf;
	struct names structs, typedefs; /* numbers of types */
	struct names enumerators; /* values */
};

static bool struct_names(struct btf_types *types, const struct btf_type *t, uint32_t id)
{
	const char *name = btf__name_by_offset(types->btf, t->name_off);

	return !name || !*name || names_add(&types->structs, name, id);
}

static bool typedef_names(struct btf_types *types, const struct btf_type *t, uint32_t id)
{
	const char *name = btf__name_by_offset(types->btf, t->name_off);

	return !name || !*name || names_add(&types->typedefs, name, id);
}

static bool enumerator_names(struct btf_types *types, const struct btf_type *t)
{
	const struct btf_enum *e = btf_enum(t);

	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(types->btf, e[i].name_off);
		/* Without the flag the values are unsigned; before 6.0 nobody set it. */
		int64_t value = btf_kflag(t) ? e[i].val : (int64_t)(uint32_t)e[i].val;

		if (name && *name && !names_add(&types->enumerators, name, (uint64_t)value))
			return false;
	}
	return true;
}

static bool enumerator64_names(struct btf_types *types, const struct btf_type *t)
{
	const struct btf_enum64 *e = btf_enum64(t);

	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(types->btf, e[i].name_off);

		if (name && *name && !names_add(&types->enumerators, name, btf_enum64_value(&e[i])))
			return false;
	}
	return true;
}

/* Declarations only, of kind FWD, are left out. */
static bool names_collect(struct btf_types *types)
{
	uint32_t nr = btf__type_cnt(types->btf);

	for (uint32_t id = 1; id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(types->btf, id);
		bool good = true;

		if (btf_is_composite(t))
			good = struct_names(types, t, id);
		else if (btf_is_typedef(t))
			good = typedef_names(types, t, id);
		else if (btf_is_enum(t))
			good = enumerator_names(types, t);
		else if (btf_is_enum64(t))
			good = enumerator64_names(types, t);
		if (!good)
			return false;
	}
	return true;
}

static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

struct btf_types *btf_types_read(const void *bytes, size_t size, struct error *error)
{
	struct btf_types *types = calloc(1, sizeof(*types));

	if (!types) {
		error_no_memory(error);
		return NULL;
	}
	libbpf_set_print(say_nothing);
	types->btf = size <= UINT32_MAX ? btf__new(bytes, (uint32_t)size) : NULL;
	if (!types->btf)
		error_set(error, "the BTF is damaged");
	else if (names_collect(types))
		return types;
	else
		error_no_memory(error);
	btf_types_free(types);
	return NULL;
}

void btf_types_free(struct btf_types *types)
{
	if (!types)
		return;
	names_free(&types->structs);
	names_free(&types->typedefs);
	names_free(&types->enumerators);
	btf__free(types->btf);
	free(types);
}

/* Past typedefs and qualifiers, of which damaged BTF may have a cycle. */
static const struct btf_type *type_resolve(const struct btf_types *types, uint32_t id)
{
	for (unsigned int i = 0; i < DEPTH_MAX; i++) {
		const struct btf_type *t = btf__type_by_id(types->btf, id);

		if (!t || (!btf_is_mod(t) && !btf_is_typedef(t) && !btf_is_type_tag(t)))
			return t;
		id = t->type;
	}
	return NULL;
}

static const struct btf_type *struct_find(const struct btf_types *types, const char *name)
{
	const struct btf_type *t;
	uint64_t id;

	if (!names_find(&types->structs, name, &id) && !names_find(&types->typedefs, name, &id))
		return NULL;
	t = type_resolve(types, (uint32_t)id);
	return t && btf_is_composite(t) ? t : NULL;
}

bool btf_types_size(const struct btf_types *types, const char *type, size_t *size)
{
	const struct btf_type *t = struct_find(types, type);

	if (!t)
		return false;
	*size = t->size;
	return true;
}

/* A flexible array has size 0; of a bit-field it is the size of its declared type. */
static bool member_fill(const struct btf_types *types, uint32_t bits, uint32_t type,
			uint32_t field_bits, struct target_member *out)
{
	int64_t size = btf__resolve_size(types->btf, type);

	if (size < 0 || size > UINT32_MAX)
		return false;
	out->size = (uint32_t)size;
	out->offset = bits / 8;
	/* The word of its type that it lies in. */
	if (field_bits && size)
		out->offset = (uint32_t)(bits / (8 * size) * size);
	return true;
}

struct member_search {
	const struct btf_types *types;
	const char *name;
	unsigned int depth;
	unsigned int left; /* members that may still be looked at */
};

static bool member_find(struct member_search *s, const struct btf_type *t, uint32_t start,
			struct target_member *out)
{
	const struct btf_types *types = s->types;
	const struct btf_member *m = btf_members(t);

	for (uint16_t i = 0; i < btf_vlen(t) && s->left; i++, s->left--) {
		const char *own = btf__name_by_offset(types->btf, m[i].name_off);
		uint32_t bits = start + btf_member_bit_offset(t, i);
		const struct btf_type *inner;

		if (own && *own) {
			if (!strcmp(own, s->name))
				return member_fill(types, bits, m[i].type,
						   btf_member_bitfield_size(t, i), out);
			continue;
		}
		inner = type_resolve(types, m[i].type);
		if (s->depth == DEPTH_MAX || !inner || !btf_is_composite(inner))
			continue;
		s->depth++;
		if (member_find(s, inner, bits, out))
			return true;
		s->depth--;
		if (!s->left)
			break;
	}
	return false;
}

bool btf_types_member(const struct btf_types *types, const char *type, const char *member,
		      struct target_member *out)
{
	struct member_search search = { .types = types, .name = member, .left = MEMBERS_MAX };
	const struct btf_type *t = struct_find(types, type);

	return t && member_find(&search, t, 0, out);
}

bool btf_types_enumerator(const struct btf_types *types, const char *name, int64_t *value)
{
	uint64_t found;

	if (!names_find(&types->enumerators, name, &found))
		return false;
	*value = (int64_t)found;
	return true;
}
