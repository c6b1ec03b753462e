/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs come from the page allocator and go back there. */
#include "model/slab/slab.h"

static void account(struct model *m, uint64_t s, bool more)
{
	uint64_t pages = UINT64_C(1) << slab_order_of(m, s);
	uint64_t *of = slab_flags_of(m, s) & m->era->flags->reclaim_account
			       ? &m->pages_reclaimable
			       : &m->pages_unreclaimable;

	*of += more ? pages : -pages;
}

static void page_mark(struct model *m, uint64_t page, bool is_slab)
{
	bits_change(m, AT(m, page, slab_flags), is_slab ? m->shape.pg_slab : 0, m->shape.pg_slab);
}

/* Pages of a slab that are marked: each to 3.12, the first since. */
static uint64_t marked_pages(struct model *m, uint64_t s)
{
	return slab_has(m, BUFCTL) ? UINT64_C(1) << slab_order_of(m, s) : 1;
}

/* kmem_getpages(). A node is a wish, unless the caller insists. */
uint64_t slab_pages_make(struct model *m, uint64_t s, uint32_t gfp, int node)
{
	unsigned int order = slab_order_of(m, s);
	bool compound = !slab_has(m, BUFCTL);
	uint64_t page = pages_get(m, node, order, compound);

	if (!page && node != MODEL_ANY_NODE && !(gfp & m->era->gfp->thisnode))
		page = pages_get(m, MODEL_ANY_NODE, order, compound);
	if (!page)
		return 0;
	account(m, s, true);
	for (uint64_t i = 0; i < marked_pages(m, s); i++)
		page_mark(m, page + i * m->shape.page_bytes, true);
	return page;
}

void slab_pages_put(struct model *m, uint64_t s, uint64_t page)
{
	account(m, s, false);
	for (uint64_t i = 0; i < marked_pages(m, s); i++) {
		BUG_IF(m, !(get(m, page + i * m->shape.page_bytes, slab_flags) & m->shape.pg_slab));
		page_mark(m, page + i * m->shape.page_bytes, false);
	}
	/* page_mapcount_reset(), mapping = NULL: the words of active and s_mem, or slab_cache. */
	if (!slab_has(m, BUFCTL)) {
		put(m, page, slab_active, 0xffffffff);
		put(m, page, page_mapping, 0);
	}
	pages_put(m, page, slab_order_of(m, s));
}

/* Where the management of a new slab is; 0: no memory for it. */
static uint64_t management_make(struct model *m, uint64_t s, uint64_t base, uint32_t *offset,
				uint32_t gfp, unsigned int node)
{
	uint32_t bytes = get32(m, AT(m, s, cache_freelist_size));
	uint64_t at = base + *offset;

	if (slab_has(m, NO_FREELIST_CACHE) && off_slab(m, s))
		return slab_kmalloc_node(m, bytes, gfp, (int)node);
	if (off_slab(m, s))
		return slab_alloc_object(m, get64(m, AT(m, s, cache_freelist_cache)), gfp,
					 (int)node);
	if (slab_has(m, ARRAY_AT_END))
		return base + ((uint64_t)MODEL_PAGE << slab_order_of(m, s)) - bytes;
	*offset += bytes;
	return at;
}

/* alloc_slabmgmt() and slab_map_pages() of a struct slab. */
static uint64_t bufctl_slab_make(struct model *m, uint64_t s, uint64_t page, uint32_t offset,
				 uint32_t gfp, unsigned int node)
{
	uint64_t base = slab_base(m, page);
	uint64_t slab = management_make(m, s, base, &offset, gfp, node);

	if (!slab)
		return 0;
	put(m, slab, slab_active, 0);
	put(m, slab, slab_colouroff, offset);
	put(m, slab, slab_s_mem, base + offset);
	put(m, slab, slab_nodeid, node);
	put(m, slab, slab_free, 0);
	for (uint64_t i = 0; i < marked_pages(m, s); i++) {
		uint64_t at = page + i * m->shape.page_bytes;

		put64(m, AT(m, at, page_lru), s);
		put64(m, AT(m, at, page_lru) + 8, slab);
	}
	return slab;
}

