/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what the allocator left in memory. Never calls it: whoever checks must not be checked. */
#include "model/slub/census.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/slab.h"
#include "model/machine/machine.h"

/* More than there ever are: lists that a fault closed to a cycle end here. */
#define MAX_CACHES 65536u

/* Memory. All of it lives as long as the census. */

struct census_chunk {
	struct census_chunk *next;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

#define CHUNK_BYTES ((size_t)64 * 1024)

static void *take(struct census *c, size_t nr, size_t size)
{
	size_t bytes = (nr * size + 15) & ~(size_t)15;
	struct census_chunk *chunk = c->memory;
	size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;

	if (!chunk || chunk->size - chunk->used < bytes) {
		chunk = calloc(1, sizeof(*chunk) + room);
		if (!chunk) {
			c->no_memory = true;
			return NULL;
		}
		chunk->size = room;
		chunk->next = c->memory;
		c->memory = chunk;
	}
	chunk->used += bytes;
	return chunk->bytes + chunk->used - bytes;
}

__attribute__((format(printf, 2, 3))) static void trouble(struct census *c, const char *format, ...)
{
	va_list args;

	if (c->trouble[0])
		return;
	va_start(args, format);
	vsnprintf(c->trouble, sizeof(c->trouble), format, args);
	va_end(args);
}

/* Reading. What cannot be read is 0. */

static uint64_t peek(const struct census *c, uint64_t addr, uint32_t size)
{
	uint64_t value = 0;

	if (!size || !model_peek(c->model, addr, &value, size > 8 ? 8 : size))
		return 0;
	return value;
}

#define PEEK(c, base, member) peek((c), AT((c)->model, base, member), (c)->model->shape.member.size)

static uint64_t peek64(const struct census *c, uint64_t addr)
{
	return peek(c, addr, 8);
}

static bool readable(const struct census *c, uint64_t addr)
{
	uint64_t word;

	return addr && model_peek(c->model, addr, &word, sizeof(word));
}

static bool census_has(const struct census *c, enum feature feature)
{
	return model_has(c->model, feature);
}

/* Pages. */

static bool is_slab_page(const struct census *c, uint64_t page)
{
	const struct model_shape *shape = &c->model->shape;
	uint32_t type;

	if (!census_has(c, FEATURE_PAGE_TYPE))
		return PEEK(c, page, slab_flags) & shape->pg_slab;
	type = (uint32_t)PEEK(c, page, page_type);
	/* The type is the top byte; a number may lie below it. */
	return type >> 24 == shape->page_is_slab >> 24;
}

static unsigned int order_of(const struct census *c, uint64_t page)
{
	uint64_t second = page + c->model->shape.page_bytes, order;

	if (!(PEEK(c, page, slab_flags) & c->model->shape.pg_head))
		return 0;
	if (census_has(c, FEATURE_ORDER_IN_LRU))
		order = peek64(c, AT(c->model, second, page_lru) + 8);
	else if (census_has(c, FEATURE_ORDER_IN_FLAGS_1))
		order = PEEK(c, page, folio_flags_1) & 0xff;
	else if (census_has(c, FEATURE_ORDER_IN_FOLIO))
		order = PEEK(c, page, folio_order);
	else
		order = PEEK(c, second, page_order);
	return order > SLAB_MAX_ORDER ? SLAB_MAX_ORDER : (unsigned int)order;
}

/* The node is named in the topmost bits of the flags, as many as number all possible nodes. */
static int node_of(const struct census *c, uint64_t page)
{
	const struct model_shape *shape = &c->model->shape;
	uint32_t entry = census_has(c, FEATURE_PER_NODE) ? shape->per_node_bytes : 8;
	uint32_t possible = entry ? shape->cache_node.size / entry : 1;
	unsigned int bits = 0;

	while (possible >> bits > 1)
		bits++;
	if (c->nr_nodes == 1 || !bits)
		return 0;
	return (int)(PEEK(c, page, slab_flags) >> (64 - bits));
}

static uint64_t frame_of(const struct census *c, uint64_t virt)
{
	return virt < c->map_base ? UINT64_MAX : (virt - c->map_base) / MODEL_PAGE;
}

/* Looking things up. */

const struct census_cache *census_cache(const struct census *census, uint64_t cache)
{
	for (size_t i = 0; i < census->nr_caches; i++)
		if (census->caches[i].cache == cache)
			return &census->caches[i];
	return NULL;
}

struct census_slab *census_slab_of(const struct census *census, uint64_t addr)
{
	uint64_t frame = frame_of(census, addr);

