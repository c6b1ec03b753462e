/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/slab/census.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/slab/census_read.h"
#include "model/slab/slab.h"

#define CACHES_MAX 256
#define SLABS_MAX 65536

void census_trouble(struct slab_census *c, const char *format, ...)
{
	va_list args;

	if (c->trouble[0])
		return;
	va_start(args, format);
	vsnprintf(c->trouble, sizeof(c->trouble), format, args);
	va_end(args);
}

/* Little-endian words; what is not there is all ones, which nothing legal is. */
static uint64_t word(struct slab_census *c, uint64_t addr, uint32_t size)
{
	uint64_t value = 0;

	if (size && size <= 8 && model_peek(c->model, addr, &value, size))
		return value;
	if (size)
		census_trouble(c, "nothing at 0x%llx", (unsigned long long)addr);
	return UINT64_MAX;
}

#define WORD(c, base, member) \
	word((c), (base) + (c)->model->shape.member.offset, (c)->model->shape.member.size)
#define WORD_IF(c, base, member) ((c)->model->shape.member.size ? WORD(c, base, member) : 0)

static void *more(struct slab_census *c, void *old, size_t nr, size_t size)
{
	void *grown = realloc(old, (nr + 1) * size);

	if (!grown) {
		c->no_memory = true;
		return NULL;
	}
	memset((char *)grown + nr * size, 0, size);
	return grown;
}

/* Arrays. */

static void array_take(struct slab_census *c, struct slab_census_cache *cache,
		       const struct census_array *start)
{
	struct census_array *arrays, *a;

	arrays = more(c, cache->arrays, cache->nr_arrays, sizeof(*arrays));
	if (!arrays)
		return;
	cache->arrays = arrays;
	a = &arrays[cache->nr_arrays++];
	*a = *start;
	a->avail = (uint32_t)WORD(c, a->ac, ac_avail);
	a->limit = (uint32_t)WORD(c, a->ac, ac_limit);
	a->batchcount = (uint32_t)WORD(c, a->ac, ac_batchcount);
	a->touched = (uint32_t)WORD(c, a->ac, ac_touched);
	a->entries = a->ac + c->model->shape.array_bytes;
	a->nr = a->avail < a->limit ? a->avail : a->limit;
	if (a->nr > 4096)
		a->nr = 4096;
	a->objects = calloc(a->nr + 1, sizeof(*a->objects));
	if (!a->objects) {
		c->no_memory = true;
		a->nr = 0;
	}
	for (uint32_t i = 0; i < a->nr; i++)
		a->objects[i] = word(c, a->entries + 8 * (uint64_t)i, 8);
}

static void cpu_arrays_take(struct slab_census *c, struct slab_census_cache *cache)
{
	const struct model_shape *shape = &c->model->shape;

	for (unsigned int cpu = 0; cpu < c->nr_cpus; cpu++) {
		struct census_array a = {
			.kind = SLAB_ARRAY_OF_CPU, .cpu = (int)cpu, .node = -1, .of = -1
		};

		if (shape->cache_cpu_cache.size) {
			a.ac = WORD(c, cache->cache, cache_cpu_cache) + c->model->cpu_offset[cpu];
		} else {
			a.slot = cache->cache + shape->cache_array.offset + 8 * (uint64_t)cpu;
			a.ac = word(c, a.slot, 8);
		}
		a.holder = a.ac;
		if (a.ac)
			array_take(c, cache, &a);
	}
}

static void node_arrays_take(struct slab_census *c, struct slab_census_cache *cache, int node)
{
	const struct slab_census_node *n = &cache->nodes[node];
	const struct model_shape *shape = &c->model->shape;
	struct census_array a = { .kind = SLAB_ARRAY_SHARED_OF, .cpu = -1, .node = node, .of = -1 };

	a.slot = n->n + shape->l3_shared.offset;
	a.ac = a.holder = n->shared;
	if (a.ac)
		array_take(c, cache, &a);
	for (unsigned int of = 0; n->alien && of < c->nr_nodes; of++) {
		a.kind = SLAB_ARRAY_ALIEN_OF;
		a.of = (int)of;
		a.slot = n->alien + 8 * (uint64_t)of;
		a.holder = word(c, a.slot, 8);
		a.ac = a.holder + shape->alien_ac.offset;
		if (a.holder)
			array_take(c, cache, &a);
	}
}

/* Free objects of a slab. */

