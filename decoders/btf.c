/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoders/btf.h"

#include <stdio.h>
#include <string.h>

#define MAGIC 0xeb9fu
#define HEADER_BYTES 24u
#define RECORD_BYTES 12u
/* Typedefs and qualifiers before a type, of which damaged BTF may have a cycle. */
#define STRIPS_MAX 32u
/* Structures in structures; in the kernel there are about ten levels. */
#define DEPTH_MAX 24u
/* Members that a search looks at: damaged BTF may nest structures so that it would never end. */
#define MEMBERS_MAX 20000u

static uint32_t word_at(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* Bytes of a record, with what follows its first 12. */
static uint32_t record_bytes(const uint8_t *record)
{
	static const uint8_t fixed[BTF_KINDS] = {
		[BTF_INT] = 4, [BTF_ARRAY] = 12, [BTF_VAR] = 4, [BTF_DECL_TAG] = 4
	};
	static const uint8_t each[BTF_KINDS] = {
		[BTF_STRUCT] = 12,    [BTF_UNION] = 12,	  [BTF_ENUM] = 8,
		[BTF_FUNC_PROTO] = 8, [BTF_DATASEC] = 12, [BTF_ENUM64] = 12
	};
	uint32_t info = word_at(record + 4), kind = info >> 24 & 0x1f;

	if (!kind || kind >= BTF_KINDS)
		return 0;
	return RECORD_BYTES + fixed[kind] + (info & 0xffff) * each[kind];
}

/* The bytes of a part that the header names; false: they are not all there. */
static bool part_fits(size_t size, uint32_t header, uint32_t offset, uint32_t len)
{
	return header <= size && offset <= size - header && len <= size - header - offset;
}

static bool header_read(struct btf_block *b, const uint8_t *bytes, size_t size)
{
	uint32_t header, types, types_len, strings, strings_len;

	if (size < HEADER_BYTES || (word_at(bytes) & 0xffff) != MAGIC)
		return false;
	header = word_at(bytes + 4);
	types = word_at(bytes + 8);
	types_len = word_at(bytes + 12);
	strings = word_at(bytes + 16);
	strings_len = word_at(bytes + 20);
	if (header < HEADER_BYTES || !part_fits(size, header, types, types_len) ||
	    !part_fits(size, header, strings, strings_len) || !strings_len ||
	    bytes[header + strings + strings_len - 1])
		return false;
	b->types = bytes + header + types;
	b->types_len = types_len;
	b->strings = (const char *)bytes + header + strings;
	b->strings_len = strings_len;
	return true;
}

bool btf_open(struct btf_block *b, const void *data, size_t size, const struct btf_block *base)
{
	*b = (struct btf_block){ .base = base, .first = base ? base->first + base->nr : 1 };
	if (!header_read(b, data, size))
		return false;
	b->strings_first = base ? base->strings_first + base->strings_len : 0;
	for (uint32_t at = 0; b->types_len - at >= RECORD_BYTES;) {
		uint32_t bytes = record_bytes(b->types + at);

		if (!bytes || bytes > b->types_len - at)
			break;
		at += bytes;
		b->nr++;
	}
	return b->nr != 0;
}

void btf_index(struct btf_block *b, uint32_t *at)
{
	uint32_t where = 0;

	for (uint32_t i = 0; i < b->nr; i++) {
		at[i] = where;
		where += record_bytes(b->types + where);
	}
	b->at = at;
}

static const uint8_t *record_of(const struct btf_block *b, uint32_t id)
{
	if (b->base && id < b->first)
		b = b->base;
	if (!b->at || id < b->first || id - b->first >= b->nr)
		return NULL;
	return b->types + b->at[id - b->first];
}

enum btf_kind btf_kind_of(const struct btf_block *b, uint32_t id)
{
	const uint8_t *record = record_of(b, id);

	return record ? (enum btf_kind)(word_at(record + 4) >> 24 & 0x1f) : BTF_VOID;
}

static const char *string_at(const struct btf_block *b, uint32_t offset)
{
	if (b->base && offset < b->strings_first)
		b = b->base;
	if (offset < b->strings_first || offset - b->strings_first >= b->strings_len)
		return "";
	return b->strings + (offset - b->strings_first);
}

const char *btf_name(const struct btf_block *b, uint32_t id)
{
	const uint8_t *record = record_of(b, id);

	return record ? string_at(b, word_at(record)) : "";
}

static bool is_qualifier(enum btf_kind kind)
{
	return kind == BTF_TYPEDEF || kind == BTF_VOLATILE || kind == BTF_CONST ||
	       kind == BTF_RESTRICT || kind == BTF_TYPE_TAG;
}

uint32_t btf_strip(const struct btf_block *b, uint32_t id, bool *is_const)
{
	if (is_const)
		*is_const = false;
	for (unsigned int i = 0; i < STRIPS_MAX; i++) {
		enum btf_kind kind = btf_kind_of(b, id);

		if (!is_qualifier(kind))
			return id;
		if (is_const && kind == BTF_CONST)
			*is_const = true;
		id = word_at(record_of(b, id) + 8);
	}
	return 0;
}

uint32_t btf_target(const struct btf_block *b, uint32_t id)
{
	enum btf_kind kind = btf_kind_of(b, id);

	if (kind == BTF_PTR || kind == BTF_FUNC || is_qualifier(kind))
		return word_at(record_of(b, id) + 8);
	return 0;
}

uint32_t btf_size(const struct btf_block *b, uint32_t id)
{
	uint64_t times = 1;

	for (unsigned int i = 0; i < STRIPS_MAX; i++) {
		const uint8_t *record;

		id = btf_strip(b, id, NULL);
		record = record_of(b, id);
		switch (btf_kind_of(b, id)) {
		case BTF_ARRAY:
			times *= word_at(record + RECORD_BYTES + 8);
			id = word_at(record + RECORD_BYTES);
			break;
		case BTF_PTR:
			times *= 8;
			return times > UINT32_MAX ? 0 : (uint32_t)times;
		case BTF_INT:
		case BTF_STRUCT:
		case BTF_UNION:
		case BTF_ENUM:
		case BTF_ENUM64:
		case BTF_FLOAT:
			times *= word_at(record + 8);
			return times > UINT32_MAX ? 0 : (uint32_t)times;
		default:
			return 0;
		}
		if (times > UINT32_MAX)
			return 0;
	}
	return 0;
}

static bool is_composite(enum btf_kind kind)
{
	return kind == BTF_STRUCT || kind == BTF_UNION;
}

/* A member of a structure. */
struct member {
	const char *name;
	uint32_t type, bits, field_bits; /* field_bits: of a bit-field; else 0 */
};

static uint32_t nr_members(const uint8_t *record)
{
	return word_at(record + 4) & 0xffff;
}

static struct member member_at(const struct btf_block *b, const uint8_t *record, uint32_t i)
{
	const uint8_t *m = record + RECORD_BYTES + 12 * i;
	bool has_fields = word_at(record + 4) >> 31;
	uint32_t offset = word_at(m + 8);

	return (struct member){ string_at(b, word_at(m)), word_at(m + 4),
				has_fields ? offset & 0xffffff : offset,
				has_fields ? offset >> 24 : 0 };
}

bool btf_is_open_ended(const struct btf_block *b, uint32_t id)
{
	for (unsigned int i = 0; i < DEPTH_MAX; i++) {
		const uint8_t *record = record_of(b, id = btf_strip(b, id, NULL));
		enum btf_kind kind = btf_kind_of(b, id);

		if (kind == BTF_ARRAY)
			return !word_at(record + RECORD_BYTES + 8);
		if (!is_composite(kind) || !nr_members(record))
			return false;
		id = member_at(b, record, nr_members(record) - 1).type;
	}
	return false;
}

bool btf_same_proto(const struct btf_block *b, uint32_t one, uint32_t other)
{
	const uint8_t *a = record_of(b, one), *c = record_of(b, other);

	if (btf_kind_of(b, one) != BTF_FUNC_PROTO || btf_kind_of(b, other) != BTF_FUNC_PROTO ||
	    nr_members(a) != nr_members(c) ||
	    btf_strip(b, word_at(a + 8), NULL) != btf_strip(b, word_at(c + 8), NULL))
		return false;
	for (uint32_t i = 0; i < nr_members(a); i++) {
		uint32_t at = RECORD_BYTES + 8 * i + 4;

		if (btf_strip(b, word_at(a + at), NULL) != btf_strip(b, word_at(c + at), NULL))
			return false;
	}
	return true;
}

/* --- What lies at an offset --- */

struct search {
	const struct btf_block *b;
	bool (*visit)(void *ctx, const struct btf_leaf *leaf);
	void *ctx;
	const char *name; /* of a structure that has to begin there, instead of visits */
	unsigned int depth, left;
	char path[BTF_PATH_MAX];
	size_t path_len;
};

static bool type_search(struct search *s, uint32_t id, uint32_t offset, const struct btf_leaf *up);

static bool member_search(struct search *s, const struct member *m, uint32_t offset,
			  const struct btf_leaf *in)
{
	size_t before = s->path_len;
	uint32_t start = m->bits / 8, size = btf_size(s->b, m->type);
	bool found;

	if (m->field_bits) {
		struct btf_leaf field = { .type = btf_strip(s->b, m->type, NULL), .path = "" };

		return s->visit && start == offset && s->visit(s->ctx, &field);
	}
	if (offset < start || offset - start >= size)
		return false;
	if (*m->name && before + strlen(m->name) + 2 < sizeof(s->path))
		s->path_len += (size_t)snprintf(s->path + before, sizeof(s->path) - before, "%s%s",
						before ? "." : "", m->name);
	found = type_search(s, m->type, offset - start, in);
	s->path_len = before;
	s->path[before] = '\0';
	return found;
}

static bool composite_search(struct search *s, uint32_t id, uint32_t offset,
			     const struct btf_leaf *up)
{
	const uint8_t *record = record_of(s->b, id);
	/* A structure without a name is part of the one that it is in. */
	bool is_own = *btf_name(s->b, id) || !up;
	struct btf_leaf in =
		is_own ? (struct btf_leaf){ .parent = id, .parent_offset = offset } : *up;

	if (s->name && !offset && !strcmp(btf_name(s->b, id), s->name))
		return true;
	for (uint32_t i = 0; i < nr_members(record) && s->left; i++) {
		struct member m = member_at(s->b, record, i);

		s->left--;
		if (member_search(s, &m, offset, &in))
			return true;
	}
	return false;
}

static bool leaf_visit(struct search *s, uint32_t id, uint32_t offset, const struct btf_leaf *up)
{
	struct btf_leaf leaf = up ? *up : (struct btf_leaf){ 0 };

	leaf.type = id;
	leaf.size = btf_size(s->b, id);
	leaf.within = offset;
	leaf.path = s->path;
	return s->visit && s->visit(s->ctx, &leaf);
}

static bool type_search(struct search *s, uint32_t id, uint32_t offset, const struct btf_leaf *up)
{
	enum btf_kind kind;
	bool found = false;

	if (s->depth == DEPTH_MAX)
		return false;
	s->depth++;
	id = btf_strip(s->b, id, NULL);
	kind = btf_kind_of(s->b, id);
	if (kind == BTF_ARRAY) {
		uint32_t element = word_at(record_of(s->b, id) + RECORD_BYTES);
		uint32_t size = btf_size(s->b, element);

		found = size && type_search(s, element, offset % size, up);
	} else if (is_composite(kind)) {
		found = composite_search(s, id, offset, up);
	} else if (kind != BTF_VOID) {
		found = leaf_visit(s, id, offset, up);
	}
	s->depth--;
	return found;
}

bool btf_leaves(const struct btf_block *b, uint32_t id, uint32_t offset,
		bool (*visit)(void *ctx, const struct btf_leaf *leaf), void *ctx)
{
	struct search s = { .b = b, .visit = visit, .ctx = ctx, .left = MEMBERS_MAX };

	return type_search(&s, id, offset, NULL);
}

bool btf_begins(const struct btf_block *b, uint32_t id, uint32_t offset, const char *name)
{
	struct search s = { .b = b, .name = name, .left = MEMBERS_MAX };

	return type_search(&s, id, offset, NULL);
}