static uint64_t page_slab_make(struct model *m, uint64_t s, uint64_t page, uint32_t offset,
			       uint32_t gfp, unsigned int node)
{
	uint64_t base = slab_base(m, page), freelist = 0;

	if (slab_has(m, ARRAY_AT_END)) {
		put(m, page, slab_s_mem, base + offset);
		put(m, page, slab_active, 0);
	}
	if (!objfreelist_slab(m, s)) {
		freelist = management_make(m, s, base, &offset, gfp, node);
		if (!freelist)
			return 0;
	}
	if (!slab_has(m, ARRAY_AT_END)) {
		put(m, page, slab_active, 0);
		put(m, page, slab_s_mem, base + offset);
	}
	put(m, page, slab_cache, s);
	put(m, page, slab_freelist, freelist);
	return page;
}

static uint64_t object_slot(struct model *m, uint64_t s, uint64_t slab, uint32_t i)
{
	return slab_s_mem(m, slab) + (uint64_t)i * slab_stride(m, s);
}

/* Where in random_seq the next slab begins, or its order is made up: in early boot. */
struct shuffle {
	uint64_t seq;
	uint32_t pos, count;
};

static uint32_t shuffle_next(struct model *m, struct shuffle *shuffle)
{
	if (shuffle->pos >= shuffle->count)
		shuffle->pos = 0;
	return get32(m, shuffle->seq + 4 * (uint64_t)shuffle->pos++);
}

static void shuffle_late(struct model *m, uint64_t slab, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		slab_index_set(m, slab, i, i);
	for (uint32_t i = count - 1; i > 0; i--) {
		uint32_t other = (uint32_t)model_below(m, i + 1);
		uint32_t a = slab_index_get(m, slab, i), b = slab_index_get(m, slab, other);

		slab_index_set(m, slab, i, b);
		slab_index_set(m, slab, other, a);
	}
}

/* shuffle_freelist(), 4.8 (c7ce4f60ac19). */
static bool shuffled(struct model *m, uint64_t s, uint64_t slab)
{
	uint32_t num = slab_num(m, s), count = num, host = num - 1;
	struct shuffle shuffle = { .count = num };

	if (!slab_has(m, RANDOM_SEQ) || num < 2)
		return false;
	shuffle.seq = get(m, s, cache_random_seq);
	shuffle.pos = (uint32_t)model_below(m, num);
	if (shuffle.seq && m->nr_freelist_starts) {
		shuffle.pos = *m->freelist_starts++ % num;
		m->nr_freelist_starts--;
	}
	if (objfreelist_slab(m, s)) {
		if (shuffle.seq)
			host = shuffle_next(m, &shuffle);
		put(m, slab, slab_freelist, object_slot(m, s, slab, host) + slab_offset(m, s));
		count--;
	}
	if (!shuffle.seq)
		shuffle_late(m, slab, count);
	for (uint32_t i = 0; shuffle.seq && i < count; i++)
		slab_index_set(m, slab, i, shuffle_next(m, &shuffle));
	if (objfreelist_slab(m, s))
		slab_index_set(m, slab, num - 1, host);
	return true;
}

static void bufctls_init(struct model *m, uint64_t slab, uint32_t num)
{
	for (uint32_t i = 0; i < num; i++)
		slab_index_set(m, slab, i, i + 1);
	slab_index_set(m, slab, num - 1, BUFCTL_END);
}

