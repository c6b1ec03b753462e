/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the kernel notes which memory cgroup an object is charged to, and which line allocated it.
 *
 * From 3.8 to 5.8 a cgroup had caches of its own, clones of the others. Since 5.9 (10befea91b61) a slab has a
 * vector with an entry for each object, made when the first of them is charged: pointers to struct
 * obj_cgroup in page->obj_cgroups, since 5.11 in memcg_data, and since 6.10 (21c690a349ba) struct
 * slabobj_ext in slab->obj_exts, with the allocation's tag beside. Since 7.0 entries may lie in the
 * slab or in each object, slab->stride apart.
 */
#include "checker/slub/slub.h"

/* obj_cgroups had only the first of them. */
#define VECTOR_FLAGS UINT64_C(7)
#define VECTOR_MARK UINT64_C(1) /* MEMCG_DATA_OBJCGS, MEMCG_DATA_OBJEXTS */
#define MEMCG_FLAGS UINT64_C(3) /* of memcg_data, where 2 marks a page that is charged whole */

/* Where the vector's address is kept, and what it consists of. */
struct vector_layout {
	struct target_member word, stride, objcg, tag;
	uint64_t flags;
	size_t entry;
};

static bool vector_layout(struct vector_layout *v, struct target *t)
{
	static const struct {
		const char *type, *member;
		uint64_t flags;
	} rows[] = {
		{ "slab", "obj_exts", VECTOR_FLAGS },
		{ "slab", "memcg_data", MEMCG_FLAGS },
		{ "page", "memcg_data", MEMCG_FLAGS },
		{ "page", "obj_cgroups", VECTOR_MARK },
	};

	*v = (struct vector_layout){ .entry = 8, .objcg = { 0, 8 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!target_find(t, rows[i].type, rows[i].member, &v->word))
			continue;
		v->flags = rows[i].flags;
		if (i)
			return true;
		target_find(t, "slab", "stride", &v->stride);
		target_find(t, "slabobj_ext", "objcg", &v->objcg);
		target_find(t, "slabobj_ext", "ref", &v->tag);
		return t->ops->type_size(t, "slabobj_ext", &v->entry);
	}
	return false;
}

/* From one entry to the next. Kernels that keep no stride have them behind each other, or one in each object. */
static enum target_status stride_read(const struct vector_layout *v, struct memory *memory,
				      const struct location *at, uint64_t size, uint64_t vector,
				      uint64_t *stride)
{
	*stride = vector - at->base < size ? size : v->entry;
	return member_exists(v->stride) ? memory_member(memory, at->page, v->stride, stride)
					: TARGET_OK;
}

static enum target_status vector_slots(const struct vector_layout *v, struct memory *memory,
				       const struct location *at, uint64_t size,
				       struct owner_slots *slots)
{
	uint64_t word, vector, stride;
	enum target_status status = memory_member(memory, at->page, v->word, &word);

	if (status != TARGET_OK)
		return status;
	vector = word & ~v->flags;
	if (!vector || (word & v->flags & MEMCG_FLAGS) != VECTOR_MARK)
		return TARGET_OK;
	status = stride_read(v, memory, at, size, vector, &stride);
	if (status != TARGET_OK)
		return status;
	vector += stride * (uint64_t)at->index;
	if (member_exists(v->objcg))
		slots->objcg = vector + v->objcg.offset;
	if (member_exists(v->tag))
		slots->tag = vector + v->tag.offset;
	return TARGET_OK;
}

/* Whose a clone is; the cache that it was made of belongs to nobody. */
static enum target_status clone_slots(struct memory *memory, uint64_t cache,
				      struct target_member params, struct owner_slots *slots)
{
	struct target *t = memory->target;
	struct target_member memcg, root;
	uint64_t at = cache + params.offset, is_root = 0, of = 1;
	enum target_status status = TARGET_OK;

	if (!target_find(t, "memcg_cache_params", "memcg", &memcg))
		return TARGET_OK;
	/* It was a pointer until 3.19. */
	if (params.size == 8) {
		status = memory_value(memory, cache + params.offset, 8, &at);
		if (status != TARGET_OK || !at)
			return status;
	}
	if (target_find(t, "memcg_cache_params", "is_root_cache", &root))
		status = memory_member(memory, at, root, &is_root);
	else if (target_find(t, "memcg_cache_params", "root_cache", &root)) /* 4.11 */
		status = memory_member(memory, at, root, &of);
	if (status == TARGET_OK && !is_root && of)
		slots->memcg = at + memcg.offset;
	return status;
}

enum target_status slub_owner_slots(const struct allocator *a, const struct cache_view *cache,
				    const struct location *at, struct owner_slots *slots)
{
	struct target *t = a->memory->target;
	struct target_member params;
	struct vector_layout v;

	*slots = (struct owner_slots){ 0 };
	if (at->index < 0 || at->unsure)
		return TARGET_ABSENT;
	if (vector_layout(&v, t)) {
		slots->kept = member_exists(v.objcg);
		slots->tags_kept = member_exists(v.tag);
		return vector_slots(&v, a->memory, at, cache->size, slots);
	}
	if (!target_find(t, "kmem_cache", "memcg_params", &params))
		return TARGET_OK;
	slots->kept = true;
	return clone_slots(a->memory, cache->addr, params, slots);
}
