/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slabs come from the page allocator and go back there. */
#include "model/slub/freepointer.h"

static void account(struct model *m, uint64_t s, unsigned int order, bool more)
{
	uint64_t *pages = cache_flags(m, s) & m->era->flags->reclaim_account
				  ? &m->pages_reclaimable
				  : &m->pages_unreclaimable;

	*pages += more ? UINT64_C(1) << order : -(UINT64_C(1) << order);
}

static void slab_mark(struct model *m, uint64_t slab, bool is_slab)
{
	if (has(m, PAGE_TYPE)) {
		put(m, slab, page_type, is_slab ? m->shape.page_is_slab : m->shape.page_no_type);
		return;
	}
	bits_change(m, AT(m, slab, slab_flags), is_slab ? m->shape.pg_slab : 0, m->shape.pg_slab);
}

static void pfmemalloc_mark(struct model *m, uint64_t slab, bool on)
{
	uint64_t bit = m->shape.pg_pfmemalloc;

	if (!!(get(m, slab, slab_flags) & bit) != on)
		bits_change(m, AT(m, slab, slab_flags), on ? bit : 0, bit);
}

/*
 * alloc_slab_page(): a node is a wish, unless the caller insists. From 5.17 on it marks the page.
 */
static uint64_t slab_pages_get(struct model *m, uint64_t oo, uint32_t gfp, int node)
{
	uint64_t slab = pages_get(m, node, oo_order(oo), true);

	if (!slab && node != MODEL_ANY_NODE && !(gfp & model_gfp(m)->thisnode))
		slab = pages_get(m, MODEL_ANY_NODE, oo_order(oo), true);
	if (!slab || !has(m, STRUCT_SLAB))
		return slab;
	slab_mark(m, slab, true);
	pfmemalloc_mark(m, slab, m->reserves);
	return slab;
}

static void setup_object(struct model *m, uint64_t s, uint64_t object)
{
	/* A constructor writes to the object; what, is up to its owner. */
	setup_object_debug(m, s, object);
}

void slab_iterator_begin(struct model *m, uint64_t s, uint64_t slab, struct slab_iterator *it)
{
	unsigned int objects = slab_objects(m, slab);
	uint64_t seq = has(m, RANDOM_SEQ) ? get(m, s, cache_random_seq) : 0;

	*it = (struct slab_iterator){ .size = cache_size(m, s) };
	it->start = fixup_red_left(m, s, slab_base(m, slab));
	it->next_linear = it->start;
	if (objects < 2 || !seq)
		return;
	it->count = oo_objects(cache_oo(m, s));
	it->limit = (uint64_t)objects * it->size;
	it->pos = model_below(m, it->count);
	if (m->nr_freelist_starts) {
		it->pos = *m->freelist_starts++ % it->count;
		m->nr_freelist_starts--;
	}
}

/* next_freelist_entry(): offsets of a slab of the usual order; a smaller one skips the others. */
static uint64_t shuffled_next(struct model *m, uint64_t s, struct slab_iterator *it)
{
	uint64_t seq = get(m, s, cache_random_seq), offset;

	do {
		offset = get32(m, seq + 4 * it->pos);
		if (++it->pos >= it->count)
			it->pos = 0;
	} while (offset >= it->limit);
	return it->start + offset;
}

uint64_t slab_iterator_next(struct model *m, uint64_t s, struct slab_iterator *it)
{
	uint64_t object = it->next_linear;

	if (it->count)
		object = shuffled_next(m, s, it);
	else
		it->next_linear += it->size;
	setup_object(m, s, object);
	return object;
}

void build_slab_freelist(struct model *m, uint64_t s, uint64_t slab, unsigned int nr,
			 struct slab_iterator *it)
{
	/* Until 4.19 a list in order of addresses got its head when it was done. */
	bool late = !it->count && !has(m, SLOT_MIDDLE);
	uint64_t head = nr ? slab_iterator_next(m, s, it) : 0, object = head, next;

	if (!late)
		put(m, slab, slab_freelist, head);
	if (nr) {
		while (--nr) {
			next = slab_iterator_next(m, s, it);
			freepointer_store(m, s, object, next);
			object = next;
		}
		freepointer_store(m, s, object, 0);
	}
	if (late)
		put(m, slab, slab_freelist, head);
}

/* The freelist of all objects: in random order since 4.8 (210e7a43fa90). */
static void freelist_make(struct model *m, uint64_t s, uint64_t slab)
{
	struct slab_iterator it;

	/* From 7.2 on only of what is left when the first objects have been taken. */
	if (has(m, LAZY_LIST))
		return;
	slab_iterator_begin(m, s, slab, &it);
	build_slab_freelist(m, s, slab, slab_objects(m, slab), &it);
}

