/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the kernel notes which memory cgroup an object is charged to, and which line allocated it. */
#include "checker/slub/owner_vector.h"
#include "checker/slub/slub.h"

static enum target_status vector_slots(const struct owner_layout *o, struct memory *memory,
				       const struct location *at, uint64_t size,
				       struct owner_slots *slots)
{
	struct owner_vector v;
	enum target_status status = owner_vector_find(o, memory, at->page, at->base, size, &v);
	uint64_t entry = v.addr + v.stride * (uint64_t)at->index;

	if (status != TARGET_OK || !v.addr)
		return status;
	if (member_exists(o->objcg))
		slots->objcg = entry + o->objcg.offset;
	if (member_exists(o->tag))
		slots->tag = entry + o->tag.offset;
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
	const struct owner_layout *o = &slub_of(a)->layout.owner;
	struct target_member params;

	*slots = (struct owner_slots){ 0 };
	if (at->index < 0 || at->unsure)
		return TARGET_ABSENT;
	if (member_exists(o->word)) {
		slots->kept = member_exists(o->objcg);
		slots->tags_kept = member_exists(o->tag);
		return vector_slots(o, a->memory, at, cache->size, slots);
	}
	if (!target_find(t, "kmem_cache", "memcg_params", &params))
		return TARGET_OK;
	slots->kept = true;
	return clone_slots(a->memory, cache->addr, params, slots);
}