uint64_t slab_census_index_at(const struct slab_census *c, const struct slab_census_cache *cache,
			      const struct slab_census_slab *slab, uint32_t i)
{
	if (c->model->shape.slab_colouroff.size)
		return slab->slab + 48 + 4 * (uint64_t)i;
	return slab->freelist + cache->index_bytes * (uint64_t)i;
}

static bool free_add(const struct slab_census_cache *cache, struct slab_census_slab *slab,
		     uint32_t index)
{
	if (index >= cache->num || slab->where[index] & IS_FREE)
		return false;
	slab->where[index] |= IS_FREE;
	slab->order_of[slab->nr_free++] = index;
	return true;
}

static void chain_take(struct slab_census *c, const struct slab_census_cache *cache,
		       struct slab_census_slab *slab)
{
	uint32_t i = slab->free;

	while (i != 0xffffffff && free_add(cache, slab, i))
		i = (uint32_t)word(c, slab_census_index_at(c, cache, slab, i), 4);
	slab->chain_ends = i == 0xffffffff;
}

static void indices_take(struct slab_census *c, const struct slab_census_cache *cache,
			 struct slab_census_slab *slab)
{
	slab->chain_ends = slab->used <= cache->num;
	for (uint32_t i = slab->used; slab->chain_ends && i < cache->num; i++)
		if (!free_add(cache, slab,
			      (uint32_t)word(c, slab_census_index_at(c, cache, slab, i),
					     cache->index_bytes)))
			slab->chain_ends = false;
}

static void slab_take(struct slab_census *c, struct slab_census_cache *cache,
		      struct slab_census_slab *slab)
{
	const struct model *m = c->model;
	bool old = m->shape.slab_colouroff.size != 0;

	slab->s_mem = WORD(c, slab->slab, slab_s_mem);
	slab->used = (uint32_t)WORD(c, slab->slab, slab_active);
	slab->colouroff = WORD_IF(c, slab->slab, slab_colouroff);
	slab->free = (uint32_t)WORD_IF(c, slab->slab, slab_free);
	slab->nodeid = old ? (int)WORD(c, slab->slab, slab_nodeid) : -1;
	slab->freelist = old ? 0 : WORD(c, slab->slab, slab_freelist);
	slab->base =
		old ? slab->s_mem - slab->colouroff
		    : m->direct_map + (slab->slab - m->memmap) / m->shape.page_bytes * MODEL_PAGE;
	slab->page = m->memmap + (slab->base - m->direct_map) / MODEL_PAGE * m->shape.page_bytes;
	slab->order_of = calloc(cache->num + 1, sizeof(*slab->order_of));
	slab->where = calloc(cache->num + 1, 1);
	if (!slab->order_of || !slab->where)
		c->no_memory = true;
	else if (old)
		chain_take(c, cache, slab);
	else
		indices_take(c, cache, slab);
}

/* Lists of a node. */

static void list_take(struct slab_census *c, struct slab_census_cache *cache, int node,
		      enum slab_list_kind list, uint64_t head)
{
	uint64_t entry = word(c, head, 8), prev = head;

	for (unsigned int position = 0; entry != head && entry != UINT64_MAX; position++) {
		struct slab_census_slab *slabs;

		if (cache->nr_slabs == SLABS_MAX || word(c, entry + 8, 8) != prev) {
			census_trouble(c, "%s, node %d: a list of slabs is not whole at 0x%llx",
				       cache->name, node, (unsigned long long)entry);
			return;
		}
		slabs = more(c, cache->slabs, cache->nr_slabs, sizeof(*slabs));
		if (!slabs)
			return;
		cache->slabs = slabs;
		slabs[cache->nr_slabs] = (struct slab_census_slab){
			.slab = entry - c->model->shape.slab_link.offset,
			.list = list,
			.node = node,
			.position = position,
		};
		slab_take(c, cache, &slabs[cache->nr_slabs++]);
		cache->nodes[node].listed[list]++;
		prev = entry;
		entry = word(c, entry, 8);
	}
}

static void node_take(struct slab_census *c, struct slab_census_cache *cache, int node)
{
	struct slab_census_node *n = &cache->nodes[node];
	const struct model_shape *shape = &c->model->shape;
	uint64_t first = cache->cache + shape->cache_nodes.offset;

	if (shape->cache_array.offset > shape->cache_nodes.offset)
		first = word(c, first, 8);
	n->slot = first + 8 * (uint64_t)node;
	n->n = word(c, n->slot, 8);
	if (!n->n || n->n == UINT64_MAX)
		return;
	n->free_objects = WORD(c, n->n, l3_free_objects);
	n->total_slabs = WORD_IF(c, n->n, l3_total_slabs);
	n->free_slabs = WORD_IF(c, n->n, l3_free_slabs);
	n->free_limit = (uint32_t)WORD(c, n->n, l3_free_limit);
	n->colour_next = (uint32_t)WORD(c, n->n, l3_colour_next);
	n->shared = WORD(c, n->n, l3_shared);
	n->alien = WORD(c, n->n, l3_alien);
	list_take(c, cache, node, SLAB_LIST_PARTIAL, n->n + shape->l3_partial.offset);
	list_take(c, cache, node, SLAB_LIST_FULL, n->n + shape->l3_full.offset);
	list_take(c, cache, node, SLAB_LIST_FREE, n->n + shape->l3_free.offset);
	node_arrays_take(c, cache, node);
}

