/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checker/slab/layout.h"

#include <string.h>

#include "checker/debug/kfence.h"

#define NODES_MAX 1024

bool slab_layout_recognise(struct target *t, char error[KERNEL_ERROR_MAX])
{
	struct target_member m;
	size_t size;

	if (!t->ops->type_size(t, "kmem_cache", &size))
		return kernel_error(error, "no debug information for struct kmem_cache");
	if (target_find(t, "kmem_cache", "num", &m) &&
	    target_find(t, "kmem_cache", "gfporder", &m) &&
	    target_find(t, "kmem_cache", "batchcount", &m))
		return true;
	return kernel_error(error, "struct kmem_cache is not that of SLAB");
}

/* A member by the newer of its names. */
static bool find_either(struct target *t, const char *type, const char *name, const char *older,
			struct target_member *m)
{
	return target_find(t, type, name, m) || target_find(t, type, older, m);
}

static bool cache_members(struct slab_layout *layout, struct target *t, char *error)
{
	static const char type[] = "kmem_cache";
	struct slab_cache_members *c = &layout->cache;

	target_find(t, type, "cpu_cache", &c->cpu_cache);
	target_find(t, type, "array", &c->array);
	target_find(t, type, "reciprocal_buffer_size", &c->reciprocal);
	target_find(t, type, "refcount", &c->refcount);
	target_find(t, type, "ctor", &c->ctor);
	target_find(t, type, "random_seq", &c->random_seq);
	layout->debug_slab = target_find(t, type, "obj_offset", &c->obj_offset);
	/* 3b0efdfa1e71 renamed three members for all allocators in 3.6, 8456a648cf44 two in 3.13. */
	find_either(t, type, "object_size", "obj_size", &c->object_size);
	find_either(t, type, "freelist_cache", "slabp_cache", &c->management_cache);
	if (!find_either(t, type, "size", "buffer_size", &c->size) ||
	    !find_either(t, type, "freelist_size", "slab_size", &c->management) ||
	    !find_either(t, type, "node", "nodelists", &c->nodes) ||
	    !find_either(t, type, "list", "next", &c->list) ||
	    !target_find(t, type, "flags", &c->flags) || !target_find(t, type, "num", &c->num) ||
	    !target_find(t, type, "gfporder", &c->order) ||
	    !target_find(t, type, "colour", &c->colour) ||
	    !target_find(t, type, "colour_off", &c->colour_off) ||
	    !target_find(t, type, "limit", &c->limit) ||
	    !target_find(t, type, "batchcount", &c->batchcount) ||
	    !target_find(t, type, "shared", &c->shared) || !target_find(t, type, "name", &c->name))
		return kernel_error(error, "struct kmem_cache lacks members that every SLAB has");
	if (!member_exists(c->cpu_cache) && !member_exists(c->array))
		return kernel_error(error, "struct kmem_cache has neither cpu_cache nor array[]");
	return true;
}

/*
 * Where the array of node pointers is. It is embedded in 2.6.32 and since 3.18, and in between a pointer to
 * what lies behind array[] (b56efcf0a45a, 18bf854117c6). With one possible node a pointer and an array of one
 * are of the same size; but where array[] is the first member nothing follows it.
 */
static void nodes_place(struct slab_layout *layout)
{
	const struct slab_cache_members *c = &layout->cache;

	layout->nodes_pointer =
		member_exists(c->array) && c->array.offset > c->nodes.offset && c->nodes.size == 8;
}