	if (frame >= census->nr_frames || !census->by_frame[frame])
		return NULL;
	return &census->slabs[census->by_frame[frame] - 1];
}

struct census_slab *census_slab_at(const struct census *census, uint64_t slab)
{
	struct target *t = model_target(census->model);
	struct census_slab *found;
	uint64_t virt;

	if (!t->ops->page_to_virt(t, slab, &virt))
		return NULL;
	found = census_slab_of(census, virt);
	return found && found->slab == slab ? found : NULL;
}

int census_index(const struct census_cache *cache, const struct census_slab *slab, uint64_t addr)
{
	uint64_t off = addr - slab->first;

	if (addr < slab->first || !cache->size || off % cache->size ||
	    off / cache->size >= slab->room)
		return -1;
	return (int)(off / cache->size);
}

uint64_t census_link(const struct census *census, const struct census_cache *cache, uint64_t slot,
		     uint64_t raw)
{
	return freeptr_decode(census->model->encoding, raw, cache->random, slot);
}

const char *census_place_name(enum census_place place)
{
	static const char *const names[] = {
#define X(name, text) text,
		CENSUS_PLACES(X)
#undef X
	};

	return names[place];
}

const char *census_sheaf_place_name(enum census_sheaf_place place)
{
	static const char *const names[] = {
#define X(name, text) text,
		CENSUS_SHEAF_PLACES(X)
#undef X
	};

	return names[place];
}

/* Caches. */

static void cache_name_read(const struct census *c, struct census_cache *s)
{
	uint64_t name = PEEK(c, s->cache, cache_name);

	for (size_t i = 0; i + 1 < sizeof(s->name); i++) {
		if (!model_peek(c->model, name + i, &s->name[i], 1) || !s->name[i])
			break;
	}
	s->name[sizeof(s->name) - 1] = '\0';
}

static void cache_read(struct census *c, struct census_cache *s, uint64_t cache)
{
	s->cache = cache;
	cache_name_read(c, s);
	s->flags = PEEK(c, cache, cache_flags);
	s->size = (uint32_t)PEEK(c, cache, cache_size);
	s->object_size = (uint32_t)PEEK(c, cache, cache_object_size);
	s->offset = (uint32_t)PEEK(c, cache, cache_offset);
	s->random = PEEK(c, cache, cache_random);
	s->oo = PEEK(c, cache, cache_oo);
	s->min = PEEK(c, cache, cache_min);
	s->reserved = (uint32_t)PEEK(c, cache, cache_reserved);
	if (s->flags & c->model->era->flags->red_zone)
		s->pad = (uint32_t)PEEK(c, cache, cache_red_left_pad);
	s->sheaf_capacity = (uint32_t)PEEK(c, cache, cache_sheaf_capacity);
	s->cpus = take(c, c->nr_cpus, sizeof(*s->cpus));
	s->nodes = take(c, c->nr_nodes, sizeof(*s->nodes));
}

static uint64_t caches_head(const struct census *c)
{
	struct target *t = model_target(c->model);
	uint64_t head;

	return t->ops->symbol(t, "slab_caches", &head) ? head : 0;
}

static size_t caches_count(struct census *c, uint64_t head)
{
	size_t nr = 0;

	for (uint64_t entry = peek64(c, head); entry != head; entry = peek64(c, entry)) {
		if (readable(c, entry) && nr++ < MAX_CACHES)
			continue;
		trouble(c, "slab_caches breaks off at 0x%llx", (unsigned long long)entry);
		break;
	}
	return nr < MAX_CACHES ? nr : MAX_CACHES;
}

static void caches_read(struct census *c, uint64_t only)
{
	uint64_t head = only ? 0 : caches_head(c), entry;

	c->nr_caches = only ? 1 : head ? caches_count(c, head) : 0;
	c->caches = take(c, c->nr_caches + 1, sizeof(*c->caches));
	if (c->no_memory)
		return;
	if (only) {
		cache_read(c, &c->caches[0], only);
		return;
	}
	entry = head;
	for (size_t i = 0; i < c->nr_caches; i++) {
		entry = peek64(c, entry);
		cache_read(c, &c->caches[i], entry - c->model->shape.cache_list.offset);
	}
}

/* Slabs, by the memmap. */

static void slab_read(struct census *c, struct census_slab *slab, uint64_t page, uint64_t base)
{
	struct slab_counters counters;

	slab->slab = page;
	slab->base = base;
	slab->cache = PEEK(c, page, slab_cache);
	slab->place = CENSUS_NO_LIST;
	slab->cpu = -1;
	slab->node = node_of(c, page);
	slab->order = order_of(c, page);
	slab->counters = PEEK(c, page, slab_counters);
	counters = slab_counters_decode(slab->counters);
	slab->inuse = counters.inuse;
	slab->objects = counters.objects;
	slab->frozen = counters.frozen;
	slab->partial_flag = PEEK(c, page, slab_flags) & c->model->shape.pg_partial;
	slab->own.head = PEEK(c, page, slab_freelist);
}

/* What depends on the cache. */
static void slab_fit(struct census *c, const struct census_cache *s, struct census_slab *slab)
{
	slab->first = slab->base + s->pad;
	if (!s->size)
		return;
	slab->room = order_objects(slab->order, s->size, MODEL_PAGE, s->reserved);
	slab->on = take(c, slab->room, 1);
	slab->own.objects = take(c, slab->room, sizeof(*slab->own.objects));
	slab->cpus.objects = take(c, slab->room, sizeof(*slab->cpus.objects));
}

/* Index of the cache, or one more than there are. Sorted by address for this. */
struct known {
	uint64_t cache;
	size_t index;
};

static int known_compare(const void *a, const void *b)
{
	uint64_t x = ((const struct known *)a)->cache, y = ((const struct known *)b)->cache;

	return x < y ? -1 : x > y;
}

static size_t known_find(const struct census *c, const struct known *known, uint64_t cache)
{
	struct known key = { cache, 0 };
	const struct known *found = bsearch(&key, known, c->nr_caches, sizeof(key), known_compare);

	return found ? found->index : c->nr_caches;
}

static struct known *known_make(struct census *c)
{
	struct known *known = take(c, c->nr_caches + 1, sizeof(*known));

