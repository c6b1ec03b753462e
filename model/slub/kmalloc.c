/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmalloc() and kfree(). */
#include "model/slub/cache.h"
#include "model/slub/sheaf.h"

#define ZERO_SIZE_PTR 16u

static bool page_is_slab(struct model *m, uint64_t page)
{
	if (has(m, PAGE_TYPE))
		return get(m, page, page_type) >> 24 == m->shape.page_is_slab >> 24;
	return get(m, page, slab_flags) & m->shape.pg_slab;
}

/* 6.15: PGTY_large_kmalloc. */
#define PAGE_LARGE_KMALLOC UINT32_C(0xf8000000)

static bool marks_large_kmalloc(const struct model *m)
{
	return has(m, PAGE_TYPE) && has(m, CYCLE_CHECK);
}

static uint64_t kmalloc_large(struct model *m, size_t size, uint32_t gfp, int node)
{
	const struct model_gfp *g = m->era->gfp;
	unsigned int order = get_order(size);
	uint64_t page;

	if (has(m, SHEAVES))
		gfp &= ~GFP_NO_RECURSE;
	/* kmalloc_fix_flags() since 5.9: before, nobody looked. */
	if (has(m, MEMCG_VECTOR) && gfp & (g->dma32 | g->highmem | ~g->bits))
		gfp_fix(m, 0, gfp);
	if (size > KMALLOC_SIZE_MAX)
		return 0;
	if (m->atomic[m->run->cpu] && gfp_may_block(m, gfp))
		model_report(m, MODEL_REPORT_SLEEPING,
			     "BUG: sleeping function called from invalid context: gfp %#x", gfp);
	page = pages_get(m, node, order, true);
	if (!page)
		return 0;
	if (marks_large_kmalloc(m))
		put(m, page, page_type, PAGE_LARGE_KMALLOC);
	if (gfp & g->zero)
		model_fill(m, slab_base(m, page), 0, (uint64_t)MODEL_PAGE << order);
	return slab_base(m, page);
}

uint64_t kmalloc_node(struct model *m, size_t size, uint32_t gfp, int node, uint64_t caller)
{
	uint64_t s;

	if (!size)
		return ZERO_SIZE_PTR;
	if (size > KMALLOC_CACHE_MAX)
		return kmalloc_large(m, size, gfp, node);
	s = kmalloc_slab(m, size, gfp, caller);
	return s ? slab_alloc_node(m, s, gfp, node, (uint32_t)size) : 0;
}

static void free_large(struct model *m, uint64_t page)
{
	unsigned int order = compound_order(m, page);

	/* Until 5.16 a page that is not compound was a bug; then a warning, after which it is freed
	 * all the same; since 6.15 kmalloc() has to have marked it. */
	BUG_IF(m, !order && !has(m, STRUCT_SLAB));
	if (marks_large_kmalloc(m)) {
		if (get(m, page, page_type) >> 24 != PAGE_LARGE_KMALLOC >> 24)
			return;
		put(m, page, page_type, m->shape.page_no_type);
	}
	pages_put(m, page, order);
}

void kfree_object(struct model *m, uint64_t object)
{
	uint64_t page;

	if (object <= ZERO_SIZE_PTR)
		return;
	page = head_page(m, object);
	if (page_is_slab(m, page))
		cache_free_object(m, get(m, page, slab_cache), page, object);
	else
		free_large(m, page);
}

/* slab_ksize(): the padding of an object is its user's, too, unless somebody needs it. */
static size_t slab_ksize(struct model *m, uint64_t s)
{
	const struct model_flags *f = m->era->flags;
	uint64_t flags = cache_flags(m, s);

	if (flags & (f->red_zone | f->poison))
		return cache_object_size(m, s);
	if (flags & (f->typesafe_by_rcu | f->store_user))
		return (size_t)get(m, s, cache_inuse);
	return cache_size(m, s);
}

static size_t ksize(struct model *m, uint64_t object)
{
	uint64_t page;

	if (object <= ZERO_SIZE_PTR)
		return 0;
	page = head_page(m, object);
	if (page_is_slab(m, page))
		return slab_ksize(m, get(m, page, slab_cache));
	return (size_t)MODEL_PAGE << compound_order(m, page);
}

enum model_end model_kmalloc(struct model *m, unsigned int cpu, size_t size, uint32_t gfp, int node,
			     uint64_t caller, uint64_t *object)
{
	*object = 0;
	OPERATION(m, cpu, *object = kmalloc_node(m, size, gfp, node, caller));
}

enum model_end model_kfree(struct model *m, unsigned int cpu, uint64_t object)
{
	OPERATION(m, cpu, kfree_object(m, object));
}

static enum model_end slab_operation(struct model *m, size_t size, uint32_t gfp, uint64_t caller,
				     uint64_t *cache)
{
	OPERATION(m, 0, *cache = kmalloc_slab(m, size, gfp, caller));
}

uint64_t model_kmalloc_cache(struct model *m, size_t size, uint32_t gfp, uint64_t caller)
{
	uint64_t cache = 0;

	return slab_operation(m, size, gfp, caller, &cache) == MODEL_DONE ? cache : 0;
}

static enum model_end ksize_operation(struct model *m, uint64_t object, size_t *size)
{
	OPERATION(m, 0, *size = ksize(m, object));
}

size_t model_ksize(struct model *m, uint64_t object)
{
	size_t size = 0;

	return ksize_operation(m, object, &size) == MODEL_DONE ? size : 0;
}