static bool array_members(struct slab_layout *layout, struct target *t, char *error)
{
	static const char type[] = "array_cache";
	struct slab_array_members *a = &layout->array;
	struct target_member lock, ac, m;
	size_t size;

	if (!t->ops->type_size(t, type, &size) || !target_find(t, type, "avail", &a->avail) ||
	    !target_find(t, type, "limit", &a->limit) ||
	    !target_find(t, type, "batchcount", &a->batchcount) ||
	    !target_find(t, type, "touched", &a->touched))
		return kernel_error(error, "no debug information for struct array_cache");
	/* The array has no size, so a target may not know it; but nothing lies behind it. */
	a->entries = t->ops->member(t, type, "entry", &m) ? m.offset : (uint32_t)size;
	/* alien_cache, which has the lock since 3.18 (1fe00d50a9e8). */
	if (target_find(t, "alien_cache", "ac", &ac)) {
		a->in_alien = ac.offset;
		target_find(t, "alien_cache", "lock", &lock);
	} else {
		target_find(t, type, "lock", &lock);
	}
	a->alien_locked = lock_word(&layout->kernel.lock, t, lock);
	return true;
}

static bool node_members(struct slab_layout *layout, struct target *t, char *error)
{
	struct slab_node_members *n = &layout->node;
	const char *type = "kmem_cache_node";
	struct target_member lock;

	/* ce8eb6c424c7, 3.10. */
	if (!target_find(t, type, "slabs_partial", &n->partial))
		type = "kmem_list3";
	target_find(t, type, "list_lock", &lock);
	n->locked = lock_word(&layout->kernel.lock, t, lock);
	target_find(t, type, "num_slabs", &n->num_slabs);
	target_find(t, type, "total_slabs", &n->total_slabs);
	target_find(t, type, "free_slabs", &n->free_slabs);
	target_find(t, type, "colour_next", &n->colour_next);
	target_find(t, type, "alien", &n->alien);
	if (!t->ops->type_size(t, type, &n->size) ||
	    !target_find(t, type, "slabs_partial", &n->partial) ||
	    !target_find(t, type, "slabs_full", &n->full) ||
	    !target_find(t, type, "slabs_free", &n->free) ||
	    !target_find(t, type, "free_objects", &n->free_objects) ||
	    !target_find(t, type, "shared", &n->shared))
		return kernel_error(error, "the lists of a node's slabs are not in the types");
	return true;
}

/* struct slab with bufctls behind it, and what leads there from a page. */
static bool old_slab_members(struct slab_layout *layout, struct target *t, char *error)
{
	struct slab_members *s = &layout->slab;
	struct target_member lru;

	layout->has_bufctl = layout->every_page = true;
	if (!t->ops->type_size(t, "slab", &s->size) || !target_find(t, "slab", "list", &s->list) ||
	    !target_find(t, "slab", "s_mem", &s->s_mem) ||
	    !target_find(t, "slab", "inuse", &s->used) ||
	    !target_find(t, "slab", "free", &s->free) ||
	    !target_find(t, "slab", "nodeid", &s->nodeid) || !target_find(t, "page", "lru", &lru))
		return kernel_error(error, "struct slab lacks members that every SLAB has");
	/* 3.6 gave the two words of page->lru names of their own (1b4f59e356cc, b5568280c9b9). */
	if (!target_find(t, "page", "slab_cache", &s->cache) ||
	    !target_find(t, "page", "slab_page", &s->page_slab)) {
		s->cache = (struct target_member){ lru.offset, 8 };
		s->page_slab = (struct target_member){ lru.offset + 8, 8 };
	}
	return true;
}

static bool new_slab_members(struct slab_layout *layout, struct target *t, char *error)
{
	struct slab_members *s = &layout->slab;
	/* 5.17 gave the words of struct page that are a slab's a type of their own (d122019bf061). */
	const char *type = target_find(t, "slab", "slab_cache", &s->cache) ? "slab" : "page";

	if (!t->ops->type_size(t, type, &s->size) ||
	    !target_find(t, type, "slab_cache", &s->cache) ||
	    !find_either(t, type, "slab_list", "lru", &s->list) ||
	    !target_find(t, type, "s_mem", &s->s_mem) ||
	    !target_find(t, type, "active", &s->used) ||
	    !target_find(t, type, "freelist", &s->freelist))
		return kernel_error(error, "struct %s lacks the members of a slab descriptor",
				    type);
	return true;
}