	if (!known)
		return NULL;
	for (size_t i = 0; i < c->nr_caches; i++)
		known[i] = (struct known){ c->caches[i].cache, i };
	qsort(known, c->nr_caches, sizeof(*known), known_compare);
	return known;
}

/* Frames that start a slab of a cache that is looked for, and which: two passes. */
static size_t slab_frames(struct census *c, uint64_t only, uint64_t *pages)
{
	struct target *t = model_target(c->model);
	uint64_t page;
	size_t nr = 0;

	for (uint64_t frame = c->model->first_frame; frame < c->nr_frames; frame++) {
		if (!t->ops->frame_to_page(t, frame, &page) || !is_slab_page(c, page) ||
		    (only && PEEK(c, page, slab_cache) != only))
			continue;
		if (pages)
			pages[nr] = page;
		nr++;
	}
	return nr;
}

/* Those of each cache go together, by counting. */
static void slabs_group(struct census *c, const struct known *known, const uint64_t *pages)
{
	size_t *starts = take(c, c->nr_caches + 2, sizeof(*starts));
	struct target *t = model_target(c->model);
	uint64_t base;

	if (c->no_memory)
		return;
	for (size_t i = 0; i < c->nr_slabs; i++)
		starts[1 + known_find(c, known, PEEK(c, pages[i], slab_cache))]++;
	for (size_t i = 0; i < c->nr_caches; i++) {
		c->caches[i].slabs = c->slabs + starts[i];
		c->caches[i].nr_slabs = starts[i + 1];
		starts[i + 1] += starts[i];
	}
	for (size_t i = 0; i < c->nr_slabs; i++) {
		size_t cache = known_find(c, known, PEEK(c, pages[i], slab_cache));
		struct census_slab *slab = &c->slabs[starts[cache]++];

		if (!t->ops->page_to_virt(t, pages[i], &base))
			base = 0;
		slab_read(c, slab, pages[i], base);
		if (cache < c->nr_caches)
			slab_fit(c, &c->caches[cache], slab);
	}
}

static void frames_name(struct census *c)
{
	for (size_t i = 0; i < c->nr_slabs; i++) {
		uint64_t frame = frame_of(c, c->slabs[i].base);

		for (uint64_t n = 0; n < UINT64_C(1) << c->slabs[i].order; n++)
			if (frame + n < c->nr_frames)
				c->by_frame[frame + n] = (uint32_t)i + 1;
	}
}

static void slabs_read(struct census *c, uint64_t only)
{
	struct target *t = model_target(c->model);
	struct known *known = known_make(c);
	uint64_t page, virt, *pages;

	c->nr_frames = t->nr_pages;
	if (t->ops->frame_to_page(t, c->model->first_frame, &page) &&
	    t->ops->page_to_virt(t, page, &virt))
		c->map_base = virt - c->model->first_frame * MODEL_PAGE;
	c->nr_slabs = slab_frames(c, only, NULL);
	pages = take(c, c->nr_slabs + 1, sizeof(*pages));
	c->slabs = take(c, c->nr_slabs + 1, sizeof(*c->slabs));
	c->by_frame = take(c, c->nr_frames, sizeof(*c->by_frame));
	if (c->no_memory)
		return;
	slab_frames(c, only, pages);
	slabs_group(c, known, pages);
	if (!c->no_memory)
		frames_name(c);
}

/* Freelists. */

static void chain_walk(struct census *c, const struct census_cache *s, struct census_slab *slab,
		       struct census_chain *chain, uint8_t mark)
{
	uint64_t at = chain->head;
	int i;

