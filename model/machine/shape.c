/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/machine/shape.h"

#include <stddef.h>
#include <string.h>

#define NAME_MAX_LENGTH 32

/* Take the first of "a|b|c" off; NULL when there is no more. */
static const char *alternative(const char *names, char name[NAME_MAX_LENGTH])
{
	size_t length = strcspn(names, "|");

	if (!*names || length >= NAME_MAX_LENGTH)
		return NULL;
	memcpy(name, names, length);
	name[length] = '\0';
	/* For cppcheck strcspn() is any number that the line above lets through. */
	/* cppcheck-suppress [arrayIndexOutOfBoundsCond, pointerOutOfBoundsCond] */
	return names + length + (names[length] == '|');
}

/* The first member of a type that it has. */
static bool member_find(struct target *target, const char *type, const char *members,
			struct target_member *out)
{
	char member[NAME_MAX_LENGTH];

	while ((members = alternative(members, member)))
		if (target->ops->member(target, type, member, out))
			return true;
	return false;
}

/* The first type that there is decides, whether it has the member or not: struct page keeps names
 * of members that mean something else since struct slab has those of slabs. */
static void member_init(struct target *target, const char *types, const char *members,
			struct target_member *out)
{
	char type[NAME_MAX_LENGTH];
	size_t size;

	while ((types = alternative(types, type))) {
		if (!target->ops->type_size(target, type, &size))
			continue;
		if (member_find(target, type, members, out))
			return;
		break;
	}
	*out = (struct target_member){ 0, 0 };
}

static uint32_t type_bytes(struct target *target, const char *type)
{
	size_t size;

	return target->ops->type_size(target, type, &size) ? (uint32_t)size : 0;
}

/* Mask of a bit of page->flags; 0 when the era has none of that name. */
static uint64_t flag_mask(struct target *target, const char *enumerator)
{
	int64_t bit;

	if (!target->ops->enumerator(target, enumerator, &bit) || bit < 0 || bit >= 64)
		return 0;
	return UINT64_C(1) << bit;
}

static void sizes_init(struct model_shape *shape, struct target *target)
{
	/* node[] has room for all nodes that a kernel could have: how many there are, and with
	 * them the end of a struct kmem_cache, is for the machine to add. */
	shape->cache_bytes = shape->cache_node.offset;
	shape->page_bytes = type_bytes(target, "page");
	shape->cpu_bytes = type_bytes(target, "kmem_cache_cpu");
	shape->node_bytes = type_bytes(target, "kmem_cache_node");
	shape->per_node_bytes = type_bytes(target, "kmem_cache_per_node_ptrs");
	shape->barn_bytes = type_bytes(target, "node_barn");
	shape->sheaves_bytes = type_bytes(target, "slub_percpu_sheaves");
	shape->track_bytes = type_bytes(target, "track");
	shape->array_bytes = type_bytes(target, "array_cache");
	shape->list3_bytes = type_bytes(target, "kmem_list3");
	if (!shape->list3_bytes)
		shape->list3_bytes = shape->node_bytes;
	shape->slab_bytes = type_bytes(target, "slab");
	/* A flexible array has no size, which reads as if it were not there, to some targets too; it
	 * lies where its structure ends. */
	if (!shape->sheaf_objects.offset)
		shape->sheaf_objects.offset = type_bytes(target, "slab_sheaf");
	if (shape->sheaf_objects.offset)
		shape->sheaf_objects.size = 8;
	shape->sheaf_bytes = shape->sheaf_objects.offset;
}

/*
 * A slab's page_type: PGTY_slab in the top byte since 6.12; in 6.10 and 6.11 PG_slab is the bit
 * that is cleared in a word of ones.
 */
static void page_type_init(struct model_shape *shape, struct target *target)
{
	int64_t value;

	shape->page_no_type = UINT32_MAX;
	shape->page_is_slab = 0;
	if (target->ops->enumerator(target, "PGTY_slab", &value))
		shape->page_is_slab = (uint32_t)value << 24;
	else if (target->ops->enumerator(target, "PG_slab", &value) && value >= 64)
		shape->page_is_slab = UINT32_MAX & ~(uint32_t)value;
}

static void flags_init(struct model_shape *shape, struct target *target)
{
	shape->pg_locked = flag_mask(target, "PG_locked");
	shape->pg_slab = flag_mask(target, "PG_slab");
	shape->pg_head = flag_mask(target, "PG_head");
	shape->pg_tail = flag_mask(target, "PG_tail");
	/* SL_partial and SL_pfmemalloc since 6.17, which are these two. */
	shape->pg_partial = flag_mask(target, "PG_workingset");
	shape->pg_pfmemalloc = flag_mask(target, "PG_active");
}

void model_shape_init(struct model_shape *shape, struct target *target)
{
	memset(shape, 0, sizeof(*shape));
#define X(name, types, members) member_init(target, types, members, &shape->name);
	MODEL_MEMBERS(X)
	MODEL_SLAB_MEMBERS(X)
#undef X
	sizes_init(shape, target);
	flags_init(shape, target);
	page_type_init(shape, target);
}