/* cache_init_objs(). */
static void objects_init(struct model *m, uint64_t s, uint64_t slab)
{
	uint32_t num = slab_num(m, s);

	for (uint32_t i = 0; i < num; i++)
		debug_init_object(m, s, object_slot(m, s, slab, i));
	if (slab_has(m, BUFCTL)) {
		bufctls_init(m, slab, num);
		return;
	}
	if (shuffled(m, s, slab))
		return;
	if (objfreelist_slab(m, s))
		put(m, slab, slab_freelist, object_slot(m, s, slab, num - 1) + slab_offset(m, s));
	for (uint32_t i = 0; i < num; i++)
		slab_index_set(m, slab, i, i);
}

uint64_t slab_make(struct model *m, uint64_t s, uint64_t page, uint32_t offset, uint32_t gfp,
		   unsigned int node)
{
	uint64_t slab;

	slab = slab_has(m, BUFCTL) ? bufctl_slab_make(m, s, page, offset, gfp, node)
				   : page_slab_make(m, s, page, offset, gfp, node);
	if (slab)
		objects_init(m, s, slab);
	else
		slab_pages_put(m, s, page);
	return slab;
}

static void management_put(struct model *m, uint64_t s, uint64_t at)
{
	if (off_slab(m, s))
		slab_free_object(m,
				 slab_has(m, NO_FREELIST_CACHE)
					 ? cache_of_slab_object(m, at)
					 : get64(m, AT(m, s, cache_freelist_cache)),
				 at);
}

/* struct slab_rcu lies over struct slab: head, cachep, addr. */
static void bufctl_slab_destroy(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t base = slab_s_mem(m, slab) - get(m, slab, slab_colouroff), page;

	if (!page_of_virt(m, base, &page))
		model_oops_at(m, MODEL_OOPS_FAULT, slab, "frees the pages of a slab");
	if (slab_flags_of(m, s) & m->era->flags->typesafe_by_rcu) {
		put64(m, slab + 16, s);
		put64(m, slab + 24, base);
		call_rcu(m, slab, "kmem_rcu_free");
		return;
	}
	slab_pages_put(m, s, page);
	management_put(m, s, slab);
}

void slab_destroy(struct model *m, uint64_t s, uint64_t slab)
{
	uint64_t freelist;

	m->doing = "destroys a slab";
	if (slab_has(m, BUFCTL)) {
		bufctl_slab_destroy(m, s, slab);
		return;
	}
	freelist = get(m, slab, slab_freelist);
	if (slab_flags_of(m, s) & m->era->flags->typesafe_by_rcu)
		call_rcu(m, AT(m, slab, slab_rcu_head), "kmem_rcu_free");
	else
		slab_pages_put(m, s, slab);
	/* From here on freelist is not used any more, whoever still reads objects. */
	management_put(m, s, freelist);
}

void slabs_destroy(struct model *m, uint64_t s, uint64_t head)
{
	uint64_t entry, next;

	for (entry = get64(m, head); entry != head; entry = next) {
		next = get64(m, entry);
		list_del(m, entry);
		slab_destroy(m, s, entry - m->shape.slab_link.offset);
	}
}

void slab_rcu_free(struct model *m, uint64_t func, uint64_t head)
{
	uint64_t slab, s, page;

	(void)func;
	if (!slab_has(m, BUFCTL)) {
		slab = head - m->shape.slab_rcu_head.offset;
		slab_pages_put(m, get(m, slab, slab_cache), slab);
		return;
	}
	s = get64(m, head + 16);
	if (!page_of_virt(m, get64(m, head + 24), &page))
		model_oops_at(m, MODEL_OOPS_FAULT, head, "frees the pages of a slab");
	slab_pages_put(m, s, page);
	management_put(m, s, head);
}

/*
 * A list_head on a stack. Nested: emptied slabs free their management to another cache, which may empty one
 * of its own.
 */
#define LIST_HEADS 32

uint64_t slab_list_head(struct model *m)
{
	uint64_t area = this_cpu(m, kernel_symbol(m, "stack_of_slab_lists"));
	uint64_t n = get64(m, area), head = area + 16 + 16 * (n % LIST_HEADS);

	put64_now(m, area, n + 1);
	list_init(m, head);
	return head;
}