	while (at && (i = census_index(s, slab, at)) >= 0 && !(slab->on[i] & mark)) {
		slab->on[i] |= mark;
		chain->objects[chain->nr++] = (uint16_t)i;
		at = census_link(c, s, at + s->offset, peek64(c, at + s->offset));
	}
	chain->end = at;
}

/* Places. */

static struct census_slab *slab_place(struct census *c, const struct census_cache *s, uint64_t at,
				      enum census_place place, unsigned int position)
{
	struct census_slab *slab = census_slab_at(c, at);

	if (!slab || slab->cache != s->cache) {
		trouble(c, "%s: a %s list leads to 0x%llx, no slab of it", s->name,
			census_place_name(place), (unsigned long long)at);
		return NULL;
	}
	if (slab->place != CENSUS_NO_LIST) {
		trouble(c, "%s: slab 0x%llx is on %s and on %s", s->name, (unsigned long long)at,
			census_place_name(slab->place), census_place_name(place));
		return NULL;
	}
	slab->place = place;
	slab->position = position;
	return slab;
}

static void cpu_read(struct census *c, struct census_cache *s, unsigned int cpu)
{
	struct census_cpu *k = &s->cpus[cpu];
	struct census_slab *slab;
	uint64_t at;

	if (!c->model->shape.cache_cpu_slab.size)
		return;
	k->c = PEEK(c, s->cache, cache_cpu_slab) + c->model->cpu_offset[cpu];
	k->freelist = PEEK(c, k->c, cpu_freelist);
	k->tid = PEEK(c, k->c, cpu_tid);
	k->events = c->model->tid_step ? k->tid / c->model->tid_step : 0;
	k->slab = PEEK(c, k->c, cpu_slab);
	k->partial = PEEK(c, k->c, cpu_partial);
	slab = k->slab ? slab_place(c, s, k->slab, CENSUS_CPU_SLAB, 0) : NULL;
	if (slab) {
		slab->cpu = (int)cpu;
		slab->cpus.head = k->freelist;
		chain_walk(c, s, slab, &slab->cpus, CENSUS_ON_CPU);
	}
	for (at = k->partial; at; at = PEEK(c, at, slab_next)) {
		slab = slab_place(c, s, at, CENSUS_CPU_PARTIAL, k->nr_partial);
		if (!slab)
			break;
		slab->cpu = (int)cpu;
		slab->chained = (unsigned int)PEEK(c, at, slab_slabs);
		k->nr_partial++;
	}
}

static unsigned int node_list_read(struct census *c, struct census_cache *s, uint64_t head,
				   enum census_place place, unsigned int node)
{
	unsigned int nr = 0;
	uint64_t before = head, entry;

	for (entry = peek64(c, head); entry != head; entry = peek64(c, entry)) {
		struct census_slab *slab =
			slab_place(c, s, entry - c->model->shape.slab_list.offset, place, nr);

		if (!slab)
			return nr;
		if (peek64(c, entry + 8) != before)
			trouble(c, "%s: prev of slab 0x%llx is wrong", s->name,
				(unsigned long long)slab->slab);
		if (slab->node != (int)node)
			trouble(c, "%s: slab 0x%llx is on the list of another node", s->name,
				(unsigned long long)slab->slab);
		before = entry;
		nr++;
	}
	if (peek64(c, head + 8) != before)
		trouble(c, "%s: prev of the head of a list is wrong", s->name);
	return nr;
}

static uint64_t sheaf_add(struct census *c, struct census_cache *s, uint64_t at,
			  enum census_sheaf_place place, int cpu, int node, unsigned int position);

static void sheaves_list_read(struct census *c, struct census_cache *s, uint64_t head,
			      enum census_sheaf_place place, unsigned int node)
{
	unsigned int nr = 0;
	uint64_t before = head, entry;

