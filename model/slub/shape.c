/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slub/shape.h"

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

/* What no SLUB does without. */
static const char *missing(const struct model_shape *shape)
{
	const struct {
		const char *what;
		const struct target_member *member;
	} needed[] = {
		{ "struct kmem_cache", &shape->cache_flags },
		{ "kmem_cache.size", &shape->cache_size },
		{ "kmem_cache.object_size", &shape->cache_object_size },
		{ "kmem_cache.offset", &shape->cache_offset },
		{ "kmem_cache.oo", &shape->cache_oo },
		{ "kmem_cache.min", &shape->cache_min },
		{ "kmem_cache.inuse", &shape->cache_inuse },
		{ "kmem_cache.align", &shape->cache_align },
		{ "kmem_cache.allocflags", &shape->cache_allocflags },
		{ "kmem_cache.refcount", &shape->cache_refcount },
		{ "kmem_cache.ctor", &shape->cache_ctor },
		{ "kmem_cache.min_partial", &shape->cache_min_partial },
		{ "kmem_cache.name", &shape->cache_name },
		{ "kmem_cache.list", &shape->cache_list },
		{ "kmem_cache.node", &shape->cache_node },
		{ "kmem_cache_node.list_lock", &shape->node_list_lock },
		{ "kmem_cache_node.nr_partial", &shape->node_nr_partial },
		{ "kmem_cache_node.partial", &shape->node_partial },
		{ "page.flags", &shape->slab_flags },
		{ "slab_cache of a slab", &shape->slab_cache },
		{ "slab_list of a slab", &shape->slab_list },
		{ "freelist of a slab", &shape->slab_freelist },
		{ "counters of a slab", &shape->slab_counters },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!needed[i].member->size)
			return needed[i].what;
	return NULL;
}

/* What CPUs take objects from: a slab, or sheaves. */
static const char *missing_of_cpus(const struct model_shape *shape)
{
	if (shape->cache_cpu_slab.size &&
	    (!shape->cpu_freelist.size || !shape->cpu_tid.size || !shape->cpu_slab.size))
		return "struct kmem_cache_cpu";
	if (shape->cache_cpu_sheaves.size &&
	    (!shape->sheaves_main.size || !shape->sheaf_objects.size || !shape->barn_full.size))
		return "struct slab_sheaf";
	if (!shape->cache_cpu_slab.size && !shape->cache_cpu_sheaves.size)
		return "kmem_cache.cpu_slab";
	return NULL;
}

const char *model_shape_init(struct model_shape *shape, struct target *target)
{
	const char *what;

	memset(shape, 0, sizeof(*shape));
#define X(name, types, members) member_init(target, types, members, &shape->name);
	MODEL_MEMBERS(X)
#undef X
	sizes_init(shape, target);
	flags_init(shape, target);
	page_type_init(shape, target);
	what = missing(shape);
	return what ? what : missing_of_cpus(shape);
}
