/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a heap at rest agrees with itself: the invariants of mm/slab.c, each as its source implies it. */
#include <string.h>

#include "model/slab/census_read.h"
#include "model/slab/slab.h"

#define MUST(c, cache, condition, what, ...)                                            \
	do {                                                                            \
		if (!(condition))                                                       \
			census_trouble((c), "%s: " what, (cache)->name, ##__VA_ARGS__); \
	} while (0)

static bool has_own(const struct slab_census *c, uint64_t features)
{
	return (c->model->own & features) != 0;
}

/* To 3.13 rounded up in 32 bits; then a multiplier and two shifts. */
static uint64_t reciprocal(const struct slab_census *c, uint64_t size)
{
	unsigned int bits = 0;
	uint64_t multiplier;

	if (!has_own(c, SLAB_HAS(RECIPROCAL_PAIR)))
		return ((UINT64_C(1) << 32) + size - 1) / size;
	while (UINT64_C(1) << bits < size)
		bits++;
	multiplier = (((UINT64_C(1) << bits) - size) << 32) / size + 1;
	return multiplier | (uint64_t)(bits != 0) << 32 | (uint64_t)(bits ? bits - 1 : 0) << 40;
}

/* The sizes of a cache. */
static void geometry_check(struct slab_census *c, const struct slab_census_cache *cache)
{
	uint64_t slab = (uint64_t)MODEL_PAGE << cache->order, objects;
	uint32_t indices = cache->num * cache->index_bytes;

	objects = (uint64_t)cache->num * cache->size;
	MUST(c, cache, objects <= slab, "%u objects of %u bytes in %llu", cache->num, cache->size,
	     (unsigned long long)slab);
	MUST(c, cache, cache->reciprocal == reciprocal(c, cache->size), "reciprocal 0x%llx of %u",
	     (unsigned long long)cache->reciprocal, cache->size);
	MUST(c, cache, cache->size % 8 == 0, "size %u", cache->size);
	if (has_own(c, SLAB_HAS(BUFCTL)))
		indices += 48;
	MUST(c, cache, cache->freelist_size >= indices, "management of %u bytes for %u objects",
	     cache->freelist_size, cache->num);
	if (cache->management == SLAB_ON)
		MUST(c, cache,
		     objects + cache->freelist_size +
				     (uint64_t)(cache->colour ? cache->colour : 1) *
					     cache->colour_off -
				     cache->colour_off <=
			     slab,
		     "colours reach out of the slab");
	MUST(c, cache, cache->batchcount && cache->batchcount <= cache->limit,
	     "batchcount %u of %u", cache->batchcount, cache->limit);
}

/* s_mem has one of the colours; the management is where its kind says. */
static void place_check(struct slab_census *c, const struct slab_census_cache *cache,
			const struct slab_census_slab *s)
{
	uint64_t slab = (uint64_t)MODEL_PAGE << cache->order, k = s->s_mem - s->base, at = k;
	struct slab_census_cache *of = NULL;
	struct slab_census_slab *home;
	bool old = has_own(c, SLAB_HAS(BUFCTL)), late = has_own(c, SLAB_HAS(ARRAY_AT_END));

	if (cache->management == SLAB_ON && !late)
		at -= cache->freelist_size;
	MUST(c, cache,
	     at % cache->colour_off == 0 && (at == 0 || at / cache->colour_off < cache->colour),
	     "slab 0x%llx begins at %llu", (unsigned long long)s->slab, (unsigned long long)k);
	if (cache->management == SLAB_OFF) {
		home = slab_census_find(c, old ? s->slab : s->freelist, &of);
		MUST(c, cache,
		     home && slab_census_index(of, home,
					       (old ? s->slab : s->freelist) - of->obj_offset) >= 0,
		     "the management of slab 0x%llx is not an object", (unsigned long long)s->slab);
	} else if (cache->management == SLAB_ON && old) {
		MUST(c, cache, s->slab == s->base + at, "struct slab of 0x%llx",
		     (unsigned long long)s->slab);
	} else if (cache->management == SLAB_ON) {
		MUST(c, cache,
		     s->freelist == (late ? s->base + slab - cache->freelist_size : s->base + at),
		     "freelist of 0x%llx is 0x%llx", (unsigned long long)s->slab,
		     (unsigned long long)s->freelist);
	}
}

/* The indices of a slab lie in a free object of it, which is the last one to be taken. */
static void host_check(struct slab_census *c, const struct slab_census_cache *cache,
		       const struct slab_census_slab *s)
{
	uint64_t host;

	if (cache->management != SLAB_IN_OBJECT)
		return;
	if (s->used == cache->num) {
		MUST(c, cache, !s->freelist, "a full slab has freelist 0x%llx",
		     (unsigned long long)s->freelist);
		return;
	}
	host = slab_census_slot(cache, s, s->order_of[s->nr_free ? s->nr_free - 1 : 0]) +
	       cache->obj_offset;
	MUST(c, cache, s->nr_free && s->freelist == host, "the host of slab 0x%llx is 0x%llx",
	     (unsigned long long)s->slab, (unsigned long long)s->freelist);
}

/* The pages lead to cache and slab, and are marked. */
static void pages_check(struct slab_census *c, const struct slab_census_cache *cache,
			const struct slab_census_slab *s)
{
	const struct model_shape *shape = &c->model->shape;
	bool old = has_own(c, SLAB_HAS(BUFCTL));

	for (uint64_t i = 0; i < (old ? UINT64_C(1) << cache->order : 1); i++) {
		uint64_t page = s->page + i * shape->page_bytes, words[2] = { 0, 0 }, flags = 0;

		model_peek(c->model, page + shape->slab_flags.offset, &flags, 8);
		if (old)
			model_peek(c->model, page + shape->page_lru.offset, words, 16);
		else
			model_peek(c->model, page + shape->slab_cache.offset, words, 8);
		MUST(c, cache, flags & shape->pg_slab, "page %llu of slab 0x%llx is not marked",
		     (unsigned long long)i, (unsigned long long)s->slab);
		MUST(c, cache, words[0] == cache->cache && (!old || words[1] == s->slab),
		     "page %llu of slab 0x%llx leads elsewhere", (unsigned long long)i,
		     (unsigned long long)s->slab);
	}
}

static void slab_check(struct slab_census *c, const struct slab_census_cache *cache,
		       struct slab_census_slab *s)
{
	static const char *const names[] = { "partial", "full", "free" };
	enum slab_list_kind list = !s->used		   ? SLAB_LIST_FREE
				   : s->used == cache->num ? SLAB_LIST_FULL
							   : SLAB_LIST_PARTIAL;

	MUST(c, cache, s->used <= cache->num, "%u of %u used", s->used, cache->num);
	MUST(c, cache, s->list == list, "a slab with %u of %u used is on the %s list", s->used,
	     cache->num, names[s->list]);
	MUST(c, cache, s->chain_ends && s->nr_free == cache->num - s->used,
	     "slab 0x%llx: %u objects are free, %u used", (unsigned long long)s->slab, s->nr_free,
	     s->used);
	MUST(c, cache, s->cached <= s->used, "slab 0x%llx: %u cached, %u used",
	     (unsigned long long)s->slab, s->cached, s->used);
	MUST(c, cache, s->nodeid < 0 || s->nodeid == s->node, "slab 0x%llx: node %d",
	     (unsigned long long)s->slab, s->nodeid);
	MUST(c, cache, (int)page_node(c->model, s->page) == s->node,
	     "slab 0x%llx is on the list of node %d", (unsigned long long)s->slab, s->node);
	place_check(c, cache, s);
	host_check(c, cache, s);
	pages_check(c, cache, s);
	cache->nodes[s->node].spare += cache->num - s->used;
}

static void array_check(struct slab_census *c, const struct slab_census_cache *cache,
			const struct census_array *a)
{
	uint32_t limit = cache->limit;
	int node = a->kind == SLAB_ARRAY_OF_CPU ? (int)c->model->cpu_home[a->cpu] : a->node;

	if (a->kind == SLAB_ARRAY_SHARED_OF)
		limit = cache->shared * cache->batchcount;
	/* Alien arrays keep the limit that they were made with. */
	if (a->kind == SLAB_ARRAY_ALIEN_OF) {
		MUST(c, cache, a->limit == 12 || a->limit == 1, "alien limit %u", a->limit);
		limit = a->limit;
		node = a->of;
	}
	MUST(c, cache, a->limit == limit && a->avail <= a->limit, "avail %u, limit %u, not %u",
	     a->avail, a->limit, limit);
	MUST(c, cache,
	     a->batchcount == (a->kind == SLAB_ARRAY_OF_CPU ? cache->batchcount : 0xbaadf00d),
	     "batchcount 0x%x", a->batchcount);
	MUST(c, cache, a->touched <= 1, "touched %u", a->touched);
	for (uint32_t i = 0; i < a->nr; i++) {
		struct slab_census_cache *of = NULL;
		const struct slab_census_slab *s = slab_census_find(c, a->objects[i], &of);

		MUST(c, cache, s && (c->nr_nodes == 1 || s->node == node),
		     "entry %u of an array of node %d is of node %d", i, node, s ? s->node : -1);
	}
}

static void nodes_check(struct slab_census *c, const struct slab_census_cache *cache)
{
	for (unsigned int i = 0; i < c->nr_nodes; i++) {
		const struct slab_census_node *n = &cache->nodes[i];
		size_t slabs = n->listed[0] + n->listed[1] + n->listed[2];

		MUST(c, cache, n->n, "no node %u", i);
		MUST(c, cache, n->free_objects == n->spare, "node %u: %llu free objects, not %llu",
		     i, (unsigned long long)n->spare, (unsigned long long)n->free_objects);
		if (!has_own(c, SLAB_HAS(SLAB_COUNTS)))
			continue;
		MUST(c, cache,
		     n->total_slabs == slabs && n->free_slabs == n->listed[SLAB_LIST_FREE],
		     "node %u: %zu slabs, %zu free, not %llu and %llu", i, slabs,
		     n->listed[SLAB_LIST_FREE], (unsigned long long)n->total_slabs,
		     (unsigned long long)n->free_slabs);
	}
}

/* Each marked page that is not waiting for a grace period is on a list: pages and slabs agree in number. */
static void coverage_check(struct slab_census *c)
{
	const struct model *m = c->model;
	uint64_t marked = 0, listed = 0, flags;

	for (uint64_t i = 0; i < m->frames; i++) {
		flags = 0;
		model_peek(c->model,
			   m->memmap + (m->first_frame + i) * m->shape.page_bytes +
				   m->shape.slab_flags.offset,
			   &flags, 8);
		marked += (flags & m->shape.pg_slab) != 0;
	}
	for (size_t i = 0; i < c->nr_caches; i++)
		listed += c->caches[i].nr_slabs
			  << (has_own(c, SLAB_HAS(BUFCTL)) ? c->caches[i].order : 0);
	if (!m->nr_rcu && marked != listed)
		census_trouble(c, "%llu pages are marked, %llu on lists",
			       (unsigned long long)marked, (unsigned long long)listed);
}

const char *slab_census_check(struct slab_census *c)
{
	for (size_t i = 0; i < c->nr_caches && !c->trouble[0]; i++) {
		struct slab_census_cache *cache = &c->caches[i];

		geometry_check(c, cache);
		for (size_t n = 0; n < cache->nr_slabs; n++)
			slab_check(c, cache, &cache->slabs[n]);
		for (size_t n = 0; n < cache->nr_arrays; n++)
			array_check(c, cache, &cache->arrays[n]);
		nodes_check(c, cache);
	}
	coverage_check(c);
	return c->trouble[0] ? c->trouble : NULL;
}