static void counters_init(struct model *m, uint64_t slab, unsigned int objects)
{
	put(m, slab, slab_counters, counters_make(slab_counters(m, slab), 0, objects, false));
}

/* Until 6.0 a new slab belongs to its CPU from the start. */
static void freeze_new(struct model *m, uint64_t slab)
{
	unsigned int objects = slab_objects(m, slab);

	put(m, slab, slab_counters, counters_make(slab_counters(m, slab), objects, objects, true));
}

/* 5.17 and later: the page is marked by now. */
static void slab_setup(struct model *m, uint64_t s, uint64_t slab, uint64_t oo)
{
	counters_init(m, slab, oo_objects(oo));
	if (has(m, LAZY_LIST))
		put(m, slab, slab_freelist, 0);
	account(m, s, oo_order(oo), true);
	put(m, slab, slab_cache, s);
	setup_slab_debug(m, s, slab_base(m, slab), oo_order(oo));
	if (has(m, SHEAVES_ALL))
		memcg_vector_early(m, s, slab);
	freelist_make(m, s, slab);
	if (!has(m, NEW_UNFROZEN))
		freeze_new(m, slab);
}

/* Before, slab_cache was set first, and the slab was counted here: at the beginning in 3.13, later
 * at the end. */
static void page_setup(struct model *m, uint64_t s, uint64_t slab, uint64_t oo)
{
	bool early = !has(m, PAGE_REWORK);

	counters_init(m, slab, oo_objects(oo));
	account(m, s, oo_order(oo), true);
	if (early)
		inc_slabs_node(m, s, slab_nid(m, slab), oo_objects(oo));
	put(m, slab, slab_cache, s);
	slab_mark(m, slab, true);
	pfmemalloc_mark(m, slab, m->reserves);
	setup_slab_debug(m, s, slab_base(m, slab), oo_order(oo));
	freelist_make(m, s, slab);
	freeze_new(m, slab);
	if (!early)
		inc_slabs_node(m, s, slab_nid(m, slab), oo_objects(oo));
}

static uint64_t allocate_slab(struct model *m, uint64_t s, uint32_t gfp, int node)
{
	uint64_t oo = cache_oo(m, s);
	uint64_t slab = slab_pages_get(m, oo, gfp, node);

	if (!slab) {
		oo = get(m, s, cache_min);
		slab = slab_pages_get(m, oo, gfp, node);
	}
	if (!slab)
		return 0;
	if (has(m, STRUCT_SLAB))
		slab_setup(m, s, slab, oo);
	else
		page_setup(m, s, slab, oo);
	return slab;
}

uint64_t new_slab(struct model *m, uint64_t s, uint32_t gfp, int node)
{
	uint64_t slab;

	slab = allocate_slab(m, s, gfp_fix(m, s, gfp), node);
	if (slab)
		note(m, MODEL_NOTE_NEW_SLAB, slab, 0);
	return slab;
}

static void slab_release(struct model *m, uint64_t s, uint64_t slab)
{
	unsigned int order = compound_order(m, slab);

	/* From 6.8 on the checks were made before the grace period. */
	if (!has(m, UNFROZEN_PARTIAL))
		free_slab_debug(m, s, slab);
	pfmemalloc_mark(m, slab, false);
	/* The mark goes last since 6.9: then nobody sees a slab without a cache. */
	if (has(m, FLAG_ENUM))
		put(m, slab, page_mapping, 0);
	slab_mark(m, slab, false);
	if (!has(m, FLAG_ENUM))
		put(m, slab, page_mapping, 0);
	account(m, s, order, false);
	memcg_free_vector(m, s, slab);
	pages_put(m, slab, order);
}

void rcu_free_slab(struct model *m, uint64_t head)
{
	uint64_t slab = head - m->shape.slab_rcu_head.offset;

	slab_release(m, get(m, slab, slab_cache), slab);
}

void free_slab(struct model *m, uint64_t s, uint64_t slab)
{
	if (has(m, UNFROZEN_PARTIAL))
		free_slab_debug(m, s, slab);
	if (cache_flags(m, s) & m->era->flags->typesafe_by_rcu)
		call_rcu(m, AT(m, slab, slab_rcu_head), "rcu_free_slab");
	else
		slab_release(m, s, slab);
}

void discard_slab(struct model *m, uint64_t s, uint64_t slab)
{
	dec_slabs_node(m, s, slab_nid(m, slab), slab_objects(m, slab));
	free_slab(m, s, slab);
}
