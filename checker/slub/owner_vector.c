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
#include "checker/slub/owner_vector.h"

/* obj_cgroups had only the first of them. */
#define VECTOR_FLAGS UINT64_C(7)
#define VECTOR_MARK UINT64_C(1) /* MEMCG_DATA_OBJCGS, MEMCG_DATA_OBJEXTS */
#define MEMCG_FLAGS UINT64_C(3) /* of memcg_data, where 2 marks a page that is charged whole */

void owner_layout_find(struct owner_layout *o, struct target *t)
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

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		*o = (struct owner_layout){ .entry = 8, .objcg = { 0, 8 }, .flags = rows[i].flags };
		if (!target_find(t, rows[i].type, rows[i].member, &o->word))
			continue;
		if (i)
			return;
		o->objcg.size = 0;
		target_find(t, "slab", "stride", &o->stride);
		target_find(t, "slabobj_ext", "objcg", &o->objcg);
		target_find(t, "slabobj_ext", "ref", &o->tag);
		if (t->ops->type_size(t, "slabobj_ext", &o->entry))
			return;
		break;
	}
	*o = (struct owner_layout){ 0 };
}

/* Kernels that keep no stride have entries behind each other, or one in each object. */
enum target_status owner_vector_find(const struct owner_layout *o, struct memory *memory,
				     uint64_t page, uint64_t base, uint64_t size,
				     struct owner_vector *v)
{
	uint64_t word, vector;
	enum target_status status = memory_member(memory, page, o->word, &word);

	*v = (struct owner_vector){ 0 };
	if (status != TARGET_OK)
		return status;
	vector = word & ~o->flags;
	if (!vector || (word & o->flags & MEMCG_FLAGS) != VECTOR_MARK)
		return TARGET_OK;
	v->stride = vector - base < size ? size : o->entry;
	if (member_exists(o->stride))
		status = memory_member(memory, page, o->stride, &v->stride);
	if (status == TARGET_OK)
		v->addr = vector;
	return status;
}
