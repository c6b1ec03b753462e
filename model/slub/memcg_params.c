/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clones of caches, 3.8 to 5.8: each memory cgroup that used a cache had its own.
 *
 * Where they are noted: 3.13 has a pointer to a memcg_cache_params in the cache, with the clones
 * behind it; 4.2 and later have the params in the cache, and a pointer to an array of clones in
 * there. A model of a dump makes no clones, as these structures changed a lot in between.
 */
#include "model/slub/cache.h"

/* struct memcg_cache_params of 3.13, of a root cache and of a clone. */
#define OLD_IS_ROOT 0u
#define OLD_CACHES 8u
#define OLD_MEMCG 8u
#define OLD_LIST 16u
#define OLD_ROOT 32u
#define OLD_BYTES 88u

/* And of 4.19; struct memcg_cache_array has an rcu_head before the clones. */
#define NEW_ROOT 0u
#define NEW_CACHES 8u
#define NEW_CHILDREN 32u
#define NEW_MEMCG 8u
#define NEW_CHILDREN_NODE 16u
#define NEW_CACHES_NODE 32u
#define NEW_ENTRIES 16u

bool has_clones(const struct model *m)
{
	return has(m, MEMCG_CLONES) && !m->under && has_member(m, cache_memcg_params);
}

static uint64_t params_of(struct model *m, uint64_t s)
{
	uint64_t params = AT(m, s, cache_memcg_params);

	return has(m, MEMCG_EMBEDDED) ? params : get64(m, params);
}

void memcg_init_params(struct model *m, uint64_t s)
{
	uint64_t params = AT(m, s, cache_memcg_params);

	if (!has_clones(m) || !has(m, MEMCG_EMBEDDED))
		return;
	put64(m, params + NEW_ROOT, 0);
	put64(m, params + NEW_CACHES, 0);
	list_init(m, params + NEW_CHILDREN);
}

/* The cache that this one is a clone of, or 0. */
static uint64_t root_of(struct model *m, uint64_t s)
{
	uint64_t params;

	if (!has_clones(m))
		return 0;
	params = params_of(m, s);
	if (has(m, MEMCG_EMBEDDED))
		return get64(m, params + NEW_ROOT);
	if (!params || model_get(m, params + OLD_IS_ROOT, 1))
		return 0;
	return get64(m, params + OLD_ROOT);
}

bool is_root_cache(struct model *m, uint64_t s)
{
	return !root_of(m, s);
}

uint64_t memcg_root_cache(struct model *m, uint64_t s)
{
	uint64_t root = root_of(m, s);

	return root ? root : s;
}

/* The memory that holds the pointers to clones; 0: none yet. */
static uint64_t array_of(struct model *m, uint64_t root)
{
	uint64_t params = params_of(m, root);

	return has(m, MEMCG_EMBEDDED) ? get64(m, params + NEW_CACHES) : params;
}

static uint32_t array_head(const struct model *m)
{
	return has(m, MEMCG_EMBEDDED) ? NEW_ENTRIES : OLD_CACHES;
}

static uint64_t clone_slot(struct model *m, uint64_t root, uint32_t id)
{
	return array_of(m, root) + array_head(m) + 8 * (uint64_t)id;
}

uint32_t memcg_clones(struct model *m, uint64_t root)
{
	return has_clones(m) && !root_of(m, root) && array_of(m, root) ? MEMCG_CLONES_MAX : 0;
}

uint64_t memcg_clone(struct model *m, uint64_t root, uint32_t id)
{
	return id < memcg_clones(m, root) ? get64(m, clone_slot(m, root, id)) : 0;
}

void memcg_forget_clone(struct model *m, uint64_t root, uint32_t id)
{
	put64(m, clone_slot(m, root, id), 0);
}

void memcg_free_params(struct model *m, uint64_t s)
{
	if (!has_clones(m))
		return;
	if (has(m, MEMCG_EMBEDDED) && root_of(m, s))
		list_del(m, params_of(m, s) + NEW_CHILDREN_NODE);
	else
		memory_put(m, array_of(m, s));
}

bool memcg_clones_make(struct model *m, uint64_t root)
{
	uint64_t params = AT(m, root, cache_memcg_params), array;

	if (array_of(m, root))
		return true;
	array = memory_zalloc(m, array_head(m) + 8 * MEMCG_CLONES_MAX, model_gfp_kernel(m),
			      MODEL_ANY_NODE, CALLER_OF_PARAMS);
	if (!array)
		return false;
	if (!has(m, MEMCG_EMBEDDED))
		model_put(m, array + OLD_IS_ROOT, 1, 1);
	put64(m, has(m, MEMCG_EMBEDDED) ? params + NEW_CACHES : params, array);
	return true;
}

/* memcg_register_cache(), init_memcg_params() of a clone. */
bool memcg_clone_params(struct model *m, uint64_t s, uint64_t root, unsigned int memcg)
{
	uint64_t params = AT(m, s, cache_memcg_params), old;
	uint64_t group = m->direct_map + MODEL_PAGE * (uint64_t)memcg; /* struct mem_cgroup */

	if (has(m, MEMCG_EMBEDDED)) {
		put64(m, params + NEW_ROOT, root);
		put64(m, params + NEW_MEMCG, group);
		list_init(m, params + NEW_CHILDREN_NODE);
		list_init(m, params + NEW_CACHES_NODE);
		return true;
	}
	old = memory_zalloc(m, OLD_BYTES, model_gfp_kernel(m), MODEL_ANY_NODE, CALLER_OF_PARAMS);
	if (!old)
		return false;
	put64(m, params, old);
	put64(m, old + OLD_MEMCG, group);
	list_init(m, old + OLD_LIST);
	put64(m, old + OLD_ROOT, root);
	return true;
}

void memcg_add_clone(struct model *m, uint64_t root, unsigned int memcg, uint64_t s)
{
	if (has(m, MEMCG_EMBEDDED))
		list_add(m, params_of(m, s) + NEW_CHILDREN_NODE, params_of(m, root) + NEW_CHILDREN);
	put64(m, clone_slot(m, root, memcg - 1), s);
}