static bool slab_members(struct slab_layout *layout, struct target *t, char *error)
{
	if (target_find(t, "slab", "colouroff", &layout->slab.colouroff))
		return old_slab_members(layout, t, error);
	return new_slab_members(layout, t, error);
}

bool slab_layout_types(struct slab_layout *layout, struct target *t, char error[KERNEL_ERROR_MAX])
{
	if (!slab_layout_recognise(t, error) || !cache_members(layout, t, error) ||
	    !array_members(layout, t, error) || !node_members(layout, t, error) ||
	    !slab_members(layout, t, error))
		return false;
	nodes_place(layout);
	layout->pg_slab = target_bit(t, "PG_slab");
	if (!layout->pg_slab)
		return kernel_error(error, "the types do not tell which pages are slabs");
	return true;
}

static bool nodes_count(struct slab_layout *layout, struct memory *memory, char *error)
{
	const struct slab_cache_members *c = &layout->cache;
	uint64_t addr, n = 1;

	/* A macro for 1 where there can be one node only. */
	if (memory->target->ops->symbol(memory->target, "nr_node_ids", &addr) &&
	    (memory_value(memory, addr, 4, &n) != TARGET_OK || !n || n > NODES_MAX))
		return kernel_error(error, "nr_node_ids cannot be read");
	if (!layout->nodes_pointer && n > c->nodes.size / 8)
		n = c->nodes.size / 8;
	layout->nr_nodes = (unsigned int)n;
	return true;
}

/* Whether somebody holds the mutex of the list. Before 4.10 (3ca0ff571b09) a mutex had a count, 1 at rest. */
static bool mutex_held(struct memory *memory)
{
	struct target *t = memory->target;
	struct target_member owner, count;
	uint64_t mutex, value;

	if (!t->ops->symbol(t, "slab_mutex", &mutex) &&
	    !t->ops->symbol(t, "cache_chain_mutex", &mutex))
		return false;
	if (target_find(t, "mutex", "count", &count))
		return memory_value(memory, mutex + count.offset, 4, &value) == TARGET_OK &&
		       value != 1;
	return target_find(t, "mutex", "owner", &owner) &&
	       memory_member(memory, mutex, owner, &value) == TARGET_OK && value;
}

bool slab_layout_init(struct slab_layout *layout, struct memory *memory, struct arena *arena,
		      char error[KERNEL_ERROR_MAX])
{
	struct target *t = memory->target;
	uint64_t addr;

	memset(layout, 0, sizeof(*layout));
	if (!slab_layout_recognise(t, error) ||
	    !kernel_read(&layout->kernel, memory, arena, error) ||
	    !slab_layout_types(layout, t, error) || !nodes_count(layout, memory, error))
		return false;
	if (!t->ops->symbol(t, "slab_caches", &layout->caches) &&
	    !t->ops->symbol(t, "cache_chain", &layout->caches))
		return kernel_error(error, "no symbol slab_caches or cache_chain");
	kfence_layout_find(&layout->debug.kfence, memory);
	kernel_key(memory, "init_on_free", &layout->init_on_free);
	layout->caches_locked = mutex_held(memory);
	/* Only these kernels have the switch for the bit (072bb0aa5e06, 3.6; f68f8dddb5e9, 4.6). */
	layout->tagged = t->ops->symbol(t, "pfmemalloc_active", &addr);
	/* Who has CONFIG_DEBUG_PAGEALLOC has the first, since 4.0 (031bc5743f15), or before on x86 the second. */
	layout->unmaps = t->ops->symbol(t, "_debug_pagealloc_enabled", &addr) ||
			 t->ops->symbol(t, "kernel_map_pages", &addr);
	if (t->ops->symbol(t, "kmem_rcu_free", &addr))
		layout->rcu_free = addr;
	return true;
}