	for (entry = peek64(c, head); entry != head; entry = peek64(c, entry)) {
		if (!readable(c, entry) || nr >= MAX_CACHES) {
			trouble(c, "%s: the %s list breaks off", s->name,
				census_sheaf_place_name(place));
			return;
		}
		if (peek64(c, entry + 8) != before)
			trouble(c, "%s: prev of a sheaf of the barn is wrong", s->name);
		before = entry;
		sheaf_add(c, s, entry - c->model->shape.sheaf_list.offset, place, -1, (int)node,
			  nr++);
	}
	if (peek64(c, head + 8) != before)
		trouble(c, "%s: prev of the head of a barn's list is wrong", s->name);
}

static void node_read(struct census *c, struct census_cache *s, unsigned int node)
{
	const struct model_shape *shape = &c->model->shape;
	struct census_node *k = &s->nodes[node];
	uint64_t pair = AT(c->model, s->cache, cache_node);

	if (census_has(c, FEATURE_PER_NODE)) {
		pair += (uint64_t)node * shape->per_node_bytes;
		k->n = PEEK(c, pair, per_node_node);
		k->barn = PEEK(c, pair, per_node_barn);
	} else {
		k->n = peek64(c, pair + 8 * (uint64_t)node);
		k->barn = k->n ? PEEK(c, k->n, node_barn) : 0;
	}
	if (!k->n)
		return;
	k->nr_partial = PEEK(c, k->n, node_nr_partial);
	k->nr_slabs = PEEK(c, k->n, node_nr_slabs);
	k->total_objects = PEEK(c, k->n, node_total_objects);
	k->listed =
		node_list_read(c, s, AT(c->model, k->n, node_partial), CENSUS_NODE_PARTIAL, node);
	if (shape->node_full.size)
		node_list_read(c, s, AT(c->model, k->n, node_full), CENSUS_NODE_FULL, node);
	if (!k->barn)
		return;
	k->nr_full = (unsigned int)PEEK(c, k->barn, barn_nr_full);
	k->nr_empty = (unsigned int)PEEK(c, k->barn, barn_nr_empty);
	sheaves_list_read(c, s, AT(c->model, k->barn, barn_full), CENSUS_SHEAF_BARN_FULL, node);
	sheaves_list_read(c, s, AT(c->model, k->barn, barn_empty), CENSUS_SHEAF_BARN_EMPTY, node);
}

/* Sheaves. */

static void sheaf_objects_mark(struct census *c, struct census_cache *s,
			       const struct census_sheaf *sheaf)
{
	for (unsigned int i = 0; i < sheaf->nr; i++) {
		struct census_slab *slab = census_slab_of(c, sheaf->objects[i]);
		int index = slab && slab->cache == s->cache
				    ? census_index(s, slab, sheaf->objects[i])
				    : -1;

		if (index < 0) {
			trouble(c, "%s: a sheaf holds 0x%llx, no object of it", s->name,
				(unsigned long long)sheaf->objects[i]);
			continue;
		}
		if (slab->on[index] & CENSUS_IN_SHEAF)
			trouble(c, "%s: object 0x%llx is in sheaves twice", s->name,
				(unsigned long long)sheaf->objects[i]);
		slab->on[index] |= CENSUS_IN_SHEAF;
		slab->in_sheaves++;
	}
}

/* Returns the sheaf, for the sake of callers that walk. The array grows by doubling. */
static uint64_t sheaf_add(struct census *c, struct census_cache *s, uint64_t at,
			  enum census_sheaf_place place, int cpu, int node, unsigned int position)
{
	struct census_sheaf *sheaf;