/* Caches. */

static void name_take(struct slab_census *c, struct slab_census_cache *cache)
{
	for (size_t i = 0; i + 1 < sizeof(cache->name); i++)
		if (!model_peek(c->model, cache->name_addr + i, &cache->name[i], 1) ||
		    !cache->name[i]) {
			cache->name[i] = '\0';
			return;
		}
}

static void members_take(struct slab_census *c, struct slab_census_cache *cache)
{
	uint64_t s = cache->cache;

	cache->flags = WORD(c, s, cache_flags);
	cache->name_addr = WORD(c, s, cache_name);
	cache->ctor = WORD(c, s, cache_ctor);
	cache->size = (uint32_t)WORD(c, s, cache_stride);
	cache->num = (uint32_t)WORD(c, s, cache_num);
	cache->order = (uint32_t)WORD(c, s, cache_gfporder);
	cache->colour = (uint32_t)WORD(c, s, cache_colour);
	cache->colour_off = (uint32_t)WORD(c, s, cache_colour_off);
	cache->freelist_size = (uint32_t)WORD(c, s, cache_freelist_size);
	cache->freelist_cache = WORD_IF(c, s, cache_freelist_cache);
	cache->limit = (uint32_t)WORD(c, s, cache_limit);
	cache->batchcount = (uint32_t)WORD(c, s, cache_batchcount);
	cache->shared = (uint32_t)WORD(c, s, cache_shared);
	cache->reciprocal = WORD(c, s, cache_reciprocal);
	cache->obj_offset = (uint32_t)WORD_IF(c, s, cache_obj_offset);
	cache->object_size = (uint32_t)WORD_IF(c, s, cache_user_size);
	cache->random_seq = WORD_IF(c, s, cache_random_seq);
	cache->refcount = (int32_t)WORD_IF(c, s, cache_refcount);
	name_take(c, cache);
	cache->management = cache->flags & 0x80000000 ? SLAB_OFF : SLAB_ON;
	if (c->model->own & SLAB_HAS(ARRAY_AT_END) && cache->flags & 0x40000000)
		cache->management = SLAB_IN_OBJECT;
	cache->index_bytes = c->model->own & SLAB_HAS(BYTE_INDEX) ? 1 : 4;
}

static void cache_take(struct slab_census *c, uint64_t s)
{
	struct slab_census_cache *caches, *cache;

	caches = more(c, c->caches, c->nr_caches, sizeof(*caches));
	if (!caches)
		return;
	c->caches = caches;
	cache = &caches[c->nr_caches++];
	cache->cache = s;
	members_take(c, cache);
	cache->nodes = calloc(c->nr_nodes, sizeof(*cache->nodes));
	if (!cache->nodes) {
		c->no_memory = true;
		return;
	}
	if (!cache->num || cache->num > 65536 || !cache->size || cache->order > 10) {
		census_trouble(c, "%s: num %u, size %u, order %u", cache->name, cache->num,
			       cache->size, cache->order);
		return;
	}
	cpu_arrays_take(c, cache);
	for (unsigned int node = 0; node < c->nr_nodes; node++)
		node_take(c, cache, (int)node);
}

/* What is in arrays. Only now all slabs are known, and their places in memory. */
static void cached_take(struct slab_census *c, struct slab_census_cache *cache,
			const struct census_array *a)
{
	for (uint32_t i = 0; i < a->nr; i++) {
		struct slab_census_cache *of = NULL;
		struct slab_census_slab *slab = slab_census_find(c, a->objects[i], &of);
		int index =
			slab && of == cache ? slab_census_index(cache, slab, a->objects[i]) : -1;

		if (index < 0 || slab->where[index]) {
			census_trouble(c, "%s: entry %u of an array, 0x%llx, is %s", cache->name, i,
				       (unsigned long long)a->objects[i],
				       index < 0 ? "not an object" : "free twice");
			continue;
		}
		slab->where[index] |= IS_CACHED;
		slab->cached++;
	}
}

