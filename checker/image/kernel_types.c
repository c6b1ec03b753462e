/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/image/kernel_types.h"

#include <string.h>

/* What a dump may make us believe. A distribution's kernel has 6 MiB, and 250 modules at most 20. */
#define BYTES_MAX (UINT64_C(64) << 20)
#define MODULES_MAX 1024

struct reading {
	struct kernel_types *types;
	struct memory *memory;
	struct arena *arena;
	uint64_t left; /* bytes that may still be read */
};

static bool block_read(struct reading *r, uint64_t addr, uint64_t size,
		       const struct btf_block *base)
{
	struct btf_block *b = &r->types->blocks[r->types->nr];
	struct arena_mark mark = arena_mark(r->arena);
	uint32_t *at;
	void *data;

	if (!size || size > r->left)
		return false;
	data = arena_alloc(r->arena, size);
	if (data && memory_bulk(r->memory, addr, data, size) == TARGET_OK &&
	    btf_open(b, data, size, base)) {
		at = arena_array(r->arena, b->nr, sizeof(*at));
		if (at) {
			btf_index(b, at);
			r->types->nr++;
			r->left -= size;
			return true;
		}
	}
	arena_release(r->arena, mark);
	return false;
}

/*
 * A module's BTF lies in its memory while it is loaded (5.11, 36e68442d1af). One with a base of its own (6.11,
 * 8646db238997) has other numbers for the kernel's types, and is left out.
 */
static void modules_read(struct reading *r)
{
	struct target *t = r->memory->target;
	struct target_member list, data, size, own_base;
	uint64_t head, entry;

	if (!t->ops->symbol(t, "modules", &head) || !target_find(t, "module", "list", &list) ||
	    !target_find(t, "module", "btf_data", &data) ||
	    !target_find(t, "module", "btf_data_size", &size))
		return;
	target_find(t, "module", "btf_base_data_size", &own_base);
	entry = head;
	for (unsigned int i = 0; i < MODULES_MAX; i++) {
		uint64_t module, at = 0, bytes = 0, other = 0;

		if (memory_value(r->memory, entry, 8, &entry) != TARGET_OK || entry == head)
			return;
		module = entry - list.offset;
		if (memory_member(r->memory, module, data, &at) != TARGET_OK ||
		    memory_member(r->memory, module, size, &bytes) != TARGET_OK || !at ||
		    (member_exists(own_base) &&
		     (memory_member(r->memory, module, own_base, &other) != TARGET_OK || other)))
			continue;
		block_read(r, at, bytes, &r->types->blocks[0]);
	}
}

/* --- Names --- */

/* @id 0: an empty place. */
struct kernel_type_name {
	uint32_t hash, id;
	uint32_t block;
};

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return hash;
}

static bool has_place(enum btf_kind kind)
{
	return kind == BTF_FUNC || kind == BTF_STRUCT;
}

static void name_add(struct kernel_types *types, uint32_t block, uint32_t id)
{
	const char *name = btf_name(&types->blocks[block], id);
	uint32_t hash = hash_of(name), place = hash & (types->room - 1);

	if (!*name)
		return;
	while (types->names[place].id)
		place = (place + 1) & (types->room - 1);
	types->names[place] = (struct kernel_type_name){ hash, id, block };
}

/* The first type of a kind and name. */
static uint32_t find(const struct kernel_types *types, const char *name, enum btf_kind kind,
		     const struct btf_block **block)
{
	uint32_t hash = hash_of(name);

	for (uint32_t at = hash; types->room; at++) {
		const struct kernel_type_name *n = &types->names[at & (types->room - 1)];
		const struct btf_block *b = &types->blocks[n->block];

		if (!n->id)
			return 0;
		if (n->hash != hash || btf_kind_of(b, n->id) != kind ||
		    strcmp(btf_name(b, n->id), name))
			continue;
		*block = b;
		return n->id;
	}
	return 0;
}

static bool names_index(struct kernel_types *types, struct arena *arena)
{
	uint32_t nr = 0, room = 1;

	for (size_t i = 0; i < types->nr; i++) {
		const struct btf_block *b = &types->blocks[i];

		for (uint32_t id = b->first; id - b->first < b->nr; id++)
			nr += has_place(btf_kind_of(b, id));
	}
	while (room < 2 * nr + 2)
		room *= 2;
	types->names = arena_array(arena, room, sizeof(*types->names));
	if (!types->names)
		return false;
	types->room = room;
	for (uint32_t i = 0; i < types->nr; i++) {
		const struct btf_block *b = &types->blocks[i];

		for (uint32_t id = b->first; id - b->first < b->nr; id++)
			if (has_place(btf_kind_of(b, id)))
				name_add(types, i, id);
	}
	return true;
}

bool kernel_types_read(struct kernel_types *types, struct memory *memory, struct arena *arena)
{
	struct reading r = { .types = types, .memory = memory, .arena = arena, .left = BYTES_MAX };
	struct target *t = memory->target;
	uint64_t start, end;

	*types = (struct kernel_types){ 0 };
	types->blocks = arena_array(arena, MODULES_MAX + 1, sizeof(*types->blocks));
	if (!types->blocks || !t->ops->symbol(t, "__start_BTF", &start) ||
	    !t->ops->symbol(t, "__stop_BTF", &end) || end <= start ||
	    !block_read(&r, start, end - start, NULL))
		return false;
	modules_read(&r);
	if (names_index(types, arena))
		return true;
	types->nr = 0;
	return false;
}

uint32_t kernel_types_function(const struct kernel_types *types, const char *name,
			       const struct btf_block **block)
{
	uint32_t id = find(types, name, BTF_FUNC, block);

	return id ? btf_target(*block, id) : 0;
}

uint32_t kernel_types_struct(const struct kernel_types *types, const char *name,
			     const struct btf_block **block)
{
	return find(types, name, BTF_STRUCT, block);
}