	if (!(s->nr_sheaves & (s->nr_sheaves - 1))) {
		size_t room = s->nr_sheaves ? 2 * s->nr_sheaves : 1;
		struct census_sheaf *grown = take(c, room, sizeof(*grown));

		if (!grown)
			return at;
		if (s->nr_sheaves)
			memcpy(grown, s->sheaves, s->nr_sheaves * sizeof(*grown));
		s->sheaves = grown;
	}
	sheaf = &s->sheaves[s->nr_sheaves++];
	*sheaf = (struct census_sheaf){ .sheaf = at,
					.place = place,
					.cpu = cpu,
					.node = node,
					.position = position,
					.cache = PEEK(c, at, sheaf_cache),
					.size = (uint32_t)PEEK(c, at, sheaf_size) };
	sheaf->nr = sheaf->size < s->sheaf_capacity ? sheaf->size : s->sheaf_capacity;
	sheaf->objects = take(c, sheaf->nr, sizeof(*sheaf->objects));
	if (!sheaf->objects)
		return at;
	for (unsigned int i = 0; i < sheaf->nr; i++)
		sheaf->objects[i] = peek64(c, AT(c->model, at, sheaf_objects) + 8 * (uint64_t)i);
	sheaf_objects_mark(c, s, sheaf);
	return at;
}

static void cpu_sheaves_read(struct census *c, struct census_cache *s, unsigned int cpu)
{
	uint64_t offset = PEEK(c, s->cache, cache_cpu_sheaves);
	struct census_cpu *k = &s->cpus[cpu];

	if (!offset)
		return;
	k->pcs = offset + c->model->cpu_offset[cpu];
	k->main = PEEK(c, k->pcs, sheaves_main);
	k->spare = PEEK(c, k->pcs, sheaves_spare);
	k->rcu_free = PEEK(c, k->pcs, sheaves_rcu_free);
	if (k->main)
		sheaf_add(c, s, k->main, CENSUS_SHEAF_MAIN, (int)cpu, -1, 0);
	if (k->spare)
		sheaf_add(c, s, k->spare, CENSUS_SHEAF_SPARE, (int)cpu, -1, 0);
	if (k->rcu_free)
		sheaf_add(c, s, k->rcu_free, CENSUS_SHEAF_RCU_FREE, (int)cpu, -1, 0);
}

/* What waits for a grace period is linked by nobody but RCU. */
static void waiting_read(struct census *c)
{
	struct model *m = c->model;
	uint64_t free_slab = 0;

	m->target.ops->symbol(&m->target, "rcu_free_slab", &free_slab);
	for (unsigned int i = 0; i < m->nr_rcu; i++) {
		uint64_t head = m->rcu_queue[i];
		bool is_slab = PEEK(c, head, rcu_head_func) == free_slab;
		const struct census_slab *slab =
			is_slab ? census_slab_at(c, head - m->shape.slab_rcu_head.offset) : NULL;
		struct census_cache *s;

		if (is_slab && !slab)
			continue;
		s = (struct census_cache *)census_cache(c, is_slab ? slab->cache
								   : PEEK(c, head, sheaf_cache));
		if (s && is_slab)
			slab_place(c, s, slab->slab, CENSUS_WAITS, i);
		else if (s)
			sheaf_add(c, s, head, CENSUS_SHEAF_WAITS, -1, -1, i);
	}
}

static void places_read(struct census *c)
{
	/* First all that waits: its lists are no lists any more. */
	waiting_read(c);
	for (size_t i = 0; i < c->nr_caches && !c->no_memory; i++) {
		struct census_cache *s = &c->caches[i];

		for (size_t j = 0; j < s->nr_slabs; j++)
			chain_walk(c, s, &s->slabs[j], &s->slabs[j].own, CENSUS_ON_SLAB);
		for (unsigned int cpu = 0; cpu < c->nr_cpus; cpu++) {
			cpu_read(c, s, cpu);
			cpu_sheaves_read(c, s, cpu);
		}
		for (unsigned int node = 0; node < c->nr_nodes; node++)
			node_read(c, s, node);
	}
}

struct census *census_take(struct model *m, uint64_t cache)
{
	struct census *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->model = m;
	c->nr_cpus = m->nr_cpus;
	c->nr_nodes = m->nr_nodes;
	caches_read(c, cache);
	if (!c->no_memory)
		slabs_read(c, cache);
	if (!c->no_memory)
		places_read(c);
	if (!c->no_memory)
		return c;
	census_free(c);
	return NULL;
}

void census_free(struct census *census)
{
	struct census_chunk *next;

	if (!census)
		return;
	for (struct census_chunk *chunk = census->memory; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(census);
}