struct slab_census *slab_census_take(struct model *m)
{
	struct slab_census *c = calloc(1, sizeof(*c));
	uint64_t entry;

	if (!c)
		return NULL;
	c->model = m;
	c->nr_cpus = m->nr_cpus;
	c->nr_nodes = m->nr_nodes;
	entry = word(c, m->slab_caches, 8);
	while (entry != m->slab_caches && entry != UINT64_MAX && c->nr_caches < CACHES_MAX) {
		cache_take(c, entry - m->shape.cache_link.offset);
		entry = word(c, entry, 8);
	}
	if (entry != m->slab_caches)
		census_trouble(c, "the list of caches has no end");
	for (size_t i = 0; i < c->nr_caches; i++)
		for (size_t a = 0; a < c->caches[i].nr_arrays; a++)
			cached_take(c, &c->caches[i], &c->caches[i].arrays[a]);
	if (!c->no_memory)
		return c;
	slab_census_free(c);
	return NULL;
}

void slab_census_free(struct slab_census *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->nr_caches; i++) {
		struct slab_census_cache *cache = &c->caches[i];

		for (size_t n = 0; n < cache->nr_slabs; n++) {
			free(cache->slabs[n].order_of);
			free(cache->slabs[n].where);
		}
		for (size_t n = 0; n < cache->nr_arrays; n++)
			free(cache->arrays[n].objects);
		free(cache->slabs);
		free(cache->arrays);
		free(cache->nodes);
	}
	free(c->caches);
	free(c);
}

struct slab_census_cache *slab_census_cache_at(const struct slab_census *c, uint64_t cache)
{
	for (size_t i = 0; i < c->nr_caches; i++)
		if (c->caches[i].cache == cache)
			return &c->caches[i];
	return NULL;
}

struct slab_census_slab *slab_census_find(const struct slab_census *c, uint64_t addr,
					  struct slab_census_cache **cache)
{
	for (size_t i = 0; i < c->nr_caches; i++) {
		struct slab_census_cache *of = &c->caches[i];

		for (size_t n = 0; n < of->nr_slabs; n++)
			if (addr - of->slabs[n].base < (uint64_t)MODEL_PAGE << of->order) {
				*cache = of;
				return &of->slabs[n];
			}
	}
	return NULL;
}

int slab_census_index(const struct slab_census_cache *cache, const struct slab_census_slab *slab,
		      uint64_t slot)
{
	uint64_t off = slot - slab->s_mem;

	return off % cache->size || off / cache->size >= cache->num ? -1 : (int)(off / cache->size);
}

/* Whether a store touched [addr, addr + len). */
static bool touched(const struct model_change *changes, size_t nr, uint64_t addr, uint64_t len)
{
	for (size_t i = 0; i < nr; i++)
		if (changes[i].addr < addr + len && addr < changes[i].addr + changes[i].len)
			return true;
	return false;
}

static void cache_mark(struct slab_census *c, struct slab_census_cache *cache,
		       const struct model_change *changes, size_t nr)
{
	const struct model_shape *shape = &c->model->shape;

	cache->busy |= touched(changes, nr, cache->cache, shape->cache_bytes);
	for (unsigned int i = 0; i < c->nr_nodes; i++)
		cache->busy |= cache->nodes[i].n &&
			       touched(changes, nr, cache->nodes[i].n, shape->list3_bytes);
	for (size_t i = 0; i < cache->nr_arrays; i++) {
		struct census_array *a = &cache->arrays[i];

		a->busy = touched(changes, nr, a->holder,
				  a->entries - a->holder + 8 * (uint64_t)a->limit);
		cache->busy |= a->busy;
	}
	for (size_t i = 0; i < cache->nr_slabs; i++) {
		struct slab_census_slab *s = &cache->slabs[i];

		s->busy = touched(changes, nr, s->page,
				  (uint64_t)shape->page_bytes << cache->order) ||
			  touched(changes, nr, s->base, (uint64_t)MODEL_PAGE << cache->order) ||
			  touched(changes, nr, s->slab, 48) ||
			  touched(changes, nr, slab_census_index_at(c, cache, s, 0),
				  (uint64_t)cache->index_bytes * cache->num);
		cache->busy |= s->busy;
	}
}

void slab_census_mark(struct slab_census *c, const struct model_change *changes, size_t nr)
{
	for (size_t i = 0; i < c->nr_caches; i++)
		cache_mark(c, &c->caches[i], changes, nr);
}
